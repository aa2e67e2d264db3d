//! The picture: one panel per state, error against cells per axis on logarithmic axes.

use crate::Run;
use std::fmt::Write as _;

const PANEL: (f64, f64) = (430.0, 280.0);
const MARGIN: (f64, f64) = (75.0, 80.0);
/// Powers of ten shown.
const DECADES: (i32, i32) = (-6, 0);
/// Colours that remain apart for colour-blind eyes (Okabe and Ito).
const COLOURS: [&str; 2] = ["#0072b2", "#d55e00"];

/// The text of an SVG file.
pub fn svg(runs: &[Run]) -> String {
    let width = MARGIN.0 + 2.0 * (PANEL.0 + MARGIN.0);
    let height = 90.0 + runs.len().div_ceil(2) as f64 * (PANEL.1 + MARGIN.1);
    let mut body = String::new();
    for (i, run) in runs.iter().enumerate() {
        let left = MARGIN.0 + (i % 2) as f64 * (PANEL.0 + MARGIN.0);
        panel(&mut body, run, left, 50.0 + (i / 2) as f64 * (PANEL.1 + MARGIN.1));
    }
    let foot = "solid: fitted rates; dashed: corrected for the current; grey: second order; blue and orange: first and second quantity";
    text(&mut body, MARGIN.0, height - 24.0, "start", foot);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\" font-size=\"13\" role=\"img\">\n\
         <title>Error against cells per axis</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n"
    )
}

fn panel(body: &mut String, run: &Run, left: f64, top: f64) {
    let [first, last] = [run.rows.first(), run.rows.last()].map(|row| row.map_or(2.0, |row| row.0 as f64).log2());
    let x = |n: usize| left + PANEL.0 * ((n as f64).log2() - first) / (last - first);
    let (low, high) = (f64::from(DECADES.0), f64::from(DECADES.1));
    let y = |e: f64| top + PANEL.1 * (1.0 - (e.log10().clamp(low, high) - low) / (high - low));
    text(body, left, top - 12.0, "start", run.title);
    for decade in DECADES.0..=DECADES.1 {
        let at = y(10f64.powi(decade));
        line(body, &[(left, at), (left + PANEL.0, at)], "#e4e4e4", "1", "");
        text(body, left - 8.0, at + 5.0, "end", &format!("1e{decade}"));
    }
    for (n, _) in &run.rows {
        line(body, &[(x(*n), top), (x(*n), top + PANEL.1)], "#e4e4e4", "1", "");
        text(body, x(*n), top + PANEL.1 + 18.0, "middle", &n.to_string());
    }
    let Some((start, errors)) = run.rows.first() else { return };
    let second = |n: usize| errors[0][0] * (*start as f64 / n as f64).powi(2);
    let slope: Vec<_> = run.rows.iter().map(|row| (x(row.0), y(second(row.0)))).collect();
    line(body, &slope, "#999999", "5", "");
    for (rates, dashes) in ["", "6 4"].iter().enumerate() {
        for (k, colour) in COLOURS.iter().enumerate() {
            let points: Vec<_> = run.rows.iter().map(|row| (x(row.0), y(row.1[rates][k]))).collect();
            line(body, &points, colour, "2", dashes);
        }
    }
    let [a, b] = run.quantities;
    let under = format!("cells per axis; errors of {a} (blue) and {b} (orange)");
    text(body, left + 0.5 * PANEL.0, top + PANEL.1 + 38.0, "middle", &under);
}

fn text(body: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(body, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>");
}

fn line(body: &mut String, points: &[(f64, f64)], colour: &str, width: &str, dashes: &str) {
    let list: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let dashes = if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
    let _ = writeln!(
        body,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dashes}/>",
        list.join(" ")
    );
}
