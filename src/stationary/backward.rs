//! Back substitution: m_k = sum over later i of m_i F_ik / s_k, from the last cell to the first.

use super::analysis::Tree;
use super::factor::{Factor, Kept};
use super::wide::Wide;
use pulp::Arch;
use rayon::prelude::*;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// What a back substitution finds.
pub(super) struct Found {
    /// Masses in wide numbers, by position; zero where nothing later leads to.
    pub masses: Vec<Wide>,
    /// Exponent of the least inflow m_k s_k of a cell from later ones; `i64::MIN` where nothing leads, `i64::MAX` of a
    /// single cell. The last cell has no later ones; it is as heavy as what flows from it to the cell before.
    pub least_inflow: i64,
}

/// The masses of all cells.
///
/// The large fronts come first, one by one; the subtrees below them only need what is done by then.
pub(super) fn masses(tree: &Tree, factor: &Factor) -> Found {
    let masses = Masses::new(tree.order.len());
    let (subtrees, above) = tree.subtrees();
    let mut local = Local::default();
    for &front in above.iter().rev() {
        masses.front(tree, factor, front, &mut local);
    }
    let walk = |local: &mut Local, &root: &usize| {
        let lowest = tree.fronts[root].lowest as usize;
        (lowest..=root).rev().for_each(|front| masses.front(tree, factor, front, local));
    };
    subtrees.par_iter().with_max_len(1).for_each_init(Local::default, walk);
    Found {
        masses: (0..tree.order.len()).map(|position| masses.get(position)).collect(),
        least_inflow: masses.least_inflow.into_inner(),
    }
}

/// Masses that several threads fill in, each its own cells.
struct Masses {
    mantissas: Vec<AtomicU64>,
    exponents: Vec<AtomicI64>,
    least_inflow: AtomicI64,
}

impl Masses {
    fn new(n: usize) -> Self {
        let mantissas = (0..n).map(|_| AtomicU64::new(0)).collect();
        let exponents = (0..n).map(|_| AtomicI64::new(0)).collect();
        Self { mantissas, exponents, least_inflow: AtomicI64::new(i64::MAX) }
    }

    fn get(&self, position: usize) -> Wide {
        let mantissa = f64::from_bits(self.mantissas[position].load(Ordering::Relaxed));
        Wide::new(mantissa, self.exponents[position].load(Ordering::Relaxed))
    }

    fn set(&self, position: usize, mass: Wide) {
        self.mantissas[position].store(mass.mantissa().to_bits(), Ordering::Relaxed);
        self.exponents[position].store(mass.exponent(), Ordering::Relaxed);
    }

    fn front(&self, tree: &Tree, factor: &Factor, at: usize, local: &mut Local) {
        let front = tree.fronts[at];
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = tree.boundary(at);
        let m = p + bounds.len();
        local.load(p, bounds.iter().map(|&position| self.get(position as usize)));
        let (mut end, mut pivots) = (front.kept(), p);
        if first + p == tree.order.len() {
            (end, pivots) = (end - 1, p - 1);
            local.set(pivots, Wide::UNIT);
            self.set(first + pivots, Wide::UNIT);
        }
        let mut least = i64::MAX;
        for k in (0..pivots).rev() {
            let start = end - (m - k);
            let (inflow, sum) = match &factor.kept[at] {
                Kept::Plain { store, start: offset } => {
                    let column = &factor.stores[*store as usize][offset + start..offset + end];
                    (local.plain(k, &column[1..]), Wide::from(column[0]))
                }
                Kept::Wide(columns) => (local.wide(k, &columns[start + 1..end]), columns[start]),
            };
            least = least.min(if inflow.is_zero() { i64::MIN } else { inflow.exponent() });
            let value = inflow / sum;
            local.set(k, value);
            self.set(first + k, value);
            end = start;
        }
        self.least_inflow.fetch_min(least, Ordering::Relaxed);
    }
}

/// Masses of the cells of a front, also as plain numbers relative to a common power of two.
struct Local {
    arch: Arch,
    wide: Vec<Wide>,
    plain: Vec<f64>,
    lift: i64,
}

impl Default for Local {
    fn default() -> Self {
        Self { arch: Arch::new(), wide: Vec::new(), plain: Vec::new(), lift: 0 }
    }
}

/// Sums of products below this are done again in wide numbers.
const SMALLEST: f64 = f64::MIN_POSITIVE * 1.329_227_995_784_916e36;

impl Local {
    fn load(&mut self, pivots: usize, bounds: impl Iterator<Item = Wide>) {
        self.wide.clear();
        self.wide.resize(pivots, Wide::ZERO);
        self.wide.extend(bounds);
        self.rescale();
    }

    fn rescale(&mut self) {
        let top = self.wide.iter().filter(|mass| !mass.is_zero()).map(|mass| mass.exponent()).max();
        self.lift = -top.unwrap_or(0);
        self.plain.clear();
        self.plain.extend(self.wide.iter().map(|mass| mass.plain(self.lift)));
    }

    fn set(&mut self, k: usize, mass: Wide) {
        self.wide[k] = mass;
        if !mass.is_zero() && mass.exponent() + self.lift > 200 {
            self.rescale();
        } else {
            self.plain[k] = mass.plain(self.lift);
        }
    }

    /// The inflow of pivot k, given the F of its column. Masses too small for the plain numbers do not matter unless
    /// the sum is small itself, since F is at most about 1.
    fn plain(&self, k: usize, column: &[f64]) -> Wide {
        let sum = self.arch.dispatch(
            #[inline(always)]
            || dot(column, &self.plain[k + 1..]),
        );
        if sum >= SMALLEST {
            return Wide::new(sum, -self.lift);
        }
        let terms = column.iter().zip(&self.wide[k + 1..]);
        terms.fold(Wide::ZERO, |sum, (&rate, &mass)| sum + Wide::from(rate) * mass)
    }

    fn wide(&self, k: usize, column: &[Wide]) -> Wide {
        let terms = column.iter().zip(&self.wide[k + 1..]);
        terms.fold(Wide::ZERO, |sum, (&rate, &mass)| sum + rate * mass)
    }
}

/// Sum of products in eight interleaved sums.
#[inline(always)]
fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest: f64 = ones.remainder().iter().zip(others.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in ones.zip(others) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}
