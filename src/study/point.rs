//! The record of a point mass.

use super::Problem;
use crate::estimate::{Estimate, Quantity};
use crate::record::{
    Curve, InvariantLaw, LawKind, Mode, MomentRow, PointRow, Provenance, QuantileRow, Solution, SolverReport,
};

/// A point mass at `v`.
pub(super) fn point_mass(
    problem: &Problem,
    v: f64,
    reason: String,
    invariant_laws: Vec<InvariantLaw>,
    solver: SolverReport,
) -> Solution {
    let at = Quantity::Finite(Estimate::exact(v));
    let moment = |&order: &f64| {
        let infinite = v == 0.0 && order < 0.0;
        let value = if infinite { Quantity::Infinite } else { Quantity::Finite(Estimate::exact(v.abs().powf(order))) };
        MomentRow { order, value }
    };
    let quantile = |&q: &f64| QuantileRow { q, value: at, log_abs: v.abs().ln(), log_abs_error: 0.0 };
    let point = |&x: &f64| PointRow {
        v: x,
        log_density: None,
        error: None,
        cdf: f64::from(u8::from(x >= v)),
        sf: f64::from(u8::from(x < v)),
        cdf_relative_error: 0.0,
        sf_relative_error: 0.0,
    };
    Solution {
        stillpoint: env!("CARGO_PKG_VERSION").into(),
        title: problem.title.clone(),
        law: LawKind::PointMass,
        point: Some(v),
        reason: Some(reason),
        support: [Some(v), Some(v)],
        mean: at,
        variance: Quantity::Finite(Estimate::exact(0.0)),
        mode: Mode { at, diverges: false, interior: Vec::new() },
        moments: problem.moments.iter().map(moment).collect(),
        quantiles: problem.quantiles.iter().map(quantile).collect(),
        points: problem.points.iter().map(point).collect(),
        tail_exponent: Quantity::Absent,
        invariant_laws,
        solver,
        comparison: None,
        curve: Curve::default(),
        provenance: Provenance::default(),
    }
}
