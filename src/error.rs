//! Everything that can go wrong, and the exit code it ends with.

use crate::chain::ChainError;
use crate::output::OutputError;
use crate::reproduce::ReproduceError;
use crate::scenario::ScenarioError;
use crate::sgd::SgdError;
use crate::study::StudyError;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// A law was found (a point mass is one), or what was asked for was printed.
    Done = 0,
    /// No law exists, the tolerance was not reached, or a comparison failed; what was reached is printed.
    Failed = 1,
    /// The command line, the scenario or its data cannot be used; nothing was written.
    BadInput = 2,
    /// A file could not be read or written.
    Io = 3,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario file cannot be read.
    #[error("{path}: cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// No built-in scenario has this name.
    #[error("no built-in scenario is called `@{name}`")]
    UnknownBuiltIn {
        /// The name, without the @.
        name: String,
        /// The most similar name.
        nearest: Option<&'static str>,
    },
    /// The scenario or its data are wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A result could not be written where it should.
    #[error("{flag} {path}: {problem}")]
    OutputPath {
        /// The option.
        flag: &'static str,
        /// Its value.
        path: String,
        /// What is wrong with it.
        problem: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Several of these at once.
    #[error("{} problems", .0.len())]
    Several(Vec<Error>),
    /// The threads asked for could not be started.
    #[error("--threads {threads}: {cause}")]
    Threads {
        /// How many.
        threads: usize,
        /// What the system said.
        cause: String,
    },
    /// The law could not be computed.
    #[error("{path}: no law can be given: {error}")]
    Study {
        /// The scenario.
        path: String,
        /// Why.
        error: StudyError,
    },
    /// The samples could not be drawn.
    #[error("{path}: no samples can be drawn: {error}")]
    Sgd {
        /// The scenario.
        path: String,
        /// Why.
        error: SgdError,
    },
    /// The matrix is no Markov chain that can be solved.
    #[error("{path}{}: {error}", error.line().map(|line| format!(":{line}")).unwrap_or_default())]
    Chain {
        /// The file.
        path: String,
        /// Why.
        error: ChainError,
    },
    /// A matrix was asked for, and the law has none.
    #[error("{path}: the law is a point mass: there is no generator to write")]
    NoMatrix {
        /// The scenario.
        path: String,
    },
    /// No statement of the paper has this number.
    #[error("no row is called `{name}`")]
    UnknownRow {
        /// What was asked for.
        name: String,
        /// The most similar one.
        nearest: Option<&'static str>,
        /// All of them.
        known: String,
    },
    /// A statement of the paper could not be computed.
    #[error("{row}: {error}")]
    Reproduce {
        /// Which.
        row: &'static str,
        /// Why.
        error: Box<ReproduceError>,
    },
    /// The result could not be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The result could not be printed.
    #[error("cannot write to standard output: {0}")]
    Stdout(#[source] std::io::Error),
}

impl Error {
    /// What would be accepted, and how to repair it where that can be guessed.
    ///
    /// Faults of a scenario carry their own, see [`crate::scenario::Cause::hint`].
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => {
                Some("accepted: a scenario file, `-` for standard input, or @NAME for a built-in one".to_owned())
            }
            Self::UnknownBuiltIn { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean `@{name}`? `stillpoint examples` lists them all"),
                None => "`stillpoint examples` lists them all".to_owned(),
            }),
            Self::OutputPath { accepted, .. } => Some(format!("accepted: {accepted}")),
            Self::Chain { error, .. } => error.hint(),
            Self::UnknownRow { nearest, known, .. } => {
                let guess = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
                Some(format!("{guess}accepted: `all`, or some of {known}"))
            }
            _ => None,
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::UnknownBuiltIn { .. }
            | Self::UnknownRow { .. }
            | Self::Scenario(_)
            | Self::OutputPath { .. }
            | Self::Threads { .. }
            | Self::Sgd { .. } => Exit::BadInput,
            Self::Unreadable { .. }
            | Self::Output(_)
            | Self::Stdout(_)
            | Self::Chain { error: ChainError::Read(_), .. } => Exit::Io,
            Self::Chain { error: ChainError::Stationary(_), .. }
            | Self::Study { .. }
            | Self::Reproduce { .. }
            | Self::NoMatrix { .. } => Exit::Failed,
            Self::Chain { .. } => Exit::BadInput,
            Self::Several(all) => all.iter().map(Self::exit).max().unwrap_or(Exit::BadInput),
        }
    }
}
