//! Blocks of cells with the range that a function takes on them: a level set passes through few of them.

use super::masses::sum;
use crate::grid::Lattice;
use rayon::prelude::*;

/// Cells of a tile along every axis.
const SIDE: usize = 8;

/// A block of cells.
pub(super) struct Tile<const N: usize> {
    /// First cell, as a position.
    pub first: [usize; N],
    /// Cells along every axis.
    pub shape: [usize; N],
    /// Range of the function on the cells and on everything that their edges lead to.
    pub low: f64,
    pub high: f64,
    /// Mass of the cells.
    pub mass: f64,
}

impl<const N: usize> Tile<N> {
    /// Positions of the cells.
    pub fn cells(&self) -> impl Iterator<Item = [usize; N]> + use<N> {
        let (first, shape) = (self.first, self.shape);
        (0..shape.iter().product()).map(move |mut k: usize| {
            let mut index = [0; N];
            for i in (0..N).rev() {
                index[i] = first[i] + k % shape[i];
                k /= shape[i];
            }
            index
        })
    }
}

/// Cuts a lattice into tiles; `range` gives the range of the function at a cell and along its edges.
pub(super) fn tiles<const N: usize>(
    lattice: &Lattice<N>,
    mass: &[f64],
    range: impl Fn(&[usize; N]) -> [f64; 2] + Sync,
) -> Vec<Tile<N>> {
    let shape = lattice.shape();
    let counts = shape.map(|cells| cells.div_ceil(SIDE));
    (0..counts.iter().product::<usize>())
        .into_par_iter()
        .map(|mut k| {
            let mut first = [0; N];
            for i in (0..N).rev() {
                first[i] = k % counts[i] * SIDE;
                k /= counts[i];
            }
            let extent = std::array::from_fn(|i| SIDE.min(shape[i] - first[i]));
            let mut tile = Tile { first, shape: extent, low: f64::INFINITY, high: f64::NEG_INFINITY, mass: 0.0 };
            tile.mass = sum(tile.cells().map(|index| mass[lattice.cell(&index)]));
            for index in tile.cells() {
                let [low, high] = range(&index);
                tile.low = tile.low.min(low);
                tile.high = tile.high.max(high);
            }
            tile
        })
        .collect()
}
