//! Training without noise: the start flows to a fixed point of the drift.

use super::landscape::point_law;
use super::{Problem, StudyError};
use crate::model::Diagonal;
use crate::numeric::{Bracket, bracketed_root};
use crate::process::{Process, REACH};
use crate::record::InvariantLaw;

/// Stations per unit of ln|v| at which the sign of the drift is read.
const STATIONS: f64 = 8.0;

/// The point a start on the branch flows to, and all points that attract.
pub(super) fn fixed_points(problem: &Problem) -> Result<(f64, Vec<InvariantLaw>), StudyError> {
    let model = &problem.model;
    if model.depth == 0 {
        let v = linear_minimum(model);
        return Ok((v, vec![point_law(v, true, true, "without noise the minimum of the loss attracts")]));
    }
    let mut attracting = Vec::new();
    for piece in model.pieces(problem.branch) {
        let drift = |z: f64| piece.process.coefficients(&[z]).drift[0];
        let count = (2.0 * REACH * STATIONS) as usize;
        let station = |i: usize| -REACH + i as f64 / STATIONS;
        let mut before = drift(station(0));
        if before <= 0.0 {
            attracting.push(0.0);
        }
        for i in 1..=count {
            let here = drift(station(i));
            if before > 0.0 && here <= 0.0 {
                let z = bracketed_root(Bracket { low: station(i - 1), high: station(i) }, drift);
                attracting.push(piece.coordinate.to_physical(z));
            }
            before = here;
        }
    }
    let reached = attracting.iter().copied().fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
    let mut laws: Vec<InvariantLaw> = attracting
        .iter()
        .map(|&v| point_law(v, v == reached, true, "without noise this fixed point of the drift attracts"))
        .collect();
    if !attracting.contains(&0.0) {
        laws.push(point_law(0.0, false, false, "v = 0 cannot be left, but nearby starts move away"));
    }
    Ok((reached, laws))
}

/// D = 0: the minimum of the loss with its decay and, where asked for, its finite-step correction.
fn linear_minimum(model: &Diagonal) -> f64 {
    let m = &model.moments;
    let width = f64::from(model.width);
    let factor = if model.modified_loss { 1.0 + model.temperature * m.beta1() * width } else { 1.0 };
    m.beta2() * factor / (m.beta1() * factor + model.weight_decay / width)
}
