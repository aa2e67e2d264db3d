//! A first guess: potential drops ln(rate there / rate back) added up along the strongest edges.

use crate::operator::Generator;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An edge to a state without a guess yet; strong ones first, then the lowest number.
struct Way {
    strength: f64,
    to: u32,
    log_mass: f64,
}

impl Ord for Way {
    fn cmp(&self, other: &Self) -> Ordering {
        self.strength.total_cmp(&other.strength).then(other.to.cmp(&self.to))
    }
}

impl PartialOrd for Way {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Way {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Way {}

/// Log masses along the maximum spanning tree of sqrt(rate there x rate back): exact for chains in detailed balance.
pub(super) fn spanning_tree(generator: &Generator) -> Vec<f64> {
    let rates = generator.rates();
    let n = generator.cells();
    let mut log_mass = vec![f64::NAN; n];
    let mut ways = BinaryHeap::new();
    let mut first = 0;
    while let Some(root) = (first..n).find(|&cell| log_mass[cell].is_nan()) {
        first = root + 1;
        ways.push(Way { strength: 0.0, to: root as u32, log_mass: 0.0 });
        while let Some(Way { to, log_mass: guess, .. }) = ways.pop() {
            let cell = to as usize;
            if !log_mass[cell].is_nan() {
                continue;
            }
            log_mass[cell] = guess;
            for (other, &there) in rates.outer_view(cell).iter().flat_map(|row| row.iter()) {
                let back = rates.get(other, cell).copied().unwrap_or(0.0);
                if log_mass[other].is_nan() && there > 0.0 && back > 0.0 {
                    let (there, back) = (there.ln(), back.ln());
                    ways.push(Way { strength: 0.5 * (there + back), to: other as u32, log_mass: guess + there - back });
                }
            }
        }
    }
    log_mass
}
