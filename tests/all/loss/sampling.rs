//! Real SGD on a loss.

use super::*;
use stillpoint::sgd::Config;
use stillpoint::study::{FieldSource, sample_field};

fn sampled(model: Loss, config: &Config, flow: bool) -> stillpoint::record::FieldSampling {
    let variables = model.variables();
    let names: Vec<&str> = variables.iter().map(String::as_str).collect();
    let request = Request { expressions: expressions(&names, &[&format!("{}^2", names[0])]), ..Request::default() };
    let problem = FieldProblem { system: System::Loss(model), request };
    sample_field(&problem, &FieldSource::Equation, config, flow, &|_| ()).expect("samples")
}

/// For l = (v x - y)^2 SGD is v <- v - 2 eta (v m1 - m2): the variance of discrete SGD is known at any eta and S. With
/// batch means m of (x^2, xy), E v = b2/b1 and Var v = eta G(mean) c / (b1 - eta (b1^2 + a1 c) ...) follow from one step.
#[test]
fn the_variance_of_discrete_sgd_is_that_of_its_recursion() {
    let (a1, a2, a3, b1, b2) = (2.0, 2.0, 3.0, 1.0, 1.0);
    // Batch size, learning rate, temperature: T = eta / S, noise amplified, noise damped.
    for (s, eta, t) in [(1, 0.05, 0.05), (3, 0.06, 0.02), (1, 0.02, 0.05), (1, 0.04, 0.01)] {
        let model = loss(&["v"], "(v*x - y)^2", teacher(1.0), t);
        let config = Config { learning_rate: eta, batch_size: s, chains: 64, steps: 30_000, seed: 5 };
        let found = sampled(model, &config, false);
        // Covariance of the batch's m is alpha T / eta. One step maps the deviation from the mean d to
        // d (1 - 2 eta m1) - 2 eta (m1 mean - m2).
        let scale = t / eta;
        let mean = b2 / b1;
        let g = (a1 * mean * mean - 2.0 * a2 * mean + a3) * scale;
        let keep = 1.0 - 4.0 * eta * b1 + 4.0 * eta * eta * (b1 * b1 + a1 * scale);
        let variance = 4.0 * eta * eta * g / (1.0 - keep);
        let near = |q: &stillpoint::estimate::Quantity, truth: f64, what: &str| {
            let e = q.finite().expect("finite");
            assert!((e.value - truth).abs() < 4.5 * e.error(), "S = {s}, eta = {eta}: {what} {e:?} for {truth}");
            assert!(e.error() < 0.05 * truth, "S = {s}: {what} is known to {} only", e.error());
        };
        near(&found.mean[0], mean, "mean");
        near(&found.covariance[0][0], variance, "variance");
        assert_eq!(found.warnings.iter().any(|w| w.contains("amplified")), (t * s as f64 - eta).abs() > 1e-12);
    }
}

#[test]
fn the_same_seed_gives_the_same_digits_and_mirrored_starts_alternate() {
    let model = loss(&["u", "w"], "(w*tanh(u*x) - y)^2", teacher(1.0), 0.02);
    let config = Config { learning_rate: 0.02, batch_size: 1, chains: 32, steps: 2000, seed: 9 };
    let found = sampled(model.clone(), &config, false);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    let again = pool.install(|| sampled(model, &config, false));
    assert_eq!(found.cloud, again.cloud);
    let right = found.cloud.iter().filter(|p| p[0] * p[1] > 0.0).count();
    let positive = found.cloud.iter().filter(|p| p[0] > 0.0).count();
    assert!(right * 20 > found.cloud.len() * 19, "wrong signs: {right} of {}", found.cloud.len());
    assert!(positive * 3 > found.cloud.len() && positive * 3 < 2 * found.cloud.len(), "{positive}");
}
