//! The density as a table: Gauss nodes of every cell, from which any integral can be formed elsewhere.

use super::Line;
use crate::numeric::Q;
use ndarray::Array2;

impl Line<'_> {
    /// Chart coordinates and ln p(v) at the Gauss nodes, both of shape \[cells, 16\], ascending in the chart.
    ///
    /// A Gauss-Legendre rule of 16 points on each row integrates p to the accuracy of the law; see the box for
    /// what lies beyond.
    pub fn table(&self) -> [Array2<f64>; 2] {
        let shape = (self.cells.len(), Q);
        let z = Array2::from_shape_fn(shape, |(i, j)| self.cells[i].panel.node(j));
        let log_density = Array2::from_shape_fn(shape, |(i, j)| {
            self.cells[i].log_density[j] - self.coordinate.log_jacobian(z[(i, j)])
        });
        [z, log_density]
    }
}
