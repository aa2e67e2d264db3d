//! From coarse lattices to fine ones, until the tolerance is reached.

use super::boxes::{Boxes, Trial};
use super::conduct::STAGES;
use super::extrapolate::{extrapolate, unexpanded};
use super::frame::Frame;
use super::ladder::Ladder;
use super::levels::{Reading, Setting, limits, spread_of};
use super::opinion::{self, joined};
use super::report::{Known, Numbers};
use super::second::{Basis, Second};
use super::snapshot::Snapshot;
use super::spacing::spacings;
use super::spectral::{OfBox, by_elements};
use super::survey::Surveyed;
use super::tails::Tails;
use super::{Request, Watch};
use crate::density::field::{Observable, Observed};
use crate::estimate::Estimate;
use crate::galerkin::GalerkinError;
use crate::record::SpectralCheck;
use crate::stationary::forecast_iteration;
use crate::study::StudyError;
use std::time::Instant;

/// Rounds of widening the box.
const WIDENINGS: usize = 6;
/// Part of the tolerance that the box may take.
const BOX_SHARE: f64 = 0.03;
/// What boxes leave of a power-law tail is an extrapolation: it counts this often (1 was short by up to 5 %).
const BOX_DOUBT: f64 = 1.5;
/// Time after which no finer grid is begun \[s\].
const PATIENCE: f64 = 5.0;
/// Resolutions after which a dear one is spared where Galerkin's method settles the law, and the operations of its eliminations
/// from which on it is dear (not its time: digits must not depend on what else a machine does).
const ENOUGH: usize = 4;
const DEAR: f64 = 2e10;
/// Errors of quantiles, relative to their spread and in tolerances, from which on Galerkin's method is asked as well.
const VAGUE: f64 = 10.0;
/// Resolutions that every bar needs, and the operations of the eliminations of one from which on no further one must be.
const LEAST: usize = 3;
const HEAVY: f64 = 1e12;
/// Resolutions in space where an expansion knows the law: they cannot add to its digits.
const ENOUGH_BESIDE: usize = 5;
/// Resolutions where the law has a corner, beside which only elements gain digits.
const ENOUGH_CORNERED: usize = 5;
/// Memory below which Galerkin's method is not asked \[bytes\].
pub(super) const SECOND_BYTES: u64 = 1 << 30;

/// A variance is known if its error is less than this part of it; then means and covariances have at least this part of the error
/// of a width.
const KNOWN: f64 = 0.01;
const PLACED: f64 = 0.1;

/// Where mass is, an edge that is this far from balance is not resolved: the expansion in the step, which the bars are made
/// with, does not hold there (w tanh(u x) on 64 to 192 cells: off by up to 3 bars), and they count this often.
pub(super) const SMEARED: f64 = 10.0;
pub(super) const DISTRUST: f64 = 4.0;
/// In space lattices are so coarse that the expansion sets in late (means and covariances of linear laws: off by up to 2.1 bars).
const COARSE: f64 = 3.0;

/// Whether the program chooses the resolutions.
pub(super) fn chosen(request: &Request) -> bool {
    request.grid.is_none() && request.levels.is_none()
}

/// Cells per axis of the lattices on which scheme and box are decided.
pub(super) fn pilot_cells(variables: usize) -> usize {
    match variables {
        1 => 512,
        2 => 64,
        _ => 20,
    }
}

/// What lattices that memory has room for can tell at best: a box need not be better.
fn least_error(variables: usize) -> f64 {
    if variables == 3 { 1e-6 } else { 0.0 }
}

/// Widens the box until its end does not matter, as long as that helps.
pub(super) fn settle_box<const N: usize>(
    setting: &Setting<'_, N>,
    surveyed: &Surveyed<N>,
    cells: [usize; N],
    tolerance: f64,
) -> Result<(Boxes<N>, Frame<N>), StudyError> {
    let mut frame = surveyed.frame;
    let mut trial = Trial::of(setting, &frame, cells, surveyed.overflow)?;
    let mut influence = trial.influence(setting.process);
    for _ in 0..WIDENINGS {
        if influence <= BOX_SHARE * tolerance.max(least_error(N)) {
            break;
        }
        let Ok(next) = Trial::of(setting, &trial.wider, cells, surveyed.overflow) else { break };
        let less = next.influence(setting.process);
        if less > 0.9 * influence {
            break;
        }
        (frame, trial, influence) = (trial.wider, next, less);
    }
    Ok((trial.read(setting, influence), frame))
}

/// The way up the ladder of resolutions.
pub(super) struct Climb<'a, const N: usize> {
    setting: &'a Setting<'a, N>,
    frame: Frame<N>,
    box_errors: Vec<f64>,
    box_influence: f64,
    box_reference: &'a Reading<N>,
    ladder: Ladder,
    own_chart: bool,
    /// Walls beyond which the coefficients are no numbers.
    fixed: [[bool; 2]; N],
    pub levels: Vec<usize>,
    pub readings: Vec<Reading<N>>,
    pub finest: Snapshot<N>,
    /// By the finite volumes alone.
    grid: Vec<Option<Estimate>>,
    /// By Galerkin's method, once it was asked.
    second: Option<Result<Second, GalerkinError>>,
    /// Whether it was asked because lattices alone do not do.
    asked: bool,
    /// By both.
    pub numbers: Vec<Option<Estimate>>,
    pub reached: f64,
    /// Relative errors of the masses, level by level.
    noise: Vec<f64>,
}

impl<'a, const N: usize> Climb<'a, N> {
    pub fn new(
        setting: &'a Setting<'a, N>,
        frame: Frame<N>,
        boxed: &'a Boxes<N>,
        request: &Request,
        surveyed: &Surveyed<N>,
        own_chart: bool,
        second: Option<Second>,
    ) -> Self {
        let cost = surveyed.costs.iter().copied().fold(0.0, f64::max);
        Self {
            setting,
            frame,
            box_errors: boxed.errors.clone(),
            box_influence: boxed.influence,
            box_reference: &boxed.reading,
            ladder: Ladder::new(N, cost, request.grid, request.levels),
            own_chart,
            fixed: surveyed.overflow,
            levels: Vec::new(),
            readings: Vec::new(),
            finest: boxed.snapshot.clone(),
            grid: Vec::new(),
            second: second.map(Ok),
            asked: false,
            numbers: Vec::new(),
            reached: f64::INFINITY,
            noise: Vec::new(),
        }
    }

    /// Solves finer and finer lattices until the tolerance is reached, or nothing is gained, or memory or time
    /// would run out.
    pub fn run(&mut self, request: &Request, started: Instant, watch: &Watch<'_>) -> Result<(), StudyError> {
        let memory = self.setting.memory;
        for (k, n) in self.ladder.cells.clone().into_iter().enumerate() {
            let ratio = if k == 0 { 1.0 } else { n as f64 / self.levels[k - 1] as f64 };
            let seconds = self.finest.effort.seconds * ratio.powi(3 * (N as i32 - 1).max(1));
            let bytes = self.finest.effort.peak_bytes as f64 * ratio.powi(if N == 3 { 4 } else { N as i32 }) * 1.15;
            if k > 0 && bytes > memory as f64 {
                // What elimination has no room for is iterated, if the grid was asked for.
                let nonzeros = self.finest.effort.nonzeros as f64 * ratio.powi(N as i32);
                let iterated = forecast_iteration(n.pow(N as u32), nonzeros as usize);
                if request.grid.is_none() {
                    break;
                } else if iterated > memory {
                    let fits = self.levels[k - 1];
                    return Err(StudyError::Memory { cells: n, needed: iterated, allowed: memory, fits });
                }
            }
            let flops = self.finest.effort.flops * ratio.powi(3);
            // What was asked for is solved, however long it takes.
            let flops = flops * self.finest.solves as f64;
            let known = N == 3 && self.expanded() && k >= ENOUGH_BESIDE;
            let cornered = self.cornered() && k >= ENOUGH_CORNERED && self.reached.is_finite();
            let spared = chosen(request) && (k >= LEAST && flops > HEAVY || known || cornered);
            let must = k < self.ladder.always && !spared;
            let dear = flops > DEAR;
            let spares = must && chosen(request) && k >= ENOUGH && dear;
            if !must && self.wants_second(request) || spares && self.may_ask() {
                self.ask(request, watch);
            }
            let answered = self.asked && matches!(self.second, Some(Ok(_)));
            let settled = chosen(request)
                && (answered || self.expanded() && k >= LEAST && dear)
                && self.reached <= request.tolerance;
            if settled
                || !must && (self.reached <= request.tolerance || started.elapsed().as_secs_f64() + seconds > PATIENCE)
            {
                break;
            }
            watch(&format!("{n} cells per axis"), 10 + 80 * k as u64 / self.ladder.always.max(k + 1) as u64, STAGES);
            self.step(n)?;
        }
        if self.wants_second(request) {
            self.ask(request, watch);
        }
        Ok(())
    }

    /// Whether a second discretisation is asked: to check the first, or for digits that this one has not reached.
    fn wants_second(&self, request: &Request) -> bool {
        let short = chosen(request) && (self.reached > request.tolerance || self.vague(request.tolerance));
        self.may_ask() && (request.verify || short)
    }

    /// Whether there is anything yet that a second discretisation could be held against, and none was asked.
    fn may_ask(&self) -> bool {
        N >= 2 && !self.asked && self.readings.len() > 1
    }

    /// Whether moments are known much better than quantiles: the grid is coarse where the law is dense.
    fn vague(&self, tolerance: f64) -> bool {
        let Some(last) = self.readings.last() else { return false };
        let errors: Vec<f64> = self.numbers.iter().map(|e| e.map_or(0.0, |e| e.error())).collect();
        let errors = last.with_numbers(&errors);
        let pairs = last.observed.variables.iter().zip(&errors.observed.variables);
        pairs.into_iter().any(|(law, error)| {
            let spread = spread_of(&law.quantiles).unwrap_or(law.variance.sqrt());
            error.quantiles.iter().any(|e| *e > VAGUE * tolerance * spread)
        })
    }

    /// Whether an expansion knows the law.
    fn expanded(&self) -> bool {
        matches!(&self.second, Some(Ok(second)) if matches!(second.basis, Basis::Hermite { .. }))
    }

    /// Asks elements, unless an expansion does as well.
    fn ask(&mut self, request: &Request, watch: &Watch<'_>) {
        self.asked = true;
        if !(self.expanded() && self.reached <= request.tolerance) {
            let elements = self.by_elements(request, watch);
            let (before, reached) = (std::mem::replace(&mut self.second, elements), self.reached);
            self.join();
            if before.as_ref().is_some_and(Result::is_ok) && self.reached >= reached {
                self.second = before;
            }
        }
        self.join();
    }

    fn by_elements(&self, request: &Request, watch: &Watch<'_>) -> Option<Result<Second, GalerkinError>> {
        let last = self.readings.last()?;
        watch("spectral elements", 88, STAGES);
        let elements = || {
            let spacings = spacings(self.setting.process, &self.finest, request);
            let doubt = self.lattice_doubt();
            let errors = self.of_box(last).into_iter().map(|error| doubt * error).collect();
            let of_box = OfBox { influence: self.box_influence, errors };
            by_elements(self.setting, &self.frame, last, &of_box, &spacings, &self.fixed, request.tolerance)
        };
        Some(self.affordable().and_then(|()| elements()))
    }

    fn affordable(&self) -> Result<(), GalerkinError> {
        let affordable = self.setting.memory >= SECOND_BYTES;
        affordable.then_some(()).ok_or(GalerkinError::Memory { needed: SECOND_BYTES })
    }

    /// Numbers by both discretisations.
    fn join(&mut self) {
        self.numbers = match &self.second {
            Some(Ok(second)) => {
                let apart = opinion::apart(&self.check(second, &[]).rows);
                joined(&self.grid, &opinion::lengthened(&second.numbers, apart), apart)
            }
            _ => self.grid.clone(),
        };
        self.reached = self.reached_by(&self.numbers);
    }

    fn check(&self, second: &Second, names: &[String]) -> SpectralCheck {
        let Some(last) = self.readings.last() else { return SpectralCheck::default() };
        let tails = Tails::of(self.setting.process, &self.frame);
        opinion::check([last, self.before()], &tails, &self.grid, second, names, self.own_chart)
    }

    /// Both discretisations side by side, if the second was asked.
    pub fn opinion(&self, names: &[String]) -> Option<SpectralCheck> {
        Some(match self.second.as_ref()? {
            Ok(second) => self.check(second, names),
            Err(why) => SpectralCheck {
                note: Some(format!("no second opinion by Galerkin's method: {why}")),
                ..SpectralCheck::default()
            },
        })
    }

    /// Decay rates by the second discretisation, if it has them.
    pub fn decays(&self) -> &[[Estimate; 2]] {
        match &self.second {
            Some(Ok(second)) if opinion::apart(&self.check(second, &[]).rows) <= opinion::APART => &second.decays,
            _ => &[],
        }
    }

    fn step(&mut self, n: usize) -> Result<(), StudyError> {
        self.finest = self.setting.solve(&self.frame.lattice([n; N]), Some(&self.finest))?;
        self.noise.push(self.finest.error);
        self.levels.push(n);
        self.readings.push(self.setting.read(&self.finest));
        if self.levels.len() > 1 {
            self.conclude();
        }
        Ok(())
    }

    /// Extrapolates what is there, and adds what the box does.
    fn conclude(&mut self) {
        let mut readings = self.readings.clone();
        let limit = if self.cornered() { unexpanded } else { extrapolate };
        self.grid = limits(&self.levels, &mut readings, &self.noise, limit);
        let last = &readings[readings.len() - 1];
        let of_box = self.of_box(last);
        for (number, error) in self.grid.iter_mut().zip(of_box) {
            if let Some(estimate) = number.as_mut().filter(|_| error.is_finite()) {
                estimate.budget.grid += error;
            }
        }
        for (number, error) in self.grid.iter_mut().zip(of_expressions(last, &last.observed.expression_ragged)) {
            if let Some(estimate) = number {
                estimate.budget.grid += error;
            }
        }
        let kinks = of_expressions(last, &last.observed.expression_kinks);
        for ((number, error), plain) in self.grid.iter_mut().zip(kinks).zip(last.numbers()) {
            if let Some(estimate) = number.as_mut().filter(|_| error > 0.0) {
                // What kinks do on coarse lattices an extrapolation would multiply.
                estimate.budget.grid += error + (estimate.value - plain).abs();
                estimate.value = plain;
            }
        }
        let errors: Vec<f64> = self.grid.iter().map(|n| n.as_ref().map_or(f64::NAN, |n| n.budget.grid)).collect();
        let least = least(last, &last.with_numbers(&errors), &self.setting.wanted.expressions);
        for (number, least) in self.grid.iter_mut().zip(least.numbers()) {
            if let Some(estimate) = number {
                estimate.budget.grid = estimate.budget.grid.max(least);
            }
        }
        let doubt = self.lattice_doubt();
        self.grid.iter_mut().flatten().for_each(|estimate| estimate.budget.grid *= doubt);
        self.join();
    }

    /// What the end of the box does to the numbers of a reading; not a number where a box does not reach.
    fn of_box(&self, reading: &Reading<N>) -> Vec<f64> {
        // The errors were found on another lattice: its wells may come in another order.
        let mut of_box = self.box_reference.with_numbers(&self.box_errors);
        of_box.observed = aligned(self.box_reference, &of_box, reading);
        of_box.numbers().into_iter().map(|error| BOX_DOUBT * error).collect()
    }

    /// How many times what lattices find counts.
    fn lattice_doubt(&self) -> f64 {
        let drop = self.finest.edges.max_residual_drop(&self.finest.log_mass);
        (if drop > SMEARED { DISTRUST } else { 1.0 }) * if N == 3 { COARSE } else { 1.0 }
    }

    /// Whether the law has a corner: errors next to it depend on where cells lie around it, and have no expansion in the step.
    fn cornered(&self) -> bool {
        self.setting.process.corner().is_some()
    }

    /// Largest relative error of means and variances among `numbers`.
    fn reached_by(&self, numbers: &[Option<Estimate>]) -> f64 {
        let Some(last) = self.readings.last() else { return f64::INFINITY };
        let tails = Tails::of(self.setting.process, &self.frame);
        let known = Known::of(last, numbers);
        Numbers { known: &known, ends: last, before: self.before(), tails: &tails, own_chart: true }.reached()
    }

    /// The reading of the lattice before the finest.
    fn before(&self) -> &Reading<N> {
        &self.readings[self.readings.len().saturating_sub(2)]
    }
}

/// What a mean and a covariance may be off by at least where variances are off by so much: a law that is too wide by some part
/// of its width is hardly better placed, though a mean that is zero by a symmetry of law and grid shows nothing of it; and densities
/// likewise.
fn least<const N: usize>(reading: &Reading<N>, errors: &Reading<N>, expressions: &[&dyn Observable]) -> Reading<N> {
    let mut least = reading.with_numbers(&vec![0.0; reading.numbers().len()]);
    let (o, e) = (&reading.observed, &errors.observed);
    // Part of the width, where the variance is known at all.
    let width = |variance: f64, error: f64| {
        let known = error < KNOWN * variance;
        if known { PLACED * 0.5 * error / variance.sqrt() } else { 0.0 }
    };
    let all = [(&o.covariance, &e.covariance), (&o.chart_covariance, &e.chart_covariance)];
    let widths = all.map(|(of, by)| -> [f64; N] { std::array::from_fn(|i| width(of[i][i], by[i][i])) });
    let spreads = all.map(|(of, _)| -> [f64; N] { std::array::from_fn(|i| of[i][i].max(0.0).sqrt()) });
    let target = &mut least.observed;
    // A density is as much too low in the middle as it is too wide.
    let wider = |i: usize| e.chart_covariance[i][i] / o.chart_covariance[i][i];
    let broader = |i: usize| e.covariance[i][i] / o.covariance[i][i];
    let lower = (0..N).map(wider).filter(|part| *part < KNOWN).sum::<f64>();
    target.points.fill(PLACED * lower);
    (target.mean, target.chart_mean) = (widths[0], widths[1]);
    for (k, law) in o.laws.iter().enumerate() {
        // Squares are off like variances; their own variance hangs on tails that they do not see.
        let square = expressions.get(k).is_some_and(|expression| expression.polynomial() == Some(2));
        let width = match square {
            true => PLACED * (0..N).map(broader).fold(0.0, f64::max) * o.expression_sizes[k],
            false => width(law.variance, e.laws[k].variance),
        };
        (target.expressions[k], target.laws[k].mean) = (width, width);
    }
    for (k, covariance) in [&mut target.covariance, &mut target.chart_covariance].into_iter().enumerate() {
        for i in 0..N {
            for j in (0..N).filter(|&j| j != i) {
                covariance[i][j] = 0.5 * (widths[k][i] * spreads[k][j] + widths[k][j] * spreads[k][i]);
            }
        }
    }
    least
}

/// Errors of the means and variances of expressions, laid out as all numbers.
fn of_expressions<const N: usize>(reading: &Reading<N>, each: &[[f64; 2]]) -> Vec<f64> {
    let mut errors = reading.with_numbers(&vec![0.0; reading.numbers().len()]);
    let observed = &mut errors.observed;
    for (k, [mean, variance]) in each.iter().enumerate() {
        observed.expressions[k] = *mean;
        (observed.laws[k].mean, observed.laws[k].variance) = (*mean, *variance);
    }
    errors.numbers()
}

/// The errors `of_box`, laid out as `reference`, with the wells in the order of `last`.
fn aligned<const N: usize>(reference: &Reading<N>, of_box: &Reading<N>, last: &Reading<N>) -> Observed<N> {
    let mut wells = Vec::with_capacity(last.observed.wells.len());
    for wanted in &last.observed.wells {
        let distance = |k: usize| -> f64 {
            let mode = reference.observed.wells[k].mode;
            (0..N).map(|i| (mode[i] - wanted.mode[i]).powi(2)).sum()
        };
        let nearest = (0..reference.observed.wells.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
        wells.push(nearest.map_or_else(|| wanted.clone(), |k| of_box.observed.wells[k].clone()));
    }
    let mut observed = of_box.observed.clone();
    observed.wells = wells;
    observed
}
