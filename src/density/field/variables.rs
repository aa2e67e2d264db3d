//! The model's own variables at the cells.

use super::Field;
use rayon::prelude::*;

/// Values of every variable at every cell.
pub(super) struct Variables<const N: usize> {
    pub values: Vec<Vec<f64>>,
    /// Whether variable i is a function of chart coordinate i alone, given by the chart.
    pub axial: [bool; N],
}

impl<const N: usize> Variables<N> {
    pub fn of(field: &Field<'_, N>) -> Self {
        let axial = axial(field);
        let values = if axial == [true; N] { product(field) } else { general(field) };
        Self { values, axial }
    }

    /// The values as slices.
    pub fn slices(&self) -> Vec<&[f64]> {
        self.values.iter().map(Vec::as_slice).collect()
    }
}

/// Probes of every axis that tell whether a variable follows its own coordinate alone.
const PROBES: usize = 5;

fn axial<const N: usize>(field: &Field<'_, N>) -> [bool; N] {
    let mut axial = [true; N];
    for probe in 0..PROBES.pow(N as u32) {
        let index: [usize; N] = std::array::from_fn(|i| {
            let which = probe / PROBES.pow(i as u32) % PROBES;
            which * (field.lattice.axis(i).cells - 1) / (PROBES - 1)
        });
        let z = field.lattice.node(&index);
        let v = field.process.to_physical(&z);
        for i in 0..N {
            axial[i] &= v[i].to_bits() == field.process.chart().axis(i).to_physical(z[i]).to_bits();
        }
    }
    axial
}

fn product<const N: usize>(field: &Field<'_, N>) -> Vec<Vec<f64>> {
    let lattice = field.lattice;
    (0..N)
        .map(|i| {
            let axis = lattice.axis(i);
            let along: Vec<f64> =
                (0..axis.cells).map(|k| field.process.chart().axis(i).to_physical(axis.node(k))).collect();
            let stride: usize = (i + 1..N).map(|j| lattice.axis(j).cells).product();
            (0..lattice.cells()).map(|cell| along[cell / stride % axis.cells]).collect()
        })
        .collect()
}

fn general<const N: usize>(field: &Field<'_, N>) -> Vec<Vec<f64>> {
    let nodes = Nodes::of(field.lattice);
    let points: Vec<[f64; N]> =
        (0..field.lattice.cells()).into_par_iter().map(|cell| field.process.to_physical(&nodes.at(cell))).collect();
    (0..N).map(|i| points.iter().map(|v| v[i]).collect()).collect()
}

/// Nodes of every axis, tabulated: hyperbolic functions cost more than everything else at a cell.
pub(super) struct Nodes<const N: usize> {
    axes: [Vec<f64>; N],
    lattice: crate::grid::Lattice<N>,
}

impl<const N: usize> Nodes<N> {
    pub fn of(lattice: &crate::grid::Lattice<N>) -> Self {
        let axes = std::array::from_fn(|i| (0..lattice.axis(i).cells).map(|k| lattice.axis(i).node(k)).collect());
        Self { axes, lattice: *lattice }
    }

    /// Chart coordinates of the centre of a cell.
    pub fn at(&self, cell: usize) -> [f64; N] {
        let index = self.lattice.index(cell);
        std::array::from_fn(|i| self.axes[i][index[i]])
    }
}
