//! A density of two variables drawn with characters, for a first look in the terminal.

use super::layout::{Page, Tone};
use crate::output::number;
use crate::output::plane::{Plane, Raster, Scale, Span};
use crate::record::FieldSolution;

/// Shades from much to little mass, and the share of the mass that lies within them.
const SHADES: [(char, f64); 4] = [('█', 0.5), ('▓', 0.9), ('▒', 0.99), ('░', 0.999)];
/// Columns and rows of the picture.
const SIZE: [usize; 2] = [64, 22];

/// The density of the first two variables, if there are two, with its axes.
pub(super) fn map(page: &mut Page, solution: &FieldSolution) {
    let Some(plane) = Plane::of(solution, 0, 1) else { return };
    let levels = plane.levels(&SHADES.map(|(_, share)| share));
    let raster = Raster::new(&plane, &plane.log_density, SIZE);
    let shade = |value: &f64| {
        let found = SHADES.iter().zip(&levels).find(|(_, level)| *value >= **level);
        found.map_or(' ', |((shade, _), _)| *shade)
    };
    let [across, up] = &plane.spans;
    let ends = up.window.map(|u| value(up, u));
    let margin = ends.iter().map(|e| e.chars().count()).max().unwrap_or(0).max(up.name.chars().count());
    let lines: Vec<String> = raster
        .values
        .chunks(SIZE[0])
        .enumerate()
        .map(|(row, pixels)| {
            let label = match row {
                0 => ends[1].as_str(),
                r if r == SIZE[1] / 2 => &up.name,
                r if r + 1 == SIZE[1] => &ends[0],
                _ => "",
            };
            let gap = " ".repeat(margin - label.chars().count());
            format!("{gap}{label} │{}", pixels.iter().map(shade).collect::<String>())
        })
        .collect();
    page.blank();
    page.picture(&lines, Tone::Curve);
    let blank = " ".repeat(margin + 2);
    let legend: Vec<String> = SHADES.iter().map(|(c, share)| format!("{c} {}", number::probability(*share))).collect();
    let notes =
        [format!("{blank}{}", axis(across)), format!("{blank}densest regions with {} of the mass", legend.join(", "))];
    page.picture(&notes, Tone::Dim);
}

/// `0.1 ....... v1 ....... 3.2`
fn axis(span: &Span) -> String {
    let [left, right] = span.window.map(|u| value(span, u));
    let name = match span.scale {
        Scale::Linear => span.name.clone(),
        Scale::Log { .. } => format!("{} (log scale)", span.name),
    };
    let used = left.chars().count() + right.chars().count() + name.chars().count();
    let space = SIZE[0].saturating_sub(used);
    format!("{left}{}{name}{}{right}", " ".repeat(space / 2), " ".repeat(space - space / 2))
}

/// The variable at u.
fn value(span: &Span, u: f64) -> String {
    let v = match span.scale {
        Scale::Linear => u,
        Scale::Log { sign } => sign * u.exp(),
    };
    number::significant(v, 3)
}
