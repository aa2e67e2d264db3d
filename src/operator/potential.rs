//! Potential drops along edges: psi = integral of the force over the segment, straight in grid coordinates, plus
//! the change of ln(cell volume).

use super::OperatorError;
use crate::grid::Lattice;
use crate::process::Process;
use rayon::prelude::*;

/// Gauss-Legendre rule on \[0, 1\].
const NODES: [f64; 3] = [0.112_701_665_379_258_31, 0.5, 0.887_298_334_620_741_7];
const WEIGHTS: [f64; 3] = [5.0 / 18.0, 4.0 / 9.0, 5.0 / 18.0];

/// Edges that one task integrates at a time.
const BLOCK: usize = 512;

/// z and dz/dt at the quadrature points of every edge along one axis; t runs from 0 to 1 along the edge.
struct AxisTable {
    reach: i32,
    cells: usize,
    z: Vec<[f64; 3]>,
    speed: Vec<[f64; 3]>,
    log_length: Vec<f64>,
}

impl AxisTable {
    fn of<const N: usize>(lattice: &Lattice<N>, axis: usize, reach: i32) -> Self {
        let axis = lattice.axis(axis);
        let offsets = -reach..=reach;
        let table = |value: &dyn Fn(f64, f64) -> f64| {
            let row = |e: f64| (0..axis.cells).map(move |i| NODES.map(|t| value(axis.xi(i as f64 + t * e), e)));
            offsets.clone().flat_map(|e| row(f64::from(e)).collect::<Vec<_>>()).collect()
        };
        Self {
            reach,
            cells: axis.cells,
            z: table(&|xi, _| axis.grading.z(xi)),
            speed: table(&|xi, e| axis.grading.stretch(xi) * axis.step * e),
            log_length: (0..axis.cells).map(|i| axis.length(i).ln()).collect(),
        }
    }

    fn place(&self, from: usize, offset: i32) -> usize {
        (offset + self.reach) as usize * self.cells + from
    }
}

/// psi of every edge, none of which is longer than `reach`.
///
/// # Errors
/// [`OperatorError::Force`] where the force is not a finite number.
pub fn drops<const N: usize>(
    process: &dyn Process<N>,
    lattice: &Lattice<N>,
    ends: &[[u32; 2]],
    reach: [i32; N],
) -> Result<Vec<f64>, OperatorError> {
    let offset = |&[x, y]: &[u32; 2]| {
        let (from, to) = (lattice.index(x as usize), lattice.index(y as usize));
        (from, std::array::from_fn::<i32, N, _>(|i| to[i] as i32 - from[i] as i32))
    };
    let tables: [AxisTable; N] = std::array::from_fn(|i| AxisTable::of(lattice, i, reach[i]));
    let blocks: Result<Vec<Vec<f64>>, OperatorError> =
        ends.par_chunks(BLOCK).map(|block| block_drops(process, &tables, block.iter().map(offset))).collect();
    Ok(blocks?.concat())
}

fn block_drops<const N: usize>(
    process: &dyn Process<N>,
    tables: &[AxisTable; N],
    edges: impl Iterator<Item = ([usize; N], [i32; N])> + Clone,
) -> Result<Vec<f64>, OperatorError> {
    let places = edges.clone().map(|(from, offset)| std::array::from_fn(|i| tables[i].place(from[i], offset[i])));
    let places: Vec<[usize; N]> = places.collect();
    let points: Vec<[f64; N]> =
        places.iter().flat_map(|p| (0..3).map(|q| std::array::from_fn(|i| tables[i].z[p[i]][q]))).collect();
    let mut forces = vec![[0.0; N]; points.len()];
    process.forces_at(&points, &mut forces);
    let mut drops = Vec::with_capacity(places.len());
    for (k, (place, (from, offset))) in places.iter().zip(edges).enumerate() {
        let mut drop = 0.0;
        for q in 0..3 {
            let along: f64 = (0..N).map(|i| forces[3 * k + q][i] * tables[i].speed[place[i]][q]).sum();
            drop += WEIGHTS[q] * along;
        }
        for i in 0..N {
            let to = (from[i] as i64 + i64::from(offset[i])) as usize;
            drop += tables[i].log_length[to] - tables[i].log_length[from[i]];
        }
        if !drop.is_finite() {
            let bad = (0..3).find(|q| forces[3 * k + q].iter().any(|a| !a.is_finite())).unwrap_or(1);
            return Err(OperatorError::Force { at: points[3 * k + bad].to_vec(), force: forces[3 * k + bad].to_vec() });
        }
        drops.push(drop);
    }
    Ok(drops)
}
