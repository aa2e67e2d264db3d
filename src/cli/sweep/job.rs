//! The run itself: what is not in the journal is computed and written there.

use super::points::Points;
use crate::cli::kept;
use crate::cli::progress::Progress;
use crate::cli::ranks::Ranks;
use crate::cli::shard::Shard;
use crate::error::Error;
use crate::output::OutputError;
use crate::output::journal::{self, Journal};
use crate::record::SweepRow;
use crate::scenario::{Family, Sweep};
use crate::study;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

pub(super) struct Job<'a> {
    family: &'a Family,
    sweep: &'a Sweep,
    shard: Option<Shard>,
    pub(super) points: Points<'a>,
    /// What is finished, by the number of the point.
    pub(super) rows: Vec<Option<SweepRow>>,
    /// What the journal knows of points that were inserted in an earlier run.
    known: Vec<(usize, SweepRow)>,
    pub(super) journal: Journal,
}

/// What the threads share.
struct Shared<'a> {
    rows: &'a mut [Option<SweepRow>],
    journal: &'a mut Journal,
    failed: Option<OutputError>,
}

impl<'a> Job<'a> {
    pub(super) fn open(
        family: &'a Family,
        sweep: &'a Sweep,
        out: &Path,
        checksum: &str,
        shard: Option<Shard>,
    ) -> Result<Self, Error> {
        let part = shard.map_or_else(|| "all".to_owned(), |shard| shard.to_string());
        let (journal, found) = kept::journal(out, &format!("{checksum} {part}"))?;
        let points = Points::of(sweep);
        let mut rows = vec![None; points.len()];
        let mut known = Vec::new();
        for (point, row) in found {
            match rows.get_mut(point) {
                Some(place) => *place = Some(row),
                None => known.push((point, row)),
            }
        }
        Ok(Self { family, sweep, shard, points, rows, known, journal })
    }

    /// Computes everything, inserted points in rounds.
    pub(super) fn run(&mut self, quiet: bool, ranks: Option<&Ranks>) -> Result<(), Error> {
        let whole = self.wanted(0).count() + self.sweep.refine;
        let progress = Progress::new("sweeping", whole as u64, quiet);
        progress.skip((self.wanted(0).count() - self.missing(0).len()) as u64);
        self.fill(0, &progress, ranks)?;
        while self.points.inserted() < self.sweep.refine {
            let first = self.points.len();
            if !self.insert() {
                break;
            }
            let before = self.points.len() - first - self.missing(first).len();
            progress.skip(before as u64);
            self.fill(first, &progress, ranks)?;
        }
        Ok(())
    }

    /// Points from `first` on that this run has to find.
    fn wanted(&self, first: usize) -> impl Iterator<Item = usize> {
        let shard = self.shard;
        (first..self.points.len()).filter(move |&point| shard.is_none_or(|shard| shard.has(point)))
    }

    fn missing(&self, first: usize) -> Vec<usize> {
        self.wanted(first).filter(|&point| self.rows[point].is_none()).collect()
    }

    fn fill(&mut self, first: usize, progress: &Progress, ranks: Option<&Ranks>) -> Result<(), Error> {
        let missing = self.missing(first);
        let Self { family, sweep, points, rows, journal, .. } = self;
        let row = |point: usize| row(family, sweep, &points.at(point));
        let shared = Mutex::new(Shared { rows, journal, failed: None });
        let keep = |batch: Vec<(usize, SweepRow)>| {
            let lines: String = batch.iter().map(|(point, row)| journal::line(*point, row)).collect();
            // Whatever happened to another thread, rows and journal are as they were before its batch.
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = shared.journal.append(&lines) {
                shared.failed.get_or_insert(error);
                return false;
            }
            progress.advance(batch.len() as u64);
            for (point, row) in batch {
                shared.rows[point] = Some(row);
            }
            true
        };
        match ranks {
            Some(ranks) => {
                let at = |point: usize| points.at(point).into_iter().map(|(_, value)| value).collect();
                ranks.work_off(&missing, &at, study::work_on, &row, &keep);
            }
            None => {
                study::work_off(&missing, &row, &keep);
            }
        }
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        shared.failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Adds the next round of points; whether there are any.
    fn insert(&mut self) -> bool {
        let (values, order) = self.points.ordered();
        let elsewhere = SweepRow::Elsewhere;
        let rows: Vec<&SweepRow> = order.iter().map(|&i| self.rows[i].as_ref().unwrap_or(&elsewhere)).collect();
        let values = values.first().map_or(&[][..], Vec::as_slice);
        let most = self.sweep.refine - self.points.inserted();
        let Some(axis) = self.sweep.axes.first() else { return false };
        // Neighbouring whole numbers have no middle.
        let middle = |a, b| Some(self.points.middle(a, b)).filter(|v| self.family.at(&[(&axis.key, *v)]).is_ok());
        let found = study::insertions(values, &rows, most, middle);
        for value in &found {
            let point = self.points.len();
            self.points.insert(*value);
            let known = self.known.iter().rfind(|(number, _)| *number == point);
            self.rows.push(known.map(|(_, row)| row.clone()));
        }
        !found.is_empty()
    }
}

/// The observables of one point, or why there are none.
pub(super) fn row(family: &Family, sweep: &Sweep, at: &[(&str, f64)]) -> SweepRow {
    let scenario = match family.at(at) {
        Ok(scenario) => scenario,
        Err(error) => return SweepRow::Failed(error.to_string()),
    };
    match study::observe(scenario.task.subject(), &sweep.observables) {
        Ok(readings) => study::row(readings),
        Err(error) => SweepRow::Failed(error.to_string()),
    }
}
