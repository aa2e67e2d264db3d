//! A law on spectral elements, and what can be read off it.

use super::element::{local, speed};
use super::line::Line;
use super::{GalerkinError, Lobatto};
use crate::process::Process;

/// Rounding of the sparse elimination, relative to the largest unknown.
const ROUNDING: f64 = 1e-15;

/// The stationary law as masses on the nodes of spectral elements.
#[derive(Debug, Clone)]
pub struct SpectralLaw<const N: usize> {
    /// Nodes, in chart coordinates.
    pub nodes: Vec<[f64; N]>,
    /// Their quadrature weight times density; they add up to 1 and may be negative where the law is negligible.
    pub masses: Vec<f64>,
    /// The node of largest density: the equation that normalisation replaces is best that of the break nearest to it.
    pub peak: [f64; N],
    breaks: [Vec<f64>; N],
    degree: usize,
    /// u = s p at the nodes.
    unknowns: Vec<f64>,
    /// s at the nodes.
    speeds: Vec<f64>,
}

impl<const N: usize> SpectralLaw<N> {
    /// From unnormalised u = s p, and the quadrature weights and s, at the nodes.
    pub(super) fn new(
        breaks: [Vec<f64>; N],
        degree: usize,
        nodes: Vec<[f64; N]>,
        weights: &[f64],
        mut unknowns: Vec<f64>,
        speeds: Vec<f64>,
    ) -> Result<Self, GalerkinError> {
        let (mut peak, mut largest) = ([0.0; N], f64::NEG_INFINITY);
        let density: Vec<f64> = unknowns.iter().zip(&speeds).map(|(u, s)| u / s).collect();
        let mut masses: Vec<f64> = density.iter().zip(weights).map(|(p, weight)| weight * p).collect();
        for (z, p) in nodes.iter().zip(&density) {
            if *p > largest {
                (peak, largest) = (*z, *p);
            }
        }
        let total: f64 = masses.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            return Err(GalerkinError::NoMass);
        }
        masses.iter_mut().chain(&mut unknowns).for_each(|x| *x /= total);
        Ok(Self { nodes, masses, peak, breaks, degree, unknowns, speeds })
    }

    /// E[f(z)].
    pub fn expectation(&self, f: impl Fn(&[f64; N]) -> f64) -> f64 {
        self.nodes.iter().zip(&self.masses).map(|(z, m)| m * f(z)).sum()
    }

    /// E[z].
    pub fn mean(&self) -> [f64; N] {
        // About a place where the law is, so that rounding is relative to its width.
        std::array::from_fn(|i| self.peak[i] + self.expectation(|z| z[i] - self.peak[i]))
    }

    /// Cov[z].
    pub fn covariance(&self) -> [[f64; N]; N] {
        let mean = self.mean();
        std::array::from_fn(|i| std::array::from_fn(|j| self.expectation(|z| (z[i] - mean[i]) * (z[j] - mean[j]))))
    }

    /// ln p(z) of the law of `process`; not a number outside the box, and where p is lost in rounding.
    pub fn log_density(&self, process: &dyn Process<N>, z: &[f64; N]) -> f64 {
        let element: Option<Vec<usize>> = (0..N).map(|k| element(&self.breaks[k], z[k])).collect();
        let Some(element) = element else { return f64::NAN };
        let rule = Lobatto::new(self.degree);
        let element: [usize; N] = std::array::from_fn(|k| element[k]);
        let weights: [Vec<f64>; N] = std::array::from_fn(|k| {
            let [from, to] = [self.breaks[k][element[k]], self.breaks[k][element[k] + 1]];
            rule.interpolation(((z[k] - from) - (to - z[k])) / (to - from))
        });
        let mut u = 0.0;
        for a in 0..(self.degree + 1).pow(N as u32) {
            let at = local::<N>(a, self.degree);
            u += self.unknowns[self.index(&element, &at)] * (0..N).map(|k| weights[k][at[k]]).product::<f64>();
        }
        let widths = std::array::from_fn(|k| self.breaks[k][self.breaks[k].len() - 1] - self.breaks[k][0]);
        let largest = self.unknowns.iter().copied().fold(0.0, f64::max);
        if u <= ROUNDING * largest {
            return f64::NAN;
        }
        u.ln() - speed(&process.coefficients(z), &widths).ln()
    }

    /// Entropy production rate \[1 / time\] under `process`, and the size of the terms it is the difference of: the integral of
    /// J . a with a = B^-1 c, c = 2 b - div B and 2 J = c p - B grad p. It is linear in p, (E\[a . c\] - int c . grad p) / 2, so
    /// that it has the accuracy of moments.
    pub fn entropy_production(&self, process: &dyn Process<N>) -> [f64; 2] {
        let c: Vec<[f64; N]> = self
            .nodes
            .iter()
            .map(|z| {
                let c = process.coefficients(z);
                std::array::from_fn(|i| 2.0 * c.drift[i] - c.div_diffusion[i])
            })
            .collect();
        let (mut work, mut size) = (0.0, 0.0);
        for (k, c) in c.iter().enumerate() {
            let force = process.force(&self.nodes[k]).value;
            let term = self.masses[k] * (0..N).map(|i| force[i] * c[i]).sum::<f64>();
            work += term;
            size += term.abs();
        }
        let log_speeds: Vec<f64> = self.speeds.iter().map(|s| s.ln()).collect();
        let rule = Lobatto::new(self.degree);
        let mut fall = 0.0;
        for element in self.elements() {
            let half: [f64; N] =
                std::array::from_fn(|k| 0.5 * (self.breaks[k][element[k] + 1] - self.breaks[k][element[k]]));
            for q in 0..(self.degree + 1).pow(N as u32) {
                let at = local::<N>(q, self.degree);
                let volume: f64 = (0..N).map(|k| half[k] * rule.weights[at[k]]).product();
                let here = self.index(&element, &at);
                for i in 0..N {
                    let slope = |values: &[f64]| -> f64 {
                        let along = |a: usize| {
                            values[self.index(&element, &std::array::from_fn(|k| if k == i { a } else { at[k] }))]
                        };
                        rule.derivative[at[i]].iter().enumerate().map(|(a, d)| d * along(a)).sum::<f64>() / half[i]
                    };
                    // grad p by grad u: p falls by too many decades across an element to be a polynomial.
                    let slope = slope(&self.unknowns) - self.unknowns[here] * slope(&log_speeds);
                    fall += volume * c[here][i] / self.speeds[here] * slope;
                }
            }
        }
        [0.5 * (work - fall), size]
    }

    /// Positions of all elements along the axes.
    fn elements(&self) -> impl Iterator<Item = [usize; N]> {
        let counts: [usize; N] = std::array::from_fn(|k| self.breaks[k].len() - 1);
        (0..counts.iter().product()).map(move |mut rest: usize| {
            let mut element = [0; N];
            for k in (0..N).rev() {
                element[k] = rest % counts[k];
                rest /= counts[k];
            }
            element
        })
    }

    /// The number of a node of an element.
    fn index(&self, element: &[usize; N], at: &[usize; N]) -> usize {
        let count = |k: usize| (self.breaks[k].len() - 1) * self.degree + 1;
        (0..N).fold(0, |index, k| index * count(k) + element[k] * self.degree + at[k])
    }

    /// The law of z_i alone.
    pub fn marginal(&self, axis: usize) -> Line {
        let rule = Lobatto::new(self.degree);
        let weights: Vec<f64> = rule.along(&self.breaks[axis]).iter().map(|[_, weight]| *weight).collect();
        let stride: usize = (axis + 1..N).map(|k| (self.breaks[k].len() - 1) * self.degree + 1).product();
        let mut density = vec![0.0; weights.len()];
        for (index, mass) in self.masses.iter().enumerate() {
            density[index / stride % weights.len()] += mass;
        }
        density.iter_mut().zip(&weights).for_each(|(p, weight)| *p /= weight);
        Line::new(self.breaks[axis].clone(), rule, density)
    }
}

/// The element of an axis that holds a coordinate.
pub(super) fn element(breaks: &[f64], z: f64) -> Option<usize> {
    let last = breaks.len() - 1;
    (z >= breaks[0] && z <= breaks[last]).then(|| breaks.partition_point(|b| *b <= z).clamp(1, last) - 1)
}
