//! Discrete SGD next to v = 0: the Lyapunov exponent of its linearised map.
//!
//! With one hidden layer and both layers of a neuron equal, u <- u (1 - 2 eta gamma + 2 eta c m), m the minibatch mean
//! of x y and c the sign of v: SGD dies where E ln|1 - 2 eta gamma + 2 eta c m| < 0. For small eta that is
//! 2 eta (c beta2 - gamma) - 2 eta^2 (alpha3/S + beta2^2) + ..., whose zero is the collapse of the gradient flow and of
//! the modified loss; at large eta the exponent grows again, as ln eta. With more hidden layers the map is
//! u <- u (1 - 2 eta gamma) + O(u^D), and without decay u^(1-D) moves by -2 eta (D-1) c m at each step.

mod gaussian;
mod rows;
mod sums;

pub(super) use rows::breaks;
pub(super) use sums::Sums;

use super::margin::Margin;

/// How the products x y of single samples are distributed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Products<'a> {
    /// Normal, as SGD draws them where only moments are known.
    Normal {
        /// beta2
        mean: f64,
        /// alpha3
        variance: f64,
    },
    /// Of jointly normal x and y.
    Gaussian {
        /// Var\[x\]
        x: f64,
        /// Var\[y\]
        y: f64,
        /// E\[x y\]
        cross: f64,
    },
    /// One of these, with equal probability.
    Rows(&'a [f64]),
}

impl Products<'_> {
    /// E\[x y\]
    pub(super) fn mean(&self) -> f64 {
        match self {
            Self::Normal { mean, .. } => *mean,
            Self::Gaussian { cross, .. } => *cross,
            Self::Rows(rows) => rows.iter().sum::<f64>() / rows.len() as f64,
        }
    }
}

/// One step of SGD next to v = 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    /// 1 - 2 eta gamma
    pub keep: f64,
    /// 2 eta c
    pub gain: f64,
    /// S
    pub batch: u64,
}

impl Map {
    pub(super) fn new(rate: f64, decay: f64, sign: f64, batch: u64) -> Self {
        Self { keep: 1.0 - 2.0 * rate * decay, gain: 2.0 * rate * sign, batch }
    }

    /// E ln|keep + gain m|.
    pub(super) fn exponent(&self, products: Products<'_>, sums: &Sums) -> Margin {
        match products {
            Products::Normal { mean, variance } => gaussian::normal(self, mean, variance),
            Products::Gaussian { x, y, cross } => gaussian::products(self, [x, y, cross]),
            Products::Rows(rows) => rows::exponent(self, rows, sums),
        }
    }
}
