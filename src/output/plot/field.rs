//! The picture of a law of several variables: a heat map with its marginals for two, a triangle of heat maps for
//! three, a curve for one.

mod corner;
mod heat;
mod one;
mod side;
mod two;

use super::notice;
use super::svg::{Anchor, Canvas, Font, colour};
use crate::output::{caption, number};
use crate::record::{FieldSampling, FieldSolution};

/// Shares of the mass that contours hold.
const SHARES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// The picture as the text of an SVG file.
pub(super) fn draw(solution: &FieldSolution, samples: &[&FieldSampling]) -> String {
    let drawn = match solution.variables.len() {
        1 => one::draw(solution, samples),
        2 => two::draw(solution, samples),
        _ => corner::draw(solution, samples),
    };
    drawn.unwrap_or_else(|| nothing(solution))
}

/// A result without a density on a grid: the numbers are elsewhere, and the picture says so.
fn nothing(solution: &FieldSolution) -> String {
    let mut canvas = Canvas::new();
    head(&mut canvas, solution);
    let font = Font::new(18.0, colour::DIM, Anchor::Middle);
    canvas.text((canvas.size[0] / 2.0, canvas.size[1] / 2.0), "this result has no density to draw", font);
    foot(&mut canvas, solution, &[]);
    canvas.finish(&solution.title)
}

/// Title and law.
fn head(canvas: &mut Canvas, solution: &FieldSolution) {
    let law = format!("{}: {}", caption::subject(&solution.provenance), caption::field(&solution.variables));
    notice::heading(canvas, &solution.title, &law);
}

/// Which model, how it was computed, by what.
fn foot(canvas: &mut Canvas, solution: &FieldSolution, samples: &[&FieldSampling]) {
    let mut parts = vec![caption::Parameters::of(&solution.provenance).phrase()];
    if let Some(finest) = solution.solver.levels.last() {
        let cells: Vec<String> = finest.iter().map(usize::to_string).collect();
        parts.push(format!("{} cells", cells.join(" × ")));
    }
    if !samples.is_empty() {
        parts.push("bars: one standard error".to_owned());
    }
    parts.push(caption::program(&solution.stillpoint, &solution.provenance));
    parts.retain(|part| !part.is_empty());
    notice::footing(canvas, &parts.join("   ·   "));
}

/// `SGD, η = 0.001`
fn sampler(sampling: &FieldSampling) -> String {
    let rate = if sampling.method == "sgd" { "η" } else { "time step" };
    format!("{}, {rate} = {}", caption::method(&sampling.method), number::shortest(sampling.learning_rate))
}
