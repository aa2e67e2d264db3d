//! One panel: a rectangle of the picture with its axes, and what is drawn into it.

use super::axis::{self, Ticks};
use super::marks::{Flag, OFFSET, SIZE};
use super::svg::{Anchor, Canvas, Font, Stroke, colour};
use crate::output::view::Node;
use crate::record::Histogram;

/// Height of one row of flags.
const FLAG_ROW: f64 = 18.0;
/// Size of tick labels and of axis names.
const TICK_SIZE: f64 = 15.0;
const NAME_SIZE: f64 = 16.0;
/// Points of a curve nearer to each other than this are drawn as one.
const FINE: f64 = 0.9;

/// What runs along the horizontal axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Abscissa {
    /// v itself.
    Linear,
    /// ln of the distance from `origin`, on the side that the sign of `side` says.
    Log { origin: f64, side: f64 },
}

impl Abscissa {
    /// The coordinate of v; `None` where a logarithm has none.
    pub(super) fn of(self, v: f64) -> Option<f64> {
        let u = match self {
            Self::Linear => v,
            Self::Log { origin, side } => (side * (v - origin)).ln(),
        };
        u.is_finite().then_some(u)
    }

    fn ticks(self, [lo, hi]: [f64; 2]) -> Ticks {
        match self {
            Self::Linear => axis::linear(lo, hi, 6),
            Self::Log { .. } => axis::logarithmic(lo, hi, 8),
        }
    }
}

/// What runs along the vertical axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Ordinate {
    /// p
    Linear,
    /// ln p
    Log,
}

impl Ordinate {
    fn of(self, log_density: f64) -> f64 {
        match self {
            Self::Linear => log_density.exp(),
            Self::Log => log_density,
        }
    }

    fn ticks(self, [lo, hi]: [f64; 2]) -> Ticks {
        match self {
            Self::Linear => axis::linear(lo, hi, 6),
            Self::Log => axis::logarithmic(lo, hi, 8),
        }
    }
}

/// A rectangle with two axes.
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) abscissa: Abscissa,
    pub(super) ordinate: Ordinate,
    /// Ends of the axes in their own coordinates.
    pub(super) across: [f64; 2],
    pub(super) up: [f64; 2],
}

impl Panel {
    fn x(&self, u: f64) -> f64 {
        let [lo, hi] = self.across;
        self.left + (u - lo) / (hi - lo) * (self.right - self.left)
    }

    /// Far above the panel is as good as infinitely far: the clip hides it.
    pub(super) fn y(&self, w: f64) -> f64 {
        let [lo, hi] = self.up;
        let share = ((w - lo) / (hi - lo)).clamp(-2.0, 3.0);
        self.bottom - share * (self.bottom - self.top)
    }

    /// The horizontal place of v.
    pub(super) fn position(&self, v: f64) -> Option<f64> {
        self.abscissa.of(v).map(|u| self.x(u))
    }

    /// The place of (x, y); `None` where a logarithmic axis has none for it.
    pub(super) fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let w = match self.ordinate {
            Ordinate::Linear => y,
            Ordinate::Log => y.ln(),
        };
        w.is_finite().then_some((self.position(x)?, self.y(w)))
    }

    /// Grid lines, ticks, their labels and the names of the axes: a symbol and what it is.
    pub(super) fn frame(&self, canvas: &mut Canvas, names: [(&str, &str); 2]) {
        let (across, up) = (self.abscissa.ticks(self.across), self.ordinate.ticks(self.up));
        self.rules(canvas, &across, &up);
        let edge = Stroke::solid(colour::AXIS, 1.4);
        canvas.line((self.left, self.top), (self.left, self.bottom), edge);
        canvas.line((self.left, self.bottom), (self.right, self.bottom), edge);
        let name = Font::new(NAME_SIZE, colour::TEXT, Anchor::Middle);
        let middle = (self.left + self.right) / 2.0;
        canvas.text((middle, self.bottom + 50.0), &named(names[0], &across), name);
        let (x, y) = (self.left - 62.0, (self.top + self.bottom) / 2.0);
        canvas.turned_text((x, y), &named(names[1], &up), name, -90.0);
    }

    /// Ticks on all of what is drawn already, and the names of the axes.
    pub(super) fn outlined(&self, canvas: &mut Canvas, [across, up]: [&str; 2]) {
        canvas.frame((self.left, self.top), (self.right, self.bottom), Stroke::solid(colour::AXIS, 1.2));
        let ticks = [self.abscissa.ticks(self.across), self.ordinate.ticks(self.up)];
        self.marks(canvas, &ticks[0], &ticks[1], None);
        let name = Font::new(NAME_SIZE, colour::TEXT, Anchor::Middle);
        let middle = (self.left + self.right) / 2.0;
        canvas.text((middle, self.bottom + 50.0), &named((across, ""), &ticks[0]), name);
        let (x, y) = (self.left - 62.0, (self.top + self.bottom) / 2.0);
        canvas.turned_text((x, y), &named((up, ""), &ticks[1]), name, -90.0);
    }

    /// The horizontal axis alone.
    pub(super) fn base(&self, canvas: &mut Canvas, name: (&str, &str)) {
        let across = self.abscissa.ticks(self.across);
        self.rules(canvas, &across, &Ticks::default());
        canvas.line((self.left, self.bottom), (self.right, self.bottom), Stroke::solid(colour::AXIS, 1.4));
        let font = Font::new(NAME_SIZE, colour::TEXT, Anchor::Middle);
        let middle = (self.left + self.right) / 2.0;
        canvas.text((middle, self.bottom + 50.0), &named(name, &across), font);
    }

    fn rules(&self, canvas: &mut Canvas, across: &Ticks, up: &Ticks) {
        self.marks(canvas, across, up, Some(Stroke::solid(colour::RULE, 1.0)));
    }

    /// Ticks with their labels, and lines across the panel where there is a stroke for them.
    fn marks(&self, canvas: &mut Canvas, across: &Ticks, up: &Ticks, rule: Option<Stroke>) {
        let edge = Stroke::solid(colour::AXIS, 1.2);
        for tick in &across.ticks {
            let x = self.x(tick.at);
            let length = if tick.label.is_empty() { 4.0 } else { 7.0 };
            if !tick.label.is_empty() {
                if let Some(rule) = rule {
                    canvas.line((x, self.top), (x, self.bottom), rule);
                }
                let font = Font::new(TICK_SIZE, colour::TEXT, Anchor::Middle);
                canvas.text((x, self.bottom + 24.0), &tick.label, font);
            }
            canvas.line((x, self.bottom), (x, self.bottom + length), edge);
        }
        for tick in &up.ticks {
            let y = self.y(tick.at);
            let length = if tick.label.is_empty() { 4.0 } else { 7.0 };
            if !tick.label.is_empty() {
                if let Some(rule) = rule {
                    canvas.line((self.left, y), (self.right, y), rule);
                }
                let font = Font::new(TICK_SIZE, colour::TEXT, Anchor::End);
                canvas.text((self.left - 11.0, y + 5.0), &tick.label, font);
            }
            canvas.line((self.left - length, y), (self.left, y), edge);
        }
    }

    /// Draws something that is cut off at the edges of the panel.
    pub(super) fn inside(&self, canvas: &mut Canvas, draw: impl FnOnce(&mut Canvas)) {
        canvas.clipped((self.left, self.top), (self.right, self.bottom), draw);
    }

    /// The points of a curve in the picture.
    pub(super) fn points(&self, nodes: &[Node], log_density: impl Fn(&Node) -> Option<f64>) -> Vec<(f64, f64)> {
        let place = |node: &Node| Some((self.position(node.v)?, self.y(self.ordinate.of(log_density(node)?))));
        thinned(nodes.iter().filter_map(place).collect())
    }

    /// The area between a curve and the horizontal axis.
    pub(super) fn fill(&self, canvas: &mut Canvas, curve: &[(f64, f64)]) {
        if let (Some(first), Some(last)) = (curve.first(), curve.last()) {
            let mut outline = vec![(first.0, self.bottom)];
            outline.extend_from_slice(curve);
            outline.push((last.0, self.bottom));
            canvas.area(&outline, colour::AREA);
        }
    }

    /// A histogram as points with bars of one standard error.
    pub(super) fn samples(&self, canvas: &mut Canvas, histogram: &Histogram, colour: &'static str) {
        let bins = histogram.edges.windows(2).zip(&histogram.density);
        let shown: Vec<_> = bins
            .enumerate()
            .filter_map(|(i, (edges, &density))| {
                let x = self.bin_centre(edges[0], edges[1])?;
                let error = histogram.error.get(i).copied().unwrap_or(0.0);
                let visible = (self.left..=self.right).contains(&x) && density > 0.0 && density.is_finite();
                visible.then_some((x, density, error))
            })
            .collect();
        let radius = if shown.len() > 50 { 2.6 } else { 3.8 };
        for (x, density, error) in shown {
            let at = |p: f64| self.y(self.ordinate.of(p.max(f64::MIN_POSITIVE).ln()));
            canvas.line((x, at(density - error)), (x, at(density + error)), Stroke::solid(colour, 1.4));
            canvas.circle((x, at(density)), radius, colour);
        }
    }

    /// The middle of a bin as it is seen on this axis.
    fn bin_centre(&self, lo: f64, hi: f64) -> Option<f64> {
        match (self.position(lo), self.position(hi)) {
            (Some(a), Some(b)) => Some((a + b) / 2.0),
            _ => self.position((lo + hi) / 2.0),
        }
    }

    /// Flags above the panel, each with a pole down to the curve.
    pub(super) fn flags(&self, canvas: &mut Canvas, flags: &[Flag], log_density: impl Fn(f64) -> Option<f64>) {
        for flag in flags {
            let on_curve = log_density(flag.v).map_or(self.bottom, |l| self.y(self.ordinate.of(l)));
            let on_curve = on_curve.clamp(self.top, self.bottom);
            if let Some(row) = flag.row {
                let top = self.top - 18.0 - FLAG_ROW * row as f64;
                canvas.line((flag.x, top), (flag.x, on_curve), Stroke::solid(flag.colour, 0.9));
                let y = self.top - 8.0 - FLAG_ROW * row as f64;
                let (x, anchor) =
                    if flag.leftward { (flag.x - OFFSET, Anchor::End) } else { (flag.x + OFFSET, Anchor::Start) };
                canvas.text((x, y), &flag.text, Font::new(SIZE, flag.colour, anchor));
            }
            canvas.circle((flag.x, on_curve), 3.6, flag.colour);
        }
    }
}

/// The symbol of an axis, what its labels are counted from and in, and what it is.
fn named((symbol, what): (&str, &str), ticks: &Ticks) -> String {
    format!("{symbol}{}{what}", ticks.unit())
}

/// Leaves out points that are nearer than `FINE` to the one before: nobody would see them.
pub(super) fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let last = points.len().saturating_sub(1);
    for (i, point) in points.into_iter().enumerate() {
        let far = |from: &(f64, f64)| (from.0 - point.0).abs().max((from.1 - point.1).abs()) >= FINE;
        if i == last || kept.last().is_none_or(far) {
            kept.push(point);
        }
    }
    kept
}
