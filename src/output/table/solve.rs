//! The table of `solve`.

use super::layout::{Cell, Page, Tone};
use super::{LEGEND, sketch};
use crate::estimate::Quantity;
use crate::output::{caption, number};
use crate::record::{Comparison, InvariantLaw, LawKind, PointRow, QuantileRow, Solution, SolverReport};

/// Quantiles below this are shown by their logarithm: their own digits are going or gone.
const SMALLEST: f64 = 1e-300;

/// The answer to `solve` as text, with terminal colours if `colour`.
pub fn solution(solution: &Solution, colour: bool) -> String {
    let mut page = Page::new(colour);
    head(&mut page, solution);
    if solution.law == LawKind::Density {
        numbers(&mut page, solution);
    }
    points(&mut page, &solution.points);
    invariant_laws(&mut page, &solution.invariant_laws);
    if let Some(comparison) = &solution.comparison {
        formula(&mut page, comparison);
    }
    solver(&mut page, &solution.solver);
    page.paragraph(&caption::program(&solution.stillpoint, &solution.provenance), Tone::Dim);
    page.blank();
    page.line(LEGEND, Tone::Dim);
    page.finish()
}

/// Title, law and reason, and a sketch of the density.
pub(super) fn head(page: &mut Page, solution: &Solution) {
    page.line(&solution.title, Tone::Title);
    let parameters = caption::Parameters::of(&solution.provenance).phrase();
    if !parameters.is_empty() {
        page.paragraph(&parameters, Tone::Dim);
    }
    page.blank();
    page.labelled("law", 6, &caption::law(solution.law, solution.point, solution.support), Tone::Title);
    if let Some(reason) = &solution.reason {
        let label = if solution.law == LawKind::PointMass { "reason" } else { "note" };
        page.labelled(label, 6, reason, Tone::Plain);
    }
    if let Some(data) = &solution.provenance.data {
        page.labelled("data", 6, data, Tone::Plain);
    }
    if let Some((lines, notes)) = sketch::density(solution) {
        page.blank();
        page.picture(&lines, Tone::Curve);
        page.picture(&notes, Tone::Dim);
    }
}

fn numbers(page: &mut Page, solution: &Solution) {
    let row = |name: &str, q: &Quantity| vec![Cell::word(name, Tone::Plain), Cell::number(number::quantity(q))];
    let mut rows = vec![row("mean", &solution.mean), row("variance", &solution.variance)];
    rows.push(if solution.mode.diverges {
        let at = solution.mode.at.finite().map_or("0".to_owned(), |e| number::shortest(e.value));
        let text = format!("{at}, where the density has no bound");
        vec![Cell::word("mode", Tone::Plain), Cell::number(text)]
    } else {
        row("mode", &solution.mode.at)
    });
    for moment in &solution.moments {
        rows.push(row(&format!("E|v|^{}", number::shortest(moment.order)), &moment.value));
    }
    if solution.tail_exponent != Quantity::Absent {
        rows.push(row("tail exponent", &solution.tail_exponent));
    }
    page.heading("Numbers");
    page.table(&["", ""], &rows);
    if solution.mode.interior.len() > 1 || (solution.mode.diverges && !solution.mode.interior.is_empty()) {
        let peaks: Vec<String> = solution.mode.interior.iter().map(|&v| number::significant(v, 6)).collect();
        page.paragraph(&format!("local maxima at v = {}", peaks.join(", ")), Tone::Dim);
    }
    quantiles(page, solution);
}

fn quantiles(page: &mut Page, solution: &Solution) {
    if solution.quantiles.is_empty() {
        return;
    }
    let sign = match solution.support {
        [_, Some(upper)] if upper <= 0.0 => -1.0,
        _ => 1.0,
    };
    page.heading("Quantiles");
    let rows: Vec<Vec<Cell>> = solution
        .quantiles
        .iter()
        .map(|row| vec![Cell::number(number::probability(row.q)), Cell::number(quantile(row, sign)), log_abs(row)])
        .collect();
    page.table(&["q", "v", "ln|v|"], &rows);
}

/// A quantile; as a power of e where it is too small or too large to be a number of its own.
fn quantile(row: &QuantileRow, sign: f64) -> String {
    let representable = match &row.value {
        Quantity::Finite(e) => e.value.abs() >= SMALLEST && e.value.is_finite(),
        _ => false,
    };
    if !representable && row.log_abs.is_finite() {
        return number::power_of_e(sign, row.log_abs, row.log_abs_error);
    }
    number::quantity(&row.value)
}

fn log_abs(row: &QuantileRow) -> Cell {
    Cell::number(number::with_error(row.log_abs, row.log_abs_error))
}

fn points(page: &mut Page, points: &[PointRow]) {
    if points.is_empty() {
        return;
    }
    page.heading("Points");
    let rows: Vec<Vec<Cell>> = points
        .iter()
        .map(|p| {
            let log_density = match (p.log_density, p.error) {
                (Some(l), Some(e)) => number::with_error(l, e),
                (Some(l), None) => number::with_error(l, f64::NAN),
                _ => "–".to_owned(),
            };
            vec![
                Cell::number(number::shortest(p.v)),
                Cell::number(log_density),
                Cell::number(number::with_error(p.cdf, p.cdf * p.cdf_relative_error)),
                Cell::number(number::with_error(p.sf, p.sf * p.sf_relative_error)),
            ]
        })
        .collect();
    page.table(&["v", "ln p(v)", "P(V ≤ v)", "P(V > v)"], &rows);
}

fn invariant_laws(page: &mut Page, laws: &[InvariantLaw]) {
    if laws.is_empty() {
        return;
    }
    page.heading("Invariant laws");
    for law in laws {
        let mark = if law.reached { "*" } else { " " };
        let pull = if law.attracting { "attracting" } else { "not attracting" };
        let reached = if law.reached { "reached from this branch, " } else { "" };
        let mut text = format!("{} ({reached}{pull})", caption::law(law.law, law.point, law.support));
        if !law.note.is_empty() {
            text.push_str(": ");
            text.push_str(&law.note);
        }
        page.labelled(mark, 1, &text, if law.reached { Tone::Plain } else { Tone::Dim });
    }
}

/// The closed formula beside the grid.
pub(super) fn formula(page: &mut Page, comparison: &Comparison) {
    page.heading("Closed formula");
    page.paragraph(&comparison.formula, Tone::Plain);
    if let Some(difference) = comparison.max_log_density_difference {
        let stated = comparison.max_log_density_error.map_or(String::new(), |e| format!(" (stated error {e:.1e})"));
        page.paragraph(&format!("largest difference in ln p: {difference:.1e}{stated}"), Tone::Plain);
    }
    if !comparison.rows.is_empty() {
        let rows: Vec<Vec<Cell>> = comparison
            .rows
            .iter()
            .map(|r| {
                vec![
                    Cell::word(&r.quantity, Tone::Plain),
                    Cell::number(number::quantity(&r.grid)),
                    Cell::number(number::quantity(&r.formula)),
                    verdict(r.agree),
                ]
            })
            .collect();
        page.table(&["", "grid", "formula", ""], &rows);
    }
    let (text, tone) = match comparison.agree {
        true => ("formula and grid agree within their stated errors", Tone::Good),
        false => ("formula and grid DISAGREE beyond their stated errors", Tone::Bad),
    };
    page.paragraph(text, tone);
}

pub(super) fn verdict(agree: bool) -> Cell {
    if agree { Cell::word("agree", Tone::Good) } else { Cell::word("DISAGREE", Tone::Bad) }
}

fn solver(page: &mut Page, s: &SolverReport) {
    page.heading("Solver");
    if s.cells > 0 {
        let levels: Vec<String> = s.levels.iter().map(usize::to_string).collect();
        let [lo, hi] = s.chart_box.map(|z| number::significant(z, 5));
        page.paragraph(&format!("{}, {} cells (grids of {})", s.method, s.cells, levels.join(", ")), Tone::Plain);
        page.paragraph(
            &format!(
                "chart {}, box [{lo}, {hi}], mass beyond {:.0e} and {:.0e}",
                s.chart, s.mass_beyond[0], s.mass_beyond[1]
            ),
            Tone::Plain,
        );
        page.paragraph(&format!("largest relative defect of the balance equations {:.0e}", s.residual), Tone::Plain);
    } else if !s.method.is_empty() {
        page.paragraph(&s.method, Tone::Plain);
    }
    let (reached, tone) = if s.converged { ("reached", Tone::Good) } else { ("NOT reached", Tone::Bad) };
    page.paragraph(
        &format!(
            "tolerance {:.0e} {reached}: {}, in {}",
            s.tolerance,
            number::significant(s.reached, 2),
            seconds(s.seconds)
        ),
        tone,
    );
}

/// A duration in the unit that suits it.
pub(super) fn seconds(s: f64) -> String {
    match s {
        s if s < 1e-3 => format!("{} µs", number::significant(s * 1e6, 3)),
        s if s < 1.0 => format!("{} ms", number::significant(s * 1e3, 3)),
        s => format!("{} s", number::significant(s, 3)),
    }
}
