//! The iteration: multiplicative while the guess is bad, then linear and accelerated.

use super::accelerate::{self, accelerated};
use super::cycle::Hierarchy;
use super::finest::Pattern;
use super::level::{Level, Way};
use super::{Budget, Stall, WATCHED, start, tails};
use crate::operator::Generator;
use crate::stationary::StationaryError;
use rayon::prelude::*;

/// The excess of flow, relative, from which on the correction is treated as small.
const NEAR: f64 = 0.02;
/// The same for the logarithm of the correction of any watched cell.
const SMALL: f64 = 0.7;
/// Vectors of one Krylov space.
const SPACE: usize = 12;
/// Reduction asked of one Krylov space: A changes with the iterate, so more would be lost.
const REDUCTION: f64 = 1e-5;
/// Linear corrections are cut at this factor.
const CUT: f64 = 10.0;
/// Largest logarithm of one positive correction.
const FAR: f64 = 100.0;
/// Rounds without progress after which there is no hope.
const PATIENCE: usize = 6;
/// Error of the corrected masses relative to the last correction: room for corrections that are all noise.
const MARGIN: f64 = 4.0;
/// Part of the largest mass below which a cell takes no part in the Krylov space.
const MUTED: f64 = 1e-40;

/// The state of the iteration.
pub(super) struct Iteration<'a> {
    generator: &'a Generator,
    pattern: Pattern,
    pub log_mass: Vec<f64>,
    pub steps: usize,
    pub bytes: u64,
}

impl<'a> Iteration<'a> {
    pub fn new(generator: &'a Generator, start: Option<&[f64]>) -> Result<Self, StationaryError> {
        let pattern = Pattern::of(generator)?;
        let log_mass = start.map_or_else(|| start::spanning_tree(generator), <[f64]>::to_vec);
        Ok(Self { generator, pattern, log_mass, steps: 0, bytes: 0 })
    }

    /// Iterates; the error reached.
    pub fn run(&mut self, budget: &Budget) -> Result<f64, StationaryError> {
        let (mut reached, mut best, mut idle) = (f64::INFINITY, f64::INFINITY, 0);
        loop {
            let stalled = |stall, error, steps| {
                Err(StationaryError::NotConverged { steps, error, wanted: budget.tolerance, stall })
            };
            if self.steps >= budget.steps {
                return stalled(Stall::Budget, reached, self.steps);
            }
            let level = self.smoothed();
            let hierarchy = Hierarchy::of(&level)?;
            self.bytes = self.bytes.max(hierarchy.bytes + self.held(&level));
            let u = hierarchy.spread();
            let change = self.watched(u.par_iter().map(|u| u.ln()));
            if level.imbalance() > NEAR || change > SMALL {
                self.steps += 1;
                self.positive(&level, u);
                continue;
            }
            let Some((size, reduction)) = self.linear(&level, &hierarchy, &u)? else {
                return stalled(Stall::Range, reached, self.steps);
            };
            let swept = self.outward(2);
            reached = MARGIN * size + swept;
            if reached <= budget.tolerance && reduction < 0.1 {
                return if hierarchy.coarsest.limited {
                    stalled(Stall::Range, reached, self.steps)
                } else {
                    Ok(reached)
                };
            }
            (best, idle) = if reached < 0.5 * best { (reached, 0) } else { (best, idle + 1) };
            if idle >= PATIENCE {
                return stalled(Stall::Rounding, best, self.steps);
            }
        }
    }

    /// The chain under the current masses, after a sweep both ways.
    fn smoothed(&mut self) -> Level {
        // Small logarithms have small roundings.
        let top = self.floor(1.0);
        self.log_mass.par_iter_mut().for_each(|m| *m -= top);
        let mut level = self.pattern.level(self.generator, &self.log_mass);
        let mut u = vec![1.0; self.log_mass.len()];
        level.sweep(None, &mut u, Way::Up);
        level.sweep(None, &mut u, Way::Down);
        u.par_iter_mut().for_each(|u| *u = within(*u).exp());
        self.multiply(&u);
        level.rescale(&u);
        level
    }

    /// The exact correction of the coarsest chain and sweeps.
    fn positive(&mut self, level: &Level, mut u: Vec<f64>) {
        level.sweep(None, &mut u, Way::Down);
        self.multiply(&u);
        self.outward(2);
    }

    /// A linear correction by the accelerated cycle; its size on watched cells, and how well it was solved.
    fn linear(
        &mut self,
        level: &Level,
        hierarchy: &Hierarchy,
        positive: &[f64],
    ) -> Result<Option<(f64, f64)>, StationaryError> {
        let cycle = hierarchy.ready(level)?;
        // A light cell may be about to become a heavy one.
        let floor = self.floor(MUTED);
        let loud: Vec<bool> = self
            .log_mass
            .par_iter()
            .zip(positive)
            .map(|(m, u)| m + within(*u).max(0.0) > floor || within(*u).abs() < SMALL)
            .collect();
        let weights = accelerate::weights(level, &loud);
        let Some(found) = accelerated(level, &cycle, &weights, REDUCTION, SPACE) else { return Ok(None) };
        self.steps += found.steps;
        self.bytes = self.bytes.max(hierarchy.bytes + self.held(level) + 8 * (found.steps * level.states()) as u64);
        let size = self.watched(found.correction.par_iter().copied());
        let factor = |((e, loud), u): ((&f64, &bool), &f64)| if *loud { (1.0 + e).clamp(1.0 / CUT, CUT) } else { *u };
        let u: Vec<f64> = found.correction.par_iter().zip(&loud).zip(positive).map(factor).collect();
        self.multiply(&u);
        Ok(Some((size, found.reduction)))
    }

    /// Sweeps from heavy cells to light ones; the largest change of a watched cell.
    fn outward(&mut self, sweeps: usize) -> f64 {
        let level = self.pattern.level(self.generator, &self.log_mass);
        let u = tails::outward(&level, &self.log_mass, sweeps);
        let change = self.watched(u.par_iter().map(|u| u - 1.0));
        self.multiply(&u);
        change
    }

    /// Largest relative defect of the balance of a watched cell.
    pub fn residual(&self) -> f64 {
        let level = self.pattern.level(self.generator, &self.log_mass);
        self.watched(level.defects())
    }

    fn multiply(&mut self, u: &[f64]) {
        self.log_mass.par_iter_mut().zip(u).for_each(|(m, u)| *m += within(*u));
    }

    /// ln of a part of the largest mass.
    fn floor(&self, part: f64) -> f64 {
        self.log_mass.par_iter().copied().reduce(|| f64::NEG_INFINITY, f64::max) + part.ln()
    }

    /// Largest size of the relative changes of watched cells, and of those that would be after the change; a change
    /// that is no number is infinite.
    fn watched(&self, changes: impl IndexedParallelIterator<Item = f64>) -> f64 {
        let floor = self.floor(WATCHED);
        let size = |(m, change): (&f64, f64)| {
            let size = if change.is_nan() { f64::INFINITY } else { change.abs() };
            if m + size.ln_1p() > floor { size } else { 0.0 }
        };
        self.log_mass.par_iter().zip(changes).map(size).reduce(|| 0.0, f64::max)
    }

    /// Bytes of what is held while a hierarchy is.
    fn held(&self, level: &Level) -> u64 {
        // Pattern and level, masses and vectors of the cycle.
        (16 * level.sources.len() + 120 * level.states()) as u64
    }
}

/// ln of a factor, which from a bad guess may be zero or beyond range.
fn within(u: f64) -> f64 {
    if u.is_nan() { 0.0 } else { u.ln().clamp(-FAR, FAR) }
}
