//! One heat map: ln p in colour, contours that hold given shares of the mass, the current as arrows, samples
//! and modes on top.

use super::SHARES;
use crate::output::plane::{Plane, Raster, Scale, Span};
use crate::output::plot::axis::{self, Ticks};
use crate::output::plot::raster::indexed;
use crate::output::plot::svg::{Anchor, Canvas, Font, Stroke, colour, plain};
use contour::ContourBuilder;

/// Nats of density that the colours span at most.
const DEPTH: f64 = 15.0;
/// Colours of the palette; one more index means no density.
const COLOURS: usize = 250;
/// Pixels per picture unit.
const FINE: f64 = 1.25;
/// Arrows along the longer side.
const ARROWS: f64 = 22.0;
/// Currents weaker than this share of the strongest are not drawn.
const FAINT: f64 = 0.01;
const CONTOUR: Stroke = Stroke::solid("#ffffff", 1.1);
const ARROW: Stroke = Stroke::solid("#111111", 1.3);
const POINT: &str = "#d55e00";

/// A rectangle of the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Frame {
    /// The place of u on the horizontal axis.
    pub(super) fn x(&self, span: &Span, u: f64) -> f64 {
        let [lo, hi] = span.window;
        self.left + (u - lo) / (hi - lo) * (self.right - self.left)
    }

    /// The place of u on the vertical axis.
    pub(super) fn y(&self, span: &Span, u: f64) -> f64 {
        let [lo, hi] = span.window;
        self.bottom - (u - lo) / (hi - lo) * (self.bottom - self.top)
    }

    fn size(&self) -> [f64; 2] {
        [self.right - self.left, self.bottom - self.top]
    }

    pub(super) fn inside(&self, canvas: &mut Canvas, draw: impl FnOnce(&mut Canvas)) {
        canvas.clipped((self.left, self.top), (self.right, self.bottom), draw);
    }

    pub(super) fn outline(&self, canvas: &mut Canvas) {
        canvas.frame((self.left, self.top), (self.right, self.bottom), Stroke::solid(colour::AXIS, 1.2));
    }
}

/// A plane as it is seen in a frame.
pub(super) struct Heat<'a> {
    plane: &'a Plane,
    frame: Frame,
    raster: Raster,
    /// ln p of the darkest and the brightest colour.
    range: [f64; 2],
}

impl<'a> Heat<'a> {
    pub(super) fn new(plane: &'a Plane, frame: Frame) -> Self {
        let pixels = frame.size().map(|side| (FINE * side).round().max(2.0) as usize);
        let raster = Raster::new(plane, &plane.log_density, pixels);
        let finite = || raster.values.iter().copied().filter(|l| l.is_finite());
        let top = finite().fold(f64::NEG_INFINITY, f64::max);
        let low = finite().fold(f64::INFINITY, f64::min).max(top - DEPTH);
        let range = if low < top { [low, top] } else { [top - 1.0, top] };
        Self { plane, frame, raster, range }
    }

    /// Colours and contours.
    pub(super) fn map(&self, canvas: &mut Canvas) {
        let Frame { left, right, top, bottom } = self.frame;
        if let Some(png) = self.png() {
            canvas.image((left, top), (right, bottom), &png);
        }
        self.frame.inside(canvas, |canvas| self.contours(canvas));
    }

    /// The map as a PNG with a palette; `None` if it cannot be encoded.
    fn png(&self) -> Option<Vec<u8>> {
        let [lo, hi] = self.range;
        let index = |l: &f64| match (l - lo) / (hi - lo) {
            t if t.is_nan() => COLOURS as u8,
            t => (t.clamp(0.0, 1.0) * (COLOURS - 1) as f64).round() as u8,
        };
        let pixels: Vec<u8> = self.raster.values.iter().map(index).collect();
        indexed(&pixels, self.raster.width, self.raster.height, COLOURS)
    }

    fn contours(&self, canvas: &mut Canvas) {
        let (width, height) = (self.raster.width, self.raster.height);
        // Contours of what is not there would be contours of NaN.
        let floor = self.range[0] - 2.0 * DEPTH;
        let values: Vec<f64> =
            self.raster.values.iter().map(|l| if l.is_finite() { l.max(floor) } else { floor }).collect();
        let [w, h] = self.frame.size();
        let builder = ContourBuilder::new(width, height, true)
            .x_origin(self.frame.left)
            .y_origin(self.frame.top)
            .x_step(w / width as f64)
            .y_step(h / height as f64);
        let Ok(lines) = builder.lines(&values, &self.plane.levels(&SHARES)) else { return };
        for line in lines.iter().flat_map(|line| &line.geometry().0) {
            let points: Vec<(f64, f64)> = line.0.iter().map(|p| (p.x, p.y)).collect();
            canvas.polyline(&thinned(&points), CONTOUR);
        }
    }

    /// The current as arrows whose area grows with its strength.
    pub(super) fn arrows(&self, canvas: &mut Canvas) {
        let Some([jx, jy]) = &self.plane.current else { return };
        let [w, h] = self.frame.size();
        let step = w.max(h) / ARROWS;
        let counts = [w, h].map(|side| (side / step).round().max(1.0) as usize);
        let coarse = [Raster::new(self.plane, jx, counts), Raster::new(self.plane, jy, counts)];
        let unit: [f64; 2] = std::array::from_fn(|i| {
            let [lo, hi] = self.plane.spans[i].window;
            [w, h][i] / (hi - lo)
        });
        let arrows: Vec<((f64, f64), (f64, f64))> = (0..counts[0] * counts[1])
            .filter_map(|k| {
                let (i, j) = (k % counts[0], k / counts[0]);
                let flow = (coarse[0].values[k] * unit[0], -coarse[1].values[k] * unit[1]);
                let at = (
                    self.frame.left + (i as f64 + 0.5) * w / counts[0] as f64,
                    self.frame.top + (j as f64 + 0.5) * h / counts[1] as f64,
                );
                (flow.0.is_finite() && flow.1.is_finite()).then_some((at, flow))
            })
            .collect();
        let strongest = arrows.iter().map(|(_, f)| f.0.hypot(f.1)).fold(0.0, f64::max);
        for (at, flow) in arrows {
            let size = flow.0.hypot(flow.1);
            if size > FAINT * strongest {
                let length = 0.95 * step * (size / strongest).sqrt();
                arrow(canvas, at, (flow.0 / size, flow.1 / size), length);
            }
        }
    }

    /// Positions of samples.
    pub(super) fn cloud(&self, canvas: &mut Canvas, points: impl Iterator<Item = [f64; 2]>) {
        let [x, y] = &self.plane.spans;
        let places: Vec<(f64, f64)> = points
            .map(|[a, b]| (self.frame.x(x, x.scale.of(a)), self.frame.y(y, y.scale.of(b))))
            .filter(|(a, b)| {
                (self.frame.left..=self.frame.right).contains(a) && (self.frame.top..=self.frame.bottom).contains(b)
            })
            .collect();
        let opacity = if places.len() > 600 { 0.5 } else { 0.8 };
        self.frame.inside(canvas, |canvas| {
            for place in places {
                canvas.dot(place, 1.7, POINT, opacity);
            }
        });
    }

    /// A mark at a point of the plane, with a word beside it.
    pub(super) fn mark(&self, canvas: &mut Canvas, [a, b]: [f64; 2], text: &str) {
        let [x, y] = &self.plane.spans;
        let place = (self.frame.x(x, x.scale.of(a)), self.frame.y(y, y.scale.of(b)));
        let inside = (self.frame.left..=self.frame.right).contains(&place.0)
            && (self.frame.top..=self.frame.bottom).contains(&place.1);
        if inside {
            canvas.circle(place, 6.0, "#111111");
            canvas.circle(place, 4.2, "#ffffff");
            let font = Font::new(14.0, colour::TEXT, Anchor::Start).bold().rimmed();
            canvas.text((place.0 + 10.0, place.1 - 8.0), text, font);
        }
    }

    /// Ticks and names of the axes, where they are wanted.
    pub(super) fn axes(&self, canvas: &mut Canvas, [across, up]: [bool; 2], size: f64) {
        self.frame.outline(canvas);
        let [x, y] = &self.plane.spans;
        if across {
            below(canvas, self.frame, x, size);
        }
        if up {
            beside(canvas, self.frame, y, size);
        }
    }

    /// Which colour is which ln p.
    pub(super) fn bar(&self, canvas: &mut Canvas, frame: Frame, name: &str) {
        let ramp: Vec<u8> = (0..COLOURS as u8).rev().collect();
        if let Some(png) = indexed(&ramp, 1, COLOURS, COLOURS) {
            canvas.image((frame.left, frame.top), (frame.right, frame.bottom), &png);
        }
        frame.outline(canvas);
        let span = Span { name: name.to_owned(), scale: Scale::Linear, window: self.range };
        let ticks = axis::linear(self.range[0], self.range[1], 7);
        let font = Font::new(14.0, colour::TEXT, Anchor::Start);
        for tick in &ticks.ticks {
            let y = frame.y(&span, tick.at);
            canvas.line((frame.right, y), (frame.right + 5.0, y), Stroke::solid(colour::AXIS, 1.2));
            canvas.text((frame.right + 9.0, y + 5.0), &tick.label, font);
        }
        let at = (frame.right + 84.0, (frame.top + frame.bottom) / 2.0);
        let title = Font::new(15.0, colour::TEXT, Anchor::Middle);
        canvas.turned_text(at, &format!("{}{}", plain(name, 60), ticks.unit()), title, -90.0);
    }
}

/// Ticks of an axis.
pub(super) fn ticks(span: &Span, target: usize) -> Ticks {
    let [lo, hi] = span.window;
    match span.scale {
        Scale::Linear => axis::linear(lo, hi, target),
        Scale::Log { .. } => axis::logarithmic(lo, hi, target + 2),
    }
}

/// The name of an axis with its unit and scale.
pub(super) fn title(span: &Span, ticks: &Ticks) -> String {
    let name = plain(&span.name, 40);
    match span.scale {
        Scale::Linear => format!("{name}{}", ticks.unit()),
        Scale::Log { sign } => {
            format!("{}{name}{}  (log scale)", if sign < 0.0 { "−" } else { "" }, ticks.unit())
        }
    }
}

fn below(canvas: &mut Canvas, frame: Frame, span: &Span, size: f64) {
    let ticks = ticks(span, ((frame.right - frame.left) / 65.0) as usize);
    let font = Font::new(size, colour::TEXT, Anchor::Middle);
    for tick in &ticks.ticks {
        let x = frame.x(span, tick.at);
        let length = if tick.label.is_empty() { 3.5 } else { 6.0 };
        canvas.line((x, frame.bottom), (x, frame.bottom + length), Stroke::solid(colour::AXIS, 1.2));
        canvas.text((x, frame.bottom + 8.0 + size), &tick.label, font);
    }
    let middle = (frame.left + frame.right) / 2.0;
    let name = Font::new(size + 1.0, colour::TEXT, Anchor::Middle);
    canvas.text((middle, frame.bottom + 16.0 + 2.2 * size), &title(span, &ticks), name);
}

fn beside(canvas: &mut Canvas, frame: Frame, span: &Span, size: f64) {
    let ticks = ticks(span, ((frame.bottom - frame.top) / 60.0) as usize);
    let font = Font::new(size, colour::TEXT, Anchor::End);
    for tick in &ticks.ticks {
        let y = frame.y(span, tick.at);
        let length = if tick.label.is_empty() { 3.5 } else { 6.0 };
        canvas.line((frame.left - length, y), (frame.left, y), Stroke::solid(colour::AXIS, 1.2));
        canvas.text((frame.left - 10.0, y + 0.35 * size), &tick.label, font);
    }
    let at = (frame.left - 3.9 * size, (frame.top + frame.bottom) / 2.0);
    let name = Font::new(size + 1.0, colour::TEXT, Anchor::Middle);
    canvas.turned_text(at, &title(span, &ticks), name, -90.0);
}

/// An arrow centred at `at` along the unit vector `along`.
fn arrow(canvas: &mut Canvas, at: (f64, f64), along: (f64, f64), length: f64) {
    let (half, head) = (0.5 * length, (0.38 * length).clamp(2.5, 8.0));
    let point = |forward: f64, aside: f64| {
        (at.0 + forward * along.0 - aside * along.1, at.1 + forward * along.1 + aside * along.0)
    };
    canvas.line(point(-half, 0.0), point(half - 0.7 * head, 0.0), ARROW);
    canvas.area(&[point(half, 0.0), point(half - head, 0.42 * head), point(half - head, -0.42 * head)], ARROW.colour);
}

/// Every second point of lines so fine that nobody sees the difference, and always both ends.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let last = points.len().saturating_sub(1);
    points.iter().enumerate().filter(|(i, _)| i % 2 == 0 || *i == last).map(|(_, p)| *p).collect()
}
