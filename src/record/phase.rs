//! The answer to `phase`: boundaries in a plane of parameters.

use super::{Provenance, quantity};
use crate::estimate::Quantity;
use serde::Serialize;

/// Boundaries of the stationary law.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseSolution {
    /// Version of the program.
    pub stillpoint: String,
    /// Title of the scenario.
    pub title: String,
    /// The parameter in which boundaries are located.
    pub x: PhaseAxis,
    /// The parameter along which they are followed.
    pub y: Option<PhaseAxis>,
    /// One for each kind that was asked for.
    pub boundaries: Vec<Boundary>,
    /// What is needed to make this result again.
    #[serde(skip)]
    pub provenance: Provenance,
}

/// A parameter of the plane.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseAxis {
    /// Its dotted key.
    pub key: String,
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// `linear` or `log`.
    pub scale: &'static str,
}

/// One kind of boundary.
#[derive(Debug, Clone, Serialize)]
pub struct Boundary {
    /// Its kind.
    pub kind: String,
    /// What holds on its two sides.
    pub sides: [String; 2],
    /// Its points, by branch and then by y.
    pub points: Vec<BoundaryPoint>,
    /// Values of y at which there is none.
    pub absent: Vec<AbsentBoundary>,
    /// Why there is no point at all.
    pub reason: Option<String>,
    /// Other routes to the same boundary.
    pub beside: Vec<BesideBoundary>,
}

/// A point of a boundary.
#[derive(Debug, Clone, Serialize)]
pub struct BoundaryPoint {
    /// Where it is.
    #[serde(serialize_with = "quantity")]
    pub x: Quantity,
    /// At which value of the second parameter.
    pub y: Option<f64>,
    /// What a formula says, where there is one.
    pub formula: Option<f64>,
    /// The number of its curve.
    pub branch: usize,
    /// What holds at larger x.
    pub beyond: String,
}

/// A value of y without a boundary, and what is seen at both ends of x.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbsentBoundary {
    /// The value.
    pub y: Option<f64>,
    /// In words.
    pub reason: String,
    /// At the lower and upper end of x.
    pub ends: [BoundaryEnd; 2],
}

/// What is seen at an end of x.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoundaryEnd {
    /// The end.
    pub x: f64,
    /// The margin, whose sign changes at the boundary.
    pub margin: Option<f64>,
    /// Its error.
    pub error: Option<f64>,
    /// In words.
    pub holds: String,
}

/// The same boundary by another route.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BesideBoundary {
    /// Which route.
    pub route: String,
    /// At which value of the second parameter.
    pub y: Option<f64>,
    /// Where it is; absent where that route has none.
    #[serde(serialize_with = "quantity")]
    pub x: Quantity,
}

impl PhaseSolution {
    /// Whether every boundary that was asked for exists somewhere.
    pub fn complete(&self) -> bool {
        self.boundaries.iter().all(|b| !b.points.is_empty())
    }

    /// Points that differ from their formula by more than their error bar.
    pub fn disagreements(&self) -> usize {
        let differs = |p: &&BoundaryPoint| match (p.x.finite(), p.formula) {
            (Some(x), Some(formula)) => !x.covers(formula),
            _ => false,
        };
        self.boundaries.iter().flat_map(|b| &b.points).filter(differs).count()
    }
}
