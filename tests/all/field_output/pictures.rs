//! Pictures of laws of several variables: valid, with what belongs in them, and the right things in the right places.

use super::sample::{self, Shape};
use resvg::{tiny_skia, usvg};
use std::sync::Arc;
use stillpoint::estimate::Quantity;
use stillpoint::output::plot;
use stillpoint::record::{FieldSampling, FieldSolution, FieldTable};

fn parse(svg: &str) -> usvg::Tree {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).unwrap_or_else(|e| panic!("{e} in\n{svg}"))
}

/// The picture, checked for what every picture must be; also left in the folder of STILLPOINT_PICTURES, if set.
fn draw(name: &str, law: &FieldSolution, samples: &[&FieldSampling]) -> String {
    let svg = plot::field_svg(law, samples);
    parse(&svg);
    for bad in ["NaN", "inf\"", "0000000004"] {
        assert!(!svg.contains(bad), "`{bad}` in {name}");
    }
    if let Some(folder) = std::env::var_os("STILLPOINT_PICTURES") {
        plot::write_field(&std::path::Path::new(&folder).join(format!("field-{name}.png")), law, samples).unwrap();
    }
    svg
}

fn has(svg: &str, parts: &[&str]) {
    for part in parts {
        assert!(svg.contains(part), "no `{part}` in\n{svg}");
    }
}

fn shape(name: &str, shape: &Shape) -> String {
    draw(name, &shape.solution(), &[&shape.sampling()])
}

#[test]
fn two_variables_have_map_marginals_current_samples_and_mode() {
    let svg = shape("plane", &sample::plane());
    has(
        &svg,
        &[
            "data:image/png;base64,",
            "Ornstein-Uhlenbeck",
            "stationary law: density of x, y",
            "densest 50, 90, 99, 99.9 % of the mass",
            "probability current",
            "SGD, η = 0.001",
            "mode",
            ">ln p(x, y)</text>",
            "a = 0.5",
            "96 × 96 cells",
            "stillpoint 0.1.0",
        ],
    );
}

#[test]
fn positive_variables_over_decades_have_logarithmic_axes() {
    let svg = shape("features", &sample::features());
    has(&svg, &["v1  (log scale)", "v2  (log scale)", "ln p(ln v1, ln v2)", "stationary law of SGD", "T = 0.1, D = 1"]);
}

#[test]
fn the_brightest_pixel_is_the_mode_and_contours_are_where_the_mass_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("law.png");
    let mut law = sample::plane().solution();
    // Without arrows and mark nothing hides the colours.
    law.field.current.clear();
    law.wells.clear();
    plot::write_field(&path, &law, &[]).unwrap();
    let pixels = tiny_skia::Pixmap::load_png(&path).unwrap();
    // The map in the picture, at two pixels per unit.
    let (left, right, top, bottom) = (2 * 112, 2 * 800, 2 * 266, 2 * 880);
    let at = |x: u32, y: u32| pixels.pixel(x, y).unwrap();
    let middle = at((left + right) / 2, (top + bottom) / 2);
    // The bright end of viridis is yellow, the dark end violet.
    assert!(middle.red() > 230 && middle.green() > 210 && middle.blue() < 90, "{middle:?}");
    let corner = at(left + 6, top + 6);
    assert!(corner.red() < 90 && corner.green() < 60 && corner.blue() > 60, "{corner:?}");
    // Along the horizontal through the mode, white contours at r = sqrt(-2 ln(1 - share)).
    let window = 3.290_526_731 * 1.08;
    let y = (top + bottom) / 2;
    for share in [0.5f64, 0.9, 0.99] {
        let radius = (-2.0 * (1.0 - share).ln()).sqrt();
        let x = f64::from(left) + (radius / window + 1.0) / 2.0 * f64::from(right - left);
        let near = (-8i32..=8).map(|d| at((x.round() as i32 + d) as u32, y));
        let brightest = near.map(|p| u32::from(p.red().min(p.green()).min(p.blue()))).max().unwrap();
        assert!(brightest > 190, "no contour of {share} near x = {x}");
    }
}

#[test]
fn arrows_turn_the_way_the_current_does() {
    let mut law = sample::plane().solution();
    let heads = |law: &FieldSolution| -> Vec<(f64, f64)> {
        let svg = plot::field_svg(law, &[]);
        let tips = svg.lines().filter(|l| l.ends_with("Z\" fill=\"#111111\"/>"));
        // An arrow head is a triangle: its first point less the mean of the others points along the arrow.
        tips.skip(1)
            .map(|l| {
                let d = l.split('"').nth(1).unwrap().trim_end_matches('Z');
                let points: Vec<(f64, f64)> = d
                    .split(['M', 'L'])
                    .filter(|p| !p.is_empty())
                    .map(|p| p.split_once(' ').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap())
                    .collect();
                let (x, y) = points[0];
                let (cx, cy) = (456.0, 573.0);
                let along = (x - 0.5 * (points[1].0 + points[2].0), y - 0.5 * (points[1].1 + points[2].1));
                // Positive for clockwise on the screen.
                ((x - cx) * along.1 - (y - cy) * along.0, along.0.hypot(along.1))
            })
            .collect()
    };
    let clockwise = heads(&law);
    assert!(clockwise.len() > 50, "{} arrows", clockwise.len());
    assert!(clockwise.iter().all(|(turn, _)| *turn > 0.0), "{clockwise:?}");
    law.field.current.iter_mut().flatten().for_each(|j| *j = -*j);
    assert!(heads(&law).iter().all(|(turn, _)| *turn < 0.0));
}

#[test]
fn three_variables_are_a_triangle_of_pairs() {
    let svg = shape("space", &sample::space());
    assert_eq!(svg.matches("data:image/png").count(), 3);
    has(&svg, &["p(x)", "p(y)", "p(z)", "32 × 32 × 32 cells", "points: SGD"]);
}

#[test]
fn one_variable_is_a_curve() {
    let svg = shape("line", &sample::line());
    has(&svg, &["SGD, η = 0.001", "density  p(x)", "log scale", "50 %", "stationary law: density on (−∞, ∞)"]);
}

#[test]
fn hard_cases_are_still_pictures() {
    let mut law = sample::plane().solution();
    law.title = "<script>&\u{1}^{x}".repeat(30);
    law.field.log_density[7] = f64::NAN;
    law.field.current[0][9] = f64::INFINITY;
    law.wells[0].mode[0] = Quantity::Absent;
    law.marginals.clear();
    draw("broken", &law, &[]);
    law.field = FieldTable::default();
    has(&draw("empty", &law, &[]), &["no density to draw"]);
    let mut narrow = sample::plane();
    narrow.covariance = vec![vec![1e-14, 0.0], vec![0.0, 1e6]];
    shape("narrow", &narrow);
    let mut correlated = sample::plane();
    correlated.covariance = vec![vec![1.0, 0.999], vec![0.999, 1.0]];
    shape("correlated", &correlated);
}
