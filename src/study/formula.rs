//! A solved law beside its closed formula. The only place where the two meet.

use super::Problem;
use crate::estimate::{Estimate, Quantity};
use crate::record::{Comparison, ComparisonRow, Curve, LawKind, Solution};
use crate::theory::{ClosedForm, critical_temperature};

/// Log densities are compared where they are within this of their maximum.
const RANGE: f64 = 690.0;

/// A formula's number with a relative error above this says nothing.
const USELESS: f64 = 1e-3;

/// Fills in the comparison of a solution, and the formula's density on its curve.
pub(super) fn compare(problem: &Problem, solution: &mut Solution) {
    let Some(exists) = ClosedForm::exists(&problem.model, problem.branch) else { return };
    solution.comparison = Some(match (exists, solution.law) {
        (true, LawKind::PointMass) => verdict("a normalisable density by the formula".into(), false),
        (false, LawKind::Density) => verdict("no normalisable density by the formula".into(), false),
        (false, LawKind::PointMass) => verdict(absence(problem), true),
        (true, LawKind::Density) => match ClosedForm::of(&problem.model, problem.branch) {
            Some(form) => density(problem, solution, &form),
            None => verdict("not compared: the formula's density is beyond the range of numbers".into(), true),
        },
    });
}

/// What the formula says without a number.
fn verdict(formula: String, agree: bool) -> Comparison {
    Comparison { formula, max_log_density_difference: None, max_log_density_error: None, rows: Vec::new(), agree }
}

/// Why the formula has no density.
fn absence(problem: &Problem) -> String {
    let model = &problem.model;
    match critical_temperature(model, problem.branch) {
        Some(t) if t > 0.0 && model.depth == 1 && model.temperature >= t => {
            format!("no normalisable density: T >= T_c = {t}")
        }
        _ => "no normalisable density by the formula".into(),
    }
}

fn density(problem: &Problem, solution: &mut Solution, form: &ClosedForm) -> Comparison {
    let (difference, error, mut agree) = log_densities(&mut solution.curve, form);
    let mut rows = vec![
        row("mean", solution.mean, form.mean()),
        row("variance", solution.variance, form.variance()),
        row("mode", solution.mode.at, form.mode().map_or(Quantity::Absent, |mode| Quantity::Finite(mode.at))),
    ];
    for moment in &solution.moments {
        rows.push(row(&format!("E|v|^{}", moment.order), moment.value, form.moment(moment.order)));
    }
    for quantile in &solution.quantiles {
        if let Some((v, log_abs)) = form.quantile(quantile.q) {
            let ours = Estimate::computed(quantile.log_abs, quantile.log_abs_error, 0.0);
            // A quantile that underflows is compared in its logarithm.
            let (name, ours, theirs) = if quantile.log_abs < -700.0 {
                (format!("ln quantile {}", quantile.q), Quantity::Finite(ours), log_abs)
            } else {
                (format!("quantile {}", quantile.q), quantile.value, v)
            };
            rows.push(row(&name, ours, Quantity::Finite(theirs)));
        }
    }
    rows.push(row("tail exponent", solution.tail_exponent, form.tail_exponent()));
    let absent = rows.iter().filter(|row| row.formula == Quantity::Absent && row.grid != Quantity::Absent).count();
    rows.retain(|row| row.formula != Quantity::Absent || row.grid == Quantity::Absent);
    agree &= rows.iter().all(|row| row.agree);
    debug_assert_eq!(problem.quantiles.len(), solution.quantiles.len());
    Comparison {
        formula: match absent {
            0 => form.name().into(),
            n => format!("{} ({n} numbers not compared: the formula cannot be evaluated well enough)", form.name()),
        },
        max_log_density_difference: difference,
        max_log_density_error: error,
        rows,
        agree,
    }
}

/// Largest difference in log density, the stated error there, and whether all are within their errors.
fn log_densities(curve: &mut Curve, form: &ClosedForm) -> (Option<f64>, Option<f64>, bool) {
    let top = curve.log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut worst: Option<(f64, f64)> = None;
    let mut agree = true;
    curve.formula_log_density = Vec::with_capacity(curve.v.len());
    for i in 0..curve.v.len() {
        let Some(theirs) = form.log_density(curve.v[i]) else {
            // A node so near the end of the support that its v is the end itself.
            curve.formula_log_density.push(f64::NAN);
            continue;
        };
        curve.formula_log_density.push(theirs.value);
        let ours = curve.log_density[i];
        if ours < top - RANGE || !theirs.value.is_finite() {
            continue;
        }
        let (difference, error) = ((ours - theirs.value).abs(), curve.log_density_error[i] + theirs.error());
        agree &= difference <= error || difference <= error + rounding_of(curve.v[i], &theirs, form);
        if worst.is_none_or(|(d, _)| difference > d) {
            worst = Some((difference, error));
        }
    }
    (worst.map(|w| w.0), worst.map(|w| w.1), agree)
}

/// What one rounding of v does to a log density: much where v is next to a zero of the noise.
fn rounding_of(v: f64, here: &Estimate, form: &ClosedForm) -> f64 {
    let change = |v| form.log_density(v).map_or(f64::INFINITY, |there| (there.value - here.value).abs());
    change(v.next_up()).max(change(v.next_down()))
}

/// The formula's number, if it says anything.
fn useful(formula: Quantity) -> Quantity {
    match formula {
        Quantity::Finite(e) if !(e.error() <= USELESS * e.value.abs() || e.value == 0.0) => Quantity::Absent,
        other => other,
    }
}

fn row(quantity: &str, grid: Quantity, formula: Quantity) -> ComparisonRow {
    let formula = useful(formula);
    let agree = match (grid, formula) {
        (Quantity::Finite(a), Quantity::Finite(b)) => (a.value - b.value).abs() <= a.error() + b.error(),
        (a, b) => a == b,
    };
    ComparisonRow {
        quantity: quantity.into(),
        grid,
        formula,
        sgd: Quantity::Absent,
        flow: Quantity::Absent,
        finite_step: 0.0,
        agree,
    }
}
