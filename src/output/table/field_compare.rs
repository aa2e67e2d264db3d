//! The tables of `compare` and `sample` for laws of several variables.

use super::field::{head, second, warnings};
use super::layout::{Cell, Page, Tone};
use super::{Screen, compare, sample, solve};
use crate::estimate::Quantity;
use crate::output::{caption, number};
use crate::record::{FieldComparison, FieldComparisonRow, FieldSampling};

/// The answer to `compare` as text, as far as `screen` can show it.
pub fn field_comparison(report: &FieldComparison, screen: Screen) -> String {
    let mut page = Page::new(screen.colour);
    head(&mut page, &report.solution, screen);
    if !report.rows.is_empty() {
        page.heading("Side by side");
        rows(&mut page, &report.rows);
    }
    second(&mut page, &report.solution);
    for run in &report.samplings {
        page.blank();
        self::run(&mut page, run);
    }
    warnings(&mut page, &report.solution.warnings);
    compare::verdict(&mut page, &report.verdict, report.agree, "Monte Carlo");
    page.finish()
}

fn rows(page: &mut Page, rows: &[FieldComparisonRow]) {
    let body: Vec<Vec<Cell>> = rows
        .iter()
        .map(|r| {
            vec![
                Cell::word(&r.quantity, Tone::Plain),
                Cell::number(number::quantity(&r.grid)),
                Cell::number(number::quantity(&r.sampled)),
                Cell::number(sample::allowance(r.finite_step)),
                solve::verdict(r.agree),
            ]
        })
        .collect();
    page.table(&["", "law", "Monte Carlo", "finite step", "verdict"], &body);
}

/// A Monte Carlo run of several variables as text.
pub fn field_sampling(sampling: &FieldSampling, colour: bool) -> String {
    let mut page = Page::new(colour);
    run(&mut page, sampling);
    numbers(&mut page, sampling);
    page.blank();
    page.line(sample::STANDARD, Tone::Dim);
    page.finish()
}

/// What was run, what became of the chains, and what to beware of.
fn run(page: &mut Page, s: &FieldSampling) {
    let rate = if s.method == "sgd" { "learning rate" } else { "time step" };
    let title = format!("{}, {rate} {}", caption::method(&s.method), number::shortest(s.learning_rate));
    page.line(&title, Tone::Title);
    page.paragraph(
        &format!(
            "{} steps of {} chains ({} burn-in), batch size {}, seed {}, {} million steps per second",
            s.steps,
            s.chains,
            s.burn_in,
            s.batch_size,
            s.seed,
            number::significant(s.steps_per_second / 1e6, 3)
        ),
        Tone::Plain,
    );
    if s.diverged > 0 {
        page.paragraph(&format!("{} of {} chains diverged (not in the statistics)", s.diverged, s.chains), Tone::Bad);
    }
    warnings(page, &s.warnings);
}

fn numbers(page: &mut Page, s: &FieldSampling) {
    page.heading("Numbers");
    let mut header = vec![""];
    header.extend(s.variables.iter().map(String::as_str));
    let mut rows = vec![line("mean", &s.mean)];
    for (name, row) in s.variables.iter().zip(&s.covariance) {
        rows.push(line(&format!("Cov with {name}"), row));
    }
    let probabilities = s.quantiles.first().map_or(&[][..], Vec::as_slice);
    for (k, q) in probabilities.iter().enumerate() {
        let of = |all: &Vec<crate::record::FieldQuantile>| all.get(k).map_or(Quantity::Absent, |q| q.value);
        let values: Vec<Quantity> = s.quantiles.iter().map(of).collect();
        rows.push(line(&format!("quantile {}", number::probability(q.q)), &values));
    }
    page.table(&header, &rows);
    if !s.expressions.is_empty() {
        page.blank();
        let rows: Vec<Vec<Cell>> =
            s.expressions.iter().map(|e| line(&format!("E[{}]", e.expression), &[e.value])).collect();
        page.table(&["", ""], &rows);
    }
}

fn line(name: &str, values: &[Quantity]) -> Vec<Cell> {
    let mut row = vec![Cell::word(name, Tone::Plain)];
    row.extend(values.iter().map(|q| Cell::number(number::quantity(q))));
    row
}
