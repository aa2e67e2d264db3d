//! Values of one parameter at which no sample differs from another in what moves it: nothing crosses there, or paths
//! cross in the direction of the drift only.

use super::structure::{Probe, Structure, middle};
use super::trial;
use crate::model::ModelError;

/// A variance below this share of its usual size is nothing.
const QUIET: f64 = 1e-20;
/// A drift below this share of the gradient's usual size is nothing.
const DRIFTLESS: f64 = 1e-9;
/// Nearer to 0 than this it is 0.
const ZERO: f64 = 1e-9;
/// How much larger than at its zero a variance is this far from it.
const RISES: f64 = 1e6;
const BESIDE: f64 = 1e-3;
/// What is accepted where numbers cannot resolve the distance from a face.
const SHIFTED: &str = "a loss written with the distance from that point as its parameter, which then is at 0 and has two sides, \
                       or isotropic_noise > 0";

/// What the drift is where there is no noise.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Crossing {
    Never,
    Up,
    Down,
    Both,
}

impl<const N: usize> Probe<'_, N> {
    /// Values of every parameter without noise: closed ranges of a single one are told apart, resting points found,
    /// and what no lattice can hold is refused.
    ///
    /// # Errors
    /// [`ModelError::Degenerate`]
    pub(super) fn quiet(&self, found: &mut Structure) -> Result<(), ModelError> {
        let mut one_way = Vec::new();
        for i in 0..N {
            for at in self.quiet_values(i, found.range[i]) {
                match self.crossing(i, at) {
                    Crossing::Both => {}
                    Crossing::Never if at == 0.0 => {}
                    Crossing::Never => self.never_crossed(i, at, found)?,
                    _ if at <= found.range[i][0] || at >= found.range[i][1] => {}
                    way if N == 1 => one_way.push((at, way)),
                    way => return Err(self.one_way(i, at, way)),
                }
            }
        }
        if one_way.is_empty() { Ok(()) } else { self.closed(&one_way, found) }
    }

    /// How paths cross the face where parameter `i` is `at`.
    fn crossing(&self, i: usize, at: f64) -> Crossing {
        let drifts: Vec<f64> =
            self.points.iter().filter_map(|p| self.at(&with(p, i, at))).map(|l| -l.mean[i]).collect();
        let decay = -2.0 * self.setup.weight_decay * at;
        let nothing = DRIFTLESS * self.usual[i].sqrt();
        match (drifts.iter().any(|b| b + decay > nothing), drifts.iter().any(|b| b + decay < -nothing)) {
            (false, false) => Crossing::Never,
            (true, false) => Crossing::Up,
            (false, true) => Crossing::Down,
            (true, true) => Crossing::Both,
        }
    }

    /// A point of a single parameter that attracts takes all mass; every other face but 0 has to be moved there.
    fn never_crossed(&self, i: usize, at: f64, found: &mut Structure) -> Result<(), ModelError> {
        if N == 1 {
            let point = self.fixed_point(&[at; N]);
            if point.attracts() {
                found.points.push(point);
                return Ok(());
            }
        }
        let name = self.name(i);
        let cause = format!(
            "SGD never crosses {name} = {at}, where every sample's gradient by {name} vanishes: both sides have laws of their \
             own, which may be as steep as the numbers next to {at} are far apart; with {name} = {at} + s and \
             the factor that vanishes written as s either side can be solved"
        );
        Err(ModelError::Degenerate { name: "loss", cause, accepted: SHIFTED })
    }

    fn one_way(&self, i: usize, at: f64, way: Crossing) -> ModelError {
        let name = self.name(i);
        let (side, sign) = if way == Crossing::Up { ("above", ">") } else { ("below", "<") };
        let cause = format!(
            "the noise across {name} = {at} vanishes and paths cross it in one direction only, so the law is {side} it, where \
             {name} {sign} {at}"
        );
        ModelError::Degenerate { name: "range", cause, accepted: "a range that ends there, or isotropic_noise > 0" }
    }

    /// The range of a single parameter that is never left once it is entered; where there are several, that of the start.
    fn closed(&self, crossings: &[(f64, Crossing)], found: &mut Structure) -> Result<(), ModelError> {
        let [lower, upper] = found.range[0];
        let mut ends: Vec<(f64, bool)> = crossings.iter().map(|(at, way)| (*at, *way == Crossing::Up)).collect();
        ends.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let ends: Vec<(f64, bool)> = [(lower, true)].into_iter().chain(ends).chain([(upper, false)]).collect();
        let closed: Vec<[f64; 2]> =
            ends.windows(2).filter(|pair| pair[0].1 && !pair[1].1).map(|pair| [pair[0].0, pair[1].0]).collect();
        let name = self.name(0);
        let start = self.setup.start.as_ref().and_then(|start| start.first().copied());
        let own = closed.iter().find(|range| start.is_some_and(|s| range[0] <= s && s <= range[1]));
        let Some(range) = own.or(closed.first().filter(|_| closed.len() == 1)) else {
            let list: Vec<String> = closed.iter().map(|[a, b]| format!("{a} to {b}")).collect();
            let cause = format!("no path leaves {name} from {}, and each has a law of its own", list.join(", or "));
            return Err(ModelError::Degenerate { name: "start", cause, accepted: "a start inside one of them" });
        };
        found.range[0] = *range;
        found.mirrored = false;
        let at = if range[0] == lower { range[1] } else { range[0] };
        found.notes.push(format!(
            "the noise vanishes at {name} = {at}, where the drift does not: paths cross it in that direction only, and the law \
             is on that side of it"
        ));
        Ok(())
    }

    /// Values of parameter `i` inside its range, and its finite ends, at which its noise vanishes whatever the others are.
    fn quiet_values(&self, i: usize, range: [f64; 2]) -> Vec<f64> {
        let spreads = self.points.iter().filter_map(|p| self.at(p)).map(|l| l.covariance[i][i]).collect();
        let nothing = QUIET * middle(spreads);
        let variance = |p: &[f64; N], x: f64| self.at(&with(p, i, x)).map_or(f64::NAN, |l| l.covariance[i][i]);
        let Some(through) = self.points.first() else { return Vec::new() };
        let mut found: Vec<f64> = range.into_iter().filter(|end| end.is_finite()).collect();
        found.extend(minima(&|x| variance(through, x), &trial::line(range), nothing));
        let at_all = |x: &f64| {
            let mut values = self.points.iter().map(|p| variance(p, *x)).filter(|v| v.is_finite()).peekable();
            values.peek().is_some() && values.all(|v| v <= nothing)
        };
        found.into_iter().map(|x| if x.abs() < ZERO { 0.0 } else { x }).filter(at_all).collect()
    }
}

fn with<const N: usize>(point: &[f64; N], i: usize, at: f64) -> [f64; N] {
    let mut point = *point;
    point[i] = at;
    point
}

/// Inner minima of `f` along ascending places that go down to nothing, by golden sections.
fn minima(f: &dyn Fn(f64) -> f64, places: &[f64], nothing: f64) -> Vec<f64> {
    let values: Vec<f64> = places.iter().map(|x| f(*x)).collect();
    let valley = |k: &usize| values[k - 1] > values[*k] && values[*k] <= values[k + 1];
    let inner = (1..places.len().saturating_sub(1)).filter(valley);
    inner.filter_map(|k| lowest(f, places[k - 1], places[k + 1], nothing)).collect()
}

fn lowest(f: &dyn Fn(f64) -> f64, mut low: f64, mut high: f64, nothing: f64) -> Option<f64> {
    const SHARE: f64 = 0.618_033_988_749_895;
    let (mut a, mut b) = (high - SHARE * (high - low), low + SHARE * (high - low));
    let (mut at_a, mut at_b) = (f(a), f(b));
    for step in 0..160 {
        // A zero is seen long before its place is known to the last digit.
        let hopeless = step == 40 && at_a.min(at_b) > 1e6 * nothing;
        if hopeless || !(low < a && a < b && b < high) {
            break;
        }
        if at_a <= at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - SHARE * (high - low);
            at_a = f(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + SHARE * (high - low);
            at_b = f(b);
        }
    }
    let (at, value) = if at_a <= at_b { (a, at_a) } else { (b, at_b) };
    // What falls beyond all bounds to one side has no zero.
    let beside = BESIDE * (1.0 + at.abs());
    let rises = [at - beside, at + beside].iter().all(|x| f(*x) > nothing.max(RISES * value));
    (value <= nothing && rises).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_found_to_the_last_digits() {
        let places = trial::line([f64::NEG_INFINITY, f64::INFINITY]);
        let zeros = [-31.4, 0.0, 0.7, 2.0f64.sqrt()];
        let f = |x: f64| zeros.iter().map(|z| (x - z).powi(2) / (1.0 + x * x)).product::<f64>();
        let found = minima(&f, &places, 1e-24);
        assert_eq!(found.len(), zeros.len(), "{found:?}");
        for (x, z) in found.iter().zip(zeros) {
            assert!((x - z).abs() <= 1e-11 * z.abs().max(1e-3), "{x} for {z}");
        }
        assert!(minima(&|x| (x - 1.0).powi(2) + 1e-9, &places, 1e-20).is_empty());
        // Saturation is no zero.
        assert!(minima(&|x| (-x).exp() * (2.0 + x.cos()), &places, 1e-20).is_empty());
    }
}
