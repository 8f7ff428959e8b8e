//! Which credential is found, and what is said when none is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::*;

/// No such program.
const NO_GH: &str = "runner-desync-test-no-such-program";

struct World {
    api: Api,
    env: BTreeMap<&'static str, String>,
    token_file: Option<PathBuf>,
    gh: PathBuf,
}

impl World {
    fn of(api: &str, env: &[(&'static str, &str)]) -> Self {
        Self {
            api: Api::from_url(api).unwrap(),
            env: env
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned()))
                .collect(),
            token_file: None,
            gh: NO_GH.into(),
        }
    }

    async fn find(&self) -> Result<Credential, AuthError> {
        let sources = Sources {
            token_file: self.token_file.as_deref(),
            env: &|name| self.env.get(name).map(OsString::from),
            app: None,
            gh: &self.gh,
        };
        find_credential(&self.api, &sources).await
    }

    async fn source(&self) -> String {
        self.find().await.unwrap().source().to_owned()
    }
}

const CLOUD: &str = "https://api.github.com";
const SERVER: &str = "https://git.acme.example/api/v3";
const LOCAL: &str = "http://127.0.0.1:4010";

const ALL: [(&str, &str); 4] = [
    ("GITHUB_ENTERPRISE_TOKEN", "d"),
    ("GH_ENTERPRISE_TOKEN", "c"),
    ("GITHUB_TOKEN", "b"),
    ("GH_TOKEN", "a"),
];

#[tokio::test]
async fn variables_by_host() {
    for (api, expected) in [
        (CLOUD, "GH_TOKEN"),
        ("https://api.acme.ghe.com", "GH_TOKEN"),
        (SERVER, "GH_ENTERPRISE_TOKEN"),
        (LOCAL, "GH_TOKEN"),
    ] {
        assert_eq!(World::of(api, &ALL).source().await, expected, "{api}");
    }
    let second = [("GH_TOKEN", " \n"), ("GITHUB_TOKEN", " b\n")];
    assert_eq!(World::of(CLOUD, &second).source().await, "GITHUB_TOKEN");
    assert_eq!(
        World::of(LOCAL, &ALL[..1]).source().await,
        "GITHUB_ENTERPRISE_TOKEN"
    );
}

/// A github.com token never goes elsewhere, nor the other way round.
#[tokio::test]
async fn tokens_of_other_hosts_are_not_taken() {
    for (api, env) in [
        (SERVER, &ALL[2..]),
        ("https://api.github.com.evil.example", &ALL[2..]),
        (CLOUD, &ALL[..2]),
    ] {
        let error = World::of(api, env).find().await.unwrap_err();
        assert!(matches!(error, AuthError::Missing { .. }), "{error}");
    }
}

#[tokio::test]
async fn everything_tried_is_listed() {
    let tried = async |api| match World::of(api, &[]).find().await {
        Err(AuthError::Missing { tried }) => tried,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        tried(CLOUD).await,
        [
            "$CREDENTIALS_DIRECTORY/github-token",
            "GH_TOKEN",
            "GITHUB_TOKEN",
            "gh auth token --hostname github.com",
        ]
    );
    assert_eq!(tried(LOCAL).await.len(), 5);
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn files_before_variables() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::of(CLOUD, &ALL);
    let credentials = directory.path().to_str().unwrap().to_owned();
    world.env.insert("CREDENTIALS_DIRECTORY", credentials);
    assert_eq!(world.source().await, "GH_TOKEN");
    write(directory.path(), "github-token", "of-systemd\n");
    assert!(world.source().await.contains("github-token"));
    world.token_file = Some(write(directory.path(), "mine", "  given \r\n"));
    assert!(world.source().await.ends_with("mine"));
    world.token_file = Some(write(directory.path(), "empty", "\n"));
    assert!(world.source().await.contains("github-token"));
}

#[tokio::test]
async fn a_named_file_must_be_readable() {
    let directory = tempfile::tempdir().unwrap();
    let mut world = World::of(CLOUD, &ALL);
    world.token_file = Some(directory.path().join("gone"));
    let error = world.find().await.unwrap_err();
    assert!(matches!(error, AuthError::Unreadable { .. }), "{error}");
    let long = "x".repeat(70_000);
    world.token_file = Some(write(directory.path(), "long", &long));
    let error = world.find().await.unwrap_err();
    assert!(matches!(error, AuthError::Unreadable { .. }), "{error}");
}

#[tokio::test]
async fn a_malformed_token_is_refused_unseen() {
    for token in ["two words", "line\nline", "caf\u{e9}", "nul\0"] {
        let error = World::of(CLOUD, &[("GH_TOKEN", token)])
            .find()
            .await
            .unwrap_err();
        assert!(matches!(error, AuthError::Malformed { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains(token));
    }
}

#[test]
fn debug_shows_the_source_only() {
    let credential = Credential::new(TOKEN, "GH_TOKEN").unwrap();
    assert_eq!(format!("{credential:?}"), "Some(Credential from GH_TOKEN)");
}

#[cfg(unix)]
#[tokio::test]
async fn gh_is_asked_last() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let script = "#!/bin/sh\n[ \"$*\" = 'auth token --hostname git.acme.example' ] && echo it\n";
    let gh = write(directory.path(), "gh", script);
    std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut world = World::of(SERVER, &[]);
    world.gh = gh.clone();
    assert_eq!(world.source().await, "gh auth token");
    // Another host, for which this one fails, and this machine, for which
    // it is not asked.
    for api in [CLOUD, LOCAL] {
        let mut world = World::of(api, &[]);
        world.gh.clone_from(&gh);
        let error = world.find().await.unwrap_err();
        assert!(matches!(error, AuthError::Missing { .. }), "{error}");
    }
}
