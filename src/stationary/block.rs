//! A block of pivots: their elimination among themselves, and the two small matrices by which everything outside
//! takes part in it.

use super::front::{Care, SMALLEST, Trouble, drop_below};

/// What the elimination of a block of pivots does to rows and columns outside.
#[derive(Default)]
pub(super) struct Block {
    pub start: usize,
    pub size: usize,
    /// (S - L)^-1, L the columns F below the diagonal, S the sums: rows outside become V = `rows` F.
    pub rows: Vec<f64>,
    /// (I - U)^-1, U the rows V right of the diagonal: columns outside become F = F `columns`.
    pub columns: Vec<f64>,
    /// Smallest positive entry in every column of `rows`.
    pub rows_least: Vec<f64>,
    /// Smallest positive entry in every row of `columns`.
    pub columns_least: Vec<f64>,
    /// Smallest positive entry in every finished column of the panel, below the block.
    pub panel_least: Vec<f64>,
}

impl Block {
    /// Eliminates a diagonal block; `diagonal` is column-major with stride `stride`, `sums` the rates of its rows to
    /// everything later than the block. Leaves V above and F below the diagonal and s on it.
    #[inline(always)]
    pub(super) fn eliminate(
        &mut self,
        diagonal: &mut [f64],
        stride: usize,
        sums: &mut [f64],
        last: bool,
        care: Care,
    ) -> Result<bool, Trouble> {
        let floor = care.floor();
        let size = sums.len();
        self.size = size;
        for k in 0..size {
            let (done, later) = diagonal.split_at_mut(((k + 1) * stride).min(diagonal.len()));
            let column = &mut done[k * stride + k..k * stride + size];
            let sum = sums[k] + later.iter().skip(k).step_by(stride).take(size - k - 1).sum::<f64>();
            let closing = sum == 0.0 && last && k + 1 == size;
            if sum == 0.0 && !closing {
                return Err(Trouble::Range);
            }
            let sum = if closing { 1.0 } else { sum };
            column[0] = sum;
            let column = &mut column[1..];
            drop_below(column, floor);
            for target in later.chunks_mut(stride).take(size - k - 1) {
                let factor = target[k] / sum;
                let factor = if factor < floor { 0.0 } else { factor };
                target[k] = factor;
                add_multiple(&mut target[k + 1..size], factor, column);
            }
            let passed = sums[k] / sum;
            sums[k] = passed;
            add_multiple(&mut sums[k + 1..], passed, column);
        }
        self.invert(diagonal, stride);
        drop_below(&mut self.rows, floor);
        drop_below(&mut self.columns, floor);
        if !self.rows.iter().fold(0.0, |sum, &entry| sum + entry).is_finite() {
            return Err(Trouble::Range);
        }
        Ok(care != Care::Strict || self.is_sound(diagonal, stride))
    }

    /// Sums of rates to the boundary before the elimination become those of V.
    pub(super) fn pass_sums(&self, sums: &mut [f64]) {
        let before = sums.to_vec();
        sums.fill(0.0);
        for (column, sum) in self.rows.chunks_exact(self.size).zip(before) {
            add_multiple(sums, sum, column);
        }
    }

    /// The two inverses, built without a subtraction.
    #[inline(always)]
    fn invert(&mut self, diagonal: &[f64], stride: usize) {
        let size = self.size;
        for matrix in [&mut self.rows, &mut self.columns] {
            matrix.clear();
            matrix.resize(size * size, 0.0);
        }
        for (c, column) in self.rows.chunks_exact_mut(size).enumerate() {
            column[c] = 1.0;
            for l in c..size {
                let value = column[l] / diagonal[l * stride + l];
                column[l] = value;
                add_multiple(&mut column[l + 1..], value, &diagonal[l * stride + l + 1..l * stride + size]);
            }
        }
        for k in 0..size {
            let (done, column) = self.columns.split_at_mut(k * size);
            column[k] = 1.0;
            for (l, source) in done.chunks_exact(size).enumerate() {
                add_multiple(&mut column[..=l], diagonal[k * stride + l], &source[..=l]);
            }
        }
    }

    /// Every product taken inside the block was one of final entries, so their smallest tell whether one
    /// underflowed.
    #[inline(always)]
    fn is_sound(&mut self, diagonal: &[f64], stride: usize) -> bool {
        let size = self.size;
        let (mut above, mut below) = (f64::INFINITY, f64::INFINITY);
        for (k, column) in diagonal.chunks(stride).take(size).enumerate() {
            above = smaller(above, least(&column[..k]));
            below = smaller(below, least(&column[k + 1..size]));
        }
        self.rows_least.clear();
        self.rows_least.extend(self.rows.chunks_exact(size).map(least));
        self.columns_least.clear();
        self.columns_least.resize(size, f64::INFINITY);
        for column in self.columns.chunks_exact(size) {
            least_rows(column, &mut self.columns_least);
        }
        let rows = self.rows_least.iter().copied().fold(f64::INFINITY, smaller);
        let columns = self.columns_least.iter().copied().fold(f64::INFINITY, smaller);
        below * above >= SMALLEST && below * rows >= SMALLEST && above * columns >= SMALLEST
    }
}

/// best[i] = least of it and entries[i].
#[inline(always)]
pub(super) fn least_rows(entries: &[f64], best: &mut [f64]) {
    for (best, &entry) in best.iter_mut().zip(entries) {
        *best = smaller(*best, entry);
    }
}

pub(super) fn products_are_sound(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(a, b)| a * b >= SMALLEST)
}

#[inline(always)]
pub(super) fn smaller(best: f64, entry: f64) -> f64 {
    if entry > 0.0 && entry < best { entry } else { best }
}

/// Smallest positive entry; infinity when there is none.
#[inline(always)]
pub(super) fn least(entries: &[f64]) -> f64 {
    let mut lanes = [f64::INFINITY; 8];
    let chunks = entries.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &entry) in lanes.iter_mut().zip(chunk) {
            *lane = smaller(*lane, entry);
        }
    }
    let least = rest.iter().copied().fold(f64::INFINITY, smaller);
    lanes.iter().copied().fold(least, smaller)
}

#[inline(always)]
pub(super) fn add_multiple(target: &mut [f64], factor: f64, source: &[f64]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += factor * s;
    }
}
