//! The rest of a law beyond a window whose end is steady: there the density is an exponential in the chart up to
//! a small residual of its slope, d ln p/dx = -lambda + A e^-x + B e^-2x, x the distance from the end: far out,
//! coefficients of the equation are power series in 1/|v| or |v|.
//!
//! Trapezoidal sums of smooth functions over a whole line converge geometrically, so the sums of the window are
//! continued to infinity over the nodes that would follow: geometric series, to first order in A and B.

use crate::grid::End;

/// A steady tail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    /// Chart coordinate of the end and the direction away from the window.
    pub from: f64,
    pub side: f64,
    /// Density at the end, in the units of the sums.
    pub density: f64,
    /// lambda and its error.
    pub decay: f64,
    pub decay_error: f64,
    /// A and B.
    residual: [f64; 2],
    /// Relative error of what the tail holds, beyond that of lambda.
    pub model_error: f64,
}

/// Force at the end and at one and two distances inwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Approach {
    pub force: [f64; 3],
    pub distance: f64,
}

impl Tail {
    /// The tail that starts at `from` with density `density`.
    ///
    /// A and B come from the two outer forces; what the third is off by bounds all that is left out.
    pub fn new(end: &End, from: f64, density: f64, approach: Approach) -> Self {
        let decay = -end.side * end.slope;
        let [outer, inner, innermost] = approach.force.map(|f| end.side * f + decay);
        let growth = approach.distance.exp();
        let square = (inner - growth * outer) / (growth * (growth - 1.0));
        let residual = [outer - square, square];
        let left = innermost - growth * growth * (residual[0] + growth * growth * square);
        let size = residual[0].abs() + 0.5 * square.abs();
        let noise = 16.0 * f64::EPSILON * (1.0 + decay.abs()) + end.error + end.inherited;
        let model_error = left.abs() + size * size + noise;
        Self { from, side: end.side, density, decay, decay_error: end.error + end.inherited, residual, model_error }
    }

    /// Sum of e^(order x) p over the nodes x = `first`, `first` + `step`, ... beyond the end, with its relative error.
    pub fn sum(&self, order: f64, first: f64, step: f64) -> (f64, f64) {
        let series = |rate: f64| (-rate * first).exp() / -(-rate * step).exp_m1();
        let decay = self.decay - order;
        let [a, b] = [self.residual[0], 0.5 * self.residual[1]];
        let value = (1.0 + a + b) * series(decay) - a * series(decay + 1.0) - b * series(decay + 2.0);
        (self.density * value, self.decay_error / decay + self.model_error)
    }

    /// ln of the density at distance x and of the mass beyond it over the density there, times lambda.
    fn shape(&self, x: f64) -> [f64; 2] {
        let fade = (-x).exp();
        let [a, b] = self.residual;
        let lambda = self.decay;
        let log_density = -lambda * x + a * (1.0 - fade) + 0.5 * b * (1.0 - fade * fade);
        [log_density, (a * fade / (lambda + 1.0) + b * fade * fade / (lambda + 2.0)).ln_1p()]
    }

    /// The mass beyond the end.
    pub fn mass(&self) -> f64 {
        self.density / self.decay * self.shape(0.0)[1].exp()
    }

    /// Relative error of the mass beyond the end.
    pub fn mass_error(&self) -> f64 {
        self.model_error + self.decay_error / self.decay
    }

    /// The chart coordinate beyond which there is `mass`, and its error.
    pub fn beyond(&self, mass: f64, relative_error: f64) -> (f64, f64) {
        let wanted = (mass * self.decay / self.density).ln();
        let mut x = -wanted / self.decay;
        for _ in 0..4 {
            let [log_density, closure] = self.shape(x);
            x += (log_density + closure - wanted) / self.decay;
        }
        let error = (relative_error + self.model_error + self.decay_error * (x.abs() + 1.0 / self.decay)) / self.decay;
        (self.from + self.side * x, error + 4.0 * f64::EPSILON * x.abs())
    }
}
