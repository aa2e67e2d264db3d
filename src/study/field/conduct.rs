//! The course of a solve: survey, pilot, boxes, resolutions, numbers.

use super::climb::{Climb, SECOND_BYTES, chosen, pilot_cells, settle_box};
use super::decays::{COUNT, Decays, decays};
use super::expansion::{applies, by_expansion};
use super::frame::Frame;
use super::levels::{Reading, Setting};
use super::memory::allowed;
use super::offsets::Offsets;
use super::profile::log_marginal;
use super::relaxation::by_elements;
use super::report::{Known, Numbers};
use super::second::Second;
use super::snapshot::{Scheme, Snapshot, solve_on};
use super::survey::{Surveyed, survey};
use super::table::{SPREAD, abscissae, field_table, turned_table};
use super::tails::{Tails, refuse_runaway};
use super::{Equation, Request, Watch};
use crate::density::field::{End, Field, Observable, Wanted};
use crate::process::{Affine, Process};
use crate::record::{FieldSolution, FieldSolver, LawKind, Provenance};
use crate::study::StudyError;
use std::time::Instant;

/// Steps announced to the watcher.
pub(super) const STAGES: u64 = 100;

/// Solves an equation of N variables; the finest lattice is returned beside its numbers.
pub(super) fn conduct<const N: usize>(
    process: &dyn Process<N>,
    turned: Option<&Affine<'_, N>>,
    start: [f64; N],
    equation: &Equation<'_>,
    request: &Request,
    watch: &Watch<'_>,
) -> Result<(FieldSolution, Snapshot<N>), StudyError> {
    let started = Instant::now();
    watch("looking for the box", 0, STAGES);
    let places: Vec<Option<[f64; N]>> = request
        .points
        .iter()
        .map(|p| <[f64; N]>::try_from(p.as_slice()).ok().and_then(|v| process.to_chart(&v)))
        .collect();
    // Turned coordinates were chosen for a strong current or correlation.
    let scheme = if turned.is_some() || process.driven() { Scheme::settled(N) } else { Scheme::Fitted };
    let surveyed = survey(process, start, &|nodes| log_weights(process, request, nodes), scheme)?;
    let scheme = surveyed.scheme;
    let pilot_cells = [pilot_on(N, surveyed.finer, request.grid); N];
    let endless = surveyed.endless.map(|i| {
        let name = equation.chart_names.get(i).cloned().unwrap_or_default();
        StudyError::Endless { name, alone: N == 1 }
    });
    let lattice = surveyed.frame.lattice(pilot_cells);
    let pilot = solve_on(process, &lattice, &Offsets::ROUGH, scheme.rough(), None, u64::MAX);
    let pilot = pilot.map_err(|error| endless.clone().unwrap_or(error))?;
    let field = Field { lattice: &pilot.lattice, process, log_mass: &pilot.log_mass };
    refuse(process, equation, &surveyed.frame, &pilot, &field.observe(&Wanted::default()).density_ends)?;
    if let Some(endless) = endless {
        return Err(endless);
    }
    let (wanted, at) = wanted(process, request, &pilot, &places);
    let setting = Setting {
        process,
        wanted,
        offsets: offsets(process, request, &pilot),
        identities: &equation.identities,
        scheme,
        memory: allowed(request.memory),
    };
    watch("trying boxes", 5, STAGES);
    let (boxed, frame) = settle_box(&setting, &surveyed, pilot_cells, request.tolerance)?;
    let second = expanded(&setting, &boxed.reading, &surveyed, request, watch);
    let known = second.is_some() && chosen(request);
    let scheme = if known { scheme.loose(request.tolerance, N) } else { scheme };
    let setting = Setting { scheme, ..setting };
    let mut climb = Climb::new(&setting, frame, &boxed, request, &surveyed, turned.is_none(), second);
    climb.run(request, started, watch)?;
    let spectral = climb.opinion(&equation.chart_names);
    let second_decays = climb.decays().to_vec();
    let Climb { levels, finest, readings, numbers, reached, .. } = climb;
    let (last, before) = (&readings[readings.len() - 1], &readings[readings.len().saturating_sub(2)]);
    // On lattices coarser than the one that showed the law it may run anywhere.
    if levels.last() >= pilot_cells.first() {
        refuse(process, equation, &frame, &finest, &last.observed.density_ends)?;
    }
    let tails = Tails::of(process, &frame);
    let known = Known::of(last, &numbers);
    let report = Numbers { known: &known, ends: last, before, tails: &tails, own_chart: turned.is_none() };
    let (mean, covariance) = report.moments();
    let (wells, doubtful_wells) = report.wells(process);
    let solver = FieldSolver {
        method: if N == 1 { "chain" } else { finest.method.name() }.to_owned(),
        scheme: scheme.name().to_owned(),
        chart: super::words::charts(process, turned, &equation.chart_names, &frame),
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
    let decays = if request.decays {
        let elements = || by_elements(&setting, &frame, &finest, request, &surveyed.overflow, COUNT);
        decays(&setting, &frame, &finest, &second_decays, elements, lightest(last))
    } else {
        Decays::none()
    };
    let drop = finest.edges.max_residual_drop(&finest.log_mass);
    let mut warnings =
        super::words::warnings(&solver, drop, decays.missed, &surveyed, doubtful_wells, spectral.as_ref());
    warnings.extend(super::words::poles(request, &last.observed.expression_poles));
    let solution = FieldSolution {
        stillpoint: env!("CARGO_PKG_VERSION").to_owned(),
        title: request.title.clone(),
        law: LawKind::Density,
        variables: equation.variables.clone(),
        mean,
        covariance,
        chart: report.chart(equation.chart_names.clone()),
        points: report.points(process, turned, &request.points, &places),
        expressions: report.expressions(request),
        marginals: report.marginals(process, request, &equation.variables, &at),
        wells,
        doubtful_wells,
        spectral_gap: decays.gap,
        eigenvalues: decays.eigenvalues,
        relaxation_time: decays.relaxation_time,
        entropy_production: report.entropy_production(),
        max_residual_drop: drop,
        lyapunov: Vec::new(),
        identities: report.identities(&equation.identities),
        warnings,
        spectral,
        field: match turned {
            Some(turned) => turned_table(turned, &frame, &finest),
            None => field_table(process, &finest),
        },
        solver,
        provenance: Provenance::default(),
    };
    watch("done", STAGES, STAGES);
    Ok((solution, finest))
}

/// The mass of the lightest well, 1 if there is one only; nothing where a weight is not known.
fn lightest<const N: usize>(reading: &Reading<N>) -> f64 {
    let wells = &reading.observed.wells;
    let weight = |log: f64| if log.is_nan() { 0.0 } else { log.exp() };
    let lightest = wells.iter().map(|well| weight(well.log_weight)).fold(1.0 - f64::EPSILON, f64::min);
    if wells.len() < 2 { 1.0 } else { lightest }
}

/// The law by an expansion, where it lives on the whole space and that converges. Whether or not its digits are needed it has decay
/// rates, and is another opinion.
fn expanded<const N: usize>(
    setting: &Setting<'_, N>,
    like: &Reading<N>,
    surveyed: &Surveyed<N>,
    request: &Request,
    watch: &Watch<'_>,
) -> Option<Second> {
    if !applies(setting.process) || !(request.verify || chosen(request)) || setting.memory < SECOND_BYTES {
        return None;
    }
    watch("expansion", 8, STAGES);
    let moments = surveyed.moments.unwrap_or((like.observed.chart_mean, like.observed.chart_covariance));
    by_expansion(setting, like, moments, request.tolerance, request.decays).ok()
}

/// Cells per axis of the lattices on which scheme and box are decided: `finer` ones where coarse lattices do not show the law,
/// but hardly more than were asked for.
fn pilot_on(variables: usize, finer: f64, grid: Option<usize>) -> usize {
    let usual = pilot_cells(variables);
    let fine = (usual as f64 * finer) as usize;
    fine.min(grid.unwrap_or(fine).max(usual))
}

/// Refuses a law whose mass runs to an end of the box.
fn refuse<const N: usize>(
    process: &dyn Process<N>,
    equation: &Equation<'_>,
    frame: &Frame<N>,
    snapshot: &Snapshot<N>,
    ends: &[[End; 2]; N],
) -> Result<(), StudyError> {
    let names = (equation.variables.as_slice(), equation.chart_names.as_slice());
    (0..N).try_for_each(|i| {
        let marginal = log_marginal(&snapshot.lattice, &snapshot.log_mass, i);
        refuse_runaway(process, frame, names, i, &marginal, &ends[i])
    })
}

/// Long edges where mass is that counts at the tolerance asked for.
pub(super) fn offsets<const N: usize>(process: &dyn Process<N>, request: &Request, pilot: &Snapshot<N>) -> Offsets<N> {
    let nodes: Vec<[f64; N]> =
        (0..pilot.lattice.cells()).map(|c| pilot.lattice.node(&pilot.lattice.index(c))).collect();
    // What every cell may contribute, were all of them at the limit.
    let depth = (pilot.lattice.cells() as f64 / request.tolerance.clamp(1e-12, 1e-3)).ln();
    Offsets::of(pilot, &log_weights(process, request, &nodes), [depth + 10.0, depth])
}

/// ln of the largest of 1, v_i^2, z_i^2 and of the expressions, at every node.
pub(super) fn log_weights<const N: usize>(process: &dyn Process<N>, request: &Request, nodes: &[[f64; N]]) -> Vec<f64> {
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
    let variable_at: Vec<Vec<f64>> = seen.variables.iter().map(|law| abscissae(law, N)).collect();
    let expression_at: Vec<Vec<f64>> = seen.laws.iter().map(|law| abscissae(law, N)).collect();
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
