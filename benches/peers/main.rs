//! The side of `run.sh` that is this crate: throughput as `name value` lines, one thread, no harness.
//!
//! Laws: 32 different ones in turn, each with 1000 points (or 3), mean, variance and five quantiles. Samples:
//! minibatch SGD and gradient flow at D = 1, and the random numbers they need alone.

use pulp::{Arch, Simd, WithSimd};
use std::time::{Duration, Instant};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::sgd::random::{LANES, Lanes, Streams};
use stillpoint::sgd::{Config, Source, gradient_flow, sgd};
use stillpoint::study::{Lean, Problem, Route, law};

/// The best of this many tries counts: others may be using the machine.
const TRIES: usize = 5;
/// How long each try takes.
const TIME: Duration = Duration::from_millis(200);

fn main() {
    for depth in [1, 2] {
        laws("full", depth, 1000);
        laws("short", depth, 3);
        lean(depth);
    }
    normals();
    samples();
}

const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// The laws of the NumPy batch, from that of the comparison at `shift` = 0 to `shift` = 1: each has moments and a
/// temperature of its own.
fn model(depth: u32, shift: f64) -> Diagonal {
    let moments = Moments::try_new(2.0 + shift, 2.0, 3.0 + shift, 1.0, 1.0 + 0.25 * shift).expect("moments of data");
    let temperature = 0.1 * (1.0 + 0.5 * shift);
    Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments }
}

fn sweep() -> impl Iterator<Item = f64> {
    (0..32).map(|i| f64::from(i) / 31.0)
}

fn problem(depth: u32, shift: f64, points: u32) -> Problem {
    Problem {
        title: String::new(),
        model: model(depth, shift),
        branch: Branch::Positive,
        tolerance: 1e-8,
        points: (0..points).map(|i| 0.01 + 4.99 * f64::from(i) / f64::from(points - 1)).collect(),
        quantiles: QUANTILES.to_vec(),
        moments: vec![],
    }
}

/// Laws per second with all numbers and their error bars, and the variance and median of the first.
fn laws(name: &str, depth: u32, points: u32) {
    let problems: Vec<Problem> = sweep().map(|shift| problem(depth, shift, points)).collect();
    let mut problems = problems.iter().cycle();
    let rate = best(|| {
        std::hint::black_box(problems.next().map(law)).expect("a problem").expect("a law");
        1
    });
    println!("laws_{name}_{depth} {rate}");
    let solution = law(&problem(depth, 0.0, points)).expect("a law");
    let variance = solution.variance.finite().expect("finite");
    println!("variance_{name}_{depth} {:e}", variance.value);
    println!("median_{name}_{depth} {:e}", solution.quantiles[2].value.finite().expect("finite").value);
}

/// The same on the lean path: log density on 1000 nodes, mean, variance and quantiles.
fn lean(depth: u32) {
    let models: Vec<Diagonal> = sweep().map(|shift| model(depth, shift)).collect();
    let mut lean = Lean::new(1000);
    let mut full = 0;
    let mut models = models.iter().cycle();
    let rate = best(|| {
        let model = models.next().expect("a cycle");
        let law = lean.law(model, Branch::Positive, &QUANTILES).expect("a law");
        full += usize::from(law.route == Route::Full);
        std::hint::black_box(law.log_density);
        1
    });
    assert_eq!(full, 0, "laws that took the full path");
    println!("laws_lean_{depth} {rate}");
    let first = model(depth, 0.0);
    let law = lean.law(&first, Branch::Positive, &QUANTILES).expect("a law");
    println!("variance_lean_{depth} {:e}", law.variance.finite().expect("finite").value);
    println!("median_lean_{depth} {:e}", law.quantiles[2].value.value);
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
    let rate = best(|| {
        Arch::new().dispatch(Fill(&mut streams, &mut rows));
        std::hint::black_box(&rows).len() * LANES
    });
    println!("normals {rate}");
}

fn samples() {
    let source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a legal teacher");
    let model = Diagonal { moments, temperature: 0.005, ..model(1, 0.0) };
    let config = Config { learning_rate: 0.005, batch_size: 1, chains: 64, steps: 400_000, seed: 1 };
    let run = || sgd(&model, &source, Branch::Positive, &config, &[0.5], &|_| ()).expect("a legal run");
    println!("sgd {}", fastest(|| run().steps_per_second));
    let run = || gradient_flow(&model, Branch::Positive, &config, &[0.5], &|_| ()).expect("a legal run");
    println!("flow {}", fastest(|| run().steps_per_second));
}

/// Items per second of the fastest try; `work` returns how many it did.
fn best(mut work: impl FnMut() -> usize) -> f64 {
    fastest(|| {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < TIME {
            count += work();
        }
        count as f64 / start.elapsed().as_secs_f64()
    })
}

fn fastest(rate: impl FnMut() -> f64) -> f64 {
    std::iter::repeat_with(rate).take(TRIES).fold(0.0, f64::max)
}
