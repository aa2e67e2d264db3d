//! Figures made of series: panels side by side, one legend above them.

use super::notice;
use super::panel::{Abscissa, Ordinate, Panel};
use super::svg::{Anchor, Canvas, Font, Stroke, WIDTH, colour, plain, text_width};
use crate::record::{Figure, FigureAxis, FigurePanel, Look, Series};

/// Height of a figure.
const HEIGHT: f64 = 660.0;
/// Where the legend starts, and the height of its rows.
const LEGEND: f64 = 100.0;
const ROW: f64 = 24.0;
/// Distance from the last row of the legend to the panels: a line for their titles.
const TITLES: f64 = 36.0;
/// Left edge of the first panel, right edge of the last, and room between two for labels.
const LEFT: f64 = 98.0;
const RIGHT: f64 = WIDTH - 34.0;
const BETWEEN: f64 = 120.0;
/// Lower edge of the panels above the lower edge of the figure.
const BELOW: f64 = 112.0;
/// Space left free around what is drawn, as a share of the axis.
const PAD: f64 = 0.04;
/// A logarithmic axis without ends of its own shows this much below its top at most.
const DECADES: f64 = 14.0;
/// Colours that remain apart for colour-blind eyes (Okabe and Ito), the light ones darkened.
const COLOURS: [&str; 8] =
    [colour::CURVE, "#d55e00", "#00785a", "#aa4499", "#b37400", "#3a9bd0", colour::FORMULA, "#8a8a8a"];
const BANDS: [&str; 8] = ["#d9eaf4", "#fae3d3", "#d3e8e3", "#f1dfed", "#f3e8d0", "#dff0fa", "#dddddd", "#ececec"];

/// The figure as the text of an SVG file.
pub(super) fn draw(figure: &Figure) -> String {
    let mut canvas = Canvas::sized(WIDTH, HEIGHT);
    notice::heading(&mut canvas, &figure.title, &figure.subtitle);
    let rows = legend(&mut canvas, figure);
    let top = LEGEND + ROW * rows as f64 + TITLES;
    let count = figure.panels.len().max(1) as f64;
    let width = (RIGHT - LEFT - BETWEEN * (count - 1.0)) / count;
    for (i, panel) in figure.panels.iter().enumerate() {
        let left = LEFT + (width + BETWEEN) * i as f64;
        self::panel(&mut canvas, panel, [left, left + width], top);
    }
    notice::footing(&mut canvas, &figure.caption);
    canvas.finish(&figure.title)
}

/// What the lines are, in rows; how many rows there are beyond the first.
fn legend(canvas: &mut Canvas, figure: &Figure) -> usize {
    let font = Font::new(15.0, colour::TEXT, Anchor::Start);
    let (mut x, mut row) = (notice::MARGIN, 0);
    let mut seen: Vec<&str> = vec![""];
    for series in figure.panels.iter().flat_map(|panel| &panel.series) {
        if seen.contains(&series.name.as_str()) {
            continue;
        }
        seen.push(&series.name);
        let text = plain(&series.name, 90);
        let wide = 44.0 + text_width(&text, font.size) + 26.0;
        if x > notice::MARGIN && x + wide > WIDTH {
            (x, row) = (notice::MARGIN, row + 1);
        }
        let y = LEGEND + ROW * row as f64;
        key(canvas, series, (x, y - 5.0));
        canvas.text((x + 44.0, y), &text, font);
        x += wide;
    }
    row
}

/// A short piece of a series.
fn key(canvas: &mut Canvas, series: &Series, (x, y): (f64, f64)) {
    let ink = ink(series);
    match series.look {
        Look::Line => canvas.line((x, y), (x + 36.0, y), Stroke::solid(ink, 2.4)),
        Look::Dashed => canvas.line((x, y), (x + 36.0, y), Stroke::dashed(ink, 2.0, "7 6")),
        Look::Points => canvas.circle((x + 18.0, y), 4.0, ink),
        Look::Band => {
            canvas.area(&[(x, y - 6.0), (x + 36.0, y - 6.0), (x + 36.0, y + 6.0), (x, y + 6.0)], paint(series))
        }
    }
}

fn ink(series: &Series) -> &'static str {
    COLOURS[series.colour % COLOURS.len()]
}

fn paint(series: &Series) -> &'static str {
    BANDS[series.colour % BANDS.len()]
}

fn panel(canvas: &mut Canvas, drawn: &FigurePanel, [left, right]: [f64; 2], top: f64) {
    let across = ends(&drawn.x, drawn.series.iter().map(|s| (s.x.as_slice(), [].as_slice())));
    let up = ends(&drawn.y, drawn.series.iter().map(|s| (s.y.as_slice(), s.error.as_slice())));
    let panel = Panel {
        left,
        right,
        top,
        bottom: HEIGHT - BELOW,
        abscissa: if drawn.x.log { Abscissa::Log { origin: 0.0, side: 1.0 } } else { Abscissa::Linear },
        ordinate: if drawn.y.log { Ordinate::Log } else { Ordinate::Linear },
        across,
        up,
    };
    panel.frame(canvas, [(&plain(&drawn.x.name, 80), ""), (&plain(&drawn.y.name, 60), "")]);
    let font = Font::new(16.0, colour::TEXT, Anchor::Start).bold();
    canvas.text((left, top - 14.0), &plain(&drawn.title, 90), font);
    panel.inside(canvas, |canvas| {
        for series in &drawn.series {
            self::series(canvas, &panel, series);
        }
    });
}

/// Ends of an axis in its own coordinate (ln of the values if it is logarithmic).
fn ends<'a>(axis: &FigureAxis, values: impl Iterator<Item = (&'a [f64], &'a [f64])>) -> [f64; 2] {
    let of = |x: f64| if axis.log { x.ln() } else { x };
    if let Some(range) = axis.range {
        return range.map(of);
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (values, errors) in values {
        for (i, &value) in values.iter().enumerate() {
            let error = errors.get(i).copied().unwrap_or(0.0);
            for end in [value - error, value + error].map(of).into_iter().filter(|end| end.is_finite()) {
                (low, high) = (low.min(end), high.max(end));
            }
        }
    }
    if low > high {
        return [of(1.0), of(10.0)];
    }
    if axis.log {
        low = low.max(high - DECADES * std::f64::consts::LN_10);
    }
    let pad = if high > low { PAD * (high - low) } else { 0.5 * high.abs().max(1.0) };
    [low - pad, high + pad]
}

/// The place of a point in the picture, if it has one.
type Place = Option<(f64, f64)>;

fn series(canvas: &mut Canvas, panel: &Panel, series: &Series) {
    let ink = ink(series);
    let points = |shift: f64| -> Vec<Place> {
        let error = |i: usize| series.error.get(i).copied().unwrap_or(0.0);
        let pairs = series.x.iter().zip(&series.y).enumerate();
        pairs.map(|(i, (&x, &y))| panel.place(x, y + shift * error(i))).collect()
    };
    match series.look {
        Look::Line => pieces(&points(0.0)).iter().for_each(|p| canvas.polyline(p, Stroke::solid(ink, 2.2))),
        Look::Dashed => pieces(&points(0.0)).iter().for_each(|p| canvas.polyline(p, Stroke::dashed(ink, 1.8, "7 6"))),
        Look::Points => {
            let radius = if series.x.len() > 60 { 2.4 } else { 3.8 };
            for ((low, at), high) in points(-1.0).into_iter().zip(points(0.0)).zip(points(1.0)) {
                let Some(at) = at else { continue };
                if !series.error.is_empty()
                    && let Some(high) = high
                {
                    canvas.line(low.unwrap_or((at.0, panel.bottom)), high, Stroke::solid(ink, 1.3));
                }
                canvas.circle(at, radius, ink);
            }
        }
        Look::Band => {
            let mut outline: Vec<(f64, f64)> = points(1.0).into_iter().flatten().collect();
            let floor = |(low, at): (Place, Place)| low.or(at.map(|at| (at.0, panel.bottom)));
            let lower: Vec<(f64, f64)> = points(-1.0).into_iter().zip(points(0.0)).filter_map(floor).collect();
            outline.extend(lower.into_iter().rev());
            canvas.area(&outline, paint(series));
        }
    }
}

/// Stretches of a curve between the points that have no place.
fn pieces(points: &[Place]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(Option::is_none)
        .map(|piece| super::panel::thinned(piece.iter().copied().flatten().collect()))
        .collect()
}
