//! A fault as a story: a check has found the one runner that lies, the next
//! check meets the fault, the one after it does not. Whatever the fault, no
//! honest runner is accused and the liar's period stays what it was.

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::fake::{Asked, Builder};
use crate::support::time::FakeClock;
use crate::support::{FakeGitHub, Fault, JobSpec, Ran, Tool};

pub(crate) const REPO: &str = "acme/atlas";
pub(crate) const LIAR: u64 = 3;
/// To be seen in no output and no file.
pub(crate) const TOKEN: &str = "canary-token-4422";

/// Two honest runners with jobs, one that lies, one that is idle.
pub(crate) fn fleet() -> Builder {
    FakeGitHub::builder()
        .token(TOKEN)
        .odd_answers()
        .repo(REPO)
        .runner(1, "honest-1")
        .runner(2, "honest-2")
        .runner(LIAR, "liar")
        .runner(4, "idle")
        .job(JobSpec::on(1).id(71).run(3001))
        .job(JobSpec::on(2).id(72).run(3002))
        .job(JobSpec::on(LIAR).id(73).run(3003))
        .liar(LIAR)
}

/// What the first check left behind; every story goes on from it.
struct Opened {
    clock: FakeClock,
    recording: Vec<u8>,
    onset: Value,
    /// What a check asks for when nothing goes wrong.
    requests: usize,
}

static OPENED: LazyLock<Opened> = LazyLock::new(|| {
    let fake = fleet().start();
    let tool = tool(&fake);
    let first = tool.run();
    let onset = first.code_is(10).json()["periods"][0]["onset"].clone();
    let recording = std::fs::read(tool.dir().join(RECORDING)).expect("a recording");
    let before = fake.requests().len();
    tool.run().code_is(10);
    Opened {
        clock: fake.clock(),
        recording,
        onset,
        requests: fake.requests().len() - before,
    }
});

const RECORDING: &str = "recording.ndjson";

fn tool(fake: &FakeGitHub) -> Tool {
    Tool::new()
        .args(["check", "-R", REPO, "--format", "json", "-v"])
        .args([
            "--timeout",
            "5s",
            "--deadline",
            "20s",
            "--record",
            RECORDING,
        ])
        .against(fake)
}

/// Kinds of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Runners,
    Runs,
    Jobs,
    RunnerById,
    JobById,
}

impl Place {
    pub(crate) const ALL: [Self; 5] = [
        Self::Runners,
        Self::Runs,
        Self::Jobs,
        Self::RunnerById,
        Self::JobById,
    ];

    pub(crate) fn is(self, asked: Asked) -> bool {
        match asked {
            Asked::Runners => self == Self::Runners,
            Asked::Runs => self == Self::Runs,
            Asked::Jobs(_) => self == Self::Jobs,
            Asked::Runner(_) => self == Self::RunnerById,
            Asked::Job(_) => self == Self::JobById,
            _ => false,
        }
    }
}

/// A period is open, and what comes may come.
pub(crate) struct Story {
    pub(crate) fake: FakeGitHub,
    pub(crate) tool: Tool,
}

impl Story {
    pub(crate) fn begin() -> Self {
        Self::of(fleet())
    }

    /// With a fleet of its own: [`fleet`], changed.
    pub(crate) fn of(fleet: Builder) -> Self {
        let fake = fleet.clock(OPENED.clock.another()).start();
        let tool = tool(&fake);
        tool.file(RECORDING, &OPENED.recording);
        Self { fake, tool }
    }

    /// A check in which the period stands as it did and nobody else is
    /// accused.
    #[track_caller]
    pub(crate) fn check(&self) -> Ran {
        let ran = self.tool.run();
        self.says_no_secret(&ran);
        let report = ran.code_is(10).json();
        stands(&report, &ran);
        ran
    }

    /// The same once the fault is over: nothing is missing any more.
    #[track_caller]
    pub(crate) fn check_healed(&self) {
        self.fake.heal();
        let ran = self.check();
        let coverage = &ran.json()["coverage"];
        assert_eq!(coverage["gaps"], serde_json::json!([]), "{ran}");
        let reasons = coverage["unknown_reasons"].as_object().expect("reasons");
        // What the list says of the liar is no proof; its sandwich is.
        let others = reasons.keys().find(|reason| *reason != "not-confirmed");
        assert_eq!(others, None, "{ran}");
    }

    /// The same once the fault is over, where the clocks do not agree yet.
    #[track_caller]
    pub(crate) fn check_healed_or_skewed(&self) {
        self.fake.skew_date(crate::support::secs(0));
        self.fake.heal();
        self.check();
    }

    /// A watch instead of checks, that tells its cycles.
    pub(crate) fn watch(&self) -> Tool {
        Tool::new()
            .args([
                "watch",
                "-R",
                REPO,
                "--format",
                "json",
                "-v",
                "--interval",
                "1s",
                "--record",
            ])
            .args([self.tool.dir().join(RECORDING)])
            .against(&self.fake)
    }

    /// Every line of the recording.
    pub(crate) fn recorded(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.tool.dir().join(RECORDING));
        let text = text.expect("a recording");
        let lines = text.lines().map(serde_json::from_str);
        lines.map(|line| line.expect("JSON")).collect()
    }

    /// No storm of retries.
    #[track_caller]
    pub(crate) fn asked_within_reason(&self) {
        let asked = self.fake.requests().len();
        assert!(asked <= 4 * OPENED.requests, "{asked} requests");
    }

    #[track_caller]
    pub(crate) fn says_no_secret(&self, ran: &Ran) {
        ran.says_nowhere(TOKEN).says_nowhere("panicked");
        let recording = std::fs::read(self.tool.dir().join(RECORDING)).expect("a recording");
        let recording = String::from_utf8(recording).expect("a recording is text");
        assert!(!recording.contains(TOKEN), "the token is in the recording");
    }
}

/// One finding, of the liar, as it began and not ended.
#[track_caller]
pub(crate) fn stands(report: &Value, ran: &Ran) {
    let periods = report["periods"].as_array().expect("periods");
    let findings = periods.iter().filter(|period| period["finding"] == true);
    let [period] = findings.collect::<Vec<_>>()[..] else {
        panic!("one finding, of the liar\n{ran}");
    };
    assert_eq!(period["runner"]["id"], LIAR, "{ran}");
    assert_eq!(period["onset"], OPENED.onset, "{ran}");
    assert_eq!(period["end"]["reason"], "open", "{ran}");
}

/// What a report says of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// A gap, or readings left unknown, for this reason.
    Missing(&'static str),
    /// Nothing: the answer could be used all the same.
    Nothing,
}

/// The fault strikes one kind of read after the other, each in a story of its
/// own.
#[track_caller]
pub(crate) fn strikes(fault: &Fault, says: Says) {
    strikes_at(&Place::ALL, fault, says);
}

#[track_caller]
pub(crate) fn strikes_at(places: &[Place], fault: &Fault, says: Says) {
    std::thread::scope(|scope| {
        for &place in places {
            scope.spawn(move || strikes_once(place, fault, says));
        }
    });
}

fn strikes_once(place: Place, fault: &Fault, says: Says) {
    let story = Story::begin();
    let strike = fault.clone();
    story
        .fake
        .fail_when(move |line| place.is(line.asked).then(|| strike.clone()));
    says.of(&story.check());
    story.asked_within_reason();
    if says != Says::Nothing {
        story.check_healed();
    }
}

impl Says {
    #[track_caller]
    pub(crate) fn of(self, ran: &Ran) {
        let coverage = &ran.json()["coverage"];
        match self {
            Self::Missing(reason) => assert!(tells(coverage, reason), "no {reason}\n{ran}"),
            Self::Nothing => assert_eq!(coverage["gaps"], serde_json::json!([]), "{ran}"),
        }
    }
}

fn tells(coverage: &Value, reason: &str) -> bool {
    let gaps = coverage["gaps"].as_array().expect("gaps");
    let unknown = coverage["unknown_reasons"].as_object().expect("reasons");
    gaps.iter().any(|gap| gap["reason"] == reason) || unknown.contains_key(reason)
}
