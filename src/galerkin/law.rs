//! A law on spectral elements, and what can be read off it.

use super::element::{local, speed};
use super::line::Line;
use super::numbering::Numbering;
use super::{GalerkinError, Lobatto, Measure};
use crate::process::Process;

/// Rounding of the elimination, relative to the largest unknown.
const ROUNDING: f64 = 1e-15;

/// The stationary law as masses on the nodes of spectral elements.
#[derive(Debug, Clone)]
pub struct SpectralLaw<const N: usize> {
    /// The law as masses on the nodes.
    pub measure: Measure<N>,
    /// The node of largest density: the equation that normalisation replaces is best that of the break nearest to it.
    pub peak: [f64; N],
    breaks: [Vec<f64>; N],
    numbering: Numbering<N>,
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
        let numbering = Numbering::of(&breaks, degree);
        let measure = Measure::new(nodes, masses, peak);
        Ok(Self { measure, peak, breaks, numbering, unknowns, speeds })
    }

    /// ln p(z) of the law of `process`; not a number outside the box, and where p is lost in rounding.
    pub fn log_density(&self, process: &dyn Process<N>, z: &[f64; N]) -> f64 {
        let element: Option<Vec<usize>> = (0..N).map(|k| element(&self.breaks[k], z[k])).collect();
        let Some(element) = element else { return f64::NAN };
        let Numbering { degree, .. } = self.numbering;
        let rule = Lobatto::new(degree);
        let element: [usize; N] = std::array::from_fn(|k| element[k]);
        let weights: [Vec<f64>; N] = std::array::from_fn(|k| {
            let [from, to] = self.ends(&element, k);
            rule.interpolation(((z[k] - from) - (to - z[k])) / (to - from))
        });
        let term = |a: usize| {
            let at = local::<N>(a, degree);
            self.unknowns[self.numbering.global(&element, a)] * (0..N).map(|k| weights[k][at[k]]).product::<f64>()
        };
        let u: f64 = (0..(degree + 1).pow(N as u32)).map(term).sum();
        let widths = std::array::from_fn(|k| self.reach(k)).map(|[from, to]| to - from);
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
            .measure
            .nodes
            .iter()
            .map(|z| {
                let c = process.coefficients(z);
                std::array::from_fn(|i| 2.0 * c.drift[i] - c.div_diffusion[i])
            })
            .collect();
        let (mut work, mut size) = (0.0, 0.0);
        for (k, c) in c.iter().enumerate() {
            let force = process.force(&self.measure.nodes[k]).value;
            let term = self.measure.masses[k] * (0..N).map(|i| force[i] * c[i]).sum::<f64>();
            work += term;
            size += term.abs();
        }
        [0.5 * (work - self.along_gradient(&c)), size]
    }

    /// The integral of c . grad p for a field `c` at the nodes. grad p is made from grad u: p falls by too many decades across
    /// an element to be a polynomial.
    fn along_gradient(&self, c: &[[f64; N]]) -> f64 {
        let Numbering { degree, elements } = self.numbering;
        let rule = Lobatto::new(degree);
        let log_speeds: Vec<f64> = self.speeds.iter().map(|s| s.ln()).collect();
        let mut sum = 0.0;
        for element in (0..elements.iter().product()).map(|e| self.numbering.element(e)) {
            let half: [f64; N] = std::array::from_fn(|k| {
                let [from, to] = self.ends(&element, k);
                0.5 * (to - from)
            });
            for q in 0..(degree + 1).pow(N as u32) {
                let at = local::<N>(q, degree);
                let volume: f64 = (0..N).map(|k| half[k] * rule.weights[at[k]]).product();
                let here = self.numbering.global(&element, q);
                for i in 0..N {
                    // Nodes of the element on the line along axis i are evenly spaced in their numbers.
                    let stride: usize = (i + 1..N).map(|k| self.numbering.along(k)).product();
                    let first = here - at[i] * stride;
                    let slope = |values: &[f64]| -> f64 {
                        let terms = rule.derivative[at[i]].iter().enumerate();
                        terms.map(|(a, d)| d * values[first + a * stride]).sum::<f64>() / half[i]
                    };
                    let slope = slope(&self.unknowns) - self.unknowns[here] * slope(&log_speeds);
                    sum += volume * c[here][i] / self.speeds[here] * slope;
                }
            }
        }
        sum
    }

    /// Where an element begins and ends along an axis.
    fn ends(&self, element: &[usize; N], axis: usize) -> [f64; 2] {
        [self.breaks[axis][element[axis]], self.breaks[axis][element[axis] + 1]]
    }

    /// Where the box begins and ends along an axis.
    pub(super) fn reach(&self, axis: usize) -> [f64; 2] {
        [self.breaks[axis][0], self.breaks[axis][self.breaks[axis].len() - 1]]
    }

    /// All lines of nodes along an axis: a node, and the law along it times the weight of the line.
    pub(super) fn lines(&self, axis: usize) -> Vec<([f64; N], Line)> {
        let rule = Lobatto::new(self.numbering.degree);
        let weights: Vec<f64> = rule.along(&self.breaks[axis]).iter().map(|[_, weight]| *weight).collect();
        let stride: usize = (axis + 1..N).map(|k| self.numbering.along(k)).product();
        let line = |first: usize| {
            let density =
                weights.iter().enumerate().map(|(k, weight)| self.measure.masses[first + k * stride] / weight);
            (self.measure.nodes[first], Line::new(self.breaks[axis].clone(), rule.clone(), density.collect()))
        };
        let first = |index: &usize| (index / stride).is_multiple_of(weights.len());
        (0..self.numbering.count()).filter(first).map(line).collect()
    }

    /// The law of z_i alone.
    pub fn marginal(&self, axis: usize) -> Line {
        let rule = Lobatto::new(self.numbering.degree);
        let weights: Vec<f64> = rule.along(&self.breaks[axis]).iter().map(|[_, weight]| *weight).collect();
        let stride: usize = (axis + 1..N).map(|k| self.numbering.along(k)).product();
        let mut density = vec![0.0; weights.len()];
        for (index, mass) in self.measure.masses.iter().enumerate() {
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
