//! Elimination orders: geometric nested dissection of a lattice, approximate minimum degree of any other graph.

use super::rates::Rates;
use faer::sparse::SymbolicSparseColMatRef;
use faer::sparse::linalg::SupernodalThreshold;
use faer::sparse::linalg::cholesky::{
    CholeskySymbolicParams, SymbolicCholeskyRaw, SymmetricOrdering, factorize_symbolic_cholesky,
};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering as Memory};

/// Cells in the order of their elimination, cut into runs that are eliminated together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sequence {
    /// Position -> cell.
    pub order: Vec<u32>,
    /// First position of every run, ascending; the last run ends with the cells.
    pub starts: Vec<u32>,
}

impl Sequence {
    /// The same order but with one cell last of all.
    pub(super) fn ending_with(mut self, cell: u32) -> Self {
        let at = self.order.iter().position(|&c| c == cell).unwrap_or(self.order.len() - 1);
        self.order.remove(at);
        self.order.push(cell);
        self.starts.iter_mut().filter(|start| **start > at as u32).for_each(|start| *start -= 1);
        // A run of nothing but that cell is gone; what was last may have been it.
        self.starts.dedup();
        self.starts.retain(|&start| (start as usize) < self.order.len());
        self
    }
}

/// Sets of at most this many cells are not divided any further.
pub(super) const LEAF: usize = 12;

/// Below this many cells a set is divided by one thread.
const PARALLEL: usize = 1 << 15;

/// Bisects the cells of a lattice at the middle of its longest axis, again and again. The cells of the left half
/// that have a neighbour in the right half separate the two, so long edges are taken care of by themselves.
pub(super) fn dissect(rates: &Rates<'_>, shape: &[usize]) -> Sequence {
    let n = rates.cells();
    let mut order: Vec<u32> = (0..n as u32).collect();
    let assigned: Vec<AtomicBool> = (0..n).map(|_| AtomicBool::new(false)).collect();
    let coordinates = coordinates(shape);
    let reach = coordinates.iter().map(|along| reach(rates, along)).collect();
    let lattice = Lattice { rates, assigned: &assigned, coordinates, reach };
    let starts = lattice.divide(0, &mut order, &shape.iter().map(|&s| [0, s as u32]).collect::<Vec<_>>());
    Sequence { order, starts }
}

/// Coordinates of all cells, axis by axis.
fn coordinates(shape: &[usize]) -> Vec<Vec<u32>> {
    let n: usize = shape.iter().product();
    let mut inner = n;
    let along = |extent: usize| {
        inner /= extent;
        (0..n / (inner * extent)).flat_map(|_| (0..extent as u32).flat_map(|c| std::iter::repeat_n(c, inner))).collect()
    };
    shape.iter().copied().map(along).collect()
}

/// How far the longest edge leads along an axis.
fn reach(rates: &Rates<'_>, along: &[u32]) -> u32 {
    let reach = |cell: usize| {
        let reaches = rates.neighbours(cell).iter().map(|&other| along[cell].abs_diff(along[other as usize]));
        reaches.max()
    };
    (0..along.len()).into_par_iter().with_min_len(1 << 14).filter_map(reach).max().unwrap_or(0)
}

struct Lattice<'a> {
    rates: &'a Rates<'a>,
    /// Cells that belong to the separator of a larger set.
    assigned: &'a [AtomicBool],
    coordinates: Vec<Vec<u32>>,
    reach: Vec<u32>,
}

impl Lattice<'_> {
    /// Sorts `cells` (within `bounds`, low inclusive, high exclusive) into left part, right part, separator and
    /// returns where runs start, counted from `base`.
    fn divide(&self, base: u32, cells: &mut [u32], bounds: &[[u32; 2]]) -> Vec<u32> {
        let (axis, extent) = longest(bounds);
        if cells.len() <= LEAF || extent < 2 {
            return if cells.is_empty() { Vec::new() } else { vec![base] };
        }
        let cut = bounds[axis][0] + extent.div_ceil(2);
        let [left, right] = self.split(cells, axis, cut);
        let (mut low, mut high) = (bounds.to_vec(), bounds.to_vec());
        low[axis][1] = cells[..left].iter().map(|&c| self.coordinates[axis][c as usize] + 1).max().unwrap_or(cut);
        high[axis][0] = cut;
        let (first, rest) = cells.split_at_mut(left);
        let (second, separator) = rest.split_at_mut(right);
        let middle = base + left as u32;
        let (mut starts, others) = if first.len() + second.len() > PARALLEL {
            rayon::join(|| self.divide(base, first, &low), || self.divide(middle, second, &high))
        } else {
            (self.divide(base, first, &low), self.divide(middle, second, &high))
        };
        starts.extend(others);
        if !separator.is_empty() {
            starts.push(middle + right as u32);
        }
        starts
    }

    /// Left part, right part, separator, each in its old order; the numbers of cells of the first two.
    fn split(&self, cells: &mut [u32], axis: usize, cut: u32) -> [usize; 2] {
        let (mut right, mut separator) = (Vec::with_capacity(cells.len() / 2 + 1), Vec::new());
        let along = &self.coordinates[axis];
        let near = cut.saturating_sub(self.reach[axis]);
        let mut left = 0;
        for at in 0..cells.len() {
            let cell = cells[at];
            let coordinate = along[cell as usize];
            if coordinate >= cut {
                right.push(cell);
            } else if coordinate >= near && self.reaches(cell, along, cut) {
                separator.push(cell);
            } else {
                cells[left] = cell;
                left += 1;
            }
        }
        for &cell in &separator {
            self.assigned[cell as usize].store(true, Memory::Relaxed);
        }
        cells[left..left + right.len()].copy_from_slice(&right);
        cells[left + right.len()..].copy_from_slice(&separator);
        [left, right.len()]
    }

    /// Whether a cell of the left half has a neighbour in the right half. Every neighbour that is not in the
    /// same set is in a separator already.
    fn reaches(&self, cell: u32, along: &[u32], cut: u32) -> bool {
        let mut neighbours = self.rates.neighbours(cell as usize).iter();
        neighbours.any(|&other| along[other as usize] >= cut && !self.assigned[other as usize].load(Memory::Relaxed))
    }
}

fn longest(bounds: &[[u32; 2]]) -> (usize, u32) {
    let extents = bounds.iter().map(|[low, high]| high - low).enumerate();
    extents.fold((0, 0), |best, next| if next.1 > best.1 { next } else { best })
}

/// Approximate minimum degree (Amestoy, Davis and Duff 1996), with the columns that share their pattern together.
pub(super) fn minimum_degree(rates: &Rates<'_>) -> Sequence {
    let n = rates.cells();
    let natural = || Sequence { order: (0..n as u32).collect(), starts: (0..n as u32).collect() };
    if n < 2 {
        return natural();
    }
    let (pointers, columns) = (rates.pointers(), rates.columns());
    // Pointers and columns have to be of one type, as short as they can be.
    let short = || {
        let fits = i32::try_from(columns.len()).is_ok() && i32::try_from(n).is_ok();
        let pointers: Vec<u32> = fits.then(|| pointers.iter().map(|&at| at as u32).collect())?;
        least_fill(n, &pointers, columns)
    };
    // Where they, or the factors, are more than short ones can count.
    let long = || {
        let columns: Vec<usize> = columns.iter().map(|&column| column as usize).collect();
        least_fill(n, pointers, &columns)
    };
    // Any order is a right one; without memory for a good one the front sizes say what it will cost.
    short().or_else(long).unwrap_or_else(natural)
}

/// The columns of a symmetric pattern in the order of [`minimum_degree`].
fn least_fill<I: faer::Index>(n: usize, pointers: &[I], columns: &[I]) -> Option<Sequence> {
    let pattern = SymbolicSparseColMatRef::new_checked(n, n, pointers, None, columns);
    let parameters = CholeskySymbolicParams {
        supernodal_flop_ratio_threshold: SupernodalThreshold::FORCE_SUPERNODAL,
        ..CholeskySymbolicParams::default()
    };
    let found = factorize_symbolic_cholesky(pattern, faer::Side::Upper, SymmetricOrdering::Amd, parameters).ok()?;
    let (Some(permutation), SymbolicCholeskyRaw::Supernodal(supernodes)) = (found.perm(), found.raw()) else {
        return None;
    };
    let order = permutation.arrays().0.iter().map(|cell| cell.zx() as u32).collect();
    let starts = supernodes.supernode_begin().iter().map(|start| start.zx() as u32).collect();
    Some(Sequence { order, starts })
}
