//! From a kind of boundary to its margin at a point of the plane.

use super::growth::Sums;
use super::kind::Kind;
use super::margin::{Case, Margin, Setting, Unjudged};
use super::root::Zero;
use super::sight::Effort;
use super::stretch::Stretch;
use super::{At, Axis, ends, faces, gap, inversion, profile, steps, summits};
use crate::estimate::Quantity;
use crate::study::{FieldProblem, Problem, law, solve_field};

/// The key whose values are T.
const TEMPERATURE: &str = "model.temperature";
/// Wanted error of the laws whose variance is differentiated.
const TOLERANCE: f64 = 1e-12;
/// How many times as far as beside it a mode must move at a jump, and how far at least.
const MOVES: f64 = 10.0;
const SAME_PLACE: f64 = 1e-9;
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

    /// Whether a margin takes a solve on a lattice of several variables, and if so whether there is a quick look.
    pub(super) fn solves_lattices(&self, ys: &[Option<f64>]) -> Option<bool> {
        if !matches!(self.kind, Kind::Condition(_) | Kind::VarianceMaximum(_) | Kind::ModeJump) {
            return None;
        }
        let xs = [self.x.from, self.x.to];
        let mut cases = ys.iter().flat_map(|y| xs.iter().filter_map(|x| (self.at)(*x, *y).ok()));
        let case = cases.next().filter(Case::several)?;
        match case.setting {
            Setting::Field(problem, _) => Some(problem.request.quick().is_some()),
            Setting::Line(..) => None,
        }
    }

    /// The margin there.
    pub(super) fn margin(&self, x: f64, y: Option<f64>, effort: Effort) -> Result<Margin, Unjudged> {
        let margin = self.judged(x, y, effort)?;
        if margin.value.is_nan() || margin.error.is_nan() { Err(Unjudged::NoValue) } else { Ok(margin) }
    }

    fn judged(&self, x: f64, y: Option<f64>, effort: Effort) -> Result<Margin, Unjudged> {
        if let Kind::VarianceMaximum(variable) = self.kind {
            return self.variance_growth(x, y, variable.as_deref(), effort);
        }
        let case = self.case(x, y)?.eased(effort);
        match self.kind {
            Kind::Condition(condition) => condition.margin(&case),
            Kind::SgdCollapse(feature) => steps::sgd_collapse(&case, *feature, &self.sums),
            kind => match (case.features(), kind) {
                (Some(features), Kind::SwitchOn(number)) => faces::switch_on(features, *number),
                (Some(features), Kind::Collapse) => faces::collapse(features),
                _ => of_line(&case, kind),
            },
        }
    }

    /// Whether the law changes its character at a zero of the margin. That of a mode's jump changes its sign too where a
    /// second maximum appears on the other side of the first one.
    pub(super) fn confirms(&self, zero: &Zero, y: Option<f64>) -> bool {
        if *self.kind != Kind::ModeJump {
            return true;
        }
        let mode = |shift: f64| {
            let case = self.case(zero.at + shift * zero.error, y).ok()?;
            if case.several() { summits::mode(&case).ok() } else { profile::mode(&case).ok().map(|z| vec![z]) }
        };
        let [Some(before), Some(below), Some(above), Some(after)] = [-3.0, -1.0, 1.0, 3.0].map(mode) else {
            return true;
        };
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let moved = apart(&below, &before) + apart(&after, &above);
        let jumped = apart(&above, &below);
        let size = below.iter().fold(1.0, |size, v| size + v.abs());
        jumped.is_infinite() || jumped > MOVES * moved + SAME_PLACE * size
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

    fn variance_growth(
        &self,
        x: f64,
        y: Option<f64>,
        variable: Option<&str>,
        effort: Effort,
    ) -> Result<Margin, Unjudged> {
        let step = (inversion::STEP * self.x.span()).min(inversion::WIDEST);
        let [low, high] = self.x.ends();
        // The places around must lie on the axis.
        let x = x.clamp(low + inversion::ROOM * step, high - inversion::ROOM * step);
        let variance = |x: f64| variance(&self.case(x, y)?.eased(effort), variable);
        match effort {
            Effort::Best => inversion::growth(x, step, &variance),
            Effort::Quick => inversion::quick_growth(x, inversion::WIDER * step, &variance),
        }
    }
}

/// Variance of the variable of this name, or the sum over all variables, and its error.
fn variance(case: &Case, variable: Option<&str>) -> Result<[f64; 2], Unjudged> {
    let variances = match &case.setting {
        Setting::Line(problem, _) => {
            let none = Vec::new;
            let asked =
                Problem { tolerance: TOLERANCE, points: none(), quantiles: none(), moments: none(), ..problem.clone() };
            vec![law(&asked)?.variance]
        }
        Setting::Field(problem, _) => {
            let variables = problem.system.variables();
            let one = variables.len() == 1;
            let wanted = |k: &usize| variable.is_none_or(|name| variables[*k] == name);
            let wanted: Vec<usize> = (0..variables.len()).filter(wanted).collect();
            if wanted.is_empty() {
                return Err(Unjudged::NoVariable { variables });
            }
            let mut request = problem.request.of_density();
            if one {
                (request.tolerance, request.grid, request.levels) = (TOLERANCE, None, None);
            }
            let asked = FieldProblem { system: problem.system.clone(), request };
            let covariance = solve_field(&asked, &|_, _, _| {})?.covariance;
            wanted.into_iter().map(|k| covariance[k][k]).collect()
        }
    };
    let mut sum = [0.0; 2];
    for variance in variances {
        match variance {
            Quantity::Finite(variance) if variance.value > 0.0 => {
                sum = [sum[0] + variance.value, sum[1] + variance.error()];
            }
            Quantity::Finite(_) => return Err(Unjudged::NoDensity),
            _ => return Err(Unjudged::InfiniteVariance),
        }
    }
    Ok(sum)
}

fn of_line(case: &Case, kind: &Kind) -> Result<Margin, Unjudged> {
    match kind {
        Kind::Collapse => ends::collapse(case),
        // The only feature grows from nothing where v = 0 repels.
        Kind::SwitchOn(1) => ends::growth_at_zero(&Stretch::all(case)?),
        Kind::SwitchOn(asked) => Err(Unjudged::NoSuchFeature { asked: *asked, features: 1 }),
        Kind::DivergenceAtZero => ends::divergence_at_zero(case),
        Kind::ModeLoss => profile::mode_loss(case),
        Kind::Bimodality => profile::bimodality(case),
        Kind::ModeJump if case.several() => summits::mode_jump(case),
        Kind::ModeJump => profile::mode_jump(case),
        Kind::Moment(order) => ends::moment(case, *order),
        Kind::GapEdge => gap::gap_edge(case),
        Kind::VarianceMaximum(_) | Kind::SgdCollapse(_) | Kind::Condition(_) => Err(Unjudged::Several),
    }
}
