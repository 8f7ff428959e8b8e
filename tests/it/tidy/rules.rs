//! The rules: rooms, what is forbidden in them, and why.

use super::scan::Line;

/// What in a line is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matches {
    /// A whole word (or path) of code, comments excluded.
    WordInCode,
    /// As [`Self::WordInCode`], but unit tests may.
    WordOutsideTests,
    /// Any part of code outside unit tests.
    CodeOutsideTests,
    /// Any part of a line, comments included, unless it is marked
    /// `tidy: data`.
    Text,
    /// A word shaped like a GitHub token.
    Token,
}

/// One rule. Rooms and exceptions are beginnings of paths.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) rooms: &'static [&'static str],
    pub(super) except: &'static [&'static str],
    pub(super) forbidden: &'static [&'static str],
    pub(super) matches: Matches,
    pub(super) why: &'static str,
}

const PURE: &[&str] = &[
    "src/model/",
    "src/detect/",
    "src/report/",
    "src/redact/",
    "src/import/",
    "src/wire/",
    "src/wire.rs",
];

/// The rooms, and which others each may name outside its tests. Dependencies
/// run down: a room names none that stands below it here.
pub(super) const LAYERS: &[(&str, &[&str])] = &[
    (
        "commands",
        &[
            "cli", "exit", "github", "notify", "progress", "poll", "detect", "report", "redact",
            "record", "import", "wire", "model", "clock", "streams", "whole",
        ],
    ),
    ("cli", &["exit", "model"]),
    ("exit", &["report", "model", "streams"]),
    ("github", &["poll", "wire", "model", "clock"]),
    ("notify", &["streams", "whole"]),
    ("progress", &["model", "streams"]),
    ("poll", &["model", "clock"]),
    ("detect", &["model"]),
    ("report", &["model"]),
    ("redact", &["model"]),
    ("record", &["model"]),
    ("import", &["wire", "model"]),
    ("wire", &["model"]),
    ("clock", &["model"]),
    ("model", &[]),
    ("streams", &[]),
    ("whole", &[]),
];

/// Rooms of tests: they may name all, and none may name them.
pub(super) const TEST_ROOMS: &[&str] = &["fuzz", "sim"];

/// Rules about the Rust sources.
pub(super) const CODE: &[Rule] = &[
    Rule {
        rooms: PURE,
        except: &[],
        forbidden: &[
            "tokio",
            "reqwest",
            "std::fs",
            "std::net",
            "clap",
            "crate::clock",
            "Instant",
            "SystemTime",
        ],
        matches: Matches::WordInCode,
        why: "the core is pure: no network, no files, no clock, no command line",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/github/"],
        forbidden: &["reqwest"],
        matches: Matches::WordInCode,
        why: "only github/ talks HTTP",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/progress.rs"],
        forbidden: &["indicatif"],
        matches: Matches::WordInCode,
        why: "only progress.rs knows indicatif",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/cli.rs", "src/cli/", "src/main.rs"],
        forbidden: &["clap"],
        matches: Matches::WordInCode,
        why: "only cli.rs knows clap",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/report/"],
        forbidden: &["comfy_table"],
        matches: Matches::WordInCode,
        why: "only report/ draws tables",
    },
    Rule {
        rooms: &["src/model/", "src/detect/"],
        except: &[],
        forbidden: &["serde", "serde_json", "Serialize", "Deserialize"],
        matches: Matches::WordInCode,
        why: "no format decides the shape of the core",
    },
    Rule {
        rooms: &["src/detect/"],
        except: &[],
        forbidden: &["Result<"],
        matches: Matches::CodeOutsideTests,
        why: "the detector cannot fail: doubt is data",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/exit.rs"],
        forbidden: &["ExitCode::from", "process::exit"],
        matches: Matches::CodeOutsideTests,
        why: "numbers of exit codes are in exit.rs only",
    },
    Rule {
        rooms: &[
            "src/wire/",
            "src/wire.rs",
            "src/import/",
            "src/report/",
            "src/detect/",
        ],
        except: &[],
        forbidden: &["unwrap_or_default"],
        matches: Matches::WordOutsideTests,
        why: "unknown stays unknown, never 0, false or an empty text",
    },
    Rule {
        rooms: &["src/", "tests/"],
        except: &["tests/it/tidy/rules.rs"],
        forbidden: &["#[allow(", "#![allow("],
        matches: Matches::CodeOutsideTests,
        why: "use #[expect(…, reason = \"…\")], which tells when it is needed no more",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/streams.rs", "src/progress.rs"],
        forbidden: &[
            "println!",
            "eprintln!",
            "print!",
            "eprint!",
            "stdout()",
            "stderr()",
        ],
        matches: Matches::WordOutsideTests,
        why: "only streams.rs and progress.rs print",
    },
    Rule {
        rooms: &["src/"],
        except: &["src/clock.rs"],
        forbidden: &[
            "SystemTime::now",
            "Instant::now",
            "thread::sleep",
            "tokio::time::sleep",
        ],
        matches: Matches::WordInCode,
        why: "only clock.rs reads a clock or sleeps",
    },
];

/// Rules about every text in the repository.
pub(super) const REPOSITORY: &[Rule] = &[
    Rule {
        rooms: &[""],
        except: &[],
        forbidden: &["gh?_", "github_pat_"],
        matches: Matches::Token,
        why: "shaped like a token, which scanners and people must take for one",
    },
    Rule {
        rooms: &[""],
        except: &["tests/it/tidy/rules.rs", ".gitignore"],
        forbidden: &["/work/", "/root/", "/home/", "../shared"],
        matches: Matches::Text,
        why: "a path of one machine; data of a test is marked `tidy: data`",
    },
];

impl Rule {
    pub(super) fn covers(&self, path: &str) -> bool {
        let begins = |list: &[&str]| list.iter().any(|room| path.starts_with(room));
        begins(self.rooms) && !begins(self.except)
    }

    pub(super) fn reads(&self, line: &Line) -> bool {
        match self.matches {
            Matches::WordInCode | Matches::Token => true,
            Matches::WordOutsideTests | Matches::CodeOutsideTests => !line.in_test,
            Matches::Text => !line.text.contains("tidy: data"),
        }
    }

    pub(super) fn finds(&self, name: &str, line: &Line) -> bool {
        match self.matches {
            Matches::WordInCode | Matches::WordOutsideTests => has_word(&line.code, name),
            Matches::CodeOutsideTests => line.code.contains(name),
            Matches::Text => line.text.contains(name),
            Matches::Token => has_token(&line.text, name),
        }
    }
}

fn is_word(symbol: char) -> bool {
    symbol.is_alphanumeric() || symbol == '_'
}

/// Whether `name` stands in `code` with no part of a word beside it.
fn has_word(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// `gh?_` stands for the five short beginnings, followed by sixteen letters
/// or digits; the long beginning needs one.
fn has_token(text: &str, beginning: &str) -> bool {
    let begins = |start: &str, length: usize| {
        text.match_indices(start).any(|(at, _)| {
            let rest = text[at + start.len()..].chars();
            length <= rest.take_while(char::is_ascii_alphanumeric).count()
        })
    };
    if beginning == "gh?_" {
        ["p", "o", "u", "s", "r"]
            .iter()
            .any(|kind| begins(&format!("gh{kind}_"), 16))
    } else {
        begins(beginning, 1)
    }
}
