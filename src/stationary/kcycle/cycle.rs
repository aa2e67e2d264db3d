//! One application of an approximate inverse of A: sweeps on every level and, between levels, a polynomial of second
//! degree (AMLI: Axelsson and Vassilevski 1990).
//!
//! The steps of the polynomial are fixed. Steps found by products of vectors, as in a K-cycle, are at the mercy of the
//! roundings of heavy wells: what leaks out of a metastable well is far below them, though this is what its weight
//! depends on. With fixed steps every part of the chain goes its own way, and the cycle is linear.

use super::aggregate::coarser;
use super::coarsest::{Coarsest, Factored};
use super::level::{Level, Way};
use crate::stationary::StationaryError;
use rayon::prelude::*;

/// Chains of at most this many states are eliminated.
const SMALL: usize = 3000;

/// Sweeps each way after a positive correction.
const SWEEPS: usize = 2;

/// Lengths of the two steps on every level between the finest and the coarsest: they reduce most, and equally, at both
/// ends of a spectrum of the preconditioned operator in [0.3, 1] (Chebyshev).
const STEPS: [f64; 2] = [1.114, 2.484];

/// A level and its groups.
struct Grouped {
    level: Level,
    /// Group of every state of the level above.
    group: Vec<u32>,
    /// D_y / D of the group of y, for every state of the level above.
    share: Vec<f64>,
}

/// All levels below the finest.
pub(super) struct Hierarchy {
    levels: Vec<Grouped>,
    pub coarsest: Coarsest,
    /// Numbers held.
    pub bytes: u64,
}

/// A right-hand side: `share` of the level's own excess, and the rest.
struct Right {
    share: f64,
    rest: Vec<f64>,
}

impl Hierarchy {
    pub fn of(finest: &Level) -> Result<Self, StationaryError> {
        let mut levels: Vec<Grouped> = Vec::new();
        loop {
            let last = levels.last().map_or(finest, |l| &l.level);
            if last.states() <= SMALL {
                break;
            }
            let (level, group) = coarser(last);
            if level.states() as f64 > 0.9 * last.states() as f64 {
                break;
            }
            let share = group.par_iter().zip(&last.scale).map(|(&g, s)| (s - level.scale[g as usize]).exp()).collect();
            levels.push(Grouped { level, group, share });
        }
        let coarsest = Coarsest::of(levels.last().map_or(finest, |l| &l.level))?;
        let held = |l: &Grouped| 12 * l.group.len() + 12 * l.level.sources.len() + 40 * l.level.states();
        let bytes = levels.iter().map(held).sum::<usize>() as u64;
        Ok(Self { levels, coarsest, bytes })
    }

    /// The exact correction of the coarsest chain, spread level by level and smoothed: always positive.
    pub fn spread(&self) -> Vec<f64> {
        let mut u = self.coarsest.u.clone();
        for (k, below) in self.levels.iter().enumerate().rev() {
            u = below.group.iter().map(|&g| u[g as usize]).collect();
            if let Some(above) = k.checked_sub(1) {
                for _ in 0..SWEEPS {
                    self.levels[above].level.sweep(None, &mut u, Way::Up);
                    self.levels[above].level.sweep(None, &mut u, Way::Down);
                }
            }
        }
        u
    }

    pub fn ready<'a>(&'a self, finest: &'a Level) -> Result<Cycle<'a>, StationaryError> {
        Ok(Cycle { finest, levels: &self.levels, coarsest: self.coarsest.factor()? })
    }
}

/// The cycle with all it needs.
pub(super) struct Cycle<'a> {
    finest: &'a Level,
    levels: &'a [Grouped],
    coarsest: Factored<'a>,
}

impl Cycle<'_> {
    /// About A^-1 (`share` r + `rest`); nothing when numbers leave their range.
    pub fn apply(&self, share: f64, rest: Vec<f64>) -> Option<Vec<f64>> {
        if self.levels.is_empty() {
            return self.coarsest.solve(share, &rest, &self.finest.weight);
        }
        self.precondition(0, Right { share, rest })
    }

    fn level(&self, k: usize) -> &Level {
        if k == 0 { self.finest } else { &self.levels[k - 1].level }
    }

    /// Sweep, correction from below, sweep back.
    fn precondition(&self, k: usize, mut right: Right) -> Option<Vec<f64>> {
        let level = self.level(k);
        let whole = right.whole(level);
        let mut e = vec![0.0; level.states()];
        level.sweep(Some(&whole), &mut e, Way::Up);
        right.subtract(&level.apply(&e), 1.0);
        let below = &self.levels[k];
        let mut rest = vec![0.0; below.level.states()];
        for ((&g, share), r) in below.group.iter().zip(&below.share).zip(&right.rest) {
            rest[g as usize] += share * r;
        }
        let correction = self.below(k + 1, Right { share: right.share, rest })?;
        e.par_iter_mut().zip(&below.group).for_each(|(e, &g)| *e += correction[g as usize]);
        level.sweep(Some(&whole), &mut e, Way::Down);
        Some(e)
    }

    /// The equation of a coarser level, by two steps or exactly.
    fn below(&self, k: usize, mut right: Right) -> Option<Vec<f64>> {
        let level = self.level(k);
        if k == self.levels.len() {
            return self.coarsest.solve(right.share, &right.rest, &level.weight);
        }
        let [step, last] = STEPS;
        let mut first = self.precondition(k, Right { share: right.share, rest: right.rest.clone() })?;
        right.subtract(&level.apply(&first), step);
        let second = self.precondition(k, right)?;
        first.par_iter_mut().zip(&second).for_each(|(e, s)| *e = step * *e + last * s);
        Some(first)
    }
}

impl Right {
    fn whole(&self, level: &Level) -> Vec<f64> {
        self.rest.par_iter().zip(&level.excess).map(|(r, x)| r + self.share * x).collect()
    }

    fn subtract(&mut self, image: &[f64], step: f64) {
        self.rest.par_iter_mut().zip(image).for_each(|(r, i)| *r -= step * i);
    }
}
