//! The period of a closed class: in how many steps of a stochastic matrix returns are possible.

use crate::operator::Generator;

/// A state that stays where it is with no more than this probability does not: row sums have roundings.
const STAYS: f64 = 1e-12;

/// Greatest common divisor of the lengths of all ways from a state of the class back to it, `chain` being a stochastic matrix
/// without its diagonal. O(members + their entries).
pub(super) fn period(chain: &Generator, members: &[usize]) -> usize {
    let rates = chain.rates();
    let leaves = |cell: usize| rates.outer_view(cell).map_or(0.0, |row| row.iter().map(|(_, rate)| *rate).sum::<f64>());
    if members.len() < 2 || members.iter().any(|&cell| leaves(cell) < 1.0 - STAYS) {
        return 1;
    }
    let mut steps = vec![usize::MAX; chain.cells()];
    steps[members[0]] = 0;
    let mut front = vec![members[0]];
    let mut period = 0;
    while let Some(cell) = front.pop() {
        let Some(row) = rates.outer_view(cell) else { continue };
        for (to, _) in row.iter().filter(|(_, rate)| **rate > 0.0) {
            if steps[to] == usize::MAX {
                steps[to] = steps[cell] + 1;
                front.push(to);
            } else {
                period = gcd(period, steps[to].abs_diff(steps[cell] + 1));
            }
        }
    }
    period.max(1)
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_and_walks_have_their_periods() {
        let chain = |triplets: &[(usize, usize, f64)], n| Generator::from_triplets(n, triplets).expect("rates");
        let cycle = chain(&[(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)], 3);
        assert_eq!(period(&cycle, &[0, 1, 2]), 3);
        let walk = chain(&[(0, 1, 1.0), (1, 0, 0.5), (1, 2, 0.5), (2, 1, 1.0)], 3);
        assert_eq!(period(&walk, &[0, 1, 2]), 2);
        let lazy = chain(&[(0, 1, 0.9), (1, 0, 1.0)], 2);
        assert_eq!(period(&lazy, &[0, 1]), 1);
        let shortcut = chain(&[(0, 1, 1.0), (1, 2, 0.5), (1, 0, 0.5), (2, 0, 1.0)], 3);
        assert_eq!(period(&shortcut, &[0, 1, 2]), 1);
    }
}
