//! Everything that happened to one runner of one world, for whoever has to
//! find out why a promise was broken:
//!
//! ```text
//! SIM_SEED=… SIM_RUNNER=… cargo test --lib sim::tests::show -- --ignored --nocapture
//! ```

use super::given;
use crate::model::{Exchange, Record, Said};
use crate::sim::hub::What;
use crate::sim::oracle;
use crate::sim::plan::world;
use crate::sim::play::{Played, play};
use crate::sim::truth::{Machine, World};

#[test]
#[ignore = "a tool: prints a world"]
fn show() {
    let world = world(given("SIM_SEED").unwrap_or(1));
    let id = given("SIM_RUNNER").unwrap_or(1);
    println!("{:?}", world.troubles.names());
    for machine in world.machines.iter().filter(|machine| machine.id == id) {
        plan(&world, machine);
    }
    println!(
        "outages {:?}, limits {:?}, forbidden {:?}, calm from {}",
        world.outages, world.limits, world.forbidden, world.calm_from
    );
    println!(
        "suspends {:?}, skew {}, restarts {:?}, every {}",
        world.suspends, world.skew, world.restarts, world.interval
    );
    let played = play(&world, None);
    let mut process = 0;
    for record in &played.records {
        match record {
            Record::Run(run) => process = oracle::process(run),
            Record::Exchange(exchange) => println!("{}", line(&played, process, exchange, id)),
            Record::Cycle(cycle) => println!("process {process}: {cycle:?}"),
            Record::Sandwich(sandwich) => println!("  {sandwich:?}"),
            _ => {}
        }
    }
    let last = played.analyses.last();
    for period in last.iter().flat_map(|analysis| &analysis.periods) {
        if period.runner.key.id.0 == id {
            println!("{period:#?}");
        }
    }
}

fn plan(world: &World, machine: &Machine) {
    println!("{machine:?}");
    for &act in &machine.acts {
        let act = &world.acts[act];
        println!("  {act:?}");
        println!("    wrong in {:?}", world.episodes(machine, act));
    }
}

fn line(played: &Played, process: usize, exchange: &Exchange, id: u64) -> String {
    let Some(served) = played.served(process, exchange.number) else {
        return format!("  {} was never served", exchange.number);
    };
    let what = match &served.what {
        What::Flags(flags) => {
            let own = flags.iter().filter(|flag| flag.0 == id);
            format!("{:?}", own.collect::<Vec<_>>())
        }
        What::Jobs(jobs) => {
            let jobs = jobs
                .iter()
                .map(|job| (job.id.0, job.running_on, job.completed));
            format!("{:?}", jobs.collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    };
    let failed = match &exchange.said {
        Said::Failed(failure) => &failure.detail,
        _ => "",
    };
    format!(
        "  {} at {} {}: {what} {failed} age {:?}",
        exchange.number, served.at, exchange.target, exchange.age
    )
}
