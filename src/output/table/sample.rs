//! The table of `sample`.

use super::layout::{Cell, Page, Tone};
use crate::output::{caption, number};
use crate::record::Sampling;

/// How the errors of samples are written.
pub(super) const STANDARD: &str = "digits in parentheses: one standard error, in units of the last digits shown";

/// A Monte Carlo run as text, with terminal colours if `colour`.
pub fn sampling(sampling: &Sampling, colour: bool) -> String {
    let mut page = Page::new(colour);
    run(&mut page, sampling);
    statistics(&mut page, sampling);
    page.blank();
    page.line(STANDARD, Tone::Dim);
    page.finish()
}

/// What was run, what became of the chains, and what to beware of.
pub(super) fn run(page: &mut Page, s: &Sampling) {
    page.line(&format!("{}, {}", caption::method(&s.method), settings(s)), Tone::Title);
    page.paragraph(
        &format!(
            "{} steps of {} chains ({} burn-in), seed {}, {} million steps per second",
            s.steps,
            s.chains,
            s.burn_in,
            s.seed,
            number::significant(s.steps_per_second / 1e6, 3)
        ),
        Tone::Plain,
    );
    page.paragraph(
        &format!(
            "autocorrelation {} steps, {} effective samples",
            number::significant(s.autocorrelation_steps, 3),
            number::significant(s.effective_samples, 3)
        ),
        Tone::Plain,
    );
    match caption::fates(s) {
        Some(fates) => page.paragraph(&fates, Tone::Bad),
        None => page.paragraph("no chain diverged, died at v = 0 or crossed it", Tone::Plain),
    }
    for warning in &s.warnings {
        page.paragraph(&format!("warning: {warning}"), Tone::Bad);
    }
}

fn settings(s: &Sampling) -> String {
    let mut text = format!("learning rate {}, batch size {}", number::shortest(s.learning_rate), s.batch_size);
    if s.noise_amplification != 1.0 {
        text.push_str(&format!(", noise amplified {} times", number::significant(s.noise_amplification, 4)));
    }
    text
}

fn statistics(page: &mut Page, s: &Sampling) {
    page.heading("Numbers");
    let mut rows = vec![
        vec![Cell::word("mean", Tone::Plain), Cell::number(number::quantity(&s.mean))],
        vec![Cell::word("variance", Tone::Plain), Cell::number(number::quantity(&s.variance))],
    ];
    for quantile in &s.quantiles {
        let name = format!("quantile {}", number::probability(quantile.q));
        rows.push(vec![Cell::word(name, Tone::Plain), Cell::number(number::quantity(&quantile.value))]);
    }
    page.table(&["", ""], &rows);
}

/// An allowance for a finite step, a dash where there is none.
pub(super) fn allowance(finite_step: f64) -> String {
    if finite_step > 0.0 { format!("± {}", number::significant(finite_step, 2)) } else { "–".to_owned() }
}
