//! What tells others while a run goes on. It must not stop the run: whatever
//! fails here is said and no more.

mod hook;
mod metrics;
mod summary;

pub(crate) use hook::{Alert, Event, Hook};
pub(crate) use metrics::MetricsFile;
pub(crate) use summary::append as append_summary;
