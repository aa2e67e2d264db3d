//! Phase boundaries: where in a plane of two parameters the stationary law changes its character.
//!
//! Every kind of boundary is a margin, a number that the equation or its solved law has and that changes sign on it
//! ([`Kind`]); no formula is used. Along the first parameter all zeros are found, along the second they are followed,
//! and each carries an error bar: that of the margin over its slope. Formulas, where there are any, only stand beside.

mod axis;
mod beside;
mod branches;
mod concave;
mod condition;
mod ends;
mod faces;
mod formula;
mod gap;
mod growth;
mod inversion;
mod join;
mod judge;
mod kind;
mod margin;
mod measured;
mod piece;
mod profile;
mod report;
mod root;
mod scan;
mod sight;
mod steps;
mod stretch;
mod summits;
mod trace;

pub use axis::Axis;
pub use condition::Condition;
pub use join::{join, parts};
pub use kind::{KINDS, Kind};
pub use margin::{Case, Setting, Unjudged};
pub use measured::Measure;
pub use piece::piece;
pub use report::phase;

use crate::model::Features;
use margin::Margin;

/// The least of the growth rates of all features at their faces.
pub(super) fn least_growth(features: &Features) -> Result<Margin, Unjudged> {
    faces::collapse(features)
}

/// The scenario at a value of x and one of y.
pub type At<'a> = dyn Fn(f64, Option<f64>) -> Result<Case, Unjudged> + Sync + 'a;

/// Which boundaries, in which plane.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Title of the scenario.
    pub title: String,
    /// The parameter in which boundaries are located.
    pub x: Axis,
    /// The parameter along which they are followed, and its values; none for boundaries on x alone.
    pub y: Option<(Axis, Vec<f64>)>,
    /// Which.
    pub kinds: Vec<Kind>,
    /// Real SGD to run beside `sgd_collapse` and `switch_on`.
    pub measured: Option<Measure>,
}
