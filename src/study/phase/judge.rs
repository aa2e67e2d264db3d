//! From a kind of boundary to its margin at a point of the plane.

use super::growth::Sums;
use super::kind::Kind;
use super::margin::{Case, Margin, Setting, Unjudged};
use super::{At, Axis, ends, faces, gap, inversion, profile, steps};
use crate::estimate::Quantity;
use crate::model::System;
use crate::study::{Problem, law};

/// The key whose values are T.
const TEMPERATURE: &str = "model.temperature";
/// Wanted error of the laws whose variance is differentiated.
const TOLERANCE: f64 = 1e-12;
/// Features a network may have.
const FEATURES: usize = 3;

/// A kind of boundary in a plane.
pub(super) struct Judge<'a> {
    pub kind: &'a Kind,
    pub x: &'a Axis,
    pub at: &'a At<'a>,
    sums: [Sums; FEATURES],
}

impl<'a> Judge<'a> {
    pub(super) fn new(kind: &'a Kind, x: &'a Axis, at: &'a At<'a>) -> Self {
        Self { kind, x, at, sums: Default::default() }
    }

    /// The scenario at x (in its stepped coordinate) and y.
    pub(super) fn case(&self, x: f64, y: Option<f64>) -> Result<Case, Unjudged> {
        (self.at)(self.x.value(x), y)
    }

    /// The margin there.
    pub(super) fn margin(&self, x: f64, y: Option<f64>) -> Result<Margin, Unjudged> {
        let margin = self.judged(x, y)?;
        if margin.value.is_nan() || margin.error.is_nan() { Err(Unjudged::NoValue) } else { Ok(margin) }
    }

    fn judged(&self, x: f64, y: Option<f64>) -> Result<Margin, Unjudged> {
        if *self.kind == Kind::VarianceMaximum {
            return self.variance_growth(x, y);
        }
        let case = self.case(x, y)?;
        match self.kind {
            Kind::Condition(condition) => condition.margin(&case),
            Kind::SgdCollapse(feature) => steps::sgd_collapse(&case, *feature, &self.sums),
            Kind::Collapse | Kind::SwitchOn(_) => match &case.setting {
                Setting::Field(problem, _) => of_features(&problem.system, self.kind),
                Setting::Line(problem, _) => of_line(problem, self.kind),
            },
            kind => of_line(case.line()?, kind),
        }
    }

    /// Places along x, in its stepped coordinate, between which the margin is concave.
    pub(super) fn breaks(&self, y: Option<f64>) -> Vec<f64> {
        let Kind::SgdCollapse(feature) = self.kind else { return Vec::new() };
        if self.x.key != TEMPERATURE {
            return Vec::new();
        }
        let [low, high] = self.x.ends();
        let Ok(case) = self.case(low, y) else { return Vec::new() };
        let stops = steps::stops(&case, *feature).into_iter().map(|t| self.x.coordinate(t));
        stops.filter(|t| (low..=high).contains(t)).collect()
    }

    fn variance_growth(&self, x: f64, y: Option<f64>) -> Result<Margin, Unjudged> {
        let step = (inversion::STEP * self.x.span()).min(inversion::WIDEST);
        let [low, high] = self.x.ends();
        // The places around must lie on the axis.
        if x < low + 3.0 * step || x > high - 3.0 * step {
            return Err(Unjudged::Edge);
        }
        inversion::growth(x, step, &|x| {
            let case = self.case(x, y)?;
            let problem = Problem { tolerance: TOLERANCE, ..bare(case.line()?) };
            variance(&problem)
        })
    }
}

/// The problem without what is only reported.
fn bare(problem: &Problem) -> Problem {
    Problem { points: Vec::new(), quantiles: Vec::new(), moments: Vec::new(), ..problem.clone() }
}

fn variance(problem: &Problem) -> Result<[f64; 2], Unjudged> {
    match law(problem)?.variance {
        Quantity::Finite(variance) if variance.value > 0.0 => Ok([variance.value, variance.error()]),
        Quantity::Finite(_) => Err(Unjudged::NoDensity),
        _ => Err(Unjudged::InfiniteVariance),
    }
}

fn of_features(system: &System, kind: &Kind) -> Result<Margin, Unjudged> {
    let System::Features(features) = system else { return Err(Unjudged::NoFeatures) };
    match kind {
        Kind::SwitchOn(number) => faces::switch_on(features, *number),
        _ => faces::collapse(features),
    }
}

fn of_line(problem: &Problem, kind: &Kind) -> Result<Margin, Unjudged> {
    match kind {
        Kind::Collapse => ends::collapse(problem),
        // The only feature grows from nothing where v = 0 repels.
        Kind::SwitchOn(1) if problem.model.depth == 0 => Err(Unjudged::NoFace),
        Kind::SwitchOn(1) => ends::growth_at_zero(problem),
        Kind::SwitchOn(asked) => Err(Unjudged::NoSuchFeature { asked: *asked, features: 1 }),
        Kind::DivergenceAtZero => ends::divergence_at_zero(problem),
        Kind::ModeLoss => profile::mode_loss(problem),
        Kind::Bimodality => profile::bimodality(problem),
        Kind::ModeJump => profile::mode_jump(problem),
        Kind::Moment(order) => ends::moment(problem, *order),
        Kind::GapEdge => gap::gap_edge(problem),
        Kind::VarianceMaximum | Kind::SgdCollapse(_) | Kind::Condition(_) => Err(Unjudged::Several),
    }
}
