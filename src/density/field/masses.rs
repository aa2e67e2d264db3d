//! Sums over cells: expectations, and how much of them every slice across an axis carries.

use super::Field;
use crate::numeric::Compensated;
use rayon::prelude::*;

/// Below this share of the heaviest cell a sum of plain numbers may have lost digits to underflow.
const FAINT: f64 = 1e-280;

/// The masses as plain numbers that add up to 1, with their logarithms where those are too small.
pub(super) struct Masses<'a, const N: usize> {
    pub field: Field<'a, N>,
    /// Subtract from a log mass to normalise it.
    pub log_total: f64,
    pub mass: Vec<f64>,
}

/// An expectation.
pub(super) struct Integral<const N: usize> {
    pub value: f64,
    /// ln of E\[|f|\] of every slice across an axis.
    pub slices: [Vec<f64>; N],
}

impl<const N: usize> Integral<N> {
    /// E\[|f|\]
    pub fn size(&self) -> f64 {
        self.slices[0].iter().map(|slice| slice.exp()).sum()
    }
}

impl<'a, const N: usize> Masses<'a, N> {
    pub fn of(field: Field<'a, N>) -> Self {
        let top = field.log_mass.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut mass: Vec<f64> = field.log_mass.par_iter().map(|m| (m - top).exp()).collect();
        let total = sum(mass.iter().copied());
        mass.par_iter_mut().for_each(|m| *m /= total);
        Self { field, log_total: top + total.ln(), mass }
    }

    /// Normalised log mass of a cell.
    pub fn log_mass(&self, cell: usize) -> f64 {
        self.field.log_mass[cell] - self.log_total
    }

    /// E\[f\] for values of f at the cells.
    pub fn integral(&self, f: impl Fn(usize) -> f64 + Sync) -> Integral<N> {
        let shape = self.field.lattice.shape();
        let width = shape[N - 1];
        let mut total = Compensated::default();
        let mut slices: [Vec<Compensated>; N] = std::array::from_fn(|i| vec![Compensated::default(); shape[i]]);
        for (row, masses) in self.mass.chunks(width).enumerate() {
            let (mut signed, mut size) = (Compensated::default(), Compensated::default());
            for (j, mass) in masses.iter().enumerate() {
                let term = self.term(row * width + j, *mass, f(row * width + j));
                signed.add(term);
                size.add(term.abs());
                slices[N - 1][j].add(term.abs());
            }
            total.add(signed.value());
            let index = self.field.lattice.index(row * width);
            for (slice, &i) in slices.iter_mut().zip(&index).take(N - 1) {
                slice[i].add(size.value());
            }
        }
        Integral { value: total.value(), slices: slices.map(|s| s.iter().map(|s| s.value().ln()).collect()) }
    }

    /// Lowest and highest normalised log mass of a cell.
    pub fn range(&self) -> [f64; 2] {
        let logs = || self.field.log_mass.iter().map(|m| m - self.log_total);
        [logs().fold(f64::INFINITY, f64::min), logs().fold(f64::NEG_INFINITY, f64::max)]
    }

    /// f times mass; through logarithms where one factor is outside the range of plain numbers.
    fn term(&self, cell: usize, mass: f64, f: f64) -> f64 {
        if mass > 1e-290 || f.abs() < 1e100 {
            f * mass
        } else {
            f.signum() * (self.log_mass(cell) + f.abs().ln()).exp()
        }
    }

    /// ln of the mass of every slice across every axis, also where it is far below the smallest plain number.
    pub fn slices(&self) -> [Vec<f64>; N] {
        let mut slices = self.integral(|_| 1.0).slices;
        let lattice = self.field.lattice;
        for (axis, logs) in slices.iter_mut().enumerate() {
            let faint: Vec<bool> = logs.iter().map(|s| *s < FAINT.ln()).collect();
            if !faint.contains(&true) {
                continue;
            }
            let stride: usize = (axis + 1..N).map(|i| lattice.axis(i).cells).product();
            for (slice, log) in logs.iter_mut().enumerate().filter(|(slice, _)| faint[*slice]) {
                *log = self.log_slice(slice, stride, lattice.axis(axis).cells);
            }
        }
        slices
    }

    fn log_slice(&self, slice: usize, stride: usize, cells: usize) -> f64 {
        let block = stride * cells;
        let logs = || {
            (0..self.field.log_mass.len() / block)
                .flat_map(move |outer| (0..stride).map(move |inner| outer * block + slice * stride + inner))
                .map(|cell| self.log_mass(cell))
        };
        let top = logs().fold(f64::NEG_INFINITY, f64::max);
        if top == f64::NEG_INFINITY { top } else { top + sum(logs().map(|m| (m - top).exp())).ln() }
    }
}

/// A compensated sum.
pub(super) fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Compensated::default();
    terms.for_each(|term| sum.add(term));
    sum.value()
}
