//! The law of one chart coordinate, from the masses of the slices across its axis.

use super::stencil::Stencil;
use crate::grid::LatticeAxis;
use crate::numeric::{Bracket, Compensated, bracketed_root};

/// Cells that a line is refined to: its logarithm is smooth, its masses are not where they fall fast.
const FINE: usize = 4096;

/// Log density along an axis, with a distribution function that is accurate relative to the nearer tail.
pub(super) struct Line {
    axis: LatticeAxis,
    /// ln of the density in z at the nodes, normalised.
    log_density: Vec<f64>,
    fine: Fine,
}

/// The same law on cells `parts` times as small.
struct Fine {
    parts: usize,
    /// Mass of a cell if the density were that of its centre.
    mass: Vec<f64>,
    /// Sums of `mass` from the lower end, up to and including a cell.
    below: Vec<f64>,
    /// Sums of `mass` from the upper end, without the cell.
    above: Vec<f64>,
    /// What the two ends add to the sums.
    ends: [f64; 2],
    total: f64,
}

impl Line {
    /// From ln of the masses of the slices.
    pub fn of(axis: &LatticeAxis, log_slices: &[f64]) -> Self {
        let mut log_density: Vec<f64> =
            log_slices.iter().enumerate().map(|(i, mass)| mass - axis.length(i).ln()).collect();
        let fine = Fine::of(axis, &log_density);
        for log in &mut log_density {
            *log -= fine.total.ln();
        }
        Self { axis: *axis, log_density, fine }
    }

    /// Position (in cells, 0 at the first centre) of a chart coordinate.
    pub fn position(&self, z: f64) -> f64 {
        (self.axis.grading.xi(z) - self.axis.first) / self.axis.step
    }

    /// Chart coordinate at a position.
    pub fn coordinate(&self, position: f64) -> f64 {
        self.axis.grading.z(self.axis.xi(position))
    }

    /// Whether a position is between the walls, to rounding.
    pub fn inside(&self, position: f64) -> bool {
        let slack = 1e-9;
        (-0.5 - slack..=self.axis.cells as f64 - 0.5 + slack).contains(&position)
    }

    /// ln of the density in z at a position.
    pub fn log_density(&self, position: f64) -> f64 {
        Stencil::value(self.axis.cells, position).apply(&self.log_density)
    }

    /// The position below which there is mass `q`.
    pub fn quantile(&self, q: f64) -> f64 {
        self.fine.quantile(q)
    }

    /// Mass below a position.
    #[cfg(test)]
    pub fn below(&self, position: f64) -> f64 {
        let x = (position + 0.5) * self.fine.parts as f64 - 0.5;
        self.fine.lower(x) / self.fine.total
    }
}

impl Fine {
    fn of(axis: &LatticeAxis, log_density: &[f64]) -> Self {
        let cells = axis.cells;
        let parts = FINE.div_ceil(cells);
        let mass: Vec<f64> = (0..cells * parts)
            .map(|k| {
                let position = (k as f64 + 0.5) / parts as f64 - 0.5;
                let log = Stencil::value(cells, position).apply(log_density);
                log.exp() * axis.grading.stretch(axis.xi(position)) * axis.step / parts as f64
            })
            .map(|mass| if mass.is_finite() { mass } else { 0.0 })
            .collect();
        let n = mass.len();
        let below = running_sums(mass.iter());
        let mut above = running_sums(mass.iter().rev());
        above.reverse();
        above.rotate_left(1);
        above[n - 1] = 0.0;
        let lower = Stencil::partial(n, -1, -0.5).apply(&mass);
        let upper = Stencil::partial(n, n as isize - 1, n as f64 - 0.5).apply(&mass);
        let total = below[n - 1] - lower + upper;
        Self { parts, mass, below, above, ends: [-lower, upper], total }
    }

    /// Mass below position `x`, in fine cells.
    fn lower(&self, x: f64) -> f64 {
        let last = self.last(x);
        self.ends[0] + self.below[last] + Stencil::partial(self.mass.len(), last as isize, x).apply(&self.mass)
    }

    /// Mass above it.
    fn upper(&self, x: f64) -> f64 {
        let last = self.last(x);
        self.ends[1] + self.above[last] - Stencil::partial(self.mass.len(), last as isize, x).apply(&self.mass)
    }

    fn last(&self, x: f64) -> usize {
        x.floor().clamp(0.0, (self.mass.len() - 1) as f64) as usize
    }

    fn quantile(&self, q: f64) -> f64 {
        let n = self.mass.len();
        let (low, high) = (-0.5, n as f64 - 0.5);
        let x = if q <= 0.5 {
            let wanted = q * self.total;
            let near = self.below.partition_point(|sum| *sum < wanted) as f64;
            let bracket = Bracket { low: (near - 2.0).max(low), high: (near + 2.0).min(high) };
            bracketed_root(bracket, |x| self.lower(x) - wanted)
        } else {
            let wanted = (1.0 - q) * self.total;
            let near = self.above.partition_point(|sum| *sum > wanted) as f64;
            let bracket = Bracket { low: (near - 2.0).max(low), high: (near + 2.0).min(high) };
            bracketed_root(bracket, |x| wanted - self.upper(x))
        };
        (x + 0.5) / self.parts as f64 - 0.5
    }
}

fn running_sums<'a>(terms: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let mut sum = Compensated::default();
    terms
        .map(|term| {
            sum.add(*term);
            sum.value()
        })
        .collect()
}
