//! The picture of a density: linear axes on the left, logarithmic ones on the right.

use super::marks::{self, Mark};
use super::panel::{Abscissa, Ordinate, Panel};
use super::svg::{Anchor, Canvas, Font, Stroke, WIDTH, colour, plain, text_width};
use super::{notice, svg};
use crate::output::view::{Height, View};
use crate::output::{caption, number};
use crate::record::{Sampling, Solution};
use std::f64::consts::LN_10;

/// Upper and lower edge of both panels; flags are above, labels below.
const TOP: f64 = 214.0;
const BOTTOM: f64 = 524.0;
/// Left and right edges of the two panels.
const LINEAR: [f64; 2] = [98.0, 560.0];
const LOG: [f64; 2] = [704.0, 1166.0];
/// Decades of p that a logarithmic panel shows at most.
const DECADES: f64 = 16.0;
/// Lines of the legend and in it.
const LEGEND_Y: f64 = 102.0;
const CURVE: Stroke = Stroke::solid(colour::CURVE, 2.8);
const FORMULA: Stroke = Stroke::dashed(colour::FORMULA, 1.6, "7 6");

/// What runs along the horizontal axes: a symbol, and what it is.
pub(super) const NETWORK: [&str; 2] = ["v", ",  slope of the network  f(x) = v x"];

/// The picture of a density of what `variable` says as the text of an SVG file.
pub(super) fn draw(solution: &Solution, samples: &[&Sampling], variable: [&str; 2]) -> String {
    let view = View::new(&solution.curve, solution.support);
    if view.is_empty() {
        return notice::no_curve(solution);
    }
    let mut canvas = Canvas::new();
    notice::head(&mut canvas, solution);
    legend(&mut canvas, solution, samples);
    let marks = marks::of(solution);
    linear_panel(&mut canvas, solution, &view, samples, &marks, variable);
    log_panel(&mut canvas, solution, &view, samples, &marks, variable[0]);
    notice::foot(&mut canvas, solution, !samples.is_empty());
    canvas.finish(&solution.title)
}

/// What the lines and points are, in one row.
fn legend(canvas: &mut Canvas, solution: &Solution, samples: &[&Sampling]) {
    let font = Font::new(15.0, colour::TEXT, Anchor::Start);
    let mut x = notice::MARGIN;
    let mut entry = |canvas: &mut Canvas, text: &str, draw: &dyn Fn(&mut Canvas, f64)| {
        draw(canvas, x);
        canvas.text((x + 44.0, LEGEND_Y), text, font);
        x += 44.0 + text_width(text, font.size) + 34.0;
    };
    let line = |stroke: Stroke| {
        move |canvas: &mut Canvas, x: f64| canvas.line((x, LEGEND_Y - 5.0), (x + 36.0, LEGEND_Y - 5.0), stroke)
    };
    entry(canvas, &format!("computed, {} cells", solution.solver.cells), &line(CURVE));
    if !solution.curve.formula_log_density.is_empty() {
        entry(canvas, "closed formula", &line(FORMULA));
    }
    for (sampling, colour) in coloured(samples) {
        let text = format!(
            "{}, η = {}",
            plain(caption::method(&sampling.method), 24),
            number::shortest(sampling.learning_rate)
        );
        let point = move |canvas: &mut Canvas, x: f64| {
            canvas.line((x + 18.0, LEGEND_Y - 14.0), (x + 18.0, LEGEND_Y + 4.0), Stroke::solid(colour, 1.4));
            canvas.circle((x + 18.0, LEGEND_Y - 5.0), 3.8, colour);
        };
        entry(canvas, &text, &point);
    }
}

fn coloured<'a>(samples: &'a [&'a Sampling]) -> impl Iterator<Item = (&'a Sampling, &'static str)> {
    samples.iter().zip(svg::colour::SAMPLES.into_iter().cycle()).map(|(s, c)| (*s, c))
}

fn linear_panel(
    canvas: &mut Canvas,
    solution: &Solution,
    view: &View,
    samples: &[&Sampling],
    marks: &[Mark],
    [symbol, meaning]: [&str; 2],
) {
    let window = view.linear_window(solution.support);
    let height = view.height(window, &solution.mode.interior);
    let panel = Panel {
        left: LINEAR[0],
        right: LINEAR[1],
        top: TOP,
        bottom: BOTTOM,
        abscissa: Abscissa::Linear,
        ordinate: Ordinate::Linear,
        across: window,
        up: [0.0, if height.clipped { height.top } else { highest(samples, window, height.top) }],
    };
    panel.frame(canvas, [(symbol, meaning), (&format!("density  p({symbol})"), "")]);
    contents(canvas, &panel, view, window, samples);
    panel.flags(canvas, &marks::flags(marks, [panel.left, panel.right], |v| panel.position(v)), |v| {
        view.log_density_near(v)
    });
    if height.clipped {
        canvas.text(
            (panel.right - 8.0, panel.top + 22.0),
            &clip_note(solution, height),
            Font::new(14.0, colour::DIM, Anchor::End).rimmed(),
        );
    }
}

/// The top of the panel with room for the samples' bars, as far as they are near the curve at all.
fn highest(samples: &[&Sampling], [lo, hi]: [f64; 2], top: f64) -> f64 {
    let bars = samples.iter().flat_map(|s| {
        let h = &s.histogram;
        let inside = h.edges.windows(2).map(move |e| e[1] >= lo && e[0] <= hi);
        inside.zip(h.density.iter().zip(&h.error)).filter(|(inside, _)| *inside).map(|(_, (p, e))| 1.02 * (p + e))
    });
    bars.filter(|bar| *bar <= 1.5 * top).fold(top, f64::max)
}

fn clip_note(solution: &Solution, height: Height) -> String {
    let cut = format!("axis cut off at p = {}", number::significant(height.top, 2));
    if solution.mode.diverges { format!("p grows without bound towards v = 0; {cut}") } else { cut }
}

/// Curve, formula and samples.
fn contents(canvas: &mut Canvas, panel: &Panel, view: &View, [lo, hi]: [f64; 2], samples: &[&Sampling]) {
    let nodes = view.nodes(lo, hi);
    let curve = panel.points(nodes, |node| Some(node.log_density));
    let formula = panel.points(nodes, |node| node.formula);
    panel.inside(canvas, |canvas| {
        if panel.ordinate == Ordinate::Linear {
            panel.fill(canvas, &curve);
        }
        canvas.polyline(&curve, CURVE);
        canvas.polyline(&formula, FORMULA);
        for (sampling, colour) in coloured(samples) {
            panel.samples(canvas, &sampling.histogram, colour);
        }
    });
}

/// What runs along the horizontal axis of the logarithmic panel, its ends and its name.
struct LogAxis {
    abscissa: Abscissa,
    across: [f64; 2],
    /// The same ends in v, ascending.
    window: [f64; 2],
    name: String,
}

impl LogAxis {
    /// The distance from an end of the support; v itself where there is none.
    fn of(solution: &Solution, view: &View, symbol: &str) -> Self {
        let (origin, side) = match solution.support {
            [Some(lo), Some(hi)] if hi.abs() < lo.abs() => (hi, -1.0),
            [Some(lo), _] => (lo, 1.0),
            [None, Some(hi)] => (hi, -1.0),
            [None, None] => return Self::linear(view, symbol),
        };
        match view.log_window(origin, side) {
            Some(across) => {
                let ends = across.map(|u: f64| origin + side * u.exp());
                let window = [ends[0].min(ends[1]), ends[0].max(ends[1])];
                Self { abscissa: Abscissa::Log { origin, side }, across, window, name: distance(symbol, origin, side) }
            }
            None => Self::linear(view, symbol),
        }
    }

    fn linear(view: &View, symbol: &str) -> Self {
        let window = view.tail_window();
        Self { abscissa: Abscissa::Linear, across: window, window, name: symbol.to_owned() }
    }
}

/// `v`, `−v`, `v − 1.25` or `1.25 − v`.
fn distance(v: &str, origin: f64, side: f64) -> String {
    let size = number::significant(origin.abs(), 4);
    match (origin == 0.0, side > 0.0, origin > 0.0) {
        (true, true, _) => v.to_owned(),
        (true, false, _) => format!("−{v}"),
        (false, true, true) => format!("{v} − {size}"),
        (false, true, false) => format!("{v} + {size}"),
        (false, false, true) => format!("{size} − {v}"),
        (false, false, false) => format!("−{size} − {v}"),
    }
}

fn log_panel(
    canvas: &mut Canvas,
    solution: &Solution,
    view: &View,
    samples: &[&Sampling],
    marks: &[Mark],
    symbol: &str,
) {
    let axis = LogAxis::of(solution, view, symbol);
    let [lo, hi] = axis.window;
    let heights = view.nodes(lo, hi).iter().filter(|n| (lo..=hi).contains(&n.v)).map(|n| n.log_density);
    let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), l| (a.min(l), b.max(l)));
    let low = low.max(high - DECADES * LN_10);
    let pad = (0.05 * (high - low)).max(0.2);
    let panel = Panel {
        left: LOG[0],
        right: LOG[1],
        top: TOP,
        bottom: BOTTOM,
        abscissa: axis.abscissa,
        ordinate: Ordinate::Log,
        across: axis.across,
        up: if low <= high { [low - pad, high + pad] } else { [-1.0, 1.0] },
    };
    let scale = if axis.abscissa == Abscissa::Linear { "" } else { "  (log scale)" };
    panel.frame(canvas, [(&axis.name, scale), (&format!("density  p({symbol})"), "  (log scale)")]);
    contents(canvas, &panel, view, axis.window, samples);
    panel.flags(canvas, &marks::flags(marks, [panel.left, panel.right], |v| panel.position(v)), |v| {
        view.log_density_near(v)
    });
    notes(canvas, solution, &panel);
}

/// The power of the tail, and which quantiles are too near the end of the support to be seen.
fn notes(canvas: &mut Canvas, solution: &Solution, panel: &Panel) {
    if let (Some(tail), [_, None] | [None, _]) = (solution.tail_exponent.finite(), solution.support) {
        let text = format!("tail  p ~ |v|^{{−{}}}", number::significant(tail.value, 4));
        canvas.text((panel.right - 8.0, panel.top + 22.0), &text, Font::new(14.0, colour::DIM, Anchor::End).rimmed());
    }
    let hidden: Vec<String> = solution
        .quantiles
        .iter()
        .filter(|row| row.value.finite().is_some_and(|e| panel.position(e.value).is_none_or(|x| x < panel.left)))
        .map(|row| number::probability(row.q))
        .collect();
    if !hidden.is_empty() {
        let text = format!("← further left: {}", hidden.join(", "));
        canvas.text(
            (panel.left + 8.0, panel.bottom - 12.0),
            &text,
            Font::new(14.0, colour::DIM, Anchor::Start).rimmed(),
        );
    }
}

/// Width that a text of the whole picture may take.
pub(super) const TEXT_WIDTH: f64 = WIDTH - 2.0 * 40.0;

/// The line under the picture: which network, how exactly computed, by what.
pub(super) fn facts(solution: &Solution, sampled: bool) -> String {
    let parameters = caption::Parameters::of(&solution.provenance).phrase();
    let worst = solution.curve.log_density_error.iter().copied().fold(0.0, f64::max);
    let mut parts = Vec::new();
    if !parameters.is_empty() {
        parts.push(parameters);
    }
    if worst > 0.0 && worst.is_finite() {
        parts.push(format!("error of ln p at most {worst:.0e}"));
    }
    if sampled {
        parts.push("bars: one standard error".to_owned());
    }
    parts.push(caption::program(&solution.stillpoint, &solution.provenance));
    parts.join("   ·   ")
}
