//! E ln|keep + gain m| over a data set: exactly for one and two samples, from the law of the sum for more.

use super::{Map, Sums};
use crate::study::phase::margin::Margin;

/// Pairs of rows that are gone through one by one.
const MOST_PAIRS: usize = 4_000_000;

/// The exponent for batches of the products `rows`.
pub(super) fn exponent(map: &Map, rows: &[f64], sums: &Sums) -> Margin {
    match map.batch {
        // Their mean over a batch is always the same.
        _ if rows.windows(2).all(|pair| pair[0] == pair[1]) => mean(rows.iter().take(1).map(|g| term(map, *g))),
        1 => mean(rows.iter().map(|g| term(map, *g))),
        2 if rows.len().saturating_mul(rows.len()) <= MOST_PAIRS => {
            let half = |a: f64| move |b: &f64| 0.5 * (a + b);
            mean(rows.iter().flat_map(|a| rows.iter().map(half(*a))).map(|m| term(map, m)))
        }
        _ => sums.exponent(map, rows),
    }
}

/// ln|keep + gain m| and its rounding.
fn term(map: &Map, m: f64) -> [f64; 2] {
    let z = map.gain.mul_add(m, map.keep);
    let off = f64::EPSILON * (map.keep.abs() + 2.0 * (map.gain * m).abs());
    [z.abs().ln(), (off / z.abs()).min(1.0)]
}

fn mean(terms: impl Iterator<Item = [f64; 2]>) -> Margin {
    let (mut sum, mut error, mut size, mut count) = (0.0, 0.0, 0.0, 0.0);
    for [value, off] in terms {
        sum += value;
        error += off;
        size += value.abs();
        count += 1.0;
    }
    if f64::is_infinite(sum) {
        return Margin::new(f64::NEG_INFINITY, 0.0);
    }
    Margin::new(sum / count, (error + f64::EPSILON * count.sqrt() * size) / count)
}

/// Learning rates at which a single sample stops a network at once (1 - 2 eta gamma + 2 eta c g = 0), ascending.
/// Between two of them the exponent for batches of one is concave in the rate, and it is minus infinity at each.
pub(in crate::study::phase) fn breaks(rows: &[f64], decay: f64, sign: f64) -> Vec<f64> {
    let mut rates: Vec<f64> =
        rows.iter().map(|g| 0.5 / (decay - sign * g)).filter(|rate| rate.is_finite() && *rate > 0.0).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    rates
}
