//! Decay rates with an error: resolutions are raised until they stay where they are.

use super::dissection::bytes;
use super::numbering::Numbering;
use super::settle::{breaks, resolutions, shared_out};
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
    /// Whether a finer resolution would change it by less than `tolerance` of its rate, or than the box does.
    fn settled(&self, tolerance: f64) -> bool {
        self.by_resolution.is_finite() && self.by_resolution <= (tolerance * self.decay.re).max(HELPLESS * self.by_box)
    }
}

/// How many more are looked for than needed, so that pairs and slow ones farther from zero are not missed.
const MORE: usize = 4;

/// How much of the slowest rate may hang on the box; what hangs on it more belongs to no level of the law, and elements that are
/// placed by the density are too coarse far out to say more.
const LOOSE: f64 = 0.5;
/// Resolutions after which that is held against it on plain lines, too.
const PATIENT: usize = 2;

/// Resolutions that are tried in space: two boxes at the next one take a minute for a digit.
const TRIED_IN_SPACE: usize = 3;

/// Boxes that are solved at once.
const AT_ONCE: u64 = 2;

/// Part of what the box does below which resolutions need not be raised further.
const HELPLESS: f64 = 0.3;

/// The decays of `process` up to some distance from zero, by rate, in a narrow and a wide box (lower and upper end per axis), by elements
/// that lie as `spacings` say; the density is large at `centre`. It ends when the first `needed` change by less than `tolerance` of
/// their rates, or by less than the box changes them.
///
/// None are found where the slowest hangs on the box. Both signs of a frequency are listed. Resolutions that would take more than
/// `memory` \[bytes\] are not tried.
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
    memory: u64,
) -> Result<Vec<SettledDecay>, GalerkinError> {
    let mut anchor = *centre;
    let plain = (0..N).all(|i| process.chart().axis(i).is_line());
    let mut before: Vec<Complex64> = Vec::new();
    let mut settled: Vec<SettledDecay> = Vec::new();
    let tried = if N == 3 { TRIED_IN_SPACE } else { resolutions(N).len() };
    for (k, (elements, degree)) in resolutions(N).iter().copied().take(tried).enumerate() {
        let along = shared_out(boxes[1], spacings, elements);
        let needed_bytes = AT_ONCE * bytes(&Numbering { degree, elements: along }, true);
        if needed_bytes > memory {
            let none = settled.is_empty().then_some(GalerkinError::Memory { needed: needed_bytes });
            return none.map_or(Ok(settled), Err);
        }
        let solve =
            |reach| solve_with_decays(process, &breaks(reach, spacings, &along), degree, &anchor, needed + MORE);
        let ((_, narrow), (law, wide)) = match rayon::join(|| solve(boxes[0]), || solve(boxes[1])) {
            (Ok(narrow), Ok(wide)) => (narrow, wide),
            // Too coarse to see a density: the next resolution decides.
            (Err(GalerkinError::NoMass), _) | (_, Err(GalerkinError::NoMass)) => continue,
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        anchor = law.peak;
        let changes = [&before, &narrow].map(|list| changes(&wide, list));
        let one = |(k, &decay): (usize, &Complex64)| SettledDecay {
            decay,
            by_resolution: changes[0][k],
            by_box: changes[1][k],
        };
        settled = wide.iter().enumerate().map(one).collect();
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

/// How far every decay is from the one of another list that it goes with: the nearest that no slower one goes with, signs of
/// frequencies aside; infinite where none is left.
fn changes(decays: &[Complex64], others: &[Complex64]) -> Vec<f64> {
    let mut left: Vec<Complex64> = others.to_vec();
    let apart = |a: &Complex64, b: &Complex64| (a.re - b.re).hypot(a.im.abs() - b.im.abs());
    let one = |decay: &Complex64| {
        let nearest = (0..left.len()).min_by(|&a, &b| apart(decay, &left[a]).total_cmp(&apart(decay, &left[b])));
        nearest.map_or(f64::INFINITY, |at| apart(decay, &left.swap_remove(at)))
    };
    decays.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of a continuum n^2 / L^2: a longer box has one more near every level of a shorter one.
    #[test]
    fn levels_go_with_those_of_the_same_number() {
        let levels = |length: f64| (1..8).map(|n| Complex64::new((n as f64 / length).powi(2), 0.0)).collect::<Vec<_>>();
        let (wide, narrow) = (levels(1.12), levels(0.88));
        for (k, change) in changes(&wide, &narrow).into_iter().enumerate().take(3) {
            assert!((change - (wide[k] - narrow[k]).norm()).abs() < 1e-12, "{k}: {change}");
        }
    }

    #[test]
    fn signs_of_frequencies_do_not_count_and_what_is_left_over_is_unknown() {
        let decays = [Complex64::new(1.0, -2.0), Complex64::new(1.0, 2.0)];
        assert_eq!(changes(&decays, &decays[1..]), [0.0, f64::INFINITY]);
    }
}
