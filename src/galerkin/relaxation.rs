//! Decay rates with an error: resolutions are raised until they stay where they are.

use super::settle::{RESOLUTIONS, breaks, shared_out};
use super::{GalerkinError, Spacing, solve_with_decays};
use crate::process::Process;
use num_complex::Complex64;

/// A decay of correlations, and how it came out otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledDecay {
    /// Rate (real part) and frequency (imaginary part) \[1 / time\] in the wide box.
    pub decay: Complex64,
    /// Its change by the last resolution.
    pub by_resolution: f64,
    /// Its change from the narrow box to the wide one.
    pub by_box: f64,
}

impl SettledDecay {
    /// Whether a finer resolution would change it by less than `tolerance` of itself, or than the box does.
    fn settled(&self, tolerance: f64) -> bool {
        self.by_resolution.is_finite()
            && self.by_resolution <= (tolerance * self.decay.norm()).max(HELPLESS * self.by_box)
    }
}

/// How many more are looked for than needed, so that pairs and slow ones farther from zero are not missed.
const MORE: usize = 4;

/// How much of the slowest rate may hang on the box; what hangs on it more belongs to no level of the law, and elements that are
/// placed by the density are too coarse far out to say more.
const LOOSE: f64 = 0.5;
/// Resolutions after which that is held against it on plain lines, too.
const PATIENT: usize = 2;

/// Part of what the box does below which resolutions need not be raised further.
const HELPLESS: f64 = 0.3;

/// The decays of `process` by their distance from zero, by rate, in a narrow and a wide box (lower and upper end per axis), by elements
/// that lie as `spacings` say; the density is large at `centre`. It ends when the first `needed` change by less than `tolerance` of
/// themselves, or by less than the box changes them.
///
/// None are found where the slowest hangs on the box.
///
/// # Errors
/// See [`GalerkinError`].
pub fn settle_decays<const N: usize>(
    process: &dyn Process<N>,
    boxes: [&[[f64; 2]; N]; 2],
    spacings: &[Spacing; N],
    centre: &[f64; N],
    needed: usize,
    tolerance: f64,
) -> Result<Vec<SettledDecay>, GalerkinError> {
    let mut anchor = *centre;
    let plain = (0..N).all(|i| process.chart().axis(i).is_line());
    let mut before: Vec<Complex64> = Vec::new();
    let mut settled: Vec<SettledDecay> = Vec::new();
    for (k, (elements, degree)) in RESOLUTIONS.into_iter().enumerate() {
        let along = shared_out(boxes[1], spacings, elements);
        let solve =
            |reach| solve_with_decays(process, &breaks(reach, spacings, &along), degree, &anchor, needed + MORE);
        let (narrow, wide) = rayon::join(|| solve(boxes[0]), || solve(boxes[1]));
        let ((_, narrow), (law, wide)) = (narrow?, wide?);
        anchor = law.peak;
        let one = |&decay: &Complex64| SettledDecay {
            decay,
            by_resolution: distance(&decay, &before),
            by_box: distance(&decay, &narrow),
        };
        settled = wide.iter().map(one).collect();
        let loose = settled.first().is_none_or(|s| s.by_box > LOOSE * s.decay.norm());
        // On a plain line the first elements may just be too coarse far out, where logarithmic axes have exponential tails.
        let coarse = plain && k < PATIENT && settled.first().is_some_and(|s| !s.settled(0.0));
        if loose && !coarse {
            return Ok(Vec::new());
        }
        before = wide;
        if settled.iter().take(needed).all(|s| s.settled(tolerance)) {
            break;
        }
    }
    Ok(settled)
}

/// To the nearest of a list; infinite where there is none.
fn distance(decay: &Complex64, list: &[Complex64]) -> f64 {
    list.iter().map(|other| (decay - other).norm()).fold(f64::INFINITY, f64::min)
}
