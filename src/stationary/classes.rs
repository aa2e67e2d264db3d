//! Closed classes of a chain: the strongly connected parts that nothing leads out of.
//!
//! Every closed class carries exactly one invariant law; the invariant laws of the chain are their mixtures. All
//! other cells are transient: they are left for good, see [`super::Absorption`].

use super::{Effort, Layout, Solved, StationaryError, StationaryVector, solve};
use crate::operator::Generator;

/// Cells sorted by what becomes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// Cells of every closed class, ascending; classes in the order of their first cells.
    pub closed: Vec<Vec<usize>>,
    /// Cells of no closed class, ascending.
    pub transient: Vec<usize>,
}

impl Classes {
    /// The closed class of every cell, `None` for transient ones.
    pub fn of_cells(&self) -> Vec<Option<usize>> {
        let cells = self.transient.len() + self.closed.iter().map(Vec::len).sum::<usize>();
        let mut class = vec![None; cells];
        for (k, members) in self.closed.iter().enumerate() {
            for &cell in members {
                class[cell] = Some(k);
            }
        }
        class
    }
}

/// Finds the closed classes. O(cells + rates), no recursion; stored rates of 0 lead nowhere.
///
/// ```
/// use stillpoint::operator::Generator;
/// // 1 falls into 0 or into the cycle of 2 and 3.
/// let chain = Generator::from_triplets(4, &[(1, 0, 1.0), (1, 2, 3.0), (2, 3, 1.0), (3, 2, 5.0)]).expect("rates");
/// let classes = stillpoint::stationary::classes(&chain);
/// assert_eq!((classes.closed, classes.transient), (vec![vec![0], vec![2, 3]], vec![1]));
/// ```
pub fn classes(generator: &Generator) -> Classes {
    let component = components(generator);
    let count = component.iter().map(|&c| c + 1).max().unwrap_or(0);
    let mut open = vec![false; count];
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        for (to, &rate) in row.iter() {
            if rate > 0.0 && component[from] != component[to] {
                open[component[from]] = true;
            }
        }
    }
    let mut place = vec![usize::MAX; count];
    let mut found = Classes { closed: Vec::new(), transient: Vec::new() };
    for (cell, &c) in component.iter().enumerate() {
        if open[c] {
            found.transient.push(cell);
            continue;
        }
        if place[c] == usize::MAX {
            place[c] = found.closed.len();
            found.closed.push(Vec::new());
        }
        found.closed[place[c]].push(cell);
    }
    found
}

/// The invariant law of every closed class, over its members in their order; a single cell is its own law.
///
/// # Errors
/// Those of [`solve`]; never [`StationaryError::Reducible`] for classes found by [`classes`].
pub fn invariant_laws(generator: &Generator, classes: &Classes) -> Result<Vec<Solved>, StationaryError> {
    let law = |members: &Vec<usize>| match members.len() {
        1 => Ok(Solved { vector: StationaryVector { log_mass: vec![0.0] }, effort: Effort::default() }),
        n if n == generator.cells() => solve(generator, Layout::Graph),
        _ => solve(&generator.restricted(members), Layout::Graph),
    };
    classes.closed.iter().map(law).collect()
}

/// A cell on the way down, and the next of its rates to follow.
struct Step {
    cell: usize,
    next: usize,
}

/// The strongly connected component of every cell (Tarjan 1972, with a stack of its own).
fn components(generator: &Generator) -> Vec<usize> {
    const UNSEEN: usize = usize::MAX;
    let rates = generator.rates();
    let n = generator.cells();
    let start = rates.indptr();
    let (targets, values) = (rates.indices(), rates.data());
    // `low` is the earliest cell known to be reachable that still waits for its component.
    let (mut order, mut low, mut component) = (vec![UNSEEN; n], vec![0; n], vec![UNSEEN; n]);
    let (mut waiting, mut path) = (Vec::new(), Vec::new());
    let (mut seen, mut count) = (0, 0);
    for root in 0..n {
        if order[root] != UNSEEN {
            continue;
        }
        path.push(Step { cell: root, next: start.index(root) });
        while let Some(Step { cell, next }) = path.last_mut() {
            let cell = *cell;
            if order[cell] == UNSEEN {
                (order[cell], low[cell]) = (seen, seen);
                seen += 1;
                waiting.push(cell);
            }
            if *next < start.index(cell + 1) {
                let (to, rate) = (targets[*next] as usize, values[*next]);
                if rate > 0.0 && order[to] == UNSEEN {
                    // Its rate is looked at again once `to` is done, to take over what it reached.
                    path.push(Step { cell: to, next: start.index(to) });
                    continue;
                }
                *next += 1;
                if rate > 0.0 && component[to] == UNSEEN {
                    low[cell] = low[cell].min(low[to]);
                }
                continue;
            }
            path.pop();
            if low[cell] == order[cell] {
                while let Some(member) = waiting.pop() {
                    component[member] = count;
                    if member == cell {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    component
}
