//! The optional tables: `[solve]`, `[report]`, `[sgd]`.

use super::expression::Language;
use super::fault::Cause;
use super::memory;
use super::section::{Item, Notes, Section};
use crate::formula::Formula;
use crate::sgd::Config;

/// Keys of `[solve]` for a diagonal network.
pub(super) const SOLVE_KEYS: &[&str] = &["tolerance"];
/// Keys of `[solve]` for a law on a lattice.
pub(super) const FIELD_SOLVE_KEYS: &[&str] = &["tolerance", "grid", "levels", "memory"];
/// Keys of `[report]` for a diagonal network.
pub(super) const REPORT_KEYS: &[&str] = &["points", "quantiles", "moments"];
/// Keys of `[report]` for a law on a lattice.
pub(super) const FIELD_REPORT_KEYS: &[&str] = &["points", "quantiles", "expressions"];
/// Keys of `[sgd]`.
pub(super) const SGD_KEYS: &[&str] = &["learning_rate", "batch_size", "chains", "steps", "seed"];

/// Wanted error of a diagonal network, where a grid in one dimension reaches rounding.
const LINE_TOLERANCE: f64 = 1e-10;
/// Wanted error on a lattice.
const FIELD_TOLERANCE: f64 = 1e-7;
const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// How exact a law on a lattice must be, and what that may cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FieldSolve {
    pub(super) tolerance: f64,
    pub(super) grid: Option<usize>,
    pub(super) levels: Option<usize>,
    pub(super) memory: Option<u64>,
}

/// What to report of the law of a diagonal network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Report {
    pub(super) points: Vec<f64>,
    pub(super) quantiles: Vec<f64>,
    pub(super) moments: Vec<f64>,
}

/// What to report of a law on a lattice.
#[derive(Debug, Clone)]
pub(super) struct FieldReport {
    pub(super) points: Vec<Vec<f64>>,
    pub(super) quantiles: Vec<f64>,
    pub(super) expressions: Vec<Formula>,
}

const TOLERANCE: &str = "a number from 1e-13 to 1e-2";

/// `[solve]` of a diagonal network: the tolerance.
pub(super) fn solve(root: &Section<'_>, notes: &mut Notes) -> f64 {
    let section = root.table("solve", SOLVE_KEYS, notes);
    section.and_then(|section| tolerance(&section, notes)).unwrap_or(LINE_TOLERANCE)
}

/// `[solve]` of a law on a lattice.
pub(super) fn field_solve(root: &Section<'_>, notes: &mut Notes) -> FieldSolve {
    let mut solve = FieldSolve { tolerance: FIELD_TOLERANCE, grid: None, levels: None, memory: None };
    let Some(section) = root.table("solve", FIELD_SOLVE_KEYS, notes) else { return solve };
    solve.tolerance = tolerance(&section, notes).unwrap_or(solve.tolerance);
    let mut whole = |key, least, most| between(&section, key, least, most, false, notes).map(|n| n as usize);
    solve.grid = whole("grid", 10, 65_536);
    solve.levels = whole("levels", 2, 12);
    solve.memory = amount(&section, "memory", notes);
    solve
}

fn tolerance(section: &Section<'_>, notes: &mut Notes) -> Option<f64> {
    let tolerance = section.number("tolerance", TOLERANCE, false, notes)?;
    if (1e-13..=1e-2).contains(&tolerance.value) {
        return Some(tolerance.value);
    }
    notes.out_of_range(&section.path("tolerance"), &tolerance.place, TOLERANCE);
    None
}

/// `[report]` of a diagonal network.
pub(super) fn report(root: &Section<'_>, notes: &mut Notes) -> Report {
    let default = Report { points: vec![], quantiles: QUANTILES.to_vec(), moments: vec![1.0, 2.0] };
    let Some(section) = root.table("report", REPORT_KEYS, notes) else { return default };
    let finite = f64::is_finite;
    Report {
        points: section.numbers("points", "a finite number", finite, notes).unwrap_or(default.points),
        quantiles: quantiles(&section, notes),
        moments: section.numbers("moments", "a finite order", finite, notes).unwrap_or(default.moments),
    }
}

fn quantiles(section: &Section<'_>, notes: &mut Notes) -> Vec<f64> {
    let probability = |q: f64| q > 0.0 && q < 1.0;
    section.numbers("quantiles", "a probability, 0 < q < 1", probability, notes).unwrap_or(QUANTILES.to_vec())
}

/// `[report]` of a law on a lattice, whose points must lie in `range` where that is known.
pub(super) fn field_report(
    root: &Section<'_>,
    language: Option<&Language>,
    range: &[[f64; 2]],
    notes: &mut Notes,
) -> FieldReport {
    let default = FieldReport { points: vec![], quantiles: QUANTILES.to_vec(), expressions: vec![] };
    let Some(section) = root.table("report", FIELD_REPORT_KEYS, notes) else { return default };
    let quantiles = quantiles(&section, notes);
    let Some(language) = language else { return FieldReport { quantiles, ..default } };
    FieldReport {
        points: points(&section, &language.names, range, notes),
        quantiles,
        expressions: expressions(&section, language, notes),
    }
}

fn points(section: &Section<'_>, names: &[String], range: &[[f64; 2]], notes: &mut Notes) -> Vec<Vec<f64>> {
    let accepted = match names {
        [name] => format!("a list of values of {name}"),
        _ => format!("a list of points [{}]", names.join(", ")),
    };
    let Some(items) = section.list("points", &accepted, false, notes) else { return vec![] };
    items.value.iter().filter_map(|item| point(item, names, range, notes)).collect()
}

/// One point: a list with a number for every variable, or a plain number where there is one variable.
fn point(item: &Item<'_>, names: &[String], range: &[[f64; 2]], notes: &mut Notes) -> Option<Vec<f64>> {
    let coordinates = match names {
        [_] if item.as_number().is_some() => vec![item.clone()],
        _ => item.elements(&format!("a point [{}]", names.join(", ")), notes)?,
    };
    if coordinates.len() != names.len() {
        let cause = Cause::Shape {
            key: item.name.clone(),
            found: format!("{} numbers", coordinates.len()),
            accepted: format!("one number for every variable: [{}]", names.join(", ")),
        };
        notes.add(item.place(), cause);
        return None;
    }
    let mut at = Vec::new();
    for (i, coordinate) in coordinates.iter().enumerate() {
        let [lower, upper] = range.get(i).copied().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        let inside = |x: f64| x.is_finite() && lower <= x && x <= upper;
        let accepted = match (lower.is_finite(), upper.is_finite()) {
            (false, false) => "a finite number".to_owned(),
            _ => format!("a number in the range of {}, [{lower}, {upper}]", names[i]),
        };
        at.extend(coordinate.number(&accepted, inside, notes));
    }
    (at.len() == names.len()).then_some(at)
}

fn expressions(section: &Section<'_>, language: &Language, notes: &mut Notes) -> Vec<Formula> {
    let accepted = format!("a list of formulas of {}", language.names.join(", "));
    let Some(items) = section.list("expressions", &accepted, false, notes) else { return vec![] };
    let mut seen: Vec<Formula> = Vec::new();
    for item in &items.value {
        let Some(formula) = language.formula(item, notes) else { continue };
        if seen.iter().any(|other| other.text() == formula.text()) {
            notes.add(item.place(), Cause::Twice { key: item.name.clone(), name: formula.text().to_owned() });
        }
        seen.push(formula);
    }
    seen
}

/// The Monte Carlo run.
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
    let mut whole = |key, least, most| between(&section, key, least, most, true, notes);
    let batch_size = whole("batch_size", 1, 1_000_000_000);
    let chains = whole("chains", 2, 1_000_000);
    let steps = whole("steps", 100, 1_000_000_000_000);
    let seed = whole("seed", 0, i64::MAX as u64);
    Some(Config { learning_rate: rate?, batch_size: batch_size?, chains: chains?, steps: steps?, seed: seed? })
}

const LEARNING_RATE: &str = "a finite number > 0 (between 1e-100 and 1e100)";

fn between(section: &Section<'_>, key: &str, least: u64, most: u64, required: bool, notes: &mut Notes) -> Option<u64> {
    let accepted = format!("a whole number from {least} to {most}");
    let read = section.whole(key, &accepted, required, notes)?;
    let value = u64::try_from(read.value).ok().filter(|v| (least..=most).contains(v));
    if value.is_none() {
        notes.out_of_range(&section.path(key), &read.place, &accepted);
    }
    value
}

/// An amount of memory: bytes, or a text with a unit.
fn amount(section: &Section<'_>, key: &str, notes: &mut Notes) -> Option<u64> {
    let item = section.item(key)?;
    let bytes = match item.as_number() {
        Some(number) => memory::of_number(number),
        None => memory::bytes(item.text(memory::ACCEPTED, notes)?),
    };
    if bytes.is_none() {
        notes.out_of_range(&item.name, item.place(), memory::ACCEPTED);
    }
    bytes
}
