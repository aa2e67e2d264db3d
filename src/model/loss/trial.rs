//! Points at which a loss is tried: of no symmetry, spread over the range, most of them of order one.

/// How many.
pub(super) const COUNT: usize = 24;

/// Points inside the range.
pub(super) fn points<const N: usize>(range: &[[f64; 2]], count: usize) -> Vec<[f64; N]> {
    let axis = |i: usize| range.get(i).copied().unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    let value = |k: usize, i: usize| spread(halton(k + 3, [2, 3, 5][i.min(2)]), axis(i));
    (0..count).map(|k| std::array::from_fn(|i| value(k, i))).collect()
}

/// Points that are spread like four independent standard normals, by their logistic approximation.
pub(super) fn normals(count: usize) -> Vec<[f64; 4]> {
    let value = |share: f64| (share / (1.0 - share)).ln() / 1.702;
    (0..count).map(|k| std::array::from_fn(|i| value(halton(k + 5, [2, 3, 5, 7][i])))).collect()
}

/// Values of one parameter in ascending order, from near to far on both sides of 0, inside its range.
pub(super) fn ladder([lower, upper]: [f64; 2]) -> Vec<f64> {
    const STEPS: i32 = 96;
    let sizes = (0..=STEPS).map(|k| 1e-4 * 1e8f64.powf(f64::from(k) / f64::from(STEPS)));
    let positive: Vec<f64> = sizes.collect();
    let all = positive.iter().rev().map(|x| -x).chain([0.0]).chain(positive.iter().copied());
    all.filter(|x| lower < *x && *x < upper).collect()
}

/// The same, and places all over a finite range, in ascending order.
pub(super) fn line([lower, upper]: [f64; 2]) -> Vec<f64> {
    const PARTS: i32 = 64;
    let mut places = ladder([lower, upper]);
    if lower.is_finite() && upper.is_finite() {
        places.extend((1..PARTS).map(|k| lower + (upper - lower) * f64::from(k) / f64::from(PARTS)));
    }
    places.sort_unstable_by(f64::total_cmp);
    places.dedup();
    places
}

/// The k-th number of van der Corput's sequence.
fn halton(mut k: usize, base: usize) -> f64 {
    let (mut value, mut share) = (0.0, 1.0);
    while k > 0 {
        share /= base as f64;
        value += share * (k % base) as f64;
        k /= base;
    }
    value
}

/// A share of the way through a range, which may be infinite.
fn spread(share: f64, [lower, upper]: [f64; 2]) -> f64 {
    let distance = |share: f64| 1.3 * share / (1.1 - share);
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) => lower + share * (upper - lower),
        (true, false) => lower + distance(share),
        (false, true) => upper - distance(share),
        (false, false) => {
            let side = 2.0 * share - 1.0;
            distance(side.abs()).copysign(side)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_inside_their_range_and_differ() {
        let inf = f64::INFINITY;
        let range = [[-inf, inf], [0.5, inf], [-2.0, 3.0]];
        let points = points::<3>(&range, COUNT);
        for p in &points {
            assert!((0..3).all(|i| range[i][0] < p[i] && p[i] < range[i][1]), "{p:?}");
            assert!(p[0] != 0.0 && p[0] != p[1]);
        }
        assert!(points.iter().any(|p| p[0] < -1.0) && points.iter().any(|p| p[0] > 1.0));
    }
}
