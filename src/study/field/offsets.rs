//! How long edges may be, cell by cell.
//!
//! On graded axes cells far out on one axis and near the middle of another are long and thin: there correlated noise
//! needs edges of many cells, and these make the elimination expensive. Where next to no mass is, shorter edges
//! will do; what that changes is measured on a coarse lattice and goes into the error bars.

use super::snapshot::Snapshot;
use crate::grid::Lattice;

/// Longest edges where mass is, and where it is not \[cells\].
const LONG: i32 = 64;
const SHORT: i32 = 3;

/// Longest edges of every cell.
#[derive(Debug, Clone)]
pub(super) enum Offsets<const N: usize> {
    /// The same for all.
    Everywhere(i32),
    /// Long ones where this lattice has mass.
    Where(Lattice<N>, Vec<bool>),
}

impl<const N: usize> Offsets<N> {
    /// As long as needed.
    pub const FULL: Self = Self::Everywhere(LONG);
    /// For a rough look.
    pub const ROUGH: Self = Self::Everywhere(6);

    /// Long edges where the mass per cell, or mass times e^`log_weights`, is not further than the depths below its
    /// maximum.
    pub fn of(pilot: &Snapshot<N>, log_weights: &[f64], depths: [f64; 2]) -> Self {
        let heavy: Vec<f64> = pilot.log_mass.iter().zip(log_weights).map(|(m, w)| m + w).collect();
        let floor = |list: &[f64], depth: f64| list.iter().copied().fold(f64::NEG_INFINITY, f64::max) - depth;
        let floors = [floor(&pilot.log_mass, depths[0]), floor(&heavy, depths[1])];
        let counts = pilot.log_mass.iter().zip(&heavy).map(|(m, h)| *m > floors[0] || *h > floors[1]).collect();
        Self::Where(pilot.lattice, counts)
    }

    /// Longest edges of a cell of a lattice with the same gradings.
    pub fn longest(&self, lattice: &Lattice<N>, cell: usize) -> i32 {
        match self {
            Self::Everywhere(longest) => *longest,
            Self::Where(pilot, counts) => {
                let index = lattice.index(cell);
                let near = std::array::from_fn(|i| {
                    let axis = pilot.axis(i);
                    let at = (lattice.axis(i).xi(index[i] as f64) - axis.first) / axis.step;
                    at.round().clamp(0.0, (axis.cells - 1) as f64) as usize
                });
                if counts[pilot.cell(&near)] { LONG } else { SHORT }
            }
        }
    }
}
