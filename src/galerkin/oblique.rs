//! The law of a linear function of the coordinates, by sections of the elements.

use super::SpectralLaw;
use super::line::Line;
use rayon::prelude::*;

/// Lines whose mass is a smaller part of all are left out.
const NEGLIGIBLE: f64 = 1e-17;
/// Steps of the search for a quantile.
const STEPS: usize = 200;

/// The law of c + sum_k a_k z_k. Along the axis that crosses its level surfaces most steeply the mass below a level is known exactly on
/// every line of nodes; across the lines it is a smooth function, which the rule of the nodes sums.
pub struct Oblique {
    /// a of that axis.
    slope: f64,
    /// The rest of the function on every line, and the law along it times the weight of the line.
    lines: Vec<(f64, Line)>,
    /// What the function is between in the box.
    range: [f64; 2],
    /// Bound of the density, from above.
    largest: f64,
}

impl<const N: usize> SpectralLaw<N> {
    /// The law of `constant` + sum_k `slopes`_k z_k.
    pub fn oblique(&self, constant: f64, slopes: &[f64; N]) -> Oblique {
        let ends: [[f64; 2]; N] = std::array::from_fn(|k| self.reach(k));
        let steepness = |k: usize| (slopes[k] * (ends[k][1] - ends[k][0])).abs();
        let axis = (0..N).max_by(|&a, &b| steepness(a).total_cmp(&steepness(b))).unwrap_or(0);
        let rest = |z: &[f64; N]| constant + (0..N).filter(|k| *k != axis).map(|k| slopes[k] * z[k]).sum::<f64>();
        let lines = self.lines(axis).into_iter().map(|(z, line)| (rest(&z), line));
        let lines: Vec<(f64, Line)> = lines.filter(|(_, line)| line.size() > NEGLIGIBLE).collect();
        let at = |upward: bool| {
            let end = |k: usize| slopes[k] * ends[k][usize::from((slopes[k] > 0.0) == upward)];
            constant + (0..N).map(end).sum::<f64>()
        };
        let length = ends[axis][1] - ends[axis][0];
        let largest = lines.iter().map(|(_, line)| line.size() / length).sum::<f64>() / slopes[axis].abs();
        Oblique { slope: slopes[axis], lines, range: [at(false), at(true)], largest }
    }
}

impl Oblique {
    /// Density at a value.
    pub fn density(&self, v: f64) -> f64 {
        self.sum(|rest, line| {
            let density = line.density((v - rest) / self.slope);
            if density.is_nan() { 0.0 } else { density / self.slope.abs() }
        })
    }

    /// A bound of all densities from above.
    pub fn largest(&self) -> f64 {
        self.largest
    }

    /// Mass below a value.
    pub fn below(&self, v: f64) -> f64 {
        self.sum(|rest, line| {
            let below = line.below((v - rest) / self.slope);
            if self.slope > 0.0 { below } else { line.mass() - below }
        })
    }

    /// Where the mass below is `q`, 0 < q < 1.
    pub fn quantile(&self, q: f64) -> f64 {
        let [mut low, mut high] = self.range;
        let mut v = 0.5 * (low + high);
        for _ in 0..STEPS {
            let excess = self.below(v) - q;
            if excess > 0.0 {
                high = v
            } else {
                low = v
            }
            let newton = v - excess / self.density(v);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            // Sums over lines are no more certain than this.
            if (next - v).abs() <= 8.0 * f64::EPSILON * (self.range[1] - self.range[0]) {
                return next;
            }
            v = next;
        }
        v
    }

    /// In an order that does not depend on the threads.
    fn sum(&self, term: impl Fn(f64, &Line) -> f64 + Sync) -> f64 {
        let terms: Vec<f64> = self.lines.par_iter().map(|(rest, line)| term(*rest, line)).collect();
        terms.iter().sum()
    }
}
