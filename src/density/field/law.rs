//! The law of a function of the chart: quantiles and densities from its level sets.

use super::fine::Fine;
use super::level::{Level, Levels, Target};
use crate::process::Process;

/// Levels that are looked at together: bounds the memory that crossings take.
const TOGETHER: usize = 8;
/// Rounds of the search for quantiles.
const ROUNDS: usize = 60;
/// Relative accuracy of the mass below a quantile at which the search ends: far below what lattices can tell.
fn close(variables: usize) -> f64 {
    if variables == 3 { 1e-9 } else { 1e-13 }
}
/// Steps in a row that hardly help after which the bracket is halved.
const STALLS: usize = 2;
/// Where a step does not help any more this many times as much will do: what is left is rounding.
const NOISE: f64 = 100.0;

/// What is read off the law of one number.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub quantiles: Vec<f64>,
    /// At the places given.
    pub log_density: Vec<f64>,
    /// Mass below them.
    pub below: Vec<f64>,
}

/// A quantile under way.
struct Search {
    q: f64,
    low: f64,
    high: f64,
    t: f64,
    /// Size of the last round's excess.
    excess: f64,
    /// Rounds in a row that hardly helped.
    stalls: usize,
    done: bool,
}

/// Quantiles, and at `at` ln of the density and the mass below; `sample` holds values of the function with their masses, to start from.
pub(super) fn law<const N: usize>(
    fine: &Fine<N>,
    process: &dyn Process<N>,
    target: Target<'_>,
    sample: &[(f64, f64)],
    quantiles: &[f64],
    at: &[f64],
) -> Shape {
    if sample.iter().any(|(f, _)| f.is_nan()) {
        let unknown = vec![f64::NAN; at.len()];
        return Shape { quantiles: vec![f64::NAN; quantiles.len()], log_density: unknown.clone(), below: unknown };
    }
    if quantiles.is_empty() && at.is_empty() {
        return Shape::default();
    }
    let levels = Levels::of(fine, process, target);
    let found = evaluate(&levels, at);
    Shape {
        quantiles: search(&levels, sample, quantiles),
        log_density: found.iter().map(|level| level.density.max(0.0).ln()).collect(),
        below: found.iter().map(|level| level.below).collect(),
    }
}

/// Levels in any order.
fn evaluate<const N: usize>(levels: &Levels<'_, N>, at: &[f64]) -> Vec<Level> {
    let mut order: Vec<usize> = (0..at.len()).collect();
    order.sort_by(|&a, &b| at[a].total_cmp(&at[b]));
    let mut result = vec![Level::default(); at.len()];
    for some in order.chunks(TOGETHER) {
        let sorted: Vec<f64> = some.iter().map(|&k| at[k]).collect();
        for (&k, level) in some.iter().zip(levels.at(&sorted)) {
            result[k] = level;
        }
    }
    result
}

fn search<const N: usize>(levels: &Levels<'_, N>, sample: &[(f64, f64)], quantiles: &[f64]) -> Vec<f64> {
    let [low, high] = levels.range();
    if low > high {
        return vec![f64::NAN; quantiles.len()];
    }
    let mut searches: Vec<Search> = starts(sample, quantiles)
        .into_iter()
        .zip(quantiles)
        .map(|(t, q)| Search {
            q: *q,
            low,
            high,
            t: t.clamp(low, high),
            excess: f64::INFINITY,
            stalls: 0,
            done: low >= high,
        })
        .collect();
    for _ in 0..ROUNDS {
        let open: Vec<usize> = (0..searches.len()).filter(|&k| !searches[k].done).collect();
        if open.is_empty() {
            break;
        }
        let at: Vec<f64> = open.iter().map(|&k| searches[k].t).collect();
        for (&k, level) in open.iter().zip(evaluate(levels, &at)) {
            searches[k].step(&level, close(N));
        }
    }
    searches.iter().map(|s| s.t).collect()
}

/// Quantiles of the sample.
fn starts(sample: &[(f64, f64)], quantiles: &[f64]) -> Vec<f64> {
    let mut sample = sample.to_vec();
    sample.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let running = |sample: &mut dyn Iterator<Item = &(f64, f64)>| -> Vec<f64> {
        sample
            .scan(0.0, |sum, (_, mass)| {
                *sum += mass;
                Some(*sum)
            })
            .collect()
    };
    let below = running(&mut sample.iter());
    let above = running(&mut sample.iter().rev());
    let last = sample.len() - 1;
    let place = |q: f64| {
        if q <= 0.5 {
            below.partition_point(|sum| *sum < q).min(last)
        } else {
            last - above.partition_point(|sum| *sum < 1.0 - q).min(last)
        }
    };
    quantiles.iter().map(|q| sample[place(*q)].0).collect()
}

impl Search {
    /// Newton on ln of the mass in the nearer tail, inside a bracket.
    fn step(&mut self, level: &Level, close: f64) {
        // ln(mass / wanted), growing with t on the lower side and falling on the upper one.
        let (excess, mass) = if self.q <= 0.5 {
            ((level.below / self.q).ln(), level.below)
        } else {
            (-(level.above / (1.0 - self.q)).ln(), level.above)
        };
        let helps = excess.abs() < 0.5 * self.excess;
        self.excess = excess.abs();
        self.stalls = if helps { 0 } else { self.stalls + 1 };
        if self.excess < close || (self.excess < NOISE * close && !helps) {
            self.done = true;
            return;
        }
        // A mass that comes out as nothing (or less, by rounding) lies beyond the tail.
        let too_high = if excess.is_nan() { self.q > 0.5 } else { excess > 0.0 };
        if too_high {
            self.high = self.t;
        } else {
            self.low = self.t;
        }
        let newton = self.t - excess * mass / level.density;
        // Steps that hardly help come from a density that is wrong, as beside a kink.
        let next = if self.stalls < STALLS && newton > self.low && newton < self.high {
            newton
        } else {
            middle(self.low, self.high)
        };
        // The mass may jump by what the lattice does not resolve: then a narrow bracket has to do.
        let narrow = (0.01 * close).max(4.0 * f64::EPSILON);
        let still = (next - self.t).abs() <= 4.0 * f64::EPSILON * next.abs();
        self.done = still || self.high - self.low <= narrow * self.high.abs().max(self.low.abs());
        self.t = next;
    }
}

/// Half way, by ratio where both ends have the same sign and lie far apart.
fn middle(low: f64, high: f64) -> f64 {
    if low > 0.0 && high > 4.0 * low {
        (low.sqrt()) * high.sqrt()
    } else if high < 0.0 && low < 4.0 * high {
        -((-low).sqrt() * (-high).sqrt())
    } else if low < 0.0 && high > 0.0 && (high > 1e3 || low < -1e3) {
        // Towards the smaller end in magnitude first.
        if high > -low { 1e-3 * high } else { 1e-3 * low }
    } else {
        0.5 * low + 0.5 * high
    }
}
