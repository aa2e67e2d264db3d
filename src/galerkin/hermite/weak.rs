//! The weak form: entry (m, n) is E_phi\[(b . grad he_m + B : grad grad he_m / 2) he_n\].

use super::basis::{Basis, Rule};
use crate::galerkin::GalerkinError;
use crate::process::{Coefficients, Process};
use faer::{Mat, MatRef};
use rayon::prelude::*;

/// Which derivative a coefficient is tested with.
#[derive(Clone, Copy)]
enum Order {
    /// b_i
    First(usize),
    /// B_ij, i <= j
    Second(usize, usize),
}

impl Order {
    /// Degrees that the derivatives take.
    fn lost(self) -> usize {
        match self {
            Self::First(_) => 1,
            Self::Second(..) => 2,
        }
    }

    /// m whose derivative is a multiple of he_a, and the multiple with what the weak form has before it: d_i he_m is
    /// sqrt(m_i) he_(m - e_i), and off the diagonal both orders count.
    fn tested<const N: usize>(self, a: &[usize; N], roots: &[f64]) -> ([usize; N], f64) {
        let mut m = *a;
        let mut raise = |i: usize| {
            m[i] += 1;
            roots[m[i]]
        };
        let multiple = match self {
            Self::First(i) => raise(i),
            Self::Second(i, j) => raise(i) * raise(j) * if i == j { 0.5 } else { 1.0 },
        };
        (m, multiple)
    }
}

/// A coefficient that varies no more than this, relative to its size, is constant.
const CONSTANT: f64 = 1e-15;

/// All nodes of a tensor rule, the last axis fastest.
pub(super) fn nodes<const N: usize>(rule: &Rule) -> Vec<[f64; N]> {
    let count = rule.nodes.len();
    let at = |k: usize| std::array::from_fn(|i| rule.nodes[k / count.pow((N - 1 - i) as u32) % count]);
    (0..count.pow(N as u32)).map(at).collect()
}

/// Coefficients at the nodes; an error where they are no numbers.
pub(super) fn coefficients<const N: usize>(
    process: &dyn Process<N>,
    nodes: &[[f64; N]],
) -> Result<Vec<Coefficients<N>>, GalerkinError> {
    const BLOCK: usize = 1024;
    let none = Coefficients { drift: [0.0; N], diffusion: [[0.0; N]; N], div_diffusion: [0.0; N] };
    let mut all = vec![none; nodes.len()];
    all.par_chunks_mut(BLOCK).zip(nodes.par_chunks(BLOCK)).for_each(|(out, at)| process.coefficients_at(at, out));
    let sound = |c: &Coefficients<N>| c.drift.iter().chain(c.diffusion.iter().flatten()).all(|x| x.is_finite());
    match all.iter().position(|c| !sound(c)) {
        Some(k) => Err(GalerkinError::Coefficients(nodes[k].to_vec())),
        None => Ok(all),
    }
}

/// The matrix of the weak form, by columns. Its first row, the test with 1, is zero.
pub(super) fn matrix<const N: usize>(basis: &Basis<N>, rule: &Rule, at_nodes: &[Coefficients<N>]) -> Mat<f64> {
    let size = basis.indices.len();
    let mut entries = vec![0.0; size * size];
    for i in 0..N {
        add(basis, rule, Order::First(i), &at_nodes.iter().map(|c| c.drift[i]).collect::<Vec<f64>>(), &mut entries);
        for j in i..N {
            let field: Vec<f64> = at_nodes.iter().map(|c| c.diffusion[i][j]).collect();
            add(basis, rule, Order::Second(i, j), &field, &mut entries);
        }
    }
    MatRef::from_column_major_slice(&entries, size, size).to_owned()
}

/// Adds what one coefficient does.
fn add<const N: usize>(basis: &Basis<N>, rule: &Rule, order: Order, field: &[f64], entries: &mut [f64]) {
    let size = basis.indices.len();
    let [low, high] = field.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], v| [v.min(low), v.max(high)]);
    if high - low <= CONSTANT * high.abs().max(low.abs()) {
        // E[he_a he_n] = 1 where a = n.
        for (n, column) in basis.indices.iter().zip(entries.chunks_exact_mut(size)) {
            sink(basis, order, n, &[low], column);
        }
        return;
    }
    // Columns with the same first index stand together: one task each.
    let mut tasks: Vec<(usize, &mut [f64])> = Vec::with_capacity(basis.degree + 1);
    let mut rest = entries;
    for first in 0..=basis.degree {
        let count = basis.indices.iter().filter(|n| n[0] == first).count();
        let (task, more) = rest.split_at_mut(count * size);
        tasks.push((first, task));
        rest = more;
    }
    tasks.into_par_iter().for_each(|(first, columns)| {
        let mut n = [0; N];
        n[0] = first;
        let offset = basis.place(&n);
        Walk { basis, rule, order, columns, offset }.pair(0, field, &mut [0; N], &mut n);
    });
}

/// The sums over the nodes, one axis after the other.
struct Walk<'a, const N: usize> {
    basis: &'a Basis<N>,
    rule: &'a Rule,
    order: Order,
    /// Columns that share their first index.
    columns: &'a mut [f64],
    /// Place of the first of them.
    offset: usize,
}

impl<const N: usize> Walk<'_, N> {
    /// For the index n\[axis\]: all test indices along this axis, then the axes that follow. `field` lives on the nodes of the axes
    /// from this one on.
    fn pair(&mut self, axis: usize, field: &[f64], a: &mut [usize; N], n: &mut [usize; N]) {
        let (basis, values) = (self.basis, &self.rule.values);
        let before: usize = a[..axis].iter().sum();
        let count = (basis.degree + 1).saturating_sub(before + self.order.lost());
        if axis + 1 == N {
            let mut sums = vec![0.0; count];
            for (f, he) in field.iter().zip(values) {
                let f = f * he[n[axis]];
                sums.iter_mut().zip(he).for_each(|(sum, he)| *sum += f * he);
            }
            let size = basis.indices.len();
            let column = (basis.place(n) - self.offset) * size;
            a[axis] = 0;
            sink(basis, self.order, a, &sums, &mut self.columns[column..column + size]);
            return;
        }
        let rest = field.len() / values.len();
        let mut reduced = vec![0.0; rest];
        for test in 0..count {
            reduced.fill(0.0);
            for (slab, he) in field.chunks_exact(rest).zip(values) {
                let factor = he[n[axis]] * he[test];
                reduced.iter_mut().zip(slab).for_each(|(r, f)| *r += factor * f);
            }
            a[axis] = test;
            for next in 0..=basis.degree - n[..=axis].iter().sum::<usize>() {
                n[axis + 1] = next;
                self.pair(axis + 1, &reduced, a, n);
            }
            n[axis + 1] = 0;
        }
        a[axis] = 0;
    }
}

/// Adds E\[coefficient he_a he_n\], for a and the indices that follow it along the last axis, to column n.
fn sink<const N: usize>(basis: &Basis<N>, order: Order, a: &[usize; N], values: &[f64], column: &mut [f64]) {
    if a.iter().sum::<usize>() + order.lost() > basis.degree {
        return;
    }
    let (first, _) = order.tested(a, &basis.roots);
    let row = basis.place(&first);
    for (k, value) in values.iter().enumerate() {
        let mut at = *a;
        at[N - 1] += k;
        column[row + k] += order.tested(&at, &basis.roots).1 * value;
    }
}
