//! What a row is given: its scenarios, how much work it may do, and who is told how far it is.

use crate::estimate::{Estimate, Quantity};
use crate::model::ModelError;
use crate::scenario::{FieldTask, LineTask, Location, Scenario, ScenarioError, Task, built_in};
use crate::sgd::{Config, SgdError};
use crate::study::StudyError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Told what is being done, and how much of it is done of all.
pub type Watch<'a> = dyn Fn(&str, u64, u64) + Sync + 'a;

/// How much work goes into a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As much as the figures need: about 15 minutes for all rows on two cores.
    Full,
    /// Less sampling and fewer points; every check is made all the same.
    Quick,
}

/// Why a row could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum ReproduceError {
    /// A scenario of the row is wrong.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The built-in scenario is missing or of another kind than the row needs.
    #[error("the built-in scenario `@{name}` is not {wanted}")]
    Kind {
        /// Its name.
        name: String,
        /// What the row needs.
        wanted: &'static str,
    },
    /// A law could not be computed.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// No samples could be drawn.
    #[error(transparent)]
    Sgd(#[from] SgdError),
    /// Parameters that the row derives from its scenario are out of range.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A number that the row needs does not exist.
    #[error("{what} does not exist: {found}")]
    Missing {
        /// Which.
        what: String,
        /// What was found instead.
        found: String,
    },
}

/// What a row works with.
pub struct Context<'a> {
    pub(super) effort: Effort,
    pub(super) watch: &'a Watch<'a>,
}

impl Context<'_> {
    /// `full` or `quick`, by effort.
    pub(super) fn pick<T>(&self, full: T, quick: T) -> T {
        match self.effort {
            Effort::Full => full,
            Effort::Quick => quick,
        }
    }

    /// Notes how far the row is.
    pub(super) fn at(&self, what: &str, done: usize, all: usize) {
        (self.watch)(what, done as u64, all as u64);
    }

    /// Told of more steps; passes on how many are done of `all`.
    pub(super) fn counting(&self, what: &'static str, all: u64) -> impl Fn(u64) + Sync + '_ {
        let done = AtomicU64::new(0);
        move |steps| (self.watch)(what, done.fetch_add(steps, Ordering::Relaxed) + steps, all)
    }

    /// A built-in scenario, with `key=value` changes.
    fn scenario(&self, name: &str, changes: &[String]) -> Result<Scenario, ReproduceError> {
        let found = built_in(name).ok_or_else(|| wrong(name, "there"))?;
        Ok(Scenario::read(found.text.as_bytes(), &format!("@{name}"), &Location::Embedded, changes)?)
    }

    /// A built-in scenario of a diagonal network.
    pub(super) fn line(&self, name: &str) -> Result<LineTask, ReproduceError> {
        match self.scenario(name, &[])?.task {
            Task::Line(task) => Ok(*task),
            Task::Field(_) => Err(wrong(name, "a diagonal network")),
        }
    }

    /// A built-in scenario of a law of several variables, with `key=value` changes.
    pub(super) fn field(&self, name: &str, changes: &[String]) -> Result<FieldTask, ReproduceError> {
        match self.scenario(name, changes)?.task {
            Task::Field(task) => Ok(*task),
            Task::Line(_) => Err(wrong(name, "a law on a lattice")),
        }
    }

    /// The Monte Carlo run of a scenario; with a tenth of its chains, 50 at least, where effort is low.
    pub(super) fn sampling(&self, name: &str) -> Result<Config, ReproduceError> {
        let config = self.scenario(name, &[])?.sampling()?;
        Ok(self.pick(config, Config { chains: (config.chains / 10).clamp(50, config.chains.max(50)), ..config }))
    }
}

fn wrong(name: &str, wanted: &'static str) -> ReproduceError {
    ReproduceError::Kind { name: name.to_owned(), wanted }
}

/// The number, if there is one.
pub(super) fn finite(quantity: Quantity, what: &str) -> Result<Estimate, ReproduceError> {
    let missing = |found: &str| ReproduceError::Missing { what: what.to_owned(), found: found.to_owned() };
    match quantity {
        Quantity::Finite(estimate) => Ok(estimate),
        Quantity::Infinite => Err(missing("it is infinite")),
        Quantity::Absent => Err(missing("it is not defined")),
    }
}
