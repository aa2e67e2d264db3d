//! What a law is asked of: the equation of a diagonal network, or a law on a lattice.

use super::{FieldProblem, Problem};

/// A problem of either kind.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A diagonal network.
    Line(&'a Problem),
    /// A law of one to three variables.
    Field(&'a FieldProblem),
}

impl Subject<'_> {
    /// Names of its variables.
    pub fn variables(&self) -> Vec<String> {
        match self {
            Self::Line(_) => vec!["v".to_owned()],
            Self::Field(problem) => problem.system.variables(),
        }
    }
}
