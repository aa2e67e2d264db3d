//! One-dimensional laws: time of a law with all its numbers and error bars.

use divan::Bencher;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::study::{Problem, law};

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
