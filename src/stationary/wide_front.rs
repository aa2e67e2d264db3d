//! Elimination of the pivots of one front in wide numbers, for fronts that floating-point range cannot hold.
//!
//! A block of pivots is applied to the rest by a plain matrix product of rows and columns scaled by powers of two.
//! Where the product of an entry comes out so small that lost terms could count, it is done again term by term.

use super::front::Trouble;
use super::wide::Wide;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Pivots applied to the rest at once. Few, since rows and columns over a block share one exponent.
const BLOCK: usize = 12;

/// Columns are dealt in packets of this many, whatever the number of threads.
const PACKET: usize = 32;

/// Scaled products from here on do not notice that terms below the normal numbers were lost.
const LARGE: f64 = f64::MIN_POSITIVE * 1.329_227_995_784_916e36;

/// A column-major matrix of m x m rates, pivots first.
pub(super) struct WideFront {
    pub order: usize,
    pub rates: Vec<Wide>,
}

impl WideFront {
    pub(super) fn new(order: usize) -> Self {
        Self { order, rates: vec![Wide::ZERO; order * order] }
    }

    pub(super) fn add(&mut self, row: usize, column: usize, rate: Wide) {
        let entry = &mut self.rates[row + column * self.order];
        *entry = *entry + rate;
    }

    /// Leaves F below, s on and V above the diagonal of the first `pivots` columns, the censored chain in the rest.
    pub(super) fn eliminate(&mut self, pivots: usize, last: bool) -> Result<(), Trouble> {
        let m = self.order;
        for start in (0..pivots).step_by(BLOCK) {
            let end = pivots.min(start + BLOCK);
            let (done, later) = self.rates.split_at_mut(end * m);
            let columns = &mut done[start * m..];
            eliminate_block(columns, later, start..end, m, last && pivots == m)?;
            let columns = &*columns;
            later.par_chunks_mut(PACKET * m).for_each(|packet| advance(columns, packet, start..end, m));
        }
        Ok(())
    }
}

/// Eliminates the pivots of a block within its columns.
fn eliminate_block(
    columns: &mut [Wide],
    later: &[Wide],
    pivots: std::ops::Range<usize>,
    m: usize,
    last: bool,
) -> Result<(), Trouble> {
    // Rates of the pivots to what comes later than the block.
    let mut sums = vec![Wide::ZERO; pivots.len()];
    for column in later.chunks_exact(m) {
        for (sum, &rate) in sums.iter_mut().zip(&column[pivots.clone()]) {
            *sum = *sum + rate;
        }
    }
    for (at, k) in pivots.enumerate() {
        let (done, later) = columns.split_at_mut((at + 1) * m);
        let column = &mut done[at * m + k..];
        let sum = later.iter().skip(k).step_by(m).fold(sums[at], |sum, &rate| sum + rate);
        if sum.is_zero() && !(last && k + 1 == m) {
            return Err(Trouble::Closed(k));
        }
        let sum = if sum.is_zero() { Wide::UNIT } else { sum };
        column[0] = sum;
        let column = &column[1..];
        for target in later.chunks_exact_mut(m) {
            if !target[k].is_zero() {
                target[k] = target[k] / sum;
                let factor = target[k];
                add_multiple(&mut target[k + 1..], factor, column);
            }
        }
        let passed = sums[at] / sum;
        add_multiple(&mut sums[at + 1..], passed, column);
    }
    Ok(())
}

fn add_multiple(target: &mut [Wide], factor: Wide, source: &[Wide]) {
    for (t, &s) in target.iter_mut().zip(source) {
        if !s.is_zero() {
            *t = *t + factor * s;
        }
    }
}

/// Rows of the block in later columns become V, and the rows below take the block's elimination.
fn advance(columns: &[Wide], later: &mut [Wide], pivots: std::ops::Range<usize>, m: usize) {
    let (start, end) = (pivots.start, pivots.end);
    for target in later.chunks_exact_mut(m) {
        for k in pivots.clone() {
            let column = &columns[(k - start) * m..][..m];
            if !target[k].is_zero() {
                target[k] = target[k] / column[k];
                let factor = target[k];
                add_multiple(&mut target[k + 1..end], factor, &column[k + 1..end]);
            }
        }
    }
    let (size, rows, count) = (pivots.len(), m - end, later.len() / m);
    if rows == 0 {
        return;
    }
    let top = |best: i64, rate: &Wide| best.max(rate.exponent());
    let mut row_top = vec![i64::MIN / 2; rows];
    for column in columns.chunks_exact(m) {
        row_top.iter_mut().zip(&column[end..]).for_each(|(best, rate)| *best = top(*best, rate));
    }
    let column_top: Vec<i64> =
        later.chunks_exact(m).map(|c| c[pivots.clone()].iter().fold(i64::MIN / 2, top)).collect();
    let left: Vec<f64> = columns
        .chunks_exact(m)
        .flat_map(|column| column[end..].iter().zip(&row_top).map(|(rate, top)| rate.plain(-top)))
        .collect();
    let right: Vec<f64> = later
        .chunks_exact(m)
        .zip(&column_top)
        .flat_map(|(column, top)| column[pivots.clone()].iter().map(move |rate| rate.plain(-top)))
        .collect();
    let mut product = vec![0.0; rows * count];
    matmul(
        MatMut::from_column_major_slice_mut(&mut product, rows, count),
        Accum::Replace,
        MatRef::from_column_major_slice(&left, rows, size),
        MatRef::from_column_major_slice(&right, size, count),
        1.0,
        Par::Seq,
    );
    for ((target, product), column_top) in later.chunks_exact_mut(m).zip(product.chunks_exact(rows)).zip(column_top) {
        let (above, below) = target.split_at_mut(end);
        let factors = &above[start..];
        for (i, ((entry, &value), row_top)) in below.iter_mut().zip(product).zip(&row_top).enumerate() {
            let change = if value >= LARGE {
                Wide::new(value, row_top + column_top)
            } else {
                let terms = factors.iter().enumerate().map(|(k, &factor)| factor * columns[k * m + end + i]);
                terms.fold(Wide::ZERO, |sum, term| sum + term)
            };
            *entry = *entry + change;
        }
    }
}
