//! From a problem to its law.

use super::observe::{Observations, Report};
use super::{FinestChain, Landscape, Level, Levels, Problem, Region, StudyError, formula, noiseless, point};
use crate::density::Line;
use crate::model::Diagonal;
use crate::process::Coordinate;
use crate::record::{Curve, LawKind, Provenance, Solution, SolverReport};
use std::time::Instant;

/// Halvings of the first grid after which no finer one is tried.
const FINEST: usize = 4;
/// Cells after which no finer grid is tried.
const MOST: usize = 20_000;
/// Points of the reported curve per cell of the grid.
const OUTLINE: usize = 8;

/// What makes a curve from the law on two grids, the finer first.
pub(super) type Look<'a> = dyn FnMut(&Level<'_>, &Level<'_>) -> Result<Curve, StudyError> + 'a;

/// Solves a problem, with the density on the grid for files and pictures, and sets it beside its formula.
///
/// # Errors
/// See [`StudyError`].
pub fn solve(problem: &Problem) -> Result<Solution, StudyError> {
    let mut solution = law_seen(problem, &mut |fine, coarse| outline(&fine.line, &coarse.line))?;
    formula::compare(problem, &mut solution);
    Ok(solution)
}

/// [`solve`], with the chain of the finest grid; a point mass has none.
///
/// # Errors
/// See [`StudyError`].
pub fn solve_with_chain(problem: &Problem) -> Result<(Solution, Option<FinestChain>), StudyError> {
    let mut chain = None;
    let mut solution = law_seen(problem, &mut |fine, coarse| {
        let (generator, log_mass) = (fine.generator.clone(), fine.log_mass.clone());
        chain = Some(FinestChain { generator, log_mass, shape: vec![fine.cells] });
        outline(&fine.line, &coarse.line)
    })?;
    formula::compare(problem, &mut solution);
    Ok((solution, chain))
}

/// Solves a problem for its numbers alone.
///
/// # Errors
/// See [`StudyError`].
pub fn law(problem: &Problem) -> Result<Solution, StudyError> {
    law_seen(problem, &mut |_, _| Ok(Curve::default()))
}

/// Solves a problem; `look` makes the reported curve from the law on the finest grid and the one before.
pub(super) fn law_seen(problem: &Problem, look: &mut Look<'_>) -> Result<Solution, StudyError> {
    let start = Instant::now();
    let finish = |mut solution: Solution| {
        solution.solver.seconds = start.elapsed().as_secs_f64();
        solution.solver.tolerance = problem.tolerance;
        solution
    };
    if problem.model.moments.noiseless() {
        let (v, laws) = noiseless::fixed_points(problem)?;
        let reason = "no noise: x^2 and xy are the same for every sample, so training flows to a fixed point".into();
        return Ok(finish(point::point_mass(problem, v, reason, laws, exact_report("fixed point of the drift"))));
    }
    let landscape = Landscape::of(&problem.model, problem.branch)?;
    match landscape.density() {
        Some(region) => density(problem, &landscape, region, look).map(finish),
        None => {
            let v = landscape.collapse()?;
            let reason = collapse_reason(problem, &landscape, v);
            let mut report = exact_report("ends of the chart");
            report.end_slopes = landscape.here[0].ends.map(|end| end.slope);
            Ok(finish(point::point_mass(problem, v, reason, landscape.invariant_laws(Some(v)), report)))
        }
    }
}

fn density(
    problem: &Problem,
    landscape: &Landscape,
    region: &Region,
    look: &mut Look<'_>,
) -> Result<Solution, StudyError> {
    let levels = Levels::survey(region, problem.tolerance, &problem.moments)?;
    let mut coarse = levels.solve(0)?;
    let mut coarse_seen = Observations::of(&coarse.line, problem)?;
    let mut cells = vec![coarse.cells];
    let mut level = 1;
    let (fine, report) = loop {
        let fine = levels.solve(level)?;
        let seen = Observations::of(&fine.line, problem)?;
        cells.push(fine.cells);
        let report = Report::of(problem, &fine.line, &coarse.line, &seen, &coarse_seen);
        if report.reducible <= 0.5 * problem.tolerance || level == FINEST || fine.cells > MOST {
            break (fine, report);
        }
        (coarse, coarse_seen, level) = (fine, seen, level + 1);
    };
    let solver = solver_report(problem, region, &fine, cells, report.reached);
    Ok(Solution {
        stillpoint: env!("CARGO_PKG_VERSION").into(),
        title: problem.title.clone(),
        law: LawKind::Density,
        point: None,
        reason: None,
        support: region.piece.coordinate.support().map(|v| v.is_finite().then_some(v)),
        mean: report.mean,
        variance: report.variance,
        mode: report.mode,
        moments: report.moments,
        quantiles: report.quantiles,
        points: report.points,
        tail_exponent: report.tail_exponent,
        invariant_laws: landscape.invariant_laws(None),
        solver,
        comparison: None,
        curve: look(&fine, &coarse)?,
        provenance: Provenance::default(),
    })
}

fn solver_report(
    problem: &Problem,
    region: &Region,
    fine: &Level<'_>,
    levels: Vec<usize>,
    reached: f64,
) -> SolverReport {
    SolverReport {
        method: "chain".into(),
        chart: chart_name(&region.piece.coordinate),
        cells: fine.cells,
        levels,
        chart_box: fine.line.chart_box(),
        mass_beyond: fine.line.log_mass_beyond().map(f64::exp),
        end_slopes: region.ends.map(|end| end.slope),
        residual: fine.residual,
        tolerance: problem.tolerance,
        reached,
        converged: reached <= problem.tolerance,
        seconds: 0.0,
    }
}

fn exact_report(method: &str) -> SolverReport {
    SolverReport { method: method.into(), chart: "none".into(), converged: true, ..SolverReport::default() }
}

/// The map from the chart to v, for a reader.
fn chart_name(coordinate: &Coordinate) -> String {
    match *coordinate {
        Coordinate::Exponential { origin: 0.0, sign, scale } => format!("v = {} exp(z)", sign * scale),
        Coordinate::Exponential { origin, sign, scale } => {
            format!("v = {origin} {} {scale} exp(z)", if sign > 0.0 { '+' } else { '-' })
        }
        Coordinate::Logistic { length } => format!("v = {length} / (1 + exp(-z))"),
        Coordinate::Hyperbolic { centre, scale } => format!("v = {centre} + {scale} sinh(z)"),
        Coordinate::Identity { .. } => "v = z".into(),
        Coordinate::Interval { lower, upper } => format!("v = {lower} + {} / (1 + exp(-z))", upper - lower),
        Coordinate::Segment { face, wall } => format!("v = {face} + {} exp(z)", wall - face),
    }
}

fn outline(line: &Line<'_>, coarse: &Line<'_>) -> Result<Curve, StudyError> {
    let mut z = line.outline(OUTLINE);
    let coordinate = *line.coordinate();
    if !coordinate.increasing() {
        z.reverse();
    }
    let mut curve = Curve::default();
    for &z in &z {
        let (chart_density, rounding) = line.chart_log_density(z)?;
        let grid = (chart_density - coarse.chart_log_density(z)?.0).abs();
        let [below, above] = line.log_masses_at(z)?;
        let (cdf, sf) = if coordinate.increasing() { (below, above) } else { (above, below) };
        curve.v.push(coordinate.to_physical(z));
        curve.log_density.push(chart_density - coordinate.log_jacobian(z));
        curve.log_density_error.push(grid + rounding.total());
        curve.cdf.push(cdf.0.exp());
        curve.sf.push(sf.0.exp());
    }
    curve.z = z;
    [curve.cell_z, curve.cell_log_density] = line.table();
    Ok(curve)
}

/// Why all mass goes to `v`: the measurement first, then what in the model makes it so.
fn collapse_reason(problem: &Problem, landscape: &Landscape, v: f64) -> String {
    let model = &problem.model;
    let pull = problem.branch.sign() * model.moments.beta2();
    if v != 0.0 {
        return format!(
            "drift and noise vanish together at v = {v} (targets exactly y = k x), and it attracts: no density is normalisable there"
        );
    }
    let measured = match landscape.slope_towards(0.0) {
        Some(slope) if slope.is_finite() && slope.abs() < 1e6 => {
            format!(
                "all mass runs to v = 0: towards it a density would grow like |v|^{slope:.6}, too fast to be normalised"
            )
        }
        _ => "all mass runs to v = 0: towards it a density would grow faster than any power of 1/|v|".into(),
    };
    format!("{measured}; {}", cause(model, pull))
}

/// What makes v = 0 attract, for a reader; the decision itself is made by measurement.
fn cause(model: &Diagonal, pull: f64) -> String {
    let t = model.temperature;
    if pull == 0.0 {
        "beta2 = 0: inputs and targets are uncorrelated, so nothing pushes v away from 0".into()
    } else if pull < 0.0 {
        "wrong sign: on this branch the gradient itself pushes v towards 0".into()
    } else if model.depth >= 2 && model.weight_decay > 0.0 {
        "weight decay: with two or more hidden layers it outweighs the gradient near 0 at every temperature".into()
    } else if model.weight_decay >= pull {
        format!("weight decay {} is at least as strong as the pull |beta2| = {pull} of the data", model.weight_decay)
    } else {
        format!(
            "temperature {t} is at or above the collapse temperature T_c of this network: noise outweighs the gradient near 0"
        )
    }
}
