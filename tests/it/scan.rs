//! `scan` against the fake: what died under its runner, and what it costs to
//! know.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::fake::{Asked, Builder, Served};
use crate::support::{AppSpec, FakeGitHub, Fault, JobSpec, Ran, Signal, Steps, Tool, pause, secs};

const REPO: &str = "acme/atlas";
const LOST: &str = "The self-hosted runner: i-2 lost communication with the server. Verify the \
                    machine is running and has a healthy network connection.";
const SHUT_DOWN: &str = "The runner has received a shutdown signal. This can happen when the \
                         runner service is stopped, or a manually started runner is canceled.";

fn scan(fake: &FakeGitHub) -> Tool {
    let args = ["scan", "-R", REPO, "--format", "json"];
    Tool::new().args(args).against(fake)
}

fn schema() -> jsonschema::Validator {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/runner-desync.scan-1.schema.json"
    );
    let text = std::fs::read_to_string(path).expect("a schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// Checks code and schema.
#[track_caller]
fn checked(ran: &Ran, code: i32) -> Value {
    let found = ran.code_is(code).json();
    let errors: Vec<_> = schema()
        .iter_errors(&found)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{ran}");
    found
}

/// Job ids of the deaths or of the unclear ends, with why.
fn told(found: &Value, of: &str) -> Vec<(u64, String)> {
    let all = found[of].as_array().expect("a list").iter();
    let told = all.map(|death| {
        let because = death["killed_because"].as_array().expect("a list").iter();
        let because: Vec<_> = because.map(|word| word.as_str().expect("a word")).collect();
        let killed = death["killed"].as_str().expect("a word");
        let id = death["job"]["id"].as_u64().expect("an id");
        (id, format!("{killed}: {}", because.join(" ")))
    });
    told.collect()
}

fn ended(runner: u64, id: u64, conclusion: &str) -> JobSpec {
    let job = JobSpec::on(runner).id(id).run(id).conclusion(conclusion);
    job.starts(secs(-7200)).ends(secs(-3600))
}

/// Two ended jobs: that of run 11 was a success, that of run 12 lost its runner.
fn one_lost_of_two() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "i-1")
        .job(ended(1, 11, "success"))
        .job(ended(1, 12, "failure").steps(Steps::Empty).annotated(LOST))
}

/// One job of each sort.
fn fleet() -> Builder {
    FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "i-1")
        .runner(2, "i-2")
        .job(ended(1, 11, "success"))
        .job(ended(1, 12, "failure"))
        .job(ended(1, 13, "cancelled"))
        .job(ended(2, 21, "cancelled").steps(Steps::CutOff))
        .job(ended(2, 22, "failure").steps(Steps::Frozen(secs(-4000))))
        .job(
            ended(2, 23, "failure")
                .steps(Steps::Empty)
                .annotated("exit code 1")
                .annotated(LOST),
        )
        .job(ended(2, 24, "cancelled").steps(Steps::Frozen(secs(-4000))))
        .job(
            ended(2, 25, "cancelled")
                .steps(Steps::CutOff)
                .annotated(SHUT_DOWN),
        )
        .job(ended(1, 14, "failure").annotated(LOST))
        .job(
            JobSpec::hosted(2)
                .id(31)
                .run(31)
                .starts(secs(-7200))
                .ends(secs(-3600))
                .conclusion("failure")
                .steps(Steps::Frozen(secs(-4000)))
                .annotated(LOST),
        )
        .job(
            ended(1, 41, "failure")
                .created(secs(-5 * 86_400))
                .starts(secs(-5 * 86_400))
                .ends(secs(-5 * 86_400 + 60))
                .steps(Steps::Empty)
                .annotated(LOST),
        )
}

#[test]
fn each_death_has_its_sign_and_nothing_else_dies() {
    let fake = fleet().start();
    let ran = scan(&fake).run();
    let found = checked(&ran, 10);
    let likely = |id, because: &str| (id, format!("likely: {because}"));
    assert_eq!(
        told(&found, "deaths"),
        [
            likely(21, "post-steps-skipped job-cancelled"),
            likely(22, "steps-unfinished job-failed"),
            likely(23, "annotation job-failed"),
            likely(25, "post-steps-skipped annotation job-cancelled"),
        ],
        "{ran}"
    );
    assert_eq!(told(&found, "unclear"), [(24, "unknown: ".to_owned())]);
    assert_eq!(found["verdict"], "deaths");
    assert_eq!(
        found["coverage"]["jobs"], 9,
        "none of GitHub's, none too old"
    );
    assert_eq!(found["coverage"]["runs"], 10);
    assert_eq!(found["coverage"]["ratio"], 1.0);
    assert_eq!(found["deaths"][2]["annotation"], LOST);
    assert_eq!(found["deaths"][2]["runner"]["name"], "i-2");
    // One list of runs, ten of jobs, five of annotations.
    assert_eq!(found["requests"]["charged"], 16, "{ran}");
    assert_eq!(fake.requests().len(), 16);
    fake.assert_valid();
    let longer = scan(&fake).args(["--since", "6d"]).run();
    let found = checked(&longer, 10);
    assert_eq!(
        told(&found, "deaths")[0],
        likely(41, "annotation job-failed")
    );
}

#[test]
fn a_fleet_without_a_death_is_clean() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "i-1")
        .job(ended(1, 11, "success"))
        .job(ended(1, 12, "failure"))
        .job(JobSpec::on(1).id(13).run(13))
        .start();
    let found = checked(&scan(&fake).run(), 0);
    assert_eq!(found["verdict"], "clean");
    assert_eq!(found["coverage"]["runs_unfinished"], 1);
    let ran = scan(&fake).args(["--format", "table"]).run();
    ran.code_is(0)
        .stdout_has("clean: no job died under its runner since ");
}

/// Organization-level runners work for every repository; archived ones are
/// not asked for.
#[test]
fn an_organization_is_read_repository_by_repository() {
    let fake = FakeGitHub::builder()
        .org("acme")
        .runner(1, "ours")
        .repo(REPO)
        .job(ended(1, 11, "failure").steps(Steps::Empty).annotated(LOST))
        .repo("acme/bolt")
        .job(
            ended(1, 12, "failure")
                .steps(Steps::Empty)
                .annotated(SHUT_DOWN),
        )
        .repo("acme/old")
        .job(ended(1, 13, "failure").steps(Steps::Empty).annotated(LOST))
        .start();
    fake.with(|world| world.set_repo_state("acme/old", "archived"));
    let tool = Tool::new().args(["scan", "--org", "acme", "--format", "json"]);
    let found = checked(&tool.against(&fake).run(), 10);
    let ids: Vec<_> = told(&found, "deaths")
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, [11, 12]);
    assert_eq!(found["coverage"]["repositories"], 2);
}

/// The second scan reads the list of runs, and what had not ended; it says
/// the same of what it knows.
#[test]
fn what_was_read_is_not_read_again() {
    let fake = fleet().job(JobSpec::on(1).id(15).run(15)).start();
    let tool = scan(&fake);
    let first = checked(&tool.run(), 10);
    let charged = |found: &Value| found["requests"]["charged"].as_u64().unwrap();
    assert_eq!(charged(&first), 17);
    let second = checked(&tool.run(), 10);
    assert_eq!(
        charged(&second),
        2,
        "the runs, and the jobs of the unfinished one"
    );
    assert_eq!(second["deaths"], first["deaths"]);
    assert_eq!(second["coverage"]["runs_remembered"], 10);
    assert_eq!(second["coverage"]["runs_unfinished"], 1);
    let all = checked(&tool.args(["--no-state"]).run(), 10);
    assert_eq!(charged(&all), 17);
    let text = tool.args(["--format", "table"]).run();
    text.code_is(10)
        .stdout_has("  requests   2: 2 charged, 0 answered 304, 0 retried");
}

/// A run that is older than the time looked at, and had not ended when that
/// was looked at, is read until it has.
#[test]
fn the_oldest_unfinished_run_is_kept_in_view() {
    let began = secs(-2 * 86_400);
    let job = JobSpec::on(1).id(11).run(11).starts(began).ends(secs(600));
    let job = job
        .conclusion("failure")
        .steps(Steps::Frozen(secs(-60)))
        .annotated(LOST);
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "i-1")
        .job(job)
        .start();
    let tool = scan(&fake);
    let found = checked(&tool.run(), 0);
    assert_eq!(found["coverage"]["runs_unfinished"], 1);
    fake.advance(Duration::from_secs(1200));
    let found = checked(&tool.args(["--since", "1d"]).run(), 10);
    assert_eq!(told(&found, "deaths").len(), 1);
    let found = checked(&tool.args(["--since", "1d"]).run(), 0);
    assert_eq!(
        found["coverage"]["runs"], 0,
        "it was told of, and is too old"
    );
}

/// What could not be read is unknown, never "no death", and the next scan
/// reads it.
#[test]
fn an_outage_is_inconclusive_and_made_good_by_the_next() {
    let fake = one_lost_of_two().start();
    fake.fail_when(|line| {
        line.path
            .ends_with("/runs/12/jobs")
            .then_some(Fault::status(502, "Bad Gateway"))
    });
    let tool = scan(&fake);
    let found = checked(&tool.run(), 11);
    assert_eq!(found["verdict"], "inconclusive");
    assert_eq!(found["coverage"]["ratio"], 0.5);
    let gap = &found["coverage"]["gaps"][0];
    assert_eq!(
        gap["target"],
        "jobs of every attempt of run 12 of acme/atlas"
    );
    fake.heal();
    fake.fail_when(|line| {
        let refused = || Fault::status(422, "Unprocessable");
        line.path.ends_with("/runs/12/jobs").then(refused)
    });
    let forgiven = tool.args(["--min-coverage", "50%"]).run();
    forgiven.code_is(0);
    tool.args(["--exit-zero"]).run().code_is(0);
    fake.heal();
    assert_eq!(told(&checked(&tool.run(), 10), "deaths").len(), 1);
}

/// A list that shows a run, and a 404 of its jobs, contradict each other: that
/// is no run without jobs.
#[test]
fn jobs_that_read_404_are_unknown_and_made_good_by_the_next() {
    let fake = one_lost_of_two().start();
    fake.fail_when(|line| {
        let gone = || Fault::status(404, "Not Found");
        line.path.ends_with("/runs/12/jobs").then(gone)
    });
    let tool = scan(&fake);
    let found = checked(&tool.run(), 11);
    assert_eq!(found["coverage"]["ratio"], 0.5);
    fake.heal();
    assert_eq!(told(&checked(&tool.run(), 10), "deaths").len(), 1);
}

/// A run that is over and lists no jobs may be of an invalid workflow file: it
/// is no gap. It may also be an error, so the next scan asks again.
#[test]
fn a_list_without_jobs_is_asked_for_again() {
    let fake = one_lost_of_two().start();
    fake.fail_when(|line| line.path.ends_with("/runs/12/jobs").then(Fault::no_jobs));
    let tool = scan(&fake);
    for _ in 0..2 {
        let found = checked(&tool.run(), 0);
        assert_eq!(found["coverage"]["ratio"], 1.0);
        assert_eq!(found["coverage"]["runs_unfinished"], 0);
    }
    fake.heal();
    assert_eq!(told(&checked(&tool.run(), 10), "deaths").len(), 1);
}

#[test]
fn an_organization_that_shows_no_repository_is_not_clean() {
    let fake = FakeGitHub::builder().org("acme").runner(1, "ours").start();
    let tool = Tool::new().args(["scan", "--org", "acme", "--format", "json"]);
    checked(&tool.against(&fake).run(), 11);
}

/// Without the permission the records alone are judged, it is said, and
/// nobody is asked a hundred times.
#[test]
fn annotations_that_are_refused_are_unknown() {
    let fake = fleet()
        .lacks_permission("checks=read", |line| line.path.ends_with("/annotations"))
        .start();
    let ran = scan(&fake).run();
    let found = checked(&ran, 10);
    assert_eq!(found["coverage"]["annotations_refused"], true);
    assert_eq!(found["coverage"]["annotations_read"], 0);
    let unclear: Vec<_> = told(&found, "unclear")
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(unclear, [23, 24]);
    let text = scan(&fake).args(["--format", "table"]).run();
    text.stdout_has("they need Checks: read");
}

/// What evidence files tell of the runner stands beside the death: the flag
/// that read false, and the termination that makes it sure.
#[test]
fn evidence_files_are_joined() {
    let fake = fleet().start();
    let tool = scan(&fake);
    let at = |seconds| fake.written(secs(seconds));
    let readings = [
        json!({"at": at(-5000), "runner_id": 2, "runner_name": "i-2", "busy": true, "status": "online"}),
        json!({"at": at(-4500), "runner_id": 2, "runner_name": "i-2", "busy": false, "status": "online"}),
        json!({"at": at(-3900), "runner_id": 2, "event": "terminated", "source": "autoscaler"}),
    ];
    let lines: Vec<_> = readings.iter().map(ToString::to_string).collect();
    // One death alone on its runner, so that the reading is of it.
    let alone = FakeGitHub::builder()
        .clock(fake.clock())
        .repo(REPO)
        .runner(2, "i-2")
        .job(ended(2, 22, "failure").steps(Steps::Frozen(secs(-4000))))
        .start();
    tool.file("poller.jsonl", lines.join("\n"));
    let ran = tool.args(["poller.jsonl"]).against(&alone).run();
    let found = checked(&ran, 10);
    assert_eq!(
        told(&found, "deaths"),
        [(22, "yes: terminated job-failed".to_owned())],
        "{ran}"
    );
    let death = &found["deaths"][0];
    assert_eq!(death["taken_at"], at(-3900));
    assert_eq!(death["periods"][0]["kind"], "busy-false");
    assert_eq!(death["periods"][0]["first_false_at"], at(-4500));
    assert_eq!(found["sources"][0]["records"], 3);
    let text = tool
        .args(["poller.jsonl", "--format", "table"])
        .against(&alone)
        .run();
    text.stdout_has(&format!("  read       busy:false at {} (stale,", at(-4500)));
    let missing = tool.args(["nowhere.jsonl"]).run();
    missing.code_is(2).stderr_has("nowhere.jsonl");
}

/// Names are anybody's, and so is the text of an annotation.
#[test]
fn nothing_that_was_named_reaches_the_terminal() {
    let evil = "\u{1b}[31mbuild\u{202e}\n::error::x";
    let text = format!("{LOST}\u{1b}]0;owned\u{7}\n##[error]x");
    let job = ended(1, 11, "failure")
        .name(evil)
        .steps(Steps::Empty)
        .annotated(&text);
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "a|b`@team")
        .job(job)
        .start();
    let tool = scan(&fake);
    for format in ["table", "markdown", "json", "csv"] {
        let ran = tool.args(["--format", format]).run();
        ran.code_is(10);
        for bad in ["\u{1b}", "\u{202e}", "\u{7}", "::error", "##[error]"] {
            let exact = format == "json" && bad.is_ascii() && !bad.contains(char::is_control);
            assert!(exact || !ran.stdout.contains(bad), "{bad:?}\n{ran}");
        }
    }
    let found = checked(&tool.run(), 10);
    assert_eq!(found["deaths"][0]["job"]["name"], evil);
    assert_eq!(found["deaths"][0]["annotation"], text);
}

/// Cron mails what a quiet scan prints.
#[test]
fn a_quiet_scan_tells_of_each_death_once() {
    let fake = fleet().start();
    let quiet = scan(&fake).args(["-q"]);
    let first = checked(&quiet.run(), 10);
    assert_eq!(told(&first, "deaths").len(), 4);
    let again = quiet.run();
    assert_eq!(again.code_is(10).stdout, "", "{again}");
    fake.with(|world| world.add_job(REPO, ended(2, 61, "cancelled").steps(Steps::CutOff)));
    let more = checked(&quiet.run(), 10);
    assert_eq!(told(&more, "deaths").len(), 5);
    assert_eq!(quiet.run().code_is(10).stdout, "");
    let loud = checked(&scan(&fake).args(["--no-state"]).run(), 10);
    assert_eq!(told(&loud, "deaths").len(), 5);
}

#[test]
fn a_quiet_scan_is_silent_when_all_is_well_and_loud_when_it_cannot_tell() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(1, "i-1")
        .job(ended(1, 11, "success"))
        .start();
    let quiet = scan(&fake).args(["-q"]);
    assert_eq!(quiet.run().code_is(0).stdout, "");
    fake.fail_when(|line| line.path.ends_with("/jobs").then(|| Fault::status(502, "")));
    fake.with(|world| world.add_job(REPO, ended(1, 12, "failure")));
    let ran = quiet.run();
    assert_eq!(checked(&ran, 11)["verdict"], "inconclusive");
}

/// Annotations need a permission of their own, which an App may lack.
#[test]
fn an_app_is_asked_for_annotations_and_scans_without() {
    let helped = AppSpec::new("7", "acme").grants("checks");
    for (app, asked) in [
        (helped, vec![true]),
        (AppSpec::new("7", "acme"), vec![true, false]),
    ] {
        let fake = fleet().app(app).start();
        let tool = scan(&fake).without("GH_TOKEN").args(["--app-id", "7"]);
        let key = tool.file("key.pem", AppSpec::key());
        let found = checked(&tool.args(["--app-key"]).args([key]).run(), 10);
        assert_eq!(told(&found, "deaths").len(), 4);
        let requests = fake.requests().into_iter();
        let requests = requests.filter(|it| matches!(it.line.asked, Asked::AccessTokens(_)));
        let checks = requests.map(|it| it.line.body["permissions"]["checks"] == "read");
        assert_eq!(checks.collect::<Vec<_>>(), asked);
    }
}

#[test]
fn what_exits_10_is_said_by_a_flag() {
    let fake = fleet().start();
    let tool = scan(&fake);
    let found = checked(&tool.args(["--fail-on", "none"]).run(), 0);
    assert_eq!(found["verdict"], "deaths");
    tool.args(["--fail-on", "killed"]).run().code_is(10);
    tool.args(["--fail-on", "stale"]).run().code_is(2);
}

#[test]
fn a_scan_can_be_narrowed_to_some_runners() {
    let fake = fleet()
        .job(
            ended(1, 51, "cancelled")
                .steps(Steps::CutOff)
                .labels(&["self-hosted", "gpu"]),
        )
        .start();
    let ids = |args: &[&str], code| {
        let found = checked(&scan(&fake).args(args).run(), code);
        told(&found, "deaths")
            .into_iter()
            .map(|(id, _)| id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--runner", "i-2"], 10), [21, 22, 23, 25]);
    assert_eq!(ids(&["--runner", "i-[1]"], 11), [] as [u64; 0]);
    assert_eq!(ids(&["--runner", "*-1"], 10), [51]);
    assert_eq!(ids(&["--label", "GPU"], 10), [51]);
    assert_eq!(
        ids(&["--label", "gpu", "--runner", "i-2"], 11),
        [] as [u64; 0]
    );
}

#[test]
fn a_death_is_a_row_of_a_spreadsheet() {
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(2, "=i-2")
        .job(
            ended(2, 21, "cancelled")
                .name("+1,\"x\"")
                .steps(Steps::CutOff),
        )
        .start();
    let ran = scan(&fake).args(["--format", "csv"]).run();
    let mut lines = ran.code_is(10).stdout.lines();
    let heading = lines.next().expect("a heading");
    assert!(heading.starts_with("killed,killed_because,taken_at,job_repo,job_run_id"));
    let row = lines.next().expect("a row");
    assert!(row.starts_with("likely,post-steps-skipped job-cancelled,,acme/atlas,21,1,21,"));
    assert!(row.contains("\"'+1,\"\"x\"\"\""), "{row}");
    assert!(row.contains(",'=i-2,"), "{row}");
    assert_eq!(lines.next(), None);
}

/// What was found is told, and what was read is not read again.
#[test]
fn a_stopped_scan_tells_what_it_found() {
    let fake = fleet().start();
    fake.fail_when(|line| line.path.ends_with("/annotations").then_some(Fault::Hang));
    let tool = scan(&fake);
    let live = tool.spawn();
    let asked = |served: &Served| served.line.path.ends_with("/annotations");
    while !fake.requests().iter().any(asked) {
        pause(Duration::from_millis(20));
    }
    live.signal(Signal::Int);
    let ran = live.wait();
    let found = checked(&ran, 10);
    assert_eq!(found["partial"], true);
    assert_eq!(told(&found, "deaths").len(), 3, "by the records alone");
    fake.heal();
    let found = checked(&tool.run(), 10);
    assert_eq!(found["coverage"]["runs_remembered"], 10);
    assert_eq!(told(&found, "deaths").len(), 4);
}

/// A scan has no deadline: what it waits for is said.
#[test]
fn a_scan_says_what_it_waits_for() {
    let fake = fleet().start();
    fake.fail_when(|_| Some(Fault::secondary_limit(Some(60))));
    let mut live = scan(&fake).args(["--no-state"]).spawn();
    live.stderr_until(|line| line.contains("s for GitHub's rate limit"));
    live.signal(Signal::Int);
    live.wait().code_is(130);
}

#[test]
fn a_state_file_that_is_none_is_left_alone() {
    let fake = fleet().start();
    let tool = scan(&fake).args(["--state", "kept.json"]);
    let foreign = r#"{"format":"runner-desync.scanned/1","host":"github.com","runs":[]}"#;
    for (text, why) in [
        (
            "{\"format\":\"runner-desync.scanned/1\",\"ho",
            "not what a scan remembers",
        ),
        (
            "{\"format\":\"runner-desync.scanned/9\"}",
            "runner-desync.scanned/9",
        ),
        (foreign, "it is about github.com"),
    ] {
        let path = tool.file("kept.json", text);
        let ran = tool.run();
        ran.code_is(2).stderr_has(why).stderr_has("hint: remove it");
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
    assert!(fake.requests().is_empty());
    tool.file("kept.json", "");
    tool.run().code_is(10);
    tool.run().code_is(10).stdout_has("\"runs_remembered\": 10");
}

#[test]
fn access_and_reachability_have_their_codes() {
    let fake = fleet().start();
    scan(&fake)
        .env("GH_TOKEN", "another-token")
        .run()
        .code_is(4)
        .stderr_has("hint: ");
    let nobody = Tool::new().args(["scan", "-R", REPO, "--api-url", "http://127.0.0.1:9"]);
    nobody.env("GH_TOKEN", "test-token").run().code_is(1);
    let unwritable = scan(&fake).args(["-o", "nowhere/report.json"]);
    unwritable.run().code_is(2);
}

/// What the README shows is what comes out, but for the times.
#[test]
fn the_readme_shows_a_scan() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let command = "$ runner-desync scan --repo acme/atlas --since 3d scale-down.jsonl\n";
    let (_, shown) = readme.split_once(command).unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    let runner = "i-06cbe04821ccba677";
    let fake = FakeGitHub::builder()
        .repo(REPO)
        .runner(18_700, runner)
        .runner(18_702, "i-0c5e14f7b3a9d2068")
        .job(ended(18_700, 51, "success").name("Test"))
        .job(cut_off(18_700, 52).name("Package & Publish"))
        .job(ended(18_702, 53, "failure").name("Lint"))
        .job(
            ended(18_702, 54, "failure")
                .name("Build")
                .steps(Steps::Empty)
                .annotated(LOST),
        )
        .start();
    let at = |seconds| fake.written(secs(seconds));
    let reading =
        json!({"at": at(-1201), "runner_id": 18_700, "runner_name": runner, "busy": false});
    let end = json!({"at": at(-1200), "runner_id": 18_700, "event": "terminated"});
    let args = [
        "scan",
        "--repo",
        REPO,
        "--since",
        "3d",
        "scale-down.jsonl",
        "--no-state",
    ];
    let tool = Tool::new().args(args).against(&fake);
    tool.file("scale-down.jsonl", format!("{reading}\n{end}\n"));
    let ran = tool.run();
    ran.code_is(10);
    assert_eq!(timeless(&ran.stdout), timeless(shown), "{ran}");
}

fn cut_off(runner: u64, id: u64) -> JobSpec {
    let job = ended(runner, id, "cancelled").steps(Steps::CutOff);
    job.starts(secs(-1800)).ends(secs(-1000))
}

/// With every time of day and date made the same.
fn timeless(text: &str) -> String {
    let mut last = ' ';
    let timeless = text.chars().map(|c| {
        let of_time = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z');
        let in_time = c.is_ascii_digit() && of_time(last);
        last = c;
        if in_time { '0' } else { c }
    });
    timeless.collect()
}
