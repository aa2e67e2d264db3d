//! What an elimination will take: flops, entries, memory; from a tree of fronts, or from the shape of a lattice
//! alone, before there is a generator.

use super::analysis::{Front, SUBTREE, Tree};
use super::solve::Effort;
use std::collections::HashMap;

/// Cost of a subtree.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    flops: f64,
    fronts: f64,
    /// Kept entries.
    kept: f64,
    /// Entries of index lists.
    bounds: f64,
    /// Entries passed on by its root.
    passed: f64,
    /// Largest number of entries held at once by one thread.
    peak: f64,
    /// The same when the subtrees of the root are walked at the same time.
    twin: f64,
    front: f64,
}

impl Cost {
    /// Both subtrees, the second walked while the first waits.
    fn then(self, next: Self) -> Self {
        Self {
            flops: self.flops + next.flops,
            fronts: self.fronts + next.fronts,
            kept: self.kept + next.kept,
            bounds: self.bounds + next.bounds,
            passed: self.passed + next.passed,
            peak: self.peak.max(self.kept + self.passed + next.peak),
            twin: self.peak + next.peak,
            front: self.front.max(next.front),
        }
    }

    /// A front with p pivots and b boundary cells above these subtrees.
    fn under(self, p: f64, b: f64) -> Self {
        let working = self.kept + self.passed + p * (p + 2.0 * b) + b * b;
        Self {
            flops: self.flops + 2.0 * (p * p * p / 3.0 + p * p * b + p * b * b),
            fronts: self.fronts + 1.0,
            kept: self.kept + p * (p + 1.0) / 2.0 + p * b,
            bounds: self.bounds + b,
            passed: b * b,
            peak: self.peak.max(working),
            twin: self.twin.max(working),
            front: self.front.max(p + b),
        }
    }

    fn effort(self, cells: usize, nonzeros: usize) -> Effort {
        let n = cells as f64;
        // Every thread that has a subtree has a table of places.
        let tables = 4.0 * n * (self.flops / SUBTREE).ceil().clamp(1.0, rayon::current_num_threads() as f64);
        let lists = 12.0 * n + 124.0 * self.fronts + 4.0 * self.bounds + tables;
        // A thread that waits for help with a large front takes up another subtree meanwhile.
        let together = self.peak.max(self.twin);
        let several = rayon::current_num_threads() > 1;
        let stacks = if several { together + (together - self.kept).max(0.0) } else { self.peak };
        // Masses come when the stacks are gone.
        let entries = 8.0 * stacks.max(self.kept + 5.0 * n);
        Effort {
            nonzeros,
            factor: self.kept as usize,
            front: self.front as usize,
            flops: self.flops,
            peak_bytes: (lists + entries) as u64,
            // Products at the speed of one core of 2023, and what every cell and front costs besides.
            seconds: self.flops / 6e10 + 8e-7 * n,
            phases: [0.0; 3],
        }
    }
}

/// The cost of a tree.
pub(super) fn of_tree(tree: &Tree, nonzeros: usize) -> Effort {
    let mut costs: Vec<Cost> = Vec::with_capacity(tree.fronts.len());
    let mut whole: Option<Cost> = None;
    for (at, front) in tree.fronts.iter().enumerate() {
        let Front { pivots, parent, .. } = *front;
        let below = tree.children(at).map(|child| costs[child]).reduce(Cost::then).unwrap_or_default();
        let cost = below.under(f64::from(pivots), front.bounds() as f64);
        if parent == super::analysis::NONE {
            whole = Some(whole.map_or(cost, |before| before.then(cost)));
        }
        costs.push(cost);
    }
    whole.unwrap_or_default().effort(tree.order.len(), nonzeros)
}

/// What [`super::solve`] will take on a lattice of this shape whose rates lead at most `reach` cells along every
/// axis, before there is a generator (an upper estimate: all cells within reach count as neighbours).
pub fn forecast_lattice(shape: &[usize], reach: usize) -> Effort {
    let cells: usize = shape.iter().product();
    let around: usize = shape.iter().map(|&extent| extent.min(2 * reach + 1)).product();
    let mut seen = HashMap::new();
    let walls = vec![[false; 2]; shape.len()];
    divide(shape, &walls, reach.max(1), &mut seen).effort(cells, cells * around.saturating_sub(1))
}

/// Extents of a box and which of its two sides along every axis are not walls of the lattice.
type Shape = (Vec<usize>, Vec<[bool; 2]>);

/// The cost of a box, split as the elimination order does it.
fn divide(extents: &[usize], open: &[[bool; 2]], reach: usize, seen: &mut HashMap<Shape, Cost>) -> Cost {
    let key = (extents.to_vec(), open.to_vec());
    if let Some(&cost) = seen.get(&key) {
        return cost;
    }
    let size = |extents: &[usize]| extents.iter().product::<usize>() as f64;
    let sides = |open: &[bool; 2]| open.iter().filter(|&&side| side).count();
    let grown: Vec<usize> = extents.iter().zip(open).map(|(extent, open)| extent + sides(open) * reach).collect();
    let bounds = size(&grown) - size(extents);
    let cost = if let Some((axis, left)) = super::ordering::cut(extents, |axis| open[axis]) {
        let thick = reach.min(left);
        let part = |length: usize, sides: [bool; 2], seen: &mut HashMap<Shape, Cost>| {
            let (mut extents, mut open) = (extents.to_vec(), open.to_vec());
            extents[axis] = length;
            open[axis] = sides;
            if length == 0 { Cost::default() } else { divide(&extents, &open, reach, seen) }
        };
        let [low, high] = open[axis];
        let below = part(left - thick, [low, true], seen).then(part(extents[axis] - left, [true, high], seen));
        let pivots = size(extents) / extents[axis] as f64 * thick as f64;
        below.under(pivots, bounds)
    } else {
        Cost::default().under(size(extents), bounds)
    };
    seen.insert(key, cost);
    cost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operator::Generator;
    use crate::stationary::{Layout, forecast};

    /// All cells within `reach` of each other, with equal rates.
    fn lattice(shape: &[usize], reach: usize) -> Generator {
        let n: usize = shape.iter().product();
        let place = |mut cell: usize| {
            let mut at = vec![0; shape.len()];
            for axis in (0..shape.len()).rev() {
                at[axis] = cell % shape[axis];
                cell /= shape[axis];
            }
            at
        };
        let places: Vec<_> = (0..n).map(place).collect();
        let near = |a: &[usize], b: &[usize]| a.iter().zip(b).all(|(x, y)| x.abs_diff(*y) <= reach);
        let triplets: Vec<_> = (0..n)
            .flat_map(|from| (0..n).map(move |to| (from, to)))
            .filter(|&(from, to)| from != to && near(&places[from], &places[to]))
            .map(|(from, to)| (from, to, 1.0))
            .collect();
        Generator::from_triplets(n, &triplets).expect("rates")
    }

    #[test]
    fn shape_alone_foretells_the_tree() {
        for (shape, reach) in [(vec![40, 40], 1), (vec![30, 50], 2), (vec![9, 10, 11], 1)] {
            let tree = forecast(&lattice(&shape, reach), Layout::Lattice(&shape));
            let guess = forecast_lattice(&shape, reach);
            assert!(tree.nonzeros as f64 / guess.nonzeros as f64 > 0.6);
            let within = |a: f64, b: f64| (a / b - 1.0).abs() < 0.1;
            assert!(within(tree.factor as f64, guess.factor as f64), "{tree:?} {guess:?}");
            assert!(within(tree.flops, guess.flops), "{tree:?} {guess:?}");
            assert!(within(tree.peak_bytes as f64, guess.peak_bytes as f64), "{tree:?} {guess:?}");
        }
    }
}
