//! Moments with an error: resolutions are raised until they stay where they are.

use super::{GalerkinError, Spacing, SpectralLaw, solve};
use crate::process::Process;

/// Elements per axis and degree, ascending.
pub(super) const RESOLUTIONS: [(usize, usize); 5] = [(12, 8), (16, 10), (20, 12), (24, 14), (28, 14)];

/// By how much the elements of an axis may be more, or fewer, than those of all.
const LOPSIDED: f64 = 1.5;

/// Relative error above which the moments are not settled.
const LIMIT: f64 = 1e-3;

/// A change that falls by less than this from one resolution to the next does not fall: it is rounding if it is no larger than
/// the second number, and without hope if it is larger than the third. Finer elements do not help then.
const STILL: f64 = 0.5;
const ROUNDED: f64 = 1e-4;
const HOPELESS: f64 = 0.05;

/// Rounding of the sparse elimination, relative to standard deviations; measured well below.
const ROUNDING: f64 = 1e-13;

/// Moments with errors that cover the resolution (the box is the caller's choice).
#[derive(Debug, Clone)]
pub struct Settled<const N: usize> {
    /// The law at the highest resolution.
    pub law: SpectralLaw<N>,
    /// The law at the resolution before.
    pub coarse: SpectralLaw<N>,
    /// Elements per axis of the highest resolution, and their degree.
    pub resolution: ([usize; N], usize),
    /// Value and error of E[z].
    pub mean: [[f64; 2]; N],
    /// Value and error of Cov[z].
    pub covariance: [[[f64; 2]; N]; N],
    /// Largest error relative to standard deviations.
    pub relative: f64,
}

/// The moments of `process` in the box `frame` (lower and upper end per axis), by elements that lie as `spacings` say; the
/// density is large at `centre`. Twice the difference of the last two resolutions is the error; stops as soon as every
/// error is below `tolerance` standard deviations.
///
/// # Errors
/// See [`GalerkinError`].
pub fn settle<const N: usize>(
    process: &dyn Process<N>,
    frame: &[[f64; 2]; N],
    spacings: &[Spacing; N],
    centre: &[f64; N],
    tolerance: f64,
) -> Result<Settled<N>, GalerkinError> {
    let mut coarse: Option<SpectralLaw<N>> = None;
    let mut relative = f64::INFINITY;
    for (k, (elements, degree)) in RESOLUTIONS.into_iter().enumerate() {
        let along = shared_out(frame, spacings, elements);
        let last = k + 1 == RESOLUTIONS.len();
        let anchor = coarse.as_ref().map_or(*centre, |law| law.peak);
        let fine = match solve(process, &breaks(frame, spacings, &along), degree, &anchor) {
            // Too coarse to see a density: the next resolution decides.
            Err(GalerkinError::NoMass) if !last => {
                coarse = None;
                continue;
            }
            other => other?,
        };
        let Some(before) = coarse.take() else {
            coarse = Some(fine);
            continue;
        };
        let settled = between(before, fine, (along, degree));
        let stays = settled.relative.is_finite() && settled.relative > STILL * relative;
        relative = settled.relative;
        let enough = relative <= tolerance || (stays && relative <= ROUNDED) || (last && relative <= LIMIT);
        if enough {
            return Ok(settled);
        }
        if stays && relative > HOPELESS {
            return Err(GalerkinError::NotSettled { relative, elements, degree });
        }
        coarse = Some(settled.law);
    }
    if relative.is_infinite() {
        // No two resolutions that could be compared, or variances below zero.
        return Err(GalerkinError::NoMass);
    }
    let [.., (elements, degree)] = RESOLUTIONS;
    Err(GalerkinError::NotSettled { relative, elements, degree })
}

/// Elements along every axis, `elements` in the geometric mean: more where an axis needs more.
pub(super) fn shared_out<const N: usize>(
    frame: &[[f64; 2]; N],
    spacings: &[Spacing; N],
    elements: usize,
) -> [usize; N] {
    let needs: [f64; N] = std::array::from_fn(|k| spacings[k].between(frame[k][0], frame[k][1]).ln());
    let mean = needs.iter().sum::<f64>() / N as f64;
    let limit = LOPSIDED.ln();
    needs.map(|need| (elements as f64 * (need - mean).clamp(-limit, limit).exp()).round() as usize)
}

/// The breaks of so many elements along every axis.
pub fn breaks<const N: usize>(frame: &[[f64; 2]; N], spacings: &[Spacing; N], elements: &[usize; N]) -> [Vec<f64>; N] {
    std::array::from_fn(|k| spacings[k].breaks(frame[k][0], frame[k][1], elements[k]))
}

fn between<const N: usize>(
    coarse: SpectralLaw<N>,
    fine: SpectralLaw<N>,
    resolution: ([usize; N], usize),
) -> Settled<N> {
    let pair = |a: f64, b: f64, size: f64| [b, 2.0 * (a - b).abs() + ROUNDING * (size + b.abs())];
    let (m, c) =
        ([coarse.measure.mean(), fine.measure.mean()], [coarse.measure.covariance(), fine.measure.covariance()]);
    let sd: [f64; N] = std::array::from_fn(|i| c[1][i][i].sqrt());
    let mean: [[f64; 2]; N] = std::array::from_fn(|i| pair(m[0][i], m[1][i], sd[i]));
    let entry = |i: usize, j: usize| pair(c[0][i][j], c[1][i][j], sd[i] * sd[j]);
    let covariance: [[[f64; 2]; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
    let relative = 2.0 * coarse.measure.apart(&fine.measure) + ROUNDING;
    Settled { law: fine, coarse, resolution, mean, covariance, relative }
}
