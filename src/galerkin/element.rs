//! One element: its dense matrix, and the elimination of the nodes that no other element shares.

use super::numbering::split;
use super::{GalerkinError, Lobatto};
use crate::process::{Coefficients, Process};
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::{factor, solve};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// Nodes of an element by role, the last axis fastest.
pub(super) struct Layout {
    /// Local indices on the faces.
    pub outer: Vec<usize>,
    /// Local indices inside.
    pub inner: Vec<usize>,
}

impl Layout {
    pub(super) fn new<const N: usize>(degree: usize) -> Self {
        let edge = |a: usize| local::<N>(a, degree).iter().any(|k| *k == 0 || *k == degree);
        let (outer, inner) = (0..(degree + 1).pow(N as u32)).partition(|a| edge(*a));
        Self { outer, inner }
    }
}

/// Position along every axis of local node `a`.
pub(super) fn local<const N: usize>(a: usize, degree: usize) -> [usize; N] {
    split(a, |_| degree + 1)
}

/// An element with its inner nodes eliminated: inner = `back` outer, and the weak form on the outer nodes.
pub(super) struct Condensed {
    pub schur: Mat<f64>,
    pub back: Mat<f64>,
    /// For the adjoint system, where it is wanted.
    pub adjoint: Option<Adjoint>,
}

/// What the inner nodes of the adjoint system are found with: inner = `inverse`^T (right side - `down`^T outer).
pub(super) struct Adjoint {
    inverse: Mat<f64>,
    down: Mat<f64>,
}

impl Adjoint {
    /// Values on the inner nodes, given those on the faces and the right side inside.
    pub(super) fn inside(&self, outer: &Mat<f64>, mut right: Mat<f64>) -> Mat<f64> {
        matmul(&mut right, Accum::Add, self.down.transpose(), outer, -1.0, Par::Seq);
        let mut inside = Mat::zeros(right.nrows(), right.ncols());
        matmul(&mut inside, Accum::Replace, self.inverse.transpose(), &right, 1.0, Par::Seq);
        inside
    }
}

/// Of an element between the ends `range`, with the coefficients of the slowed clock at its nodes; `adjoint` says whether the
/// adjoint system will be solved.
pub(super) fn condense<const N: usize>(
    slowed: &[Coefficients<N>],
    rule: &Lobatto,
    layout: &Layout,
    range: &[[f64; 2]; N],
    adjoint: bool,
) -> Condensed {
    let matrix = stiffness(slowed, rule, range);
    let part = |rows: &[usize], columns: &[usize]| {
        Mat::from_fn(rows.len(), columns.len(), |i, j| matrix[(rows[i], columns[j])])
    };
    let (outer, inner) = (&layout.outer, &layout.inner);
    let (down, across) = (part(outer, inner), part(inner, outer));
    let (back, adjoint) = if adjoint {
        let inverse = solved(part(inner, inner), Mat::identity(inner.len(), inner.len()));
        let mut back = Mat::zeros(inner.len(), outer.len());
        matmul(&mut back, Accum::Replace, &inverse, &across, -1.0, Par::Seq);
        (back, Some(Adjoint { inverse, down: down.clone() }))
    } else {
        (solved(part(inner, inner), -across), None)
    };
    let mut schur = part(outer, outer);
    matmul(&mut schur, Accum::Add, &down, &back, 1.0, Par::Seq);
    Condensed { schur, back, adjoint }
}

/// The solution X of `matrix` X = `right`, on one thread: elements share the others, and digits must not depend on how many.
fn solved(mut matrix: Mat<f64>, mut right: Mat<f64>) -> Mat<f64> {
    let (n, columns) = right.shape();
    let (mut order, mut inverse) = (vec![0usize; n], vec![0usize; n]);
    let needed = factor::lu_in_place_scratch::<usize, f64>(n, n, Par::Seq, Default::default())
        .or(solve::solve_in_place_scratch::<usize, f64>(n, columns, Par::Seq));
    let mut buffer = MemBuffer::new(needed);
    let stack = MemStack::new(&mut buffer);
    let (_, rows) = factor::lu_in_place(matrix.as_mut(), &mut order, &mut inverse, Par::Seq, stack, Default::default());
    solve::solve_in_place(matrix.as_ref(), matrix.as_ref(), rows, right.as_mut(), Par::Seq, stack);
    right
}

/// s: how much faster than at unit noise per squared width the clock has to run at a point.
pub(super) fn speed<const N: usize>(c: &Coefficients<N>, widths: &[f64; N]) -> f64 {
    (0..N).map(|i| c.diffusion[i][i] / (widths[i] * widths[i])).sum()
}

/// b / s and B / s at the nodes of an element; div B is not used.
pub(super) fn slowed<const N: usize>(
    process: &dyn Process<N>,
    rule: &Lobatto,
    range: &[[f64; 2]; N],
    widths: &[f64; N],
) -> Result<Vec<Coefficients<N>>, GalerkinError> {
    let degree = rule.nodes.len() - 1;
    let at = |q: usize| {
        let at = local::<N>(q, degree);
        let z: [f64; N] =
            std::array::from_fn(|k| range[k][0] + 0.5 * (range[k][1] - range[k][0]) * (1.0 + rule.nodes[at[k]]));
        let mut c = process.coefficients(&z);
        let s = speed(&c, widths);
        c.drift = c.drift.map(|b| b / s);
        c.diffusion = c.diffusion.map(|row| row.map(|b| b / s));
        let finite = s.is_finite() && c.drift.iter().chain(c.diffusion.iter().flatten()).all(|x| x.is_finite());
        if finite { Ok(c) } else { Err(GalerkinError::Coefficients(z.to_vec())) }
    };
    (0..(degree + 1).pow(N as u32)).map(at).collect()
}

/// Entry (a, c): the weak form of test function a for the unknown that is 1 at node c.
fn stiffness<const N: usize>(slowed: &[Coefficients<N>], rule: &Lobatto, range: &[[f64; 2]; N]) -> Mat<f64> {
    let degree = rule.nodes.len() - 1;
    let n = degree + 1;
    let half: [f64; N] = std::array::from_fn(|k| 0.5 * (range[k][1] - range[k][0]));
    let stride: [usize; N] = std::array::from_fn(|k| n.pow((N - 1 - k) as u32));
    let mut matrix = Mat::zeros(slowed.len(), slowed.len());
    for q in 0..slowed.len() {
        let at = local::<N>(q, degree);
        let volume: f64 = (0..N).map(|k| half[k] * rule.weights[at[k]]).product();
        // The nodes on the line along axis i through q begin here.
        let first: [usize; N] = std::array::from_fn(|i| q - at[i] * stride[i]);
        for i in 0..N {
            let mut add = |column: usize, factor: f64| {
                let column = &mut matrix.col_as_slice_mut(column)[first[i]..];
                for (entry, d) in column.iter_mut().step_by(stride[i]).zip(&rule.derivative[at[i]]) {
                    *entry += factor * d;
                }
            };
            let slope = volume / half[i];
            add(q, slope * slowed[q].drift[i]);
            for j in 0..N {
                for (b, d) in rule.derivative[at[j]].iter().enumerate() {
                    let column = first[j] + b * stride[j];
                    add(column, -0.5 * slope * d / half[j] * slowed[column].diffusion[i][j]);
                }
            }
        }
    }
    matrix
}
