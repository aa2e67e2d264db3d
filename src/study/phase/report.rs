//! The whole diagram at once.

use super::{At, Plane, join, parts, piece};
use crate::record::PhaseSolution;
use rayon::prelude::*;

/// Finds the boundaries of a plane; `at` makes the scenario at a point, `done` is told when one more row of a boundary
/// is finished ([`Plane::rows`] in all).
pub fn phase(plane: &Plane, at: &At<'_>, done: &(dyn Fn() + Sync)) -> PhaseSolution {
    let pieces = (0..plane.pieces()).into_par_iter().map(|index| Some(piece(plane, index, at, done)));
    join(&parts(plane, pieces.collect()))
}
