//! Edge weights: the diffusion of every node in units of its cells, decomposed and shared out to edges.

use super::OperatorError;
use super::selling::{Families, decompose};
use super::wall::{Place, halves};
use crate::grid::Lattice;
use crate::process::{Coefficients, Process};
use rayon::prelude::*;

/// Longest offset; matrices that need longer ones are limited.
pub const REACH: i32 = 64;

/// Nodes that one task decomposes at a time.
const BLOCK: usize = 512;

/// Undirected edges, ascending.
pub struct Weights<const N: usize> {
    /// Cells x < y.
    pub ends: Vec<[u32; 2]>,
    /// w
    pub weight: Vec<f64>,
    /// The part of w that the node x gave.
    pub share: Vec<f32>,
    /// Cells whose cross diffusion was reduced because the offsets would have been too long.
    pub limited: Vec<u32>,
    /// Longest offset along every axis.
    pub reach: [i32; N],
}

/// Half-edges of the cells of one block: (other end, weight) of cell k are those from `starts[k]`.
struct Block<const N: usize> {
    counts: Vec<u32>,
    halves: Vec<(u32, f64)>,
    limited: Vec<u32>,
    reach: [i32; N],
}

/// Decomposes the diffusion at every node.
///
/// # Errors
/// [`OperatorError::Coefficients`], [`OperatorError::Indefinite`], [`OperatorError::Degenerate`].
pub fn weights<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    longest: &(dyn Fn(usize) -> i32 + Sync),
) -> Result<Weights<N>, OperatorError> {
    let cells = lattice.cells();
    if u32::try_from(cells).is_err() {
        return Err(OperatorError::Size { cells });
    }
    let starts: Vec<usize> = (0..cells).step_by(BLOCK).collect();
    let blocks: Result<Vec<Block<N>>, OperatorError> = starts
        .par_iter()
        .map(|&start| block_halves(process, lattice, longest, start..(start + BLOCK).min(cells)))
        .collect();
    Ok(symmetrised(cells, &blocks?))
}

fn block_halves<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    longest: &(dyn Fn(usize) -> i32 + Sync),
    cells: std::ops::Range<usize>,
) -> Result<Block<N>, OperatorError> {
    let points: Vec<[f64; N]> = cells.clone().map(|cell| lattice.node(&lattice.index(cell))).collect();
    let zero = Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] };
    let mut coefficients = vec![zero; points.len()];
    process.coefficients_at(&points, &mut coefficients);
    let mut block = Block { counts: Vec::new(), halves: Vec::new(), limited: Vec::new(), reach: [0; N] };
    for ((cell, z), c) in cells.zip(&points).zip(&coefficients) {
        let place = Place { index: lattice.index(cell), shape: lattice.shape() };
        let matrix = in_cells(lattice, &place.index, z, c)?;
        let (families, whole) = families(&matrix, longest(cell).clamp(1, REACH));
        if !whole {
            block.limited.push(cell as u32);
        }
        let before = block.halves.len();
        halves(&place, &matrix, &families, |half| {
            block.reach = std::array::from_fn(|i| block.reach[i].max(half.offset[i].abs()));
            let to = std::array::from_fn(|i| (place.index[i] as i64 + i64::from(half.offset[i])) as usize);
            block.halves.push((lattice.cell(&to) as u32, half.weight));
        });
        block.counts.push((block.halves.len() - before) as u32);
    }
    Ok(block)
}

/// D = B/2 in cells^2 / time, checked.
fn in_cells<const N: usize>(
    lattice: &Lattice<N>,
    index: &[usize; N],
    z: &[f64; N],
    c: &Coefficients<N>,
) -> Result<[[f64; N]; N], OperatorError> {
    let length: [f64; N] = std::array::from_fn(|i| lattice.axis(i).length(index[i]));
    let finite = c.drift.iter().chain(&c.div_diffusion).chain(c.diffusion.iter().flatten()).all(|x| x.is_finite());
    if !finite {
        return Err(OperatorError::Coefficients { at: z.to_vec() });
    }
    super::definite::check(&c.diffusion, z)?;
    Ok(std::array::from_fn(|i| std::array::from_fn(|j| 0.5 * (c.diffusion[i][j] / length[i]) / length[j])))
}

/// The decomposition within `reach`, of the matrix itself or, where that needs longer offsets, of the mixture with its
/// diagonal that does not; and whether it is the matrix itself.
fn families<const N: usize>(matrix: &[[f64; N]; N], reach: i32) -> (Families<N>, bool) {
    let axes: [usize; N] = std::array::from_fn(|i| i);
    if let Some(families) = decompose(matrix, &axes, reach) {
        return (families, true);
    }
    let mut mixed = *matrix;
    for _ in 0..60 {
        for (i, row) in mixed.iter_mut().enumerate() {
            row.iter_mut().enumerate().filter(|(j, _)| *j != i).for_each(|(_, entry)| *entry *= 0.5);
        }
        if let Some(families) = decompose(&mixed, &axes, reach) {
            return (families, false);
        }
    }
    (Families::diagonal(matrix), false)
}

/// Adds up what both ends give to every edge.
fn symmetrised<const N: usize>(cells: usize, blocks: &[Block<N>]) -> Weights<N> {
    // Half-edges given by the upper end, sorted to the lower one: counting sort keeps the order of the givers.
    let mut starts = vec![0usize; cells + 1];
    each(blocks, |from, to, _| {
        if to < from {
            starts[to as usize + 1] += 1;
        }
    });
    for k in 0..cells {
        starts[k + 1] += starts[k];
    }
    let mut next = starts.clone();
    let mut from_above = vec![(0u32, 0.0f64); starts[cells]];
    each(blocks, |from, to, weight| {
        if to < from {
            from_above[next[to as usize]] = (from, weight);
            next[to as usize] += 1;
        }
    });
    drop(next);
    let mut first = 0;
    let firsts: Vec<usize> = blocks
        .iter()
        .map(|block| {
            first += block.counts.len();
            first - block.counts.len()
        })
        .collect();
    let parts: Vec<Weights<N>> = blocks
        .par_iter()
        .zip(&firsts)
        .map(|(block, &first)| block.rows(first, |cell| &from_above[starts[cell]..starts[cell + 1]]))
        .collect();
    let mut out = Weights::empty();
    for part in parts {
        out.append(part);
    }
    out
}

impl<const N: usize> Block<N> {
    /// The edges that start in this block, whose first cell is `first`, with what the upper ends give to them.
    fn rows<'a>(&self, first: usize, from_above: impl Fn(usize) -> &'a [(u32, f64)]) -> Weights<N> {
        let mut out = Weights { reach: self.reach, limited: self.limited.clone(), ..Weights::empty() };
        let mut row: Vec<(u32, f64, f64)> = Vec::new();
        let mut at = 0;
        for (cell, &count) in (first..).zip(&self.counts) {
            let own = &self.halves[at..at + count as usize];
            at += count as usize;
            row.clear();
            row.extend(own.iter().filter(|h| h.0 as usize > cell).map(|h| (h.0, h.1, 0.0)));
            row.extend(from_above(cell).iter().map(|h| (h.0, 0.0, h.1)));
            row.sort_by_key(|h| h.0);
            out.add_row(cell as u32, &row);
        }
        out
    }
}

/// Calls `f` with (from, to, weight) of every half-edge in the order of the cells.
fn each<const N: usize>(blocks: &[Block<N>], mut f: impl FnMut(u32, u32, f64)) {
    let mut cell = 0u32;
    for block in blocks {
        let mut at = 0;
        for &count in &block.counts {
            for &(to, weight) in &block.halves[at..at + count as usize] {
                f(cell, to, weight);
            }
            at += count as usize;
            cell += 1;
        }
    }
}

impl<const N: usize> Weights<N> {
    fn empty() -> Self {
        Self { ends: Vec::new(), weight: Vec::new(), share: Vec::new(), limited: Vec::new(), reach: [0; N] }
    }

    fn append(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.weight.extend(other.weight);
        self.share.extend(other.share);
        self.limited.extend(other.limited);
        self.reach = std::array::from_fn(|i| self.reach[i].max(other.reach[i]));
    }

    /// The edges that start at `x`; `row` holds (y, given by x, given by y), sorted by y.
    fn add_row(&mut self, x: u32, row: &[(u32, f64, f64)]) {
        for same in row.chunk_by(|a, b| a.0 == b.0) {
            let own: f64 = same.iter().map(|h| h.1).sum();
            let weight = own + same.iter().map(|h| h.2).sum::<f64>();
            if weight > 0.0 {
                self.ends.push([x, same[0].0]);
                self.weight.push(weight);
                self.share.push((own / weight) as f32);
            }
        }
    }
}
