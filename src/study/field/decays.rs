//! The first decay rates, from a few resolutions and two boxes.

use super::climb::{DISTRUST, SMEARED};
use super::continuum::{edge, lower};
use super::extrapolate::extrapolate;
use super::frame::Frame;
use super::levels::Setting;
use super::opinion::dull;
use super::snapshot::{Scheme, Snapshot, solve_on};
use super::spectral::PART;
use super::turning::turning;
use crate::estimate::{Estimate, Quantity};
use crate::grid::Lattice;
use crate::process::Coordinate;
use crate::record::Eigenvalue;
use crate::stationary::{Decay, Layout, spectrum};
use rayon::prelude::*;

/// How many are reported, and how many more are computed so that the last of them is not cut in two.
pub(super) const COUNT: usize = 4;
const MORE: usize = 2;

/// Decay rates of a law.
pub(super) struct Decays {
    /// The slowest rate.
    pub gap: Quantity,
    /// Its inverse.
    pub relaxation_time: Quantity,
    /// The first few.
    pub eigenvalues: Vec<Eigenvalue>,
    /// A frequency with which the law turns that none of those found shows: slower decays that turn with it may be missing.
    pub missed: Option<f64>,
}

impl Decays {
    /// Nothing known.
    pub fn none() -> Self {
        Self { gap: Quantity::Absent, relaxation_time: Quantity::Absent, eigenvalues: Vec::new(), missed: None }
    }
}

/// The slowest rate, and the first few with their frequencies.
struct Levels {
    gap: Estimate,
    levels: Vec<[Estimate; 2]>,
}

impl Levels {
    /// Of a list by rate; `None` of an empty one.
    fn of(levels: &[[Estimate; 2]]) -> Option<Self> {
        levels.first().map(|[gap, _]| Self { gap: *gap, levels: levels.to_vec() })
    }

    fn report(&self) -> Decays {
        let gap = self.gap;
        let relative = gap.error() / gap.value;
        let time = Estimate::computed(1.0 / gap.value, relative / gap.value, 0.0);
        let known = gap.value > 0.0 && relative < 0.5;
        let eigenvalue = |[rate, frequency]: &[Estimate; 2]| Eigenvalue {
            rate: rate.value,
            frequency: frequency.value,
            error: rate.error().max(frequency.error()),
        };
        Decays {
            gap: Quantity::Finite(gap),
            relaxation_time: if known { Quantity::Finite(time) } else { Quantity::Absent },
            eigenvalues: self.levels.iter().take(COUNT).map(eigenvalue).collect(),
            missed: None,
        }
    }

    /// Whether slow modes that turn so fast may be among those farther from zero than these.
    fn misses(&self, frequency: f64) -> bool {
        self.levels.iter().all(|[rate, own]| own.value < TURNS * frequency && rate.value.hypot(own.value) < frequency)
    }
}

/// A rate of another discretisation with a larger relative error is left to lattices.
const CERTAIN: f64 = 1e-5;
/// Part of the frequency of linear functions that a mode which turns with them has at least.
const TURNS: f64 = 0.7;
/// Lattices that know the slowest rate no better than this, relative to it, do not outvote one that is known to many digits.
const VAGUE: f64 = 0.1;
/// What relaxes with a mass below the first, and below this part of that of the lightest well, is in a place far out that a lattice
/// does not resolve, as a valley that runs between its nodes. It is no level, and the bar of a faster one reaches to it.
const TRAPPED: f64 = 1e-10;
const LIGHTER: f64 = 0.1;
/// Pieces in which the length of an axis is measured.
const PIECES: usize = 400;
/// Lengths whose ratio is nearer to 1 hardly change, and what the box leaves is held to be at most so many times the change.
const NEAR: f64 = 1.02;
const MOST: f64 = 5.0;
/// How many times errors of the eigenvalues of a lattice count in what is extrapolated from several.
const OWN: f64 = 10.0;
/// How many times what the box is found to do counts.
const DOUBT: f64 = 2.0;
/// Where an end is measured: as far out as noise whose amplitude is v^2 can be squared, and where v is no logarithm as far as is
/// needed for powers to have their limits.
const FAR: [f64; 2] = [120.0, 80.0];
const FAR_PLAIN: [f64; 2] = [1e14, 1e12];

/// Resolutions: the bars of an expansion need four.
fn cells(variables: usize) -> &'static [usize] {
    match variables {
        1 => &[256, 384, 512, 768],
        2 => &[48, 64, 96, 128],
        _ => &[14, 16, 20, 24],
    }
}

/// Relative accuracy of eigenvalues of a lattice: better than cells allow.
fn accuracy(variables: usize) -> f64 {
    if variables == 1 { 1e-12 } else { 1e-10 }
}

/// The first decay rates: those of an `expansion` or of `elements` if they know the slowest, otherwise by lattices within a frame;
/// absent where they cannot be computed. If the law does not have one well alone, of which the lightest has the mass `lightest`,
/// lattices have to agree.
pub(super) fn decays<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    finest: &Snapshot<N>,
    expansion: &[[Estimate; 2]],
    elements: impl FnOnce() -> Vec<[Estimate; 2]>,
    lightest: f64,
) -> Decays {
    // An expansion says nothing unless it knows all of a slow part of the spectrum.
    let complete = !certain(expansion).is_empty();
    let known = Levels::of(&if complete { certain(expansion).to_vec() } else { elements() });
    let sure = known.as_ref().is_some_and(|known| known.gap.error() <= CERTAIN * known.gap.value);
    let best = match known {
        Some(known) if sure && lightest == 1.0 => Some(known),
        known => match (known, by_lattices(setting, frame, finest, lightest)) {
            (Some(theirs), Some(ours)) => Some(best(theirs, ours, sure)),
            (theirs, ours) => theirs.or(ours),
        },
    };
    let Some(mut best) = best else { return Decays::none() };
    let frequency = turning(setting.process, finest);
    let missed = !complete && best.misses(frequency);
    if missed {
        let first = best.levels.first_mut().map(|[level, _]| level);
        for gap in first.into_iter().chain([&mut best.gap]) {
            gap.budget.grid += gap.value;
        }
    }
    Decays { missed: missed.then_some(frequency), ..best.report() }
}

/// Of two lists that agree on the slowest rate the one that knows it better; of two that do not, that of the lattices (`ours`) with
/// a bar that reaches to the other, unless they know next to nothing and the other is `sure`, or the other is above and far too coarse
/// to object.
fn best(theirs: Levels, mut ours: Levels, sure: bool) -> Levels {
    let (known, own) = (theirs.gap, ours.gap);
    let distance = (known.value - own.value).abs();
    // Elements on far logarithmic axes: 1.07(18) where lattices know 0.6000(1). Below those they may know what lattices missed.
    let blurred = known.value > own.value && dull(&own, &known);
    let agree = distance <= known.error() + own.error() || blurred;
    if agree && known.error() < own.error() || sure && own.error() > VAGUE * own.value {
        return theirs;
    }
    if !agree {
        ours.gap.budget.grid = distance + known.error();
        if let Some([level, _]) = ours.levels.first_mut() {
            level.budget.grid += distance + known.error();
        }
    }
    ours
}

/// The first of the rates that are known to many digits.
fn certain(rates: &[[Estimate; 2]]) -> &[[Estimate; 2]] {
    let count = rates.iter().take_while(|[rate, _]| rate.error() <= CERTAIN * rate.value).count();
    &rates[..count]
}

/// The first decay rates by lattices; where a continuum begins below them, that first.
fn by_lattices<const N: usize>(
    setting: &Setting<'_, N>,
    frame: &Frame<N>,
    finest: &Snapshot<N>,
    lightest: f64,
) -> Option<Levels> {
    let cells = cells(N);
    // The box is judged on the second resolution: a fourth of the work of the finest one in the plane.
    let solve = |k: usize| match cells.get(k) {
        Some(&n) => on(setting, &frame.lattice([n; N]), finest, lightest),
        None => on(setting, &frame.widened([cells[1]; N], narrower(frame, cells[1])), finest, lightest),
    };
    let mut solved: Vec<Option<LevelsAndTraps>> = (0..=cells.len()).into_par_iter().map(solve).collect();
    let narrow = solved.pop().flatten().map(|(levels, _)| levels);
    let (lists, traps): (Vec<_>, Vec<_>) =
        solved.into_iter().collect::<Option<Vec<LevelsAndTraps>>>()?.into_iter().unzip();
    let found = lists.iter().map(Vec::len).min().unwrap_or(0).min(COUNT);
    let share = left_by_box(setting, frame);
    let smeared = finest.edges.max_residual_drop(&finest.log_mass) > SMEARED;
    let distrust = if smeared { DISTRUST } else { 1.0 };
    let one = |k: usize| -> Option<[Estimate; 2]> {
        let own = lists.iter().map(|list| list[k].error).fold(0.0, f64::max);
        let limit = |pick: &dyn Fn(&Decay) -> f64| {
            let values: Vec<f64> = lists.iter().map(|list| pick(&list[k])).collect();
            let mut limit = extrapolate(cells, &values, values[values.len() - 1].abs(), &vec![0.0; cells.len()])?;
            limit.budget.rounding += OWN * own;
            // All of it where the narrow box has no such level.
            let shorter = narrow.as_ref().and_then(|list| list.get(k));
            limit.budget.grid *= distrust;
            limit.budget.grid += shorter.map_or(values[1].abs(), |d| DOUBT * share * (pick(d) - values[1]).abs());
            Some(limit)
        };
        Some([limit(&|d| d.rate)?, limit(&|d| d.frequency.abs())?])
    };
    let mut rates: Vec<[Estimate; 2]> = (0..found).map_while(one).collect();
    rates.sort_by(|a, b| a[0].value.total_cmp(&b[0].value));
    let &[level, _] = rates.first()?;
    let edge = continuum(setting, frame);
    let mut gap = edge.map_or(level, |edge| lower(level, edge));
    let slower = traps.iter().flatten().map(|trap| gap.value - trap.rate).fold(0.0, f64::max);
    gap.budget.grid += slower;
    if let Some([level, _]) = rates.first_mut() {
        level.budget.grid += slower;
    }
    // Levels of the box inside the continuum are none of the law.
    rates.retain(|[rate, _]| edge.is_none_or(|edge| rate.value - rate.error() < edge.value));
    Some(Levels { gap, levels: rates })
}

/// Where the continuum of a law of one variable begins.
fn continuum<const N: usize>(setting: &Setting<'_, N>, frame: &Frame<N>) -> Option<Estimate> {
    if N != 1 {
        return None;
    }
    let process = setting.process;
    let plain = matches!(process.chart().axis(0), Coordinate::Identity { .. });
    let open = (0..2).filter(|&which| !frame.real[0][which]);
    let edges = open.filter_map(|which| edge(process, 2.0 * which as f64 - 1.0, if plain { FAR_PLAIN } else { FAR }));
    edges.min_by(|a, b| a.value.total_cmp(&b.value))
}

/// Cells by which the narrow box is shorter, as negative numbers.
fn narrower<const N: usize>(frame: &Frame<N>, cells: usize) -> [[isize; 2]; N] {
    let count = |i: usize, side: usize| if frame.real[i][side] { 0 } else { -frame.part(i, side, PART, cells).max(1) };
    std::array::from_fn(|i| std::array::from_fn(|side| count(i, side)))
}

/// What the end of the box does to a level, relative to the change from the narrow box: levels of a continuum fall like
/// 1 / length^2, discrete ones much faster. Lengths are those from the middle of the law to the walls that are none of the model,
/// counted in steps of the noise: what waves see of them.
fn left_by_box<const N: usize>(setting: &Setting<'_, N>, frame: &Frame<N>) -> f64 {
    let middle: [f64; N] = std::array::from_fn(|i| frame.gradings[i].z(frame.gradings[i].middle(frame.walls[i])));
    let length = |i: usize, wall: f64| -> f64 {
        let grading = &frame.gradings[i];
        let from = grading.xi(middle[i]);
        let step = (wall - from) / PIECES as f64;
        let piece = |k: usize| {
            let xi = from + (k as f64 + 0.5) * step;
            let mut z = middle;
            z[i] = grading.z(xi);
            grading.stretch(xi) * step.abs() / setting.process.coefficients(&z).diffusion[i][i].sqrt()
        };
        (0..PIECES).map(piece).filter(|length| length.is_finite()).sum()
    };
    let share = |(i, side): (usize, usize)| {
        let part = frame.part(i, side, PART, PIECES) as f64 / PIECES as f64;
        let inward = part * (frame.walls[i][1] - frame.walls[i][0]) * if side == 0 { 1.0 } else { -1.0 };
        let ratio = length(i, frame.walls[i][side]) / length(i, frame.walls[i][side] + inward);
        // An end that is no distance away for waves holds no continuum.
        if ratio > NEAR { (1.0 / (ratio * ratio - 1.0)).min(MOST) } else { 0.0 }
    };
    let sides = (0..N).flat_map(|i| [(i, 0), (i, 1)]).filter(|&(i, side)| !frame.real[i][side]);
    sides.map(share).fold(0.0, f64::max)
}

/// Decays of a law, and those of what lattices make of it.
type LevelsAndTraps = (Vec<Decay>, Vec<Decay>);

/// The first decays on one lattice, in the order of their rates, and apart from them those of traps that the lattice makes.
fn on<const N: usize>(
    setting: &Setting<'_, N>,
    lattice: &Lattice<N>,
    finest: &Snapshot<N>,
    lightest: f64,
) -> Option<LevelsAndTraps> {
    // The correction makes cells in far corners almost closed: slow modes where no mass is.
    let near = Some(finest);
    let snapshot = solve_on(setting.process, lattice, &setting.offsets, Scheme::Fitted, near, setting.memory).ok()?;
    let generator = snapshot.generator().ok()?;
    let shape = snapshot.lattice.shape();
    // With one variable nothing runs between nodes; on logarithmic axes levels of exponential tails have no mass either.
    let may_trap = N > 1 && (0..N).all(|i| setting.process.chart().axis(i).is_line());
    let slowest = |count: usize| {
        let decays = spectrum(&generator, &snapshot.log_mass, Layout::Lattice(&shape), count, accuracy(N)).ok()?;
        let level = |decay: &Decay| !may_trap || decay.share > TRAPPED.min(LIGHTER * lightest);
        Some(decays.into_iter().partition::<Vec<Decay>, _>(level))
    };
    let found = slowest(COUNT + MORE)?;
    // Traps may stand in front of all levels.
    let (mut levels, traps) = if found.0.is_empty() { slowest(2 * (COUNT + MORE))? } else { found };
    levels.sort_by(|a, b| a.rate.total_cmp(&b.rate).then(a.frequency.total_cmp(&b.frequency)));
    Some((levels, traps))
}
