//! The answer to `reproduce`: statements of the paper, each with the numbers that decide it.

use super::Figure;
use crate::estimate::{Estimate, Quantity};
use serde::{Serialize, Serializer};

/// All statements that were asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Reproduction {
    /// Version of the program.
    pub stillpoint: String,
    /// One for each statement, in the order of the paper.
    pub rows: Vec<Statement>,
    /// Whether every statement agrees or its difference is explained.
    pub agree: bool,
    /// Wall time.
    pub seconds: f64,
}

/// A statement or figure of the paper.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// `P1` to `P15`.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What the paper says.
    pub claim: String,
    /// Built-in scenarios it is computed from, with their `@`.
    pub scenarios: Vec<String>,
    /// The numbers that decide it.
    pub checks: Vec<Check>,
    /// The worst verdict of the checks.
    pub verdict: Verdict,
    /// Where the paper differs, and why.
    pub remarks: Vec<String>,
    /// File of the picture, once it is written.
    pub figure: Option<String>,
    /// Wall time.
    pub seconds: f64,
    /// The picture.
    #[serde(skip)]
    pub picture: Figure,
}

/// How a statement fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Computed and expected agree within their errors.
    Agree,
    /// The paper as printed differs, and the theory manual says why.
    Explained,
    /// Computed and expected differ.
    Differ,
}

/// One number, or one word, beside what it should be.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What it is.
    pub quantity: String,
    /// What the program found.
    pub computed: Finding,
    /// What it should be.
    pub expected: Finding,
    /// How the two should relate.
    pub relation: Relation,
    /// How much they may differ beyond their errors (a finite step, a finite size), 0 if not at all.
    pub allowance: f64,
    /// Where the expectation is from.
    pub source: String,
    /// Whether they do.
    pub verdict: Verdict,
}

/// How a computed and an expected number should relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Equal within their errors.
    Equal,
    /// Computed below expected, by more than their errors.
    Below,
    /// Computed above expected, by more than their errors.
    Above,
}

/// A number with its error, or a word.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A number, which may be infinite.
    Number(Quantity),
    /// For example `density`.
    Word(String),
}

impl From<Estimate> for Finding {
    fn from(estimate: Estimate) -> Self {
        Self::Number(Quantity::Finite(estimate))
    }
}

impl From<Quantity> for Finding {
    fn from(quantity: Quantity) -> Self {
        Self::Number(quantity)
    }
}

impl From<f64> for Finding {
    /// A number that is exact.
    fn from(value: f64) -> Self {
        Estimate::exact(value).into()
    }
}

impl From<&str> for Finding {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(quantity) => super::quantity(quantity, serializer),
            Self::Word(word) => serializer.serialize_str(word),
        }
    }
}
