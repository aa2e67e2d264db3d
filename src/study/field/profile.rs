//! Laws of single axes, read roughly off a coarse lattice to find where the box must be and what it must resolve.

use super::frame::Feature;
use crate::grid::{Grading, Lattice, LatticeAxis};

/// ln of the sum over the other axes of mass times weight, for every cell of axis `i`.
pub(super) fn log_marginal<const N: usize>(lattice: &Lattice<N>, log_terms: &[f64], i: usize) -> Vec<f64> {
    let cells = lattice.axis(i).cells;
    let inner: usize = (i + 1..N).map(|j| lattice.axis(j).cells).product();
    let place = |cell: usize| cell / inner % cells;
    let mut top = vec![f64::NEG_INFINITY; cells];
    for (cell, &term) in log_terms.iter().enumerate() {
        let top = &mut top[place(cell)];
        *top = top.max(term);
    }
    let mut sum = vec![0.0; cells];
    for (cell, &term) in log_terms.iter().enumerate() {
        let k = place(cell);
        if top[k] > f64::NEG_INFINITY {
            sum[k] += (term - top[k]).exp();
        }
    }
    top.iter().zip(&sum).map(|(t, s)| if *s > 0.0 { t + s.ln() } else { *t }).collect()
}

/// A function on the cells of one axis that falls off at both ends.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    /// xi of the cells.
    pub xi: Vec<f64>,
    /// z of the cells.
    pub z: Vec<f64>,
    /// ln of the mass per xi.
    pub log_mass: Vec<f64>,
    /// ln of the density in z.
    pub log_density: Vec<f64>,
}

impl Profile {
    /// Of the log masses on an axis.
    pub fn of(axis: &LatticeAxis, log_mass: Vec<f64>) -> Self {
        let xi = (0..axis.cells).map(|k| axis.xi(k as f64)).collect();
        let log_density = log_mass.iter().enumerate().map(|(k, m)| m - axis.length(k).ln()).collect();
        Self { xi, z: (0..axis.cells).map(|k| axis.node(k)).collect(), log_mass, log_density }
    }

    /// Local maxima of the density that rise by more than `depth` above the saddle to any higher one, ascending.
    pub fn peaks(&self, depth: f64) -> Vec<usize> {
        let p = &self.log_density;
        let maxima = (0..p.len()).filter(|&k| (k == 0 || p[k] > p[k - 1]) && (k + 1 == p.len() || p[k] >= p[k + 1]));
        maxima
            .filter(|&k| {
                let lowest_before_higher = |mut walk: Box<dyn Iterator<Item = usize>>| {
                    let mut low = p[k];
                    walk.find_map(|j| {
                        low = low.min(p[j]);
                        (p[j] > p[k]).then_some(low)
                    })
                };
                let left = lowest_before_higher(Box::new((0..k).rev()));
                let right = lowest_before_higher(Box::new(k + 1..p.len()));
                [left, right].into_iter().flatten().all(|saddle| p[k] - saddle > depth)
            })
            .collect()
    }

    /// Half width of a peak: where the density has fallen by e^(-1/2) on either side, which is one standard
    /// deviation for a Gaussian.
    pub fn feature(&self, peak: usize) -> Feature {
        let level = self.log_density[peak] - 0.5;
        let crossing = |from: usize, to: usize| {
            let (a, b) = (self.log_density[from] - level, level - self.log_density[to]);
            // Parabolas through the top cross later than straight lines do; the root of the share is close to both.
            let share = (a / (a + b)).clamp(0.0, 1.0);
            let share = if from == peak { share.sqrt() } else { share };
            (self.z[from] + share * (self.z[to] - self.z[from]) - self.z[peak]).abs()
        };
        let right = (peak + 1..self.z.len()).find(|&k| self.log_density[k] < level).map(|k| crossing(k - 1, k));
        let left = (0..peak).rev().find(|&k| self.log_density[k] < level).map(|k| crossing(k + 1, k));
        let width = match (left, right) {
            (Some(a), Some(b)) => 0.5 * (a + b),
            (Some(a), None) | (None, Some(a)) => a,
            (None, None) => self.z[self.z.len() - 1] - self.z[0],
        };
        Feature { at: self.z[peak], width }
    }

    /// Where, outward from the outermost of `peaks` (the lowest and the highest), the mass per xi has fallen
    /// `depth` below that peak: xi, or by how much it fell up to the last cell.
    pub fn falls(&self, peaks: [usize; 2], depth: f64) -> [Fall; 2] {
        let m = &self.log_mass;
        let n = m.len();
        let side = |peak: usize, outward: &dyn Fn(usize) -> Option<usize>| {
            let mut k = peak;
            let mut top = m[peak];
            while let Some(next) = outward(k) {
                top = top.max(m[next]);
                if top - m[next] >= depth {
                    let share = (depth - (top - m[k])) / (m[k] - m[next]);
                    return Fall::At(self.xi[k] + share.clamp(0.0, 1.0) * (self.xi[next] - self.xi[k]));
                }
                k = next;
            }
            Fall::Beyond(top - m[k])
        };
        [side(peaks[0], &|k| k.checked_sub(1)), side(peaks[1], &|k| (k + 1 < n).then_some(k + 1))]
    }

    /// How far beyond the last cell of one side, in z, the profile falls by `rest`: as a power law, which is a
    /// straight line in xi, or as an exponential, which is one in z, whichever falls sooner; infinite where it
    /// does not fall.
    pub fn beyond(&self, side: usize, rest: f64, grading: &Grading) -> f64 {
        let n = self.xi.len();
        let back = (n / 12).clamp(1, 4);
        let (outer, inner) = if side == 0 { (0, back) } else { (n - 1, n - 1 - back) };
        let outward = [-1.0, 1.0][side];
        let steepness = |y: &[f64], x: &[f64]| (y[inner] - y[outer]) / (x[outer] - x[inner]).abs();
        let places = [(steepness(&self.log_mass, &self.xi), None), (steepness(&self.log_density, &self.z), Some(()))];
        let place = |(steepness, straight): (f64, Option<()>)| match straight {
            _ if steepness <= 1e-3 => f64::INFINITY,
            None => (grading.z(self.xi[outer] + outward * rest / steepness) - self.z[outer]).abs(),
            Some(()) => rest / steepness,
        };
        places.into_iter().map(place).fold(f64::INFINITY, f64::min)
    }
}

/// How a profile falls off on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fall {
    /// Deep enough at this xi.
    At(f64),
    /// Only by this much up to the wall.
    Beyond(f64),
}
