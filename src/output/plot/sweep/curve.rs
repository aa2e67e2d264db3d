//! One observable along one axis.

use super::Tile;
use crate::output::plot::panel::{Abscissa, Ordinate, Panel};
use crate::output::plot::svg::{Anchor, Canvas, Font, Stroke, colour};
use crate::record::{SweepRecord, SweepStatus};

const CURVE: Stroke = Stroke::solid(colour::CURVE, 2.2);
/// Positive values over more decades than this have a logarithmic axis.
const DECADES: f64 = 2.5;
/// Values that differ by less, relative to their size, are one value and its rounding.
const SAME: f64 = 1e-9;
/// Fewer points than this are marked one by one.
const FEW: usize = 40;

/// A point of the curve.
#[derive(Debug, Clone, Copy)]
struct Point {
    at: f64,
    value: f64,
    error: f64,
    /// Whether all mass sits at one point there.
    point_mass: bool,
}

pub(super) fn draw(canvas: &mut Canvas, tile: Tile, record: &SweepRecord, k: usize) {
    let Some(axis) = record.axes.first() else { return };
    let points = points(record, k);
    let log = axis.log && axis.values.iter().all(|x| *x > 0.0);
    let abscissa = if log { Abscissa::Log { origin: 0.0, side: 1.0 } } else { Abscissa::Linear };
    let places = || axis.values.iter().filter_map(|&x| abscissa.of(x));
    let across = widened(places().fold(f64::INFINITY, f64::min), places().fold(f64::NEG_INFINITY, f64::max), 0.0);
    let known: Vec<f64> = points.iter().flatten().map(|p| p.value).collect();
    let (low, high) = known.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
    let same = high - low <= SAME * low.abs().max(high.abs());
    let (low, high) = if same { (0.5 * (low + high), 0.5 * (low + high)) } else { (low, high) };
    let decades = low > 0.0 && (high / low).log10() > DECADES;
    let ordinate = if decades { Ordinate::Log } else { Ordinate::Linear };
    let height = |x: f64| if decades { x.ln() } else { x };
    let up = if known.is_empty() { [0.0, 1.0] } else { widened(height(low), height(high), 0.06) };
    let Tile { left, right, top, bottom } = tile;
    let panel = Panel { left, right, top, bottom, abscissa, ordinate, across, up };
    panel.frame(canvas, [(&axis.key, ""), ("", "")]);
    if known.is_empty() {
        let font = Font::new(15.0, colour::DIM, Anchor::Middle);
        canvas.text((0.5 * (left + right), 0.5 * (top + bottom)), "no numbers: see the table", font);
    }
    panel.inside(canvas, |canvas| {
        for run in runs(&points) {
            let place = |p: &Point, value: f64| Some((panel.position(p.at)?, panel.y(height(value))));
            let edge = |sign: f64| run.iter().map(move |p| (p, p.value + sign * p.error));
            let mut band: Vec<(f64, f64)> = edge(1.0).filter_map(|(p, value)| place(p, value)).collect();
            let floor = if decades { low } else { f64::NEG_INFINITY };
            band.extend(edge(-1.0).rev().filter_map(|(p, value)| place(p, value.max(floor))));
            canvas.area(&band, colour::AREA);
            let line: Vec<(f64, f64)> = run.iter().filter_map(|p| place(p, p.value)).collect();
            canvas.polyline(&line, CURVE);
            for (p, &at) in run.iter().zip(&line) {
                let colour = if p.point_mass { colour::SAMPLES[0] } else { colour::CURVE };
                if p.point_mass || run.len() == 1 || axis.values.len() < FEW {
                    canvas.circle(at, 3.4, colour);
                }
            }
        }
    });
}

fn points(record: &SweepRecord, k: usize) -> Vec<Option<Point>> {
    let one = |(i, row): (usize, &crate::record::SweepRow)| {
        let (value, error, status) = row.cell(k);
        let known = matches!(status, SweepStatus::Number | SweepStatus::PointMass) && value.is_finite();
        let at = record.at(i).first().copied()?;
        known.then_some(Point { at, value, error, point_mass: status == SweepStatus::PointMass })
    };
    let mut points: Vec<Option<Point>> = record.rows.iter().enumerate().map(one).collect();
    // Listed values come in any order.
    if record.axes.first().is_some_and(|axis| !axis.values.is_sorted()) {
        points.retain(Option::is_some);
        points.sort_by(|a, b| a.map_or(0.0, |p| p.at).total_cmp(&b.map_or(0.0, |p| p.at)));
    }
    points
}

/// Stretches without a gap and of one kind of law.
fn runs(points: &[Option<Point>]) -> Vec<Vec<Point>> {
    let mut runs: Vec<Vec<Point>> = Vec::new();
    let mut before: Option<Point> = None;
    for point in points {
        if let Some(p) = point {
            match (runs.last_mut(), before) {
                (Some(run), Some(b)) if b.point_mass == p.point_mass => run.push(*p),
                _ => runs.push(vec![*p]),
            }
        }
        before = *point;
    }
    runs
}

/// A window around an interval, `share` of it wider on either side.
pub(super) fn widened(low: f64, high: f64, share: f64) -> [f64; 2] {
    let margin = if high > low { share * (high - low) } else { 0.5 * low.abs().max(1.0) };
    [low - margin, high + margin]
}
