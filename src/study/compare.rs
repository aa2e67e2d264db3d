//! Grid, formula, real SGD and gradient flow side by side.
//!
//! SGD has a finite learning rate eta, the law does not. How far that moves a number is measured by a second run
//! at 2 eta: to first order in eta the difference of the two runs is the distance from the limit. The gradient
//! flow, sampled the same way, tells this effect from sampling noise.

use super::{Problem, StudyError, solve};
use crate::estimate::{Estimate, Quantity};
use crate::record::{ComparisonReport, ComparisonRow, LawKind, Sampling, Solution};
use crate::sgd::{Config, Source, gradient_flow, sgd};

/// Standard errors within which a sampled number has to lie; with some twenty numbers, 3 would fail one run in
/// twenty by chance.
const STANDARD_ERRORS: f64 = 4.0;
/// Below this tail exponent a sample mean has no standard error (the variance is infinite).
const MEAN_EXPONENT: f64 = 3.0;
/// The same for a sample variance (the fourth moment).
const VARIANCE_EXPONENT: f64 = 5.0;
/// Distance from a point mass, relative to the scale of the problem, at which chains count as arrived.
const ARRIVED: f64 = 0.05;

/// The runs set beside a solution: at the learning rate, and at twice the learning rate.
struct Runs {
    plain: Sampling,
    doubled: Sampling,
}

/// Solves a problem and samples it in two ways; `progress` is told how many chain steps were taken.
///
/// # Errors
/// See [`StudyError`].
pub fn compare(
    problem: &Problem,
    source: &Source,
    config: &Config,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<ComparisonReport, StudyError> {
    let solution = solve(problem)?;
    let doubled = Config {
        learning_rate: 2.0 * config.learning_rate,
        steps: (config.steps / 2).max(100),
        // Another stream: the two runs must be independent.
        seed: config.seed.wrapping_add(0x9e37_79b9_7f4a_7c15),
        ..*config
    };
    let (model, branch, quantiles) = (&problem.model, problem.branch, &problem.quantiles);
    let descent = Runs {
        plain: sgd(model, source, branch, config, quantiles, progress)?,
        doubled: sgd(model, source, branch, &doubled, quantiles, progress)?,
    };
    let flow = Runs {
        plain: gradient_flow(model, branch, config, quantiles, progress)?,
        doubled: gradient_flow(model, branch, &doubled, quantiles, progress)?,
    };
    let rows = match solution.law {
        LawKind::Density => density_rows(&solution, &descent, &flow),
        LawKind::PointMass => point_rows(problem, &solution, &descent, &flow),
    };
    let formula_agrees = solution.comparison.as_ref().is_none_or(|c| c.agree);
    let agree = formula_agrees && rows.iter().all(|row| row.agree);
    let verdict = verdict(&solution, &descent, &rows, formula_agrees);
    Ok(ComparisonReport {
        solution,
        sgd: Some(descent.plain),
        sgd_doubled: Some(descent.doubled),
        flow: Some(flow.plain),
        rows,
        agree,
        verdict,
    })
}

/// Chain steps that [`compare`] takes in all.
pub fn steps_of_compare(config: &Config) -> u64 {
    let doubled = (config.steps / 2).max(100);
    config.chains.saturating_mul(2 * (config.steps.saturating_add(doubled)))
}

fn density_rows(solution: &Solution, descent: &Runs, flow: &Runs) -> Vec<ComparisonRow> {
    let exponent = solution.tail_exponent.finite().map_or(f64::INFINITY, |e| e.value);
    let formula = |name: &str| {
        let rows = solution.comparison.iter().flat_map(|c| &c.rows);
        rows.filter(|row| row.quantity == name).map(|row| row.formula).next().unwrap_or(Quantity::Absent)
    };
    let mut rows = Vec::new();
    if exponent > MEAN_EXPONENT {
        rows.push(row("mean", solution.mean, formula("mean"), descent, flow, |s| s.mean));
    }
    if exponent > VARIANCE_EXPONENT {
        rows.push(row("variance", solution.variance, formula("variance"), descent, flow, |s| s.variance));
    }
    for (i, quantile) in solution.quantiles.iter().enumerate() {
        let name = format!("quantile {}", quantile.q);
        let sampled = |s: &Sampling| s.quantiles.get(i).map_or(Quantity::Absent, |q| q.value);
        rows.push(row(&name, quantile.value, formula(&name), descent, flow, sampled));
    }
    rows
}

fn row(
    name: &str,
    grid: Quantity,
    formula: Quantity,
    descent: &Runs,
    flow: &Runs,
    sampled: impl Fn(&Sampling) -> Quantity,
) -> ComparisonRow {
    let pair = |runs: &Runs| (sampled(&runs.plain), sampled(&runs.doubled));
    let (sgd, sgd_doubled) = pair(descent);
    let (flow, flow_doubled) = pair(flow);
    let finite_step = drift(sgd, sgd_doubled);
    let agree = near(grid, formula, 0.0)
        && near(grid, sgd, finite_step + STANDARD_ERRORS * error(sgd_doubled))
        && near(grid, flow, drift(flow, flow_doubled) + STANDARD_ERRORS * error(flow_doubled));
    ComparisonRow { quantity: name.into(), grid, formula, sgd, flow, finite_step, agree }
}

/// How far doubling the step moved a number.
fn drift(plain: Quantity, doubled: Quantity) -> f64 {
    match (plain, doubled) {
        (Quantity::Finite(a), Quantity::Finite(b)) => (a.value - b.value).abs(),
        _ => 0.0,
    }
}

fn error(q: Quantity) -> f64 {
    q.finite().map_or(0.0, |e| e.error())
}

/// Whether a number by another route agrees with the grid: within the errors of both, several of them where the
/// error is statistical. A number the other route does not have cannot disagree.
fn near(grid: Quantity, other: Quantity, allowance: f64) -> bool {
    match (grid, other) {
        (Quantity::Finite(a), Quantity::Finite(b)) => {
            let statistical = (STANDARD_ERRORS - 1.0) * b.budget.sampling;
            (a.value - b.value).abs() <= a.error() + b.error() + statistical + allowance
        }
        (_, Quantity::Absent) => true,
        (a, b) => a == b,
    }
}

/// Against a point mass: how near to it the chains have come.
fn point_rows(problem: &Problem, solution: &Solution, descent: &Runs, flow: &Runs) -> Vec<ComparisonRow> {
    let point = solution.point.unwrap_or(0.0);
    let m = &problem.model.moments;
    let scale = (m.beta2() / m.beta1()).abs().max(m.alpha3().sqrt() / m.beta1());
    let arrived = |q: Quantity| q.finite().is_none_or(|e| (e.value - point).abs() <= ARRIVED * scale + e.error());
    let middle = |s: &Sampling| {
        let nearest = s.quantiles.iter().min_by(|a, b| (a.q - 0.5).abs().total_cmp(&(b.q - 0.5).abs()));
        nearest.map_or(Quantity::Absent, |q| q.value)
    };
    let (sgd, flow) = (middle(&descent.plain), middle(&flow.plain));
    vec![ComparisonRow {
        quantity: "median".into(),
        grid: Quantity::Finite(Estimate::exact(point)),
        formula: Quantity::Absent,
        sgd,
        flow,
        finite_step: drift(sgd, middle(&descent.doubled)),
        agree: arrived(sgd) && arrived(flow),
    }]
}

fn verdict(solution: &Solution, descent: &Runs, rows: &[ComparisonRow], formula_agrees: bool) -> Vec<String> {
    let mut lines = Vec::new();
    match (&solution.comparison, formula_agrees) {
        (Some(c), true) => lines.push(format!("grid and formula agree within their stated errors ({})", c.formula)),
        (Some(c), false) => lines.push(format!("grid and formula DISAGREE beyond their stated errors ({})", c.formula)),
        (None, _) => lines.push("no formula is known for this case".into()),
    }
    let off: Vec<&str> = rows.iter().filter(|row| !row.agree).map(|row| row.quantity.as_str()).collect();
    if off.is_empty() {
        lines.push(format!(
            "SGD and gradient flow agree with the law within {STANDARD_ERRORS} standard errors and the effect of the finite step"
        ));
    } else {
        lines.push(format!("samples disagree with the law in: {}", off.join(", ")));
    }
    let shifted = rows.iter().filter(|row| row.finite_step > STANDARD_ERRORS * error(row.sgd)).count();
    if shifted > 0 {
        lines.push(format!(
            "the finite learning rate shows in {shifted} of {} numbers: doubling it moves them by more than their sampling errors",
            rows.len()
        ));
    }
    let s = &descent.plain;
    for (count, what) in [
        (s.diverged, "diverged (finite learning rate; left out of the numbers)"),
        (s.crossed, "crossed to the other side of v = 0 (finite learning rate; kept in the numbers)"),
        (s.died, "died at v = 0 (kept in the numbers)"),
    ] {
        if count > 0 {
            lines.push(format!("{count} of {} SGD chains {what}", s.chains));
        }
    }
    lines
}
