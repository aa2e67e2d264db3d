//! Points at which formulas are tried.

/// Distances from an end or from 0, over nine orders of magnitude.
const DISTANCES: [f64; 9] = [1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 5.0, 100.0, 1000.0];
/// Shares of a finite range, from either end.
const SHARES: [f64; 6] = [1e-6, 1e-3, 0.05, 0.15, 0.3, 0.45];

/// Values of one variable inside its range, without the ends.
pub(super) fn values(range: [f64; 2]) -> Vec<f64> {
    let [lower, upper] = range;
    let mut out: Vec<f64> = match (lower.is_finite(), upper.is_finite()) {
        (true, true) => {
            let length = upper - lower;
            let pairs = SHARES.iter().flat_map(|share| [lower + share * length, upper - share * length]);
            pairs.chain([lower + 0.5 * length]).collect()
        }
        (true, false) => DISTANCES.iter().map(|distance| lower + distance).collect(),
        (false, true) => DISTANCES.iter().map(|distance| upper - distance).collect(),
        (false, false) => DISTANCES.iter().flat_map(|&distance| [distance, -distance]).chain([0.0]).collect(),
    };
    out.retain(|value| lower < *value && *value < upper);
    out
}

/// All combinations of the values of several variables.
pub(super) fn points(values: &[Vec<f64>]) -> Vec<Vec<f64>> {
    values.iter().fold(vec![Vec::new()], |points, values| {
        let longer = |point: &Vec<f64>, value: f64| point.iter().copied().chain([value]).collect::<Vec<f64>>();
        points.iter().flat_map(|point| values.iter().map(|&value| longer(point, value)).collect::<Vec<_>>()).collect()
    })
}
