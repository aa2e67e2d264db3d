//! The optional tables: `[solve]`, `[report]`, `[sgd]`.

use super::section::{Notes, Section};
use crate::sgd::Config;

/// Keys of `[solve]`.
pub(super) const SOLVE_KEYS: &[&str] = &["tolerance"];
/// Keys of `[report]`.
pub(super) const REPORT_KEYS: &[&str] = &["points", "quantiles", "moments"];
/// Keys of `[sgd]`.
pub(super) const SGD_KEYS: &[&str] = &["learning_rate", "batch_size", "chains", "steps", "seed"];

/// How exact the law must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solve {
    /// Wanted error of log density and relative error of moments.
    pub tolerance: f64,
}

/// What to report of the law.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Where to give log density, cdf and sf.
    pub points: Vec<f64>,
    /// Which quantiles.
    pub quantiles: Vec<f64>,
    /// Which orders n of E|v|^n.
    pub moments: Vec<f64>,
}

impl Default for Solve {
    fn default() -> Self {
        Self { tolerance: 1e-10 }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self { points: vec![], quantiles: vec![0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99], moments: vec![1.0, 2.0] }
    }
}

const TOLERANCE: &str = "a number from 1e-13 to 1e-2";

pub(super) fn solve(root: &Section<'_>, notes: &mut Notes) -> Solve {
    let mut solve = Solve::default();
    let Some(section) = root.table("solve", SOLVE_KEYS, notes) else { return solve };
    if let Some(tolerance) = section.number("tolerance", TOLERANCE, false, notes) {
        if (1e-13..=1e-2).contains(&tolerance.value) {
            solve.tolerance = tolerance.value;
        } else {
            notes.out_of_range(&section.path("tolerance"), &tolerance.place, TOLERANCE);
        }
    }
    solve
}

pub(super) fn report(root: &Section<'_>, notes: &mut Notes) -> Report {
    let default = Report::default();
    let Some(section) = root.table("report", REPORT_KEYS, notes) else { return default };
    let finite = f64::is_finite;
    let probability = |q: f64| q > 0.0 && q < 1.0;
    Report {
        points: section.numbers("points", "a finite number", finite, notes).unwrap_or(default.points),
        quantiles: section
            .numbers("quantiles", "a probability, 0 < q < 1", probability, notes)
            .unwrap_or(default.quantiles),
        moments: section.numbers("moments", "a finite order", finite, notes).unwrap_or(default.moments),
    }
}

pub(super) fn sgd(root: &Section<'_>, notes: &mut Notes) -> Option<Config> {
    let section = root.table("sgd", SGD_KEYS, notes)?;
    let rate = section.number("learning_rate", LEARNING_RATE, true, notes);
    let rate = rate.and_then(|rate| {
        let fits = (1e-100..=1e100).contains(&rate.value);
        if !fits {
            notes.out_of_range(&section.path("learning_rate"), &rate.place, LEARNING_RATE);
        }
        fits.then_some(rate.value)
    });
    let mut whole = |key, least, most| between(&section, key, least, most, notes);
    let batch_size = whole("batch_size", 1, 1_000_000_000);
    let chains = whole("chains", 2, 1_000_000);
    let steps = whole("steps", 100, 1_000_000_000_000);
    let seed = whole("seed", 0, i64::MAX as u64);
    Some(Config { learning_rate: rate?, batch_size: batch_size?, chains: chains?, steps: steps?, seed: seed? })
}

const LEARNING_RATE: &str = "a finite number > 0 (between 1e-100 and 1e100)";

fn between(section: &Section<'_>, key: &str, least: u64, most: u64, notes: &mut Notes) -> Option<u64> {
    let accepted = format!("a whole number from {least} to {most}");
    let read = section.whole(key, &accepted, true, notes)?;
    let value = u64::try_from(read.value).ok().filter(|v| (least..=most).contains(v));
    if value.is_none() {
        notes.out_of_range(&section.path(key), &read.place, &accepted);
    }
    value
}
