//! Does a feature grow from nothing? The Lyapunov exponent at its face, under the law of the other features there.
//!
//! With one feature left its law is that of a diagonal network, known to twelve digits, and the rate is a polynomial
//! of degree two in it: mean and variance suffice. With two left the law is found on a lattice; where one of these
//! dies too, the law is that of the other one alone (theory manual, section 7).

use super::margin::{Margin, Unjudged};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal, Face, Features, Rate};
use crate::study::field::expected_rate;
use crate::study::{Problem, law};

/// Wanted error of the law of the one feature that is left.
const TOLERANCE: f64 = 1e-12;

/// The Lyapunov exponent at the face of feature `number` (from 1); positive where the feature grows.
pub(super) fn switch_on(features: &Features, number: usize) -> Result<Margin, Unjudged> {
    let count = features.signs.len();
    let asked = number.checked_sub(1).filter(|i| *i < count);
    let index = asked.ok_or(Unjudged::NoSuchFeature { asked: number, features: count })?;
    let face = features.faces().swap_remove(index);
    exponent(&face, number)
}

/// The smallest of the exponents of all faces: positive where all features live.
pub(super) fn collapse(features: &Features) -> Result<Margin, Unjudged> {
    (1..=features.signs.len())
        .map(|number| switch_on(features, number))
        .reduce(|a, b| Ok(a?.min(b?)))
        .unwrap_or(Err(Unjudged::NoFeatures))
}

fn exponent(Face { remaining, rate, .. }: &Face, number: usize) -> Result<Margin, Unjudged> {
    match remaining {
        None => Ok(exact(rate(&[]))),
        Some(one) if one.signs.len() == 1 => beside_one(one, &**rate),
        Some(two) => beside_two(two, rate, number),
    }
}

fn exact(value: f64) -> Margin {
    Margin::new(value, 8.0 * f64::EPSILON * value.abs())
}

/// With one other feature.
fn beside_one(one: &Features, rate: &dyn Fn(&[f64]) -> f64) -> Result<Margin, Unjudged> {
    let [mean, square] = moments_of_one(one)?;
    // rate = c0 + c1 (v - m) + c2 (v - m)^2 about the mean m, read off at m - w, m and m + w.
    let (m, width) = (mean.value, square.value.sqrt().max(mean.value.abs()));
    let width = if width > 0.0 { width } else { 1.0 };
    let [below, at, above] = [m - width, m, m + width].map(|v| rate(&[v]));
    let curvature = (above - 2.0 * at + below) / (2.0 * width * width);
    let slope = (above - below) / (2.0 * width);
    let value = at + curvature * square.value;
    let size = above.abs() + at.abs() + below.abs();
    let error = slope.abs() * mean.error() + curvature.abs() * square.error() + 16.0 * f64::EPSILON * size;
    Ok(Margin::new(value, error))
}

/// Mean and variance of a single feature; both 0 where it dies.
fn moments_of_one(one: &Features) -> Result<[Estimate; 2], Unjudged> {
    let moments = one.moments.single().map_err(|error| Unjudged::Invalid(error.to_string()))?;
    let branch = if one.signs[0] < 0.0 { Branch::Negative } else { Branch::Positive };
    let model = Diagonal {
        depth: one.depth,
        width: one.width,
        temperature: one.temperature,
        weight_decay: one.weight_decay,
        modified_loss: false,
        moments,
    };
    let problem = Problem {
        title: String::new(),
        model,
        branch,
        tolerance: TOLERANCE,
        points: Vec::new(),
        quantiles: Vec::new(),
        moments: Vec::new(),
    };
    let solution = law(&problem)?;
    match (solution.mean, solution.variance) {
        (Quantity::Finite(mean), Quantity::Finite(variance)) => Ok([mean, variance]),
        _ => Err(Unjudged::InfiniteVariance),
    }
}

/// With two other features: their law if both live, else that of the one which lives.
fn beside_two(two: &Features, rate: &Rate, number: usize) -> Result<Margin, Unjudged> {
    let [first, second] = [1, 2].map(|k| switch_on(two, k));
    match (first?.value > 0.0, second?.value > 0.0) {
        (true, true) => {
            let found = expected_rate(two, rate)?.ok_or(Unjudged::NoDensity)?;
            Ok(Margin::new(found.value, found.error()))
        }
        (true, false) => beside_survivor(two, 1, rate),
        (false, true) => beside_survivor(two, 0, rate),
        (false, false) => both_attract(two, rate, number),
    }
}

/// The law of the two with feature `dead` gone.
fn beside_survivor(two: &Features, dead: usize, rate: &Rate) -> Result<Margin, Unjudged> {
    let face = two.faces().swap_remove(dead);
    let one = face.remaining.ok_or(Unjudged::NoDensity)?;
    beside_one(&one, &|v: &[f64]| {
        let mut both = v.to_vec();
        both.insert(dead, 0.0);
        rate(&both)
    })
}

/// Both faces attract: either both features die, or it is open which.
fn both_attract(two: &Features, rate: &Rate, number: usize) -> Result<Margin, Unjudged> {
    let lives_alone = |dead: usize| -> Result<bool, Unjudged> {
        let face = two.faces().swap_remove(dead);
        let one = face.remaining.ok_or(Unjudged::NoDensity)?;
        Ok(moments_of_one(&one)?[0].value != 0.0)
    };
    if lives_alone(0)? || lives_alone(1)? {
        return Err(Unjudged::Ambiguous { feature: number });
    }
    Ok(exact(rate(&[0.0, 0.0])))
}

/// The growth rate next to v = 0, all features small: of feature `number`, or of the one that grows fastest.
pub(super) fn at_rest(features: &Features, number: Option<usize>) -> Result<Margin, Unjudged> {
    let zeros = vec![0.0; features.signs.len().saturating_sub(1)];
    let rate = |face: Face| exact((face.rate)(&zeros));
    let faces = features.faces().into_iter().enumerate();
    let wanted = faces.filter(|(i, _)| number.is_none_or(|k| k == i + 1)).map(|(_, face)| rate(face));
    wanted.reduce(Margin::max).ok_or(Unjudged::NoFeatures)
}
