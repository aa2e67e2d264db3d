//! Rates of one edge from its weight and the change of the log masses along it.

use crate::numeric::bernoulli_pair;

/// Changes of log mass beyond this are cut, so that no rate is zero.
const CAP: f64 = 600.0;

/// One edge x - y.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// w \[1 / time\]
    pub weight: f64,
    /// psi: log m_y - log m_x of a law in detailed balance.
    pub drop: f64,
}

impl Edge {
    /// Rates x -> y and y -> x that are exact where psi is the change of log mass:
    /// w B(-psi), w B(psi), B(s) = s / (e^s - 1).
    pub fn fitted(&self) -> [f64; 2] {
        bernoulli_pair(self.drop.clamp(-CAP, CAP)).map(|b| self.weight * b)
    }

    /// Rates for a law with a current: with d = log m_y - log m_x of an earlier solve, r = psi - d,
    /// c = max(1, |r| / 2):  w B(-d) (c + r/2),  w B(d) (c - r/2). Where the law is as foretold, the edge carries
    /// the current w r times a mean of both masses, without exponential mixing.
    pub fn corrected(&self, change: f64) -> [f64; 2] {
        let [out, back] = bernoulli_pair(change.clamp(-CAP, CAP));
        let (centre, half) = self.split(change);
        [self.weight * out * (centre + half), self.weight * back * (centre - half)]
    }

    /// c and r/2.
    fn split(&self, change: f64) -> (f64, f64) {
        let half = 0.5 * (self.drop - change.clamp(-CAP, CAP));
        // A hair above |r|/2: both rates stay positive.
        ((half.abs() * (1.0 + 1e-6)).max(1.0), half)
    }

    /// ln of the ratio of the rates, forward over backward.
    fn log_ratio(&self, correction: Option<f64>) -> f64 {
        match correction {
            None => self.drop.clamp(-CAP, CAP),
            Some(change) => {
                let (centre, half) = self.split(change);
                change.clamp(-CAP, CAP) + 2.0 * (half / centre).atanh()
            }
        }
    }

    /// Net flow x -> y between cells of these log masses under the rates of the same correction, without
    /// cancellation near detailed balance.
    pub fn flow(&self, log_mass: [f64; 2], correction: Option<f64>) -> f64 {
        let [out, back] = correction.map_or_else(|| self.fitted(), |change| self.corrected(change));
        let excess = self.log_ratio(correction) - (log_mass[1] - log_mass[0]);
        if excess > 0.0 {
            -(log_mass[0].exp() * out) * (-excess).exp_m1()
        } else {
            log_mass[1].exp() * back * excess.exp_m1()
        }
    }
}
