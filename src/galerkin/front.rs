//! Dense elimination of the nodes that no other part of the box shares.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::{factor, solve};
use faer::linalg::matmul::matmul;
use faer::perm::PermRef;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Columns that are worked on together: always the same ones, so that digits do not depend on the number of threads.
const COLUMNS: usize = 192;

/// A matrix of which the first nodes are eliminated: inner = `back` outer, and what is left on the outer ones.
pub(super) struct Eliminated {
    pub back: Mat<f64>,
    pub schur: Mat<f64>,
    /// For transposed systems, where they are wanted.
    pub adjoint: Option<Adjoint>,
}

/// What the inner nodes of a transposed system are found with: inner = A^-T (right side - `down`^T outer).
pub(super) struct Adjoint {
    factor: Factor,
    down: Mat<f64>,
}

impl Adjoint {
    /// Values on the inner nodes, given those on the outer ones and the right side inside.
    pub fn inside(&self, outer: &Mat<f64>, mut right: Mat<f64>) -> Mat<f64> {
        matmul(&mut right, Accum::Add, self.down.transpose(), outer, -1.0, Par::Seq);
        self.factor.solve_transposed(right.as_mut());
        right
    }
}

/// Eliminates the first `inner` nodes of `matrix`; `adjoint` says whether transposed systems will be solved.
pub(super) fn eliminate(matrix: Mat<f64>, inner: usize, adjoint: bool) -> Eliminated {
    let (top, bottom) = matrix.as_ref().split_at_row(inner);
    let ((within, across), (down, beyond)) = (top.split_at_col(inner), bottom.split_at_col(inner));
    let factor = Factor::new(within);
    let (mut back, mut schur) = (-across, beyond.to_owned());
    let chunks = back.par_col_chunks_mut(COLUMNS).zip(schur.par_col_chunks_mut(COLUMNS));
    chunks.for_each(|(mut back, mut schur)| {
        factor.solve(back.as_mut());
        matmul(schur.as_mut(), Accum::Add, down, back.as_ref(), 1.0, Par::Seq);
    });
    let adjoint = adjoint.then(|| Adjoint { factor, down: down.to_owned() });
    Eliminated { back, schur, adjoint }
}

/// A matrix, factored on one thread.
pub(super) struct Factor {
    triangles: Mat<f64>,
    /// Where rows went, and where they came from.
    order: [Vec<usize>; 2],
    /// What rows were divided by, to be of one size: noise that grows like a power of e^z spans tens of decades across a box.
    size: Vec<f64>,
}

impl Factor {
    pub fn new(matrix: MatRef<'_, f64>) -> Self {
        let n = matrix.nrows();
        let largest = |i: usize| matrix.row(i).iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
        let size: Vec<f64> = (0..n).map(largest).map(|size| if size > 0.0 { size } else { 1.0 }).collect();
        let mut triangles = Mat::from_fn(n, n, |i, j| matrix[(i, j)] / size[i]);
        let (mut forward, mut inverse) = (vec![0usize; n], vec![0usize; n]);
        let mut buffer = MemBuffer::new(factor::lu_in_place_scratch::<usize, f64>(n, n, Par::Seq, Default::default()));
        let stack = MemStack::new(&mut buffer);
        factor::lu_in_place(triangles.as_mut(), &mut forward, &mut inverse, Par::Seq, stack, Default::default());
        Self { triangles, order: [forward, inverse], size }
    }

    /// The solution of A x = `right`, in its place.
    pub fn solve(&self, mut right: MatMut<'_, f64>) {
        self.scale(right.as_mut());
        let mut buffer =
            MemBuffer::new(solve::solve_in_place_scratch::<usize, f64>(self.size.len(), right.ncols(), Par::Seq));
        let stack = MemStack::new(&mut buffer);
        solve::solve_in_place(self.triangles.as_ref(), self.triangles.as_ref(), self.rows(), right, Par::Seq, stack);
    }

    /// The solution of A^T x = `right`, in its place.
    pub fn solve_transposed(&self, mut right: MatMut<'_, f64>) {
        let mut buffer = MemBuffer::new(solve::solve_transpose_in_place_scratch::<usize, f64>(
            self.size.len(),
            right.ncols(),
            Par::Seq,
        ));
        let (triangles, stack) = (self.triangles.as_ref(), MemStack::new(&mut buffer));
        solve::solve_transpose_in_place(triangles, triangles, self.rows(), right.as_mut(), Par::Seq, stack);
        self.scale(right);
    }

    fn rows(&self) -> PermRef<'_, usize> {
        PermRef::new_checked(&self.order[0], &self.order[1], self.size.len())
    }

    fn scale(&self, mut rows: MatMut<'_, f64>) {
        for k in 0..rows.ncols() {
            rows.as_mut().col_mut(k).iter_mut().zip(&self.size).for_each(|(entry, size)| *entry /= size);
        }
    }
}
