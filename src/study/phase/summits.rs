//! The highest maxima of a law of several variables, in the model's own ones.

use super::margin::{Case, Margin, Setting, Unjudged};
use crate::estimate::{Estimate, Quantity};
use crate::record::Well;
use crate::study::{FieldProblem, solve_field};

/// The third of three maxima must be lower than the second by this part of what the second is below the first.
const THIRD: f64 = 0.1;
/// Distances that differ by no more than this part are equal, and the first variable counts.
const ALIKE: f64 = 1e-3;

/// A maximum of p.
struct Summit {
    place: Vec<Estimate>,
    /// ln p there.
    height: Estimate,
}

/// The maxima of a law, the highest first, and the standard deviations of its variables (none where they are infinite).
struct Summits {
    list: Vec<Summit>,
    spread: Vec<Option<f64>>,
}

/// Where p is highest.
pub(super) fn mode(case: &Case) -> Result<Vec<f64>, Unjudged> {
    let summits = Summits::of(case)?;
    let highest = summits.list.first().ok_or(Unjudged::OneMaximum)?;
    Ok(highest.place.iter().map(|v| v.value).collect())
}

/// Which of the two highest maxima is higher: positive where it is the later one in the order of the variable in which they
/// differ most.
pub(super) fn mode_jump(case: &Case) -> Result<Margin, Unjudged> {
    let summits = Summits::of(case)?;
    let [first, second, ..] = summits.list.as_slice() else { return Err(Unjudged::OneMaximum) };
    let upper = summits.later(first, second);
    // Where the third overtakes the second on the other side of the first, the sign changes without a jump of the mode.
    if let Some(third) = summits.list.get(2)
        && summits.later(first, third) != upper
        && second.height.value - third.height.value < THIRD * (first.height.value - second.height.value)
    {
        return Err(Unjudged::NoValue);
    }
    let rise = first.height.value - second.height.value;
    let shrink = 1.0 + rise;
    let error = (first.height.error() + second.height.error()) / (shrink * shrink);
    Ok(Margin::new(if upper { rise / shrink } else { -rise / shrink }, error))
}

impl Summits {
    fn of(case: &Case) -> Result<Self, Unjudged> {
        let Setting::Field(problem, _) = &case.setting else { return Err(Unjudged::Several) };
        let asked = FieldProblem { system: problem.system.clone(), request: problem.request.of_density() };
        let solution = solve_field(&asked, &|_, _, _| {})?;
        if solution.wells.iter().any(|well| well.log_density == Quantity::Infinite) {
            return Err(Unjudged::Unbounded);
        }
        let summit = |well: &Well| {
            let place: Option<Vec<Estimate>> = well.mode.iter().map(Quantity::finite).collect();
            Some(Summit { place: place?, height: well.log_density.finite()? })
        };
        // One of which nothing is known might be the highest.
        let list: Option<Vec<Summit>> = solution.wells.iter().map(summit).collect();
        let mut list = list.filter(|_| solution.doubtful_wells == 0).ok_or(Unjudged::NoValue)?;
        list.sort_by(|a, b| b.height.value.total_cmp(&a.height.value));
        let spread = |(i, row): (usize, &Vec<Quantity>)| row[i].finite().map(|v| v.value.max(0.0).sqrt());
        Ok(Self { list, spread: solution.covariance.iter().enumerate().map(spread).collect() })
    }

    /// Whether `one` comes after `other`, in the variable in which they differ most for its standard deviation.
    fn later(&self, one: &Summit, other: &Summit) -> bool {
        let apart = |i: usize| {
            let (a, b) = (one.place[i], other.place[i]);
            let scale = self.spread[i].unwrap_or(a.value.abs() + b.value.abs()).max(f64::MIN_POSITIVE);
            (a.value - b.value) / scale
        };
        let most = |most: f64, d: f64| if d.abs() > most.abs() * (1.0 + ALIKE) { d } else { most };
        (0..one.place.len()).map(apart).fold(0.0, most) > 0.0
    }
}
