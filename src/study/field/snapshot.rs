//! One solve on one lattice.

use super::offsets::Offsets;
use crate::density::field::Field;
use crate::grid::Lattice;
use crate::operator::{Edges, Generator};
use crate::process::Process;
use crate::stationary::{self, Budget, Effort, Layout, Method, Solved, choose, forecast, solve_iterative};
use crate::study::{FinestChain, StudyError};
use std::time::Instant;

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
    /// Corrected to the last digits.
    pub const SETTLED: Self = Self::Corrected(1e-11);

    /// For a rough look.
    pub fn rough(self) -> Self {
        if self == Self::Fitted { self } else { Self::Corrected(1e-3) }
    }

    /// The name of a scheme in the results.
    pub fn name(self) -> &'static str {
        if self == Self::Fitted { "fitted" } else { "fitted, corrected for the current" }
    }
}

/// Largest number of solves of the iteration.
const ITERATIONS: usize = 40;

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
}

impl<const N: usize> Snapshot<N> {
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

/// Solves on a lattice by elimination; `near` is the same law on another lattice, if it is known already.
pub(super) fn solve_on<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    offsets: &Offsets<N>,
    scheme: Scheme,
    near: Option<&Snapshot<N>>,
) -> Result<Snapshot<N>, StudyError> {
    solve_within(process, lattice, offsets, scheme, near, u64::MAX)
}

/// The same by iteration where elimination does not fit into `memory` \[bytes\].
pub(super) fn solve_within<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    offsets: &Offsets<N>,
    scheme: Scheme,
    near: Option<&Snapshot<N>>,
    memory: u64,
) -> Result<Snapshot<N>, StudyError> {
    let edges = Edges::within(process, lattice, &|cell| offsets.longest(lattice, cell))?;
    let shape = lattice.shape();
    let run = |generator: &Generator, start: Option<&[f64]>| solve(generator, &shape, memory, start);
    let mut start =
        if scheme == Scheme::Fitted && memory == u64::MAX { None } else { near.and_then(|n| n.on(process, lattice)) };
    let Scheme::Corrected(settled) = scheme else {
        let generator = edges.generator(None)?;
        let found = run(&generator, start.as_deref())?;
        return Ok(found.snapshot(*lattice, edges, &generator, None));
    };
    let mut seconds = 0.0;
    for iteration in 0.. {
        let generator = edges.generator(start.as_deref())?;
        let mut found = run(&generator, start.as_deref())?;
        seconds += found.effort.seconds;
        let Some(before) = start.take() else {
            start = Some(found.log_mass);
            continue;
        };
        if change(&before, &found.log_mass) <= settled || iteration == ITERATIONS {
            found.effort.seconds = seconds;
            return Ok(found.snapshot(*lattice, edges, &generator, Some(before)));
        }
        start = Some(found.log_mass);
    }
    unreachable!("the iterations end")
}

/// Largest change of ln m, weighted by the root of m: what changes where next to nothing is does not matter.
fn change(before: &[f64], after: &[f64]) -> f64 {
    let top = after.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weighted = |(before, after): (&f64, &f64)| (after - before).abs() * (0.5 * (after - top)).exp();
    before.iter().zip(after).map(weighted).fold(0.0, f64::max)
}

/// Masses, and how they were found.
struct Found {
    log_mass: Vec<f64>,
    effort: Effort,
    method: Method,
    error: f64,
}

impl Found {
    fn snapshot<const N: usize>(
        self,
        lattice: Lattice<N>,
        edges: Edges,
        generator: &Generator,
        correction: Option<Vec<f64>>,
    ) -> Snapshot<N> {
        let Self { log_mass, effort, method, error } = self;
        let residual = generator.residual(&log_mass);
        Snapshot { lattice, log_mass, edges, effort, residual, correction, method, error }
    }
}

/// Lattices with fewer cells fit in any case.
const SMALL: usize = 1 << 15;

/// By the solver that suits the lattice and the memory.
fn solve(generator: &Generator, shape: &[usize], memory: u64, start: Option<&[f64]>) -> Result<Found, StudyError> {
    if let &[cells] = shape {
        let started = Instant::now();
        let log_mass = stationary::solve_chain(generator)?.log_mass;
        let effort = Effort {
            nonzeros: generator.rates().nnz(),
            factor: cells,
            front: 2,
            flops: 2.0 * cells as f64,
            peak_bytes: 64 * cells as u64,
            seconds: started.elapsed().as_secs_f64(),
            ..Effort::default()
        };
        return Ok(Found { log_mass, effort, method: Method::Elimination, error: 0.0 });
    }
    let layout = Layout::Lattice(shape);
    let large = memory < u64::MAX && generator.cells() > SMALL;
    let method = if large { choose(&forecast(generator, layout), memory) } else { Method::Elimination };
    match method {
        Method::Elimination => {
            let Solved { vector, effort } = stationary::solve(generator, layout)?;
            Ok(Found { log_mass: vector.log_mass, effort, method, error: 0.0 })
        }
        Method::Iteration => {
            let found = solve_iterative(generator, start, &Budget::default())?;
            let (log_mass, error) = (found.vector.log_mass, found.error_estimate);
            Ok(Found { log_mass, effort: found.effort, method, error })
        }
    }
}
