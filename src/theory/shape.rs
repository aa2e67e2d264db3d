//! The interface of a closed form: ln p up to its normaliser, as a difference from a reference point.

use super::balance::{Frame, Sum};
use super::chart::Place;
use crate::estimate::{Estimate, Quantity};
use std::fmt::Debug;

/// What a law knows in closed form besides its density; `None` leaves it to quadrature.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// ln of the integral of p(v)/p(v0) dv.
    pub log_normalizer: Option<Estimate>,
    /// E[v]
    pub mean: Option<Quantity>,
    /// Var[v]
    pub variance: Option<Quantity>,
}

/// One law of section 5, 10 or 11.
pub(super) trait Shape: Debug + Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// ln p(v) - ln p(v0), and the sum of the magnitudes of its terms.
    fn difference(&self, frame: &Frame, p: &Place) -> Sum;

    /// Closed forms beyond the density.
    fn known(&self, _frame: &Frame) -> Known {
        Known::default()
    }
}

/// A value with a rounding error of `roundings` unit roundings of `size`.
pub(super) fn rounded(value: f64, size: f64, roundings: f64) -> Estimate {
    Estimate::computed(value, 0.0, roundings * f64::EPSILON * size.abs())
}
