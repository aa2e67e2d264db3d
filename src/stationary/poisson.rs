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
use pulp::Arch;

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
pub(super) struct Parts<const L: usize> {
    pub above: Vec<[f64; L]>,
    pub below: Vec<[f64; L]>,
    pub spread: Vec<[f64; L]>,
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

    /// f with L f = -g and f = 0 at the first pinned cell, by cell; nothing if it leaves floating-point range. L right-hand
    /// sides at once take little longer than one: reading the factors is what takes time.
    pub(super) fn solve<const L: usize>(&self, g: &[[f64; L]]) -> Option<Parts<L>> {
        let arch = Arch::new();
        // By position, in the scale of the rows, positive and negative part.
        let forward = |sign: f64| -> Vec<[f64; L]> {
            let scale = |cell: &u32| -i64::from(self.rates.exponent(*cell as usize));
            let part = |cell: &u32| g[*cell as usize].map(|g| Wide::from((sign * g).max(0.0)).plain(scale(cell)));
            let mut g: Vec<[f64; L]> = self.tree.order.iter().map(part).collect();
            arch.dispatch(
                #[inline(always)]
                || (0..self.tree.fronts.len()).for_each(|at| self.forward(at, &mut g, 0, self.pins)),
            );
            g
        };
        let (mut above, mut below) = rayon::join(|| forward(1.0), || forward(-1.0));
        if !(is_finite(&above) && is_finite(&below)) {
            return None;
        }
        let mut spread = vec![[0.0; L]; g.len()];
        for pin in self.pins..g.len() {
            spread[pin] = std::array::from_fn(|lane| above[pin][lane] - below[pin][lane]);
            (above[pin], below[pin]) = ([0.0; L], [0.0; L]);
        }
        self.forward_pins(&mut spread);
        let backward = |f: &mut [[f64; L]]| {
            arch.dispatch(
                #[inline(always)]
                || (0..self.tree.fronts.len()).rev().for_each(|at| self.backward(at, f)),
            );
        };
        rayon::join(|| backward(&mut spread), || rayon::join(|| backward(&mut above), || backward(&mut below)));
        let finite = is_finite(&above) && is_finite(&below) && is_finite(&spread);
        finite.then(|| Parts {
            above: self.by_cell(&above),
            below: self.by_cell(&below),
            spread: self.by_cell(&spread),
        })
    }

    /// The elimination among the pinned cells, of either sign; the last of them stays at zero.
    fn forward_pins<const L: usize>(&self, g: &mut [[f64; L]]) {
        self.forward(self.tree.fronts.len() - 1, g, self.pins, g.len());
        if let Some(last) = g.last_mut() {
            *last = [0.0; L];
        }
    }

    fn by_cell<const L: usize>(&self, values: &[[f64; L]]) -> Vec<[f64; L]> {
        let mut out = vec![[0.0; L]; values.len()];
        for (&cell, &value) in self.tree.order.iter().zip(values) {
            out[cell as usize] = value;
        }
        out
    }

    /// Passes g on from the pivots of a front in `begin..end`.
    #[inline(always)]
    fn forward<const L: usize>(&self, at: usize, g: &mut [[f64; L]], begin: usize, end: usize) {
        let front = self.tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = self.tree.boundary(at);
        let m = p + bounds.len();
        let mut passed = vec![[0.0; L]; bounds.len()];
        let mut start = 0;
        for k in 0..p {
            let range = start..start + m - k;
            start = range.end;
            if !(begin..end).contains(&(first + k)) {
                continue;
            }
            let (pivot, within) = g[first + k..first + p].split_at_mut(1);
            let value = &mut pivot[0];
            match &self.factor.kept[at] {
                Kept::Plain { store, start } => {
                    let column = &self.factor.stores[*store as usize][start + range.start..start + range.end];
                    let (sum, rates) = (column[0], &column[1..]);
                    *value = value.map(|g| g / sum);
                    add_multiple(within, value, &rates[..p - k - 1]);
                    add_multiple(&mut passed, value, &rates[p - k - 1..]);
                }
                Kept::Wide(columns) => pass_wide(&columns[range], value, within, &mut passed),
            }
        }
        for (&position, passed) in bounds.iter().zip(&passed) {
            add(&mut g[position as usize], 1.0, passed);
        }
    }

    #[inline(always)]
    fn backward<const L: usize>(&self, at: usize, f: &mut [[f64; L]]) {
        let front = self.tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = self.tree.boundary(at);
        let later: Vec<[f64; L]> = bounds.iter().map(|&position| f[position as usize]).collect();
        let own = &mut f[first..first + p];
        let triangle = p * (p - 1) / 2;
        match &self.factor.rows[at] {
            Rows::Plain(rows) => {
                let (within, upper) = rows.split_at(triangle);
                for (column, value) in upper.chunks_exact(p).zip(&later) {
                    add_multiple(own, value, column);
                }
                for k in (1..p).rev() {
                    let value = own[k];
                    add_multiple(&mut own[..k], &value, &within[k * (k - 1) / 2..][..k]);
                }
            }
            Rows::Wide(rows) => {
                let (within, upper) = rows.split_at(triangle);
                for (column, value) in upper.chunks_exact(p).zip(&later) {
                    add_wide(own, &value.map(Signed::of), column);
                }
                for k in (1..p).rev() {
                    let value = own[k].map(Signed::of);
                    add_wide(&mut own[..k], &value, &within[k * (k - 1) / 2..][..k]);
                }
            }
        }
    }
}

fn is_finite<const L: usize>(values: &[[f64; L]]) -> bool {
    values.iter().flatten().all(|value| value.is_finite())
}

#[inline(always)]
fn add<const L: usize>(target: &mut [f64; L], factor: f64, value: &[f64; L]) {
    for (target, value) in target.iter_mut().zip(value) {
        *target += value * factor;
    }
}

/// targets += value x factors.
#[inline(always)]
fn add_multiple<const L: usize>(targets: &mut [[f64; L]], value: &[f64; L], factors: &[f64]) {
    for (target, &factor) in targets.iter_mut().zip(factors) {
        add(target, factor, value);
    }
}

/// A number of any size and sign.
#[derive(Clone, Copy)]
struct Signed {
    sign: f64,
    size: Wide,
}

impl Signed {
    fn of(value: f64) -> Self {
        Self { sign: value.signum(), size: Wide::from(value.abs()) }
    }

    fn plain(self) -> f64 {
        self.sign * self.size.plain(0)
    }
}

/// The same with factors of any size.
fn add_wide<const L: usize>(targets: &mut [[f64; L]], value: &[Signed; L], factors: &[Wide]) {
    for (target, &factor) in targets.iter_mut().zip(factors) {
        for (target, &Signed { sign, size }) in target.iter_mut().zip(value) {
            *target += Signed { sign, size: factor * size }.plain();
        }
    }
}

/// Passes on from one pivot with rates of any size.
fn pass_wide<const L: usize>(column: &[Wide], value: &mut [f64; L], within: &mut [[f64; L]], beyond: &mut [[f64; L]]) {
    if !value.iter().all(|value| value.is_finite()) {
        // Stays as it is, and is found when all are done.
        return;
    }
    let divided = value.map(|value| {
        let Signed { sign, size } = Signed::of(value);
        Signed { sign, size: size / column[0] }
    });
    *value = divided.map(Signed::plain);
    let (inner, outer) = column[1..].split_at(within.len());
    add_wide(within, &divided, inner);
    add_wide(beyond, &divided, outer);
}
