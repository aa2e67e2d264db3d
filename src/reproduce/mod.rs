//! Statements and figures of the paper (Ziyin, Li and Ueda, arXiv 2308.06671), each computed from the equation and
//! set beside what the paper, or a formula, says.
//!
//! A row is a file: its claim, the built-in scenarios it starts from, and a function that makes checks and a figure.
//! Sits beside the command line: it uses scenarios, the solver, formulas and samplers as any user of the library
//! would, and nothing uses it but the command line.

mod check;
mod context;
mod p01;
mod p02;
mod p03;
mod p04;
mod p05;
mod p06;
mod p07;
mod p08;
mod p09;
mod p10;
mod p11;
mod p12;
mod p13;
mod p14;
mod p15;
mod threshold;

pub use context::{Context, Effort, ReproduceError, Watch};

use crate::record::{Check, Figure, Reproduction, Statement, Verdict};
use std::time::Instant;

/// A statement of the paper and how it is reproduced.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// `P1` to `P15`.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// What the paper says.
    pub claim: &'static str,
    /// Built-in scenarios it starts from.
    pub scenarios: &'static [&'static str],
    run: fn(&Context<'_>) -> Result<Outcome, ReproduceError>,
}

/// What a row found.
#[derive(Debug, Default)]
struct Outcome {
    checks: Vec<Check>,
    /// Where the paper as printed differs, with the section of the theory manual that says why.
    remarks: Vec<String>,
    figure: Figure,
}

/// All rows, in the order of the paper.
pub const ROWS: &[Row] = &[
    p01::ROW,
    p02::ROW,
    p03::ROW,
    p04::ROW,
    p05::ROW,
    p06::ROW,
    p07::ROW,
    p08::ROW,
    p09::ROW,
    p10::ROW,
    p11::ROW,
    p12::ROW,
    p13::ROW,
    p14::ROW,
    p15::ROW,
];

/// The row of this name, in upper or lower case.
pub fn row(id: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.id.eq_ignore_ascii_case(id))
}

impl Row {
    /// Computes the row.
    ///
    /// # Errors
    /// [`ReproduceError`] when a number that the row needs cannot be computed.
    pub fn reproduce(&self, effort: Effort, watch: &Watch<'_>) -> Result<Statement, ReproduceError> {
        let started = Instant::now();
        let Outcome { checks, remarks, mut figure } = (self.run)(&Context { effort, watch })?;
        figure.title = format!("{}  {}", self.id, self.title);
        figure.caption = format!("Ziyin, Li and Ueda, arXiv 2308.06671   ·   {}", self.sources());
        Ok(Statement {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            claim: self.claim.to_owned(),
            scenarios: self.scenarios.iter().map(|name| format!("@{name}")).collect(),
            verdict: checks.iter().map(|check| check.verdict).max().unwrap_or(Verdict::Differ),
            checks,
            remarks,
            figure: None,
            seconds: started.elapsed().as_secs_f64(),
            picture: figure,
        })
    }

    fn sources(&self) -> String {
        let names: Vec<String> = self.scenarios.iter().map(|name| format!("@{name}")).collect();
        let program = format!("stillpoint {}", env!("CARGO_PKG_VERSION"));
        if names.is_empty() { program } else { format!("{program}, {}", names.join(", ")) }
    }
}

/// Statements joined to the answer of `reproduce`.
pub fn reproduction(rows: Vec<Statement>) -> Reproduction {
    Reproduction {
        stillpoint: env!("CARGO_PKG_VERSION").to_owned(),
        agree: rows.iter().all(|row| row.verdict != Verdict::Differ),
        seconds: rows.iter().map(|row| row.seconds).sum(),
        rows,
    }
}
