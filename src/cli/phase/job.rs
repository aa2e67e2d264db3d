//! The run itself: pieces that are not in the journal are computed and written there.

use super::diagram::Diagram;
use crate::cli::kept;
use crate::cli::progress::Progress;
use crate::cli::ranks::Ranks;
use crate::cli::shard::Shard;
use crate::error::Error;
use crate::output::OutputError;
use crate::output::journal::{self, Journal};
use crate::record::PhasePiece;
use crate::study::{Queue, work_together};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub(super) struct Job<'a> {
    diagram: &'a Diagram,
    shard: Option<Shard>,
    /// What is finished, by the number of the piece.
    pub(super) pieces: Vec<Option<PhasePiece>>,
    /// Where the result goes to a file.
    pub(super) journal: Option<Journal>,
}

/// What the threads share.
struct Shared<'a> {
    pieces: &'a mut [Option<PhasePiece>],
    journal: Option<&'a mut Journal>,
    failed: Option<OutputError>,
}

impl<'a> Job<'a> {
    pub(super) fn open(diagram: &'a Diagram, out: Option<&Path>, shard: Option<Shard>) -> Result<Self, Error> {
        let mut pieces = vec![None; diagram.plane.pieces()];
        let Some(out) = out else { return Ok(Self { diagram, shard, pieces, journal: None }) };
        let part = shard.map_or_else(|| "all".to_owned(), |shard| shard.to_string());
        let (journal, found) = kept::journal(out, &format!("{} {part}", diagram.checksum()))?;
        for (index, piece) in found {
            if let Some(place) = pieces.get_mut(index) {
                *place = Some(piece);
            }
        }
        Ok(Self { diagram, shard, pieces, journal: Some(journal) })
    }

    /// Computes what is missing.
    pub(super) fn run(&mut self, quiet: bool, ranks: Option<&Ranks>) -> Result<(), Error> {
        let missing = self.missing();
        let progress = self.progress(quiet, &missing);
        let counted: Vec<AtomicUsize> = self.pieces.iter().map(|_| AtomicUsize::new(0)).collect();
        let piece = |index: usize| {
            self.diagram.piece(index, &|| {
                progress.advance(1);
                counted[index].fetch_add(1, Ordering::Relaxed);
            })
        };
        let Self { pieces, journal, .. } = self;
        let shared = Mutex::new(Shared { pieces, journal: journal.as_mut(), failed: None });
        let keep = |batch: Vec<(usize, PhasePiece)>| {
            for (index, piece) in &batch {
                // What another rank found was not counted yet.
                let before = counted.get(*index).map_or(0, |count| count.load(Ordering::Relaxed));
                progress.advance(piece.rows.len().saturating_sub(before) as u64);
            }
            // Whatever happened to another thread, pieces and journal are as they were before its batch.
            shared.lock().unwrap_or_else(PoisonError::into_inner).keep(batch)
        };
        match ranks {
            // A piece is known by its number.
            Some(ranks) => ranks.work_off(&missing, &|_| Vec::new(), work_together, &piece, &keep),
            None => work_together(&Queue::of(&missing), &piece, &keep),
        }
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        shared.failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Pieces that this run has to find.
    fn wanted(&self) -> impl Iterator<Item = usize> {
        let shard = self.shard;
        (0..self.pieces.len()).filter(move |&index| shard.is_none_or(|shard| shard.has(index)))
    }

    fn missing(&self) -> Vec<usize> {
        self.wanted().filter(|&index| self.pieces[index].is_none()).collect()
    }

    /// Of rows.
    fn progress(&self, quiet: bool, missing: &[usize]) -> Progress {
        let rows = |index: usize| self.diagram.plane.rows_of(index) as u64;
        let (all, left): (u64, u64) = (self.wanted().map(rows).sum(), missing.iter().copied().map(rows).sum());
        let progress = Progress::new("following boundaries", all, quiet);
        progress.skip(all - left);
        progress
    }
}

impl Shared<'_> {
    /// Whether there should be more.
    fn keep(&mut self, batch: Vec<(usize, PhasePiece)>) -> bool {
        let lines: String = batch.iter().map(|(index, piece)| journal::line(*index, piece)).collect();
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.append(&lines)) {
            self.failed.get_or_insert(error);
            return false;
        }
        for (index, piece) in batch {
            if let Some(place) = self.pieces.get_mut(index) {
                *place = Some(piece);
            }
        }
        true
    }
}
