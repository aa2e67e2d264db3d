//! The global system of the nodes that elements share, and the law on all nodes.

use super::element::{Condensed, Layout, condense, slowed, speed};
use super::numbering::Numbering;
use super::{GalerkinError, Lobatto, SpectralLaw};
use crate::numeric::on_one_thread;
use crate::process::Process;
use faer::Mat;
use faer::linalg::solvers::Solve;
use faer::sparse::{SparseColMat, Triplet};
use rayon::prelude::*;

/// The law of `process` in the box that `breaks` span, by polynomials of `degree`; normalisation replaces the
/// equation of the corner of elements nearest to `anchor`, where the density should be near its largest.
///
/// # Errors
/// See [`GalerkinError`].
pub fn solve<const N: usize>(
    process: &dyn Process<N>,
    breaks: &[Vec<f64>; N],
    degree: usize,
    anchor: &[f64; N],
) -> Result<SpectralLaw<N>, GalerkinError> {
    let ascending = |b: &Vec<f64>| b.len() > 1 && b.windows(2).all(|w| w[0] < w[1] && (w[1] - w[0]).is_finite());
    if degree < 2 || !breaks.iter().all(ascending) {
        return Err(GalerkinError::Elements);
    }
    let rule = Lobatto::new(degree);
    let widths: [f64; N] = std::array::from_fn(|k| breaks[k][breaks[k].len() - 1] - breaks[k][0]);
    let layout = Layout::new::<N>(degree);
    let numbering = Numbering::of(breaks, degree);
    let elements: usize = numbering.elements.iter().product();
    let condensed = (0..elements)
        .into_par_iter()
        .map(|e| {
            let range = range(breaks, &numbering.element(e));
            Ok(condense(&slowed(process, &rule, &range, &widths)?, &rule, &layout, &range))
        })
        .collect::<Result<Vec<Condensed>, _>>()?;
    let nearest = std::array::from_fn(|k| {
        let distance = |i: &usize| (breaks[k][*i] - anchor[k]).abs();
        (0..breaks[k].len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0) * degree
    });
    let unknowns = on_one_thread(|| assemble_and_solve(&numbering, &layout, &condensed, numbering.index(&nearest)))?;
    let (nodes, weights) = nodes(&numbering, &rule, breaks);
    let speeds: Vec<f64> = nodes.par_iter().map(|z| speed(&process.coefficients(z), &widths)).collect();
    SpectralLaw::new(breaks.clone(), degree, nodes, &weights, unknowns, speeds)
}

/// The ends of an element along every axis.
fn range<const N: usize>(breaks: &[Vec<f64>; N], element: &[usize; N]) -> [[f64; 2]; N] {
    std::array::from_fn(|k| [breaks[k][element[k]], breaks[k][element[k] + 1]])
}

fn assemble_and_solve<const N: usize>(
    numbering: &Numbering<N>,
    layout: &Layout,
    condensed: &[Condensed],
    anchor: usize,
) -> Result<Vec<f64>, GalerkinError> {
    let total = numbering.count();
    let shared = |index: &usize| numbering.position(*index).iter().any(|k| k % numbering.degree == 0);
    let globals: Vec<usize> = (0..total).filter(shared).collect();
    let mut unknown = vec![usize::MAX; total];
    for (u, g) in globals.iter().enumerate() {
        unknown[*g] = u;
    }
    let outer = |e: usize| -> Vec<usize> {
        let at = numbering.element(e);
        layout.outer.iter().map(|a| numbering.global(&at, *a)).collect()
    };
    let n = globals.len();
    let pinned = unknown[anchor];
    let mut triplets = Vec::with_capacity(condensed.len() * layout.outer.len().pow(2) + 1);
    for (e, element) in condensed.iter().enumerate() {
        let nodes: Vec<usize> = outer(e).iter().map(|g| unknown[*g]).collect();
        for (j, column) in nodes.iter().enumerate() {
            for (i, row) in nodes.iter().enumerate().filter(|(_, row)| **row != pinned) {
                triplets.push(Triplet::new(*row, *column, element.schur[(i, j)]));
            }
        }
    }
    triplets.push(Triplet::new(pinned, pinned, 1.0));
    // Rows of one size: noise that grows like a power of e^z spans tens of decades across a box.
    let mut size = vec![0.0_f64; n];
    for t in &triplets {
        size[t.row] = size[t.row].max(t.val.abs());
    }
    for t in &mut triplets {
        t.val /= size[t.row];
    }
    let singular = GalerkinError::Singular(n);
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &triplets).map_err(|_| singular.clone())?;
    let lu = matrix.sp_lu().map_err(|_| singular)?;
    let right = Mat::from_fn(n, 1, |row, _| if row == pinned { 1.0 / size[row] } else { 0.0 });
    let solution = lu.solve(&right);
    let mut density = vec![0.0; total];
    for (u, g) in globals.iter().enumerate() {
        density[*g] = solution[(u, 0)];
    }
    for (e, element) in condensed.iter().enumerate() {
        let faces = outer(e);
        let values = Mat::from_fn(faces.len(), 1, |i, _| density[faces[i]]);
        let inside = &element.back * &values;
        let at = numbering.element(e);
        for (i, a) in layout.inner.iter().enumerate() {
            density[numbering.global(&at, *a)] = inside[(i, 0)];
        }
    }
    Ok(density)
}

/// All nodes, and their quadrature weights.
fn nodes<const N: usize>(
    numbering: &Numbering<N>,
    rule: &Lobatto,
    breaks: &[Vec<f64>; N],
) -> (Vec<[f64; N]>, Vec<f64>) {
    let axes: Vec<Vec<[f64; 2]>> = breaks.iter().map(|b| rule.along(b)).collect();
    let positions = (0..numbering.count()).map(|index| numbering.position(index));
    positions
        .map(|at| {
            let z: [f64; N] = std::array::from_fn(|k| axes[k][at[k]][0]);
            (z, (0..N).map(|k| axes[k][at[k]][1]).product::<f64>())
        })
        .unzip()
}
