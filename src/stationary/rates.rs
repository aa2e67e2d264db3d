//! The rates as the elimination wants them: a symmetric pattern, and rows scaled to an outflow near 1.

use super::wide::{Wide, power_of_two};
use crate::operator::Generator;
use std::borrow::Cow;

/// Off-diagonal rates with a symmetric pattern (an edge that leads one way only has a rate of zero the other
/// way), row x multiplied by 2^-`exponent[x]` so that its sum lies in [1/2, 2]. If m' is stationary for the scaled
/// rates, m_x = m'_x 2^-`exponent[x]` is stationary for the given ones.
pub(super) struct Rates<'a> {
    pointers: Cow<'a, [usize]>,
    columns: Cow<'a, [u32]>,
    values: Cow<'a, [f64]>,
    exponent: Vec<i32>,
}

impl<'a> Rates<'a> {
    pub(super) fn of(generator: &'a Generator) -> Self {
        let rates = generator.rates();
        let pointers = rates.indptr().into_raw_storage();
        let (columns, values) = (rates.indices(), rates.data());
        let (pointers, columns, values) = if is_symmetric(pointers, columns) {
            (Cow::Borrowed(pointers), Cow::Borrowed(columns), Cow::Borrowed(values))
        } else {
            let (p, c, v) = symmetrised(pointers, columns, values);
            (Cow::Owned(p), Cow::Owned(c), Cow::Owned(v))
        };
        let exponent = pointers.windows(2).map(|ends| row_exponent(&values[ends[0]..ends[1]])).collect();
        Self { pointers, columns, values, exponent }
    }

    pub(super) fn cells(&self) -> usize {
        self.pointers.len() - 1
    }

    /// Neighbours of a cell, ascending.
    pub(super) fn neighbours(&self, cell: usize) -> &[u32] {
        &self.columns[self.pointers[cell]..self.pointers[cell + 1]]
    }

    /// Rates to the [`Rates::neighbours`], not scaled.
    pub(super) fn row(&self, cell: usize) -> &[f64] {
        &self.values[self.pointers[cell]..self.pointers[cell + 1]]
    }

    pub(super) fn exponent(&self, cell: usize) -> i32 {
        self.exponent[cell]
    }

    /// Rate from -> to, not scaled; 0 when there is none.
    pub(super) fn rate(&self, from: usize, to: usize) -> f64 {
        let neighbours = self.neighbours(from);
        let to = to as u32;
        // Counting needs no branches, which short rows would be full of.
        let at = match neighbours.len() {
            0..=32 => neighbours.iter().map(|&other| usize::from(other < to)).sum(),
            _ => neighbours.partition_point(|&other| other < to),
        };
        if neighbours.get(at) == Some(&to) { self.row(from)[at] } else { 0.0 }
    }

    /// A rate out of `from` times 2^-exponent, in plain numbers.
    #[inline]
    pub(super) fn scaled(&self, from: usize, rate: f64) -> f64 {
        // In two steps, because 2^-exponent alone may be out of range.
        let half = -self.exponent[from] / 2;
        rate * power_of_two(half) * power_of_two(-self.exponent[from] - half)
    }

    /// A rate out of `from` times 2^-exponent, whatever its size.
    pub(super) fn scaled_wide(&self, from: usize, rate: f64) -> Wide {
        Wide::from(rate).shifted(-i64::from(self.exponent[from]))
    }

    pub(super) fn pointers(&self) -> &[usize] {
        &self.pointers
    }

    pub(super) fn columns(&self) -> &[u32] {
        &self.columns
    }
}

/// e with sum of the row in [2^(e-1), 2^(e+1)].
fn row_exponent(row: &[f64]) -> i32 {
    let sum: f64 = row.iter().sum();
    if (1e-250..1e250).contains(&sum) && row.iter().all(|&rate| rate == 0.0 || rate > 1e-280) {
        return (sum.to_bits() >> 52) as i32 - 1023;
    }
    let top = row.iter().copied().fold(0.0, f64::max);
    if top == 0.0 {
        return 0;
    }
    let lift = Wide::from(top).exponent() as i32;
    // Relative to the largest rate the sum neither overflows nor loses more than it may.
    let half = -lift / 2;
    let sum: f64 = row.iter().map(|rate| rate * power_of_two(half) * power_of_two(-lift - half)).sum();
    lift + Wide::from(sum).exponent() as i32
}

/// Whether every entry has its mirror image. Walking the rows in order meets the mirror images of a row in order.
fn is_symmetric(pointers: &[usize], columns: &[u32]) -> bool {
    let mut next = pointers[..pointers.len() - 1].to_vec();
    for (row, ends) in pointers.windows(2).enumerate() {
        for &column in &columns[ends[0]..ends[1]] {
            let column = column as usize;
            let at = next[column];
            if at >= pointers[column + 1] || columns[at] != row as u32 {
                return false;
            }
            next[column] = at + 1;
        }
    }
    true
}

/// The same rates with zeros where only the mirror image exists.
fn symmetrised(pointers: &[usize], columns: &[u32], values: &[f64]) -> (Vec<usize>, Vec<u32>, Vec<f64>) {
    let n = pointers.len() - 1;
    let mut sources = vec![Vec::new(); n];
    for (row, ends) in pointers.windows(2).enumerate() {
        for &column in &columns[ends[0]..ends[1]] {
            sources[column as usize].push(row as u32);
        }
    }
    let (mut p, mut c, mut v) = (vec![0], Vec::with_capacity(2 * columns.len()), Vec::with_capacity(2 * columns.len()));
    for (row, sources) in sources.iter().enumerate() {
        let out = pointers[row]..pointers[row + 1];
        let mut out = columns[out.clone()].iter().copied().zip(values[out].iter().copied()).peekable();
        let mut back = sources.iter().copied().peekable();
        while let Some(column) = out.peek().map(|o| o.0).into_iter().chain(back.peek().copied()).min() {
            c.push(column);
            v.push(out.next_if(|o| o.0 == column).map_or(0.0, |o| o.1));
            back.next_if_eq(&column);
        }
        p.push(c.len());
    }
    (p, c, v)
}
