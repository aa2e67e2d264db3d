//! One pass over a uniform line: force to log density to density to sums.
//!
//! The log density is the sum of the cell integrals of the force, by a formula of order 12; its error is that of
//! the formula of order 10, which is worse. Sums over a whole line by the trapezoidal rule converge geometrically;
//! those over every second node tell how far they have.

#![allow(clippy::needless_range_loop, reason = "lanes that are indexed side by side become vector code")]

use super::window::Window;
use crate::numeric::elementary::{exp, ln};
use crate::numeric::{Geometric, RESTART, ROW, SIDE, cell_row};
use crate::process::{Coordinate, Process};
use pulp::{Arch, Simd, WithSimd};

/// Nodes before the first one of the line.
pub(super) const BEFORE: usize = SIDE - 1;
/// Segments of a line whose running sums are made side by side.
const SEGMENTS: usize = 4;
/// Nodes of a block of the running mass.
pub(super) const BLOCK: usize = 64;

/// The numbers of a line; kept between laws.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub start: f64,
    pub step: f64,
    /// Force at the nodes, with [`SIDE`] more on either side.
    pub force: Vec<f64>,
    /// Log density in the chart, 0 at the peak.
    pub log_density: Vec<f64>,
    /// Its exponential.
    pub density: Vec<f64>,
    /// Sum of the density over each block.
    pub blocks: Vec<f64>,
    /// Error of the log density between any two nodes.
    pub defect: f64,
    /// Node of about the highest density.
    pub peak: usize,
    /// Sums of density times 1, x, x^2 and |x| (x = v less that of the peak), over even and odd nodes.
    pub sums: [[f64; 2]; 4],
    /// v at the peak.
    pub pivot: f64,
}

/// v = at + up e^z + down e^-z.
#[derive(Debug, Clone, Copy)]
struct Map {
    at: f64,
    up: f64,
    down: f64,
}

impl Map {
    fn of(coordinate: &Coordinate) -> Option<Self> {
        match *coordinate {
            Coordinate::Exponential { origin, sign, scale } => Some(Self { at: origin, up: sign * scale, down: 0.0 }),
            Coordinate::Hyperbolic { centre, scale } => Some(Self { at: centre, up: 0.5 * scale, down: -0.5 * scale }),
            _ => None,
        }
    }
}

impl Line {
    /// Number of nodes, a multiple of [`ROW`].
    pub fn nodes(&self) -> usize {
        self.log_density.len()
    }

    pub fn node(&self, i: usize) -> f64 {
        self.start + i as f64 * self.step
    }

    /// Force at all nodes.
    pub fn forces(&self) -> &[f64] {
        &self.force[BEFORE..][..self.nodes()]
    }

    /// Force at node `i`.
    pub fn force_at(&self, i: usize) -> f64 {
        self.force[BEFORE + i]
    }

    /// Fills everything on `nodes` nodes over the window; `None` where the force is not finite or the chart has
    /// no such map.
    pub fn fill(&mut self, process: &dyn Process<1>, window: &Window, nodes: usize, arch: Arch) -> Option<()> {
        let coordinate = process.chart().axis(0);
        let map = Map::of(coordinate)?;
        self.start = window.low;
        self.step = (window.high - window.low) / (nodes - 1) as f64;
        self.force.resize(nodes + 2 * ROW, 0.0);
        self.log_density.resize(nodes, 0.0);
        self.density.resize(nodes, 0.0);
        self.blocks.clear();
        process.forces(&[self.start - BEFORE as f64 * self.step], 0, self.step, &mut self.force);
        self.defect = arch.dispatch(Cells { line: self });
        if !self.defect.is_finite() {
            return None;
        }
        self.peak = (((window.peak - window.low) / self.step).round() as usize).min(nodes - 1);
        self.pivot = coordinate.to_physical(self.node(self.peak));
        let offsets = self.accumulate();
        arch.dispatch(Sums { line: self, map, offsets });
        Some(())
    }

    /// Running sums of the cell integrals, in segments side by side; returns what to add to each segment so that
    /// the log density at the peak is 0.
    fn accumulate(&mut self) -> [f64; SEGMENTS] {
        let length = self.nodes() / SEGMENTS;
        let mut sums = [0.0; SEGMENTS];
        let (first, rest) = self.log_density.split_at_mut(length);
        let (second, rest) = rest.split_at_mut(length);
        let (third, fourth) = rest.split_at_mut(length);
        for (((a, b), c), d) in first.iter_mut().zip(second).zip(third).zip(fourth) {
            for (sum, value) in sums.iter_mut().zip([a, b, c, d]) {
                let rise = *value;
                *value = *sum;
                *sum += rise;
            }
        }
        let mut offsets = [0.0; SEGMENTS];
        for i in 1..SEGMENTS {
            offsets[i] = offsets[i - 1] + sums[i - 1];
        }
        let top = self.log_density[self.peak] + offsets[self.peak / length];
        offsets.map(|offset| offset - top)
    }
}

/// Integral of the force over the cell after every node; returns the summed magnitudes of the defects.
struct Cells<'a> {
    line: &'a mut Line,
}

impl WithSimd for Cells<'_> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        let Line { force, log_density, step, .. } = self.line;
        let mut defects = [0.0; ROW];
        for (row, out) in log_density.chunks_exact_mut(ROW).enumerate() {
            let (integrals, defect) = cell_row(&force[row * ROW..]);
            for k in 0..ROW {
                out[k] = *step * integrals[k];
            }
            for k in 0..ROW {
                defects[k] += defect[k].abs();
            }
        }
        *step * defects.iter().sum::<f64>()
    }
}

/// Densities and their sums.
struct Sums<'a> {
    line: &'a mut Line,
    map: Map,
    offsets: [f64; SEGMENTS],
}

impl WithSimd for Sums<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { line, map, offsets } = self;
        let (start, step) = (line.start, line.step);
        let length = line.nodes() / SEGMENTS;
        let segments = line.density.chunks_mut(length).zip(line.log_density.chunks_mut(length));
        for (offset, (density, log_density)) in offsets.iter().zip(segments) {
            for (p, log) in density.iter_mut().zip(log_density) {
                *log += offset;
                *p = exp(*log);
            }
        }
        let mut up = Geometric::new(step);
        let mut down = Geometric::new(-step);
        let at = map.at - line.pivot;
        let mut sums = [[0.0; ROW]; 4];
        for (block, density) in line.density.chunks(BLOCK).enumerate() {
            if (block * BLOCK).is_multiple_of(RESTART) {
                let z = start + (block * BLOCK) as f64 * step;
                up.restart(z);
                down.restart(-z);
            }
            let mut parts = [[0.0; ROW]; 4];
            for p in density.chunks_exact(ROW) {
                let mut x = [0.0; ROW];
                for k in 0..ROW {
                    x[k] = at + map.up * up.row[k] + map.down * down.row[k];
                }
                add_powers(&mut parts, p, &x);
                up.advance();
                down.advance();
            }
            line.blocks.push(parts[0].iter().sum());
            for (sum, part) in sums.iter_mut().zip(&parts) {
                for k in 0..ROW {
                    sum[k] += part[k];
                }
            }
        }
        line.sums = sums.map(|lanes| {
            let part = |odd: usize| (0..ROW / 2).map(|k| lanes[2 * k + odd]).sum::<f64>();
            [part(0), part(1)]
        });
    }
}

/// Adds p, p x, p x^2 and p |x|.
#[inline(always)]
fn add_powers(sums: &mut [[f64; ROW]; 4], p: &[f64], x: &[f64; ROW]) {
    let p = &p[..ROW];
    let mut first = [0.0; ROW];
    for k in 0..ROW {
        first[k] = p[k] * x[k];
    }
    for k in 0..ROW {
        sums[0][k] += p[k];
    }
    for k in 0..ROW {
        sums[1][k] += first[k];
    }
    for k in 0..ROW {
        sums[2][k] += first[k] * x[k];
    }
    for k in 0..ROW {
        sums[3][k] += first[k].abs();
    }
}

/// ln(scale cosh z) or z on every node taken from `log_density`, each `stride`-th: the log density in v.
pub(super) struct Physical<'a> {
    pub line: &'a Line,
    pub coordinate: Coordinate,
    pub stride: usize,
    pub log_total: f64,
    pub out: &'a mut [f64],
}

impl WithSimd for Physical<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { line, coordinate, stride, log_total, out } = self;
        let (start, step) = (line.start, line.step * stride as f64);
        let shift = match coordinate {
            Coordinate::Exponential { scale, .. } | Coordinate::Hyperbolic { scale, .. } => log_total + scale.ln(),
            _ => log_total,
        };
        if stride == 1 {
            for (value, log) in out.iter_mut().zip(&line.log_density) {
                *value = log - shift;
            }
        } else {
            for (value, log) in out.iter_mut().zip(line.log_density.iter().step_by(stride)) {
                *value = log - shift;
            }
        }
        if let Coordinate::Hyperbolic { .. } = coordinate {
            let (mut up, mut down) = (Geometric::new(step), Geometric::new(-step));
            for (block, values) in out.chunks_mut(RESTART).enumerate() {
                let z = start + (block * RESTART) as f64 * step;
                up.restart(z);
                down.restart(-z);
                for row in values.chunks_exact_mut(ROW) {
                    for k in 0..ROW {
                        row[k] -= ln(0.5 * (up.row[k] + down.row[k]));
                    }
                    up.advance();
                    down.advance();
                }
            }
        } else {
            for (i, value) in out.iter_mut().enumerate() {
                *value -= start + i as f64 * step;
            }
        }
    }
}
