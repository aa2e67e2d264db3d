//! The density on the nodes, for pictures and files.

use super::Field;
use super::masses::Masses;
use super::variables::{Nodes, Variables};
use rayon::prelude::*;

/// Density at the nodes of a lattice, the last axis fastest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Nodes of every axis, in chart coordinates.
    pub axes: Vec<Vec<f64>>,
    /// The model's own variables at every node, one list per variable.
    pub variables: Vec<Vec<f64>>,
    /// ln p in chart coordinates.
    pub chart_log_density: Vec<f64>,
    /// ln p in the model's own variables.
    pub log_density: Vec<f64>,
}

impl<const N: usize> Field<'_, N> {
    /// The density at every node.
    pub fn table(&self) -> Table {
        let masses = Masses::of(*self);
        let chart_log_density = self.log_densities(masses.log_total);
        let nodes = Nodes::of(self.lattice);
        let log_density = chart_log_density
            .par_iter()
            .enumerate()
            .map(|(cell, log)| log - self.process.log_jacobian(&nodes.at(cell)))
            .collect();
        Table {
            axes: (0..N)
                .map(|i| (0..self.lattice.axis(i).cells).map(|k| self.lattice.axis(i).node(k)).collect())
                .collect(),
            variables: Variables::of(self).values,
            chart_log_density,
            log_density,
        }
    }

    /// Places for a table of the law of every variable: `count` values at equal steps of the grid between the
    /// quantiles `q` and 1 - `q`; none for a variable that is no coordinate of the chart.
    pub fn places(&self, count: usize, q: f64) -> Vec<Vec<f64>> {
        let masses = Masses::of(*self);
        let axial = Variables::of(self).axial;
        let slices = masses.slices();
        (0..N)
            .map(|i| {
                if !axial[i] {
                    return Vec::new();
                }
                let line = super::line::Line::of(self.lattice.axis(i), &slices[i]);
                let (low, high) = (line.quantile(q), line.quantile(1.0 - q));
                let coordinate = self.process.chart().axis(i);
                (0..count)
                    .map(|k| low + (high - low) * k as f64 / (count.max(2) - 1) as f64)
                    .map(|x| coordinate.to_physical(line.coordinate(x)))
                    .collect()
            })
            .collect()
    }
}
