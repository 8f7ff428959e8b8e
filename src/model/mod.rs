//! Plain values shared by every room: what was read, what it means, what is
//! reported.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here is
//! serialized: the wire formats (`wire`, `record/format`,
//! `report/json`) have types of their own, so that none of them can drift
//! because another one changed.

mod analysis;
mod candidate;
mod checkup;
mod delivery;
mod fate;
mod ids;
mod job;
mod log;
mod occupancy;
mod pace;
mod period;
mod record;
mod rules;
mod runner;
mod scan;
mod time;

pub(crate) use analysis::*;
pub(crate) use candidate::*;
pub(crate) use checkup::*;
pub(crate) use delivery::*;
pub(crate) use fate::*;
pub(crate) use ids::*;
pub(crate) use job::*;
pub(crate) use log::*;
pub(crate) use occupancy::*;
pub(crate) use pace::*;
pub(crate) use period::*;
pub(crate) use record::*;
pub(crate) use rules::*;
pub(crate) use runner::*;
pub(crate) use scan::*;
pub(crate) use time::*;
