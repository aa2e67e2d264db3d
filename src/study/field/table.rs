//! The finest lattice as a table, and where the laws of single numbers are tabulated.

use super::frame::Frame;
use super::snapshot::Snapshot;
use crate::density::field::{Field, LawNumbers, Wanted};
use crate::process::{Affine, Process};
use crate::record::FieldTable;

/// Entries in the tables of marginal densities; in space every one takes a level set through many cells.
fn entries(variables: usize) -> usize {
    if variables == 3 { 61 } else { 121 }
}

/// Quantiles between which they lie, their middle and the spread of it.
pub(super) const SPREAD: [f64; 5] = [1e-6, 0.16, 0.5, 0.84, 1.0 - 1e-6];

/// Where to tabulate a law with the quantiles [`SPREAD`]: dense in the middle, sparse far away.
pub(super) fn abscissae(law: &LawNumbers, variables: usize) -> Vec<f64> {
    let q = &law.quantiles;
    let scale = q.get(3).zip(q.get(1)).map_or(f64::NAN, |(high, low)| high - low);
    if !(scale > 0.0 && q.iter().all(|x| x.is_finite())) {
        return Vec::new();
    }
    let place = |x: f64| ((x - q[2]) / scale).asinh();
    let (lower, upper) = (place(q[0]), place(q[4]));
    let entries = entries(variables);
    (0..entries)
        .map(|k| {
            let at = lower + (upper - lower) * k as f64 / (entries - 1) as f64;
            (q[2] + scale * at.sinh()).clamp(q[0], q[4])
        })
        .collect()
}

/// Density and current at every node.
pub(super) fn field_table<const N: usize>(process: &dyn Process<N>, snapshot: &Snapshot<N>) -> FieldTable {
    let lattice = &snapshot.lattice;
    let flows = snapshot.flows();
    let current = snapshot.edges.current(lattice, &flows);
    let cells = lattice.cells();
    let mut table = FieldTable {
        axes: (0..N).map(|i| (0..lattice.axis(i).cells).map(|k| lattice.axis(i).node(k)).collect()).collect(),
        variables: vec![Vec::with_capacity(cells); N],
        chart_log_density: Vec::with_capacity(cells),
        log_density: Vec::with_capacity(cells),
        current: (0..N).map(|i| current.iter().map(|j| j[i]).collect()).collect(),
    };
    for (cell, log_mass) in snapshot.log_mass.iter().enumerate() {
        let index = lattice.index(cell);
        let z = lattice.node(&index);
        for (list, v) in table.variables.iter_mut().zip(process.to_physical(&z)) {
            list.push(v);
        }
        let log_density = log_mass - lattice.log_volume(&index);
        table.chart_log_density.push(log_density);
        table.log_density.push(log_density - process.log_jacobian(&z));
    }
    table
}

/// Cells per axis of the table of a law solved in turned coordinates.
fn table_cells(variables: usize) -> usize {
    if variables == 2 { 256 } else { 48 }
}

/// The same on nodes along the model's own axes, read off the turned lattice; the nodes outside of it are left at
/// the lowest density on it.
pub(super) fn turned_table<const N: usize>(
    turned: &Affine<'_, N>,
    frame: &Frame<N>,
    snapshot: &Snapshot<N>,
) -> FieldTable {
    let reach = frame.reach();
    let n = table_cells(N);
    // Every corner of the turned box is inside.
    let corners: Vec<[f64; N]> =
        (0..1usize << N).map(|corner| turned.to_inner(&std::array::from_fn(|i| reach[i][corner >> i & 1]))).collect();
    let axes: Vec<Vec<f64>> = (0..N)
        .map(|i| {
            let lower = corners.iter().map(|c| c[i]).fold(f64::INFINITY, f64::min);
            let upper = corners.iter().map(|c| c[i]).fold(f64::NEG_INFINITY, f64::max);
            (0..n).map(|k| lower + (upper - lower) * (k as f64 + 0.5) / n as f64).collect()
        })
        .collect();
    let cells = n.pow(N as u32);
    let node = |cell: usize| -> [f64; N] {
        let place = |i: usize| cell / n.pow((N - 1 - i) as u32) % n;
        std::array::from_fn(|i| axes[i][place(i)])
    };
    let nodes: Vec<[f64; N]> = (0..cells).map(node).collect();
    let points: Vec<[f64; N]> = nodes.iter().map(|z| turned.from_inner(z)).collect();
    let field = Field { lattice: &snapshot.lattice, process: turned, log_mass: &snapshot.log_mass };
    let mut log_density = field.observe(&Wanted { points: points.clone(), ..Wanted::default() }).points;
    let lowest = log_density.iter().copied().filter(|p| p.is_finite()).fold(f64::INFINITY, f64::min);
    for p in &mut log_density {
        *p = if p.is_finite() { *p } else { lowest } - turned.log_determinant();
    }
    let flows = snapshot.flows();
    let flow = snapshot.edges.current(&snapshot.lattice, &flows);
    let current: Vec<[f64; N]> = points.iter().map(|y| nearest(turned, snapshot, &flow, y)).collect();
    FieldTable {
        axes,
        variables: (0..N).map(|i| nodes.iter().map(|z| z[i]).collect()).collect(),
        chart_log_density: log_density.clone(),
        log_density,
        current: (0..N).map(|i| current.iter().map(|j| j[i]).collect()).collect(),
    }
}

/// The current in the cell around `y`, turned back; zero outside the lattice.
fn nearest<const N: usize>(
    turned: &Affine<'_, N>,
    snapshot: &Snapshot<N>,
    flow: &[[f64; N]],
    y: &[f64; N],
) -> [f64; N] {
    let mut index = [0; N];
    for (i, index) in index.iter_mut().enumerate() {
        let axis = snapshot.lattice.axis(i);
        let at = ((axis.grading.xi(y[i]) - axis.first) / axis.step).round();
        if !(at >= 0.0 && at < axis.cells as f64) {
            return [0.0; N];
        }
        *index = at as usize;
    }
    let here = flow[snapshot.lattice.cell(&index)];
    let matrix = turned.matrix();
    let volume = turned.log_determinant().exp();
    std::array::from_fn(|i| (0..=i).map(|k| matrix[i][k] * here[k]).sum::<f64>() / volume)
}
