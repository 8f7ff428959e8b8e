//! `doctor`.

use clap::Args;

use super::target::deliveries;
use super::values::{budget, duration, interval};
use super::{AnswerArgs, CredentialArgs, DeliveriesOf, RequestArgs, TargetArgs};
use crate::model::Span;

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) credential: CredentialArgs,
    #[command(flatten)]
    pub(crate) watch: PlannedArgs,
    #[command(flatten)]
    pub(crate) requests: RequestArgs,
    #[command(flatten)]
    pub(crate) output: AnswerArgs,
}

/// The watch whose price is asked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "The watch that is planned")]
pub(crate) struct PlannedArgs {
    /// Its time from the beginning of one cycle to the next
    #[arg(long, value_name = "DUR", default_value = "30s", value_parser = interval)]
    pub(crate) interval: Span,
    /// Its share of the hourly request limit
    #[arg(long, value_name = "SHARE", default_value = "20%", value_parser = budget)]
    pub(crate) budget: f64,
    /// The webhook whose deliveries it hears
    #[arg(long, value_name = "app|org:HOOK_ID|repo:HOOK_ID", value_parser = deliveries)]
    pub(crate) deliveries: Option<DeliveriesOf>,
    /// Its end of excusable assignment lag
    #[arg(long, value_name = "DUR", default_value = "90s", value_parser = duration)]
    pub(crate) lag_limit: Span,
}
