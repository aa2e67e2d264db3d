//! Without an engine every process is alone.

use crate::record::SweepRow;

/// Other ranks, of which there are none.
pub(in crate::cli::sweep) enum Ranks {}

impl Ranks {
    /// None.
    pub(in crate::cli::sweep) fn join() -> Option<Self> {
        None
    }

    /// Whether this one owns journal and file.
    pub(in crate::cli::sweep) fn leads(&self) -> bool {
        match *self {}
    }

    /// Works for another rank.
    pub(in crate::cli::sweep) fn follow(&self, _row: &(dyn Fn(&[f64]) -> SweepRow + Sync)) {
        match *self {}
    }

    /// Computes with the help of other ranks.
    pub(in crate::cli::sweep) fn work_off(
        &self,
        _points: &[usize],
        _at: &dyn Fn(usize) -> Vec<f64>,
        _row: &(dyn Fn(usize) -> SweepRow + Sync),
        _keep: &(dyn Fn(Vec<(usize, SweepRow)>) -> bool + Sync),
    ) {
        match *self {}
    }
}
