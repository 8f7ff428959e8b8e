//! The README inside a bundle: what is in it, and how to make its report
//! again.

use std::fmt::Write as _;

use super::Report;
use super::escape::code_fit;
use super::wording;

/// Names of the files in a bundle, in their order, with what each is.
pub(crate) const BUNDLED: [(&str, &str); 5] = [
    ("README.md", "this text"),
    ("report.md", "the report, for an issue or a support ticket"),
    (
        "page.html",
        "the same as a page of timelines: no script, nothing fetched",
    ),
    (
        "report.json",
        "the same for programs: schema runner-desync.report/1",
    ),
    (
        "recording.ndjson",
        "the evidence of the periods: a recording that `runner-desync report` reads",
    ),
];

/// Whose names a bundle shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Originals,
    Pseudonyms,
}

/// The README; `flags` are those of the report, as a command line.
pub(crate) fn contents(report: &Report<'_>, named: Named, flags: &str) -> String {
    let mut text = format!(
        "# {}\n\n| file | what it is |\n| --- | --- |\n",
        wording::headline(report)
    );
    for (file, what) in BUNDLED {
        let _ = writeln!(text, "| `{file}` | {what} |");
    }
    let command = format!("runner-desync report recording.ndjson{flags}");
    let _ = write!(
        text,
        "\n## How to make it again\n\n{} with runner-desync {} gives the same periods: \
         their bounds, class, certainty and proof. Coverage, assignment lag and what else \
         was read are those of the whole evidence in the report, and those of the excerpt \
         in what is made again.\n",
        code_fit(&command, 1_000),
        report.tool_version
    );
    if named == Named::Pseudonyms {
        text.push_str(
            "\n## Names\n\nOwners, repositories, runners, groups, labels, jobs, workflows, steps, \
             hosts other than github.com, files and free texts are pseudonyms: the same name has \
             the same one in every file here, and in no other bundle. Ids of runners, jobs and runs, \
             ids of requests, times, versions and GitHub's own labels and steps are as they were. \
             Whoever made the bundle has the list of names.\n",
        );
    }
    text
}
