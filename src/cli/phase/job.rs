//! The run itself: pieces that are not in the journal are computed and written there.

use super::diagram::Diagram;
use crate::cli::kept;
use crate::cli::progress::Progress;
use crate::cli::shard::Shard;
use crate::error::Error;
use crate::output::OutputError;
use crate::output::journal::{self, Journal};
use crate::record::PhasePiece;
use crate::study::{Queue, work_together};
use std::path::Path;
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
    pub(super) fn run(&mut self, quiet: bool) -> Result<(), Error> {
        let (plane, shard) = (&self.diagram.plane, self.shard);
        let wanted = (0..self.pieces.len()).filter(|&index| shard.is_none_or(|shard| shard.has(index)));
        let (found, missing): (Vec<usize>, Vec<usize>) = wanted.partition(|&index| self.pieces[index].is_some());
        let rows = |pieces: &[usize]| pieces.iter().map(|&index| plane.rows_of(index) as u64).sum::<u64>();
        let progress = Progress::new("following boundaries", rows(&found) + rows(&missing), quiet);
        progress.skip(rows(&found));
        let piece = |index: usize| self.diagram.piece(index);
        let Self { pieces, journal, .. } = self;
        let shared = Mutex::new(Shared { pieces, journal: journal.as_mut(), failed: None });
        let keep = |batch: Vec<(usize, PhasePiece)>| {
            // Whatever happened to another thread, pieces and journal are as they were before its batch.
            shared.lock().unwrap_or_else(PoisonError::into_inner).keep(batch, &progress)
        };
        work_together(&Queue::of(&missing), &piece, &keep);
        let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        shared.failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Shared<'_> {
    /// Whether there should be more.
    fn keep(&mut self, batch: Vec<(usize, PhasePiece)>, progress: &Progress) -> bool {
        let lines: String = batch.iter().map(|(index, piece)| journal::line(*index, piece)).collect();
        if let Some(Err(error)) = self.journal.as_mut().map(|journal| journal.append(&lines)) {
            self.failed.get_or_insert(error);
            return false;
        }
        for (index, piece) in batch {
            progress.advance(piece.rows.len() as u64);
            self.pieces[index] = Some(piece);
        }
        true
    }
}
