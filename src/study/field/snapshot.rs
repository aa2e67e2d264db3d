//! One solve on one lattice.

use super::mixing::Mixing;
use super::offsets::Offsets;
use super::solver::{self, Found};
use crate::density::field::Field;
use crate::grid::Lattice;
use crate::operator::{Edges, Generator};
use crate::process::Process;
use crate::stationary::{Effort, Method};
use crate::study::{FinestChain, StudyError};

/// How the rates follow from the equation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scheme {
    /// Fitted to detailed balance along every edge.
    Fitted,
    /// The same with the current of the law itself taken out of the fit, which is much more accurate where the current
    /// is strong; found by iteration until ln m changes by no more than this where mass is.
    Corrected(f64),
}

impl Scheme {
    /// Corrected as far as lattices can tell: to the last digits in the plane, to less in space, where they are coarse.
    pub fn settled(variables: usize) -> Self {
        Self::Corrected(finest_change(variables))
    }

    /// For a rough look.
    pub fn rough(self) -> Self {
        if self == Self::Fitted { self } else { Self::Corrected(1e-3) }
    }

    /// For a law whose digits come from elsewhere.
    pub fn loose(self, tolerance: f64, variables: usize) -> Self {
        let change = (0.01 * tolerance).clamp(finest_change(variables), 1e-7);
        if self == Self::Fitted { self } else { Self::Corrected(change) }
    }

    /// The name of a scheme in the results.
    pub fn name(self) -> &'static str {
        if self == Self::Fitted { "fitted" } else { "fitted, corrected for the current" }
    }
}

/// Change of ln m at which an iteration ends that is to be as good as its lattice.
fn finest_change(variables: usize) -> f64 {
    if variables == 3 { 1e-7 } else { 1e-11 }
}

/// Largest number of solves of the iteration.
const ITERATIONS: usize = 40;

/// Largest ratio of the changes of two iterations that is believed.
const SLOWEST: f64 = 0.98;

/// The masses on a lattice and what is known of them.
#[derive(Debug, Clone)]
pub(super) struct Snapshot<const N: usize> {
    /// The lattice.
    pub lattice: Lattice<N>,
    /// ln of the masses.
    pub log_mass: Vec<f64>,
    /// The edges.
    pub edges: Edges,
    /// What the solve took.
    pub effort: Effort,
    /// Largest relative defect of the balance of a cell.
    pub residual: f64,
    /// The log masses that the rates were corrected with, if they were.
    pub correction: Option<Vec<f64>>,
    /// How the masses were found.
    pub method: Method,
    /// Relative error of the masses that the solver left.
    pub error: f64,
    /// How many solves the correction took.
    pub solves: usize,
}

impl<const N: usize> Snapshot<N> {
    /// The node of the heaviest cell.
    pub fn heaviest(&self) -> [f64; N] {
        let heaviest = (0..self.log_mass.len()).max_by(|&a, &b| self.log_mass[a].total_cmp(&self.log_mass[b]));
        self.lattice.node(&self.lattice.index(heaviest.unwrap_or(0)))
    }

    /// The log masses on another lattice, by interpolation; `None` where it reaches beyond this one.
    fn on(&self, process: &dyn Process<N>, lattice: &Lattice<N>) -> Option<Vec<f64>> {
        let nodes: Vec<[f64; N]> = (0..lattice.cells()).map(|cell| lattice.node(&lattice.index(cell))).collect();
        let field = Field { lattice: &self.lattice, process, log_mass: &self.log_mass };
        let log_densities = field.log_densities_at(&nodes);
        let volume = |cell: usize| -> f64 {
            let index = lattice.index(cell);
            (0..N).map(|i| lattice.axis(i).length(index[i]).ln()).sum()
        };
        let masses: Vec<f64> = log_densities.iter().enumerate().map(|(cell, p)| p + volume(cell)).collect();
        masses.iter().all(|m| m.is_finite()).then_some(masses)
    }

    /// Net flows along the edges \[1 / time\].
    pub fn flows(&self) -> Vec<f64> {
        self.edges.flows(&self.log_mass, self.correction.as_deref())
    }

    /// The generator that the masses are stationary under.
    pub fn generator(&self) -> Result<Generator, StudyError> {
        Ok(self.edges.generator(self.correction.as_deref())?)
    }

    /// The chain by itself.
    pub fn into_chain(self) -> Result<FinestChain, StudyError> {
        let generator = self.generator()?;
        Ok(FinestChain { generator, log_mass: self.log_mass, shape: self.lattice.shape().to_vec() })
    }
}

/// Solves on a lattice within `memory` \[bytes\]; `near` is the same law on another lattice, if it is known already.
pub(super) fn solve_on<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    offsets: &Offsets<N>,
    scheme: Scheme,
    near: Option<&Snapshot<N>>,
    memory: u64,
) -> Result<Snapshot<N>, StudyError> {
    let edges = Edges::within(process, lattice, &|cell| offsets.longest(lattice, cell))?;
    let shape = lattice.shape();
    let interpolated = || near.and_then(|near| near.on(process, lattice));
    let settled = match scheme {
        Scheme::Fitted => None,
        Scheme::Corrected(settled) => Some(settled),
    };
    let mut log_mass = settled.and_then(|_| interpolated());
    let mut mixing = Mixing::default();
    let (mut seconds, mut before, mut last) = (0.0, f64::INFINITY, f64::INFINITY);
    // The largest ratio of changes by the plain iteration.
    let mut plain: f64 = 0.0;
    for iteration in 0.. {
        let correction = log_mass.take();
        let generator = edges.generator(correction.as_deref())?;
        let start = || correction.clone().or_else(interpolated);
        let Found { log_mass: found, effort, method, error } = solver::solve(&generator, &shape, memory, &start)?;
        seconds += effort.seconds;
        if let Some(correction) = &correction {
            (before, last) = (last, change(correction, &found));
            if !mixing.mixes() && before.is_finite() {
                plain = plain.max(last / before);
            }
        }
        if settled.is_none_or(|settled| last <= settled || iteration == ITERATIONS) {
            let residual = generator.residual(&found);
            let effort = Effort { seconds, ..effort };
            let error = if settled.is_some() { error + left(before, last, plain) } else { error };
            let lattice = *lattice;
            let solves = iteration + 1;
            return Ok(Snapshot {
                lattice,
                log_mass: found,
                edges,
                effort,
                residual,
                correction,
                method,
                error,
                solves,
            });
        }
        log_mass = Some(match &correction {
            // In the plane, where solves are cheap, far corners made mixtures run away.
            Some(correction) if N == 3 => mixing.next(correction, found, last),
            _ => found,
        });
    }
    unreachable!("the iterations end")
}

/// What further changes of an iteration would add up to after the changes `before` and `last`: a geometric series, by the ratio
/// that the plain iteration had if mixtures made it faster.
fn left(before: f64, last: f64, plain: f64) -> f64 {
    let now = if before.is_finite() && before > 0.0 { last / before } else { 0.5 };
    let ratio = now.max(plain).min(SLOWEST);
    last * ratio / (1.0 - ratio)
}

/// Largest change of ln m, weighted by the root of m: what changes where next to nothing is does not matter.
fn change(before: &[f64], after: &[f64]) -> f64 {
    let top = after.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weighted = |(before, after): (&f64, &f64)| (after - before).abs() * (0.5 * (after - top)).exp();
    before.iter().zip(after).map(weighted).fold(0.0, f64::max)
}
