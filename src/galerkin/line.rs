//! The law of one coordinate on the elements of its axis.

use super::Lobatto;
use super::law::element;

/// Steps of the search for a quantile: bisection alone takes about sixty.
const STEPS: usize = 200;

/// A density that is a polynomial in every element.
#[derive(Debug, Clone)]
pub struct Line {
    breaks: Vec<f64>,
    rule: Lobatto,
    /// At the nodes, shared ones once.
    density: Vec<f64>,
    /// Mass below every break.
    below: Vec<f64>,
}

impl Line {
    pub(super) fn new(breaks: Vec<f64>, rule: Lobatto, density: Vec<f64>) -> Self {
        let mut line = Self { below: vec![0.0], breaks, rule, density };
        for e in 0..line.breaks.len() - 1 {
            let half = 0.5 * (line.breaks[e + 1] - line.breaks[e]);
            let mass: f64 = line.rule.weights.iter().zip(line.nodal(e)).map(|(w, p)| half * w * p).sum();
            line.below.push(line.below[e] + mass);
        }
        line
    }

    /// Density at a coordinate; not a number outside the box.
    pub fn density(&self, z: f64) -> f64 {
        element(&self.breaks, z).map_or(f64::NAN, |e| self.inside(e, self.reference(e, z)))
    }

    /// Mass below a coordinate: none and all outside the box.
    pub fn below(&self, z: f64) -> f64 {
        match element(&self.breaks, z) {
            Some(e) => self.below[e] + self.part(e, z),
            None if z < self.breaks[0] => 0.0,
            None => self.mass(),
        }
    }

    /// All mass: 1, but for a part of a law.
    pub(super) fn mass(&self) -> f64 {
        self.below[self.below.len() - 1]
    }

    /// The largest density of either sign, times the length of the box.
    pub(super) fn size(&self) -> f64 {
        let length = self.breaks[self.breaks.len() - 1] - self.breaks[0];
        self.density.iter().fold(0.0, |most: f64, p| most.max(p.abs())) * length
    }

    /// Where the mass below is `q`, 0 < q < 1.
    pub fn quantile(&self, q: f64) -> f64 {
        let last = self.breaks.len() - 1;
        // Masses below may go up and down by rounding where there is no mass: the first break above q is taken.
        let e = (1..last).find(|k| self.below[*k] > q).unwrap_or(last) - 1;
        let (mut low, mut high) = (self.breaks[e], self.breaks[e + 1]);
        let mut z = 0.5 * (low + high);
        for _ in 0..STEPS {
            let excess = self.below[e] + self.part(e, z) - q;
            if excess > 0.0 {
                high = z
            } else {
                low = z
            }
            let newton = z - excess / self.inside(e, self.reference(e, z));
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if next == z || high - low <= 2.0 * f64::EPSILON * z.abs() {
                break;
            }
            z = next;
        }
        z
    }

    fn nodal(&self, e: usize) -> &[f64] {
        let degree = self.rule.nodes.len() - 1;
        &self.density[e * degree..=(e + 1) * degree]
    }

    /// From the element to [-1, 1].
    fn reference(&self, e: usize, z: f64) -> f64 {
        let [from, to] = [self.breaks[e], self.breaks[e + 1]];
        ((z - from) - (to - z)) / (to - from)
    }

    fn inside(&self, e: usize, x: f64) -> f64 {
        self.rule.interpolation(x).iter().zip(self.nodal(e)).map(|(w, p)| w * p).sum()
    }

    /// Mass of an element below z: the same rule, on a part of the element.
    fn part(&self, e: usize, z: f64) -> f64 {
        let half = 0.5 * (z - self.breaks[e]);
        let place = |x: f64| self.reference(e, self.breaks[e] + half * (1.0 + x));
        let term = |(x, w): (&f64, &f64)| half * w * self.inside(e, place(*x));
        self.rule.nodes.iter().zip(&self.rule.weights).map(term).sum()
    }
}
