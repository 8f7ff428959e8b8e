//! The detector against the law, `evidence.md`: builders in [`make`], and
//! the rings 1 to 3 of tests.

mod absence;
mod boundaries;
mod death;
mod edges;
mod exhaustive;
mod gaps;
mod identity;
mod incidents;
mod lanes;
mod logs;
mod make;
mod occupancy;
mod offset;
mod order;
mod seal;
mod sources;
mod terminations;
mod truth_table;
mod unchanged;
mod unconfirmed;
mod vanished;
mod world;
