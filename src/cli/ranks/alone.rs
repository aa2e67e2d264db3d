//! Without an engine every process is alone.

use super::Crew;
use crate::output::journal::Entry;
use crate::study::{Keep, Work};

/// Other ranks, of which there are none.
pub(in crate::cli) enum Ranks {}

impl Ranks {
    /// None.
    pub(in crate::cli) fn join() -> Option<Self> {
        None
    }

    /// Whether this one owns journal and file.
    pub(in crate::cli) fn leads(&self) -> bool {
        match *self {}
    }

    /// Works for another rank.
    pub(in crate::cli) fn follow<R: Entry>(
        &self,
        _batch: usize,
        _crew: Crew<R>,
        _row: &(dyn Fn(usize, &[f64]) -> R + Sync),
    ) {
        match *self {}
    }

    /// Waits for another rank.
    pub(in crate::cli) fn wait(&self) {
        match *self {}
    }

    /// Computes with the help of other ranks.
    pub(in crate::cli) fn work_off<R: Entry>(
        &self,
        _points: &[usize],
        _at: &dyn Fn(usize) -> Vec<f64>,
        _crew: Crew<R>,
        _row: &Work<'_, R>,
        _keep: &Keep<'_, R>,
    ) {
        match *self {}
    }
}
