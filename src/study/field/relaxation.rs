//! Decay rates of a law of two variables by spectral elements.

use super::frame::Frame;
use super::levels::Setting;
use super::snapshot::Snapshot;
use super::spacing::spacings;
use super::spectral::{PART, moved};
use super::{Request, climb::SECOND_BYTES};
use crate::estimate::Estimate;
use crate::galerkin::{SettledDecay, settle_decays};

/// How often the changes by resolution and box count: levels of a continuum fall like 1 / length^2, and what the wide box leaves
/// of them is 1.6 times their change.
const DOUBT: f64 = 2.0;
/// Rounding of a decay rate, relative to it.
const ROUNDING: f64 = 1e-11;
/// Change from which on elements are fine enough, relative to a rate.
const FINE: f64 = 1e-8;

/// The first `needed` decay rates with their frequencies, by rate; none where elements do not know them. Walls that are `fixed` are
/// not moved outward.
pub(super) fn by_elements<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    finest: &Snapshot<N>,
    request: &Request,
    fixed: &[[bool; 2]; N],
    needed: usize,
) -> Vec<[Estimate; 2]> {
    if N != 2 || setting.memory < SECOND_BYTES {
        return Vec::new();
    }
    let process = setting.process;
    let [narrow, wide] = [-PART, PART].map(|outward| moved(process, frame, fixed, outward));
    let spacings = spacings(process, finest, request);
    let found = settle_decays(process, [&narrow, &wide], &spacings, &finest.heaviest(), needed, FINE);
    found.unwrap_or_default().iter().take(needed).map(estimates).collect()
}

/// Rate and frequency.
fn estimates(settled: &SettledDecay) -> [Estimate; 2] {
    let SettledDecay { decay, by_resolution, by_box } = settled;
    let bar = DOUBT * (by_resolution + by_box);
    [decay.re, decay.im.abs()].map(|v| Estimate::computed(v, bar, ROUNDING * decay.norm()))
}
