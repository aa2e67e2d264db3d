//! A progress bar for runs that take longer than a moment, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts steps; shown on standard error once it is worth it.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// A hidden bar for `total` steps of what `name` says.
    pub(super) fn new(name: &str, total: u64, quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent}% {eta} left") {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        let wanted = !quiet && std::io::stderr().is_terminal();
        Self { bar, started: Instant::now(), shown: AtomicBool::new(!wanted) }
    }

    /// Notes that `steps` more are done.
    pub(super) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        self.show();
    }

    /// Notes that `steps` were done before, which says nothing of how fast the rest will go.
    pub(super) fn skip(&self, steps: u64) {
        self.bar.inc(steps);
        self.bar.reset_eta();
    }

    /// Notes what is being done, and that `done` of `all` steps of it are.
    pub(super) fn stage(&self, what: &str, done: u64, all: u64) {
        self.bar.set_message(what.to_owned());
        self.bar.set_length(all);
        self.bar.set_position(done);
        self.show();
    }

    /// Takes the bar from the screen.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if self.started.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
