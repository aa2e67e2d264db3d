//! One pass over a uniform line: force to log density to density to sums.
//!
//! The log density is the sum of the cell integrals of the force, by a formula of order 12; its error is that of
//! the formula of order 10, which is worse. Sums over a whole line by the trapezoidal rule converge geometrically;
//! those over every second node tell how far they have.

use super::window::Window;
use crate::numeric::elementary::{exp, ln};
use crate::numeric::{Geometric, RESTART, ROW, SIDE, cell_integral};
use crate::process::{Coordinate, Process};
use pulp::{Arch, Simd, WithSimd};

/// Nodes before the first one of the line.
pub(super) const BEFORE: usize = SIDE - 1;
/// Nodes of a block of the running mass.
pub(super) const BLOCK: usize = 64;

/// The numbers of a line; kept between laws.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub start: f64,
    pub step: f64,
    /// Force at the nodes, with [`SIDE`] more on either side.
    pub force: Vec<f64>,
    /// Log density in the chart, highest 0.
    pub log_density: Vec<f64>,
    /// Its exponential.
    pub density: Vec<f64>,
    /// Sum of the density over each block.
    pub blocks: Vec<f64>,
    /// Error of the log density between any two nodes.
    pub defect: f64,
    /// Node of the highest density.
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
            Coordinate::Exponential { origin, sign } => Some(Self { at: origin, up: sign, down: 0.0 }),
            Coordinate::Hyperbolic { centre, scale } => Some(Self { at: centre, up: 0.5 * scale, down: -0.5 * scale }),
            Coordinate::Logistic { .. } => None,
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
        self.accumulate();
        self.pivot = coordinate.to_physical(self.node(self.peak));
        arch.dispatch(Sums { line: self, map });
        Some(())
    }

    /// Cell integrals to log density, highest 0.
    fn accumulate(&mut self) {
        let (mut sum, mut top) = (0.0, 0.0);
        self.peak = 0;
        for (i, value) in self.log_density.iter_mut().enumerate() {
            let rise = *value;
            *value = sum;
            if sum > top {
                top = sum;
                self.peak = i;
            }
            sum += rise;
        }
        for value in &mut self.log_density {
            *value -= top;
        }
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
            let near = &force[row * ROW..][..2 * SIDE + ROW - 1];
            for k in 0..ROW {
                let (integral, defect) = cell_integral(near, k);
                out[k] = *step * integral;
                defects[k] += defect.abs();
            }
        }
        *step * defects.iter().sum::<f64>()
    }
}

/// Densities and their sums.
struct Sums<'a> {
    line: &'a mut Line,
    map: Map,
}

impl WithSimd for Sums<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { line, map } = self;
        let (start, step) = (line.start, line.step);
        let mut up = Geometric::new(step);
        let mut down = Geometric::new(-step);
        let at = map.at - line.pivot;
        let mut sums = [[0.0; ROW]; 4];
        let blocks = line.density.chunks_mut(BLOCK).zip(line.log_density.chunks(BLOCK));
        for (block, (density, log_density)) in blocks.enumerate() {
            if (block * BLOCK) % RESTART == 0 {
                let z = start + (block * BLOCK) as f64 * step;
                up.restart(z);
                down.restart(-z);
            }
            let mut masses = [0.0; ROW];
            for (p, log) in density.chunks_exact_mut(ROW).zip(log_density.chunks_exact(ROW)) {
                for k in 0..ROW {
                    p[k] = exp(log[k]);
                    let x = at + map.up * up.row[k] + map.down * down.row[k];
                    let first = p[k] * x;
                    masses[k] += p[k];
                    sums[1][k] += first;
                    sums[2][k] += first * x;
                    sums[3][k] += first.abs();
                }
                up.advance();
                down.advance();
            }
            line.blocks.push(masses.iter().sum());
            for k in 0..ROW {
                sums[0][k] += masses[k];
            }
        }
        line.sums = sums.map(|lanes| {
            let part = |odd: usize| (0..ROW / 2).map(|k| lanes[2 * k + odd]).sum::<f64>();
            [part(0), part(1)]
        });
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
            Coordinate::Hyperbolic { scale, .. } => log_total + scale.ln(),
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
