//! Collapse of discrete SGD: the Lyapunov exponent of its linearised map.

use super::line::{axis, case, network, points};
use statrs::function::gamma::digamma;
use stillpoint::data::moments;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::PhaseSolution;
use stillpoint::sgd::{Config, Source, growth_at_rest};
use stillpoint::study::phase::{Case, Kind, Measure, Plane, Unjudged, phase};

fn collapse(model: Diagonal, source: &Source, batch: u64, [from, to]: [f64; 2]) -> PhaseSolution {
    measured(model, source, batch, [from, to], None)
}

fn measured(
    model: Diagonal,
    source: &Source,
    batch: u64,
    [from, to]: [f64; 2],
    measured: Option<Measure>,
) -> PhaseSolution {
    let x = axis("model.temperature", from, to, true);
    let kinds = vec![Kind::parse("sgd_collapse").ok().flatten().expect("a kind")];
    let plane = Plane { title: String::new(), x, y: None, kinds, measured };
    let at = |temperature: f64, _: Option<f64>| -> Result<Case, Unjudged> {
        Ok(case(Diagonal { temperature, ..model }, source.clone(), batch))
    };
    phase(&plane, &at, &|| {})
}

fn data(x: &[f64], y: &[f64]) -> (Diagonal, Source) {
    let model = network(1, moments(x, y).expect("moments"));
    (model, Source::Data { x: x.to_vec(), y: y.to_vec() })
}

fn near(found: &[Estimate], truths: &[f64], limit: f64) {
    assert_eq!(found.len(), truths.len(), "{found:?}, truly {truths:?}");
    for (found, truth) in found.iter().zip(truths) {
        assert!((found.value - truth).abs() < limit && found.covers(*truth), "{found:?}, truly {truth}");
    }
}

/// Zero of `f` between two places.
fn bisected(f: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let below = f(low) > 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if (f(middle) > 0.0) == below { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// x y is 2 or -1: (1 + 4 eta)(1 - 2 eta) is 1 at eta = 1/4 and -1 at (1 + sqrt 17)/8. A feature dies between these
/// learning rates and lives above.
#[test]
fn a_window_of_death() {
    let (model, source) = data(&[1.0, 1.0], &[2.0, -1.0]);
    let roots = [0.25, (1.0 + 17.0_f64.sqrt()) / 8.0];
    let solution = collapse(model, &source, 1, [0.01, 10.0]);
    near(&points(&solution, 0), &roots, 1e-12);
    let beyond: Vec<&str> = solution.boundaries[0].points.iter().map(|p| p.beyond.as_str()).collect();
    assert_eq!(beyond, ["SGD dies at v = 0", "SGD leaves v = 0"]);
    // Beside: T_c = beta2/alpha3 and that of the modified loss, beta2/(alpha3 + beta2^2).
    let beside: Vec<Quantity> = solution.boundaries[0].beside.iter().map(|b| b.x).collect();
    for (found, truth) in beside.iter().zip([0.5 / 2.25, 0.5 / 2.5]) {
        let found = found.finite().expect("a collapse");
        assert!(found.covers(truth) && (found.value - truth).abs() < 1e-12, "{found:?} {truth}");
    }
    // Decay: (1 + 4 eta - 2 eta/10)(1 - 2 eta - 2 eta/10) = +-1.
    let decaying = Diagonal { weight_decay: 0.1, ..model };
    let f = |sign: f64| move |eta: f64| (1.0 + 3.8 * eta) * (1.0 - 2.2 * eta) - sign;
    let roots = [bisected(f(1.0), 0.05, 0.4), bisected(f(-1.0), 0.4, 5.0)];
    near(&points(&collapse(decaying, &source, 1, [0.01, 10.0]), 0), &roots, 1e-12);
    // Two samples: (1 + 4 eta)(1 + eta)^2 (1 - 2 eta).
    let f = |sign: f64| move |eta: f64| (1.0 + 4.0 * eta) * (1.0 + eta).powi(2) * (1.0 - 2.0 * eta) - sign;
    let roots = [bisected(f(1.0), 0.1, 0.5) / 2.0, bisected(f(-1.0), 0.4, 5.0) / 2.0];
    near(&points(&collapse(model, &source, 2, [0.01, 10.0]), 0), &roots, 1e-12);
}

/// Batches of more than two from the same data: the number of rows with 2 is binomial.
#[test]
fn larger_batches_of_data() {
    let (model, source) = data(&[1.0, 1.0], &[2.0, -1.0]);
    let exponent = |batch: i32| {
        move |t: f64| {
            let (mut weight, s) = (0.5_f64.powi(batch), f64::from(batch));
            let mut sum = 0.0;
            for k in 0..=batch {
                let m = (3.0 * f64::from(k) - s) / s;
                sum += weight * (1.0 + 2.0 * t * s * m).abs().ln();
                weight *= (s - f64::from(k)) / f64::from(k + 1);
            }
            sum
        }
    };
    for batch in [3, 5] {
        let found = points(&collapse(model, &source, batch as u64, [0.02, 1.0]), 0);
        for root in &found {
            let f = exponent(batch);
            let (low, high) = (root.value - root.error(), root.value + root.error());
            assert!(f(low) * f(high) <= 0.0, "{root:?}: {} {}", f(low), f(high));
            assert!(root.error() < 1e-3 * root.value, "{root:?}");
        }
        assert!(!found.is_empty());
    }
}

/// E ln|N(c, s^2)|: half the mean of the logarithm of a non-central chi^2, a Poisson mixture of central ones.
fn normal(c: f64, s: f64) -> f64 {
    let half = 0.5 * (c / s).powi(2);
    if half > 300.0 {
        // ln|c| - s^2/2c^2 - 3 s^4/4 c^4 - ...
        let r = (s / c).powi(2);
        return c.abs().ln() - r * (0.5 + r * (0.75 + r * (2.5 + r * 13.125)));
    }
    let mut weight = (-half).exp();
    let mut sum = 0.0;
    for k in 0..2000 {
        sum += weight * (digamma(0.5 + f64::from(k)) + 2.0_f64.ln());
        weight *= half / f64::from(k + 1);
    }
    s.ln() + 0.5 * sum
}

#[test]
fn normal_products_and_gaussian_teachers() {
    // Moments alone: xy ~ N(beta2, alpha3).
    let given = Moments::try_new(2.0, 0.6, 3.0, 1.0, 0.3).expect("moments");
    let model = network(1, given);
    let found = points(&collapse(model, &Source::Moments(given), 1, [0.02, 20.0]), 0);
    let f = |t: f64| normal(1.0 + 0.6 * t, 2.0 * t * 3.0_f64.sqrt());
    assert!(f(0.02) > 0.0 && f(0.3) < 0.0 && f(5.0) > 0.0);
    near(&found, &[bisected(f, 0.02, 0.3), bisected(f, 0.3, 5.0)], 1e-11);
    // A teacher: given x, 1 + 2 eta x y is normal; the mean over x = e^u is a trapezoidal sum.
    let (slope, noise) = (0.1, 1.0);
    let model = network(1, Moments::gaussian(1.0, slope, noise).expect("a teacher"));
    let teacher = |t: f64| {
        let step = 0.05;
        let terms = (-800..=60).map(|k| {
            let x = (f64::from(k) * step).exp();
            let weight = 2.0 * step * x * (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            weight * normal(1.0 + 2.0 * t * slope * x * x, 2.0 * t * noise * x)
        });
        terms.sum::<f64>()
    };
    let source = Source::Gaussian { variance: 1.0, slope, noise };
    let found = points(&collapse(model, &source, 1, [0.02, 20.0]), 0);
    let truths: Vec<f64> = [[0.02, 0.3], [0.3, 20.0]]
        .into_iter()
        .filter(|[low, high]| teacher(*low) * teacher(*high) < 0.0)
        .map(|[low, high]| bisected(teacher, low, high))
        .collect();
    // The sum is good to about 1e-12.
    assert_eq!((found.len(), truths.len()), (2, 2));
    for (found, truth) in found.iter().zip(&truths) {
        assert!((found.value / truth - 1.0).abs() < 1e-11 && found.error() < 1e-12, "{found:?}, truly {truth}");
    }
}

/// Real SGD with tiny weights drifts at the rate that the exponent says, and its zero is the one found.
#[test]
fn real_sgd_dies_where_it_is_said_to() {
    let given = Moments::gaussian(1.0, 0.1, 1.0).expect("a teacher");
    let model = network(1, given);
    let source = Source::Gaussian { variance: 1.0, slope: 0.1, noise: 1.0 };
    let config = Config { learning_rate: 0.1, batch_size: 1, chains: 4000, steps: 150, seed: 5 };
    let measure = Measure { points: 2, config };
    let solution = measured(model, &source, 1, [0.02, 20.0], Some(measure));
    let boundary = &solution.boundaries[0];
    let sgd: Vec<Estimate> =
        boundary.beside.iter().filter(|b| b.route == "measured SGD").filter_map(|b| b.x.finite()).collect();
    let found = points(&solution, 0);
    assert!(!sgd.is_empty());
    for (sgd, found) in sgd.iter().zip(&found) {
        let sigmas = (sgd.value - found.value).abs() / sgd.error();
        assert!(sigmas < 4.0 && sgd.error() < 0.02 * found.value, "{sgd:?} {found:?}");
    }
    // Elsewhere too: with z = xy/10 the exponent at eta = 0.05 is E[z] - E[z^2]/2 + E[z^3]/3 - E[z^4]/4 + ... with
    // E[xy] = 0.1, E[(xy)^2] = 1.03, E[(xy)^3] = 0.915, E[(xy)^4] = 9.9: 0.0049.
    let rate = growth_at_rest(&model, &source, Branch::Positive, &Config { learning_rate: 0.05, ..config }, &|_| {});
    let rate = rate.expect("a rate");
    assert!((rate.value - 0.0049).abs() < 4e-4 && rate.error() < 2e-4, "{rate:?}");
}

#[test]
fn other_depths() {
    let given = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
    let reason = |model: Diagonal| {
        let solution = collapse(model, &source, 1, [0.02, 20.0]);
        (points(&solution, 0), solution.boundaries[0].reason.clone())
    };
    let (none, why) = reason(network(0, given));
    assert!(none.is_empty() && why.is_some_and(|why| why.contains("does not rest")));
    let (none, why) = reason(network(2, given));
    assert!(none.is_empty() && why.is_some_and(|why| why.contains("leaves v = 0")));
    // With decay a deep network dies at every learning rate below 1/gamma.
    let (found, _) = reason(Diagonal { weight_decay: 0.25, ..network(3, given) });
    near(&found, &[4.0], 1e-12);
}
