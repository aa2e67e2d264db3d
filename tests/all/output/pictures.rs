//! Pictures that are valid, not empty, and readable in the hard cases.

use super::sample::{self, Shape};
use resvg::{tiny_skia, usvg};
use std::sync::Arc;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::output::plot;
use stillpoint::record::{Sampling, Solution};

pub fn parse(svg: &str) -> usvg::Tree {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let options = usvg::Options { fontdb: Arc::new(fonts), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).unwrap_or_else(|e| panic!("{e} in\n{svg}"))
}

/// The picture, checked for what every picture must be; also left in the folder of STILLPOINT_PICTURES, if set.
fn draw(name: &str, law: &Solution, samples: &[&Sampling]) -> String {
    let svg = plot::svg(law, samples);
    let tree = parse(&svg);
    assert_eq!((tree.size().width(), tree.size().height()), (1200.0, 640.0));
    for bad in ["NaN", "inf\"", "0000000004"] {
        assert!(!svg.contains(bad), "`{bad}` in {name}");
    }
    if let Some(folder) = std::env::var_os("STILLPOINT_PICTURES") {
        plot::write(&std::path::Path::new(&folder).join(format!("{name}.png")), law, samples).unwrap();
    }
    svg
}

fn shape(name: &str, shape: &Shape) -> String {
    let law = sample::solution(shape);
    draw(name, &law, &[&sample::sampling(&law, "SGD")])
}

#[test]
fn a_density_has_its_formula_samples_marks_and_axes() {
    let law = sample::solution(&sample::one_layer(0.1));
    let runs = [sample::sampling(&law, "SGD"), sample::sampling(&law, "SGD"), sample::sampling(&law, "gradient flow")];
    let svg = draw("one-layer", &law, &[&runs[0], &runs[1], &runs[2]]);
    for part in [
        "one hidden layer, medium temperature",
        "density on (0, ∞)",
        "density  p(v)",
        "log scale",
        "mean 0.845",
        "mode",
        "50 %",
        "stroke-dasharray",
        "closed formula",
        "SGD, η = 0.005",
        "T = 0.1, D = 1, d = 1",
        "stillpoint 0.1.0",
    ] {
        assert!(svg.contains(part), "no `{part}` in\n{svg}");
    }
}

#[test]
fn a_density_without_bound_is_cut_off_and_says_so() {
    let svg = shape("diverging", &sample::one_layer(0.3));
    assert!(svg.contains("grows without bound") && svg.contains("cut off at p ="), "{svg}");
}

#[test]
fn every_kind_of_support_has_its_axis() {
    assert!(shape("negative", &sample::negative_branch()).contains("−v  (log scale)"));
    assert!(shape("linear", &sample::linear_regression()).contains(">v</text>"));
    assert!(shape("noiseless", &sample::noiseless_point()).contains("v − 1.25  (log scale)"));
}

#[test]
fn a_point_mass_is_an_arrow_with_its_reason() {
    let svg = draw("point", &sample::collapsed(), &[]);
    assert!(svg.contains("all mass at v = 0") && svg.contains("drifts to minus infinity"), "{svg}");
}

#[test]
fn quantiles_that_are_no_doubles_and_broken_nodes_do_not_break_the_picture() {
    let mut law = sample::solution(&sample::one_layer(0.3));
    law.quantiles[0].value = Quantity::Finite(Estimate::exact(0.0));
    law.quantiles[0].log_abs = -92_000.0;
    law.curve.log_density[3] = f64::NAN;
    law.curve.v[0] = 0.0;
    law.title = "<script>&\u{1}^{x}".repeat(30);
    let svg = draw("near-collapse", &law, &[]);
    assert!(svg.contains("further left: 1 %"));
    // The mark at v = 0 sits on the curve, at the cut-off top of the left panel, not on the axis below.
    assert!(svg.contains(r#"<circle cx="98" cy="214""#) && !svg.contains(r#"<circle cx="98" cy="524""#), "{svg}");
    law.curve = stillpoint::record::Curve::default();
    assert!(draw("empty", &law, &[]).contains("no curve"));
}

#[test]
fn a_law_as_narrow_as_rounding_is_still_a_picture() {
    let mut law = sample::solution(&sample::one_layer(0.1));
    for (i, v) in law.curve.v.iter_mut().enumerate() {
        *v = 1.0 + (i / 8) as f64 * f64::EPSILON;
    }
    draw("narrow", &law, &[]);
    law.curve.v.iter_mut().for_each(|v| *v = 1.0);
    draw("one-double", &law, &[]);
}

#[test]
fn the_png_is_the_picture_with_its_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("law.PNG");
    let law = sample::solution(&sample::one_layer(0.1));
    plot::write(&path, &law, &[]).unwrap();
    let pixels = tiny_skia::Pixmap::load_png(&path).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (2400, 1280));
    let dark = |x0: u32, x1: u32, y0: u32, y1: u32| {
        let all = (y0..y1).flat_map(|y| (x0..x1).map(move |x| (x, y)));
        all.filter_map(|(x, y)| pixels.pixel(x, y)).filter(|p| p.red() < 128).count()
    };
    // The curve and its axes, and the title, which is text and would be missing without a font.
    assert!(dark(0, 2400, 0, 1280) > 20_000);
    assert!(dark(60, 1200, 40, 100) > 2000, "the title is missing");
}
