//! Three variables: marginals on the diagonal, heat maps of pairs below it.

use super::heat::{Frame, Heat, ticks, title};
use super::side::{self, Curve, Side};
use super::{SHARES, foot, head, sampler};
use crate::output::number;
use crate::output::plane::Plane;
use crate::output::plot::svg::{Anchor, Canvas, Font, Stroke, colour, plain};
use crate::record::{FieldSampling, FieldSolution};

const SIZE: [f64; 2] = [1100.0, 1060.0];
/// Left and upper edge of the triangle, side of a panel and distance to the next.
const LEFT: f64 = 112.0;
const TOP: f64 = 112.0;
const SIDE: f64 = 270.0;
const STEP: f64 = 286.0;

pub(super) fn draw(solution: &FieldSolution, samples: &[&FieldSampling]) -> Option<String> {
    let n = solution.variables.len();
    let mut canvas = Canvas::sized(SIZE[0], SIZE[1]);
    head(&mut canvas, solution);
    for row in 0..n {
        for column in 0..row {
            let plane = Plane::of(solution, column, row)?;
            let heat = Heat::new(&plane, frame(row, column));
            heat.map(&mut canvas);
            for sampling in samples {
                let points = sampling.cloud.iter();
                heat.cloud(&mut canvas, points.filter_map(|p| Some([*p.get(column)?, *p.get(row)?])));
            }
            heat.axes(&mut canvas, [row + 1 == n, column == 0], 14.0);
        }
        // Any plane with this variable on its first axis has its marginal.
        let plane = Plane::of(solution, row, (row + 1) % n)?;
        diagonal(&mut canvas, solution, &plane, row, row + 1 == n, samples);
    }
    legend(&mut canvas, samples);
    foot(&mut canvas, solution, samples);
    Some(canvas.finish(&solution.title))
}

fn frame(row: usize, column: usize) -> Frame {
    let (left, top) = (LEFT + STEP * column as f64, TOP + STEP * row as f64);
    Frame { left, right: left + SIDE, top, bottom: top + SIDE }
}

/// The marginal of one variable, named above; with its axis if nothing is below.
fn diagonal(
    canvas: &mut Canvas,
    solution: &FieldSolution,
    plane: &Plane,
    i: usize,
    lowest: bool,
    samples: &[&FieldSampling],
) {
    let frame = frame(i, i);
    let clouds: Vec<Vec<f64>> = samples.iter().map(|s| side::values(s, i)).collect();
    let coloured: Vec<(&[f64], &'static str)> =
        clouds.iter().map(Vec::as_slice).zip(colour::SAMPLES.into_iter().cycle()).collect();
    let span = &plane.spans[0];
    Curve::of(solution, plane, 0).draw(canvas, frame, span, Side::Across, &coloured);
    let ticks = ticks(span, 4);
    let font = Font::new(14.0, colour::TEXT, Anchor::Middle);
    for tick in &ticks.ticks {
        let x = frame.x(span, tick.at);
        canvas.line((x, frame.bottom), (x, frame.bottom + 5.0), Stroke::solid(colour::AXIS, 1.2));
        if lowest {
            canvas.text((x, frame.bottom + 22.0), &tick.label, font);
        }
    }
    let at = (frame.right - 8.0, frame.top + 20.0);
    canvas.text(at, &format!("p({})", plain(&span.name, 30)), Font::new(15.0, colour::DIM, Anchor::End).rimmed());
    if lowest {
        let middle = (frame.left + frame.right) / 2.0;
        canvas.text((middle, frame.bottom + 46.8), &title(span, &ticks), Font::new(15.0, colour::TEXT, Anchor::Middle));
    }
}

/// What is seen, in the empty corner.
fn legend(canvas: &mut Canvas, samples: &[&FieldSampling]) {
    let shares: Vec<String> = SHARES.iter().map(|s| number::significant(100.0 * s, 4)).collect();
    let mut lines = vec![
        ("on the diagonal: laws of single variables".to_owned(), colour::TEXT),
        ("below: ln p of pairs, the third summed over;".to_owned(), colour::TEXT),
        (format!("contours: densest {} % of the mass", shares.join(", ")), colour::TEXT),
    ];
    for (sampling, colour) in samples.iter().zip(colour::SAMPLES.into_iter().cycle()) {
        lines.push((format!("points: {}", sampler(sampling)), colour));
    }
    for (i, (text, colour)) in lines.iter().enumerate() {
        let at = (LEFT + 1.9 * STEP, TOP + 30.0 + 26.0 * i as f64);
        canvas.text(at, &plain(text, 60), Font::new(15.0, colour, Anchor::Start));
    }
}
