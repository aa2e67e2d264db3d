//! Numbers of nodes and elements, the last axis fastest.

use super::element::local;

/// Of elements of one degree that share the nodes on their faces.
#[derive(Debug, Clone)]
pub(super) struct Numbering<const N: usize> {
    pub degree: usize,
    /// Elements along every axis.
    pub elements: [usize; N],
}

impl<const N: usize> Numbering<N> {
    pub fn of(breaks: &[Vec<f64>; N], degree: usize) -> Self {
        Self { degree, elements: std::array::from_fn(|k| breaks[k].len() - 1) }
    }

    /// Nodes along an axis.
    pub fn along(&self, axis: usize) -> usize {
        self.elements[axis] * self.degree + 1
    }

    pub fn count(&self) -> usize {
        (0..N).map(|k| self.along(k)).product()
    }

    pub fn index(&self, position: &[usize; N]) -> usize {
        (0..N).fold(0, |index, k| index * self.along(k) + position[k])
    }

    pub fn position(&self, index: usize) -> [usize; N] {
        split(index, |k| self.along(k))
    }

    pub fn element(&self, index: usize) -> [usize; N] {
        split(index, |k| self.elements[k])
    }

    /// Global number of local node `a` of an element.
    pub fn global(&self, element: &[usize; N], a: usize) -> usize {
        let at = local::<N>(a, self.degree);
        self.index(&std::array::from_fn(|k| element[k] * self.degree + at[k]))
    }
}

/// The position along every axis of number `index` among `count` along each.
pub(super) fn split<const N: usize>(mut index: usize, count: impl Fn(usize) -> usize) -> [usize; N] {
    let mut position = [0; N];
    for k in (0..N).rev() {
        position[k] = index % count(k);
        index /= count(k);
    }
    position
}
