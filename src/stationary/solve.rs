//! One door to all solvers: which one to use, and what it cost.

use super::analysis::Tree;
use super::front::Trouble;
use super::ordering::Sequence;
use super::rates::Rates;
use super::{StationaryError, StationaryVector, cost, masses, ordering, recognise};
use crate::operator::Generator;
use std::time::Instant;

/// What is known about the graph of a generator.
#[derive(Debug, Clone, Copy)]
pub enum Layout<'a> {
    /// Cells of a lattice of this shape, the last axis fastest; rates lead to nearby cells.
    Lattice(&'a [usize]),
    /// Any sparse graph; one whose cells are numbered along a lattice is recognised.
    Graph,
}

/// What a solve took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effort {
    /// Off-diagonal rates.
    pub nonzeros: usize,
    /// Entries of the factor that was kept.
    pub factor: usize,
    /// Order of the largest front.
    pub front: usize,
    /// Multiplications and additions of the elimination.
    pub flops: f64,
    /// Largest memory held at once.
    pub peak_bytes: u64,
    /// Wall time \[s\].
    pub seconds: f64,
    /// Of it, in ordering and analysis, in the elimination, in the back substitution.
    pub phases: [f64; 3],
}

/// Stationary masses and their cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// The masses.
    pub vector: StationaryVector,
    /// What it took.
    pub effort: Effort,
}

/// The stationary vector of a sparse irreducible generator, every entry accurate to near machine precision.
///
/// Nested dissection (of the lattice) or minimum degree (of any other graph) makes a tree of dense fronts, whose
/// elimination is made of sums, products and quotients of non-negative numbers only (Grassmann, Taksar and Heyman
/// 1985), almost all of them in matrix products.
///
/// # Errors
/// [`StationaryError::Reducible`], [`StationaryError::Empty`].
pub fn solve(generator: &Generator, layout: Layout<'_>) -> Result<Solved, StationaryError> {
    let started = Instant::now();
    if generator.cells() == 0 {
        return Err(StationaryError::Empty);
    }
    let rates = Rates::of(generator);
    let tree = plan(&rates, layout);
    let planned = started.elapsed().as_secs_f64();
    let masses = masses::find(&rates, &tree).map_err(|stop| closed(&tree, &rates, stop))?;
    let factorised = started.elapsed().as_secs_f64();
    if let Some(position) = masses.iter().position(|mass| mass.is_zero()) {
        let to = tree.order[position] as usize;
        return Err(StationaryError::Reducible { from: tree.order[tree.order.len() - 1] as usize, to });
    }
    let mut log_mass = vec![0.0; rates.cells()];
    for (&cell, mass) in tree.order.iter().zip(masses) {
        log_mass[cell as usize] = mass.shifted(-i64::from(rates.exponent(cell as usize))).ln();
    }
    let vector = StationaryVector::normalised(log_mass);
    let seconds = started.elapsed().as_secs_f64();
    let phases = [planned, factorised - planned, seconds - factorised];
    let effort = Effort { seconds, phases, ..cost::of_tree(&tree, generator.rates().nnz()) };
    Ok(Solved { vector, effort })
}

/// What [`solve`] will take, from the pattern alone (`seconds` is a guess from the speed of this machine).
pub fn forecast(generator: &Generator, layout: Layout<'_>) -> Effort {
    if generator.cells() == 0 {
        return Effort::default();
    }
    let rates = Rates::of(generator);
    let tree = plan(&rates, layout);
    cost::of_tree(&tree, generator.rates().nnz())
}

/// The tree of fronts of a layout.
fn plan(rates: &Rates<'_>, layout: Layout<'_>) -> Tree {
    Tree::of(rates, sequence(rates, layout))
}

pub(super) fn sequence(rates: &Rates<'_>, layout: Layout<'_>) -> Sequence {
    match layout {
        Layout::Lattice(shape) if shape.iter().product::<usize>() == rates.cells() => ordering::dissect(rates, shape),
        _ => match recognise::shape(rates) {
            Some(shape) => ordering::dissect(rates, &shape),
            None => ordering::minimum_degree(rates),
        },
    }
}

/// Names the class that cannot be left.
pub(super) fn closed(tree: &Tree, rates: &Rates<'_>, stop: (usize, Trouble)) -> StationaryError {
    let from = tree.order[stop.0] as usize;
    let mut reached = vec![false; rates.cells()];
    reached[from] = true;
    let mut stack = vec![from];
    while let Some(cell) = stack.pop() {
        for (&to, &rate) in rates.neighbours(cell).iter().zip(rates.row(cell)) {
            let to = to as usize;
            if rate > 0.0 && !reached[to] {
                reached[to] = true;
                stack.push(to);
            }
        }
    }
    let to = reached.iter().position(|&seen| !seen).unwrap_or(from);
    StationaryError::Reducible { from, to }
}
