//! A small picture of one period: the job, the readings of the flag, what
//! other witnesses tell and the contradiction, on one axis of time.
//!
//! ```text
//!         02:00:00                                    02:10:24
//! job     [--------------------------------------------------]
//! flag     #                       #                        .
//! log                                           [------------>
//! lease                                         |====|====|===
//! events                                 E                   T
//! desync                           ~~~~~~~~~~~~~~~~~~~~~~~~~D
//! ```
//!
//! Plain ASCII, times only and no names, so that it is as safe in a code
//! block of a ticket as on a terminal. It is right for any input: marks out
//! of order, all at one instant, five days apart, or with an open end.

mod axis;
mod rows;

use crate::model::Period;

use super::wording::Moments;
use rows::Lane;

/// Columns of the row labels.
const LABEL: usize = 8;

/// Draws a period in a number of columns, without trailing spaces.
pub(crate) fn draw(period: &Period, moments: Moments, columns: usize) -> Vec<String> {
    let lane = Lane::new(period, columns);
    let times = lane.times(moments);
    let mut rows: Vec<_> = times.iter().map(|line| row("", line)).collect();
    let heads = rows.len();
    if let Some(job) = &period.previous_job
        && lane.axis.shows(job)
    {
        rows.push(row("before", &lane.life(job)));
    }
    if let Some(job) = &period.job {
        rows.push(row("job", &lane.life(job)));
    }
    let flags = lane.flags();
    let desync = lane.contradiction();
    rows.push(row("flag", &flags));
    let witnesses = [
        ("log", lane.log()),
        ("lease", lane.lease()),
        ("events", lane.events()),
    ];
    let told = witnesses
        .iter()
        .filter(|(_, cells)| !cells.trim().is_empty());
    rows.extend(told.map(|(label, cells)| row(label, cells)));
    rows.push(row("desync", &desync));
    let meanings = legend(rows.get(heads..).unwrap_or(&[]), lane.axis.columns);
    rows.extend(meanings.iter().map(|line| row("", line)));
    rows
}

fn row(label: &str, cells: &str) -> String {
    let text = format!("{label:LABEL$}{cells}");
    text.trim_end().to_owned()
}

/// What the symbols mean, of those that occur, in lines that fit.
fn legend(rows: &[String], columns: usize) -> Vec<String> {
    const MEANINGS: [(char, &str); 15] = [
        ('#', "busy:true"),
        ('.', "busy:false"),
        ('o', "offline"),
        ('x', "404"),
        ('|', "renewed"),
        ('=', "lease valid"),
        ('T', "terminated"),
        ('X', "deregistered"),
        ('S', "shutdown"),
        ('E', "broker error"),
        ('U', "self-update"),
        ('*', "several"),
        ('D', "observed"),
        ('~', "possible"),
        ('>', "open"),
    ];
    let drawn: String = rows.iter().filter_map(|row| row.get(LABEL..)).collect();
    let mut lines: Vec<String> = Vec::new();
    for (symbol, meaning) in MEANINGS {
        if !drawn.contains(symbol) {
            continue;
        }
        let entry = format!("{symbol} {meaning}");
        match lines.last_mut() {
            Some(line) if line.len() + 3 + entry.len() <= columns => {
                line.push_str("   ");
                line.push_str(&entry);
            }
            Some(_) | None => lines.push(entry),
        }
    }
    lines
}
