//! Boundaries of diagonal networks.

use proptest::prelude::*;
use stillpoint::estimate::Estimate;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::PhaseSolution;
use stillpoint::sgd::Source;
use stillpoint::study::Problem;
use stillpoint::study::phase::{Axis, Case, Kind, Plane, Setting, Unjudged, phase};

pub fn network(depth: u32, moments: Moments) -> Diagonal {
    Diagonal { depth, width: 1, temperature: 0.1, weight_decay: 0.0, modified_loss: false, moments }
}

pub fn case(model: Diagonal, source: Source, batch_size: u64) -> Case {
    let problem = Problem {
        title: String::new(),
        model,
        branch: model.natural_branch(),
        tolerance: 1e-10,
        points: Vec::new(),
        quantiles: Vec::new(),
        moments: Vec::new(),
    };
    Case { setting: Setting::Line(problem, source), batch_size }
}

pub fn axis(key: &str, from: f64, to: f64, log: bool) -> Axis {
    Axis { key: key.into(), from, to, log }
}

/// Boundaries of a network along T.
pub fn along_temperature(model: Diagonal, from: f64, to: f64, kinds: &[&str]) -> PhaseSolution {
    let plane = Plane {
        title: String::new(),
        x: axis("model.temperature", from, to, true),
        y: None,
        kinds: kinds.iter().map(|kind| Kind::parse(kind).ok().flatten().expect("a kind")).collect(),
        measured: None,
    };
    let at = |temperature: f64, _: Option<f64>| -> Result<Case, Unjudged> {
        Ok(case(Diagonal { temperature, ..model }, Source::Moments(model.moments), 1))
    };
    phase(&plane, &at, &|| {})
}

/// The points of the boundary with this index, ascending.
pub fn points(solution: &PhaseSolution, which: usize) -> Vec<Estimate> {
    let mut all: Vec<Estimate> = solution.boundaries[which].points.iter().filter_map(|p| p.x.finite()).collect();
    all.sort_by(|a, b| a.value.total_cmp(&b.value));
    all
}

fn assert_near(found: &[Estimate], truths: &[f64], limit: f64) {
    assert_barred(found, truths, limit, limit);
}

/// The same with another limit for the bars.
fn assert_barred(found: &[Estimate], truths: &[f64], limit: f64, bar: f64) {
    assert_eq!(found.len(), truths.len(), "{found:?}, expected {truths:?}");
    for (found, truth) in found.iter().zip(truths) {
        let off = (found.value / truth - 1.0).abs();
        assert!(off < limit && found.covers(*truth) && found.error() < bar * truth, "{found:?}, truly {truth}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Theory manual, section 4 and App. A.8 of the paper, with weight decay: T_c, T_c/3, and the temperatures at which
    /// 7 T a1 v^2 + (b1 - 10 T a2) v + 3 T a3 - b2' has a double root v > 0 between them.
    #[test]
    fn thresholds_of_one_layer(
        variance in 0.2_f64..5.0, slope in 0.3_f64..3.0, noise in 0.2_f64..4.0, skew in -0.5_f64..0.5, part in 0.0_f64..0.7,
    ) {
        // A correlation between x^2 and xy beyond that of a teacher.
        let (a1, a3) = (2.0 * variance * variance, 2.0 * variance * variance * slope * slope + variance * noise * noise);
        let a2 = (2.0 * variance * variance * slope + skew * variance * noise).min(0.98 * (a1 * a3).sqrt());
        let (b1, b2) = (variance, variance * slope);
        let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("moments");
        let model = Diagonal { weight_decay: part * b2, ..network(1, moments) };
        let pull = b2 - model.weight_decay;
        let collapse = pull / a3;
        let kinds = ["collapse", "divergence_at_zero", "mode_loss", "mode_jump", "switch_on:1", "moment:-1"];
        let solution = along_temperature(model, 1e-2 * collapse, 10.0 * collapse, &kinds);
        let third = collapse / 3.0;
        assert_near(&points(&solution, 0), &[collapse], 1e-9);
        assert_near(&points(&solution, 1), &[third], 1e-9);
        assert_near(&points(&solution, 4), &[collapse], 1e-9);
        assert_near(&points(&solution, 5), &[third], 1e-9);
        // Stationary points of p(v) at temperature T, by their quadratic.
        let quadratic = |t: f64| {
            let (a, b, c) = (7.0 * t * a1, b1 - 10.0 * t * a2, 3.0 * t * a3 - pull);
            (b * b - 4.0 * a * c, -b / (2.0 * a))
        };
        let mut truths = Vec::new();
        if quadratic(third).1 <= 0.0 {
            truths.push(third);
        }
        let (p, q, r) = (100.0 * a2 * a2 - 84.0 * a1 * a3, 28.0 * a1 * pull - 20.0 * a2 * b1, b1 * b1);
        let root = (q * q - 4.0 * p * r).sqrt();
        truths.extend([(-q - root) / (2.0 * p), (-q + root) / (2.0 * p)].into_iter().filter(|t| {
            *t > third && *t < collapse && quadratic(*t).1 > 0.0
        }));
        truths.sort_by(f64::total_cmp);
        // A double root has half the digits of v, and all of T.
        assert_near(&points(&solution, 2), &truths, 1e-9);
        let jumps = if quadratic(third).1 > 0.0 { vec![third] } else { vec![] };
        assert_near(&points(&solution, 3), &jumps, 1e-9);
        prop_assert_eq!(solution.disagreements(), 0);
    }

    /// D = 0: E|v|^n exists for n < 1 + beta1'/(T d alpha1); the second eigenvalue 2 d beta1' meets the continuum
    /// where the variance diverges (theory manual, sections 4 and 11).
    #[test]
    fn thresholds_without_layers(
        variance in 0.2_f64..5.0, slope in -2.0_f64..2.0, noise in 0.2_f64..4.0, width in 1_u32..5, decay in 0.0_f64..1.0,
    ) {
        let moments = Moments::gaussian(variance, slope, noise).expect("a teacher");
        let model = Diagonal { width, weight_decay: decay, ..network(0, moments) };
        let d = f64::from(width);
        let diverges = (variance + decay / d) / (d * 2.0 * variance * variance);
        let solution = along_temperature(model, 0.05 * diverges, 20.0 * diverges, &["moment:2", "moment:3.5", "gap_edge"]);
        assert_near(&points(&solution, 0), &[diverges], 1e-9);
        assert_near(&points(&solution, 1), &[diverges / 2.5], 1e-9);
        assert_barred(&points(&solution, 2), &[diverges], 1e-9, 1e-8);
    }

    /// Inputs of constant magnitude: ln v is in a Morse potential, with the discrete decays n mu - n^2 s/2 for
    /// n < mu/s, mu = 4 (beta2' - T alpha3) and s = 16 T alpha3, so that the first is lost at T_c/5.
    #[test]
    fn the_gap_of_a_morse_potential(alpha3 in 0.1_f64..10.0, beta1 in 0.1_f64..10.0, beta2 in 0.1_f64..10.0) {
        let model = network(1, Moments::try_new(0.0, 0.0, alpha3, beta1, beta2).expect("moments"));
        let collapse = beta2 / alpha3;
        let solution = along_temperature(model, 0.02 * collapse, 3.0 * collapse, &["gap_edge"]);
        assert_barred(&points(&solution, 0), &[collapse / 5.0], 1e-9, 1e-8);
    }
}

/// The gap is discrete at T = 0.04 and the edge of the continuum at 0.05 for alpha = (2, 2, 3), beta = (1, 1) (spectra by
/// finite volumes); with two layers and more infinitely many decays lie below it (theory manual, section 11).
#[test]
fn the_gap_of_one_layer_and_of_more() {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let found = points(&along_temperature(network(1, moments), 1e-3, 1.0, &["gap_edge"]), 0);
    assert!(found.len() == 1 && (0.04..0.05).contains(&found[0].value), "{found:?}");
    for depth in [2, 3, 5] {
        let solution = along_temperature(network(depth, moments), 0.01, 10.0, &["gap_edge", "collapse"]);
        for boundary in &solution.boundaries {
            assert!(boundary.points.is_empty() && boundary.reason.is_some(), "{boundary:?}");
        }
        assert!(solution.boundaries[0].absent[0].ends.iter().all(|end| end.margin.is_some_and(|m| m > 0.0)));
    }
}

/// PAPER P8: T* for x ~ N(0, 1), y = k x + N(0, sigma^2), followed along sigma; no interior maximum is lost before the
/// collapse for sigma^2 < 8 k^2/21.
#[test]
fn the_phase_diagram_of_the_paper() {
    let plane = Plane {
        title: String::new(),
        x: axis("model.temperature", 0.01, 2.0, true),
        y: Some((axis("sigma", 0.3, 3.0, true), axis("sigma", 0.3, 3.0, true).values(30))),
        kinds: ["collapse", "divergence_at_zero", "mode_loss"]
            .map(|k| Kind::parse(k).ok().flatten().expect("a kind"))
            .to_vec(),
        measured: None,
    };
    let at = |temperature: f64, sigma: Option<f64>| -> Result<Case, Unjudged> {
        let noise = sigma.expect("a plane");
        let moments = Moments::gaussian(1.0, 1.0, noise).expect("a teacher");
        let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise };
        Ok(case(Diagonal { temperature, ..network(1, moments) }, source, 1))
    };
    let solution = phase(&plane, &at, &|| {});
    for (which, formula) in [(0, 1.0), (1, 3.0)] {
        let points = &solution.boundaries[which].points;
        assert_eq!(points.len(), 30);
        for point in points {
            let sigma = point.y.expect("a plane");
            let truth = 1.0 / (2.0 + sigma * sigma) / formula;
            let x = point.x.finite().expect("a point");
            assert!(x.covers(truth) && x.error() < 1e-12, "{x:?} {truth}");
        }
    }
    let mergers = &solution.boundaries[2].points;
    let lost: Vec<f64> = plane.y.expect("a plane").1.into_iter().filter(|s| 21.0 * s * s > 8.0).collect();
    // T* is below T_c from sigma^2 > 8/21 on only where it is; beyond, the maximum lasts.
    for point in mergers {
        let sigma = point.y.expect("a plane");
        let truth = (4.0 + 42.0_f64.sqrt() * sigma) / (4.0 * (21.0 * sigma * sigma - 8.0));
        let third = 1.0 / (2.0 + sigma * sigma) / 3.0;
        let x = point.x.finite().expect("a point");
        assert!(x.covers(truth) || x.covers(third), "{x:?} {truth} {third} at {sigma}");
    }
    assert!(!mergers.is_empty() && mergers.len() <= lost.len());
    assert_eq!(solution.disagreements(), 0);
}

/// The variance has its maximum at T = 0.2024, 0.607 T_c, for D = 1 and alpha = (2, 2, 3), beta = (1, 1) (theory manual,
/// section 9), and where its derivative is zero for D = 2 and 3 (from the values of the manual at T = 0.1, 0.15, 0.2).
#[test]
fn the_variance_is_largest_where_the_tables_say() {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let found = points(&along_temperature(network(1, moments), 0.02, 0.3, &["variance_maximum"]), 0);
    assert!(found.len() == 1 && (found[0].value - 0.2024).abs() < 6e-5, "{found:?}");
    assert!(found[0].error() < 1e-7, "{found:?}");
    for (depth, between) in [(2, 0.1..0.2), (3, 0.08..0.15), (5, 0.05..0.1)] {
        let found = points(&along_temperature(network(depth, moments), 0.01, 5.0, &["variance_maximum"]), 0);
        assert!(found.len() == 1 && between.contains(&found[0].value), "{found:?}");
    }
    // Without layers the variance beta/(beta - T alpha) only rises, until it is infinite.
    let solution = along_temperature(network(0, moments), 0.01, 0.45, &["variance_maximum"]);
    assert!(solution.boundaries[0].points.is_empty());
}

#[test]
fn wrong_signs_and_decay_beyond_the_pull_have_no_collapse_and_say_so() {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let model = Diagonal { weight_decay: 1.5, ..network(1, moments) };
    let solution = along_temperature(model, 0.01, 1.0, &["collapse", "mode_loss"]);
    let reason = solution.boundaries[0].reason.as_deref().expect("none");
    assert!(reason.contains("no density exists"), "{reason}");
    assert!(solution.boundaries[1].reason.is_some());
    assert_eq!(Branch::Positive, model.natural_branch());
}
