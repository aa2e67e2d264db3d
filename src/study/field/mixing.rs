//! Anderson's acceleration of the iteration that takes the current out of the rates, once that converges.

use crate::numeric::on_one_thread;
use faer::Mat;
use faer::linalg::solvers::SolveLstsq;

/// Earlier iterates that are mixed.
const DEPTH: usize = 8;
/// ln of the least weight of a cell relative to the largest: where hardly any mass is changes must stay bounded, no more.
const LEAST: f64 = -12.0;

/// Change of ln m below which iterates are mixed: further out they are no linear functions of each other, and mixtures run away.
const NEAR: f64 = 1e-2;
/// A change that grows by this begins anew.
const GROWN: f64 = 1.5;

/// The last iterates x of x = g(x), ln of masses, and their images.
#[derive(Debug, Default)]
pub(super) struct Mixing {
    /// Pairs (x, g(x)), the last one last.
    past: Vec<[Vec<f64>; 2]>,
    /// The last change.
    changed: f64,
}

impl Mixing {
    /// Whether the last iterate was a mixture.
    pub fn mixes(&self) -> bool {
        self.past.len() > 1
    }

    /// The next iterate after `at` with its `image`, a change by `changed`: the mixture of the last ones whose change would be
    /// least if changes were linear in them.
    pub fn next(&mut self, at: &[f64], image: Vec<f64>, changed: f64) -> Vec<f64> {
        let before = std::mem::replace(&mut self.changed, changed);
        if changed > NEAR || changed > GROWN * before {
            self.past.clear();
            return image;
        }
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
        self.past.push([at.to_vec(), image]);
        let [earlier @ .., [x, g]] = self.past.as_slice() else { return Vec::new() };
        if earlier.is_empty() {
            return g.clone();
        }
        let top = g.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight: Vec<f64> = g.iter().map(|g| (0.5 * (g - top).max(2.0 * LEAST)).exp()).collect();
        let change = |k: usize| g[k] - x[k];
        let columns = Mat::from_fn(g.len(), earlier.len(), |k, j| {
            let [x, g] = &earlier[j];
            weight[k] * (change(k) - (g[k] - x[k]))
        });
        let right = Mat::from_fn(g.len(), 1, |k, _| weight[k] * change(k));
        let shares = on_one_thread(|| columns.col_piv_qr().solve_lstsq(&right));
        let mut next = g.clone();
        for (j, [_, image]) in earlier.iter().enumerate() {
            let share = shares[(j, 0)];
            next.iter_mut().zip(g).zip(image).for_each(|((next, g), image)| *next -= share * (g - image));
        }
        if next.iter().all(|x| x.is_finite()) { next } else { g.clone() }
    }
}
