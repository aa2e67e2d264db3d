//! Hermite polynomials, their rule, and the numbering of their products.

use crate::numeric::on_one_thread;
use faer::{Mat, Side};

/// he_0 ... he_`degree` at x: orthonormal under the standard normal density.
pub(super) fn hermite(x: f64, degree: usize) -> Vec<f64> {
    let mut values = Vec::with_capacity(degree + 1);
    values.push(1.0);
    if degree > 0 {
        values.push(x);
    }
    for k in 1..degree {
        values.push((x * values[k] - (k as f64).sqrt() * values[k - 1]) / ((k + 1) as f64).sqrt());
    }
    values
}

/// Gauss's rule for the standard normal density, with the basis at its nodes.
pub(super) struct Rule {
    /// Nodes, ascending.
    pub nodes: Vec<f64>,
    /// Roots of the weights, which add up to 1.
    pub roots: Vec<f64>,
    /// `values[q][k]` = he_k(x_q) times the root of the weight: of one size, where he_k alone is not.
    pub values: Vec<Vec<f64>>,
}

impl Rule {
    /// With `count` nodes and the basis up to `degree` < `count`.
    pub fn new(count: usize, degree: usize) -> Self {
        let entry = |i: usize, j: usize| if i.abs_diff(j) == 1 { (i.max(j) as f64).sqrt() } else { 0.0 };
        let jacobi = Mat::from_fn(count, count, entry);
        let start = on_one_thread(|| jacobi.self_adjoint_eigenvalues(Side::Lower)).unwrap_or_default();
        let nodes: Vec<f64> = start.into_iter().map(|x| polished(x, count)).collect();
        let root = |x: &f64| hermite(*x, count - 1).iter().map(|h| h * h).sum::<f64>().sqrt().recip();
        let roots: Vec<f64> = nodes.iter().map(root).collect();
        let values = nodes.iter().zip(&roots).map(|(x, root)| hermite(*x, degree).iter().map(|h| h * root).collect());
        let values = values.collect();
        Self { nodes, roots, values }
    }
}

/// A zero of he_`count` by Newton's method.
fn polished(mut x: f64, count: usize) -> f64 {
    for _ in 0..3 {
        let values = hermite(x, count);
        x -= values[count] / ((count as f64).sqrt() * values[count - 1]);
    }
    x
}

/// The products he_n1(y1) he_n2(y2) ... of total degree up to `degree`, the last index fastest.
#[derive(Debug, Clone)]
pub(super) struct Basis<const N: usize> {
    /// Largest total degree.
    pub degree: usize,
    /// The indices.
    pub indices: Vec<[usize; N]>,
    /// Roots of 0, 1, ... `degree`.
    pub roots: Vec<f64>,
    /// Where an index stands, by [`Basis::dense`].
    places: Vec<usize>,
}

impl<const N: usize> Basis<N> {
    pub fn new(degree: usize) -> Self {
        let all = (degree + 1).pow(N as u32);
        let roots = (0..=degree).map(|k| (k as f64).sqrt()).collect();
        let mut basis = Self { degree, indices: Vec::new(), roots, places: vec![usize::MAX; all] };
        for dense in 0..all {
            let mut rest = dense;
            let mut index = [0; N];
            for slot in index.iter_mut().rev() {
                *slot = rest % (degree + 1);
                rest /= degree + 1;
            }
            if index.iter().sum::<usize>() <= degree {
                basis.places[dense] = basis.indices.len();
                basis.indices.push(index);
            }
        }
        basis
    }

    /// Position in the full tensor.
    pub fn dense(&self, index: &[usize; N]) -> usize {
        index.iter().fold(0, |at, k| at * (self.degree + 1) + k)
    }

    /// Position in the basis.
    pub fn place(&self, index: &[usize; N]) -> usize {
        self.places[self.dense(index)]
    }

    /// Values at the nodes of a tensor rule, the last axis fastest, of the sum with these coefficients: times the roots of the
    /// weights.
    pub fn at_nodes(&self, coefficients: &[f64], rule: &Rule) -> Vec<f64> {
        let mut tensor = vec![0.0; self.places.len()];
        for (index, c) in self.indices.iter().zip(coefficients) {
            tensor[self.dense(index)] = *c;
        }
        let (terms, nodes) = (self.degree + 1, rule.nodes.len());
        // The first axis is taken out and comes back as the last: after N rounds all are nodes, in order.
        for _ in 0..N {
            let rest = tensor.len() / terms;
            let mut turned = vec![0.0; rest * nodes];
            for (k, slab) in tensor.chunks_exact(rest).enumerate() {
                for (line, value) in turned.chunks_exact_mut(nodes).zip(slab) {
                    if *value != 0.0 {
                        line.iter_mut().zip(&rule.values).for_each(|(out, he)| *out += value * he[k]);
                    }
                }
            }
            tensor = turned;
        }
        tensor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_integrates_powers_exactly() {
        let rule = Rule::new(12, 4);
        let moment = |p: i32| rule.nodes.iter().zip(&rule.roots).map(|(x, root)| root * root * x.powi(p)).sum::<f64>();
        // E[x^(2k)] = (2k - 1)!!
        for (p, exact) in [(0, 1.0), (2, 1.0), (4, 3.0), (6, 15.0), (8, 105.0), (20, 654_729_075.0)] {
            assert!((moment(p) / exact - 1.0).abs() < 1e-13, "{p}");
        }
        assert!(moment(7).abs() < 1e-12);
    }

    #[test]
    fn sums_at_nodes_are_those_of_the_products() {
        let (basis, rule) = (Basis::<3>::new(3), Rule::new(5, 3));
        let coefficients: Vec<f64> = (0..basis.indices.len()).map(|k| (k as f64 * 0.7).sin()).collect();
        let values = basis.at_nodes(&coefficients, &rule);
        let at = [4, 1, 2];
        let he = at.map(|q| hermite(rule.nodes[q], 3));
        let product = |index: &[usize; 3]| (0..3).map(|i| he[i][index[i]]).product::<f64>();
        let exact: f64 = basis.indices.iter().zip(&coefficients).map(|(index, c)| c * product(index)).sum();
        let root: f64 = at.iter().map(|&q| rule.roots[q]).product();
        assert!((values[(at[0] * 5 + at[1]) * 5 + at[2]] - exact * root).abs() < 1e-14);
    }
}
