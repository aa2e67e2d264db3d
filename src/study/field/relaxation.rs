//! Decay rates of a law of several variables by spectral elements.

use super::frame::Frame;
use super::levels::Setting;
use super::snapshot::Snapshot;
use super::spacing::spacings;
use super::spectral::{PART, moved};
use super::{Request, climb::SECOND_BYTES};
use crate::estimate::Estimate;
use crate::galerkin::{SettledDecay, settle_decays};

/// How often the changes by resolution and by box count: levels of a continuum fall like 1 / length^2, and what the wide box leaves
/// of them is 1.6 times their change, 3.7 times where only one end moves. Next to a corner elements converge by their length alone.
const DOUBT: [f64; 2] = [2.0, 4.0];
const CORNERED: f64 = 3.0;
/// Rounding of a decay rate, relative to it, and what the inverse of the slowest leaves in the inverse of a faster one.
const ROUNDING: f64 = 1e-11;
const SWAMPED: f64 = 1e-15;
/// Change from which on elements are fine enough, relative to a rate.
const FINE: f64 = 1e-8;

/// The decay rates with their frequencies up to some distance from zero, by rate, the first `needed` as well as elements know them; none
/// where they do not. Walls that are `fixed` are not moved outward.
pub(super) fn by_elements<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    finest: &Snapshot<N>,
    request: &Request,
    fixed: &[[bool; 2]; N],
    needed: usize,
) -> Vec<[Estimate; 2]> {
    if N < 2 || setting.memory < SECOND_BYTES {
        return Vec::new();
    }
    let process = setting.process;
    let [narrow, wide] = [-PART, PART].map(|outward| moved(process, frame, fixed, outward));
    let spacings = spacings(process, finest, request);
    let found = settle_decays(process, [&narrow, &wide], &spacings, &finest.heaviest(), needed, FINE, setting.memory);
    let found = found.unwrap_or_default();
    let doubt = if process.corner().is_some() { CORNERED } else { 1.0 };
    let bar = |s: &SettledDecay| doubt * DOUBT[0] * s.by_resolution + DOUBT[1] * s.by_box;
    // What grows is no decay: such elements do not know the law.
    if found.iter().any(|settled| settled.decay.re <= 0.0) {
        return Vec::new();
    }
    let slowest = found.iter().map(|settled| settled.decay.norm()).fold(f64::INFINITY, f64::min);
    let estimates = |settled: &SettledDecay| {
        let (decay, bar) = (settled.decay, bar(settled));
        let rounding = decay.norm() * (ROUNDING + SWAMPED * decay.norm() / slowest);
        bar.is_finite().then(|| [decay.re, decay.im.abs()].map(|v| Estimate::computed(v, bar, rounding)))
    };
    found.iter().map_while(estimates).collect()
}
