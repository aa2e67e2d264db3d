//! The five moments of the data that decide the law, and the two polynomials made of them.
//!
//! For inputs x and targets y the loss (v x - y)^2 gives SGD a drift through
//! h(v) = beta1 v - beta2 and a noise through G(v) = alpha1 v^2 - 2 alpha2 v + alpha3, with
//! alpha1 = Var[x^2], alpha2 = Cov[x^2, xy], alpha3 = Var[xy], beta1 = E[x^2], beta2 = E[xy]
//! (Ziyin, Li and Ueda, arXiv 2308.06671, section 4).

use super::ModelError;

/// A discriminant below this many roundings of alpha1 alpha3 counts as zero: users type decimals.
const DISCRIMINANT_ROUNDINGS: f64 = 8.0;

/// Validated data moments.
///
/// G is kept in the centred form G(v) = alpha1 (v - k)^2 + Delta / alpha1 with k = alpha2 / alpha1 and
/// Delta = alpha1 alpha3 - alpha2^2 >= 0, which has no cancellation near its minimum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    alpha1: f64,
    alpha2: f64,
    alpha3: f64,
    beta1: f64,
    beta2: f64,
    /// k = alpha2 / alpha1 (0 when alpha1 = 0).
    centre: f64,
    /// Delta.
    discriminant: f64,
    /// Whether Delta was given, not computed from rounded alphas.
    measured: bool,
}

impl Moments {
    /// Moments given as numbers.
    ///
    /// # Errors
    /// [`ModelError::Moment`] when a number is not finite, alpha1 or alpha3 is negative, beta1 is not
    /// positive, or alpha1 alpha3 < alpha2^2 beyond rounding.
    pub fn try_new(alpha1: f64, alpha2: f64, alpha3: f64, beta1: f64, beta2: f64) -> Result<Self, ModelError> {
        for (name, value) in
            [("alpha1", alpha1), ("alpha2", alpha2), ("alpha3", alpha3), ("beta1", beta1), ("beta2", beta2)]
        {
            // Magnitudes whose products stay representable; data in sensible units never come near.
            if !value.is_finite() || value.abs() > 1e50 || (value != 0.0 && value.abs() < 1e-50) {
                return Err(ModelError::moment(
                    name,
                    value,
                    "a finite number with magnitude 0 or between 1e-50 and 1e50",
                ));
            }
        }
        if alpha1 < 0.0 {
            return Err(ModelError::moment("alpha1", alpha1, "a variance, alpha1 >= 0"));
        }
        if alpha3 < 0.0 {
            return Err(ModelError::moment("alpha3", alpha3, "a variance, alpha3 >= 0"));
        }
        if beta1 <= 0.0 {
            return Err(ModelError::moment("beta1", beta1, "a mean square, beta1 > 0"));
        }
        // Kahan's difference of products: both rounding errors are recovered by fused operations.
        let square = alpha2 * alpha2;
        let product_error = alpha1.mul_add(alpha3, -square);
        let square_error = (-alpha2).mul_add(alpha2, square);
        let mut discriminant = product_error + square_error;
        let scale = DISCRIMINANT_ROUNDINGS * f64::EPSILON * (alpha1 * alpha3).max(square);
        if discriminant < -scale {
            return Err(ModelError::moment("alpha2", alpha2, "a covariance, alpha2^2 <= alpha1 alpha3"));
        }
        if discriminant <= scale {
            discriminant = 0.0;
        }
        Ok(Self::assemble(alpha1, alpha2, alpha3, beta1, beta2, discriminant))
    }

    /// Moments whose discriminant Delta = alpha1 alpha3 - alpha2^2 is known better than their rounded
    /// values can tell it (measured as the variance of a residual).
    ///
    /// # Errors
    /// As [`Moments::try_new`]; a discriminant that is negative or not finite names alpha2.
    pub fn with_discriminant(
        alpha1: f64,
        alpha2: f64,
        alpha3: f64,
        beta1: f64,
        beta2: f64,
        discriminant: f64,
    ) -> Result<Self, ModelError> {
        let mut checked = Self::try_new(alpha1, alpha2, alpha3, beta1, beta2)?;
        if !(discriminant.is_finite() && discriminant >= 0.0) {
            return Err(ModelError::moment("alpha2", alpha2, "a covariance, alpha2^2 <= alpha1 alpha3"));
        }
        checked.discriminant = discriminant;
        checked.measured = true;
        Ok(checked)
    }

    /// Inputs x ~ N(0, `variance`) and targets y = `slope` x + N(0, `noise`^2).
    ///
    /// # Errors
    /// [`ModelError::Moment`] when `variance` is not positive or `noise` is negative, or a number is
    /// not finite or so extreme that the moments are not representable.
    pub fn gaussian(variance: f64, slope: f64, noise: f64) -> Result<Self, ModelError> {
        if !(variance.is_finite() && variance > 0.0) {
            return Err(ModelError::moment("variance", variance, "a finite number > 0"));
        }
        if !slope.is_finite() {
            return Err(ModelError::moment("slope", slope, "a finite number"));
        }
        if !(noise.is_finite() && noise >= 0.0) {
            return Err(ModelError::moment("noise", noise, "a finite number >= 0"));
        }
        let a2 = variance * variance;
        let alpha3 = 2.0 * a2 * slope * slope + variance * noise * noise;
        let mut checked = Self::try_new(2.0 * a2, 2.0 * a2 * slope, alpha3, variance, variance * slope)?;
        // Known exactly here, also where alpha1 alpha3 - alpha2^2 would lose it to rounding.
        checked.discriminant = 2.0 * a2 * variance * noise * noise;
        checked.measured = true;
        checked.centre = slope;
        Ok(checked)
    }

    fn assemble(alpha1: f64, alpha2: f64, alpha3: f64, beta1: f64, beta2: f64, discriminant: f64) -> Self {
        let centre = if alpha1 > 0.0 { alpha2 / alpha1 } else { 0.0 };
        // Without noise in x^2 there is no covariance either; a rounding may have left one.
        let alpha2 = if alpha1 > 0.0 { alpha2 } else { 0.0 };
        Self { alpha1, alpha2, alpha3, beta1, beta2, centre, discriminant, measured: false }
    }

    /// Var[x^2].
    pub fn alpha1(&self) -> f64 {
        self.alpha1
    }
    /// Cov[x^2, xy].
    pub fn alpha2(&self) -> f64 {
        self.alpha2
    }
    /// Var[xy].
    pub fn alpha3(&self) -> f64 {
        self.alpha3
    }
    /// E[x^2].
    pub fn beta1(&self) -> f64 {
        self.beta1
    }
    /// E[xy].
    pub fn beta2(&self) -> f64 {
        self.beta2
    }
    /// Delta = alpha1 alpha3 - alpha2^2, 0 when it is within a few roundings of 0.
    pub fn discriminant(&self) -> f64 {
        self.discriminant
    }
    /// Whether Delta was measured on its own, so that it does not suffer from the rounding of the alphas.
    pub fn discriminant_is_measured(&self) -> bool {
        self.measured
    }
    /// k = alpha2 / alpha1, where G is smallest (0 when alpha1 = 0).
    pub fn centre(&self) -> f64 {
        self.centre
    }
    /// sqrt(Delta) / alpha1: distance from k, in v, over which G doubles (infinite when alpha1 = 0).
    pub fn pinch(&self) -> f64 {
        if self.alpha1 > 0.0 { self.discriminant.sqrt() / self.alpha1 } else { f64::INFINITY }
    }

    /// h(v) = beta1 v - beta2: half the slope of the loss.
    pub fn h(&self, v: f64) -> f64 {
        self.beta1.mul_add(v, -self.beta2)
    }

    /// G(v), the variance of the per-sample (v x^2 - x y).
    pub fn g(&self, v: f64) -> f64 {
        if self.alpha1 == 0.0 {
            return self.alpha3;
        }
        let x = v - self.centre;
        self.alpha1 * x * x + self.discriminant / self.alpha1
    }

    /// The zero of G in v, if it has one: k when Delta = 0 and alpha1 > 0.
    pub fn noise_zero(&self) -> Option<f64> {
        (self.alpha1 > 0.0 && self.discriminant == 0.0).then_some(self.centre)
    }

    /// Whether SGD has no noise at all.
    pub fn noiseless(&self) -> bool {
        self.alpha1 == 0.0 && self.alpha3 == 0.0
    }

    /// The same data with v -> -v (y -> -y).
    pub fn mirrored(&self) -> Self {
        Self { alpha2: -self.alpha2, beta2: -self.beta2, centre: -self.centre, ..*self }
    }
}
