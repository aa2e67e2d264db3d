//! One level of the hierarchy: a chain seen through the flows that the current iterate drives through it.
//!
//! With masses x, flows F_xy = x_x (rate x -> y) and D_y the outflow of y, the exact masses are x u with
//!
//! u_y = sum over x of G_yx u_x,   G_yx = F_xy / D_y >= 0.
//!
//! All numbers G are of order one however small the masses are; only ln D_y knows about those. In terms of the
//! relative correction e = u - 1 the equation is A e = r, (A e)_y = e_y - sum G_yx e_x, r_y = sum G_yx - 1: the
//! relative excess of inflow over outflow.

use super::ranges::{chunks, split};
use rayon::prelude::*;

/// Inflow fractions by rows, one row per state.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// Where rows begin.
    pub pointers: Vec<usize>,
    /// Where inflow comes from, ascending.
    pub sources: Vec<u32>,
    /// G_yx
    pub inflow: Vec<f64>,
    /// ln D_y
    pub scale: Vec<f64>,
    /// Largest of them.
    top: f64,
    /// D_y / sum of D
    pub weight: Vec<f64>,
    /// r_y, zero where it cannot be told from rounding; from this level's own flows: nothing that stays inside a state cancels in it.
    pub excess: Vec<f64>,
}

/// Which way a sweep goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Level {
    pub fn new(pointers: Vec<usize>, sources: Vec<u32>, inflow: Vec<f64>, scale: Vec<f64>) -> Self {
        let mut level = Self { pointers, sources, inflow, scale, top: 0.0, weight: Vec::new(), excess: Vec::new() };
        level.finish();
        level
    }

    /// Weights and excesses from scales and inflows.
    pub fn finish(&mut self) {
        let top = self.scale.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.top = top;
        let mut weight = std::mem::take(&mut self.weight);
        self.scale.par_iter().map(|s| (s - top).exp()).collect_into_vec(&mut weight);
        let total: f64 = weight.iter().sum();
        weight.par_iter_mut().for_each(|w| *w /= total);
        self.weight = weight;
        let mut excess = std::mem::take(&mut self.excess);
        let told = |(y, defect): (usize, f64)| if defect.abs() > self.noise(y) { defect } else { 0.0 };
        self.defects().enumerate().map(told).collect_into_vec(&mut excess);
        self.excess = excess;
    }

    pub fn states(&self) -> usize {
        self.pointers.len() - 1
    }

    pub fn row(&self, y: usize) -> impl Iterator<Item = (usize, f64)> {
        let range = self.pointers[y]..self.pointers[y + 1];
        self.sources[range.clone()].iter().zip(&self.inflow[range]).map(|(&x, &g)| (x as usize, g))
    }

    /// sum G_yx v_x
    fn drawn(&self, y: usize, v: &[f64]) -> f64 {
        self.row(y).fold(0.0, |sum, (x, g)| sum + g * v[x])
    }

    /// A v; what cannot be told from rounding is zero, lest the roundings of a heavy well outweigh what leaks out of it.
    pub fn apply(&self, v: &[f64]) -> Vec<f64> {
        let image = |y: usize| {
            let image = v[y] - self.drawn(y, v);
            if image.abs() > self.noise(y) * v[y].abs() { image } else { 0.0 }
        };
        (0..self.states()).into_par_iter().with_min_len(4096).map(image).collect()
    }

    /// Relative rounding of the inflow of a state: its logarithm is rounded too.
    fn noise(&self, y: usize) -> f64 {
        f64::EPSILON * (4.0 + (self.scale[y] - self.top).abs())
    }

    /// One sweep of v_y <- r_y + sum G_yx v_x, each chunk of states with its own newest values and the old ones of
    /// the others, so that the digits do not depend on the number of threads.
    pub fn sweep(&self, right: Option<&[f64]>, v: &mut [f64], way: Way) {
        let old = v.to_vec();
        let ranges = chunks(self.states());
        split(v, &ranges).into_par_iter().zip(&ranges).for_each(|(own, range)| {
            let first = range.start;
            let update = |y: usize, own: &mut [f64]| {
                let start = right.map_or(0.0, |r| r[y]);
                own[y - first] = self.row(y).fold(start, |sum, (x, g)| {
                    // Below the chunk the difference wraps round to a large number.
                    sum + g * own.get(x.wrapping_sub(first)).copied().unwrap_or_else(|| old[x])
                });
            };
            match way {
                Way::Up => range.clone().for_each(|y| update(y, own)),
                Way::Down => range.clone().rev().for_each(|y| update(y, own)),
            }
        });
    }

    /// Makes x u the iterate: G_yx u_x / u_y, D_y u_y.
    pub fn rescale(&mut self, u: &[f64]) {
        let ranges = chunks(self.states());
        let rows: Vec<_> = ranges.iter().map(|r| self.pointers[r.start]..self.pointers[r.end]).collect();
        let (pointers, sources) = (&self.pointers, &self.sources);
        split(&mut self.inflow, &rows).into_par_iter().zip(&ranges).for_each(|(own, range)| {
            let base = pointers[range.start];
            for y in range.clone() {
                let row = pointers[y]..pointers[y + 1];
                for (g, &x) in own[row.start - base..row.end - base].iter_mut().zip(&sources[row]) {
                    *g *= u[x as usize] / u[y];
                }
            }
        });
        self.scale.par_iter_mut().zip(u).for_each(|(s, u)| *s += u.ln());
        self.finish();
    }

    /// Inflow over outflow of every state, minus 1, with its rounding.
    pub fn defects(&self) -> impl IndexedParallelIterator<Item = f64> {
        (0..self.states()).into_par_iter().map(|y| self.row(y).fold(-1.0, |sum, (_, g)| sum + g))
    }

    /// Sum of D_y |r_y| / sum of D_y.
    pub fn imbalance(&self) -> f64 {
        self.weight.iter().zip(&self.excess).map(|(w, r)| w * r.abs()).sum()
    }
}
