//! The density on cells a few times as small, read off its logarithm.

use super::Field;
use super::masses::sum;
use super::stencil::Stencil;
use super::variables::{Nodes, Variables};
use crate::grid::{Lattice, LatticeAxis};
use rayon::prelude::*;

/// A finer lattice with its masses (density at the centre times volume) and variables.
pub(super) struct Fine<const N: usize> {
    pub lattice: Lattice<N>,
    pub nodes: Nodes<N>,
    /// Plain numbers; their sum under the weights of [`Fine::weights`] is 1.
    pub mass: Vec<f64>,
    /// The same times their quadrature weights.
    pub weighted: Vec<f64>,
    /// Quadrature weights of the cells of every axis, less 1: what the midpoint rule lacks at the lower and at the upper wall.
    pub walls: [[Vec<f64>; 2]; N],
    /// How far every cell of an axis is from its walls, from 0 to 1.
    pub distance: [Vec<f64>; N],
    pub variables: Variables<N>,
}

/// How far polynomials may rise above straight lines between the logarithms at the nodes (beyond the last, above that one), as part of
/// the depth below the largest, and in any case: next to a singularity x^-p of a wall by 0.97 p. In far corners logarithms jump, and
/// polynomials through a jump of hundreds may end above all else: a single cell had the whole mass, and quantiles lay in a corner of
/// the box.
const RAISED: f64 = 0.25;
const ALLOWED: f64 = 1.0;

/// Cells above which a lattice is not refined any more.
const MANY: usize = 1_000_000;

/// Parts of a cell in every direction: the same for every resolution in use, so that what the finer cells get wrong falls off
/// with the grid as well.
fn parts(variables: usize, cells: usize) -> usize {
    match variables {
        1 => 8,
        _ if cells <= MANY => 2,
        _ => 1,
    }
}

impl<const N: usize> Fine<N> {
    /// From ln of the density in z at the nodes of `field`.
    pub fn of(field: &Field<'_, N>, log_densities: &[f64]) -> Self {
        let parts = parts(N, field.lattice.cells());
        let lattice = Lattice::new(std::array::from_fn(|i| split(field.lattice.axis(i), parts)));
        let mut logs = log_densities.to_vec();
        if parts > 1 {
            for axis in 0..N {
                logs = refine(&logs, field.lattice, axis, parts);
            }
        }
        let lengths: [Vec<f64>; N] =
            std::array::from_fn(|i| (0..lattice.axis(i).cells).map(|k| lattice.axis(i).length(k)).collect());
        let mut mass: Vec<f64> = logs
            .par_iter()
            .enumerate()
            .map(|(cell, log)| {
                let index = lattice.index(cell);
                log.exp() * (0..N).map(|i| lengths[i][index[i]]).product::<f64>()
            })
            .collect();
        let walls: [[Vec<f64>; 2]; N] = std::array::from_fn(|i| wall_weights(lattice.axis(i).cells));
        let weigh = |(cell, mass): (usize, &f64)| mass * weight(&walls, &lattice.index(cell), N);
        let mut weighted: Vec<f64> = mass.par_iter().enumerate().map(weigh).collect();
        let total = sum(weighted.iter().copied());
        for masses in [&mut mass, &mut weighted] {
            masses.par_iter_mut().for_each(|m| *m /= total);
        }
        let distance = std::array::from_fn(|i| {
            let cells = lattice.axis(i).cells;
            (0..cells).map(|k| (std::f64::consts::PI * (k as f64 + 0.5) / cells as f64).sin()).collect()
        });
        let variables = Variables::of(&Field { lattice: &lattice, process: field.process, log_mass: &[] });
        Self { nodes: Nodes::of(&lattice), lattice, mass, weighted, walls, distance, variables }
    }

    /// Product of the quadrature weights of a cell, without that of axis `except` (N: of all).
    pub fn weight(&self, index: &[usize; N], except: usize) -> f64 {
        weight(&self.walls, index, except)
    }
}

fn weight<const N: usize>(walls: &[[Vec<f64>; 2]; N], index: &[usize; N], except: usize) -> f64 {
    (0..N).filter(|i| *i != except).map(|i| 1.0 + walls[i][0][index[i]] + walls[i][1][index[i]]).product()
}

fn split(axis: &LatticeAxis, parts: usize) -> LatticeAxis {
    let step = axis.step / parts as f64;
    LatticeAxis { grading: axis.grading, first: axis.xi(-0.5) + 0.5 * step, step, cells: axis.cells * parts }
}

/// What the midpoint rule lacks at the lower and upper end of a line.
fn wall_weights(cells: usize) -> [Vec<f64>; 2] {
    let spread = |stencil: Stencil, sign: f64| {
        let mut weights = vec![0.0; cells];
        for (w, s) in weights[stencil.first..].iter_mut().zip(&stencil.weights) {
            *w = sign * s;
        }
        weights
    };
    [
        spread(Stencil::partial(cells, -1, -0.5), -1.0),
        spread(Stencil::partial(cells, cells as isize - 1, cells as f64 - 0.5), 1.0),
    ]
}

/// Values on a lattice whose axes before `axis` are refined already, with that axis refined as well.
fn refine<const N: usize>(values: &[f64], coarse: &Lattice<N>, axis: usize, parts: usize) -> Vec<f64> {
    let cells = coarse.axis(axis).cells;
    let stride: usize = (axis + 1..N).map(|i| coarse.axis(i).cells).product();
    let stencils: Vec<Stencil> =
        (0..cells * parts).map(|k| Stencil::value(cells, (k as f64 + 0.5) / parts as f64 - 0.5)).collect();
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut out = vec![0.0; values.len() * parts];
    out.par_chunks_mut(stride * cells * parts).zip(values.par_chunks(stride * cells)).for_each(|(out, values)| {
        let source = |cell: usize| &values[cell * stride..][..stride];
        for (fine, (row, stencil)) in out.chunks_mut(stride).zip(&stencils).enumerate() {
            for (k, w) in stencil.weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                row.iter_mut().zip(source(stencil.first + k)).for_each(|(out, v)| *out += w * v);
            }
            let (cell, beside, part) = straight(fine, parts, cells);
            for (out, (v, other)) in row.iter_mut().zip(source(cell).iter().zip(source(beside))) {
                let line = v + part * (other - v);
                *out = out.min(line + RAISED * (top - line) + ALLOWED);
            }
        }
    });
    out
}

/// The coarse cell that a fine one is part of, the one that it lies towards, and how far on the way there: none beyond the last node.
fn straight(fine: usize, parts: usize, cells: usize) -> (usize, usize, f64) {
    let cell = fine / parts;
    let part = (fine as f64 + 0.5) / parts as f64 - 0.5 - cell as f64;
    match (part > 0.0, cell) {
        (true, _) if cell + 1 < cells => (cell, cell + 1, part),
        (false, 1..) => (cell, cell - 1, -part),
        _ => (cell, cell, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grading;

    /// Logarithms on a square lattice, refined along both axes.
    fn refined(log: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let axis = LatticeAxis::between(Grading::Uniform, -6.0, 6.0, 40);
        let lattice = Lattice::new([axis; 2]);
        let at = |cell: usize| lattice.index(cell).map(|i| axis.node(i));
        let values: Vec<f64> = (0..lattice.cells()).map(|cell| log(at(cell)[0], at(cell)[1])).collect();
        refine(&refine(&values, &lattice, 0, 2), &lattice, 1, 2)
    }

    #[test]
    fn smooth_logarithms_are_interpolated() {
        let axis = split(&LatticeAxis::between(Grading::Uniform, -6.0, 6.0, 40), 2);
        let fine = refined(|x, y| -0.25 * x.powi(4) - x * y - y * y);
        for (cell, value) in fine.iter().enumerate() {
            let (x, y) = (axis.node(cell / 80), axis.node(cell % 80));
            assert!((value + 0.25 * x.powi(4) + x * y + y * y).abs() < 1e-9, "{x} {y}: {value}");
        }
    }

    /// What stands alone in a far corner, hundreds above all around it, stays far below the law.
    #[test]
    fn jumps_in_a_corner_do_not_rise_above_the_law() {
        let fine = refined(|x, y| if x < -5.8 && y > 5.8 { -120.0 } else { -20.0 * (x * x + y * y) });
        let top = fine.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(top <= 0.0, "{top} is above the largest");
        assert!(fine[79] < -60.0, "{}", fine[79]);
    }
}
