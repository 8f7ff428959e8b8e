//! How many readings the detector takes in and judges in a second: a figure,
//! by command, over a recording that `a_fleet_over_weeks` has left.
//!
//! ```text
//! FLEET_RECORDING=FILE cargo test --release --lib detector_speed -- --ignored --nocapture
//! ```

use std::fs::File;
use std::io::BufReader;

use crate::clock::{Clock, System};
use crate::detect::Detector;
use crate::record::{Read, Reader};
use crate::sim::play::view;

#[test]
#[ignore = "figures, by command"]
fn detector_speed() {
    let path = std::env::var_os("FLEET_RECORDING").expect("FLEET_RECORDING");
    let reader = Reader::new(BufReader::new(File::open(path).unwrap()));
    let records = reader.filter_map(|read| match read.unwrap() {
        Read::Record { record, .. } => Some(*record),
        Read::Raw { .. } => None,
    });
    let records: Vec<_> = records.collect();
    let mut detector = Detector::default();
    let clock = System::start();
    let began = clock.mono();
    for record in records {
        detector.feed_again(record, |_| view());
    }
    let counts = detector.analysis(&view()).coverage.readings;
    let took = clock.mono() - began;
    let agreed = counts.agree + counts.agree_unchanged;
    let readings = agreed + counts.desync + counts.unknown + counts.jobs_late;
    let millis = u64::try_from(took.as_millis()).unwrap_or(0).max(1);
    let in_a_second = readings * 1000 / millis;
    println!("{readings} readings in {millis} ms: {in_a_second} in a second");
}
