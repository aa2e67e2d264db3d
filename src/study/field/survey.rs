//! Finds the box of a law and what its axes must resolve, from the process alone: small lattices solved again and
//! again, each laid out by what the one before it showed.

use super::expansion::{applies, known};
use super::frame::{Feature, Frame, best_grading};
use super::inward::draws_back;
use super::offsets::Offsets;
use super::profile::{Fall, Profile, log_marginal};
use super::restless::Restless;
use super::snapshot::{Scheme, solve_on};
use super::wander::{Trace, wander};
use super::whiten::linear_widths;
use crate::grid::{Grading, Lattice};
use crate::process::{Process, REACH};
use crate::study::StudyError;

/// Depth of the box below the outermost peaks, in log mass per xi: first to find all wells, then to keep.
pub(super) fn depths<const N: usize>() -> [f64; 2] {
    // Cells are dear in three dimensions.
    if N == 3 { [45.0, 20.0] } else { [45.0, 36.0] }
}

/// A peak of a marginal that rises less than this above its saddle is no feature.
const PERSISTENCE: f64 = 0.7;
/// Peaks deeper than this below the highest do not count.
const FAINT: f64 = 220.0;
/// Part of the reach of a logarithmic axis within which the search starts.
const AWAY: f64 = 0.9;
/// Part of what numbers hold from which on an axis is as long as can be.
const AT_REACH: f64 = 0.999;
/// By how much widths with and without the other variables may differ.
const ALIKE: f64 = 8.0;
/// dz/dxi at the centre of the first lattice, in widths.
const BROAD: f64 = 2.5;
/// Reach of the first lattice, in xi: some 70 widths.
const FIRST: f64 = 4.0;
/// Largest step outward of a wall in one round, in xi.
const STRIDE: f64 = 2.5;
/// The same for a box that paths stay in: next to its walls a lattice may see what only the walls make.
const CAUTIOUS: f64 = 0.4;
/// Smallest step outward, as part of the length of the axis.
const NUDGE: f64 = 0.02;
/// How far a weight may push the walls beyond those of the plain law, in xi.
const STRETCH: f64 = 60.0;
/// Largest half length of an axis in xi.
const LIMIT: f64 = 90.0;
/// By how much the drift at a width may exceed what its slope says.
const UNEVEN: f64 = 8.0;
/// Rounds of the search.
const ROUNDS: usize = 40;
/// Walls and gradings have settled when they move by less than this part of the length of the axis.
const SETTLED: f64 = 0.06;

/// ln of how much points of the law count beyond their mass: the largest of the moments asked for.
pub(super) type LogWeight<'a, const N: usize> = dyn Fn(&[[f64; N]]) -> Vec<f64> + 'a;

/// What the survey found.
#[derive(Debug, Clone)]
pub(super) struct Surveyed<const N: usize> {
    /// The box.
    pub frame: Frame<N>,
    /// Cells per width of the narrowest feature that an axis of one cell per xi would need.
    pub costs: [f64; N],
    /// Whether the box ends where coefficients overflow rather than where the law does.
    pub overflow: [[bool; 2]; N],
    /// By how much the plain law falls up to every wall, where it falls less than wanted.
    pub shallow: [[Option<f64>; 2]; N],
    /// The axis along which the box grew without end on the finest lattices of the search, if one did.
    pub endless: Option<usize>,
    /// By how much lattices have to be finer than usual for the law to be seen at all.
    pub finer: f64,
    /// How rates must be made for the law to be seen.
    pub scheme: Scheme,
    /// Mean and covariance, where an expansion knows them.
    pub moments: Option<Moments<N>>,
    /// How far edges with mass are from balance on the last lattice of the search.
    pub drop: f64,
}

/// Mean and covariance in chart coordinates.
pub(super) type Moments<const N: usize> = ([f64; N], [[f64; N]; N]);

impl<const N: usize> Surveyed<N> {
    /// Nothing but a frame and what its axes cost.
    pub fn within(frame: Frame<N>, costs: [f64; N]) -> Self {
        let (overflow, shallow) = ([[false; 2]; N], [[None; 2]; N]);
        Self {
            frame,
            costs,
            overflow,
            shallow,
            endless: None,
            finer: 1.0,
            scheme: Scheme::Fitted,
            moments: None,
            drop: 0.0,
        }
    }
}

/// Cells per axis of the small lattices.
fn cells<const N: usize>(round: usize) -> usize {
    match N {
        1 => 1024,
        2 => [40, 48, 64][round.min(2)],
        _ => 24,
    }
}

/// How often the search starts again with finer lattices.
const RESTARTS: usize = 3;
/// A box that has grown by this much since it was first laid out is held to follow the lattice, not the law.
const INFLATED: f64 = 1e3;

/// An edge with mass that is this far from balance lets mass leak to where the law has none.
const LEAKING: f64 = 50.0;

/// By how much lattices are finer than usual in the box that paths stay in, and how far the law has to fall up to its walls.
const AROUND: f64 = 2.0;
const FALLEN: f64 = 6.0;

/// How a search goes about it.
struct Plan<const N: usize> {
    /// By how much its lattices are finer than usual.
    finer: f64,
    /// Where it begins, in chart coordinates, if not far around the start.
    begin: Option<[[f64; 2]; N]>,
}

impl<const N: usize> Plan<N> {
    /// Largest step outward of a wall in one round, in xi.
    fn stride(&self) -> f64 {
        if self.begin.is_some() { CAUTIOUS } else { STRIDE }
    }
}

/// Surveys a process from a point where mass is likely.
///
/// A lattice that is too coarse for the current smears the law over as much of the box as there is: the box would
/// grow for ever. Then the search starts again on a finer one, from a box that paths stay in.
pub(super) fn survey<const N: usize>(
    process: &dyn Process<N>,
    start: [f64; N],
    weight: &LogWeight<'_, N>,
    scheme: Scheme,
) -> Result<Surveyed<N>, StudyError> {
    let first = search(process, start, weight, scheme, &Plan { finer: 1.0, begin: None })?;
    let far = far_out(process, &first.0, start) || smeared(process, &first.0);
    if N == 1 || first.1 && !far {
        return Ok(first.0);
    }
    let trace = traced(process, start);
    let inward = |moments: &Moments<N>| draws_back(process, moments, &first.0.frame.reach()) == Some(true);
    let known = trace.as_ref().filter(|_| applies(process)).and_then(|trace| known(process, trace));
    if let Some(known) = known.filter(|known| known.moments.as_ref().is_some_and(inward)) {
        return Ok(known);
    }
    let draws = trace.as_ref().is_some_and(|trace| inward(&trace.moments()));
    if first.1 && !draws {
        return Ok(first.0);
    }
    let begin = trace.map(|trace| trace.reach);
    let mut found = first.0.clone();
    for restart in 1..=RESTARTS {
        let finer = if N == 2 { 2f64.powi(restart as i32) } else { 1.25f64.powi(restart as i32) };
        // What a search that ran into trouble does not find may be in the box before.
        let scheme = if first.1 { Scheme::settled(N) } else { scheme };
        let Ok((next, settled)) = search(process, start, weight, scheme, &Plan { finer, begin }) else { break };
        if first.1 {
            // A tail of the law stays where it is, that of a lattice that smears a current is gone.
            let shorter = settled && !far_out(process, &next, start) && !smeared(process, &next);
            return Ok(if shorter { next } else { first.0 });
        }
        let leaks = smeared(process, &next);
        found = next;
        if settled && !leaks {
            return Ok(found);
        }
    }
    // A box that settled stays, and so does one that only goes in circles.
    let ran_away = |begin: &[[f64; 2]; N]| !first.1 && (found.endless.is_some() || lost(&found.frame, begin));
    let around = begin.filter(|begin| draws && ran_away(begin));
    Ok(around.and_then(|reach| around_paths(process, reach, scheme)).unwrap_or(found))
}

/// The box that paths stay in, where a law on it has all but fallen to nothing at the walls. A current that is strong far out smears a
/// lattice down to any depth, and walls that follow it find no end; in a box that ends where paths do there is nothing to smear.
fn around_paths<const N: usize>(process: &dyn Process<N>, reach: [[f64; 2]; N], scheme: Scheme) -> Option<Surveyed<N>> {
    let mut found = frame_within(process, reach);
    (found.finer, found.scheme) = (AROUND, scheme);
    let lattice = found.frame.lattice([(cells::<N>(ROUNDS) as f64 * AROUND) as usize; N]);
    let snapshot = solve_on(process, &lattice, &Offsets::ROUGH, scheme.rough(), None, u64::MAX).ok()?;
    found.drop = snapshot.edges.max_residual_drop(&snapshot.log_mass);
    let fallen = |i: usize| {
        let marginal = log_marginal(&snapshot.lattice, &snapshot.log_mass, i);
        let highest = marginal.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ends = [marginal[0], marginal[marginal.len() - 1]];
        ends.iter().zip(found.frame.real[i]).all(|(end, real)| real || highest - end > FALLEN)
    };
    (0..N).all(fallen).then_some(found)
}

/// Where paths are that begin where the search does.
fn traced<const N: usize>(process: &dyn Process<N>, start: [f64; N]) -> Option<Trace<N>> {
    let frame = first_frame(process, start).frame;
    let (start, widths) = (frame.gradings.map(|g| g.z(0.0)), frame.gradings.map(|g| g.stretch(0.0) / BROAD));
    wander(process, &start, &widths)
}

/// Whether a box has become so long that it may follow the tail that a lattice makes, not the law.
fn far_out<const N: usize>(process: &dyn Process<N>, found: &Surveyed<N>, start: [f64; N]) -> bool {
    let first = first_frame(process, start).frame;
    N > 1
        && (0..N).any(|i| {
            let [low, high] = found.frame.walls[i].map(|xi| found.frame.gradings[i].z(xi));
            high - low > INFLATED * first.gradings[i].stretch(0.0)
        })
}

/// Whether a logarithmic axis is as long as it can be because a lattice smears the law along it.
fn smeared<const N: usize>(process: &dyn Process<N>, found: &Surveyed<N>) -> bool {
    let reach = found.frame.reach();
    found.drop > LEAKING
        && (0..N).any(|i| !free(process, i) && reach[i].iter().any(|z| z.abs() >= AT_REACH * self::reach::<N>()))
}

/// What a search finds, and whether it settled.
fn search<const N: usize>(
    process: &dyn Process<N>,
    start: [f64; N],
    weight: &LogWeight<'_, N>,
    scheme: Scheme,
    plan: &Plan<N>,
) -> Result<(Surveyed<N>, bool), StudyError> {
    let mut found = match plan.begin {
        Some(reach) => frame_within(process, reach),
        None => first_frame(process, start),
    };
    (found.finer, found.scheme) = (plan.finer, scheme);
    let scales = found.frame.gradings.map(|grading| grading.stretch(0.0));
    let begin = plan.begin.map(|_| found.frame.reach());
    let mut restless = Restless::default();
    for round in 0..ROUNDS {
        let depth = depths::<N>()[usize::from(round > 1)];
        let shape = [(cells::<N>(round) as f64 * plan.finer) as usize; N];
        let snapshot = loop {
            let lattice = found.frame.lattice(shape);
            match solve_on(process, &lattice, &Offsets::ROUGH, scheme.rough(), None, u64::MAX) {
                Ok(snapshot) => break snapshot,
                // Rates underflow on the way: the force is too strong all over too large a box.
                Err(StudyError::Stationary(_)) if N == 1 => {
                    found.endless = Some(0);
                    return Ok((found, false));
                }
                Err(error) => retreat(&mut found, &lattice, error)?,
            }
        };
        let (next, settled) =
            relay(process, &found, &snapshot.lattice, &snapshot.log_mass, weight, depth, plan.stride());
        found = next;
        found.drop = snapshot.edges.max_residual_drop(&snapshot.log_mass);
        stop_at_reach(process, &mut found);
        if settled && round > 2 {
            return Ok((found, true));
        }
        if N > 1 && (restless.turned_back(&found.frame) || begin.is_some_and(|begin| lost(&found.frame, &begin))) {
            return Ok((found, false));
        }
        let inflated = |i: usize| {
            let free = matches!(process.chart().axis(i), crate::process::Coordinate::Identity { .. });
            free && found.frame.gradings[i].stretch(0.0) > INFLATED * scales[i] && !found.frame.real[i][0]
        };
        found.endless = (0..N).find(|&i| inflated(i));
        if found.endless.is_some() {
            return Ok((found, false));
        }
    }
    Ok((found, false))
}

/// Whether a box has left the one that it began as, where paths stay.
fn lost<const N: usize>(frame: &Frame<N>, begin: &[[f64; 2]; N]) -> bool {
    frame.reach().iter().zip(begin).any(|([low, high], [first, last])| high < first || low > last)
}

/// The wall of a logarithmic axis stays where numbers end.
fn stop_at_reach<const N: usize>(process: &dyn Process<N>, found: &mut Surveyed<N>) {
    for i in (0..N).filter(|&i| !free(process, i)) {
        for side in 0..2 {
            let wall = found.frame.gradings[i].z(found.frame.walls[i][side]);
            found.overflow[i][side] |= wall.abs() >= AT_REACH * REACH;
        }
    }
}

/// The first box: around the start, with the local length scale of the process, reaching far.
fn first_frame<const N: usize>(process: &dyn Process<N>, start: [f64; N]) -> Surveyed<N> {
    let domains: [[f64; 2]; N] = std::array::from_fn(|i| process.chart().axis(i).domain());
    let start: [f64; N] = std::array::from_fn(|i| {
        // Paths that run away have left what the search looks along.
        let farthest = if free(process, i) { f64::INFINITY } else { AWAY * reach::<N>() };
        inside(start[i].clamp(-farthest, farthest), domains[i])
    });
    let mut scales = local_scales(process, &start, &domains);
    // A variable that only others hold back has no width of its own.
    if let Some(widths) = linear_widths(process, &start) {
        scales = std::array::from_fn(|i| scales[i].clamp(widths[i] / ALIKE, widths[i] * ALIKE));
    }
    let mut frame = Frame { gradings: [Grading::Uniform; N], walls: [[0.0; 2]; N], real: [[false; 2]; N] };
    for i in 0..N {
        let [lower, upper] = domains[i];
        frame.real[i] = [lower.is_finite(), upper.is_finite()];
        frame.gradings[i] = Grading::Sinh { centre: start[i], scale: BROAD * scales[i] };
        frame.walls[i] = walls_within::<N>(&frame.gradings[i], [-FIRST, FIRST], domains[i], free(process, i));
    }
    Surveyed::within(frame, [1.0; N])
}

/// A box that reaches so far.
fn frame_within<const N: usize>(process: &dyn Process<N>, reach: [[f64; 2]; N]) -> Surveyed<N> {
    let mut found = first_frame(process, reach.map(|[low, high]| 0.5 * (low + high)));
    for i in 0..N {
        let far = if free(process, i) { f64::INFINITY } else { AWAY * self::reach::<N>() };
        let [low, high] = reach[i].map(|z| z.clamp(-far, far));
        if low < high {
            let grading = Grading::Sinh { centre: 0.5 * (low + high), scale: 0.5 * (high - low) };
            let walls = [grading.xi(low), grading.xi(high)];
            let domain = process.chart().axis(i).domain();
            found.frame.gradings[i] = grading;
            found.frame.walls[i] = walls_within::<N>(&grading, walls, domain, free(process, i));
        }
    }
    found
}

/// How far a logarithmic axis is looked along in the search. Boxes that this cuts short are widened later, on finer
/// lattices: coarse ones smear a law over many e-foldings of tail.
fn reach<const N: usize>() -> f64 {
    if N == 1 { REACH } else { 45.0 }
}

/// Whether an axis is the logarithm of something: its z is bounded by what floating-point numbers hold.
fn free<const N: usize>(process: &dyn Process<N>, i: usize) -> bool {
    matches!(process.chart().axis(i), crate::process::Coordinate::Identity { .. })
}

/// Walls in xi, cut to the domain and to where numbers do not overflow.
fn walls_within<const N: usize>(grading: &Grading, walls: [f64; 2], domain: [f64; 2], free: bool) -> [f64; 2] {
    let bound = |z: f64| if free { z } else { z.clamp(-reach::<N>(), reach::<N>()) };
    let mut cut = walls;
    let lower = bound(domain[0]);
    if lower.is_finite() && grading.z(cut[0]) < lower || domain[0].is_finite() {
        cut[0] = grading.xi(lower);
    }
    let upper = bound(domain[1]);
    if upper.is_finite() && grading.z(cut[1]) > upper || domain[1].is_finite() {
        cut[1] = grading.xi(upper);
    }
    cut
}

/// A point inside a domain.
fn inside(z: f64, [lower, upper]: [f64; 2]) -> f64 {
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) => {
            let margin = 1e-3 * (upper - lower);
            z.clamp(lower + margin, upper - margin)
        }
        (true, false) if z <= lower => lower + 1e-3 * lower.abs().max(1.0),
        (false, true) if z >= upper => upper - 1e-3 * upper.abs().max(1.0),
        _ => z,
    }
}

/// Width of the law if the drift were linear and the noise constant around `at`.
fn local_scales<const N: usize>(process: &dyn Process<N>, at: &[f64; N], domains: &[[f64; 2]; N]) -> [f64; N] {
    let here = process.coefficients(at);
    std::array::from_fn(|i| {
        let [lower, upper] = domains[i];
        let length = upper - lower;
        let noise = here.diffusion[i][i];
        let delta = 1e-4 * at[i].abs().max(1e-2).min(if length.is_finite() { length } else { f64::INFINITY });
        let mut there = *at;
        there[i] = if at[i] + delta < upper { at[i] + delta } else { at[i] - delta };
        let slope = (process.coefficients(&there).drift[i] - here.drift[i]) / (there[i] - at[i]);
        let mut width = (noise / (2.0 * slope.abs())).sqrt();
        // Where the drift hardly changes at first, as next to the bottom of a quartic well, it does further out.
        let change = |width: f64| {
            let moved = |place: f64| {
                let place = place.clamp(lower, upper);
                let there = std::array::from_fn(|j| if j == i { place } else { at[j] });
                let moved = (process.coefficients(&there).drift[i] - here.drift[i]).abs();
                if moved.is_nan() { f64::INFINITY } else { moved }
            };
            moved(at[i] - width).max(moved(at[i] + width))
        };
        while width.is_finite() && width > delta && width * change(width) > UNEVEN * 0.5 * noise {
            width *= 0.5;
        }
        let drifted = noise / here.drift[i].abs();
        let scale = if width.is_finite() && width > 0.0 { width } else { drifted };
        let scale = if scale.is_finite() && scale > 0.0 { scale } else { 1.0 };
        if length.is_finite() { scale.min(length) } else { scale }
    })
}

/// Draws the box back from where the coefficients are no numbers; an error in the middle of the box stays one.
fn retreat<const N: usize>(found: &mut Surveyed<N>, lattice: &Lattice<N>, error: StudyError) -> Result<(), StudyError> {
    let Some(at) = place(lattice, &error) else { return Err(error) };
    let frame = &mut found.frame;
    let mut worst: Option<(usize, usize, f64)> = None;
    for i in 0..N {
        let xi = frame.gradings[i].xi(at[i]);
        let [lower, upper] = frame.walls[i];
        let middle = frame.gradings[i].middle([lower, upper]);
        let side = usize::from(xi > middle);
        let part = (xi - middle) / (if side == 1 { upper - middle } else { lower - middle });
        if !frame.real[i][side] && worst.is_none_or(|(_, _, w)| part > w) {
            worst = Some((i, side, part));
        }
    }
    match worst {
        Some((i, side, part)) if part > 0.25 => {
            let centre = frame.gradings[i].middle(frame.walls[i]);
            frame.walls[i][side] = centre + 0.9 * part.min(1.0) * (frame.walls[i][side] - centre);
            found.overflow[i][side] = true;
            Ok(())
        }
        _ => Err(error),
    }
}

/// Where an error happened, in chart coordinates.
fn place<const N: usize>(lattice: &Lattice<N>, error: &StudyError) -> Option<[f64; N]> {
    use crate::operator::OperatorError as E;
    let StudyError::Operator(error) = error else { return None };
    match error {
        E::Rate { from, .. } => Some(lattice.node(&lattice.index(*from))),
        E::Coefficients { at } | E::Indefinite { at, .. } | E::Degenerate { at, .. } | E::Force { at, .. } => {
            <[f64; N]>::try_from(at.as_slice()).ok()
        }
        _ => None,
    }
}

/// The next box, from the masses on this one, and whether it is about the same.
fn relay<const N: usize>(
    process: &dyn Process<N>,
    found: &Surveyed<N>,
    lattice: &Lattice<N>,
    log_mass: &[f64],
    weight: &LogWeight<'_, N>,
    depth: f64,
    stride: f64,
) -> (Surveyed<N>, bool) {
    let nodes: Vec<[f64; N]> = (0..log_mass.len()).map(|cell| lattice.node(&lattice.index(cell))).collect();
    let weighted: Vec<f64> = log_mass.iter().zip(weight(&nodes)).map(|(m, w)| m + w).collect();
    let mut next = found.clone();
    let mut settled = true;
    for i in 0..N {
        let axis = lattice.axis(i);
        let plain = Profile::of(axis, log_marginal(lattice, log_mass, i));
        let heavy = Profile::of(axis, log_marginal(lattice, &weighted, i));
        let (features, walls, shallow) = lay_out(&plain, &heavy, [depth, stride], &found.frame.gradings[i]);
        let walls: [f64; 2] = std::array::from_fn(|side| {
            let old = found.frame.walls[i][side];
            let wanted = walls[side];
            // What overflowed once stays outside.
            let beyond = if side == 0 { wanted < old } else { wanted > old };
            if found.overflow[i][side] && beyond { old } else { wanted.clamp(-LIMIT, LIMIT) }
        });
        let domain = process.chart().axis(i).domain();
        let old = found.frame.gradings[i];
        let walls = walls_within::<N>(&old, walls, domain, free(process, i));
        let reach = walls.map(|xi| old.z(xi));
        let walled = domain.iter().all(|end| end.is_finite());
        let (grading, cost) = best_grading(&features, reach, walled, !free(process, i));
        let renewed = walls_within::<N>(&grading, reach.map(|z| grading.xi(z)), domain, free(process, i));
        let length = axis.xi(axis.cells as f64 - 0.5) - axis.xi(-0.5);
        let moved = (0..2).map(|side| (walls[side] - found.frame.walls[i][side]).abs() / length).fold(0.0, f64::max);
        // A new grading counts as settled when it is hardly better than the old one.
        let close = same(&grading, &old);
        settled &= moved < SETTLED && close;
        next.frame.gradings[i] = grading;
        next.frame.walls[i] = renewed;
        next.costs[i] = cost;
        next.shallow[i] = shallow;
    }
    (next, settled)
}

fn same(a: &Grading, b: &Grading) -> bool {
    match (a, b) {
        (Grading::Sinh { centre, scale }, Grading::Sinh { centre: c, scale: s }) => {
            (scale / s).ln().abs() < 0.35 && (centre - c).abs() < 0.35 * s
        }
        (Grading::Uniform, Grading::Uniform) => true,
        _ => false,
    }
}

type LayOut = (Vec<Feature>, [f64; 2], [Option<f64>; 2]);

/// What an axis must resolve, and where its walls should be, in xi of the present grading.
fn lay_out(plain: &Profile, heavy: &Profile, [depth, stride]: [f64; 2], grading: &Grading) -> LayOut {
    let highest = plain.log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut peaks = plain.peaks(PERSISTENCE);
    peaks.retain(|&k| plain.log_density[k] > highest - FAINT);
    let features = peaks.iter().map(|&k| plain.feature(k)).collect();
    let outermost = [peaks[0], peaks[peaks.len() - 1]];
    let falls = plain.falls(outermost, depth);
    let top = (0..heavy.log_mass.len()).max_by(|&a, &b| heavy.log_mass[a].total_cmp(&heavy.log_mass[b])).unwrap_or(0);
    let heavy_falls = heavy.falls([top, top], depth);
    let mut shallow = [None; 2];
    let walls = std::array::from_fn(|side| {
        let sign = [-1.0, 1.0][side];
        let law = wanted(plain, falls[side], side, [depth, stride], grading);
        let moments = wanted(heavy, heavy_falls[side], side, [depth, stride], grading);
        if let Fall::Beyond(fall) = falls[side] {
            shallow[side] = Some(fall);
        }
        let furthest = if side == 0 { law.min(moments) } else { law.max(moments) };
        sign * (sign * furthest).min(sign * law + STRETCH)
    });
    (features, walls, shallow)
}

/// The wall, in xi, at which a profile has fallen by `depth`: beyond the last cell extrapolated, by at most `stride`.
fn wanted(profile: &Profile, fall: Fall, side: usize, [depth, stride]: [f64; 2], grading: &Grading) -> f64 {
    match fall {
        Fall::At(xi) => xi,
        Fall::Beyond(fall) => {
            let outward = [-1.0, 1.0][side];
            let last = if side == 0 { 0 } else { profile.xi.len() - 1 };
            let end = profile.xi[last];
            let place = grading.xi(profile.z[last] + outward * profile.beyond(side, depth - fall, grading));
            let more = if place.is_finite() { (place - end).abs() } else { stride };
            // Hardly curved axes are short in xi.
            let least = NUDGE * (profile.xi[profile.xi.len() - 1] - profile.xi[0]);
            end + outward * more.clamp(least.min(stride), stride)
        }
    }
}
