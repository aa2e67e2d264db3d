//! Steps of minibatch SGD and of the gradient flow, beside the random numbers they need.
//!
//! Peer: the same normals with nothing done to them, in the same run. Limit: arithmetic (divisions and square
//! roots above all); everything stays in the nearest cache. Left out: start, burn-in and statistics. Run it
//! with `RAYON_NUM_THREADS=1` for numbers per core.

use divan::Bencher;
use divan::counter::ItemsCount;
use pulp::{Arch, Simd, WithSimd};
use std::time::Instant;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::Sampling;
use stillpoint::sgd::random::{LANES, Lanes, Streams};
use stillpoint::sgd::{Config, Source, gradient_flow, sgd};

const ROWS: usize = 128;
const SOURCE: Source = Source::Gaussian { variance: 1.0, slope: 1.0, noise: 1.0 };

struct Fill<'a>(&'a mut Streams, &'a mut [Lanes]);

impl WithSimd for Fill<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.0.normals(self.1);
    }
}

fn model(depth: u32) -> Diagonal {
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a legal teacher");
    Diagonal { depth, width: 1, temperature: 0.005, weight_decay: 0.0, modified_loss: false, moments }
}

fn config(steps: u64) -> Config {
    Config { learning_rate: 0.005, batch_size: 1, chains: 64, steps, seed: 1 }
}

fn run_sgd(depth: u32, steps: u64) -> Sampling {
    sgd(&model(depth), &SOURCE, Branch::Positive, &config(steps), &[0.5], &|_| ()).expect("a legal run")
}

fn run_flow(depth: u32, steps: u64) -> Sampling {
    gradient_flow(&model(depth), Branch::Positive, &config(steps), &[0.5], &|_| ()).expect("a legal run")
}

#[divan::bench]
fn normals(bencher: Bencher) {
    let mut streams = Streams::new(1, 0);
    let mut rows = [[0.0; LANES]; ROWS];
    bencher.counter(ItemsCount::new(ROWS * LANES)).bench_local(|| {
        Arch::new().dispatch(Fill(&mut streams, &mut rows));
        rows[0][0]
    });
}

#[divan::bench(args = [0, 1, 2, 3, 5], sample_count = 5, sample_size = 1)]
fn minibatch_sgd(bencher: Bencher, depth: u32) {
    bencher.counter(ItemsCount::new(64 * 800_000_u64)).bench_local(|| run_sgd(depth, 800_000).burn_in);
}

#[divan::bench(args = [0, 1, 2, 3, 5], sample_count = 5, sample_size = 1)]
fn flow(bencher: Bencher, depth: u32) {
    bencher.counter(ItemsCount::new(64 * 800_000_u64)).bench_local(|| run_flow(depth, 800_000).burn_in);
}

fn normals_per_second() -> f64 {
    let mut streams = Streams::new(1, 0);
    let mut rows = [[0.0; LANES]; ROWS];
    let rounds = 20_000;
    let start = Instant::now();
    for _ in 0..rounds {
        Arch::new().dispatch(Fill(&mut streams, divan::black_box(&mut rows)));
    }
    (rounds * ROWS * LANES) as f64 / start.elapsed().as_secs_f64()
}

/// Best of several rounds, each of which measures all three one after the other.
fn ratios() {
    let mut best = [0.0_f64; 3];
    for _ in 0..7 {
        let now = [normals_per_second(), run_sgd(1, 800_000).steps_per_second, run_flow(1, 800_000).steps_per_second];
        best = std::array::from_fn(|i| best[i].max(now[i]));
    }
    let [normals, sgd, flow] = best;
    println!("D = 1, d = 1, S = 1, best of 7, threads as rayon has them (normals: one):");
    println!("  normals        {:8.1} million/s", normals / 1e6);
    println!(
        "  minibatch SGD  {:8.1} million steps/s, {:.2} x the cost of its two normals",
        sgd / 1e6,
        normals / 2.0 / sgd
    );
    println!("  gradient flow  {:8.1} million steps/s, {:.2} x the cost of its normal", flow / 1e6, normals / flow);
}

fn main() {
    divan::main();
    ratios();
}
