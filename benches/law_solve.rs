//! One-dimensional laws: time of a law with all its numbers and error bars, and of the lean path of sweeps.

use divan::Bencher;
use divan::counter::ItemsCount;
use rayon::prelude::*;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::study::{Lean, Problem, Route, law};

fn main() {
    divan::main();
}

fn problem(depth: u32, temperature: f64) -> Problem {
    let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("valid moments");
    let model = Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments };
    Problem {
        title: String::new(),
        model,
        branch: model.natural_branch(),
        tolerance: 1e-10,
        points: vec![0.1, 1.0, 30.0],
        quantiles: vec![0.01, 0.25, 0.5, 0.75, 0.99],
        moments: vec![1.0, 2.0],
    }
}

/// A law to 1e-10 by depth.
#[divan::bench(args = [0, 1, 2, 5])]
fn law_to_ten_digits(bencher: Bencher, depth: u32) {
    let problem = problem(depth, 0.1);
    bencher.bench(|| law(&problem).expect("a law"));
}

/// Temperatures of a sweep: 100 of them, below the collapse of one layer or the infinite variance of none.
fn sweep(depth: u32) -> Vec<Diagonal> {
    let last = [0.4, 0.32].get(depth as usize).copied().unwrap_or(2.0);
    (1..=100).map(|i| problem(depth, last * f64::from(i) / 100.0).model).collect()
}

const QUANTILES: [f64; 5] = [0.01, 0.25, 0.5, 0.75, 0.99];

/// Log density on 1000 nodes, mean, variance and five quantiles to 1e-8; one thread.
#[divan::bench(args = [0, 1, 2, 5])]
fn lean_sweep(bencher: Bencher, depth: u32) {
    let models = sweep(depth);
    let mut lean = Lean::new(1000);
    let full = models.iter().filter(|model| one(&mut lean, model) == Route::Full).count();
    assert_eq!(full, 0, "laws outside the lean path");
    bencher.counter(ItemsCount::new(models.len())).bench_local(|| {
        for model in &models {
            divan::black_box(one(&mut lean, model));
        }
    });
}

/// The same on all threads.
#[divan::bench(args = [1])]
fn lean_sweep_in_parallel(bencher: Bencher, depth: u32) {
    let models: Vec<Diagonal> = sweep(depth).repeat(100);
    bencher
        .counter(ItemsCount::new(models.len()))
        .bench(|| models.par_iter().map_init(|| Lean::new(1000), one).filter(|route| *route == Route::Full).count());
}

fn one(lean: &mut Lean, model: &Diagonal) -> Route {
    let law = lean.law(model, Branch::Positive, &QUANTILES).expect("a law");
    divan::black_box(law.log_density);
    law.route
}
