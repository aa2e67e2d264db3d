//! The finest lattice as a table, and where the laws of single numbers are tabulated.

use super::snapshot::Snapshot;
use crate::density::field::LawNumbers;
use crate::process::Process;
use crate::record::FieldTable;

/// Entries in the tables of marginal densities.
const ENTRIES: usize = 121;
/// Quantiles between which they lie, their middle and the spread of it.
pub(super) const SPREAD: [f64; 5] = [1e-6, 0.16, 0.5, 0.84, 1.0 - 1e-6];

/// Where to tabulate a law with the quantiles [`SPREAD`]: dense in the middle, sparse far away.
pub(super) fn abscissae(law: &LawNumbers) -> Vec<f64> {
    let q = &law.quantiles;
    let scale = q.get(3).zip(q.get(1)).map_or(f64::NAN, |(high, low)| high - low);
    if !(scale > 0.0 && q.iter().all(|x| x.is_finite())) {
        return Vec::new();
    }
    let place = |x: f64| ((x - q[2]) / scale).asinh();
    let (lower, upper) = (place(q[0]), place(q[4]));
    (0..ENTRIES)
        .map(|k| {
            let at = lower + (upper - lower) * k as f64 / (ENTRIES - 1) as f64;
            (q[2] + scale * at.sinh()).clamp(q[0], q[4])
        })
        .collect()
}

/// Density and current at every node.
pub(super) fn field_table<const N: usize>(process: &dyn Process<N>, snapshot: &Snapshot<N>) -> FieldTable {
    let lattice = &snapshot.lattice;
    let flows = snapshot.edges.flows(&snapshot.log_mass, None);
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
