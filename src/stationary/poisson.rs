//! The equation L f = -g of a chain, solved with the factors of the elimination.
//!
//! With f = 0 at the last cell, elimination turns it into two triangular systems of non-negative entries:
//! y_k = g_k / s_k, g_i += F_ik y_k for later i; then f_k = y_k + sum V_kj f_j over later j. A right-hand side of one
//! sign gives f of that sign, every entry accurate, so the positive and the negative part of g go separately.

use super::analysis::Tree;
use super::factor::{Factor, Kept, Rows};
use super::front::Care;
use super::multifrontal;
use super::ordering::Sequence;
use super::rates::Rates;
use super::solve::closed;
use super::wide::Wide;
use super::{Layout, StationaryError};
use crate::operator::Generator;

/// The factors of a chain with one cell held at zero.
pub(super) struct Poisson<'a> {
    rates: Rates<'a>,
    tree: Tree,
    factor: Factor,
}

impl<'a> Poisson<'a> {
    pub(super) fn new(generator: &'a Generator, layout: Layout<'_>, pinned: usize) -> Result<Self, StationaryError> {
        let rates = Rates::of(generator);
        let sequence: Sequence = super::solve::sequence(&rates, layout).ending_with(pinned as u32);
        let tree = Tree::of(&rates, sequence);
        // f is bounded and adds up rows, so what is small in its row does not count.
        let factor = multifrontal::factorise(&rates, &tree, true, Care::Sums)
            .or_else(|_| multifrontal::factorise(&rates, &tree, true, Care::Strict))
            .map_err(|stop| closed(&tree, &rates, stop))?;
        Ok(Self { rates, tree, factor })
    }

    /// f with L f = -g and f = 0 at the pinned cell, by cell, as the parts above and below zero whose difference it
    /// is; nothing if they leave floating-point range.
    pub(super) fn solve(&self, g: &[f64]) -> Option<[Vec<f64>; 2]> {
        // By position, in the scale of the rows, positive and negative part.
        let scaled = |sign: f64| -> Vec<f64> {
            let part = |&cell: &u32| Wide::from((sign * g[cell as usize]).max(0.0));
            let scale = |cell: &u32| -i64::from(self.rates.exponent(*cell as usize));
            self.tree.order.iter().map(|cell| part(cell).plain(scale(cell))).collect()
        };
        let (mut above, mut below) = rayon::join(|| scaled(1.0), || scaled(-1.0));
        rayon::join(|| self.solve_positive(&mut above), || self.solve_positive(&mut below));
        let finite = above.iter().chain(&below).all(|value| value.is_finite());
        finite.then(|| [above, below].map(|part| self.by_cell(&part)))
    }

    fn by_cell(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        for (&cell, &value) in self.tree.order.iter().zip(values) {
            out[cell as usize] = value;
        }
        out
    }

    fn solve_positive(&self, g: &mut [f64]) {
        g[self.tree.order.len() - 1] = 0.0;
        for at in 0..self.tree.fronts.len() {
            self.forward(at, g);
        }
        g[self.tree.order.len() - 1] = 0.0;
        if g.iter().any(|value| !value.is_finite()) {
            g.fill(f64::NAN);
            return;
        }
        for at in (0..self.tree.fronts.len()).rev() {
            self.backward(at, g);
        }
    }

    fn forward(&self, at: usize, g: &mut [f64]) {
        let front = self.tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = self.tree.boundary(at);
        let m = p + bounds.len();
        let mut passed = vec![0.0; bounds.len()];
        let mut start = 0;
        for k in 0..p {
            let range = start..start + m - k;
            start = range.end;
            match &self.factor.kept[at] {
                Kept::Plain { store, start } => {
                    let column = &self.factor.stores[*store as usize][start + range.start..start + range.end];
                    g[first + k] /= column[0];
                    let value = g[first + k];
                    add_multiple(&mut g[first + k + 1..first + p], value, &column[1..p - k]);
                    add_multiple(&mut passed, value, &column[p - k..]);
                }
                // Stays as it is, and is found when all are done.
                Kept::Wide(_) if !g[first + k].is_finite() => {}
                Kept::Wide(columns) => {
                    let column = &columns[range];
                    let value = Wide::from(g[first + k]) / column[0];
                    g[first + k] = value.plain(0);
                    let (within, beyond) = column[1..].split_at(p - k - 1);
                    g[first + k + 1..first + p].iter_mut().zip(within).for_each(|(g, &c)| *g += (c * value).plain(0));
                    passed.iter_mut().zip(beyond).for_each(|(g, &c)| *g += (c * value).plain(0));
                }
            }
        }
        for (&position, passed) in bounds.iter().zip(passed) {
            g[position as usize] += passed;
        }
    }

    fn backward(&self, at: usize, f: &mut [f64]) {
        let front = self.tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = self.tree.boundary(at);
        let later: Vec<f64> = bounds.iter().map(|&position| f[position as usize]).collect();
        let own = &mut f[first..first + p];
        let triangle = p * (p - 1) / 2;
        match &self.factor.rows[at] {
            Rows::Plain(rows) => {
                let (within, upper) = rows.split_at(triangle);
                for (column, &value) in upper.chunks_exact(p).zip(&later) {
                    add_multiple(own, value, column);
                }
                for k in (1..p).rev() {
                    let value = own[k];
                    add_multiple(&mut own[..k], value, &within[k * (k - 1) / 2..][..k]);
                }
            }
            Rows::Wide(rows) => {
                let add = |own: &mut [f64], value: f64, column: &[Wide]| {
                    own.iter_mut().zip(column).for_each(|(f, &v)| *f += (v * Wide::from(value)).plain(0));
                };
                let (within, upper) = rows.split_at(triangle);
                for (column, &value) in upper.chunks_exact(p).zip(&later) {
                    add(own, value, column);
                }
                for k in (1..p).rev() {
                    let value = own[k];
                    add(&mut own[..k], value, &within[k * (k - 1) / 2..][..k]);
                }
            }
        }
    }
}

fn add_multiple(target: &mut [f64], factor: f64, source: &[f64]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t += factor * s;
    }
}
