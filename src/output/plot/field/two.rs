//! Two variables: the heat map with its marginals on top and on the right, and a colour bar.

use super::heat::{Frame, Heat};
use super::side::{self, Curve, Side};
use super::{SHARES, foot, head, sampler};
use crate::output::number;
use crate::output::plane::{Plane, Scale};
use crate::output::plot::notice::MARGIN;
use crate::output::plot::svg::{Anchor, Canvas, Font, Stroke, colour, plain, text_width};
use crate::record::{FieldSampling, FieldSolution};

const SIZE: [f64; 2] = [1100.0, 1000.0];
const MAP: Frame = Frame { left: 112.0, right: 800.0, top: 266.0, bottom: 880.0 };
const ABOVE: Frame = Frame { top: 134.0, bottom: 258.0, ..MAP };
const RIGHT: Frame = Frame { left: 808.0, right: 932.0, ..MAP };
const BAR: Frame = Frame { left: 966.0, right: 988.0, ..MAP };
const LEGEND_Y: f64 = 104.0;
/// Wells beyond these are not marked.
const MARKS: usize = 8;

pub(super) fn draw(solution: &FieldSolution, samples: &[&FieldSampling]) -> Option<String> {
    let plane = Plane::of(solution, 0, 1)?;
    let mut canvas = Canvas::sized(SIZE[0], SIZE[1]);
    head(&mut canvas, solution);
    legend(&mut canvas, &plane, samples);
    let heat = Heat::new(&plane, MAP);
    heat.map(&mut canvas);
    for sampling in samples {
        heat.cloud(&mut canvas, sampling.cloud.iter().filter_map(|p| Some([*p.first()?, *p.get(1)?])));
    }
    heat.arrows(&mut canvas);
    marks(&mut canvas, &heat, solution, &plane);
    heat.axes(&mut canvas, [true, true], 15.0);
    heat.bar(&mut canvas, BAR, &density_name(&plane));
    marginals(&mut canvas, solution, &plane, samples);
    foot(&mut canvas, solution, samples);
    Some(canvas.finish(&solution.title))
}

/// `ln p(x, y)`, with logarithms where axes are logarithmic: the density is that of what is seen.
pub(super) fn density_name(plane: &Plane) -> String {
    let names = plane.spans.each_ref().map(|span| match span.scale {
        Scale::Linear => span.name.clone(),
        Scale::Log { sign } if sign < 0.0 => format!("ln(−{})", span.name),
        Scale::Log { .. } => format!("ln {}", span.name),
    });
    format!("ln p({})", names.join(", "))
}

fn marginals(canvas: &mut Canvas, solution: &FieldSolution, plane: &Plane, samples: &[&FieldSampling]) {
    for (axis, frame, side) in [(0, ABOVE, Side::Across), (1, RIGHT, Side::Up)] {
        let clouds: Vec<Vec<f64>> = samples.iter().map(|s| side::values(s, axis)).collect();
        let coloured: Vec<(&[f64], &'static str)> =
            clouds.iter().map(Vec::as_slice).zip(colour::SAMPLES.into_iter().cycle()).collect();
        Curve::of(solution, plane, axis).draw(canvas, frame, &plane.spans[axis], side, &coloured);
    }
}

/// The modes of the model's own variables; with the weights of their wells where there are several.
fn marks(canvas: &mut Canvas, heat: &Heat<'_>, solution: &FieldSolution, plane: &Plane) {
    // Along logarithmic axes the density that is seen is highest elsewhere.
    let own = plane.spans.iter().all(|span| span.scale == Scale::Linear);
    let mode = if own { "mode".to_owned() } else { format!("mode of p({})", solution.variables.join(", ")) };
    for well in solution.wells.iter().take(MARKS) {
        let [Some(a), Some(b)] = [well.mode.first(), well.mode.get(1)].map(|q| q.and_then(|q| q.finite())) else {
            continue;
        };
        let text = match well.weight.finite() {
            Some(weight) if solution.wells.len() > 1 => number::probability(number::rounded(weight.value, 3)),
            _ => plain(&mode, 40),
        };
        heat.mark(canvas, [a.value, b.value], &text);
    }
}

/// What lines, arrows and points are, in one row.
fn legend(canvas: &mut Canvas, plane: &Plane, samples: &[&FieldSampling]) {
    let font = Font::new(15.0, colour::TEXT, Anchor::Start);
    let mut x = MARGIN;
    let mut entry = |canvas: &mut Canvas, text: &str, draw: &dyn Fn(&mut Canvas, f64)| {
        draw(canvas, x);
        canvas.text((x + 40.0, LEGEND_Y), text, font);
        x += 40.0 + text_width(text, font.size) + 30.0;
    };
    let shares: Vec<String> = SHARES.iter().map(|s| number::significant(100.0 * s, 4)).collect();
    let line = |stroke: Stroke| {
        move |canvas: &mut Canvas, x: f64| canvas.line((x, LEGEND_Y - 5.0), (x + 30.0, LEGEND_Y - 5.0), stroke)
    };
    let contour = |canvas: &mut Canvas, x: f64| {
        canvas.line((x, LEGEND_Y - 5.0), (x + 30.0, LEGEND_Y - 5.0), Stroke::solid("#3b528b", 9.0));
        line(Stroke::solid("#ffffff", 1.6))(canvas, x);
    };
    entry(canvas, &format!("contours: densest {} % of the mass", shares.join(", ")), &contour);
    if plane.current.is_some() {
        let arrow = |canvas: &mut Canvas, x: f64| {
            line(Stroke::solid("#111111", 1.5))(canvas, x);
            canvas
                .area(&[(x + 34.0, LEGEND_Y - 5.0), (x + 25.0, LEGEND_Y - 9.0), (x + 25.0, LEGEND_Y - 1.0)], "#111111");
        };
        entry(canvas, "probability current", &arrow);
    } else if plane.still {
        entry(canvas, "no current: entropy production 0 within its error", &|_, _| ());
    }
    for (sampling, colour) in samples.iter().zip(colour::SAMPLES.into_iter().cycle()) {
        let point = move |canvas: &mut Canvas, x: f64| {
            for (dx, dy) in [(6.0, -8.0), (14.0, -3.0), (22.0, -9.0)] {
                canvas.dot((x + dx, LEGEND_Y + dy), 2.4, colour, 1.0);
            }
        };
        entry(canvas, &plain(&sampler(sampling), 40), &point);
    }
}
