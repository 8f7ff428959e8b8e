//! The page, read by a tokenizer of the HTML standard.

use html5gum::{Token, Tokenizer};
use proptest::prelude::*;

use crate::model::{Analysis, Mark, Span};
use crate::report::Format;
use crate::report::escape::fit;

use super::names::{is_harmful, named, names};
use super::{golden, rendered};

/// Tags with their attributes, `<a href=…>`, and text, of the body.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    pub(super) tags: Vec<String>,
    attributes: Vec<(String, String)>,
    text: String,
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn page(text: &str) -> Page {
    let mut page = Page::default();
    let (_, body) = text.split_once("<body>").expect("a body");
    for token in Tokenizer::new(body).flatten() {
        match token {
            Token::StartTag(tag) => {
                page.tags.push(lossy(&tag.name));
                for (name, value) in &tag.attributes {
                    page.attributes.push((lossy(name), lossy(value)));
                }
            }
            Token::EndTag(tag) => page.tags.push(format!("/{}", lossy(&tag.name))),
            Token::String(text) => page.text.push_str(&lossy(&text)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {
                panic!("{token:?} in the body")
            }
        }
    }
    page
}

/// Nothing runs, and nothing is fetched.
pub(super) fn assert_inert(page: &Page) {
    for tag in &page.tags {
        let bad = [
            "script", "img", "iframe", "object", "form", "link", "meta", "style",
        ];
        assert!(!bad.contains(&tag.as_str()), "{tag}");
    }
    for (name, value) in &page.attributes {
        assert!(!name.starts_with("on") && name != "style" && name != "src");
        assert!(
            name != "href" || value.starts_with('#') || value.starts_with("https://"),
            "{value}"
        );
    }
}

#[test]
fn a_page_runs_and_fetches_nothing() {
    for (name, analysis) in golden::all() {
        let text = rendered(&analysis, Format::Html);
        assert_inert(&page(&text));
        assert!(
            !text.contains("<script") && !text.contains("url("),
            "{name}"
        );
        assert!(!text.contains("@import"), "{name}");
    }
}

/// `printf '%s' "$(cat page.css)" | openssl dgst -sha256 -binary | base64`
#[test]
fn the_policy_allows_its_style_and_no_other() {
    let text = rendered(&golden::incident_1(), Format::Html);
    let (_, style) = text.split_once("<style>").expect("a style");
    let (style, _) = style.split_once("</style>").expect("its end");
    let hash = sha256(style.as_bytes());
    assert!(
        text.contains(&format!("style-src 'sha256-{hash}'")),
        "{hash}"
    );
}

fn sha256(bytes: &[u8]) -> String {
    use aws_lc_rs::digest::{SHA256, digest};
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, bytes))
}

#[test]
fn every_link_leads_somewhere() {
    let page = page(&rendered(&golden::hostile(), Format::Html));
    let of = |wanted: &str| -> Vec<&str> {
        let attributes = page.attributes.iter();
        let of = attributes.filter(|(name, _)| name == wanted);
        of.map(|(_, value)| value.as_str()).collect()
    };
    let ids = of("id");
    for link in of("href") {
        let Some(anchor) = link.strip_prefix('#') else {
            continue;
        };
        assert!(ids.contains(&anchor), "{link}");
    }
    assert!(2 < ids.len());
}

#[test]
fn a_gap_is_drawn_as_a_gap() {
    let text = rendered(&golden::inconclusive(), Format::Html);
    assert!(text.contains("class=\"gap\""));
    assert!(text.contains("rate-limited"));
}

/// Two thousand periods with a thousand readings each.
fn fleet() -> Analysis {
    let mut analysis = golden::open_proven();
    let template = analysis.periods.remove(0);
    for id in 1..=2_000 {
        let mut period = golden::renamed(&template, id, &format!("atlas-{id}"));
        let first = period.marks[0];
        period.marks = (0..1_000)
            .map(|n| Mark {
                at: first.at + Span::secs(n),
                flag: if n < 600 {
                    first.flag
                } else {
                    crate::model::Flag::False
                },
            })
            .collect();
        analysis.periods.push(period);
    }
    analysis
}

#[test]
fn two_thousand_periods_stay_usable() {
    let text = rendered(&fleet(), Format::Html);
    assert!(text.len() < 16_000_000, "{}", text.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_name_stays_text(name in names()) {
        let text = rendered(&named(&name), Format::Html);
        prop_assert!(!text.chars().any(is_harmful), "{text:?}");
        let (read, plain) = (page(&text), page(&rendered(&named("plain"), Format::Html)));
        prop_assert_eq!(&read.tags, &plain.tags);
        assert_inert(&read);
        prop_assert!(read.text.contains(&fit(&name, 80)));
    }
}
