//! The multilevel iteration against the elimination: right, or an error.

use crate::processes::Closures;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use stillpoint::grid::{Grading, Lattice, LatticeAxis};
use stillpoint::operator::{Edges, Generator};
use stillpoint::process::Process;
use stillpoint::stationary::{
    Budget, Effort, Iterated, Layout, Method, Stall, StationaryError, WATCHED, choose, forecast_iteration, solve,
    solve_iterative,
};

const TIGHT: Budget = Budget { steps: 400, tolerance: 1e-9 };

fn lattice<const N: usize>(walls: [[f64; 2]; N], cells: usize) -> Lattice<N> {
    Lattice::new(walls.map(|[lower, upper]| LatticeAxis::between(Grading::Uniform, lower, upper, cells)))
}

fn generator<const N: usize>(process: &dyn Process<N>, lattice: &Lattice<N>) -> Generator {
    Edges::of(process, lattice).expect("edges").generator(None).expect("rates")
}

/// Nearly Boltzmann rates e^(drop / 2) r, r uniform in [1/2, 3/2], to all cells that differ by at most 1 along every axis.
fn random(shape: &[usize], seed: u64) -> Generator {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let n: usize = shape.iter().product();
    let place = |mut cell: usize| {
        let mut x = vec![0i64; shape.len()];
        for axis in (0..shape.len()).rev() {
            x[axis] = (cell % shape[axis]) as i64;
            cell /= shape[axis];
        }
        x
    };
    let potential = |x: &[i64]| -> f64 {
        let scaled = x.iter().zip(shape).map(|(&c, &s)| 2.0 * c as f64 / s as f64 - 1.0);
        scaled.map(|t| 9.0 * t * t + (9.0 * t).sin()).sum()
    };
    let mut triplets = Vec::new();
    for cell in 0..n {
        let x = place(cell);
        for offset in 0..3i64.pow(shape.len() as u32) {
            let y: Vec<i64> = (0..shape.len()).map(|k| x[k] + offset / 3i64.pow(k as u32) % 3 - 1).collect();
            if y != x && y.iter().zip(shape).all(|(&c, &s)| c >= 0 && c < s as i64) {
                let to = y.iter().zip(shape).fold(0, |to, (&c, &s)| to * s + c as usize);
                let rate = (0.5 * (potential(&x) - potential(&y))).exp() * (0.5 + rng.random::<f64>());
                triplets.push((cell, to, rate));
            }
        }
    }
    Generator::from_triplets(n, &triplets).expect("rates")
}

/// Largest relative error of a watched mass, by elimination.
fn error(generator: &Generator, shape: &[usize], found: &Iterated) -> f64 {
    let exact = solve(generator, Layout::Lattice(shape)).expect("irreducible").vector.log_mass;
    let floor = exact.iter().copied().fold(f64::NEG_INFINITY, f64::max) + WATCHED.ln();
    let pairs = exact.iter().zip(&found.vector.log_mass);
    pairs.filter(|(m, _)| **m > floor).map(|(m, f)| (f - m).exp_m1().abs()).fold(0.0, f64::max)
}

/// Converges to the tolerance, and the estimate covers the error.
fn check(name: &str, generator: &Generator, shape: &[usize], steps: usize) {
    let found = solve_iterative(generator, None, &TIGHT).unwrap_or_else(|stop| panic!("{name}: {stop}"));
    let error = error(generator, shape, &found);
    // The elimination itself is right to a few 1e-14.
    assert!(error <= found.error_estimate + 1e-12, "{name}: {error:e} beyond {:e}", found.error_estimate);
    assert!(found.error_estimate <= TIGHT.tolerance && found.residual < 1e-9, "{name}: {found:?}");
    assert!(found.steps <= steps, "{name}: {} steps", found.steps);
}

#[test]
fn random_chains_of_two_and_three_axes() {
    check("9-point", &random(&[110, 90], 3), &[110, 90], 150);
    check("27-point", &random(&[20, 19, 21], 4), &[20, 19, 21], 150);
}

#[test]
fn small_chains_are_eliminated_at_once() {
    check("9-point", &random(&[12, 11], 5), &[12, 11], 60);
    check("two cells", &Generator::chain(&[1.0], &[3.0]).expect("rates"), &[2], 20);
    check("one cell", &Generator::from_triplets(1, &[]).expect("rates"), &[1], 20);
}

#[test]
fn rotating_gaussians() {
    for turn in [1.0, 5.0] {
        let process = Closures::linear([[1.0, turn], [-turn, 1.5]], [[1.0, 0.5], [0.5, 1.0]]);
        check("two variables", &generator(&process, &lattice([[-6.0, 6.0]; 2], 100)), &[100, 100], 200);
    }
    let relaxation = [[1.0, 0.5, 0.0], [-0.5, 1.5, -0.3], [0.5, 0.0, 2.0]];
    let process = Closures::linear(relaxation, [[1.0, 0.5, 0.2], [0.5, 1.0, 0.1], [0.2, 0.1, 0.8]]);
    check("three variables", &generator(&process, &lattice([[-5.0, 5.0]; 3], 26)), &[26, 26, 26], 150);
}

/// b = -grad V + c R grad V, V = (x^2 - 1)^2 + 0.3 x + 2 y^2.
fn double_well(noise: f64) -> Closures<2> {
    let drift = |z: &[f64; 2]| {
        let slope = [4.0 * z[0] * (z[0] * z[0] - 1.0) + 0.3, 4.0 * z[1]];
        [-slope[0] - 0.5 * slope[1], -slope[1] + 0.5 * slope[0]]
    };
    Closures::additive(drift, [[2.0 * noise, 0.0], [0.0, 2.0 * noise]])
}

/// Gaps from 1e-1 down to below 1e-25: the weight of the light well is right, or there is no answer.
#[test]
fn metastable_wells_are_right_or_refused() {
    let mut solved = Vec::new();
    for noise in [0.3, 0.1, 0.07, 0.05, 0.04, 0.035, 0.03, 0.025, 0.02, 0.015, 0.012] {
        let generator = generator(&double_well(noise), &lattice([[-2.0, 2.0], [-1.5, 1.5]], 100));
        match solve_iterative(&generator, None, &TIGHT) {
            Ok(found) => {
                let error = error(&generator, &[100, 100], &found);
                assert!(error <= found.error_estimate + 1e-12, "{noise}: {error:e} {:e}", found.error_estimate);
                assert!(error < 1e-8, "{noise}: {error:e}");
                solved.push(noise);
            }
            Err(StationaryError::NotConverged { error, .. }) => assert!(error > TIGHT.tolerance, "{noise}"),
            Err(other) => panic!("{noise}: {other}"),
        }
    }
    // Gaps of 1e-3, 1e-6 and 1e-9 among them.
    for noise in [0.3, 0.1, 0.07, 0.05, 0.04] {
        assert!(solved.contains(&noise), "{noise} not in {solved:?}");
    }
}

#[test]
fn a_good_start_saves_steps_and_changes_nothing() {
    let process = Closures::linear([[1.0, 1.0], [-1.0, 1.5]], [[1.0, 0.5], [0.5, 1.0]]);
    let generator = generator(&process, &lattice([[-6.0, 6.0]; 2], 90));
    let cold = solve_iterative(&generator, None, &TIGHT).expect("converges");
    let near: Vec<f64> =
        cold.vector.log_mass.iter().enumerate().map(|(k, m)| 7.0 + m + 1e-3 * (k as f64 * 0.01).sin()).collect();
    let warm = solve_iterative(&generator, Some(&near), &TIGHT).expect("converges");
    assert!(warm.steps < cold.steps, "{} {}", warm.steps, cold.steps);
    assert!(error(&generator, &[90, 90], &warm) <= warm.error_estimate + 1e-12);
}

#[test]
fn threads_do_not_change_a_digit() {
    let generator = random(&[100, 100], 8);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| solve_iterative(&generator, None, &TIGHT).expect("converges").vector)
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn what_cannot_be_done_is_said() {
    let generator = random(&[70, 70], 9);
    let few = Budget { steps: 3, tolerance: 1e-12 };
    let stop = solve_iterative(&generator, None, &few).expect_err("too few steps");
    assert!(matches!(stop, StationaryError::NotConverged { stall: Stall::Budget, .. }), "{stop}");
    let beyond = Budget { steps: 1000, tolerance: 1e-17 };
    let stop = solve_iterative(&generator, None, &beyond).expect_err("beyond rounding");
    assert!(
        matches!(stop, StationaryError::NotConverged { stall: Stall::Rounding, error, .. } if error < 1e-9),
        "{stop}"
    );
    let stop = solve_iterative(&generator, Some(&[0.0; 7]), &TIGHT);
    assert_eq!(stop, Err(StationaryError::Start { cells: 4900, found: 7 }));
    let apart = Generator::from_triplets(4, &[(0, 1, 1.0), (1, 0, 1.0), (2, 3, 1.0), (3, 2, 1.0)]).expect("rates");
    assert_eq!(solve_iterative(&apart, None, &TIGHT), Err(StationaryError::Reducible { from: 0, to: 2 }));
    let left = Generator::from_triplets(3, &[(0, 1, 1.0), (1, 2, 1.0), (2, 1, 1.0)]).expect("rates");
    assert_eq!(solve_iterative(&left, None, &TIGHT), Err(StationaryError::Reducible { from: 1, to: 0 }));
    let none = Generator::from_triplets(0, &[]).expect("rates");
    assert_eq!(solve_iterative(&none, None, &TIGHT), Err(StationaryError::Empty));
}

#[test]
fn elimination_is_chosen_where_it_fits() {
    let forecast = stillpoint::stationary::forecast_lattice(&[128, 128, 128], 1);
    assert_eq!(choose(&forecast, 8 << 30), Method::Iteration);
    assert!(forecast_iteration(1 << 21, forecast.nonzeros) < 4 << 30);
    assert_eq!(choose(&Effort { peak_bytes: 1 << 30, ..forecast }, 8 << 30), Method::Elimination);
}
