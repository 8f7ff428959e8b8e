//! `--format github` in a step of a workflow.

use crate::support::Tool;

fn demo(tool: &Tool) -> Tool {
    tool.args(["demo", "--format", "github"])
}

#[test]
fn annotations_go_to_stdout_and_the_ticket_to_the_summary() {
    let tool = Tool::new();
    let summary = tool.file("summary.md", "# before\n");
    let ran = demo(&tool).env("GITHUB_STEP_SUMMARY", &summary).run();
    ran.code_is(0);
    assert!(
        ran.stdout.lines().all(|line| line.starts_with("::")),
        "{ran}"
    );
    let text = std::fs::read_to_string(summary).unwrap();
    assert!(text.starts_with("# before\n### "), "{text}");
}

#[test]
fn a_summary_that_github_would_not_take_is_left_alone() {
    let tool = Tool::new();
    let full = "x".repeat((1 << 20) - 10);
    let summary = tool.file("summary.md", &full);
    let ran = demo(&tool).env("GITHUB_STEP_SUMMARY", &summary).run();
    ran.code_is(0).stderr_has("no step summary");
    assert_eq!(std::fs::read_to_string(summary).unwrap().len(), full.len());
}

#[test]
fn outside_of_a_workflow_there_is_no_summary() {
    let ran = demo(&Tool::new()).run();
    ran.code_is(0);
    assert_eq!(ran.stderr.matches("summary").count(), 0, "{ran}");
}
