//! The recording: the append-only evidence file (`contract.md` §4); and beside
//! it what a scan remembers, which is none.
//!
//! One JSON object a line, each with a sequence number and a checksum. What
//! [`Recorder::append`] gives back is exactly what a [`Reader`] will read, so
//! a caller that feeds the detector with it sees live what a replay sees.
//!
//! This room uses `std::fs` and nothing else of the outside world: it reads
//! no clock and makes no request, and it judges nothing.

mod base;
mod book;
mod decode;
mod encode;
mod error;
mod format;
mod imported;
mod lines;
mod open;
mod place;
mod reader;
mod same;
mod scanned;
mod storage;
mod text;
mod values;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use error::RecordingError;
pub(crate) use place::state_file;
pub(crate) use reader::{Notes, Read, Reader};
pub(crate) use scanned::{Scanned, ScannedRun, Standing};
pub(crate) use writer::{ROTATE_AT, Recorder, delete_before, written};
