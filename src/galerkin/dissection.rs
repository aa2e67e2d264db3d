//! Nested dissection of a box of elements: it is halved until single elements are left, and on the way back every part eliminates
//! the nodes that no other part shares.

use super::front::{Adjoint, Eliminated, eliminate};
use super::numbering::Numbering;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// Bytes of a number.
const NUMBER: u64 = 8;

/// Elements from `first` up to `end` along every axis.
#[derive(Clone, Copy)]
struct Part<const N: usize> {
    first: [usize; N],
    end: [usize; N],
}

impl<const N: usize> Part<N> {
    fn whole(numbering: &Numbering<N>) -> Self {
        Self { first: [0; N], end: numbering.elements }
    }

    /// Halves across the longest axis; `None` for an element.
    fn halves(&self) -> Option<[Self; 2]> {
        let length = |k: usize| self.end[k] - self.first[k];
        let longest = (0..N).rev().max_by_key(|k| length(*k)).filter(|k| length(*k) > 1)?;
        let middle = self.first[longest] + length(longest) / 2;
        let mut halves = [*self; 2];
        halves[0].end[longest] = middle;
        halves[1].first[longest] = middle;
        Some(halves)
    }

    /// Whether other parts share a node.
    fn shares(&self, numbering: &Numbering<N>, node: usize) -> bool {
        let at = numbering.position(node);
        (0..N).any(|k| {
            let on = |break_: usize, inside: bool| inside && at[k] == break_ * numbering.degree;
            on(self.first[k], self.first[k] > 0) || on(self.end[k], self.end[k] < numbering.elements[k])
        })
    }

    /// How many nodes it has, and how many of them other parts share.
    fn counts(&self, numbering: &Numbering<N>) -> [usize; 2] {
        let all = |k: usize| (self.end[k] - self.first[k]) * numbering.degree + 1;
        let own = |k: usize| all(k) - usize::from(self.first[k] > 0) - usize::from(self.end[k] < numbering.elements[k]);
        let [all, own]: [usize; 2] = [(0..N).map(all).product(), (0..N).map(own).product()];
        [all, all - own]
    }
}

/// The nodes that a part eliminated, in terms of those that are left of it.
struct Front {
    inner: Vec<usize>,
    outer: Vec<usize>,
    back: Mat<f64>,
    adjoint: Option<Adjoint>,
}

/// What is left of a part, and the fronts within it, inner ones first.
struct Left {
    nodes: Vec<usize>,
    matrix: Mat<f64>,
    fronts: Vec<Front>,
}

/// A factored system of all nodes, in which the equation of the `pinned` one is u = 1 there.
pub(super) struct Dissection {
    fronts: Vec<Front>,
    pinned: usize,
}

impl Dissection {
    /// Of the dense matrices of elements, by their numbers; `adjoint` says whether transposed systems will be solved.
    ///
    /// # Errors
    /// Those of `element`.
    pub fn new<const N: usize, E: Send>(
        numbering: &Numbering<N>,
        element: &(impl Fn(&[usize; N]) -> Result<Mat<f64>, E> + Sync),
        pinned: usize,
        adjoint: bool,
    ) -> Result<Self, E> {
        // The whole box shares nothing: the pinned node alone is left of it, and its equation is not used.
        let Left { fronts, .. } = Tree { numbering, element, pinned, adjoint }.merged(&Part::whole(numbering))?;
        Ok(Self { fronts, pinned })
    }

    /// The solution u of the system that has no right side but u = 1 at the pinned node, among `count` nodes.
    pub fn null_vector(&self, count: usize) -> Vec<f64> {
        let mut found = vec![0.0; count];
        found[self.pinned] = 1.0;
        for front in self.fronts.iter().rev() {
            let outer = Mat::from_fn(front.outer.len(), 1, |i, _| found[front.outer[i]]);
            let mut inner = Mat::zeros(front.inner.len(), 1);
            matmul(&mut inner, Accum::Replace, &front.back, &outer, 1.0, Par::Seq);
            for (node, value) in front.inner.iter().zip(inner.col_as_slice(0)) {
                found[*node] = *value;
            }
        }
        found
    }

    /// Solutions of the transposed system, each in the place of its right side, that are zero at the pinned node: there it
    /// asks nothing.
    pub fn solve_transposed(&self, rights: &mut [Vec<f64>]) {
        let columns = rights.len();
        let gathered =
            |nodes: &[usize], from: &[Vec<f64>]| Mat::from_fn(nodes.len(), columns, |i, k| from[k][nodes[i]]);
        for front in &self.fronts {
            let inner = gathered(&front.inner, rights);
            let mut up = Mat::zeros(front.outer.len(), columns);
            matmul(&mut up, Accum::Replace, front.back.transpose(), &inner, 1.0, Par::Seq);
            for (right, up) in rights.iter_mut().zip(up.col_iter()) {
                front.outer.iter().zip(up.iter()).for_each(|(node, up)| right[*node] += up);
            }
        }
        rights.iter_mut().for_each(|right| right[self.pinned] = 0.0);
        for front in self.fronts.iter().rev() {
            let Some(adjoint) = &front.adjoint else { continue };
            let inside = adjoint.inside(&gathered(&front.outer, rights), gathered(&front.inner, rights));
            for (right, values) in rights.iter_mut().zip(inside.col_iter()) {
                front.inner.iter().zip(values.iter()).for_each(|(node, value)| right[*node] = *value);
            }
        }
    }
}

/// What parts are made of.
struct Tree<'a, const N: usize, F> {
    numbering: &'a Numbering<N>,
    element: &'a F,
    pinned: usize,
    adjoint: bool,
}

impl<const N: usize, E: Send, F: Fn(&[usize; N]) -> Result<Mat<f64>, E> + Sync> Tree<'_, N, F> {
    fn merged(&self, part: &Part<N>) -> Result<Left, E> {
        let Some(halves) = part.halves() else {
            let degree = self.numbering.degree;
            let count = (degree + 1).pow(N as u32);
            let nodes = (0..count).map(|a| self.numbering.global(&part.first, a)).collect();
            return Ok(self.reduced(part, vec![(nodes, (self.element)(&part.first)?)], Vec::new()));
        };
        let (first, second) = rayon::join(|| self.merged(&halves[0]), || self.merged(&halves[1]));
        let (first, second) = (first?, second?);
        let mut fronts = first.fronts;
        fronts.extend(second.fronts);
        Ok(self.reduced(part, vec![(first.nodes, first.matrix), (second.nodes, second.matrix)], fronts))
    }

    /// The sum of matrices on their nodes, without the nodes that no other part shares.
    fn reduced(&self, part: &Part<N>, pieces: Vec<(Vec<usize>, Mat<f64>)>, mut fronts: Vec<Front>) -> Left {
        let mut all: Vec<usize> = pieces.iter().flat_map(|(nodes, _)| nodes.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let stays = |node: &usize| *node == self.pinned || part.shares(self.numbering, *node);
        let (outer, inner): (Vec<usize>, Vec<usize>) = all.into_iter().partition(stays);
        let mut matrix = Mat::zeros(inner.len() + outer.len(), inner.len() + outer.len());
        for (nodes, piece) in pieces {
            // Every node of a piece is in one of the two lists.
            let place = |node: &usize| match inner.binary_search(node) {
                Ok(at) => at,
                Err(_) => inner.len() + outer.partition_point(|other| other < node),
            };
            let places: Vec<usize> = nodes.iter().map(place).collect();
            for (j, column) in places.iter().enumerate() {
                let (from, to) = (piece.col_as_slice(j), matrix.col_as_slice_mut(*column));
                places.iter().zip(from).for_each(|(row, entry)| to[*row] += entry);
            }
        }
        // On a line the cut may be the pinned node.
        if inner.is_empty() {
            return Left { nodes: outer, matrix, fronts };
        }
        let Eliminated { back, schur, adjoint } = eliminate(matrix, inner.len(), self.adjoint);
        fronts.push(Front { inner, outer: outer.clone(), back, adjoint });
        Left { nodes: outer, matrix: schur, fronts }
    }
}

/// About how much memory a law on elements of one degree takes, on two threads; `adjoint` says whether transposed systems will be
/// solved \[bytes\].
pub(super) fn bytes<const N: usize>(numbering: &Numbering<N>, adjoint: bool) -> u64 {
    let (kept, largest) = below(&Part::whole(numbering), numbering, adjoint);
    // Two parts are worked on at once, each with its matrix, what it is made of and what is left.
    NUMBER * (kept + 4 * largest)
}

/// Numbers that fronts within a part keep, and those of the matrix of the largest.
fn below<const N: usize>(part: &Part<N>, numbering: &Numbering<N>, adjoint: bool) -> (u64, u64) {
    let [all, outer] = part.counts(numbering);
    let (mut kept, mut largest, mut front) = (0, 0, all);
    if let Some(halves) = part.halves() {
        let [[first, shared], [second, shared_too]] = halves.map(|half| half.counts(numbering));
        // Nodes of the cut are in both halves, and shared.
        front = shared + shared_too - (first + second - all);
        for half in &halves {
            let (more, size) = below(half, numbering, adjoint);
            kept += more;
            largest = size.max(largest);
        }
    }
    let [front, outer] = [front, outer].map(|n| n as u64);
    let inner = front - outer;
    let own = inner * if adjoint { 2 * outer + inner } else { outer };
    (kept + own, largest.max(front * front))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERING: Numbering<3> = Numbering { degree: 2, elements: [3, 2, 1] };

    /// An element whose entries have no pattern.
    fn element(at: &[usize; 3]) -> Result<Mat<f64>, ()> {
        let seed = (at[0] + 3 * at[1]) as f64;
        let entry = |i: usize, j: usize| (1.0 + seed + 7.0 * i as f64 + 3.3 * (j * j) as f64).sin();
        Ok(Mat::from_fn(27, 27, |i, j| entry(i, j) + if i == j { 20.0 } else { 0.0 }))
    }

    /// Their sum on all nodes.
    fn assembled() -> Mat<f64> {
        let mut sum = Mat::zeros(NUMBERING.count(), NUMBERING.count());
        for at in (0..6).map(|e| NUMBERING.element(e)) {
            let nodes: Vec<usize> = (0..27).map(|a| NUMBERING.global(&at, a)).collect();
            let piece = element(&at).expect("an element");
            for i in 0..27 {
                for j in 0..27 {
                    sum[(nodes[i], nodes[j])] += piece[(i, j)];
                }
            }
        }
        sum
    }

    #[test]
    fn all_equations_hold_but_that_of_the_pinned_node() {
        let (matrix, pinned) = (assembled(), 40);
        let u = Dissection::new(&NUMBERING, &element, pinned, false).expect("factors").null_vector(NUMBERING.count());
        assert!((u[pinned] - 1.0).abs() < 1e-12);
        for row in (0..u.len()).filter(|row| *row != pinned) {
            let residual: f64 = (0..u.len()).map(|column| matrix[(row, column)] * u[column]).sum();
            assert!(residual.abs() < 1e-11, "{row}: {residual:e}");
        }
    }

    #[test]
    fn all_transposed_equations_hold_but_that_of_the_pinned_node() {
        let (matrix, pinned) = (assembled(), 0);
        let rights: Vec<Vec<f64>> =
            (0..3).map(|k| (0..NUMBERING.count()).map(|node| (node as f64 + k as f64).cos()).collect()).collect();
        let mut found = rights.clone();
        let factored = Dissection::new(&NUMBERING, &element, pinned, true).expect("factors");
        factored.solve_transposed(&mut found);
        for (f, right) in found.iter().zip(&rights) {
            assert_eq!(f[pinned], 0.0);
            for column in (0..f.len()).filter(|column| *column != pinned) {
                let left: f64 = (0..f.len()).map(|row| matrix[(row, column)] * f[row]).sum();
                assert!((left - right[column]).abs() < 1e-11, "{column}");
            }
        }
    }

    #[test]
    fn what_fronts_keep_is_foreseen() {
        let factored = Dissection::new(&NUMBERING, &element, 0, false).expect("factors");
        // The pinned node, which every front on the way to the last carries, is not foreseen.
        let counts = |front: &Front| {
            let inner = front.inner.len();
            [inner, front.outer.iter().filter(|node| **node != 0).count()]
        };
        let counts: Vec<[usize; 2]> = factored.fronts.iter().map(counts).collect();
        let kept: usize = counts.iter().map(|[inner, outer]| inner * outer).sum();
        let largest = counts.iter().map(|[inner, outer]| inner + outer).max().map_or(0, |n| n * n);
        let (foreseen, matrix) = below(&Part::whole(&NUMBERING), &NUMBERING, false);
        let pinned = NUMBERING.count() as u64;
        assert!(foreseen.abs_diff(kept as u64) <= pinned, "{foreseen} {kept}");
        assert!(matrix.abs_diff(largest as u64) <= pinned, "{matrix} {largest}");
    }
}
