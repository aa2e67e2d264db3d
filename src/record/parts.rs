//! A phase diagram in pieces that are computed apart: runs of rows of one kind of boundary.

use super::{AbsentBoundary, BesideBoundary, PhaseAxis, Provenance};
use crate::estimate::Estimate;

/// What is known of the boundaries of a plane.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseParts {
    /// Version of the program.
    pub stillpoint: String,
    /// Title of the scenario.
    pub title: String,
    /// The parameter in which boundaries are located.
    pub x: PhaseAxis,
    /// The parameter along which they are followed.
    pub y: Option<PhaseAxis>,
    /// What was asked for.
    pub kinds: Vec<PhaseKind>,
    /// The pieces of every kind along y, as many for each; none where a piece is not computed.
    pub pieces: Vec<Option<PhasePiece>>,
    /// Which part of the pieces was computed, `k/n`, where it is not all of them.
    pub shard: Option<String>,
    /// Checksum of the question.
    pub checksum: String,
    /// What is needed to make the result again.
    pub provenance: Provenance,
}

/// A kind of boundary in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseKind {
    /// As it was asked for.
    pub name: String,
    /// What holds where its margin is positive, and where it is negative.
    pub sides: [String; 2],
}

/// Consecutive rows of one boundary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhasePiece {
    /// One for each y.
    pub rows: Vec<PhaseRow>,
}

/// A boundary at one y.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PhaseRow {
    /// Its points, ascending; none where they could not be looked for.
    pub zeros: Option<Vec<PhaseZero>>,
    /// What is seen instead of points.
    pub absent: Option<AbsentBoundary>,
    /// Other routes to the same boundary.
    pub beside: Vec<BesideBoundary>,
}

/// A point of a boundary before it belongs to a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhaseZero {
    /// Where it is.
    pub x: Estimate,
    /// At which value of the second parameter.
    pub y: Option<f64>,
    /// What a formula says, where there is one.
    pub formula: Option<f64>,
    /// Whether the margin rises through it.
    pub rising: bool,
}
