//! The rest of a law beyond a window whose end is steady: there the density is an exponential in the chart up to
//! a small residual of its slope, ln p = a - lambda x + (r/mu)(1 - e^(-mu x)), x the distance from the end.
//!
//! Trapezoidal sums of smooth functions over a whole line converge geometrically, so the sums of the window are
//! continued to infinity over the nodes that would follow: geometric series, to first order in r/mu.

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
    residual: f64,
    rate: f64,
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
    /// The tail that starts at `from` with density `density`; `None` where the slope does not settle like one
    /// exponential.
    pub fn new(end: &End, from: f64, density: f64, approach: Approach) -> Option<Self> {
        let decay = -end.side * end.slope;
        let [r, inner, innermost] = approach.force.map(|f| end.side * f + decay);
        // Residuals that are pure rounding: the slope is constant.
        let noise = 64.0 * f64::EPSILON * (1.0 + decay.abs()) + 4.0 * end.error;
        if r.abs() <= noise {
            return Some(Self {
                from,
                side: end.side,
                density,
                decay,
                decay_error: end.error,
                residual: 0.0,
                rate: 1.0,
                model_error: noise,
            });
        }
        let rate = (inner / r).ln() / approach.distance;
        let rate_before = (innermost / inner).ln() / approach.distance;
        if !(rate > 0.05 && rate_before > 0.05) {
            return None;
        }
        let size = r.abs() / rate;
        let model_error = size * (2.0 * (rate / rate_before - 1.0).abs() + size) + noise / rate;
        Some(Self { from, side: end.side, density, decay, decay_error: end.error, residual: r, rate, model_error })
    }

    /// Sum of e^(order x) p over the nodes x = `first`, `first` + `step`, ... beyond the end, with its relative error.
    pub fn sum(&self, order: f64, first: f64, step: f64) -> (f64, f64) {
        let series = |rate: f64| (-rate * first).exp() / -(-rate * step).exp_m1();
        let decay = self.decay - order;
        let size = self.residual / self.rate;
        let plain = series(decay);
        let value = self.density * ((1.0 + size) * plain - size * series(decay + self.rate));
        (value, self.decay_error / decay + self.model_error)
    }

    /// The mass beyond distance x.
    fn mass_beyond(&self, x: f64) -> f64 {
        let fade = (-self.rate * x).exp();
        let log = -self.decay * x + self.residual / self.rate * (1.0 - fade);
        let closure = 1.0 / self.decay + self.residual * fade / (self.decay * (self.decay + self.rate));
        self.density * log.exp() * closure
    }

    /// The mass beyond the end.
    pub fn mass(&self) -> f64 {
        self.mass_beyond(0.0)
    }

    /// Relative error of the mass beyond the end.
    pub fn mass_error(&self) -> f64 {
        self.model_error + self.decay_error / self.decay
    }

    /// The chart coordinate beyond which there is `mass`, and its error.
    pub fn beyond(&self, mass: f64, relative_error: f64) -> (f64, f64) {
        // Far out only the exponential is left; the residual shifts it by less than `size`.
        let mut x = (self.mass() / mass).ln() / self.decay;
        for _ in 0..3 {
            let fade = (-self.rate * x).exp();
            let size = self.residual / self.rate;
            let closure = |fade: f64| 1.0 + self.residual * fade / (self.decay + self.rate);
            let shift = size * (1.0 - fade) + (closure(fade) / closure(1.0)).ln();
            x = ((self.mass() / mass).ln() + shift) / self.decay;
        }
        let error = (relative_error + self.model_error + self.decay_error * (x.abs() + 1.0 / self.decay)) / self.decay;
        (self.from + self.side * x, error + 4.0 * f64::EPSILON * x.abs())
    }
}
