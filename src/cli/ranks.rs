//! One process of several: under `mpirun` rank 0 owns the journal and the file and hands out points of a sweep or pieces
//! of a phase diagram, the others compute.
//!
//! A rank that wants work sends what it has finished (nothing at first) and gets the next points, or none when all is
//! done. Rank 0 computes with its own threads meanwhile and takes from the same queue, so nobody waits for a slow one.
//! What a rank sent is in the journal, whatever becomes of the rank.

#[cfg(not(feature = "mpi"))]
mod alone;
#[cfg(feature = "mpi")]
mod engine;

use crate::study::{Keep, Queue, Work};
#[cfg(not(feature = "mpi"))]
pub(super) use alone::Ranks;
#[cfg(feature = "mpi")]
pub(super) use engine::Ranks;

/// The threads of a rank at work on a queue.
pub(super) type Crew<R> = fn(&Queue<'_>, &Work<'_, R>, &Keep<'_, R>);
