//! The picture: one panel per law, error against number of intervals on logarithmic axes.

use crate::measure::{QUANTITIES, Row, predicted};
use std::fmt::Write as _;

const PANEL: (f64, f64) = (430.0, 300.0);
const MARGIN: (f64, f64) = (75.0, 60.0);
/// Powers of ten shown.
const DECADES: (i32, i32) = (-17, 2);
/// Smallest error drawn: exact agreement has no logarithm.
const FLOOR: f64 = 1e-17;
/// Colours that remain apart for colour-blind eyes (Okabe and Ito).
const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#00785a"];

/// One law's panel.
pub struct Panel {
    pub title: String,
    pub rows: Vec<Row>,
    /// Distance of the nearest singularity from the axis of the chart.
    pub distance: f64,
}

/// The text of an SVG file.
pub fn svg(panels: &[Panel]) -> String {
    let columns = 2;
    let lines = panels.len().div_ceil(columns);
    let width = MARGIN.0 + columns as f64 * (PANEL.0 + MARGIN.0);
    let height = 130.0 + lines as f64 * (PANEL.1 + MARGIN.1 + 20.0);
    let mut body = String::new();
    for (i, panel) in panels.iter().enumerate() {
        let left = MARGIN.0 + (i % columns) as f64 * (PANEL.0 + MARGIN.0);
        let top = 50.0 + (i / columns) as f64 * (PANEL.1 + MARGIN.1 + 20.0);
        draw(&mut body, panel, left, top);
    }
    legend(&mut body, MARGIN.0, height - 72.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\" font-size=\"13\" \
         role=\"img\">\n<title>Error against number of intervals</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn draw(body: &mut String, panel: &Panel, left: f64, top: f64) {
    let first = panel.rows.first().map_or(1.0, |row| row.intervals as f64).log2();
    let last = panel.rows.last().map_or(2.0, |row| row.intervals as f64).log2();
    let x = |n: usize| left + PANEL.0 * ((n as f64).log2() - first) / (last - first).max(1.0);
    let (low, high) = (f64::from(DECADES.0), f64::from(DECADES.1));
    let y = |e: f64| top + PANEL.1 * (1.0 - (e.max(FLOOR).log10().clamp(low, high) - low) / (high - low));
    let _ = writeln!(body, "<text x=\"{left:.1}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>", top - 10.0, panel.title);
    for decade in (DECADES.0..=DECADES.1).filter(|d| d.rem_euclid(3) == 0) {
        let at = y(10f64.powi(decade));
        line(body, &[(left, at), (left + PANEL.0, at)], "#e4e4e4", "1", "");
        let label = format!("10{}", raised(decade));
        let (x, y) = (left - 8.0, at + 5.0);
        let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{label}</text>");
    }
    let mut ticks: Vec<usize> = panel.rows.iter().map(|row| row.intervals).filter(|n| n.is_power_of_two()).collect();
    ticks.dedup();
    for n in ticks {
        line(body, &[(x(n), top), (x(n), top + PANEL.1)], "#e4e4e4", "1", "");
        let at = top + PANEL.1 + 18.0;
        let _ = writeln!(body, "<text x=\"{:.1}\" y=\"{at:.1}\" text-anchor=\"middle\">{n}</text>", x(n));
    }
    theory(body, panel, &x, &y);
    for (i, colour) in COLOURS.iter().enumerate() {
        let stated: Vec<_> = panel.rows.iter().map(|r| (x(r.intervals), y(r.quantities()[i].stated))).collect();
        line(body, &stated, colour, "1", "3 3");
        let errors: Vec<_> = panel.rows.iter().map(|r| (x(r.intervals), y(r.quantities()[i].error))).collect();
        line(body, &errors, colour, "2", "");
        for (cx, cy) in &errors {
            let _ = writeln!(body, "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
    }
    line(body, &[(left, top), (left, top + PANEL.1), (left + PANEL.0, top + PANEL.1)], "#444444", "1", "");
    let middle = left + 0.5 * PANEL.0;
    let under = top + PANEL.1 + 36.0;
    let _ =
        writeln!(body, "<text x=\"{middle:.1}\" y=\"{under:.1}\" text-anchor=\"middle\">number of intervals</text>");
}

/// The two rates that the nearest singularity allows, between the nodes and at them.
fn theory(body: &mut String, panel: &Panel, x: &dyn Fn(usize) -> f64, y: &dyn Fn(f64) -> f64) {
    for which in 0..2 {
        let rate = |row: &Row| predicted(panel.distance, row.spacing)[which];
        let points: Vec<_> =
            panel.rows.iter().filter(|row| rate(row) > FLOOR).map(|row| (x(row.intervals), y(rate(row)))).collect();
        line(body, &points, "#999999", "5", "");
    }
}

fn legend(body: &mut String, left: f64, top: f64) {
    let mut at = left;
    for (name, colour) in QUANTITIES.iter().zip(COLOURS) {
        line(body, &[(at, top), (at + 30.0, top)], colour, "2", "");
        text(body, at + 38.0, top + 5.0, name);
        at += 150.0;
    }
    line(body, &[(at, top), (at + 30.0, top)], "#444444", "1", "3 3");
    text(body, at + 38.0, top + 5.0, "stated error bar");
    at += 175.0;
    line(body, &[(at, top), (at + 30.0, top)], "#999999", "5", "");
    text(body, at + 38.0, top + 5.0, "rates of theory, r^(−q) and r^(−2q)");
    text(
        body,
        left,
        top + 32.0,
        "uniform grids in the chart, q = 16 Gauss nodes in an interval; mean and variance: relative error;",
    );
    text(
        body,
        left,
        top + 52.0,
        "log density: largest absolute error over the reference points, tails of e^(−57) included",
    );
}

fn text(body: &mut String, x: f64, y: f64, text: &str) {
    let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
}

/// A whole number in raised digits.
fn raised(number: i32) -> String {
    let digit = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32('⁰' as u32 + c as u32 - '0' as u32).unwrap_or(c),
        _ => '⁰',
    };
    number.to_string().chars().map(digit).collect()
}

fn line(body: &mut String, points: &[(f64, f64)], colour: &str, width: &str, dashes: &str) {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
    }
    let dashes = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    let _ = writeln!(
        body,
        "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-opacity=\"0.85\"{dashes}/>"
    );
}
