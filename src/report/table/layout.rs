//! Lines, labels and grids on a terminal: the only user of comfy-table.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::report::Style;

/// Below this nothing can be laid out; above it lines get hard to read.
const WIDTHS: (u16, u16) = (40, 120);
/// Columns of labels, with the space on either side.
const LABEL: u16 = 13;

/// How one line is emphasized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    None,
    Bold,
    Red,
    Yellow,
    Green,
}

impl Paint {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Bold => Some("1"),
            Self::Red => Some("1;31"),
            Self::Yellow => Some("1;33"),
            Self::Green => Some("1;32"),
        }
    }
}

/// A page of text of a given width.
pub(super) struct Page {
    text: String,
    width: u16,
    style: Style,
}

impl Page {
    pub(super) fn new(width: u16, style: Style) -> Self {
        Self {
            text: String::new(),
            width: width.clamp(WIDTHS.0, WIDTHS.1),
            style,
        }
    }

    pub(super) fn columns(&self) -> usize {
        usize::from(self.width)
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line as it stands.
    pub(super) fn raw(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A sentence, wrapped at the width and emphasized line by line.
    pub(super) fn line(&mut self, text: &str, paint: Paint) {
        let indent: String = text.chars().take_while(|c| *c == ' ').collect();
        let mut table = self.table();
        table.add_row([text.trim_start()]);
        for column in table.column_iter_mut() {
            column.set_padding((0, 0));
        }
        table.set_width(self.width.saturating_sub(count(&indent)));
        for line in table.lines() {
            let line = self.painted(&format!("{indent}{}", line.trim_end()), paint);
            self.raw(&line);
        }
    }

    fn painted(&self, text: &str, paint: Paint) -> String {
        match (self.style, paint.code()) {
            (Style::Color, Some(code)) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            (Style::Color, None) | (Style::Plain, _) => text.to_owned(),
        }
    }

    /// Labels and what they label, wrapped with a hanging indent; a label that
    /// repeats is written once.
    pub(super) fn pairs(&mut self, pairs: &[(&str, String)]) {
        let mut table = self.table();
        let mut last = "";
        for (label, text) in pairs {
            let shown = if *label == last { "" } else { *label };
            table.add_row([shown, text]);
            last = label;
        }
        if let Some(column) = table.column_mut(0) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(LABEL)));
            column.set_padding((2, 1));
        }
        if let Some(column) = table.column_mut(1) {
            column.set_padding((0, 0));
        }
        self.push(&table);
    }

    /// Columns under headings.
    pub(super) fn grid(&mut self, headings: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        let mut table = self.table();
        table.set_header(headings.iter().copied());
        table.add_rows(rows);
        for column in table.column_iter_mut() {
            column.set_padding((2, 0));
        }
        self.push(&table);
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width);
        table
    }

    fn push(&mut self, table: &Table) {
        for line in table.lines() {
            self.raw(&line);
        }
    }
}

fn count(text: &str) -> u16 {
    u16::try_from(text.len()).unwrap_or(0)
}
