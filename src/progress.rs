//! The only user of indicatif: a spinner line or a bar on stderr, and only on
//! a terminal.

use std::io::Read;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressBarIter, ProgressDrawTarget, ProgressStyle};

use crate::model::Span;
use crate::streams::is_muted;

/// What goes on, for whoever looks at a terminal. Silent elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A spinner on stderr, hidden when stderr is no terminal or is to stay
    /// empty.
    pub(crate) fn start() -> Self {
        let target = if is_muted() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        let progress = Self { bar };
        progress.draw("{spinner} {wide_msg}");
        progress.bar.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    /// One that nobody sees.
    #[cfg(test)]
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    /// Replaces the line.
    pub(crate) fn show(&self, line: String) {
        self.bar.set_message(line);
    }

    /// Draws a bar: so many of all are done.
    pub(crate) fn counts(&self, done: u64, all: u64, what: &str) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        self.draw("{spinner} {bar:30} {pos} of {len} {msg}");
        self.bar.set_message(what.to_owned());
    }

    /// Draws a bar for files of so many bytes together, to be [`Self::read`].
    /// Of standard input the length is not known.
    pub(crate) fn expects(&self, bytes: u64) {
        if bytes == 0 {
            return self.show("reading".to_owned());
        }
        self.bar.set_length(bytes);
        self.draw("{spinner} {bar:30} {binary_bytes} of {binary_total_bytes} {msg}");
        self.bar.set_message("read");
    }

    /// A source of which the bar shows how much was read.
    pub(crate) fn read<R: Read>(&self, source: R) -> ProgressBarIter<R> {
        self.bar.wrap_read(source)
    }

    fn draw(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// Says that something waits, and for how long.
    pub(crate) fn waits(&self, span: Span, why: &str) {
        self.show(format!("waiting {} s for {why}", span.as_millis() / 1000));
    }

    /// Runs `write` with the line out of the way.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Clears the line.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
