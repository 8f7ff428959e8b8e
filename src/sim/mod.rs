//! A simulated GitHub with known truth, in which the real poll loop and the
//! real detector work, and an oracle that knows the truth and holds every
//! promise of `evidence.md` against it.
//!
//! Tests only: no sockets, virtual time, everything from a seed. [`plan`]
//! makes a world of a seed, with a random subset of all [`trouble`];
//! [`truth`] says what is true in it at an instant; [`hub`] answers reads
//! from it; [`play`] runs the program on it in virtual [`time`]; [`oracle`]
//! judges what came out; [`mutant`] breaks the program in known ways, so that
//! the simulation shows that it would notice.
//!
//! A breach prints its seed. To play that world again, and to see it:
//!
//! ```text
//! SIM_SEED=… SIM_RUNNER_CYCLES=1 cargo test --release --lib many_worlds -- --ignored
//! SIM_SEED=… SIM_RUNNER=… cargo test --lib sim::tests::show -- --ignored --nocapture
//! ```

mod dice;
mod files;
mod fleet;
mod hub;
mod mutant;
mod oracle;
mod plan;
mod play;
mod time;
mod trouble;
mod truth;

mod tests;
