//! Steepest ascent of the log density in the model's own variables, seen from the lattice.

use super::points::Interpolant;
use super::stencil::Stencil;
use super::wells::{Terrain, cholesky_solve};
use rayon::prelude::*;

impl<const N: usize> Terrain<'_, N> {
    /// Velocity of steepest ascent in the model's own variables, in cells, at every node: (J^T J)^-1 grad ln p, J = dv/dx.
    pub fn uphill(&self) -> [Vec<f64>; N] {
        let cells = self.height.len();
        let velocity: Vec<[f64; N]> = (0..cells).into_par_iter().map(|cell| self.uphill_at(cell)).collect();
        std::array::from_fn(|i| velocity.iter().map(|u| u[i]).collect())
    }

    fn uphill_at(&self, cell: usize) -> [f64; N] {
        let lattice = self.masses.field.lattice;
        let (shape, x) = (lattice.shape(), lattice.index(cell).map(|i| i as f64));
        let surface = Interpolant::of(shape, &self.height);
        let gradient: [f64; N] = std::array::from_fn(|axis| {
            surface.apply(&std::array::from_fn(|i| {
                if i == axis { Stencil::slope(shape[i], x[i]) } else { Stencil::value(shape[i], x[i]) }
            }))
        });
        let jacobian = self.jacobian(&x);
        let mut metric = [[0.0; N]; N];
        for i in 0..N {
            for j in 0..N {
                metric[i][j] = (0..N).map(|k| jacobian[k][i] * jacobian[k][j]).sum();
            }
        }
        cholesky_solve(metric, gradient).unwrap_or([0.0; N])
    }

    /// dv_k / dx_i, by central differences of the map itself.
    fn jacobian(&self, x: &[f64; N]) -> [[f64; N]; N] {
        const STEP: f64 = 1e-3;
        let at = |axis: usize, shift: f64| {
            let mut x = *x;
            x[axis] += shift;
            let lattice = self.masses.field.lattice;
            let z = std::array::from_fn(|i| lattice.axis(i).grading.z(lattice.axis(i).xi(x[i])));
            self.masses.field.process.to_physical(&z)
        };
        let columns: [[[f64; N]; 2]; N] = std::array::from_fn(|i| [at(i, -STEP), at(i, STEP)]);
        std::array::from_fn(|k| std::array::from_fn(|i| (columns[i][1][k] - columns[i][0][k]) / (2.0 * STEP)))
    }
}
