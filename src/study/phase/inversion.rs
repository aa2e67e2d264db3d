//! Where the variance is largest: the zero of its derivative along the axis, from laws at six places around.

use super::margin::{Margin, Unjudged};

/// Distance of the places in the stepped coordinate of the axis, as a part of its span and at most.
pub(super) const STEP: f64 = 0.004;
pub(super) const WIDEST: f64 = 0.02;

/// The same for a quick look, as a multiple: both need the same room.
pub(super) const WIDER: f64 = 1.5;
pub(super) const ROOM: f64 = 3.0;

/// The defect of order six is that of order four times about (step / scale of variation)^2; this leaves room.
const NEXT_ORDER: f64 = 0.02;

/// [`growth`] from four places, of order four; its error is the difference to that of order two.
pub(super) fn quick_growth(
    x: f64,
    step: f64,
    at: &dyn Fn(f64) -> Result<[f64; 2], Unjudged>,
) -> Result<Margin, Unjudged> {
    let slope = |shift: f64| -> Result<Margin, Unjudged> {
        let [above, below] = [at(x + shift)?, at(x - shift)?];
        let error = above[1] / above[0] + below[1] / below[0] + f64::EPSILON;
        Ok(Margin::new((above[0] / below[0]).ln() / (2.0 * shift), error / (2.0 * shift)))
    };
    let (near, far) = (slope(step)?, slope(2.0 * step)?);
    let value = (4.0 * near.value - far.value) / 3.0;
    Ok(Margin::new(value, (value - near.value).abs() + (4.0 * near.error + far.error) / 3.0))
}

/// The logarithmic derivative of a positive quantity with a bar, known at `x + k step`, by central differences of order
/// six; its error is the difference to those of order four (which are worse) and the bars of what is known.
pub(super) fn growth(x: f64, step: f64, at: &dyn Fn(f64) -> Result<[f64; 2], Unjudged>) -> Result<Margin, Unjudged> {
    let mut difference = [0.0; 3];
    let mut error = 0.0;
    let weights = [0.75, -0.15, 1.0 / 60.0];
    for (k, d) in difference.iter_mut().enumerate() {
        let shift = (k + 1) as f64 * step;
        let [above, below] = [at(x + shift)?, at(x - shift)?];
        *d = (above[0] / below[0]).ln();
        error += f64::abs(weights[k]) * (above[1] / above[0] + below[1] / below[0] + f64::EPSILON);
    }
    let six = weights.iter().zip(difference).map(|(w, d)| w * d).sum::<f64>();
    let four = (8.0 * difference[0] - difference[1]) / 12.0;
    let off = (six - four).abs();
    Ok(Margin::new(six / step, (NEXT_ORDER * off + error) / step))
}
