//! The global system of the nodes that elements share, the law on all nodes, and the decays towards it.

use super::element::{Condensed, Layout, condense, slowed, speed};
use super::krylov;
use super::numbering::Numbering;
use super::{GalerkinError, Lobatto, SpectralLaw};
use crate::numeric::on_one_thread;
use crate::process::Process;
use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::sparse::linalg::solvers::Lu;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Accum, Mat, Par};
use num_complex::Complex64;
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
    System::new(process, breaks, degree, anchor, false)?.law()
}

/// As [`solve`], with the decay rates (real parts) and frequencies (imaginary parts) \[1 / time\] that are the first `count`
/// by their distance from zero, by rate; fewer where they are not found.
///
/// # Errors
/// See [`GalerkinError`].
pub fn solve_with_decays<const N: usize>(
    process: &dyn Process<N>,
    breaks: &[Vec<f64>; N],
    degree: usize,
    anchor: &[f64; N],
    count: usize,
) -> Result<(SpectralLaw<N>, Vec<Complex64>), GalerkinError> {
    let system = System::new(process, breaks, degree, anchor, count > 0)?;
    let law = system.law()?;
    let decays = system.decays(&law.measure.masses, count);
    Ok((law, decays))
}

/// The factored equations of a law on elements.
pub(super) struct System<const N: usize> {
    breaks: [Vec<f64>; N],
    layout: Layout,
    numbering: Numbering<N>,
    elements: Vec<Condensed>,
    /// Global numbers of the nodes that elements share.
    shared: Vec<usize>,
    /// Place of every node among them.
    unknown: Vec<usize>,
    /// Place of the node whose equation is that of normalisation.
    pinned: usize,
    factor: Lu<usize, f64>,
    /// What the rows were divided by.
    size: Vec<f64>,
    nodes: Vec<[f64; N]>,
    /// Quadrature weights and s at the nodes.
    weights: Vec<f64>,
    speeds: Vec<f64>,
}

impl<const N: usize> System<N> {
    /// As [`solve`]; with what `decays` need, if they are wanted.
    pub fn new(
        process: &dyn Process<N>,
        breaks: &[Vec<f64>; N],
        degree: usize,
        anchor: &[f64; N],
        decays: bool,
    ) -> Result<Self, GalerkinError> {
        let ascending = |b: &Vec<f64>| b.len() > 1 && b.windows(2).all(|w| w[0] < w[1] && (w[1] - w[0]).is_finite());
        if degree < 2 || !breaks.iter().all(ascending) {
            return Err(GalerkinError::Elements);
        }
        let (rule, layout) = (Lobatto::new(degree), Layout::new::<N>(degree));
        let numbering = Numbering::of(breaks, degree);
        let widths = widths(breaks);
        let elements = (0..numbering.elements.iter().product())
            .into_par_iter()
            .map(|e| {
                let range = range(breaks, &numbering.element(e));
                Ok(condense(&slowed(process, &rule, &range, &widths)?, &rule, &layout, &range, decays))
            })
            .collect::<Result<Vec<Condensed>, _>>()?;
        let nearest = std::array::from_fn(|k| {
            let distance = |i: &usize| (breaks[k][*i] - anchor[k]).abs();
            (0..breaks[k].len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0) * degree
        });
        let on_face = |index: &usize| numbering.position(*index).iter().any(|k| k % degree == 0);
        let shared: Vec<usize> = (0..numbering.count()).filter(on_face).collect();
        let mut unknown = vec![usize::MAX; numbering.count()];
        for (u, g) in shared.iter().enumerate() {
            unknown[*g] = u;
        }
        let pinned = unknown[numbering.index(&nearest)];
        let outer = |e: usize| faces(&numbering, &layout, e).into_iter().map(|g| unknown[g]).collect::<Vec<usize>>();
        let mut triplets = triplets(&elements, outer, pinned);
        let size = scale_rows(&mut triplets, shared.len());
        let singular = GalerkinError::Singular(shared.len());
        let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(shared.len(), shared.len(), &triplets)
            .map_err(|_| singular.clone())?;
        let factor = on_one_thread(|| matrix.sp_lu().map_err(|_| singular))?;
        let (nodes, weights) = nodes(&numbering, &rule, breaks);
        let speeds = nodes.par_iter().map(|z| speed(&process.coefficients(z), &widths)).collect();
        let breaks = breaks.clone();
        Ok(Self { breaks, layout, numbering, elements, shared, unknown, pinned, factor, size, nodes, weights, speeds })
    }

    /// The law on all nodes.
    pub fn law(&self) -> Result<SpectralLaw<N>, GalerkinError> {
        let right =
            Mat::from_fn(self.shared.len(), 1, |row, _| if row == self.pinned { 1.0 / self.size[row] } else { 0.0 });
        let solution = on_one_thread(|| self.factor.solve(&right));
        let mut unknowns = vec![0.0; self.numbering.count()];
        for (u, g) in self.shared.iter().enumerate() {
            unknowns[*g] = solution[(u, 0)];
        }
        for (e, element) in self.elements.iter().enumerate() {
            let faces = faces(&self.numbering, &self.layout, e);
            let outer = Mat::from_fn(faces.len(), 1, |i, _| unknowns[faces[i]]);
            let mut inside = Mat::zeros(element.back.nrows(), 1);
            matmul(&mut inside, Accum::Replace, &element.back, &outer, 1.0, Par::Seq);
            for (i, g) in self.inner(e).into_iter().enumerate() {
                unknowns[g] = inside[(i, 0)];
            }
        }
        let (breaks, nodes, speeds) = (self.breaks.clone(), self.nodes.clone(), self.speeds.clone());
        SpectralLaw::new(breaks, self.numbering.degree, nodes, &self.weights, unknowns, speeds)
    }

    /// The decays of [`solve_with_decays`]. `masses` are those of the law on the nodes.
    ///
    /// They are eigenvalues of the adjoint system, whose eigenfunctions do not fall with the density: with the masses for weights,
    /// rounding far out does not count.
    pub fn decays(&self, masses: &[f64], count: usize) -> Vec<Complex64> {
        if count == 0 {
            return Vec::new();
        }
        let weight: Vec<f64> = masses.iter().map(|mass| mass.max(0.0)).collect();
        let found = on_one_thread(|| krylov::decays(&weight, count, |vectors| self.backward(masses, vectors)));
        let known = found.into_iter().take(count).take_while(|(_, known)| *known).map(|(decay, _)| decay);
        krylov::by_rate(known.collect())
    }

    /// Solutions f of mean zero of the backward equation L f = g - E\[g\].
    fn backward(&self, masses: &[f64], given: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mean = |f: &[f64]| masses.iter().zip(f).map(|(m, f)| m * f).sum::<f64>();
        let count = given.len();
        let means: Vec<f64> = given.iter().map(|g| mean(g)).collect();
        let right = |node: usize, k: usize| self.weights[node] / self.speeds[node] * (given[k][node] - means[k]);
        let mut shared = Mat::from_fn(self.shared.len(), count, |u, k| right(self.shared[u], k));
        for (e, element) in self.elements.iter().enumerate() {
            let inner = self.inner(e);
            let up = element.back.transpose() * Mat::from_fn(inner.len(), count, |i, k| right(inner[i], k));
            for (i, g) in faces(&self.numbering, &self.layout, e).into_iter().enumerate() {
                for k in 0..count {
                    shared[(self.unknown[g], k)] += up[(i, k)];
                }
            }
        }
        let solution = self.factor.solve_transpose(&shared);
        let mut found = vec![vec![0.0; self.numbering.count()]; count];
        for (k, f) in found.iter_mut().enumerate() {
            // The row that normalisation replaced is that of a node where f is zero.
            for (u, g) in self.shared.iter().enumerate().filter(|(u, _)| *u != self.pinned) {
                f[*g] = solution[(u, k)] / self.size[u];
            }
        }
        for (e, element) in self.elements.iter().enumerate() {
            let Some(adjoint) = &element.adjoint else { continue };
            let (inner, faces) = (self.inner(e), faces(&self.numbering, &self.layout, e));
            let outer = Mat::from_fn(faces.len(), count, |i, k| found[k][faces[i]]);
            let inside = adjoint.inside(&outer, Mat::from_fn(inner.len(), count, |i, k| right(inner[i], k)));
            for (i, g) in inner.into_iter().enumerate() {
                (0..count).for_each(|k| found[k][g] = inside[(i, k)]);
            }
        }
        for f in &mut found {
            let mean = mean(f);
            f.iter_mut().for_each(|f| *f -= mean);
        }
        found
    }

    /// The inner nodes of an element.
    fn inner(&self, element: usize) -> Vec<usize> {
        let at = self.numbering.element(element);
        self.layout.inner.iter().map(|a| self.numbering.global(&at, *a)).collect()
    }
}

fn widths<const N: usize>(breaks: &[Vec<f64>; N]) -> [f64; N] {
    std::array::from_fn(|k| breaks[k][breaks[k].len() - 1] - breaks[k][0])
}

/// The ends of an element along every axis.
fn range<const N: usize>(breaks: &[Vec<f64>; N], element: &[usize; N]) -> [[f64; 2]; N] {
    std::array::from_fn(|k| [breaks[k][element[k]], breaks[k][element[k] + 1]])
}

/// The nodes on the faces of an element.
fn faces<const N: usize>(numbering: &Numbering<N>, layout: &Layout, element: usize) -> Vec<usize> {
    let at = numbering.element(element);
    layout.outer.iter().map(|a| numbering.global(&at, *a)).collect()
}

/// The weak form on the shared nodes, `outer` of every element, with the equation of the `pinned` one replaced.
fn triplets(
    elements: &[Condensed],
    outer: impl Fn(usize) -> Vec<usize>,
    pinned: usize,
) -> Vec<Triplet<usize, usize, f64>> {
    let mut triplets = vec![Triplet::new(pinned, pinned, 1.0)];
    for (e, element) in elements.iter().enumerate() {
        let nodes = outer(e);
        for (j, column) in nodes.iter().enumerate() {
            for (i, row) in nodes.iter().enumerate().filter(|(_, row)| **row != pinned) {
                triplets.push(Triplet::new(*row, *column, element.schur[(i, j)]));
            }
        }
    }
    triplets
}

/// Makes rows of one size, for noise that grows like a power of e^z spans tens of decades across a box; what they were divided by.
fn scale_rows(triplets: &mut [Triplet<usize, usize, f64>], rows: usize) -> Vec<f64> {
    let mut size = vec![0.0_f64; rows];
    for t in &*triplets {
        size[t.row] = size[t.row].max(t.val.abs());
    }
    for t in triplets {
        t.val /= size[t.row];
    }
    size
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
