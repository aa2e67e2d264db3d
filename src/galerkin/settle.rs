//! Moments with an error: resolutions are raised until they stay where they are.

use super::dissection::bytes;
use super::numbering::Numbering;
use super::{GalerkinError, Spacing, SpectralLaw, solve};
use crate::process::Process;

/// Elements per axis and degree, ascending. In space, where each is four times as dear as the one before, only the degree rises:
/// errors fall in geometric progression then.
pub(super) const fn resolutions(variables: usize) -> &'static [(usize, usize)] {
    match variables {
        3 => &[(6, 5), (6, 7), (6, 9), (6, 11)],
        _ => &[(12, 8), (16, 10), (20, 12), (24, 14), (28, 14)],
    }
}

/// How often the last change counts; in space as often what a geometric series leaves of it, between these parts.
const DOUBT: f64 = 2.0;
const LEFT: [f64; 2] = [0.5, 3.0];

/// By how much the elements of an axis may be more, or fewer, than those of all.
const LOPSIDED: f64 = 1.5;

/// Relative error above which the moments are not settled.
const LIMIT: f64 = 1e-3;

/// A change that falls by less than this from one resolution to the next does not fall: it is rounding if it is no larger than
/// the second number, and without hope if it is larger than the third. Finer elements do not help then.
const STILL: f64 = 0.5;
const ROUNDED: f64 = 1e-4;
const HOPELESS: f64 = 0.05;

/// Laws whose memory callers may take at once: the plane solves two at the last resolution; in space it is the room for one, and
/// for the fronts that more than two threads hold.
const LAWS: u64 = 2;

/// Rounding of the elimination, relative to standard deviations; measured well below.
const ROUNDING: f64 = 1e-13;

/// Moments with errors that cover the resolution (the box is the caller's choice).
#[derive(Debug, Clone)]
pub struct Settled<const N: usize> {
    /// The law at the highest resolution.
    pub law: SpectralLaw<N>,
    /// The law at the resolution before.
    pub coarse: SpectralLaw<N>,
    /// The law at the one before that, if it saw a density.
    pub coarser: Option<SpectralLaw<N>>,
    /// Elements per axis of the highest resolution, and their degree.
    pub resolution: ([usize; N], usize),
    /// The same of the resolution before.
    pub before: ([usize; N], usize),
    /// How often the change from one to the other counts in the errors.
    pub doubt: f64,
    /// Value and error of E[z].
    pub mean: [[f64; 2]; N],
    /// Value and error of Cov[z].
    pub covariance: [[[f64; 2]; N]; N],
    /// Largest error relative to standard deviations.
    pub relative: f64,
}

/// The moments of `process` in the box `frame` (lower and upper end per axis), by elements that lie as `spacings` say; the
/// density is large at `centre`. The error is made of the difference of the last two resolutions; stops as soon as every error is
/// below `tolerance` standard deviations, or finer elements would take more than `memory` \[bytes\].
///
/// # Errors
/// See [`GalerkinError`].
pub fn settle<const N: usize>(
    process: &dyn Process<N>,
    frame: &[[f64; 2]; N],
    spacings: &[Spacing; N],
    centre: &[f64; N],
    tolerance: f64,
    memory: u64,
) -> Result<Settled<N>, GalerkinError> {
    let ladder = resolutions(N);
    let along = |elements: usize| shared_out(frame, spacings, elements);
    let needed = |&(elements, degree): &(usize, usize)| LAWS * forecast(&along(elements), degree);
    let (mut coarser, mut coarse): (Option<SpectralLaw<N>>, Option<SpectralLaw<N>>) = (None, None);
    let mut before = ([0; N], 0);
    let mut change = f64::INFINITY;
    for (k, rung) in ladder.iter().enumerate() {
        let resolution = (along(rung.0), rung.1);
        if needed(rung) > memory {
            return Err(GalerkinError::Memory { needed: needed(rung) });
        }
        let last = ladder.get(k + 1).is_none_or(|next| needed(next) > memory);
        let anchor = coarse.as_ref().map_or(*centre, |law| law.peak);
        let fine = match solve(process, &breaks(frame, spacings, &resolution.0), resolution.1, &anchor) {
            // Too coarse to see a density: the next resolution decides.
            Err(GalerkinError::NoMass) if !last => {
                (coarser, coarse) = (None, None);
                continue;
            }
            other => other?,
        };
        if let Some(last_law) = coarse.take() {
            let changed = last_law.measure.apart(&fine.measure);
            let laws = (coarser.take(), last_law, fine);
            let settled = between(laws, [before, resolution], doubt(N, changed / change));
            let (stays, relative) = (changed.is_finite() && changed > STILL * change, settled.relative);
            if relative <= tolerance || (stays && relative <= ROUNDED) || (last && relative <= LIMIT) {
                return Ok(settled);
            }
            if last || stays && relative > HOPELESS {
                let not_settled = GalerkinError::NotSettled { relative, elements: rung.0, degree: rung.1 };
                let short =
                    ladder.get(k + 1).filter(|_| last).map(|next| GalerkinError::Memory { needed: needed(next) });
                return Err(short.unwrap_or(not_settled));
            }
            change = changed;
            (coarser, coarse) = (Some(settled.coarse), Some(settled.law));
        } else {
            coarse = Some(fine);
        }
        before = resolution;
    }
    // No two resolutions that could be compared.
    Err(GalerkinError::NoMass)
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

/// Memory that a law on so many elements takes, about \[bytes\].
fn forecast<const N: usize>(elements: &[usize; N], degree: usize) -> u64 {
    bytes(&Numbering { degree, elements: *elements }, false)
}

/// How often the last change counts, when it is this part of the one before.
pub(crate) fn doubt(variables: usize, ratio: f64) -> f64 {
    // Nothing is known of the ratio where there was no change before.
    let known = variables == 3 && ratio > 0.0;
    let left = if ratio < 1.0 { ratio / (1.0 - ratio) } else { LEFT[1] };
    if known { DOUBT * left.clamp(LEFT[0], LEFT[1]) } else { DOUBT }
}

fn between<const N: usize>(
    (coarser, coarse, fine): (Option<SpectralLaw<N>>, SpectralLaw<N>, SpectralLaw<N>),
    [before, resolution]: [([usize; N], usize); 2],
    doubt: f64,
) -> Settled<N> {
    let pair = |a: f64, b: f64, size: f64| [b, doubt * (a - b).abs() + ROUNDING * (size + b.abs())];
    let (m, c) =
        ([coarse.measure.mean(), fine.measure.mean()], [coarse.measure.covariance(), fine.measure.covariance()]);
    let sd: [f64; N] = std::array::from_fn(|i| c[1][i][i].sqrt());
    let mean: [[f64; 2]; N] = std::array::from_fn(|i| pair(m[0][i], m[1][i], sd[i]));
    let entry = |i: usize, j: usize| pair(c[0][i][j], c[1][i][j], sd[i] * sd[j]);
    let covariance: [[[f64; 2]; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
    let relative = doubt * coarse.measure.apart(&fine.measure) + ROUNDING;
    Settled { law: fine, coarse, coarser, resolution, before, doubt, mean, covariance, relative }
}
