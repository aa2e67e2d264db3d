//! The equation L f = -g of a chain, solved with the factors of the elimination.
//!
//! With f = 0 at the last cell, elimination turns it into two triangular systems of non-negative entries:
//! y_k = g_k / s_k, g_i += F_ik y_k for later i; then f_k = y_k + sum V_kj f_j over later j. A right-hand side of one
//! sign gives f of that sign, every entry accurate, so the positive and the negative part of g go separately. They
//! meet at the pinned cells, which come last: with one in every basin, times to leave a basin, which may be longer
//! than all others by any factor, occur only in the few values there and do not drown the rest.

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

/// The factors of a chain, pinned cells last.
pub(super) struct Poisson<'a> {
    rates: Rates<'a>,
    tree: Tree,
    factor: Factor,
    /// First position of the pinned cells.
    pins: usize,
}

/// f = `above` - `below` + `spread`: what the two parts of g make while the pinned cells are at zero, and what their
/// values spread over the rest.
pub(super) struct Parts {
    pub above: Vec<f64>,
    pub below: Vec<f64>,
    pub spread: Vec<f64>,
}

impl<'a> Poisson<'a> {
    /// Factors with these cells pinned; f is zero at the first of them.
    pub(super) fn new(generator: &'a Generator, layout: Layout<'_>, pinned: &[usize]) -> Result<Self, StationaryError> {
        let rates = Rates::of(generator);
        let sequence: Sequence = super::solve::sequence(&rates, layout);
        let sequence = pinned.iter().rev().fold(sequence, |sequence, &cell| sequence.ending_with(cell as u32));
        let tree = Tree::of(&rates, sequence);
        // f is bounded and adds up rows, so what is small in its row does not count.
        let factor = multifrontal::factorise(&rates, &tree, true, Care::Sums)
            .or_else(|_| multifrontal::factorise(&rates, &tree, true, Care::Strict))
            .map_err(|stop| closed(&tree, &rates, stop))?;
        let pins = rates.cells() - pinned.len();
        Ok(Self { rates, tree, factor, pins })
    }

    /// f with L f = -g and f = 0 at the first pinned cell, by cell; nothing if it leaves floating-point range.
    pub(super) fn solve(&self, g: &[f64]) -> Option<Parts> {
        // By position, in the scale of the rows, positive and negative part.
        let forward = |sign: f64| -> Vec<f64> {
            let part = |&cell: &u32| Wide::from((sign * g[cell as usize]).max(0.0));
            let scale = |cell: &u32| -i64::from(self.rates.exponent(*cell as usize));
            let mut g: Vec<f64> = self.tree.order.iter().map(|cell| part(cell).plain(scale(cell))).collect();
            (0..self.tree.fronts.len()).for_each(|at| self.forward(at, &mut g, self.pins));
            g
        };
        let (mut above, mut below) = rayon::join(|| forward(1.0), || forward(-1.0));
        if above.iter().chain(&below).any(|value| !value.is_finite()) {
            return None;
        }
        let mut spread = vec![0.0; g.len()];
        for pin in self.pins..g.len() {
            spread[pin] = above[pin] - below[pin];
            (above[pin], below[pin]) = (0.0, 0.0);
        }
        self.forward_pins(&mut spread);
        let backward = |f: &mut [f64]| (0..self.tree.fronts.len()).rev().for_each(|at| self.backward(at, f));
        rayon::join(|| backward(&mut spread), || rayon::join(|| backward(&mut above), || backward(&mut below)));
        let finite = above.iter().chain(&below).chain(&spread).all(|value| value.is_finite());
        finite.then(|| Parts {
            above: self.by_cell(&above),
            below: self.by_cell(&below),
            spread: self.by_cell(&spread),
        })
    }

    /// The elimination among the pinned cells, of either sign; the last of them stays at zero.
    fn forward_pins(&self, g: &mut [f64]) {
        self.forward_from(self.tree.fronts.len() - 1, g, self.pins, g.len());
        if let Some(last) = g.last_mut() {
            *last = 0.0;
        }
    }

    fn by_cell(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        for (&cell, &value) in self.tree.order.iter().zip(values) {
            out[cell as usize] = value;
        }
        out
    }

    /// Passes g on from the pivots of a front before `end`.
    fn forward(&self, at: usize, g: &mut [f64], end: usize) {
        self.forward_from(at, g, 0, end);
    }

    /// Passes g on from the pivots of a front in `begin..end`.
    fn forward_from(&self, at: usize, g: &mut [f64], begin: usize, end: usize) {
        let front = self.tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = self.tree.boundary(at);
        let m = p + bounds.len();
        let mut passed = vec![0.0; bounds.len()];
        let mut start = 0;
        for k in 0..p {
            let range = start..start + m - k;
            start = range.end;
            if !(begin..end).contains(&(first + k)) {
                continue;
            }
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
                    let sign = g[first + k].signum();
                    let value = Wide::from(g[first + k].abs()) / column[0];
                    g[first + k] = sign * value.plain(0);
                    let (within, beyond) = column[1..].split_at(p - k - 1);
                    let add = |(g, &c): (&mut f64, &Wide)| *g += sign * (c * value).plain(0);
                    g[first + k + 1..first + p].iter_mut().zip(within).for_each(add);
                    passed.iter_mut().zip(beyond).for_each(add);
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
                    let (sign, value) = (value.signum(), Wide::from(value.abs()));
                    own.iter_mut().zip(column).for_each(|(f, &v)| *f += sign * (v * value).plain(0));
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
