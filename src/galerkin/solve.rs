//! The system of all nodes, the law on them, and the decays towards it.

use super::dissection::Dissection;
use super::element::{slowed, speed, stiffness};
use super::krylov;
use super::numbering::Numbering;
use super::{GalerkinError, Lobatto, SpectralLaw};
use crate::numeric::on_one_thread;
use crate::process::Process;
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
    numbering: Numbering<N>,
    factor: Dissection,
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
        let (rule, numbering) = (Lobatto::new(degree), Numbering::of(breaks, degree));
        let widths = widths(breaks);
        let element = |at: &[usize; N]| {
            let range = range(breaks, at);
            Ok(stiffness(&slowed(process, &rule, &range, &widths)?, &rule, &range))
        };
        let nearest = std::array::from_fn(|k| {
            let distance = |i: &usize| (breaks[k][*i] - anchor[k]).abs();
            (0..breaks[k].len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0) * degree
        });
        let factor = Dissection::new(&numbering, &element, numbering.index(&nearest), decays)?;
        let (nodes, weights) = nodes(&numbering, &rule, breaks);
        let speeds = nodes.par_iter().map(|z| speed(&process.coefficients(z), &widths)).collect();
        Ok(Self { breaks: breaks.clone(), numbering, factor, nodes, weights, speeds })
    }

    /// The law on all nodes.
    pub fn law(&self) -> Result<SpectralLaw<N>, GalerkinError> {
        let unknowns = self.factor.null_vector(self.numbering.count());
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
        let right = |g: &Vec<f64>| -> Vec<f64> {
            let mean = mean(g);
            g.iter().enumerate().map(|(node, g)| self.weights[node] / self.speeds[node] * (g - mean)).collect()
        };
        let mut found: Vec<Vec<f64>> = given.iter().map(right).collect();
        self.factor.solve_transposed(&mut found);
        for f in &mut found {
            let mean = mean(f);
            f.iter_mut().for_each(|f| *f -= mean);
        }
        found
    }
}

fn widths<const N: usize>(breaks: &[Vec<f64>; N]) -> [f64; N] {
    std::array::from_fn(|k| breaks[k][breaks[k].len() - 1] - breaks[k][0])
}

/// The ends of an element along every axis.
fn range<const N: usize>(breaks: &[Vec<f64>; N], element: &[usize; N]) -> [[f64; 2]; N] {
    std::array::from_fn(|k| [breaks[k][element[k]], breaks[k][element[k] + 1]])
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
