//! The diagonal linear network f(x) = v x, v = sum_i prod_k u_i^(k), with D hidden layers and width d.
//!
//! On the balanced manifold (all layers of a neuron equal in magnitude, neurons equal), where SGD noise
//! drives it, v obeys one stochastic differential equation (Ito; theory manual, section 2):
//!
//! dv = [ -2 s h + 2 T G D/(D+1) s^2/v - 2 gamma (D+1) v ] dt + 2 s sqrt(T G) dW,
//!
//! s(v) = (D+1) |v|^(2D/(D+1)) d^(-1+2/(D+1)), h and G as in [`Moments`]. For D >= 1, v = 0 is a face that
//! is never crossed, so each sign of v is a branch of its own; a zero of G cuts a branch into two pieces.

use super::{DiagonalProcess, ModelError, Moments};
use crate::process::Coordinate;

/// Largest number of hidden layers accepted.
const MAX_DEPTH: u32 = 10_000;
/// Largest width accepted.
const MAX_WIDTH: u32 = 1_000_000_000;
/// beta2 - beta1 k below this many roundings of beta2 counts as zero (targets exactly y = k x).
const LINEAR_ROUNDINGS: f64 = 8.0;
/// The minimum of the noise is far from that of the loss beyond this many widths of the law.
const FAR: f64 = 10.0;

/// Which sign of v the start has, for D >= 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branch {
    /// v > 0
    Positive,
    /// v < 0
    Negative,
}

impl Branch {
    /// +1 or -1.
    pub fn sign(self) -> f64 {
        match self {
            Self::Positive => 1.0,
            Self::Negative => -1.0,
        }
    }
}

/// Parameters of the network, its data and its training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagonal {
    /// Hidden layers D >= 0.
    pub depth: u32,
    /// Width d >= 1.
    pub width: u32,
    /// T = learning rate / batch size > 0.
    pub temperature: f64,
    /// gamma >= 0, for a loss + gamma |theta|^2.
    pub weight_decay: f64,
    /// Whether the drift is that of L + (T/4) |grad L|^2, the finite-step correction for batch size 1.
    pub modified_loss: bool,
    /// The data.
    pub moments: Moments,
}

impl Diagonal {
    /// Checks the ranges of the parameters.
    ///
    /// # Errors
    /// [`ModelError::Parameter`] for the first parameter out of range.
    pub fn validated(self) -> Result<Self, ModelError> {
        let fail = |name, value, accepted| Err(ModelError::Parameter { name, value, accepted });
        if self.depth > MAX_DEPTH {
            return fail("depth", f64::from(self.depth), "a whole number from 0 to 10000");
        }
        if self.width < 1 || self.width > MAX_WIDTH {
            return fail("width", f64::from(self.width), "a whole number from 1 to 1000000000");
        }
        if !(1e-100..=1e100).contains(&self.temperature) {
            return fail("temperature", self.temperature, "a finite number > 0 (between 1e-100 and 1e100)");
        }
        if !(0.0..=1e50).contains(&self.weight_decay) || (self.weight_decay > 0.0 && self.weight_decay < 1e-50) {
            return fail("weight_decay", self.weight_decay, "a finite number >= 0 (0, or between 1e-50 and 1e50)");
        }
        Ok(self)
    }

    /// The branch a start of unknown sign is taken to be on: the sign of beta2.
    pub fn natural_branch(&self) -> Branch {
        if self.moments.beta2() < 0.0 { Branch::Negative } else { Branch::Positive }
    }

    /// The same network with v -> -v.
    pub fn mirrored(&self) -> Self {
        Self { moments: self.moments.mirrored(), ..*self }
    }

    /// beta2 - beta1 k, the pull at the zero of the noise; exactly 0 for targets y = k x.
    pub(super) fn pull(&self) -> f64 {
        let m = &self.moments;
        let pull = (-m.beta1()).mul_add(m.centre(), m.beta2());
        if pull.abs() <= LINEAR_ROUNDINGS * f64::EPSILON * m.beta2().abs() { 0.0 } else { pull }
    }

    /// The open intervals that a start on `branch` can live on, in the order of v, each with its chart.
    ///
    /// For D = 0 there is one branch, the whole line.
    pub fn pieces(&self, branch: Branch) -> Vec<Piece> {
        let zero = self.moments.noise_zero();
        if self.depth == 0 {
            return match zero {
                Some(k) => vec![self.piece(self.half_axis(k, -1.0)), self.piece(self.half_axis(k, 1.0))],
                None => vec![self.piece(self.whole_line())],
            };
        }
        let sign = branch.sign();
        match zero {
            Some(k) if k * sign > 0.0 => {
                let mut pieces =
                    vec![self.piece(Coordinate::Logistic { length: k }), self.piece(self.half_axis(k, sign))];
                if sign < 0.0 {
                    pieces.reverse();
                }
                pieces
            }
            _ => vec![self.piece(self.half_axis(0.0, sign))],
        }
    }

    fn piece(&self, coordinate: Coordinate) -> Piece {
        Piece { coordinate, process: DiagonalProcess::new(*self, coordinate) }
    }

    /// A half line in units of the distance from its face to the minimum of the loss.
    fn half_axis(&self, origin: f64, sign: f64) -> Coordinate {
        let m = &self.moments;
        let distance = if origin == 0.0 { m.beta2() / m.beta1() } else { self.pull() / m.beta1() };
        let scale = [distance.abs(), m.centre().abs()].into_iter().find(|&x| x > 0.0).unwrap_or(1.0);
        Coordinate::Exponential { origin, sign, scale: scale.log2().round().exp2() }
    }

    /// D = 0: centred where the noise is smallest, in units of the distance over which it doubles; unless
    /// that point is so far away that v itself would lose digits: then at the minimum of the loss.
    fn whole_line(&self) -> Coordinate {
        let m = &self.moments;
        let pull_back = m.beta1() + self.weight_decay / f64::from(self.width);
        let minimum = m.beta2() / pull_back;
        let spread = (self.temperature * f64::from(self.width) * m.g(minimum) / pull_back).sqrt();
        if m.alpha1() == 0.0 {
            return Coordinate::Hyperbolic { centre: minimum, scale: spread };
        }
        // Farther off than a few widths of the law, the narrow part of the noise carries no mass.
        let near = (m.centre() - minimum).abs() <= FAR * spread.max(m.pinch());
        if near {
            Coordinate::Hyperbolic { centre: m.centre(), scale: m.pinch() }
        } else {
            Coordinate::Hyperbolic { centre: minimum, scale: (m.g(minimum) / m.alpha1()).sqrt() }
        }
    }

    /// (D+1) |v/d|^((D-1)/(D+1)) = s / |v|, from ln |v|.
    pub(super) fn s_over_v(&self, log_abs: f64) -> f64 {
        let n = f64::from(self.depth) + 1.0;
        n * self.inverse_rho(log_abs)
    }

    /// r^(D-1), r = |v/d|^(1/(D+1)), from ln |v|.
    pub(super) fn inverse_rho(&self, log_abs: f64) -> f64 {
        match self.depth {
            1 => 1.0,
            depth => {
                let n = f64::from(depth) + 1.0;
                ((n - 2.0) / n * (log_abs - f64::from(self.width).ln())).exp()
            }
        }
    }
}

/// An interval of v on which the law may live, as a process in a chart of its own.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The chart.
    pub coordinate: Coordinate,
    /// The process in it.
    pub process: DiagonalProcess,
}
