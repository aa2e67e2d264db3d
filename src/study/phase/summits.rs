//! The highest maxima of a law of several variables, in the model's own ones.

use super::margin::{Case, Margin, Setting, Unjudged};
use crate::estimate::{Estimate, Quantity};
use crate::study::{FieldProblem, solve_field};

/// The third of three maxima must be lower than the second by this part of what the second is below the first.
const THIRD: f64 = 0.1;

/// A maximum of p.
struct Summit {
    place: Vec<f64>,
    /// ln p there.
    height: Estimate,
}

/// Where p is highest.
pub(super) fn mode(case: &Case) -> Result<Vec<f64>, Unjudged> {
    summits(case)?.into_iter().next().map(|summit| summit.place).ok_or(Unjudged::OneMaximum)
}

/// Which of the two highest maxima is higher: positive where it is the later one in the order of the first variable in which
/// they differ.
pub(super) fn mode_jump(case: &Case) -> Result<Margin, Unjudged> {
    let summits = summits(case)?;
    let [first, second, ..] = summits.as_slice() else { return Err(Unjudged::OneMaximum) };
    let upper = later(first, second);
    // Where the third overtakes the second on the other side of the first, the sign changes without a jump of the mode.
    if let Some(third) = summits.get(2)
        && later(first, third) != upper
        && second.height.value - third.height.value < THIRD * (first.height.value - second.height.value)
    {
        return Err(Unjudged::NoValue);
    }
    let rise = first.height.value - second.height.value;
    let shrink = 1.0 + rise;
    let error = (first.height.error() + second.height.error()) / (shrink * shrink);
    Ok(Margin::new(if upper { rise / shrink } else { -rise / shrink }, error))
}

/// The maxima, the highest first.
fn summits(case: &Case) -> Result<Vec<Summit>, Unjudged> {
    let Setting::Field(problem, _) = &case.setting else { return Err(Unjudged::Several) };
    let asked = FieldProblem { system: problem.system.clone(), request: problem.request.of_density() };
    let solution = solve_field(&asked, &|_, _, _| {})?;
    if solution.wells.iter().any(|well| well.log_density == Quantity::Infinite) {
        return Err(Unjudged::Unbounded);
    }
    let summit = |well: &crate::record::Well| {
        let place: Option<Vec<f64>> = well.mode.iter().map(|v| v.finite().map(|v| v.value)).collect();
        Some(Summit { place: place?, height: well.log_density.finite()? })
    };
    let mut summits: Vec<Summit> = solution.wells.iter().filter_map(summit).collect();
    summits.sort_by(|a, b| b.height.value.total_cmp(&a.height.value));
    Ok(summits)
}

/// Whether `one` comes after `other` in the order of the variable in which they differ most for their size.
fn later(one: &Summit, other: &Summit) -> bool {
    let apart = |(a, b): (&f64, &f64)| (a - b) / (a.abs() + b.abs()).max(f64::MIN_POSITIVE);
    let differences = one.place.iter().zip(&other.place).map(apart);
    differences.fold(0.0, |most: f64, d| if d.abs() > most.abs() * (1.0 + 1e-6) { d } else { most }) > 0.0
}
