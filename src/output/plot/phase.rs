//! The picture of boundaries: curves in the plane of the two parameters, or marks on a line of one.

use super::axis::{self, Ticks};
use super::notice::{footing, heading};
use super::svg::{Anchor, Canvas, Font, Stroke, colour, plain};
use crate::estimate::Quantity;
use crate::output::caption;
use crate::record::{Boundary, PhaseAxis, PhaseSolution};

const LEFT: f64 = 104.0;
const RIGHT: f64 = 850.0;
const TOP: f64 = 104.0;
const BOTTOM: f64 = 540.0;
/// Left edge of the legend and distance of its lines.
const LEGEND: f64 = 884.0;
const ROW: f64 = 27.0;
/// Characters of an entry of the legend.
const ENTRY: usize = 34;
/// Colours of the boundaries, told apart also by those who see few colours.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#00785a", "#aa4499", "#e69f00", "#56b4e9", "#882255", "#555555"];
/// Width of a curve.
const WIDTH: f64 = 2.6;
/// Marks of what stands beside.
const MARK: f64 = 4.5;

/// The picture as the text of an SVG file.
pub(super) fn draw(solution: &PhaseSolution) -> String {
    let mut canvas = Canvas::new();
    let subject = caption::program(&solution.stillpoint, &solution.provenance);
    heading(&mut canvas, &solution.title, &format!("boundaries of the stationary law, {subject}"));
    let frame = Frame::of(solution);
    frame.rules(&mut canvas, solution);
    canvas.clipped((LEFT, TOP), (RIGHT, BOTTOM), |canvas| {
        for (boundary, pen) in drawn(solution) {
            frame.boundary(canvas, boundary, pen);
        }
    });
    legend(&mut canvas, solution);
    footing(&mut canvas, "curves: computed, error bars below the width of the line unless drawn; dashes: formula");
    canvas.finish(&solution.title)
}

/// Boundaries with the line that each is drawn with: where colours come again, they are dashed.
fn drawn(solution: &PhaseSolution) -> impl Iterator<Item = (&Boundary, Stroke)> {
    let solid = COLOURS.into_iter().map(|colour| Stroke::solid(colour, WIDTH));
    let dashed = COLOURS.into_iter().map(|colour| Stroke::dashed(colour, WIDTH, "14 5"));
    let dotted = COLOURS.into_iter().map(|colour| Stroke::dashed(colour, WIDTH, "3 4"));
    solution.boundaries.iter().zip(solid.chain(dashed).chain(dotted).cycle())
}

/// A parameter along an edge.
struct Scale {
    log: bool,
    ends: [f64; 2],
}

impl Scale {
    fn of(axis: &PhaseAxis) -> Self {
        let log = axis.scale == "log";
        let at = |x: f64| if log { x.ln() } else { x };
        Self { log, ends: [at(axis.from), at(axis.to)] }
    }

    /// 0 at the lower end, 1 at the upper.
    fn share(&self, x: f64) -> f64 {
        self.place(if self.log { x.ln() } else { x })
    }

    fn ticks(&self) -> Ticks {
        let [low, high] = self.ends;
        if self.log { axis::logarithmic(low, high, 8) } else { axis::linear(low, high, 7) }
    }

    /// The same of what is stepped; a single value is in the middle.
    fn place(&self, at: f64) -> f64 {
        let [low, high] = self.ends;
        if low == high { 0.5 } else { (at - low) / (high - low) }
    }
}

struct Frame {
    x: Scale,
    y: Option<Scale>,
}

impl Frame {
    fn of(solution: &PhaseSolution) -> Self {
        Self { x: Scale::of(&solution.x), y: solution.y.as_ref().map(Scale::of) }
    }

    fn across(&self, x: f64) -> f64 {
        LEFT + self.x.share(x) * (RIGHT - LEFT)
    }

    /// Without a second parameter, in the middle.
    fn up(&self, y: Option<f64>) -> f64 {
        let share = self.y.as_ref().zip(y).map_or(0.5, |(scale, y)| scale.share(y));
        BOTTOM - share * (BOTTOM - TOP)
    }

    fn rules(&self, canvas: &mut Canvas, solution: &PhaseSolution) {
        let rule = Stroke::solid(colour::RULE, 1.0);
        let across = self.x.ticks();
        for tick in across.ticks.iter().filter(|t| !t.label.is_empty()) {
            let x = LEFT + self.x.place(tick.at) * (RIGHT - LEFT);
            canvas.line((x, TOP), (x, BOTTOM), rule);
            canvas.text((x, BOTTOM + 22.0), &tick.label, Font::new(15.0, colour::TEXT, Anchor::Middle));
        }
        let name = Font::new(16.0, colour::TEXT, Anchor::Middle);
        let text = format!("{}{}", plain(&solution.x.key, 60), across.unit());
        canvas.text(((LEFT + RIGHT) / 2.0, BOTTOM + 50.0), &text, name);
        if let (Some(scale), Some(axis)) = (&self.y, &solution.y) {
            let up = scale.ticks();
            for tick in up.ticks.iter().filter(|t| !t.label.is_empty()) {
                let y = BOTTOM - scale.place(tick.at) * (BOTTOM - TOP);
                canvas.line((LEFT, y), (RIGHT, y), rule);
                canvas.text((LEFT - 10.0, y + 5.0), &tick.label, Font::new(15.0, colour::TEXT, Anchor::End));
            }
            let text = format!("{}{}", plain(&axis.key, 60), up.unit());
            canvas.turned_text((LEFT - 66.0, (TOP + BOTTOM) / 2.0), &text, name, -90.0);
        }
        canvas.frame((LEFT, TOP), (RIGHT, BOTTOM), Stroke::solid(colour::AXIS, 1.4));
    }

    fn boundary(&self, canvas: &mut Canvas, boundary: &Boundary, pen: Stroke) {
        let colour = pen.colour;
        let branches = boundary.points.iter().map(|p| p.branch).max().map_or(0, |most| most + 1);
        for branch in 0..branches {
            let points = boundary.points.iter().filter(|p| p.branch == branch);
            let found: Vec<_> = points.clone().filter_map(|p| Some((p.x.finite()?, p.y))).collect();
            if self.y.is_none() {
                for (x, _) in &found {
                    let x = self.across(x.value);
                    canvas.line((x, TOP), (x, BOTTOM), pen);
                }
            }
            let curve: Vec<_> = found.iter().map(|(x, y)| (self.across(x.value), self.up(*y))).collect();
            canvas.polyline(&curve, pen);
            if let ([point], true) = (curve.as_slice(), self.y.is_some()) {
                canvas.dot(*point, 3.0, colour, 1.0);
            }
            let formula: Vec<_> = points.filter_map(|p| Some((self.across(p.formula?), self.up(p.y)))).collect();
            canvas.polyline(&formula, Stroke::dashed(colour::FORMULA, 1.2, "6 7"));
            for (x, y) in &found {
                self.bar(canvas, x.value, x.error(), *y, colour);
            }
        }
        for beside in &boundary.beside {
            let Quantity::Finite(x) = beside.x else { continue };
            self.bar(canvas, x.value, x.error(), beside.y, colour);
            let centre = (self.across(x.value), self.up(beside.y));
            canvas.circle(centre, if beside.route.contains("SGD") { MARK } else { 0.5 * MARK }, colour);
        }
    }

    /// An error bar, where it can be seen.
    fn bar(&self, canvas: &mut Canvas, x: f64, error: f64, y: Option<f64>, colour: &'static str) {
        let [low, high] = [self.across(x - error), self.across(x + error)];
        if high - low > 2.0 {
            canvas.line((low, self.up(y)), (high, self.up(y)), Stroke::solid(colour, 1.4));
        }
    }
}

/// What the curves are, and what holds on their sides.
fn legend(canvas: &mut Canvas, solution: &PhaseSolution) {
    let mut y = TOP + 10.0;
    for (boundary, pen) in drawn(solution) {
        let colour = pen.colour;
        canvas.line((LEGEND, y - 5.0), (LEGEND + 30.0, y - 5.0), pen);
        let font = Font::new(15.0, colour::TEXT, Anchor::Start);
        canvas.text((LEGEND + 38.0, y), &plain(&boundary.kind, ENTRY), font.bold());
        let small = Font::new(12.5, colour::DIM, Anchor::Start);
        let sides = match (boundary.reason.is_some(), boundary.points.first()) {
            (false, Some(point)) => format!("right: {}", point.beyond),
            _ => "not in this plane".to_owned(),
        };
        canvas.text((LEGEND + 38.0, y + 16.0), &plain(&sides, ENTRY + 4), small);
        y += ROW + 14.0;
        let mut routes: Vec<&str> = Vec::new();
        for beside in boundary.beside.iter().filter(|b| b.x.finite().is_some()) {
            if !routes.contains(&beside.route.as_str()) {
                routes.push(&beside.route);
            }
        }
        for route in routes {
            canvas.circle((LEGEND + 15.0, y - 5.0), if route.contains("SGD") { MARK } else { 0.5 * MARK }, colour);
            canvas.text((LEGEND + 38.0, y), &plain(route, ENTRY), small);
            y += ROW - 6.0;
        }
    }
    let y = if solution.boundaries.iter().any(|b| b.points.iter().any(|p| p.formula.is_some())) { y } else { return };
    canvas.line((LEGEND, y - 5.0), (LEGEND + 30.0, y - 5.0), Stroke::dashed(colour::FORMULA, 1.2, "6 7"));
    canvas.text((LEGEND + 38.0, y), "formula", Font::new(15.0, colour::TEXT, Anchor::Start));
}
