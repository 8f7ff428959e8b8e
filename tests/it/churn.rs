//! A busy fleet whose flags are always true to its jobs. A loop over the two
//! lists finds two dozen contradictions a pass here; there are none.

use std::time::Duration;

use crate::support::{Churn, FakeGitHub, Tool};

/// Checks made; the gate asks for more than the default.
fn checks() -> usize {
    let stated = std::env::var("CHURN_CHECKS").ok();
    stated.and_then(|text| text.parse().ok()).unwrap_or(2)
}

#[test]
fn a_truthful_churn_gives_no_finding() {
    let fake = FakeGitHub::builder()
        .repo("acme/atlas")
        .churn(Churn::default())
        .latency(Duration::from_millis(120))
        .start();
    let tool = Tool::new()
        .args(["check", "-R", "acme/atlas", "--format", "json"])
        .against(&fake);
    for round in 0..checks() {
        let ran = tool.run();
        ran.code_is(0);
        let report = ran.json();
        assert_eq!(report["verdict"], "clean", "check {round}\n{ran}");
        assert_eq!(report["periods"], serde_json::json!([]), "check {round}");
        assert_eq!(report["coverage"]["readings"]["desync"], 0);
    }
}
