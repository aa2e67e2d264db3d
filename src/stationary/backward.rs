//! Back substitution: m_k = sum over later i of m_i F_ik / s_k, from the last cell to the first.

use super::analysis::Tree;
use super::factor::{Factor, Kept};
use super::wide::Wide;

/// Masses in wide numbers, by position; zero where nothing later leads to.
pub(super) fn masses(tree: &Tree, factor: &Factor) -> Vec<Wide> {
    let n = tree.order.len();
    let mut mass = vec![Wide::ZERO; n];
    mass[n - 1] = Wide::UNIT;
    let mut local = Local::default();
    for (at, front) in tree.fronts.iter().enumerate().rev() {
        let (first, p) = (front.first as usize, front.pivots as usize);
        let bounds = tree.boundary(at);
        let m = p + bounds.len();
        local.load(p, bounds.iter().map(|&position| mass[position as usize]));
        let last = first + p == n;
        let pivots = if last { p - 1 } else { p };
        if last {
            local.set(p - 1, Wide::UNIT);
        }
        let mut end = front.kept() - if last { 1 } else { 0 };
        for k in (0..pivots).rev() {
            let start = end - (m - k);
            let value = match &factor.kept[at] {
                Kept::Plain { store, start: offset } => {
                    local.plain(k, &factor.stores[*store as usize][offset + start..offset + end])
                }
                Kept::Wide(columns) => local.wide(k, &columns[start..end]),
            };
            local.set(k, value);
            mass[first + k] = value;
            end = start;
        }
    }
    mass
}

/// Masses of the cells of a front, also as plain numbers relative to a common power of two.
#[derive(Default)]
struct Local {
    wide: Vec<Wide>,
    plain: Vec<f64>,
    lift: i64,
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

    /// The mass of pivot k from its kept column. Masses too small for the plain numbers do not matter unless the
    /// sum is small itself, since F is at most about 1.
    fn plain(&self, k: usize, column: &[f64]) -> Wide {
        let sum: f64 = column[1..].iter().zip(&self.plain[k + 1..]).map(|(rate, mass)| rate * mass).sum();
        if sum >= SMALLEST {
            return Wide::new(sum, -self.lift) / Wide::from(column[0]);
        }
        let terms = column[1..].iter().zip(&self.wide[k + 1..]);
        terms.fold(Wide::ZERO, |sum, (&rate, &mass)| sum + Wide::from(rate) * mass) / Wide::from(column[0])
    }

    fn wide(&self, k: usize, column: &[Wide]) -> Wide {
        let terms = column[1..].iter().zip(&self.wide[k + 1..]);
        terms.fold(Wide::ZERO, |sum, (&rate, &mass)| sum + rate * mass) / column[0]
    }
}
