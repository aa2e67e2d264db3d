//! What a scenario asks: the law of a diagonal network, or a law on a lattice.

use super::data::Origin;
use super::expression::Language;
use super::files::Files;
use super::model::{self, Model};
use super::section::{Notes, Section};
use super::settings;
use crate::sgd::Source;
use crate::study::{FieldProblem, FieldSource, Problem, Request, Subject};

/// What to solve, and where Monte Carlo draws its samples from.
#[derive(Debug, Clone)]
pub enum Task {
    /// A diagonal network: one equation, with formulas to compare with.
    Line(Box<LineTask>),
    /// A law of one to three variables, on a lattice.
    Field(Box<FieldTask>),
}

/// The law of a diagonal network.
#[derive(Debug, Clone)]
pub struct LineTask {
    /// What the solver is asked.
    pub problem: Problem,
    /// Where SGD draws its samples from.
    pub source: Source,
}

/// A law of one to three variables.
#[derive(Debug, Clone)]
pub struct FieldTask {
    /// What the solver is asked.
    pub problem: FieldProblem,
    /// Where Monte Carlo draws its samples from.
    pub source: FieldSource,
}

impl Task {
    /// The law of a diagonal network, if it is one.
    pub fn line(&self) -> Option<&LineTask> {
        match self {
            Self::Line(task) => Some(task),
            Self::Field(_) => None,
        }
    }

    /// What is solved, apart from how samples of it are drawn.
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::Line(task) => Subject::Line(&task.problem),
            Self::Field(task) => Subject::Field(&task.problem),
        }
    }

    /// The law on a lattice, if it is one.
    pub fn field(&self) -> Option<&FieldTask> {
        match self {
            Self::Line(_) => None,
            Self::Field(task) => Some(task),
        }
    }
}

/// Reads `[model]`, `[solve]` and `[report]`.
pub(super) fn read(root: &Section<'_>, title: &str, files: &Files, notes: &mut Notes) -> Option<(Task, Origin)> {
    match model::read(root, files, notes)? {
        Model::Diagonal(network) => {
            let tolerance = settings::solve(root, notes);
            let settings::Report { points, quantiles, moments } = settings::report(root, notes);
            let network = network?;
            let (model, branch) = (network.diagonal, network.branch);
            let problem = Problem { title: title.to_owned(), model, branch, tolerance, points, quantiles, moments };
            let task = LineTask { problem, source: network.training.source };
            Some((Task::Line(Box::new(task)), network.training.origin))
        }
        Model::System(equations) => {
            let solve = settings::field_solve(root, notes);
            let parameters = equations.parameters;
            let language = equations.names.map(|names| Language { names, parameters });
            let report = settings::field_report(root, language.as_ref(), &equations.range, notes);
            let request = Request {
                title: title.to_owned(),
                tolerance: solve.tolerance,
                grid: solve.grid,
                levels: solve.levels,
                memory: solve.memory,
                points: report.points,
                quantiles: report.quantiles,
                expressions: report.expressions,
                ..Request::default()
            };
            let problem = FieldProblem { system: equations.system?, request };
            let source = equations.origin.source.clone();
            Some((Task::Field(Box::new(FieldTask { problem, source })), equations.origin))
        }
    }
}
