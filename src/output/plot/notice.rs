//! Heading and caption of every picture, and the picture of a law without a curve.

use super::density::{TEXT_WIDTH, facts};
use super::panel::{Abscissa, Ordinate, Panel};
use super::svg::{Anchor, Canvas, Font, HEIGHT, Stroke, WIDTH, colour, plain, text_width};
use crate::output::{caption, number};
use crate::record::{Sampling, Solution};

/// Left edge of the heading.
pub(super) const MARGIN: f64 = 40.0;

/// Title and law.
pub(super) fn head(canvas: &mut Canvas, solution: &Solution) {
    let law = caption::law(solution.law, solution.point, solution.support).replace('-', "−");
    heading(canvas, &solution.title, &format!("{}: {law}", caption::subject(&solution.provenance)));
}

/// Two lines on top of a picture.
pub(super) fn heading(canvas: &mut Canvas, title: &str, law: &str) {
    let bold = Font::new(24.0, colour::TEXT, Anchor::Start).bold();
    canvas.text((MARGIN, 42.0), &plain(title, 76), bold);
    canvas.text((MARGIN, 69.0), &plain(law, 110), Font::new(16.0, colour::DIM, Anchor::Start));
}

/// The line under the picture; with a word on the bars of samples, if there are any.
pub(super) fn foot(canvas: &mut Canvas, solution: &Solution, sampled: bool) {
    footing(canvas, &facts(solution, sampled));
}

/// The line under a picture.
pub(super) fn footing(canvas: &mut Canvas, text: &str) {
    let font = Font::new(14.0, colour::DIM, Anchor::Start);
    canvas.text((MARGIN, canvas.size[1] - 22.0), &plain(text, 140), font);
}

/// A density whose curve is not in the record: the numbers are elsewhere, and the picture says so.
pub(super) fn no_curve(solution: &Solution) -> String {
    let mut canvas = Canvas::new();
    head(&mut canvas, solution);
    let font = Font::new(18.0, colour::DIM, Anchor::Middle);
    canvas.text((WIDTH / 2.0, HEIGHT / 2.0), "this result has no curve to draw", font);
    foot(&mut canvas, solution, false);
    canvas.finish(&solution.title)
}

/// All mass at one point: an arrow there, and why.
pub(super) fn point_mass(solution: &Solution, samples: &[&Sampling]) -> String {
    let point = solution.point.filter(|p| p.is_finite()).unwrap_or(0.0);
    let reach = if point == 0.0 { 1.0 } else { point.abs() };
    let panel = Panel {
        left: 98.0,
        right: WIDTH - 98.0,
        top: 130.0,
        bottom: 400.0,
        abscissa: Abscissa::Linear,
        ordinate: Ordinate::Linear,
        across: [point - reach, point + reach],
        up: [0.0, 1.2],
    };
    let mut canvas = Canvas::new();
    head(&mut canvas, solution);
    arrow(&mut canvas, &panel, point);
    reasons(&mut canvas, solution, samples);
    foot(&mut canvas, solution, false);
    canvas.finish(&solution.title)
}

/// The axis of v with the arrow of a point mass.
fn arrow(canvas: &mut Canvas, panel: &Panel, point: f64) {
    panel.base(canvas, ("v", ",  slope of the network  f(x) = v x"));
    let x = panel.position(point).unwrap_or((panel.left + panel.right) / 2.0);
    let tip = panel.top + 24.0;
    canvas.line((x, panel.bottom), (x, tip + 16.0), Stroke::solid(colour::CURVE, 5.0));
    canvas.area(&[(x, tip), (x - 11.0, tip + 24.0), (x + 11.0, tip + 24.0)], colour::CURVE);
    let text = format!("all mass at v = {}", number::shortest(point)).replace('-', "−");
    canvas.text((x + 22.0, tip + 20.0), &text, Font::new(18.0, colour::TEXT, Anchor::Start));
}

/// Why the law is a point mass, and what the samples did.
fn reasons(canvas: &mut Canvas, solution: &Solution, samples: &[&Sampling]) {
    let font = Font::new(17.0, colour::TEXT, Anchor::Start);
    let mut paragraphs: Vec<String> = solution.reason.iter().cloned().collect();
    paragraphs.extend(samples.iter().map(|s| {
        let fates = caption::fates(s).unwrap_or_else(|| format!("{} chains, none at v = 0 yet", s.chains));
        format!("{}, η = {}: {fates}", caption::method(&s.method), number::shortest(s.learning_rate))
    }));
    let lines = paragraphs.iter().flat_map(|p| wrapped(&plain(p, 1000), font.size));
    // Five lines fit between the axis and the caption.
    for (i, line) in lines.take(5).enumerate() {
        canvas.text((MARGIN, 490.0 + 25.0 * i as f64), &line, font);
    }
}

/// Lines no wider than the picture, broken between words.
fn wrapped(text: &str, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(line, size) + text_width(word, size) + 0.4 * size < TEXT_WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
