//! Every way in which a name can be written, for whoever looks for one.

use super::escape::{cell, json, plugin, terminal};

/// Names are cut to some width in most formats: of a long one its beginning
/// is looked for.
const BEGINNING: usize = 40;

/// A name as it is, as each sink of this room writes it, and in the encodings
/// of JSON, HTML, URLs and Markdown. Each once; none is empty.
pub(crate) fn forms(name: &str) -> Vec<String> {
    let seen = terminal(name);
    let quoted = serde_json::to_string(name).ok();
    let quoted = quoted.map(|text| text.trim_matches('"').to_owned());
    let mut forms = vec![
        name.to_owned(),
        markdown(&seen),
        html(name),
        html(&seen),
        percent(name),
        plugin(name, usize::MAX),
        cell(name),
        seen.replace('|', "\\|"),
        seen,
    ];
    forms.extend(quoted.as_deref().map(json));
    forms.extend(quoted);
    let beginnings = forms.iter().map(|form| beginning(form));
    let mut forms: Vec<_> = beginnings.filter(|form| !form.trim().is_empty()).collect();
    forms.sort();
    forms.dedup();
    forms
}

fn beginning(form: &str) -> String {
    form.chars().take(BEGINNING).collect()
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// With a backslash before every mark.
fn markdown(text: &str) -> String {
    let mut marked = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            marked.push('\\');
        }
        marked.push(c);
    }
    marked
}

fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
