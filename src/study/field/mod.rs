//! Laws of one to three variables on a lattice: the box that holds them, several resolutions, an error bar on
//! every number.

mod boxes;
mod climb;
mod compare;
mod conduct;
pub(super) mod continuum;
mod decays;
mod expansion;
mod extrapolate;
mod faces;
mod frame;
mod inward;
mod ladder;
mod levels;
mod loss;
mod memory;
mod mixing;
mod offsets;
mod opinion;
mod profile;
mod relaxation;
mod report;
mod resolutions;
mod restless;
mod sample;
mod second;
mod snapshot;
mod solver;
mod spacing;
mod spectral;
mod survey;
mod table;
mod tails;
mod turning;
mod wander;
mod whiten;
mod words;

pub use compare::{compare_field, steps_of_compare_field};
pub use sample::{FieldSource, sample_field};

pub(super) use faces::expected_rate;

use super::phase::least_growth;
use super::{FinestChain, StudyError};
use crate::formula::Formula;
use crate::model::{Features, Identity, System};
use crate::process::{Affine, AnyProcess, Process};
use crate::record::{FieldSolution, Lyapunov};

/// A model, and what to report of its law.
#[derive(Debug, Clone)]
pub struct FieldProblem {
    /// The model.
    pub system: System,
    /// What is wanted.
    pub request: Request,
}

/// A process to solve, with names for what it is about.
#[derive(Debug)]
pub struct Equation<'a> {
    /// The equation in its chart.
    pub process: &'a AnyProcess,
    /// Chart coordinates of a place where mass is likely to be.
    pub start: Vec<f64>,
    /// Names of the physical variables.
    pub variables: Vec<String>,
    /// Names of the chart coordinates.
    pub chart_names: Vec<String>,
    /// Expectations that the exact law makes zero.
    pub identities: Vec<Identity>,
}

/// Growth rates of the distance from every face of a network; absent where the law on the face is not found, and
/// then `warnings` say why.
pub(super) fn growth_rates(features: &Features, warnings: &mut Vec<String>) -> Vec<Lyapunov> {
    faces::lyapunov(features, warnings, &|_, _, _| {})
}

/// What is wanted of a law.
#[derive(Debug, Clone)]
pub struct Request {
    /// Title of the scenario.
    pub title: String,
    /// Wanted relative error of means and covariances.
    pub tolerance: f64,
    /// Cells per axis of the finest grid; chosen by the program where not given.
    pub grid: Option<usize>,
    /// Number of resolutions; chosen by the program where not given.
    pub levels: Option<usize>,
    /// Memory the solver may use \[bytes\].
    pub memory: Option<u64>,
    /// Where to evaluate the density, in physical variables.
    pub points: Vec<Vec<f64>>,
    /// Which quantiles of the marginals.
    pub quantiles: Vec<f64>,
    /// Expressions of the physical variables.
    pub expressions: Vec<Formula>,
    /// Whether a law of several variables is solved by a second discretisation even where the first reaches the tolerance.
    pub verify: bool,
    /// Whether decay rates are computed.
    pub decays: bool,
    /// Whether growth rates at the faces of a network are.
    pub faces: bool,
}

/// Resolutions of a quick look, and what it may be off by at best.
const QUICK_LEVELS: usize = 3;
const QUICK_TOLERANCE: f64 = 1e-4;

impl Request {
    /// The same on a few coarse lattices: bars are longer, and hold. None where that would save no time.
    pub fn quick(&self) -> Option<Self> {
        let saves = self.grid.is_none() && self.levels.is_none_or(|levels| levels > QUICK_LEVELS);
        let tolerance = self.tolerance.max(QUICK_TOLERANCE);
        saves.then(|| Self { levels: Some(QUICK_LEVELS), tolerance, ..self.clone() })
    }

    /// The same without what only a report of the whole law needs.
    pub fn of_density(&self) -> Self {
        let (points, quantiles, expressions) = (Vec::new(), Vec::new(), Vec::new());
        Self { points, quantiles, expressions, decays: false, faces: false, ..self.clone() }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self {
            title: String::new(),
            tolerance: 1e-7,
            grid: None,
            levels: None,
            memory: None,
            points: Vec::new(),
            quantiles: Vec::new(),
            expressions: Vec::new(),
            verify: false,
            decays: true,
            faces: true,
        }
    }
}

/// What a solve is doing, for a progress line: a few words, and steps done of all.
pub type Watch<'a> = dyn Fn(&str, u64, u64) + Sync + 'a;

/// Solves a problem.
///
/// # Errors
/// See [`StudyError`].
pub fn solve_field(problem: &FieldProblem, watch: &Watch<'_>) -> Result<FieldSolution, StudyError> {
    solve_system(problem, false, watch).map(|(solution, _)| solution)
}

/// [`solve_field`], with the chain of the finest lattice.
///
/// # Errors
/// See [`StudyError`].
pub fn solve_field_with_chain(
    problem: &FieldProblem,
    watch: &Watch<'_>,
) -> Result<(FieldSolution, Option<FinestChain>), StudyError> {
    solve_system(problem, true, watch)
}

/// A solution, and the chain if it was to be kept.
type Kept = (FieldSolution, Option<FinestChain>);

fn solve_system(problem: &FieldProblem, keep: bool, watch: &Watch<'_>) -> Result<Kept, StudyError> {
    match &problem.system {
        System::Loss(model) => loss::refuse(model)?,
        System::Features(model) if model.depth > 1 && model.weight_decay > 0.0 => {
            return Err(StudyError::Forgotten { depth: model.depth });
        }
        System::Features(_) | System::Unbalanced(_) | System::Sde(_) => {}
    }
    let process = problem.system.process();
    let equation = Equation {
        process: &process,
        start: problem.system.start(),
        variables: problem.system.variables(),
        chart_names: problem.system.chart_names(),
        identities: problem.system.identities(),
    };
    let solved = solve_either(&equation, &problem.request, keep, watch);
    let (mut solution, chain) = solved.map_err(|error| confirmed(&problem.system, error))?;
    match &problem.system {
        System::Features(features) if problem.request.faces => {
            solution.lyapunov = growth_rates(features, &mut solution.warnings);
        }
        System::Loss(model) => loss::annotate(model, &mut solution),
        System::Features(_) | System::Unbalanced(_) | System::Sde(_) => {}
    }
    Ok((solution, chain))
}

/// Where a feature shrinks at its face under the law of the others there, no law of all exists.
fn confirmed(system: &System, error: StudyError) -> StudyError {
    let (System::Features(features), StudyError::Adrift { face, exponent }) = (system, &error) else { return error };
    if least_growth(features).is_ok_and(|rate| rate.value + rate.error < 0.0) {
        StudyError::RunsAway { face: face.clone(), exponent: *exponent }
    } else {
        error
    }
}

/// Solves any equation of one to three variables.
///
/// # Errors
/// See [`StudyError`].
pub fn solve_equation(
    equation: &Equation<'_>,
    request: &Request,
    watch: &Watch<'_>,
) -> Result<FieldSolution, StudyError> {
    solve_either(equation, request, false, watch).map(|(solution, _)| solution)
}

fn solve_either(equation: &Equation<'_>, request: &Request, keep: bool, watch: &Watch<'_>) -> Result<Kept, StudyError> {
    match equation.process {
        AnyProcess::One(process) => straight_or_turned(&**process, equation, request, keep, watch),
        AnyProcess::Two(process) => straight_or_turned(&**process, equation, request, keep, watch),
        AnyProcess::Three(process) => straight_or_turned(&**process, equation, request, keep, watch),
    }
}

/// In the chart of the process, or in turned coordinates where the law is strongly correlated.
fn straight_or_turned<const N: usize>(
    process: &dyn Process<N>,
    equation: &Equation<'_>,
    request: &Request,
    keep: bool,
    watch: &Watch<'_>,
) -> Result<Kept, StudyError> {
    let start: [f64; N] = std::array::from_fn(|i| equation.start.get(i).copied().unwrap_or(0.0));
    let turned = whiten::whitening(process, &start).and_then(|(centre, matrix)| Affine::new(process, centre, matrix));
    let (solution, finest) = match turned {
        Some(turned) => {
            let start = turned.from_inner(&start);
            conduct::conduct(&turned, Some(&turned), start, equation, request, watch)?
        }
        None => conduct::conduct(process, None, start, equation, request, watch)?,
    };
    let chain = keep.then(|| finest.into_chain()).transpose()?;
    Ok((solution, chain))
}
