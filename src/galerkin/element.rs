//! The dense matrix of one element.

use super::numbering::split;
use super::{GalerkinError, Lobatto};
use crate::process::{Coefficients, Process};
use faer::Mat;

/// Position along every axis of local node `a`.
pub(super) fn local<const N: usize>(a: usize, degree: usize) -> [usize; N] {
    split(a, |_| degree + 1)
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
pub(super) fn stiffness<const N: usize>(slowed: &[Coefficients<N>], rule: &Lobatto, range: &[[f64; 2]; N]) -> Mat<f64> {
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
