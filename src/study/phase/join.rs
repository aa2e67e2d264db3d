//! Pieces of a diagram joined: curves get their numbers, and every boundary its list of points.

use super::branches::Branches;
use super::{Axis, Plane};
use crate::estimate::Quantity;
use crate::record::{
    AbsentBoundary, BesideBoundary, Boundary, BoundaryPoint, PhaseAxis, PhaseKind, PhaseParts, PhasePiece, PhaseRow,
    PhaseSolution, Provenance,
};

/// The pieces of a plane, in the order of [`Plane::pieces`], with what is asked for; who made them is left open.
pub fn parts(plane: &Plane, pieces: Vec<Option<PhasePiece>>) -> PhaseParts {
    let kind = |kind: &super::Kind| PhaseKind { name: kind.to_string(), sides: kind.sides() };
    PhaseParts {
        stillpoint: env!("CARGO_PKG_VERSION").into(),
        title: plane.title.clone(),
        x: axis(&plane.x),
        y: plane.y.as_ref().map(|(y, _)| axis(y)),
        kinds: plane.kinds.iter().map(kind).collect(),
        pieces,
        shard: None,
        checksum: String::new(),
        provenance: Provenance::default(),
    }
}

fn axis(axis: &Axis) -> PhaseAxis {
    PhaseAxis { key: axis.key.clone(), from: axis.from, to: axis.to, scale: if axis.log { "log" } else { "linear" } }
}

/// The diagram; pieces that are not there have no rows.
pub fn join(parts: &PhaseParts) -> PhaseSolution {
    let PhaseAxis { key, from, to, scale } = parts.x.clone();
    let x = Axis { key, from, to, log: scale == "log" };
    let blocks = (parts.pieces.len() / parts.kinds.len().max(1)).max(1);
    let pieces = parts.pieces.chunks(blocks);
    PhaseSolution {
        stillpoint: parts.stillpoint.clone(),
        title: parts.title.clone(),
        x: parts.x.clone(),
        y: parts.y.clone(),
        boundaries: parts.kinds.iter().zip(pieces).map(|(kind, pieces)| boundary(kind, &x, pieces)).collect(),
        provenance: parts.provenance.clone(),
    }
}

fn boundary(kind: &PhaseKind, x: &Axis, pieces: &[Option<PhasePiece>]) -> Boundary {
    let rows: Vec<&PhaseRow> = pieces.iter().flatten().flat_map(|piece| &piece.rows).collect();
    let points = points(kind, x, &rows);
    let absent: Vec<AbsentBoundary> = rows.iter().filter_map(|row| row.absent.clone()).collect();
    let reason = points.is_empty().then(|| absent.first().map(|row| row.reason.clone())).flatten();
    Boundary { kind: kind.name.clone(), sides: kind.sides.clone(), points, absent, reason, beside: beside(&rows) }
}

fn points(kind: &PhaseKind, x: &Axis, rows: &[&PhaseRow]) -> Vec<BoundaryPoint> {
    let mut branches = Branches::new(x.span());
    let mut points = Vec::new();
    for (step, row) in rows.iter().enumerate() {
        let Some(zeros) = &row.zeros else { continue };
        let places = zeros.iter().map(|zero| (x.coordinate(zero.x.value), zero.rising));
        let numbers = branches.number(places, step as f64);
        let point = |(zero, branch): (&crate::record::PhaseZero, usize)| BoundaryPoint {
            x: Quantity::Finite(zero.x),
            y: zero.y,
            formula: zero.formula,
            branch,
            beyond: kind.sides[usize::from(!zero.rising)].clone(),
        };
        points.extend(zeros.iter().zip(numbers).map(point));
    }
    // Stable: by y within a branch.
    points.sort_by_key(|point| point.branch);
    points
}

/// By route, and then by y.
fn beside(rows: &[&PhaseRow]) -> Vec<BesideBoundary> {
    let all = || rows.iter().flat_map(|row| &row.beside);
    let mut routes: Vec<&str> = Vec::new();
    for found in all() {
        if !routes.contains(&found.route.as_str()) {
            routes.push(&found.route);
        }
    }
    routes.iter().flat_map(|route| all().filter(move |found| found.route == *route).cloned()).collect()
}
