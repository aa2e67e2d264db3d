//! The side of `run.sh` that is this crate: throughput as `name value` lines, one thread, no harness.
//!
//! Laws: a sweep over temperatures, each law with 1000 points, mean, variance and five quantiles. Samples: minibatch
//! SGD and gradient flow at D = 1, and the random numbers they need alone.

use pulp::{Arch, Simd, WithSimd};
use std::time::{Duration, Instant};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::sgd::random::{LANES, Lanes, Streams};
use stillpoint::sgd::{Config, Source, gradient_flow, sgd};
use stillpoint::study::{Problem, law};

/// How long each throughput is measured.
const TIME: Duration = Duration::from_millis(600);

fn main() {
    for depth in [1, 2] {
        laws(depth);
    }
    normals();
    samples();
}

/// T = 0.1 and the moments of the comparison.
fn model(depth: u32, temperature: f64) -> Diagonal {
    let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("moments of data");
    Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments }
}

fn problem(depth: u32, temperature: f64) -> Problem {
    Problem {
        title: String::new(),
        model: model(depth, temperature),
        branch: Branch::Positive,
        tolerance: 1e-8,
        points: (0..1000).map(|i| 0.01 + 4.99 * f64::from(i) / 999.0).collect(),
        quantiles: vec![0.05, 0.25, 0.5, 0.75, 0.95],
        moments: vec![],
    }
}

/// Laws per second with all numbers and their error bars, and the variance and median at T = 0.1.
fn laws(depth: u32) {
    let problems: Vec<Problem> = (0..32).map(|i| problem(depth, 0.05 + 0.1 * f64::from(i) / 31.0)).collect();
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < TIME {
        for problem in &problems {
            std::hint::black_box(law(problem).expect("a law"));
            count += 1;
        }
    }
    println!("laws_{depth} {}", f64::from(count) / start.elapsed().as_secs_f64());
    let solution = law(&problem(depth, 0.1)).expect("a law");
    let variance = solution.variance.finite().expect("finite");
    println!("variance_{depth} {:e}", variance.value);
    println!("variance_bar_{depth} {:e}", variance.error());
    println!("median_{depth} {:e}", solution.quantiles[2].value.finite().expect("finite").value);
}

struct Fill<'a>(&'a mut Streams, &'a mut [Lanes]);

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.0.normals(self.1);
    }
}

fn normals() {
    let mut streams = Streams::new(1, 0);
    let mut rows = [[0.0; LANES]; 128];
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < TIME {
        for _ in 0..100 {
            Arch::new().dispatch(Fill(&mut streams, &mut rows));
            std::hint::black_box(&rows);
        }
        count += 100 * rows.len() * LANES;
    }
    println!("normals {}", count as f64 / start.elapsed().as_secs_f64());
}

fn samples() {
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a legal teacher");
    let model = Diagonal { moments, ..model(1, 0.005) };
    let config = Config { learning_rate: 0.005, batch_size: 1, chains: 64, steps: 400_000, seed: 1 };
    let steps = sgd(&model, &source, Branch::Positive, &config, &[0.5], &|_| ()).expect("a legal run");
    println!("sgd {}", steps.steps_per_second);
    let steps = gradient_flow(&model, Branch::Positive, &config, &[0.5], &|_| ()).expect("a legal run");
    println!("flow {}", steps.steps_per_second);
}
