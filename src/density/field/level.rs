//! Mass on either side of a level set f = t, and density of f there.
//!
//! The mass of {f <= t} is a sum over the cells inside plus, on every line of cells that the level set crosses, what the sum
//! lacks to be the integral up to the crossing. Lines along different axes share the work by weights
//! w_k ~ (d_k |df/dxi_k|^3)^2 that add up to 1 at every cell: they vanish where a line touches the level set instead of
//! crossing it and where it leaves through a wall (d_k: distance from the walls across axis k), which would otherwise spoil the
//! midpoint rule over the lines. Order of the error in the step: 4 for the mass, 3.5 for the density, where the gradient of f
//! does not vanish on the level set.

use super::Observable;
use super::crossing::Crossing;
use super::fine::Fine;
use super::masses::sum;
use super::stencil::Stencil;
use super::tiles::{Tile, tiles};
use super::turns::{self, Turn};
use crate::numeric::Compensated;
use crate::process::Process;
use rayon::prelude::*;
use std::collections::HashMap;

/// A function of the chart.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// A variable of the model.
    Variable(usize),
    /// An expression of them.
    Expression(&'a dyn Observable),
}

impl Target<'_> {
    /// Values at points given by their variables.
    fn values(&self, variables: &[&[f64]]) -> Vec<f64> {
        match self {
            Self::Variable(i) => variables[*i].to_vec(),
            Self::Expression(f) => {
                let mut out = vec![0.0; variables[0].len()];
                f.values(variables, &mut out);
                out
            }
        }
    }
}

/// What is known at one level t.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level {
    /// P(f <= t)
    pub below: f64,
    /// P(f > t)
    pub above: f64,
    /// Density of f at t.
    pub density: f64,
}

/// f on a finer lattice, ready for level sets.
pub(super) struct Levels<'a, const N: usize> {
    fine: &'a Fine<N>,
    process: &'a dyn Process<N>,
    target: Target<'a>,
    f: Vec<f64>,
    /// `faces[k]`: f at the two walls of every line along axis k, lines in the order of their first cells.
    faces: [Vec<[f64; 2]>; N],
    /// `turns[k]`: edges along axis k inside which f turns, by [`Levels::edge`].
    turns: [HashMap<usize, Turn>; N],
    /// See [`Levels::shares`].
    shares: [Vec<f64>; N],
    tiles: Vec<Tile<N>>,
}

/// Tiles that are worked through as one task.
const TASK: usize = 64;

/// Part of the second difference of f that counts as a difference: little, since lines that touch a level set must not count.
const BEND: f64 = 0.1;

/// Rounds of regula falsi in a cell.
const ROUNDS: usize = 40;

impl<'a, const N: usize> Levels<'a, N> {
    pub fn of(fine: &'a Fine<N>, process: &'a dyn Process<N>, target: Target<'a>) -> Self {
        let f = target.values(&fine.variables.slices());
        let faces = std::array::from_fn(|_| Vec::new());
        let (turns, shares) = (std::array::from_fn(|_| HashMap::new()), std::array::from_fn(|_| Vec::new()));
        let mut levels = Self { fine, process, target, f, faces, turns, shares, tiles: Vec::new() };
        levels.faces = std::array::from_fn(|k| levels.faces_of(k));
        levels.turns = std::array::from_fn(|k| levels.turns_of(k));
        levels.shares = levels.shares();
        levels.tiles = tiles(&fine.lattice, &fine.weighted, |index| levels.range_at(index));
        levels
    }

    /// f at the cells.
    pub fn values(&self) -> &[f64] {
        &self.f
    }

    /// Where lines cross the set f = t.
    pub fn crossings(&self, t: f64) -> Vec<Crossing> {
        let (_, mut crossings) = self.sweep(&[t]);
        self.settle(&mut crossings, &[t]);
        crossings
    }

    /// What the sum of g times mass over the cells with f <= t lacks to be the integral over f < t, for g given at the cells and the
    /// crossings with f = t.
    pub fn lacking_of(&self, g: &[f64], crossings: &[Crossing]) -> f64 {
        let terms = self.shares.each_ref().map(|shares| shares.iter().zip(g).map(|(share, g)| share * g).collect());
        sum(crossings.iter().map(|crossing| self.lacking(crossing, &terms)))
    }

    /// Smallest and largest value of f.
    pub fn range(&self) -> [f64; 2] {
        let nodes = self.f.iter().chain(self.faces.iter().flatten().flatten());
        let turns = self.turns.iter().flat_map(|turns| turns.values().map(|turn| &turn.f));
        let inside = nodes.chain(turns).filter(|f| f.is_finite());
        inside.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], f| [low.min(*f), high.max(*f)])
    }

    /// Range of f at a cell and at the other ends of the edges that start there.
    fn range_at(&self, index: &[usize; N]) -> [f64; 2] {
        let here = self.f[self.fine.lattice.cell(index)];
        let mut range = [here, here];
        for axis in 0..N {
            self.edges(axis, index, |_, from, to| {
                range = [range[0].min(from.1).min(to.1), range[1].max(from.1).max(to.1)];
            });
        }
        range
    }

    /// Edges along `axis` that belong to a cell, to the next one (or the wall) and from the wall to the first, in two pieces
    /// where f turns inside. Calls with the last cell before the edge and with position and f of both ends.
    fn edges(&self, axis: usize, index: &[usize; N], mut call: impl FnMut(isize, (f64, f64), (f64, f64))) {
        let turns = &self.turns[axis];
        if turns.is_empty() {
            return self.whole_edges(axis, index, call);
        }
        let line = self.line(axis, self.fine.lattice.cell(index));
        self.whole_edges(axis, index, |last, from, to| match turns.get(&self.edge(axis, line, last)) {
            Some(turn) => {
                call(last, from, (turn.x, turn.f));
                call(last, (turn.x, turn.f), to);
            }
            None => call(last, from, to),
        });
    }

    /// Number of the edge after a cell (-1: the wall) of a line.
    fn edge(&self, axis: usize, line: usize, last: isize) -> usize {
        line * (self.fine.lattice.axis(axis).cells + 1) + (last + 1) as usize
    }

    fn whole_edges(&self, axis: usize, index: &[usize; N], mut call: impl FnMut(isize, (f64, f64), (f64, f64))) {
        let stride = self.stride(axis);
        let cell = self.fine.lattice.cell(index);
        let i = index[axis];
        let cells = self.fine.lattice.axis(axis).cells;
        let here = (i as f64, self.f[cell]);
        if i > 0 && i + 1 < cells {
            return call(i as isize, here, (here.0 + 1.0, self.f[cell + stride]));
        }
        let faces = self.faces[axis][self.line(axis, cell)];
        if i == 0 {
            call(-1, (-0.5, faces[0]), here);
        }
        if i + 1 < cells {
            call(i as isize, here, (here.0 + 1.0, self.f[cell + stride]));
        } else {
            call(i as isize, here, (cells as f64 - 0.5, faces[1]));
        }
    }

    fn stride(&self, axis: usize) -> usize {
        (axis + 1..N).map(|i| self.fine.lattice.axis(i).cells).product()
    }

    /// Number of the line along `axis` through a cell.
    fn line(&self, axis: usize, cell: usize) -> usize {
        let stride = self.stride(axis);
        cell / (stride * self.fine.lattice.axis(axis).cells) * stride + cell % stride
    }

    /// First cells of the lines along `axis`, in order.
    fn starts(&self, axis: usize) -> Vec<usize> {
        let stride = self.stride(axis);
        let block = stride * self.fine.lattice.axis(axis).cells;
        (0..self.f.len() / block).flat_map(|outer| (0..stride).map(move |inner| outer * block + inner)).collect()
    }

    fn turns_of(&self, axis: usize) -> HashMap<usize, Turn> {
        let cells = self.fine.lattice.axis(axis).cells;
        let starts = self.starts(axis);
        let stride = self.stride(axis);
        let brackets = starts.par_iter().zip(&self.faces[axis]).enumerate().flat_map_iter(|(line, (start, faces))| {
            let inside = (0..cells).map(|i| (i as f64, self.f[start + i * stride]));
            let ends = [(-0.5, faces[0]), (cells as f64 - 0.5, faces[1])];
            let nodes: Vec<_> = ends[..1].iter().copied().chain(inside).chain(ends[1..].iter().copied()).collect();
            turns::brackets(line, &nodes)
        });
        let found = turns::search(brackets.collect(), |places| {
            self.values_at(&places.iter().map(|(line, x)| (axis, starts[*line], *x)).collect::<Vec<_>>())
        });
        let found = found.into_iter().filter(|(_, turn)| turn.f.is_finite());
        found.map(|(line, turn)| (self.edge(axis, line, turn.x.floor() as isize), turn)).collect()
    }

    fn faces_of(&self, axis: usize) -> Vec<[f64; 2]> {
        let cells = self.fine.lattice.axis(axis).cells;
        let starts = self.starts(axis).into_iter();
        let places: Vec<_> = starts.flat_map(|s| [(axis, s, -0.5), (axis, s, cells as f64 - 0.5)]).collect();
        self.values_at(&places).chunks(2).map(|pair| [pair[0], pair[1]]).collect()
    }

    /// Mass of the cells that are crossed times |g| there, with the share of it by which lines that meet at a jump may be off:
    /// level sets have errors of fourth order, on a single line of eighth.
    pub fn ragged(&self, g: &[f64], crossings: &[Crossing]) -> f64 {
        const CELLS: f64 = 8.0;
        const DOUBT: f64 = 3.0;
        let mass = |c: &Crossing| {
            let stencil = Stencil::value(self.fine.lattice.axis(c.axis).cells, c.x);
            self.share_at(c).abs() * self.along(&stencil, c, g).abs()
        };
        let cells = self.fine.lattice.shape().into_iter().min().unwrap_or(1) as f64;
        DOUBT * (CELLS / cells).powi(if N == 1 { 8 } else { 4 }) * sum(crossings.iter().map(mass))
    }

    /// How far polynomials through g at the cells miss `exact` values on either side of the crossings, relative to g at the two nodes
    /// next to them, on the average over the mass there: little where g is smooth. `size`: of what g is a difference, whose rounding
    /// does not count.
    pub fn roughness(
        &self,
        g: &[f64],
        size: &[f64],
        crossings: &[Crossing],
        exact: &dyn Fn(&[&[f64]]) -> Vec<f64>,
    ) -> f64 {
        const ROUNDED: f64 = 1e-8;
        // Not the crossing itself, where an odd function is met by symmetry, and no nodes.
        const PROBES: [f64; 4] = [-0.5, 0.25, 0.75, 1.5];
        let end = |c: &Crossing| self.fine.lattice.axis(c.axis).cells as f64 - 0.5;
        let probes = |c: &Crossing| PROBES.map(|probe| (c.last as f64 + probe).clamp(-0.5, end(c)));
        let places: Vec<_> = crossings.iter().flat_map(|c| probes(c).map(|x| (c.axis, c.start, x))).collect();
        let variables = self.variables_at(&places);
        let exact = exact(&variables.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let (mut missed, mut whole) = (0.0, 0.0);
        for (crossing, exact) in crossings.iter().zip(exact.chunks(PROBES.len())) {
            let cells = self.fine.lattice.axis(crossing.axis).cells;
            let mass = self.share_at(crossing).abs();
            let cell = |k: usize| crossing.start + k * self.stride(crossing.axis);
            let miss = |(x, exact): (f64, &f64)| (self.along(&Stencil::value(cells, x), crossing, g) - exact).abs();
            missed += mass * probes(crossing).into_iter().zip(exact).map(miss).sum::<f64>();
            let last = crossing.last.max(0) as usize;
            let near = [last, (last + 1).min(cells - 1)].map(|k| g[cell(k)].abs() + ROUNDED * size[cell(k)]);
            whole += mass * near[0].max(near[1]);
        }
        if missed == 0.0 { 0.0 } else { missed / whole }
    }

    /// f at positions `x` on the lines along `axis` that start at a cell: `(axis, start, x)`.
    fn values_at(&self, places: &[(usize, usize, f64)]) -> Vec<f64> {
        self.target.values(&self.variables_at(places).iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// The variables there.
    fn variables_at(&self, places: &[(usize, usize, f64)]) -> Vec<Vec<f64>> {
        let points: Vec<[f64; N]> = places
            .par_iter()
            .map(|&(axis, start, x)| {
                let mut z = self.fine.nodes.at(start);
                let line = self.fine.lattice.axis(axis);
                z[axis] = line.grading.z(line.xi(x));
                self.process.to_physical(&z)
            })
            .collect();
        (0..N).map(|i| points.iter().map(|v| v[i]).collect()).collect()
    }

    /// Masses and densities at ascending levels.
    pub fn at(&self, levels: &[f64]) -> Vec<Level> {
        let (mut result, mut crossings) = self.sweep(levels);
        self.settle(&mut crossings, levels);
        let slopes = self.slopes(&crossings);
        let terms: Vec<[f64; 2]> = crossings
            .par_iter()
            .zip(&slopes)
            .map(|(crossing, slope)| {
                let density = if *slope == 0.0 { 0.0 } else { self.share_at(crossing) / slope.abs() };
                [self.lacking(crossing, &self.shares), density]
            })
            .collect();
        let mut parts = vec![[Compensated::default(); 2]; levels.len()];
        for (crossing, [lacking, density]) in crossings.iter().zip(&terms) {
            parts[crossing.level][0].add(*lacking);
            parts[crossing.level][1].add(*density);
        }
        for (level, [lacking, density]) in result.iter_mut().zip(&parts) {
            level.below += lacking.value();
            level.above -= lacking.value();
            level.density = density.value();
        }
        result
    }

    /// Sums over the cells on either side of every level, and where lines cross it.
    fn sweep(&self, levels: &[f64]) -> (Vec<Level>, Vec<Crossing>) {
        let tasks: Vec<(Vec<Compensated>, Vec<Crossing>)> = self
            .tiles
            .par_chunks(TASK)
            .map(|tiles| {
                let mut between = vec![Compensated::default(); levels.len() + 1];
                let mut crossings = Vec::new();
                for tile in tiles {
                    let first = levels.partition_point(|t| *t < tile.low);
                    if first == levels.partition_point(|t| *t < tile.high) {
                        between[first].add(tile.mass);
                    } else {
                        self.sweep_tile(tile, levels, &mut between, &mut crossings);
                    }
                }
                (between, crossings)
            })
            .collect();
        let between: Vec<f64> =
            (0..=levels.len()).map(|k| sum(tasks.iter().map(|(between, _)| between[k].value()))).collect();
        let levels = (0..levels.len())
            .map(|k| Level {
                below: sum(between[..=k].iter().copied()),
                above: sum(between[k + 1..].iter().rev().copied()),
                density: 0.0,
            })
            .collect();
        (levels, tasks.into_iter().flat_map(|(_, crossings)| crossings).collect())
    }

    fn sweep_tile(&self, tile: &Tile<N>, levels: &[f64], between: &mut [Compensated], crossings: &mut Vec<Crossing>) {
        for index in tile.cells() {
            let cell = self.fine.lattice.cell(&index);
            between[levels.partition_point(|t| *t < self.f[cell])].add(self.fine.weighted[cell]);
            for axis in 0..N {
                let start = cell - index[axis] * self.stride(axis);
                self.edges(axis, &index, |last, from, to| {
                    let (low, high) = (from.1.min(to.1), from.1.max(to.1));
                    let first = levels.partition_point(|t| *t < low);
                    for (level, t) in levels.iter().enumerate().skip(first).take_while(|(_, t)| **t < high) {
                        let end = |(x, f): (f64, f64)| (x, f - t);
                        let (low, high) = (end(from), end(to));
                        let x = f64::NEG_INFINITY;
                        crossings.push(Crossing {
                            level,
                            axis,
                            start,
                            last,
                            low,
                            high,
                            x,
                            width: f64::INFINITY,
                            moved: None,
                            settled: false,
                        });
                    }
                });
            }
        }
    }

    /// Finds every crossing to rounding: regula falsi (Illinois) on all of them at once, since f is cheapest in blocks.
    fn settle(&self, crossings: &mut [Crossing], levels: &[f64]) {
        for round in 0..ROUNDS {
            let open: Vec<usize> = (0..crossings.len()).filter(|&k| !crossings[k].settled).collect();
            if open.is_empty() {
                break;
            }
            let before: Vec<f64> = open.iter().map(|&k| crossings[k].x).collect();
            let places: Vec<_> = open
                .iter()
                .map(|&k| {
                    let c = &mut crossings[k];
                    c.x = c.guess(round);
                    (c.axis, c.start, c.x)
                })
                .collect();
            for ((&k, f), before) in open.iter().zip(self.values_at(&places)).zip(before) {
                let t = levels[crossings[k].level];
                crossings[k].narrow(before, f - t);
            }
        }
    }

    /// df/dx at the crossings, by differences of fourth order.
    fn slopes(&self, crossings: &[Crossing]) -> Vec<f64> {
        let steps: Vec<f64> = crossings.iter().map(|crossing| self.step(crossing)).collect();
        let around = |(c, step): (&Crossing, &f64)| [-2.0, -1.0, 1.0, 2.0].map(|k| (c.axis, c.start, c.x + k * step));
        let places: Vec<_> = crossings.iter().zip(&steps).flat_map(around).collect();
        let slope = |(f, step): (&[f64], &f64)| (8.0 * (f[2] - f[1]) - (f[3] - f[0])) / (12.0 * step);
        self.values_at(&places).chunks(4).zip(&steps).map(slope).collect()
    }

    /// Step of the differences at a crossing: they stay on its side of a place where f turns, which may be a kink.
    fn step(&self, crossing: &Crossing) -> f64 {
        const STEP: f64 = 4e-3;
        const LEAST: f64 = 1e-9;
        let line = self.line(crossing.axis, crossing.start);
        let edges = (crossing.last - 1).max(-1)..=crossing.last + 1;
        let turns = edges.filter_map(|last| self.turns[crossing.axis].get(&self.edge(crossing.axis, line, last)));
        turns.map(|turn| 0.25 * (turn.x - crossing.x).abs()).fold(STEP, f64::min).max(LEAST)
    }

    fn share_at(&self, crossing: &Crossing) -> f64 {
        let cells = self.fine.lattice.axis(crossing.axis).cells;
        self.on_line(&Stencil::value(cells, crossing.x), crossing, &self.shares)
    }

    /// Weighted sum of the terms (by axis) of the cells on the line of a crossing.
    fn on_line(&self, stencil: &Stencil, crossing: &Crossing, terms: &[Vec<f64>; N]) -> f64 {
        self.along(stencil, crossing, &terms[crossing.axis])
    }

    /// Weighted sum of g over the cells on the line of a crossing.
    fn along(&self, stencil: &Stencil, crossing: &Crossing, g: &[f64]) -> f64 {
        let stride = self.stride(crossing.axis);
        let nodes = stencil.weights.iter().enumerate().filter(|(_, w)| **w != 0.0);
        nodes.map(|(k, w)| w * g[crossing.start + (stencil.first + k) * stride]).sum()
    }

    /// `shares[k]`: mass of every cell, under the quadrature weights of the other axes, that lines along axis k account for.
    fn shares(&self) -> [Vec<f64>; N] {
        let of = |axis: usize| (0..self.f.len()).into_par_iter().map(|cell| self.shares_of(cell)[axis]).collect();
        std::array::from_fn(of)
    }

    fn shares_of(&self, cell: usize) -> [f64; N] {
        let lattice = &self.fine.lattice;
        let index = lattice.index(cell);
        // Differences across the cell along every axis, and what counts of the second ones.
        let mut changes = [[0.0; 2]; N];
        for (k, change) in changes.iter_mut().enumerate() {
            let cells = lattice.axis(k).cells;
            let stride = self.stride(k);
            let before = cell - if index[k] > 0 { stride } else { 0 };
            let after = cell + if index[k] + 1 < cells { stride } else { 0 };
            let across = if index[k] > 0 && index[k] + 1 < cells { 0.5 } else { 1.0 };
            // Where f has its minimum along an axis it still crosses levels there, but not along an axis on which it is constant.
            let bend = self.f[after] - 2.0 * self.f[cell] + self.f[before];
            *change = [(self.f[after] - self.f[before]) * across, BEND * bend];
        }
        let largest = changes.iter().flatten().fold(0.0, |largest: f64, change| largest.max(change.abs()));
        let even = !(largest > 0.0 && largest.is_finite());
        let weights: [f64; N] = std::array::from_fn(|k| {
            let square = changes[k].iter().map(|change| (change / largest).powi(2)).sum::<f64>();
            let slope = if even { 1.0 } else { square.powi(3) };
            slope * self.fine.distance[k][index[k]].powi(2)
        });
        let whole = self.fine.mass[cell] / weights.iter().sum::<f64>();
        std::array::from_fn(|k| self.fine.weight(&index, k) * whole * weights[k])
    }

    /// What the sum over the cells below t lacks at a crossing to be the integral.
    fn lacking(&self, crossing: &Crossing, terms: &[Vec<f64>; N]) -> f64 {
        let cells = self.fine.lattice.axis(crossing.axis).cells;
        let mut stencil = Stencil::partial(cells, crossing.last, crossing.x);
        let [lower, upper] = &self.fine.walls[crossing.axis];
        let mut lacking = self.on_line(&stencil, crossing, terms);
        // The sum up to the crossing holds only part of what corrects it at the lower wall, and some of what would correct
        // it at the upper one.
        let near = super::stencil::POINTS.min(cells);
        for (first, weights, above) in [(0, lower, true), (cells - near, upper, false)] {
            stencil.first = first;
            for (k, w) in stencil.weights.iter_mut().enumerate() {
                let node = first + k;
                let wanted = k < near && (node as isize > crossing.last) == above;
                *w = if !wanted {
                    0.0
                } else if above {
                    weights[node]
                } else {
                    -weights[node]
                };
            }
            if stencil.weights.iter().any(|w| *w != 0.0) {
                lacking += self.on_line(&stencil, crossing, terms);
            }
        }
        if crossing.rising() { lacking } else { -lacking }
    }
}
