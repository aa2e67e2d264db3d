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
    /// Continues with another sequence.
    fn append(&mut self, other: Self) {
        let base = self.order.len() as u32;
        self.order.extend(other.order);
        self.starts.extend(other.starts.into_iter().map(|start| start + base));
    }

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

/// Boxes of at most this many cells, with those that separate larger ones, are not divided any further.
pub(super) const LEAF: usize = 12;

/// Boxes of this many cells or more are divided by several threads.
const PARALLEL: usize = 1 << 16;

/// Bisects the cells of a lattice across its longest axis, again and again. The cells of the left part that have a
/// neighbour in the right part separate the two, so long edges are taken care of by themselves.
pub(super) fn dissect(rates: &Rates<'_>, shape: &[usize]) -> Sequence {
    let n = rates.cells();
    let separator: Vec<AtomicBool> = (0..n).map(|_| AtomicBool::new(false)).collect();
    let coordinates = coordinates(shape);
    let reach = coordinates.iter().map(|along| reach(rates, along)).collect();
    let lattice = Lattice { rates, shape, separator: &separator, coordinates, reach };
    lattice.divide(&shape.iter().map(|&extent| [0, extent as u32]).collect::<Vec<_>>())
}

/// Where a box is cut: (axis, cells on the left of the cut along it); `open` tells on which sides other cells follow.
///
/// A part between the cut and a wall has fewer neighbours than one between the cut and the rest of the lattice, so that
/// it may be larger: 3 to 5 takes 7 % fewer multiplications in the plane than halves. None where a box is not divided.
pub(super) fn cut(extents: &[usize], open: impl Fn(usize) -> [bool; 2]) -> Option<(usize, usize)> {
    let longest = |best: (usize, usize), next: (usize, usize)| if next.1 > best.1 { next } else { best };
    let (axis, extent) = extents.iter().copied().enumerate().fold((0, 0), longest);
    if extent < 2 || extents.iter().product::<usize>() <= LEAF {
        return None;
    }
    let left = match open(axis) {
        [true, false] => 3 * extent / 8 + 1,
        [false, true] => extent - 3 * extent / 8,
        _ => extent.div_ceil(2),
    };
    Some((axis, left.min(extent - 1)))
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

/// Low (inclusive) and high (exclusive) ends of a box along every axis.
type Bounds = [[u32; 2]];

struct Lattice<'a> {
    rates: &'a Rates<'a>,
    shape: &'a [usize],
    /// Cells that separate a larger set, which are of no part any more.
    separator: &'a [AtomicBool],
    coordinates: Vec<Vec<u32>>,
    reach: Vec<u32>,
}

impl Lattice<'_> {
    /// The cells of a box that separate nothing larger: left part, right part, what separates the two.
    fn divide(&self, bounds: &Bounds) -> Sequence {
        let extents: Vec<usize> = bounds.iter().map(|[low, high]| (high - low) as usize).collect();
        let open = |axis: usize| [bounds[axis][0] > 0, (bounds[axis][1] as usize) < self.shape[axis]];
        let Some((axis, left)) = cut(&extents, open) else {
            let mut order = Vec::new();
            self.free(bounds, |cell| order.push(cell));
            let starts = if order.is_empty() { Vec::new() } else { vec![0] };
            return Sequence { order, starts };
        };
        let cut = bounds[axis][0] + left as u32;
        let between = self.separate(bounds, axis, cut);
        let (mut low, mut high) = (bounds.to_vec(), bounds.to_vec());
        low[axis][1] = self.last(bounds, axis, cut);
        high[axis][0] = cut;
        let (mut whole, other) = if extents.iter().product::<usize>() >= PARALLEL {
            rayon::join(|| self.divide(&low), || self.divide(&high))
        } else {
            (self.divide(&low), self.divide(&high))
        };
        whole.append(other);
        let starts = if between.is_empty() { Vec::new() } else { vec![0] };
        whole.append(Sequence { order: between, starts });
        whole
    }

    /// Takes out the cells left of the cut that have a neighbour on its right. Every neighbour that is not in the same box
    /// separates something larger.
    fn separate(&self, bounds: &Bounds, axis: usize, cut: u32) -> Vec<u32> {
        let along = &self.coordinates[axis];
        let beyond = |other: u32| along[other as usize] >= cut && !self.is_separator(other);
        let mut near = bounds.to_vec();
        near[axis] = [cut.saturating_sub(self.reach[axis]).max(bounds[axis][0]), cut];
        let mut between = Vec::new();
        self.free(&near, |cell| {
            if self.rates.neighbours(cell as usize).iter().any(|&other| beyond(other)) {
                between.push(cell);
            }
        });
        for &cell in &between {
            self.separator[cell as usize].store(true, Memory::Relaxed);
        }
        between
    }

    /// The end of the left part, without layers before the cut of which nothing is left.
    fn last(&self, bounds: &Bounds, axis: usize, cut: u32) -> u32 {
        let mut layer = bounds.to_vec();
        let empty = |at: &u32| {
            layer[axis] = [at - 1, *at];
            let mut empty = true;
            self.free(&layer, |_| empty = false);
            empty
        };
        let skipped = (bounds[axis][0] + 1..=cut).rev().take_while(empty).count();
        cut - skipped as u32
    }

    fn is_separator(&self, cell: u32) -> bool {
        self.separator[cell as usize].load(Memory::Relaxed)
    }

    /// Visits the cells of a box that separate nothing larger, in ascending order.
    fn free(&self, bounds: &Bounds, mut visit: impl FnMut(u32)) {
        let Some((last, before)) = bounds.split_last() else { return };
        let rows: usize = before.iter().map(|[low, high]| (high - low) as usize).product();
        for row in 0..rows {
            let mut rest = row;
            let mut stride = self.shape[before.len()];
            let mut start = 0;
            for ([low, high], extent) in before.iter().zip(self.shape).rev() {
                let length = (high - low) as usize;
                start += (*low as usize + rest % length) * stride;
                rest /= length;
                stride *= extent;
            }
            (start as u32 + last[0]..start as u32 + last[1])
                .filter(|&cell| !self.is_separator(cell))
                .for_each(&mut visit);
        }
    }
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
