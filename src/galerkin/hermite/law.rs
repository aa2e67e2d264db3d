//! A law as a Gaussian times a polynomial.

use super::basis::{Basis, Rule, hermite};
use super::marginal::Marginal;
use super::rates::{DENSE, slowest};
use super::weak::{coefficients as coefficients_at, matrix, nodes};
use crate::galerkin::{GalerkinError, Measure};
use crate::numeric::on_one_thread;
use crate::process::{Affine, Coefficients, Process};
use faer::Mat;
use faer::linalg::solvers::{PartialPivLu, Solve};
use num_complex::Complex64;
use std::f64::consts::PI;

/// Nodes beyond the degree: coefficients that are polynomials of degree up to twice that are integrated exactly.
const MORE: usize = 8;

/// Part of its size by which a linear function may be off.
const STRAIGHT: f64 = 1e-13;

/// The stationary law of a process on the whole space.
#[derive(Debug)]
pub struct HermiteLaw<const N: usize> {
    /// The law as masses on the nodes of the rule.
    pub measure: Measure<N>,
    /// Entropy production rate \[1 / time\], and the size of the terms it is the difference of.
    pub entropy_production: [f64; 2],
    centre: [f64; N],
    root: [[f64; N]; N],
    basis: Basis<N>,
    /// c_n, the first of them 1.
    coefficients: Vec<f64>,
    /// Of the weak form without its first row and column.
    factor: PartialPivLu<f64>,
    /// Nodes in y.
    scaled: Vec<[f64; N]>,
}

impl<const N: usize> HermiteLaw<N> {
    /// By polynomials of a total `degree` times the normal law of mean `centre` and covariance R R^T, R = `root`.
    ///
    /// # Errors
    /// See [`GalerkinError`].
    pub fn solve(
        process: &dyn Process<N>,
        centre: [f64; N],
        root: [[f64; N]; N],
        degree: usize,
    ) -> Result<Self, GalerkinError> {
        let turned = Affine::new(process, centre, root).ok_or(GalerkinError::Elements)?;
        let (basis, rule) = (Basis::<N>::new(degree), Rule::new(degree + MORE, degree));
        let scaled = nodes::<N>(&rule);
        let at_nodes = coefficients_at(&turned, &scaled)?;
        let weak = matrix(&basis, &rule, &at_nodes);
        let size = basis.indices.len();
        let right = Mat::from_fn(size - 1, 1, |i, _| -weak[(i + 1, 0)]);
        let (factor, solution) = on_one_thread(|| {
            let factor = weak.submatrix(1, 1, size - 1, size - 1).partial_piv_lu();
            let solution = factor.solve(&right);
            (factor, solution)
        });
        let coefficients: Vec<f64> = std::iter::once(1.0).chain((0..size - 1).map(|k| solution[(k, 0)])).collect();
        if !coefficients.iter().all(|c| c.is_finite()) {
            return Err(GalerkinError::Singular(size));
        }
        let roots: Vec<f64> = tensor::<N>(&rule.roots);
        let sum = |c: &[f64]| -> Vec<f64> { basis.at_nodes(c, &rule).iter().zip(&roots).map(|(f, r)| f * r).collect() };
        let masses = sum(&coefficients);
        let gradients: Vec<Vec<f64>> = (0..N)
            .map(|i| {
                let slopes = sum(&slope(&basis, &coefficients, i));
                // d_i (phi f) = phi (d_i f - y_i f)
                slopes.iter().zip(&scaled).zip(&masses).map(|((slope, y), mass)| slope - y[i] * mass).collect()
            })
            .collect();
        let entropy_production = entropy_production(&turned, &scaled, &masses, &at_nodes, &gradients);
        let nodes = scaled.iter().map(|y| turned.to_inner(y)).collect();
        let measure = Measure::new(nodes, masses, centre);
        Ok(Self { measure, entropy_production, centre, root, basis, coefficients, factor, scaled })
    }

    /// Largest total degree of the polynomial.
    pub fn degree(&self) -> usize {
        self.basis.degree
    }

    /// Size of the linear system.
    pub fn unknowns(&self) -> usize {
        self.basis.indices.len()
    }

    /// Norm of the coefficients of the two highest degrees, relative to that of all: how far the expansion is from its limit.
    pub fn remainder(&self) -> f64 {
        let norm = |least: usize| -> f64 {
            let terms = self.basis.indices.iter().zip(&self.coefficients);
            terms.filter(|(n, _)| n.iter().sum::<usize>() >= least).map(|(_, c)| c * c).sum::<f64>().sqrt()
        };
        norm(self.basis.degree - 1) / norm(0)
    }

    /// ln p(z); not a number where p is lost in rounding.
    pub fn log_density(&self, z: &[f64; N]) -> f64 {
        let y = self.scaled(z);
        let he: [Vec<f64>; N] = std::array::from_fn(|i| hermite(y[i], self.basis.degree));
        let product = |n: &[usize; N]| (0..N).map(|i| he[i][n[i]]).product::<f64>();
        let f: f64 = self.basis.indices.iter().zip(&self.coefficients).map(|(n, c)| c * product(n)).sum();
        let squares: f64 = y.iter().map(|y| y * y).sum();
        let volume: f64 = (0..N).map(|i| self.root[i][i].abs().ln()).sum();
        f.ln() - 0.5 * squares - 0.5 * N as f64 * (2.0 * PI).ln() - volume
    }

    /// y of z by forward substitution.
    fn scaled(&self, z: &[f64; N]) -> [f64; N] {
        let mut y = [0.0; N];
        for i in 0..N {
            let known: f64 = (0..i).map(|j| self.root[i][j] * y[j]).sum();
            y[i] = (z[i] - self.centre[i] - known) / self.root[i][i];
        }
        y
    }

    /// The law of a function of z whose `values` at the nodes are given, if it is linear.
    pub fn marginal(&self, values: &[f64]) -> Option<Marginal> {
        let (direction, offset) = self.linear(values)?;
        let scale = direction.iter().map(|d| d * d).sum::<f64>().sqrt();
        let mut coefficients = vec![0.0; self.basis.degree + 1];
        for (y, mass) in self.scaled.iter().zip(&self.measure.masses) {
            let u = (0..N).map(|i| direction[i] * y[i]).sum::<f64>() / scale;
            coefficients.iter_mut().zip(hermite(u, self.basis.degree)).for_each(|(c, he)| *c += mass * he);
        }
        Some(Marginal::new(offset, scale, coefficients))
    }

    /// The slopes in y and the value at 0 of a linear function.
    fn linear(&self, values: &[f64]) -> Option<([f64; N], f64)> {
        let last = self.scaled.len() - 1;
        let count = (self.scaled.len() as f64).powf(1.0 / N as f64).round() as usize;
        let offset = 0.5 * (values[0] + values[last]);
        let direction: [f64; N] = std::array::from_fn(|i| {
            let stride = count.pow((N - 1 - i) as u32) * (count - 1);
            (values[stride] - values[0]) / (self.scaled[stride][i] - self.scaled[0][i])
        });
        let size = values.iter().fold(0.0f64, |size, v| size.max((v - offset).abs()));
        let along = |y: &[f64; N]| offset + (0..N).map(|i| direction[i] * y[i]).sum::<f64>();
        let straight = self.scaled.iter().zip(values).all(|(y, v)| (along(y) - v).abs() <= STRAIGHT * size);
        (straight && size > 0.0).then_some((direction, offset))
    }

    /// The slowest decay rates (real parts) with their frequencies (imaginary parts, which come in pairs of both signs) \[1 / time\], by rate.
    pub fn decays(&self, count: usize) -> Vec<Complex64> {
        on_one_thread(|| slowest(&self.factor, count))
    }

    /// Whether the decays are all there are: of a large law fast oscillations may be missing.
    pub fn knows_all_decays(&self) -> bool {
        self.unknowns() <= DENSE
    }
}

/// All products of one value per axis, the last axis fastest.
fn tensor<const N: usize>(values: &[f64]) -> Vec<f64> {
    (0..N).fold(vec![1.0], |all, _| all.iter().flat_map(|a| values.iter().map(move |v| a * v)).collect())
}

/// Coefficients of d_i of a sum.
fn slope<const N: usize>(basis: &Basis<N>, coefficients: &[f64], i: usize) -> Vec<f64> {
    let mut slope = vec![0.0; coefficients.len()];
    for (index, c) in basis.indices.iter().zip(coefficients).filter(|(index, _)| index[i] > 0) {
        let mut lower = *index;
        lower[i] -= 1;
        slope[basis.place(&lower)] = basis.roots[index[i]] * c;
    }
    slope
}

/// The integral of J . a with a = B^-1 c, c = 2 b - div B and 2 J = c p - B grad p: (E\[a . c\] - int c . grad p) / 2; and the size
/// of its terms. `gradients` are the weights of the nodes times grad p over the weight function.
fn entropy_production<const N: usize>(
    process: &dyn Process<N>,
    nodes: &[[f64; N]],
    masses: &[f64],
    at_nodes: &[Coefficients<N>],
    gradients: &[Vec<f64>],
) -> [f64; 2] {
    let (mut rate, mut size) = (0.0, 0.0);
    for (k, c) in at_nodes.iter().enumerate() {
        let force = process.force(&nodes[k]).value;
        for i in 0..N {
            let c = 2.0 * c.drift[i] - c.div_diffusion[i];
            let terms = [0.5 * masses[k] * force[i] * c, -0.5 * gradients[i][k] * c];
            rate += terms[0] + terms[1];
            size += terms[0].abs() + terms[1].abs();
        }
    }
    [rate, size]
}
