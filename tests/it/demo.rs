//! `demo`: both incidents with the exact times of the report, without a
//! network and in no time.

use crate::support::Tool;

#[test]
fn the_demo_plays_both_incidents() {
    let ran = Tool::new().args(["demo"]).run();
    ran.code_is(0)
        .stdout_has("02:05:09")
        .stdout_has("02:10:08")
        .stdout_has("01:58:00")
        .stdout_has("02:00:11");
    insta::assert_snapshot!("demo", ran.stdout);
}

/// What the demo records is what stands in the fixtures.
#[test]
fn the_fixture_recordings_are_the_demo_s() {
    for number in ["1", "2"] {
        let tool = Tool::new();
        let ran = tool
            .args(["demo", "--incident", number, "--record", "demo.ndjson"])
            .run();
        ran.code_is(0);
        let recorded = std::fs::read_to_string(tool.dir().join("demo.ndjson")).unwrap();
        let fixture = format!(
            "{}/fixtures/recordings/incident-{number}.ndjson",
            env!("CARGO_MANIFEST_DIR")
        );
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(&fixture, &recorded).unwrap();
        }
        assert_eq!(recorded, std::fs::read_to_string(&fixture).unwrap());
    }
}
