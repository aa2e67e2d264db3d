//! The box of a field and the grading of its axes.

use crate::grid::{Grading, Lattice, LatticeAxis};

/// Gradings and walls of every axis, from which lattices of any resolution are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame<const N: usize> {
    /// z = z(xi) along every axis.
    pub gradings: [Grading; N],
    /// Walls, in xi.
    pub walls: [[f64; 2]; N],
    /// Which walls are ends of the support rather than of the box.
    pub real: [[bool; 2]; N],
}

impl<const N: usize> Frame<N> {
    /// The lattice with `cells` cells along the axes.
    pub fn lattice(&self, cells: [usize; N]) -> Lattice<N> {
        Lattice::new(std::array::from_fn(|i| {
            let [lower, upper] = self.walls[i];
            LatticeAxis::between(self.gradings[i], lower, upper, cells[i])
        }))
    }

    /// The walls, in z.
    pub fn reach(&self) -> [[f64; 2]; N] {
        std::array::from_fn(|i| self.walls[i].map(|xi| self.gradings[i].z(xi)))
    }

    /// The lattice with `cells` cells between the walls, and `more` cells of the same size beyond every wall
    /// (fewer where negative).
    pub fn widened(&self, cells: [usize; N], more: [[isize; 2]; N]) -> Lattice<N> {
        Lattice::new(std::array::from_fn(|i| {
            let [lower, upper] = self.walls[i];
            let axis = LatticeAxis::between(self.gradings[i], lower, upper, cells[i]);
            let [below, above] = more[i];
            let cells = axis.cells.saturating_add_signed(below + above);
            LatticeAxis { first: axis.first - below as f64 * axis.step, cells, ..axis }
        }))
    }

    /// Cells on `part` of the way from a wall to the middle of axis `i`, when the axis has so many `cells`.
    pub fn part(&self, i: usize, side: usize, part: f64, cells: usize) -> isize {
        let [lower, upper] = self.walls[i];
        (part * self.gradings[i].half([lower, upper], side) / (upper - lower) * cells as f64).ceil() as isize
    }

    /// The frame of a widened lattice.
    pub fn around(&self, lattice: &Lattice<N>) -> Self {
        Self { walls: std::array::from_fn(|i| lattice.axis(i).walls()), ..*self }
    }
}

/// A place on an axis that the grading must resolve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    /// Where.
    pub at: f64,
    /// Its half width.
    pub width: f64,
}

/// Smallest dz/dxi at the centre, in widths: a stronger grading costs more by its curvature than it saves in cells...
const GENTLE: f64 = 2.5;
/// ...which is more where tails are exponential, as those of power laws are on logarithmic axes.
const GENTLE_LOG: f64 = 5.0;

/// How many widths around a feature are to be resolved as well as its middle.
const AROUND: f64 = 3.0;

/// Cells per width of the worst resolved feature, inverse, when the axis has one cell per unit of its length.
fn cost(grading: &Grading, features: &[Feature], reach: [f64; 2]) -> f64 {
    let length = grading.xi(reach[1]) - grading.xi(reach[0]);
    let coarsest = features.iter().map(|f| {
        let ends = [f.at - AROUND * f.width, f.at + AROUND * f.width].map(|z| z.clamp(reach[0], reach[1]));
        ends.iter().map(|&z| grading.stretch(grading.xi(z))).fold(0.0, f64::max) / f.width
    });
    length * coarsest.fold(0.0, f64::max)
}

/// The grading that resolves the worst of the features best with a given number of cells between `reach`, and
/// its cost: cells needed per cell per width. `log` says that the axis is a logarithm.
pub(super) fn best_grading(features: &[Feature], reach: [f64; 2], walled: bool, log: bool) -> (Grading, f64) {
    let gentle = if log { GENTLE_LOG } else { GENTLE };
    let length = reach[1] - reach[0];
    // A box between two walls needs no grading unless it pays.
    let handicap = if walled { 1.3 } else { 1.0 };
    let mut best = (Grading::Uniform, cost(&Grading::Uniform, features, reach) / handicap);
    if !walled {
        best.1 = f64::INFINITY;
    }
    let mut centres: Vec<f64> = features.iter().map(|f| f.at).collect();
    for (a, b) in features.iter().zip(features.iter().skip(1)) {
        centres.push(0.5 * (a.at + b.at));
    }
    let narrowest = features.iter().map(|f| f.width).fold(length, f64::min);
    let steps = ((length / narrowest).max(1.0).ln() / 0.1).ceil() as usize + 10;
    for &centre in &centres {
        for k in 0..=steps {
            let scale = gentle * narrowest * (0.1 * k as f64).exp();
            let grading = Grading::Sinh { centre, scale };
            let cost = cost(&grading, features, reach);
            if cost < best.1 {
                best = (grading, cost);
            }
        }
    }
    best
}
