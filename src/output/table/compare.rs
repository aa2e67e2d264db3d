//! The table of `compare`: grid, formula, SGD and gradient flow side by side.

use super::layout::{Cell, Page, Tone};
use super::{LEGEND, sample, solve};
use crate::estimate::Quantity;
use crate::output::number;
use crate::record::{ComparisonReport, ComparisonRow};

/// The answer to `compare` as text, with terminal colours if `colour`.
pub fn comparison(report: &ComparisonReport, colour: bool) -> String {
    let mut page = Page::new(colour);
    solve::head(&mut page, &report.solution);
    if !report.rows.is_empty() {
        page.heading("Side by side");
        rows(&mut page, &report.rows);
    }
    if let Some(comparison) = &report.solution.comparison {
        solve::formula(&mut page, comparison);
    }
    for run in [&report.sgd, &report.sgd_doubled, &report.flow].into_iter().flatten() {
        page.blank();
        sample::run(&mut page, run);
    }
    verdict(&mut page, &report.verdict, report.agree, "SGD and gradient flow");
    page.finish()
}

/// What the comparison means, and how to read its numbers; those of `sampled` are samples.
pub(super) fn verdict(page: &mut Page, sentences: &[String], agree: bool, sampled: &str) {
    page.heading("Verdict");
    for sentence in sentences {
        page.paragraph(sentence, Tone::Plain);
    }
    let (text, tone) = match agree {
        true => ("all routes agree within their stated errors", Tone::Good),
        false => ("the routes DISAGREE beyond their stated errors", Tone::Bad),
    };
    page.paragraph(text, tone);
    page.blank();
    page.line(&format!("{LEGEND};"), Tone::Dim);
    page.line(&format!("for {sampled}: one standard error"), Tone::Dim);
}

/// Columns that no row fills are left out.
fn rows(page: &mut Page, rows: &[ComparisonRow]) {
    type Column = (&'static str, fn(&ComparisonRow) -> &Quantity);
    let columns: [Column; 4] =
        [("grid", |r| &r.grid), ("formula", |r| &r.formula), ("SGD", |r| &r.sgd), ("gradient flow", |r| &r.flow)];
    let shown: Vec<&Column> =
        columns.iter().filter(|(_, get)| rows.iter().any(|r| *get(r) != Quantity::Absent)).collect();
    let with_step = rows.iter().any(|r| r.finite_step > 0.0);
    let mut header = vec![""];
    header.extend(shown.iter().map(|(name, _)| *name));
    if with_step {
        header.push("finite step");
    }
    header.push("verdict");
    let body: Vec<Vec<Cell>> = rows
        .iter()
        .map(|r| {
            let mut row = vec![Cell::word(&r.quantity, Tone::Plain)];
            row.extend(shown.iter().map(|(_, get)| Cell::number(number::quantity(get(r)))));
            if with_step {
                row.push(Cell::number(sample::allowance(r.finite_step)));
            }
            row.push(solve::verdict(r.agree));
            row
        })
        .collect();
    page.table(&header, &body);
}
