//! The course of a solve: survey, pilot, boxes, resolutions, numbers.

use super::boxes::{Boxes, boxes};
use super::decays::decays;
use super::frame::Frame;
use super::ladder::Ladder;
use super::levels::{Reading, Setting, limits};
use super::memory::allowed;
use super::report::Numbers;
use super::snapshot::{Snapshot, solve_on};
use super::survey::{Surveyed, survey};
use super::profile::log_marginal;
use super::table::{SPREAD, abscissae, field_table};
use super::tails::{Tails, refuse_runaway};
use super::{Equation, Request, Watch};
use crate::density::field::{Field, Observable, Wanted};
use crate::estimate::{Estimate, Quantity};
use crate::process::Process;
use crate::record::{FieldSolution, FieldSolver, LawKind, Provenance};
use crate::study::StudyError;
use std::time::Instant;

/// Rounds of widening the box.
const WIDENINGS: usize = 6;
/// Part of the tolerance that the box may take.
const BOX_SHARE: f64 = 0.03;
/// Time after which no finer grid is begun \[s\].
const PATIENCE: f64 = 60.0;
/// Steps announced to the watcher.
const STAGES: u64 = 100;

/// Solves an equation of N variables.
pub(super) fn conduct<const N: usize>(
    process: &dyn Process<N>,
    equation: &Equation<'_>,
    request: &Request,
    watch: &Watch<'_>,
) -> Result<FieldSolution, StudyError> {
    let started = Instant::now();
    watch("looking for the box", 0, STAGES);
    let places: Vec<Option<[f64; N]>> = request
        .points
        .iter()
        .map(|p| <[f64; N]>::try_from(p.as_slice()).ok().and_then(|v| process.to_chart(&v)))
        .collect();
    let start: [f64; N] = std::array::from_fn(|i| equation.start.get(i).copied().unwrap_or(0.0));
    let surveyed = survey(process, start, &|nodes| log_weights(process, request, nodes))?;
    let pilot_cells = [pilot_cells(N); N];
    let pilot = solve_on(process, &surveyed.frame.lattice(pilot_cells))?;
    for i in 0..N {
        let field = Field { lattice: &pilot.lattice, process, log_mass: &pilot.log_mass };
        let ends = field.observe(&Wanted::default()).density_ends[i];
        let marginal = log_marginal(&pilot.lattice, &pilot.log_mass, i);
        let names = (equation.variables.as_slice(), equation.chart_names.as_slice());
        refuse_runaway(process, &surveyed.frame, names, i, &marginal, &ends)?;
    }
    let (wanted, at) = wanted(process, request, &pilot, &places);
    let setting = Setting { process, wanted };
    watch("trying boxes", 5, STAGES);
    let (boxed, frame) = settle_box(&setting, &surveyed, pilot_cells, request.tolerance)?;
    let mut climb = Climb::new(&setting, frame, &boxed, request, &surveyed);
    climb.run(request, started, watch)?;
    let Climb { levels, finest, readings, numbers, reached, .. } = climb;
    let last = &readings[readings.len() - 1];
    let (values, grid, rounding) = (
        last.with_numbers(&pick(&numbers, |e| e.value)),
        last.with_numbers(&pick(&numbers, |e| e.budget.grid)),
        last.with_numbers(&pick(&numbers, |e| e.budget.rounding)),
    );
    let tails = Tails::of(process, &frame);
    let report = Numbers { values: &values, grid: &grid, rounding: &rounding, ends: last, tails: &tails };
    let (mean, covariance) = report.moments();
    let solver = FieldSolver {
        method: if N == 1 { "chain" } else { "gth" }.to_owned(),
        scheme: "fitted".to_owned(),
        chart: super::report::charts(process, &equation.chart_names, &frame),
        levels: levels.iter().map(|&n| vec![n; N]).collect(),
        chart_box: frame.reach().to_vec(),
        mass_at_walls: last.observed.wall_mass.to_vec(),
        nonzeros: finest.effort.nonzeros,
        front: finest.effort.front,
        flops: finest.effort.flops,
        peak_bytes: finest.effort.peak_bytes,
        residual: finest.residual,
        tolerance: request.tolerance,
        reached,
        converged: reached <= request.tolerance,
        seconds: started.elapsed().as_secs_f64(),
    };
    watch("decay rates", 95, STAGES);
    let decays = decays(process, &frame);
    let drop = finest.edges.max_residual_drop(&finest.log_mass);
    let solution = FieldSolution {
        stillpoint: env!("CARGO_PKG_VERSION").to_owned(),
        title: request.title.clone(),
        law: LawKind::Density,
        variables: equation.variables.clone(),
        mean,
        covariance,
        chart: report.chart(equation.chart_names.clone()),
        points: report.points(process, &request.points, &places),
        expressions: report.expressions(request),
        marginals: report.marginals(process, request, &equation.variables, &at),
        wells: report.wells(),
        spectral_gap: decays.gap,
        eigenvalues: decays.eigenvalues,
        relaxation_time: decays.relaxation_time,
        entropy_production: report.entropy_production(),
        max_residual_drop: drop,
        lyapunov: Vec::new(),
        identities: Vec::new(),
        warnings: super::report::warnings(&solver, drop, &surveyed),
        field: field_table(process, &finest),
        solver,
        provenance: Provenance::default(),
    };
    watch("done", STAGES, STAGES);
    Ok(solution)
}

fn pick(numbers: &[Option<Estimate>], part: impl Fn(&Estimate) -> f64) -> Vec<f64> {
    numbers.iter().map(|n| n.as_ref().map_or(f64::NAN, &part)).collect()
}

/// Cells per axis of the lattices on which scheme and box are decided.
fn pilot_cells(variables: usize) -> usize {
    match variables {
        1 => 512,
        2 => 64,
        _ => 20,
    }
}

/// ln of the largest of 1, v_i^2, z_i^2 and of the expressions, at every node.
fn log_weights<const N: usize>(process: &dyn Process<N>, request: &Request, nodes: &[[f64; N]]) -> Vec<f64> {
    let physical: Vec<[f64; N]> = nodes.iter().map(|z| process.to_physical(z)).collect();
    let squares = |x: &[f64; N]| x.iter().map(|v: &f64| 2.0 * v.abs().ln()).fold(0.0, f64::max);
    let mut weights: Vec<f64> = nodes.iter().zip(&physical).map(|(z, v)| squares(z).max(squares(v))).collect();
    if !request.expressions.is_empty() {
        let lists: Vec<Vec<f64>> = (0..N).map(|i| physical.iter().map(|v| v[i]).collect()).collect();
        let lists: Vec<&[f64]> = lists.iter().map(Vec::as_slice).collect();
        let mut values = vec![0.0; nodes.len()];
        for formula in &request.expressions {
            Observable::values(formula, &lists, &mut values);
            for (weight, value) in weights.iter_mut().zip(&values) {
                let log = value.abs().ln();
                if log.is_finite() {
                    *weight = weight.max(log);
                }
            }
        }
    }
    weights
}

/// What to read off every lattice, and where marginal densities are tabulated.
fn wanted<'a, const N: usize>(
    process: &dyn Process<N>,
    request: &'a Request,
    pilot: &Snapshot<N>,
    places: &[Option<[f64; N]>],
) -> (Wanted<'a, N>, [Vec<Vec<f64>>; 2]) {
    let expressions: Vec<&dyn Observable> = request.expressions.iter().map(|f| f as &dyn Observable).collect();
    let spread = Wanted { quantiles: SPREAD.to_vec(), expressions: expressions.clone(), ..Wanted::default() };
    let field = Field { lattice: &pilot.lattice, process, log_mass: &pilot.log_mass };
    let seen = field.observe(&spread);
    let variable_at: Vec<Vec<f64>> = seen.variables.iter().map(abscissae).collect();
    let expression_at: Vec<Vec<f64>> = seen.laws.iter().map(abscissae).collect();
    let wanted = Wanted {
        points: places.iter().flatten().copied().collect(),
        quantiles: request.quantiles.clone(),
        expressions,
        variable_at: variable_at.clone(),
        expression_at: expression_at.clone(),
        wells: true,
    };
    (wanted, [variable_at, expression_at])
}

/// Widens the box until its end does not matter, as long as that helps.
fn settle_box<const N: usize>(
    setting: &Setting<'_, N>,
    surveyed: &Surveyed<N>,
    cells: [usize; N],
    tolerance: f64,
) -> Result<(Boxes<N>, Frame<N>), StudyError> {
    let mut frame = surveyed.frame;
    let mut boxed = boxes(setting, &frame, cells, surveyed.overflow)?;
    for _ in 0..WIDENINGS {
        if boxed.influence() <= BOX_SHARE * tolerance {
            break;
        }
        let wider = boxed.wider;
        let Ok(next) = boxes(setting, &wider, cells, surveyed.overflow) else { break };
        if next.influence() > 0.9 * boxed.influence() {
            break;
        }
        (frame, boxed) = (wider, next);
    }
    Ok((boxed, frame))
}

/// The way up the ladder of resolutions.
struct Climb<'a, const N: usize> {
    setting: &'a Setting<'a, N>,
    frame: Frame<N>,
    box_errors: Vec<f64>,
    box_reference: &'a Reading<N>,
    ladder: Ladder,
    levels: Vec<usize>,
    readings: Vec<Reading<N>>,
    finest: Snapshot<N>,
    numbers: Vec<Option<Estimate>>,
    reached: f64,
}

impl<'a, const N: usize> Climb<'a, N> {
    fn new(
        setting: &'a Setting<'a, N>,
        frame: Frame<N>,
        boxed: &'a Boxes<N>,
        request: &Request,
        surveyed: &Surveyed<N>,
    ) -> Self {
        let cost = surveyed.costs.iter().copied().fold(0.0, f64::max);
        Self {
            setting,
            frame,
            box_errors: boxed.errors.clone(),
            box_reference: &boxed.reading,
            ladder: Ladder::new(N, cost, request.grid, request.levels),
            levels: Vec::new(),
            readings: Vec::new(),
            finest: boxed.snapshot.clone(),
            numbers: Vec::new(),
            reached: f64::INFINITY,
        }
    }

    /// Solves finer and finer lattices until the tolerance is reached, or nothing is gained, or memory or time
    /// would run out.
    fn run(&mut self, request: &Request, started: Instant, watch: &Watch<'_>) -> Result<(), StudyError> {
        let memory = allowed(request.memory);
        for (k, n) in self.ladder.cells.clone().into_iter().enumerate() {
            let must = k < self.ladder.always;
            let ratio = if k == 0 { 1.0 } else { n as f64 / self.levels[k - 1] as f64 };
            let seconds = self.finest.effort.seconds * ratio.powi(3 * (N as i32 - 1).max(1));
            let bytes = self.finest.effort.peak_bytes as f64 * ratio.powi(if N == 3 { 4 } else { N as i32 }) * 1.15;
            if k > 0 && bytes > memory as f64 {
                if request.grid.is_some() {
                    let fits = self.levels[k - 1];
                    return Err(StudyError::Memory { cells: n, needed: bytes as u64, allowed: memory, fits });
                }
                break;
            }
            if !must && (self.reached <= request.tolerance || started.elapsed().as_secs_f64() + seconds > PATIENCE) {
                break;
            }
            watch(&format!("{n} cells per axis"), 10 + 80 * k as u64 / self.ladder.always.max(k + 1) as u64, STAGES);
            self.step(n)?;
        }
        Ok(())
    }

    fn step(&mut self, n: usize) -> Result<(), StudyError> {
        self.finest = solve_on(self.setting.process, &self.frame.lattice([n; N]))?;
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
        self.numbers = limits(&self.levels, &mut readings);
        let last = &readings[readings.len() - 1];
        // The errors of the box were found on another lattice: its wells may come in another order.
        let mut of_box = self.box_reference.with_numbers(&self.box_errors);
        of_box.observed = aligned(self.box_reference, &of_box, last);
        for (number, error) in self.numbers.iter_mut().zip(of_box.numbers()) {
            if let Some(estimate) = number {
                estimate.budget.grid += if error.is_finite() { error } else { 0.0 };
            }
        }
        let zero = vec![0.0; self.numbers.len()];
        let (values, grid, rounding) = (
            last.with_numbers(&pick(&self.numbers, |e| e.value)),
            last.with_numbers(&pick(&self.numbers, |e| e.budget.grid)),
            last.with_numbers(&zero),
        );
        let tails = Tails::of(self.setting.process, &self.frame);
        self.reached = Numbers { values: &values, grid: &grid, rounding: &rounding, ends: last, tails: &tails }.reached();
    }
}

/// The errors `of_box`, laid out as `reference`, with the wells in the order of `last`.
fn aligned<const N: usize>(
    reference: &Reading<N>,
    of_box: &Reading<N>,
    last: &Reading<N>,
) -> crate::density::field::Observed<N> {
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
