//! Observables of a diagonal network: by the lean path where it has them all.

use super::gap::gap;
use super::{Observable, Reading, What};
use crate::estimate::{Estimate, Quantity};
use crate::record::{LawKind, Solution};
use crate::study::{Ask, Lean, LeanLaw, Problem, StudyError, law};
use std::cell::RefCell;

/// Tolerances below this are not for the lean path.
const FINEST: f64 = 1e-11;
/// Nodes of the coarsest line.
const NODES: usize = 512;

thread_local! {
    /// The memory of the lean path, kept between the laws of a thread.
    static LEAN: RefCell<Lean> = RefCell::new(Lean::new(NODES));
}

pub(super) fn observe(problem: &Problem, observables: &[Observable]) -> Result<Vec<Reading>, StudyError> {
    let lean = problem.tolerance >= FINEST && observables.iter().all(|o| is_lean(&o.what));
    if lean { by_lean(problem, observables) } else { by_law(problem, observables) }
}

fn is_lean(what: &What) -> bool {
    matches!(
        what,
        What::Law
            | What::Mean(_)
            | What::Variance(_)
            | What::Mode(_)
            | What::Modes
            | What::TailExponent(..)
            | What::Quantile(..)
            | What::LogQuantile(_)
    )
}

/// The probability an observable asks a quantile for.
fn probability(observable: &Observable) -> Option<f64> {
    match observable.what {
        What::Quantile(q, _) | What::LogQuantile(q) => Some(q),
        _ => None,
    }
}

fn by_lean(problem: &Problem, observables: &[Observable]) -> Result<Vec<Reading>, StudyError> {
    let quantiles: Vec<f64> = observables.iter().filter_map(probability).collect();
    let mode = observables.iter().any(|o| matches!(o.what, What::Mode(_) | What::Modes));
    let ask = Ask { quantiles: &quantiles, mode, density: false, tolerance: problem.tolerance };
    LEAN.with_borrow_mut(|lean| {
        let law = lean.ask(&problem.model, problem.branch, &ask)?;
        let mut next = law.quantiles.iter();
        let mut quantile = || next.next().map(|row| (row.value, row.log_abs));
        Ok(observables.iter().map(|o| of_lean(&o.what, &law, &mut quantile)).collect())
    })
}

fn of_lean(what: &What, law: &LeanLaw<'_>, quantile: &mut dyn FnMut() -> Option<(Estimate, Estimate)>) -> Reading {
    if let Some(v) = law.point {
        return at_point(what, v);
    }
    match what {
        What::Law => Reading::Word("density"),
        What::Mean(_) => of(&law.mean),
        What::Variance(_) => of(&law.variance),
        What::TailExponent(..) => of(&law.tail_exponent),
        What::Quantile(..) => quantile().map_or_else(unasked, |(value, _)| Reading::Number(value)),
        What::LogQuantile(_) => quantile().map_or_else(unasked, |(_, log)| Reading::Number(log)),
        What::Mode(_) => law.mode.map_or_else(unasked, |mode| of(&mode.at)),
        What::Modes => law.mode.map_or_else(unasked, |mode| counted(mode.maxima)),
        _ => unasked(),
    }
}

fn by_law(problem: &Problem, observables: &[Observable]) -> Result<Vec<Reading>, StudyError> {
    let solution = law(&Problem {
        quantiles: observables.iter().filter_map(probability).collect(),
        moments: observables.iter().filter_map(order).collect(),
        points: vec![],
        ..problem.clone()
    })?;
    let wants_gap = observables.iter().any(|o| matches!(o.what, What::SpectralGap | What::RelaxationTime));
    let rate = if wants_gap && solution.law == LawKind::Density { Some(gap(problem, &solution)?) } else { None };
    let (mut quantiles, mut moments) = (solution.quantiles.iter(), solution.moments.iter());
    let readings = observables.iter().map(|o| match o.what {
        What::Quantile(..) | What::LogQuantile(_) => match (solution.point, quantiles.next(), &o.what) {
            (Some(v), ..) => at_point(&o.what, v),
            (_, Some(row), What::Quantile(..)) => of(&row.value),
            (_, Some(row), _) => Reading::Number(Estimate::computed(row.log_abs, 0.0, row.log_abs_error)),
            (_, None, _) => unasked(),
        },
        What::Moment(_) => match (solution.point, moments.next().map(|row| row.value)) {
            (Some(_), Some(Quantity::Finite(e))) => Reading::AtPoint(e.value),
            (_, Some(value)) => of(&value),
            (_, None) => unasked(),
        },
        _ => of_solution(&o.what, &solution, rate.as_ref()),
    });
    Ok(readings.collect())
}

fn order(observable: &Observable) -> Option<f64> {
    match observable.what {
        What::Moment(n) => Some(n),
        _ => None,
    }
}

fn of_solution(what: &What, solution: &Solution, rate: Option<&Reading>) -> Reading {
    if let Some(v) = solution.point {
        return at_point(what, v);
    }
    match what {
        What::Law => Reading::Word("density"),
        What::Mean(_) => of(&solution.mean),
        What::Variance(_) => of(&solution.variance),
        What::Mode(_) => of(&solution.mode.at),
        What::Modes => counted(solution.mode.interior.len()),
        What::TailExponent(..) => of(&solution.tail_exponent),
        What::SpectralGap => rate.cloned().unwrap_or_else(unasked),
        What::RelaxationTime => rate.map_or_else(unasked, inverse),
        _ => unasked(),
    }
}

/// What the observables of a point mass at `v` are.
fn at_point(what: &What, v: f64) -> Reading {
    match what {
        What::Law => Reading::Word("point_mass"),
        What::Mean(_) | What::Mode(_) | What::Quantile(..) => Reading::AtPoint(v),
        What::Variance(_) => Reading::AtPoint(0.0),
        What::LogQuantile(_) if v != 0.0 => Reading::AtPoint(v.abs().ln()),
        What::LogQuantile(_) => Reading::Absent("all mass is at v = 0, whose logarithm is -infinity".to_owned()),
        _ => Reading::Absent(format!("all mass is at v = {v}: there is no density")),
    }
}

fn of(quantity: &Quantity) -> Reading {
    Reading::of(quantity, || "no end of the support has a power law".to_owned())
}

fn counted(n: usize) -> Reading {
    Reading::Number(Estimate::exact(n as f64))
}

/// 1 / rate.
pub(super) fn inverse(rate: &Reading) -> Reading {
    match rate {
        Reading::Number(e) if e.value > e.error() => {
            let bar = e.error() / (e.value * (e.value - e.error()));
            Reading::Number(Estimate::computed(1.0 / e.value, bar, 0.0))
        }
        Reading::Number(_) => Reading::Absent("the gap is not known to differ from 0".to_owned()),
        other => other.clone(),
    }
}

fn unasked() -> Reading {
    Reading::Absent("it was not computed".to_owned())
}
