//! Boundaries of networks on several features.

use super::line::axis;
use stillpoint::model::{Branch, Diagonal, FeatureMoments, Features, Moments, System};
use stillpoint::record::PhaseSolution;
use stillpoint::sgd::{Config, FeatureSource};
use stillpoint::study::phase::{Axis, Case, Kind, Measure, Plane, Setting, Unjudged, phase};
use stillpoint::study::{FieldProblem, FieldSource, Problem, Request, law};

struct Two {
    depth: u32,
    temperature: f64,
    correlation: f64,
    weights: [f64; 2],
    noise: f64,
}

impl Two {
    fn case(&self) -> Case {
        let covariance = vec![vec![1.0, self.correlation], vec![self.correlation, 1.0]];
        let weights = self.weights.to_vec();
        let moments = FeatureMoments::gaussian(&covariance, &weights, self.noise).expect("a teacher");
        let model = Features {
            depth: self.depth,
            width: 1,
            temperature: self.temperature,
            weight_decay: 0.0,
            signs: vec![1.0, 1.0],
            moments,
        };
        let problem = FieldProblem { system: System::Features(model), request: Request::default() };
        let source = FeatureSource::Gaussian { covariance, weights, noise: self.noise };
        Case { setting: Setting::Field(problem, FieldSource::Several(source)), batch_size: 1 }
    }
}

fn boundary(x: Axis, kind: &str, measured: Option<Measure>, make: impl Fn(f64) -> Two + Sync) -> PhaseSolution {
    let kinds = vec![Kind::parse(kind).ok().flatten().expect("a kind")];
    let plane = Plane { title: String::new(), x, y: None, kinds, measured };
    let at = |x: f64, _: Option<f64>| -> Result<Case, Unjudged> { Ok(make(x).case()) };
    phase(&plane, &at, &|| {})
}

/// Thresholds of w2 for D = 1, w1 = 1 (theory manual, section 7; checked there against minibatch SGD).
#[test]
fn a_second_feature_switches_on_where_the_manual_says() {
    for (correlation, temperature, variance, truth) in [
        (0.0, 0.005, 60.0_f64, 0.303_526_509_552_447_2),
        (0.0, 0.00125, 240.0, 0.300_867_066_304_492_2),
        (0.3, 0.005, 60.0, 0.232_939_486_028_624_6),
        (0.3, 0.00125, 240.0, 0.231_302_474_498_365_08),
    ] {
        let make = |w2: f64| Two { depth: 1, temperature, correlation, weights: [1.0, w2], noise: variance.sqrt() };
        let solution = boundary(axis("w2", 0.05, 0.8, false), "switch_on:2", None, make);
        let [point] = solution.boundaries[0].points.as_slice() else { panic!("{:?}", solution.boundaries) };
        let x = point.x.finite().expect("a point");
        assert!((x.value - truth).abs() < 1e-9 && x.error() < 1e-7, "{x:?}, truly {truth}");
        assert_eq!((point.beyond.as_str(), solution.disagreements()), ("feature 2 grows", 0));
        assert!(point.formula.is_some_and(|formula| (formula - truth).abs() < 1e-9), "{point:?}");
    }
}

/// Two hidden layers: the sign of E[(A v - b)_2] alone decides, so uncorrelated features switch on at w2 = 0, and others
/// at w2 = -rho (1 - E v1).
#[test]
fn deeper_features_switch_on_without_the_noise_term() {
    let make = |correlation: f64| {
        move |w2: f64| Two { depth: 2, temperature: 0.1, correlation, weights: [1.0, w2], noise: 1.0 }
    };
    let found = |correlation: f64| {
        let solution = boundary(axis("w2", -0.45, 0.55, false), "switch_on:2", None, make(correlation));
        assert_eq!(solution.disagreements(), 0);
        solution.boundaries[0].points[0].x.finite().expect("a point")
    };
    let none = found(0.0);
    assert!(none.value.abs() < 1e-12 && none.covers(0.0), "{none:?}");
    let some = found(0.5);
    // 1 - E v1 from the law of the first feature with the residual variance 1 + 3 w2^2/4 at the threshold.
    assert!(some.value < -0.01 && some.value > -0.2 && some.error() < 1e-9, "{some:?}");
}

/// SGD on all layers, the second feature tiny, against the threshold in T of two correlated features.
#[test]
fn real_sgd_switches_a_feature_on_where_it_is_said_to() {
    let config = Config { learning_rate: 0.002, batch_size: 1, chains: 320, steps: 6000, seed: 9 };
    let make = |temperature: f64| Two { depth: 1, temperature, correlation: 0.3, weights: [1.0, 0.5], noise: 8.0 };
    let x = axis("model.temperature", 0.001, 0.05, true);
    let solution = boundary(x, "switch_on:2", Some(Measure { points: 1, config }), make);
    let boundary = &solution.boundaries[0];
    let found = boundary.points[0].x.finite().expect("a threshold");
    let sgd = boundary.beside[0].x.finite().expect("a measurement");
    let sigmas = (sgd.value - found.value).abs() / sgd.error();
    assert!(sigmas < 4.0 && sgd.error() < 0.05 * found.value, "{sgd:?} {found:?}");
}

/// The network dies with its weaker feature, D = 1 and uncorrelated inputs: where w2 = T E K_22 under the law of the first
/// feature alone, whose noise holds what the second would explain.
#[test]
fn the_network_dies_with_its_weakest_feature() {
    let (w2, noise) = (0.8_f64, 1.0_f64);
    let make = |temperature: f64| Two { depth: 1, temperature, correlation: 0.0, weights: [1.0, w2], noise };
    let x = axis("model.temperature", 0.01, 1.0, true);
    let all = boundary(x, "collapse", None, make).boundaries[0].points[0].x.finite().expect("a point");
    let excess = |temperature: f64| {
        let moments = Moments::gaussian(1.0, 1.0, (noise * noise + w2 * w2).sqrt()).expect("a teacher");
        let model = Diagonal { depth: 1, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments };
        let (points, quantiles, orders) = (vec![], vec![], vec![]);
        let branch = Branch::Positive;
        let problem =
            Problem { title: String::new(), model, branch, tolerance: 1e-12, points, quantiles, moments: orders };
        let solution = law(&problem).expect("a law");
        let [mean, variance] = [solution.mean, solution.variance].map(|q| q.finite().expect("finite").value);
        w2 - temperature * (variance + (mean - 1.0).powi(2) + 2.0 * w2 * w2 + noise * noise)
    };
    assert!(excess(all.value * (1.0 - 1e-8)) > 0.0 && excess(all.value * (1.0 + 1e-8)) < 0.0, "{all:?}");
    assert!(all.error() < 1e-8 * all.value, "{all:?}");
}
