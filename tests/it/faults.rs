//! Errors become gaps: no period opens or closes on a failure, coverage falls
//! and says why. `docs/faults.md` lists every fault and the test of each.

mod access;
mod answers;
mod changes;
mod clocks;
mod fields;
mod fleets;
mod limits;
mod lists;
mod network;
mod redirects;
pub(crate) mod story;
mod tls;
