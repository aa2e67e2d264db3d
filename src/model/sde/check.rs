//! What must hold of the user's equations before anything is computed.

use super::{Sde, SdeCause, SdeError, trial};
use crate::formula::{Failure, Formula, check_name};

/// Relative difference of B_ij and B_ji that is rounding.
const SYMMETRY: f64 = 1e-10;
/// Largest number of variables.
const MOST: usize = 3;
/// A correlation matrix with a determinant below this is singular.
const SINGULAR: f64 = 1e-13;

fn error(key: &'static str, index: Vec<usize>, cause: SdeCause) -> SdeError {
    SdeError { key, index, cause }
}

fn shape(key: &'static str, index: Vec<usize>, found: usize, accepted: &str) -> SdeError {
    error(key, index, SdeCause::Shape { found: found.to_string(), accepted: accepted.to_owned() })
}

/// One to three possible, different names.
pub(in crate::model) fn names(names: &[String]) -> Result<(), SdeError> {
    if !(1..=MOST).contains(&names.len()) {
        return Err(shape("variables", vec![], names.len(), "1 to 3"));
    }
    for (i, name) in names.iter().enumerate() {
        check_name(name).map_err(|cause| error("variables", vec![i], SdeCause::Name(cause)))?;
        if names[..i].contains(name) {
            let message = format!("the name `{name}` is given twice");
            let fault = crate::formula::FormulaError { message, hint: None, span: 0..name.len() };
            return Err(error("variables", vec![i], SdeCause::Name(fault)));
        }
    }
    Ok(())
}

/// As many formulas and ranges as variables, every range with an inside.
pub(super) fn shapes(sde: &Sde) -> Result<(), SdeError> {
    let n = sde.names.len();
    let wanted = n.to_string();
    if sde.drift.len() != n {
        return Err(shape("drift", vec![], sde.drift.len(), &wanted));
    }
    if sde.covariance.len() != n {
        return Err(shape("covariance", vec![], sde.covariance.len(), &wanted));
    }
    if let Some(i) = sde.covariance.iter().position(|row| row.len() != n) {
        return Err(shape("covariance", vec![i], sde.covariance[i].len(), &wanted));
    }
    if sde.range.len() != n {
        return Err(shape("range", vec![], sde.range.len(), &wanted));
    }
    for (key, index, formula) in formulas(sde) {
        if formula.variables() != sde.names {
            let found = formula.variables().join(", ");
            return Err(error(key, index, SdeCause::Shape { found, accepted: sde.names.join(", ") }));
        }
    }
    ranges(&sde.range)
}

/// Every range has an inside.
pub(in crate::model) fn ranges(ranges: &[[f64; 2]]) -> Result<(), SdeError> {
    for (i, &[lower, upper]) in ranges.iter().enumerate() {
        let wide = upper == f64::INFINITY || lower == f64::NEG_INFINITY || (upper - lower).is_finite();
        let inside = lower < upper && lower < f64::INFINITY && upper > f64::NEG_INFINITY;
        if !wide || !inside || trial::values([lower, upper]).is_empty() {
            return Err(error("range", vec![i], SdeCause::Range { lower, upper }));
        }
    }
    Ok(())
}

fn formulas(sde: &Sde) -> Vec<(&'static str, Vec<usize>, &Formula)> {
    let drift = sde.drift.iter().enumerate().map(|(i, formula)| ("drift", vec![i], formula));
    let entries = |(i, row): (usize, &'_ Vec<Formula>)| (0..row.len()).map(move |j| (i, j)).collect::<Vec<_>>();
    let covariance = sde.covariance.iter().enumerate().flat_map(entries);
    let covariance = covariance.map(|(i, j)| ("covariance", vec![i, j], &sde.covariance[i][j]));
    drift.chain(covariance).collect()
}

/// Finite b and B, symmetric and positive semi-definite B at all trial points, positive definite at some.
pub(super) fn values(sde: &Sde) -> Result<(), SdeError> {
    let tried: Vec<Vec<f64>> = sde.range.iter().map(|range| trial::values(*range)).collect();
    let points = trial::points(&tried);
    for (key, index, formula) in formulas(sde) {
        finite(sde, &points, key, index, formula)?;
    }
    symmetric(sde, &points)?;
    let mut definite = false;
    for point in &points {
        definite |= positive(sde, point)?;
    }
    if definite { Ok(()) } else { Err(error("covariance", vec![], SdeCause::Degenerate)) }
}

fn named(sde: &Sde, point: &[f64]) -> Vec<(String, f64)> {
    sde.names.iter().cloned().zip(point.iter().copied()).collect()
}

/// Numbers that overflow far out are no mistake: the law may not reach there.
fn finite(
    sde: &Sde,
    points: &[Vec<f64>],
    key: &'static str,
    index: Vec<usize>,
    formula: &Formula,
) -> Result<(), SdeError> {
    for point in points {
        match formula.failure(point) {
            None | Some(Failure::Overflow) => {}
            Some(failure) => {
                let (at, value) = (named(sde, point), formula.value(point));
                return Err(error(key, index, SdeCause::NotFinite { at, value, failure }));
            }
        }
    }
    Ok(())
}

fn symmetric(sde: &Sde, points: &[Vec<f64>]) -> Result<(), SdeError> {
    for i in 0..sde.names.len() {
        for j in 0..i {
            let (lower, upper) = (&sde.covariance[i][j], &sde.covariance[j][i]);
            if lower.same_as(upper) {
                continue;
            }
            for point in points {
                let values = [lower.value(point), upper.value(point)];
                let sizes = [&sde.covariance[i][i], &sde.covariance[j][j]].map(|f| f.value(point).abs());
                let size = values[0].abs() + values[1].abs() + (sizes[0] * sizes[1]).sqrt();
                if (values[0] - values[1]).abs() > SYMMETRY * size {
                    let at = named(sde, point);
                    return Err(error("covariance", vec![i, j], SdeCause::Asymmetric { at, values }));
                }
            }
        }
    }
    Ok(())
}

/// Whether B is positive definite at `point`; an error where it is not even semi-definite.
fn positive(sde: &Sde, point: &[f64]) -> Result<bool, SdeError> {
    let n = sde.names.len();
    let b = |i: usize, j: usize| sde.covariance[i.min(j)][i.max(j)].value(point);
    if !(0..n).all(|i| (0..n).all(|j| b(i, j).is_finite())) {
        return Ok(false);
    }
    let fail = |eigenvalue| {
        let at = named(sde, point);
        Err(error("covariance", vec![], SdeCause::NotPositive { at, eigenvalue }))
    };
    let slack: Vec<f64> = (0..n).map(|i| rounding(&sde.covariance[i][i], point)).collect();
    if let Some(i) = (0..n).find(|&i| b(i, i) < -slack[i]) {
        return fail(b(i, i));
    }
    let kept: Vec<usize> = (0..n).filter(|&i| b(i, i) > slack[i]).collect();
    for i in (0..n).filter(|i| !kept.contains(i)) {
        // Without a variance there is no covariance.
        if let Some(j) = kept.iter().copied().find(|&j| b(i, j).powi(2) > 4.0 * slack[i].max(1e-300) * b(j, j)) {
            return fail(-b(i, j).abs());
        }
    }
    let c = |i: usize, j: usize| if i == j { 1.0 } else { b(i, j) / (b(i, i) * b(j, j)).sqrt() };
    let minor = |i: usize, j: usize| 1.0 - c(i, j) * c(i, j);
    let minors = match *kept.as_slice() {
        [i, j] => vec![minor(i, j)],
        [i, j, k] => {
            let (p, q, r) = (c(i, j), c(i, k), c(j, k));
            vec![minor(i, j), minor(i, k), minor(j, k), 1.0 - p * p - q * q - r * r + 2.0 * p * q * r]
        }
        _ => vec![],
    };
    if minors.iter().any(|minor| *minor < -SINGULAR) {
        let b = faer::Mat::from_fn(n, n, b);
        let eigenvalues = b.self_adjoint_eigenvalues(faer::Side::Lower).unwrap_or_default();
        return fail(eigenvalues.iter().copied().fold(f64::INFINITY, f64::min));
    }
    Ok(kept.len() == n && minors.iter().all(|minor| *minor > SINGULAR))
}

/// How far a variance that vanishes at `point` may be off zero, by its size nearby.
fn rounding(variance: &Formula, point: &[f64]) -> f64 {
    let near: Vec<f64> = point.iter().map(|x| x * 1.125 + 0.01).collect();
    let value = variance.value(&near).abs();
    if value.is_finite() { 1e-13 * value } else { 0.0 }
}
