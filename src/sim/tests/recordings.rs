//! Recordings of worlds for whoever reads them otherwise than this program, as
//! the queries of `docs/queries` do:
//!
//! ```text
//! SIM_RECORDINGS=DIR SIM_WORLDS=40 cargo test --release --lib worlds_as_recordings -- --ignored
//! ```

use std::fs;
use std::path::PathBuf;

use super::given;
use crate::sim::plan::world_with;
use crate::sim::play::play_onto;
use crate::sim::trouble::Trouble;

/// What the queries must get right: flags that are wrong, jobs and runners of
/// all sorts, answers of all sorts that are right, recordings of several files.
const ORDINARY: &[Trouble] = &[
    Trouble::LateFlag,
    Trouble::NeverSet,
    Trouble::Flips,
    Trouble::Tails,
    Trouble::Ghosts,
    Trouble::Ephemeral,
    Trouble::LargeFleet,
    Trouble::Bursts,
    Trouble::Reruns,
    Trouble::Cancels,
    Trouble::Queue,
    Trouble::LateRecords,
    Trouble::Enqueued,
    Trouble::NoSteps,
    Trouble::LaterSteps,
    Trouble::ManyRepos,
    Trouble::UnstableOrder,
    Trouble::SmallPages,
    Trouble::NoEtags,
    Trouble::Aged,
    Trouble::Slow,
    Trouble::ServerErrors,
    Trouble::SkewedClock,
    Trouble::Restarts,
    Trouble::Rotation,
];

/// A folder for each world.
#[test]
#[ignore = "makes files, by command"]
fn worlds_as_recordings() {
    let shelf = PathBuf::from(std::env::var_os("SIM_RECORDINGS").expect("SIM_RECORDINGS"));
    let first = given("SIM_SEED").unwrap_or(1);
    for seed in first..first + given("SIM_WORLDS").unwrap_or(40) {
        let folder = shelf.join(seed.to_string());
        fs::create_dir_all(&folder).unwrap();
        let world = world_with(seed, ORDINARY);
        let played = play_onto(&world, None, &folder.join("recording.ndjson"));
        assert!(played.fatal.is_none(), "{:?}", played.fatal);
    }
}
