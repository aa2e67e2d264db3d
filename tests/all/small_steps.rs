//! Real SGD tends to the computed law as its learning rate does to 0: one to five hidden layers at T alpha3 = 0.3.
//!
//! x ~ N(0, 1), y = x + N(0, sigma^2), batch size 1, so T is the learning rate itself and sigma^2 = 0.3/T - 2 grows as it
//! falls. The deeper the network, the smaller the learning rate has to be.

use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::sgd::{Config, Source, sgd};
use stillpoint::study::{Problem, law};

const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
const CHAINS: u64 = 160;
/// Training time learning rate x steps of each chain: some twelve autocorrelation times.
const TIME: f64 = 12.0;

/// Distances of SGD's quantiles from the law, in standard errors, and the chains that diverged, died or crossed.
fn distances(depth: u32, learning_rate: f64) -> (Vec<f64>, u64) {
    let noise = (0.3 / learning_rate - 2.0).sqrt();
    let model = Diagonal {
        depth,
        width: 1,
        temperature: learning_rate,
        weight_decay: 0.0,
        modified_loss: false,
        moments: Moments::gaussian(1.0, 1.0, noise).expect("valid"),
    };
    let problem = Problem {
        title: String::new(),
        model,
        branch: Branch::Positive,
        tolerance: 1e-10,
        points: Vec::new(),
        quantiles: QUANTILES.to_vec(),
        moments: vec![1.0],
    };
    let steps = (TIME / learning_rate) as u64;
    let config = Config { learning_rate, batch_size: 1, chains: CHAINS, steps, seed: 1 };
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise };
    let sampled = sgd(&model, &source, Branch::Positive, &config, &QUANTILES, &|_| ()).expect("samples");
    let exact = law(&problem).expect("a law");
    let off = sampled.quantiles.iter().zip(&exact.quantiles).map(|(s, e)| {
        let (s, e) = (s.value.finite().expect("finite"), e.value.finite().expect("finite"));
        (s.value - e.value) / s.error()
    });
    (off.collect(), sampled.diverged + sampled.died + sampled.crossed)
}

#[test]
fn sgd_tends_to_the_law_at_every_depth() {
    for (depth, smallest) in [(1, 5e-4), (2, 2.5e-4), (3, 1e-4), (4, 4e-5), (5, 1e-5)] {
        let (off, lost) = distances(depth, smallest);
        assert_eq!(lost, 0, "D = {depth}");
        assert!(off.iter().all(|z| z.abs() <= 3.0), "D = {depth}, learning rate {smallest}: {off:.1?} standard errors");
    }
}

#[test]
fn at_a_large_learning_rate_deep_networks_leave_the_law() {
    // The same comparison can fail: the finite step is seen where it matters.
    for depth in [3, 4, 5] {
        let (off, _) = distances(depth, 2e-3);
        assert!(off.iter().any(|z| z.abs() > 6.0), "D = {depth}: {off:.1?}");
    }
}
