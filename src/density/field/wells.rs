//! Wells: maxima of the density in the model's own variables, and the basins that drain to them.
//!
//! Cells climb to their steepest neighbour; basins that a shallow saddle separates from a higher one are no wells of their
//! own but rounding, and join it. Modes are refined below the size of a cell on the interpolating polynomial.

use super::border::Borders;
use super::masses::{Masses, sum};
use super::observed::{Basin, Side};
use super::points::Interpolant;
use super::stencil::Stencil;
use super::variables::{Nodes, Variables};
use crate::process::Coordinate;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A basin is a well if ln p falls by more than this on the way to a higher one...
const DEPTH: f64 = 1e-6;
/// ...and by more than this share of ln p, its rounding.
const ROUNDING: f64 = 1e-13;
/// A maximum nearer to a wall than this, in cells, is on it: interpolation places it no better.
const ON_WALL: f64 = 1e-2;

/// The log density in the model's own variables on a lattice, cut into basins.
pub(super) struct Terrain<'a, const N: usize> {
    pub masses: &'a Masses<'a, N>,
    variables: &'a Variables<N>,
    pub height: Vec<f64>,
    /// The summit that every cell climbs to.
    summit: Vec<u32>,
}

/// The wells, the heaviest first.
pub(super) fn wells<const N: usize>(
    masses: &Masses<'_, N>,
    variables: &Variables<N>,
    log_densities: &[f64],
) -> Vec<Basin<N>> {
    let process = masses.field.process;
    let nodes = Nodes::of(masses.field.lattice);
    let height: Vec<f64> = log_densities
        .par_iter()
        .enumerate()
        .map(|(cell, log)| log - process.log_jacobian(&nodes.at(cell)))
        .map(|height| if height.is_nan() { f64::NEG_INFINITY } else { height })
        .collect();
    let mut terrain = Terrain { masses, variables, height, summit: Vec::new() };
    terrain.climb();
    let saddles = terrain.saddles();
    let (owner, depth) = terrain.merge(saddles);
    let label: Vec<u32> = terrain.summit.iter().map(|summit| owner[summit]).collect();
    let mut members: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (cell, well) in label.iter().enumerate() {
        members.entry(*well).or_default().push(masses.log_mass(cell));
    }
    let rough: BTreeMap<u32, f64> = members.iter().map(|(well, logs)| (*well, log_sum(logs))).collect();
    // A well that runs out to a far face has its summit wherever the lattice ends: its border is not worth a closer look.
    let inside = rough.keys().all(|&well| !terrain.at_an_end(well as usize, |axis| axis.domain()));
    let log_weights =
        if rough.len() > 1 && inside { Borders::of(&terrain, label, &rough).log_weights() } else { rough.clone() };
    let mut wells: Vec<Basin<N>> = rough
        .keys()
        .map(|well| {
            let log_weight = log_weights.get(well).copied().unwrap_or(f64::NEG_INFINITY);
            terrain.basin(*well as usize, log_weight, depth.get(well).copied())
        })
        .collect();
    wells.sort_by(|a, b| b.log_weight.total_cmp(&a.log_weight));
    wells
}

fn log_sum(logs: &[f64]) -> f64 {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + sum(logs.iter().map(|m| (m - top).exp())).ln() }
}

impl<const N: usize> Terrain<'_, N> {
    /// Cells that touch `cell`, by faces, edges or corners.
    pub fn neighbours(&self, cell: usize) -> impl Iterator<Item = usize> + use<N> {
        let shape = self.masses.field.lattice.shape();
        let index = self.masses.field.lattice.index(cell);
        (0..3usize.pow(N as u32)).filter_map(move |which| {
            let (mut place, mut rest) = (0usize, which);
            for i in 0..N {
                let next = (index[i] + rest % 3).checked_sub(1).filter(|next| *next < shape[i])?;
                rest /= 3;
                place = place * shape[i] + next;
            }
            (place != cell).then_some(place)
        })
    }

    /// Slope of ln p from a cell to a neighbour, in the model's own variables.
    fn slope(&self, from: usize, to: usize) -> f64 {
        let distance: f64 = self.variables.values.iter().map(|v| (v[to] - v[from]).powi(2)).sum::<f64>().sqrt();
        let rise = self.height[to] - self.height[from];
        if distance > 0.0 && distance.is_finite() { rise / distance } else { rise }
    }

    /// Whether the first of two cells is higher; ties go by number, so that a plateau has one summit.
    fn higher(&self, a: usize, b: usize) -> bool {
        self.height[a].total_cmp(&self.height[b]).then(b.cmp(&a)).is_gt()
    }

    /// Steepest ascent from every cell.
    fn climb(&mut self) {
        let up: Vec<u32> = (0..self.height.len())
            .into_par_iter()
            .map(|cell| {
                let steepest = self
                    .neighbours(cell)
                    .filter(|&next| self.higher(next, cell))
                    .max_by(|&a, &b| self.slope(cell, a).total_cmp(&self.slope(cell, b)));
                steepest.unwrap_or(cell) as u32
            })
            .collect();
        let mut summit: Vec<u32> = up.clone();
        let mut path = Vec::new();
        let mut known = vec![false; up.len()];
        for cell in 0..up.len() {
            let mut at = cell;
            path.clear();
            while !known[at] && up[at] as usize != at {
                path.push(at);
                at = up[at] as usize;
            }
            let top = summit[at];
            known[at] = true;
            for &passed in &path {
                summit[passed] = top;
                known[passed] = true;
            }
        }
        self.summit = summit;
    }

    /// Height of the highest pass between every two basins that touch.
    fn saddles(&self) -> BTreeMap<(u32, u32), f64> {
        let mut saddles = BTreeMap::new();
        for cell in 0..self.height.len() {
            let own = self.summit[cell];
            for next in self.neighbours(cell).filter(|&next| next > cell && self.summit[next] != own) {
                let other = self.summit[next];
                let pass = self.height[cell].min(self.height[next]);
                let best = saddles.entry((own.min(other), own.max(other))).or_insert(f64::NEG_INFINITY);
                *best = best.max(pass);
            }
        }
        saddles
    }

    /// Joins what no real saddle separates. Returns the summit that every summit belongs to, and the depth of those that
    /// stay below a higher one.
    fn merge(&self, saddles: BTreeMap<(u32, u32), f64>) -> (BTreeMap<u32, u32>, BTreeMap<u32, f64>) {
        let summits: Vec<u32> = saddles.keys().flat_map(|(a, b)| [*a, *b]).chain(self.summit.iter().copied()).collect();
        // `owner`: the well a summit belongs to. `island`: the highest summit reached from it above the passes seen so far.
        let mut owner: BTreeMap<u32, u32> = summits.iter().map(|s| (*s, *s)).collect();
        let mut island = owner.clone();
        let mut depth = BTreeMap::new();
        let mut passes: Vec<((u32, u32), f64)> = saddles.into_iter().collect();
        passes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for ((a, b), pass) in passes {
            let (top_a, top_b) = (root(&island, a), root(&island, b));
            if top_a == top_b {
                continue;
            }
            let (low, high, beside) =
                if self.higher(top_a as usize, top_b as usize) { (top_b, top_a, a) } else { (top_a, top_b, b) };
            let fall = self.height[low as usize] - pass;
            let noise = DEPTH + ROUNDING * self.height[low as usize].abs() + self.between_cells(low as usize);
            if fall <= noise || self.at_an_end(low as usize, Coordinate::ends) {
                owner.insert(low, root(&owner, beside));
            } else {
                depth.insert(low, fall);
            }
            island.insert(low, high);
        }
        let owner = summits.iter().map(|s| (*s, root(&owner, *s))).collect();
        (owner, depth)
    }

    /// By how much a ridge that runs between the cells seems to rise and fall: from its crest to the nearest node it
    /// is half a cell at most along every axis. Twice that.
    fn between_cells(&self, cell: usize) -> f64 {
        let lattice = self.masses.field.lattice;
        let index = lattice.index(cell);
        let bend = |i: usize| {
            let height = |k: usize| {
                let mut at = index;
                at[i] = k;
                self.height[lattice.cell(&at)]
            };
            let k = index[i].clamp(1, lattice.axis(i).cells.saturating_sub(2).max(1));
            if lattice.axis(i).cells < 3 { 0.0 } else { (height(k + 1) - 2.0 * height(k) + height(k - 1)).abs() }
        };
        let whole: f64 = (0..N).map(bend).sum();
        if whole.is_finite() { 0.25 * whole } else { 0.0 }
    }

    /// Whether a summit sits at a wall of the lattice where what `ends` gives for the coordinate is infinite.
    fn at_an_end(&self, summit: usize, ends: impl Fn(&Coordinate) -> [f64; 2]) -> bool {
        let chart = self.masses.field.process.chart();
        self.walls(summit).iter().enumerate().any(|(i, side)| {
            side.is_some_and(|side| ends(chart.axis(i))[if side == Side::Lower { 0 } else { 1 }].is_infinite())
        })
    }

    fn walls(&self, cell: usize) -> [Option<Side>; N] {
        let lattice = self.masses.field.lattice;
        let index = lattice.index(cell);
        std::array::from_fn(|i| match index[i] {
            0 => Some(Side::Lower),
            k if k + 1 == lattice.axis(i).cells => Some(Side::Upper),
            _ => None,
        })
    }

    fn basin(&self, summit: usize, log_weight: f64, depth: Option<f64>) -> Basin<N> {
        let lattice = self.masses.field.lattice;
        let index = lattice.index(summit);
        let (x, walls) = self.refined(index.map(|i| i as f64), self.walls(summit));
        let shape = lattice.shape();
        let mode = std::array::from_fn(|i| lattice.axis(i).grading.z(lattice.axis(i).xi(x[i])));
        let stencils = std::array::from_fn(|i| Stencil::value(shape[i], x[i]));
        Basin {
            mode,
            place: self.masses.field.process.to_physical(&mode),
            log_density: Interpolant::of(shape, &self.height).apply(&stencils),
            log_weight,
            depth: depth.unwrap_or(f64::INFINITY),
            walls,
        }
    }

    /// The maximum of the interpolating polynomial near a cell, and the walls it sits on.
    fn refined(&self, start: [f64; N], walls: [Option<Side>; N]) -> ([f64; N], [Option<Side>; N]) {
        let shape = self.masses.field.lattice.shape();
        let surface = Interpolant::of(shape, &self.height);
        let touched = walls;
        let mut walls = walls;
        let mut x = start;
        let wall_at = |i: usize, side: Side| if side == Side::Lower { -0.5 } else { shape[i] as f64 - 0.5 };
        // At a wall: a maximum on it if the density still rises towards it, one inside otherwise.
        for i in 0..N {
            if let Some(side) = walls[i] {
                let at = wall_at(i, side);
                let outwards = if side == Side::Lower { -1.0 } else { 1.0 };
                let stencils = std::array::from_fn(|j| {
                    if j == i { Stencil::slope(shape[j], at) } else { Stencil::value(shape[j], x[j]) }
                });
                if surface.apply(&stencils) * outwards >= 0.0 {
                    x[i] = at;
                } else {
                    walls[i] = None;
                }
            }
        }
        for _ in 0..20 {
            let step = newton(&surface, shape, &x, &walls);
            let Some(step) = step else { break };
            let mut moved: f64 = 0.0;
            for i in 0..N {
                let next =
                    (x[i] + step[i]).clamp((start[i] - 1.0).max(-0.5), (start[i] + 1.0).min(shape[i] as f64 - 0.5));
                moved = moved.max((next - x[i]).abs());
                x[i] = next;
            }
            if moved < 1e-12 {
                break;
            }
        }
        // Where the density is flat at the wall, the error of the interpolation decides on which side the maximum was found.
        for i in 0..N {
            if let Some(side) = touched[i].filter(|&side| (x[i] - wall_at(i, side)).abs() < ON_WALL) {
                (x[i], walls[i]) = (wall_at(i, side), Some(side));
            }
        }
        (x, walls)
    }
}

fn root(parent: &BTreeMap<u32, u32>, mut at: u32) -> u32 {
    while parent[&at] != at {
        at = parent[&at];
    }
    at
}

/// Newton's step towards a stationary point, in the directions that no wall blocks; `None` where the surface is no hill.
fn newton<const N: usize>(
    surface: &Interpolant<'_, N>,
    shape: [usize; N],
    x: &[f64; N],
    walls: &[Option<Side>; N],
) -> Option<[f64; N]> {
    let free = |i: usize| walls[i].is_none() && shape[i] >= 3;
    let stencil = |axis: usize, order: usize| match order {
        0 => Stencil::value(shape[axis], x[axis]),
        1 => Stencil::slope(shape[axis], x[axis]),
        _ => Stencil::bend(shape[axis], x[axis]),
    };
    let derivative = |i: usize, j: usize| {
        surface.apply(&std::array::from_fn(|k| stencil(k, usize::from(k == i) + usize::from(k == j))))
    };
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for i in 0..N {
        if !free(i) {
            matrix[i][i] = 1.0;
            continue;
        }
        right[i] = surface.apply(&std::array::from_fn(|k| stencil(k, usize::from(k == i))));
        for j in (0..N).filter(|j| free(*j)) {
            matrix[i][j] = -derivative(i, j);
        }
    }
    cholesky_solve(matrix, right)
}

/// Solves a symmetric system; `None` where it is not positive definite.
pub(super) fn cholesky_solve<const N: usize>(mut a: [[f64; N]; N], mut x: [f64; N]) -> Option<[f64; N]> {
    for i in 0..N {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - known;
            if i == j && !(rest > 0.0 && rest.is_finite()) {
                return None;
            }
            a[i][j] = if i == j { rest.sqrt() } else { rest / a[j][j] };
        }
    }
    for i in 0..N {
        x[i] = (x[i] - (0..i).map(|k| a[i][k] * x[k]).sum::<f64>()) / a[i][i];
    }
    for i in (0..N).rev() {
        x[i] = (x[i] - (i + 1..N).map(|k| a[k][i] * x[k]).sum::<f64>()) / a[i][i];
    }
    Some(x)
}
