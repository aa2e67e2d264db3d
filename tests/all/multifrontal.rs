//! The sparse elimination against a dense one in 40 digits with unbounded exponents.

use dashu::float::FBig;
use dashu::float::round::mode::HalfEven;
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use stillpoint::operator::Generator;
use stillpoint::stationary::{Layout, StationaryError, solve, solve_chain};

type Long = FBig<HalfEven>;

/// 40 digits.
const BITS: usize = 133;

fn long(value: f64) -> Long {
    Long::try_from(value).expect("finite").with_precision(BITS).value()
}

/// Logarithms of stationary masses relative to the last cell, by dense elimination in 40 digits.
fn reference(g: &Generator) -> Vec<f64> {
    let n = g.cells();
    let zero = long(0.0);
    let mut a = vec![vec![zero.clone(); n]; n];
    for (from, row) in g.rates().outer_iterator().enumerate() {
        for (to, &rate) in row.iter() {
            a[from][to] = long(rate);
        }
    }
    for k in 0..n - 1 {
        let (done, later) = a.split_at_mut(k + 1);
        let pivot = &done[k];
        let out = pivot[k + 1..].iter().fold(zero.clone(), |sum, rate| sum + rate);
        for row in later {
            let factor = &row[k] / &out;
            if factor != zero {
                for j in k + 1..n {
                    if pivot[j] != zero {
                        row[j] += &factor * &pivot[j];
                    }
                }
            }
            row[k] = factor;
        }
    }
    let mut mass = vec![long(1.0); n];
    for k in (0..n - 1).rev() {
        mass[k] = (k + 1..n).fold(zero.clone(), |sum, i| sum + &mass[i] * &a[i][k]);
    }
    mass.iter().map(log).collect()
}

/// ln of a number of any size.
fn log(value: &Long) -> f64 {
    let (mantissa, exponent) = value.repr().clone().into_parts();
    let digits = mantissa.to_f64().value();
    digits.ln() + exponent as f64 * std::f64::consts::LN_2
}

/// Largest difference of logarithms after a common shift, relative to 1 + |log|.
fn distance(found: &[f64], exact: &[f64]) -> f64 {
    let top = |v: &[f64]| v.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).expect("not empty");
    let (at, high) = top(exact);
    let shift = found[at] - high;
    let error = |(f, e): (&f64, &f64)| (f - e - shift).abs() / (1.0 + (e - high).abs());
    found.iter().zip(exact).map(error).fold(0.0, f64::max)
}

fn assert_exact(g: &Generator, layout: Layout<'_>) {
    let found = solve(g, layout).expect("irreducible");
    let error = distance(&found.vector.log_mass, &reference(g));
    assert!(error < 1e-13, "{error:e}");
    let total: f64 = found.vector.log_mass.iter().map(|m| m.exp()).sum();
    assert!((total - 1.0).abs() < 1e-13, "{total}");
}

/// Rates between all cells of a lattice at most `reach` apart on every axis; `rate(x, y)` of their coordinates.
fn lattice(shape: &[usize], reach: i64, mut rate: impl FnMut(&[i64], &[i64]) -> f64) -> Generator {
    let n: usize = shape.iter().product();
    let coordinates = |mut cell: usize| -> Vec<i64> {
        let mut at = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            at[axis] = (cell % shape[axis]) as i64;
            cell /= shape[axis];
        }
        at
    };
    let mut triplets = Vec::new();
    for from in 0..n {
        let x = coordinates(from);
        for code in 0..(2 * reach + 1).pow(shape.len() as u32) {
            let mut rest = code;
            let mut y = x.clone();
            for place in &mut y {
                *place += rest % (2 * reach + 1) - reach;
                rest /= 2 * reach + 1;
            }
            if y != x && y.iter().zip(shape).all(|(&c, &s)| c >= 0 && c < s as i64) {
                let to = y.iter().zip(shape).fold(0, |to, (&c, &s)| to * s + c as usize);
                let value = rate(&x, &y);
                if value > 0.0 {
                    triplets.push((from, to, value));
                }
            }
        }
    }
    Generator::from_triplets(n, &triplets).expect("rates")
}

/// Nearly Boltzmann rates with a random potential of amplitude `amplitude`.
fn random_lattice(shape: &[usize], reach: i64, amplitude: f64, seed: u64) -> Generator {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let n: usize = shape.iter().product();
    let potential: Vec<f64> = (0..n).map(|_| amplitude * rng.random::<f64>()).collect();
    let index = |x: &[i64]| x.iter().zip(shape).fold(0, |at, (&c, &s)| at * s + c as usize);
    lattice(shape, reach, |x, y| {
        let drop = potential[index(x)] - potential[index(y)];
        (0.5 + rng.random::<f64>()) * (0.5 * drop).exp()
    })
}

/// The same chain with its cells in another order, so that nothing tells that they lie on a lattice.
fn shuffled(g: &Generator, exact: &[f64]) -> (Generator, Vec<f64>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let mut number: Vec<usize> = (0..g.cells()).collect();
    number.shuffle(&mut rng);
    let rates = g.rates().iter().map(|(&rate, (from, to))| (number[from as usize], number[to as usize], rate));
    let mut moved = vec![0.0; g.cells()];
    number.iter().zip(exact).for_each(|(&cell, &value)| moved[cell] = value);
    (Generator::from_triplets(g.cells(), &rates.collect::<Vec<_>>()).expect("rates"), moved)
}

#[test]
fn lattices_of_two_and_three_dimensions() {
    for (shape, reach) in [(vec![9, 11], 1), (vec![13, 7], 2), (vec![1, 40], 3), (vec![4, 5, 6], 1), (vec![101], 1)] {
        for amplitude in [0.0, 5.0, 26.0, 300.0] {
            let g = random_lattice(&shape, reach, amplitude, 7);
            assert_exact(&g, Layout::Lattice(&shape));
            assert_exact(&g, Layout::Graph);
            assert_exact(&shuffled(&g, &vec![0.0; g.cells()]).0, Layout::Graph);
        }
    }
}

#[test]
fn chains_of_any_range() {
    for (n, slope) in [(60, 5.4), (500, 0.65), (500, 10.0), (50, 100.0), (20, 600.0)] {
        let up: Vec<f64> = (0..n).map(|k| (f64::from(k) * 0.7).sin().exp()).collect();
        let well = |k: i32| if k < n / 3 || (n / 2..2 * n / 3).contains(&k) { -slope } else { slope };
        let down: Vec<f64> = (0..n).map(|k| up[k as usize] * f64::exp(well(k))).collect();
        let g = Generator::chain(&up, &down).expect("rates");
        let exact = solve_chain(&g).expect("a chain");
        for layout in [Layout::Lattice(&[n as usize + 1]), Layout::Graph] {
            let found = solve(&g, layout).expect("irreducible");
            let error = distance(&found.vector.log_mass, &exact.log_mass);
            assert!(error < 1e-13, "{n} {slope}: {error:e}");
        }
    }
}

#[test]
fn one_way_cycles_and_single_cells() {
    let cycle: Vec<_> = (0..50).map(|k| (k, (k + 1) % 50, 1.0 + k as f64)).collect();
    let g = Generator::from_triplets(50, &cycle).expect("rates");
    let found = solve(&g, Layout::Graph).expect("a cycle").vector.log_mass;
    for k in 0..50 {
        assert!((found[k] - found[0] + (1.0 + k as f64).ln()).abs() < 1e-14);
    }
    let one = Generator::from_triplets(1, &[]).expect("no rates");
    assert_eq!(solve(&one, Layout::Graph).expect("one cell").vector.log_mass, [0.0]);
}

#[test]
fn closed_classes_and_unreachable_cells_are_named() {
    let g =
        Generator::from_triplets(4, &[(0, 1, 1.0), (1, 0, 1.0), (1, 2, 1.0), (2, 3, 1.0), (3, 2, 1.0)]).expect("rates");
    let Err(StationaryError::Reducible { from, to }) = solve(&g, Layout::Graph) else { panic!("reducible") };
    assert!(from >= 2 && to < 2 || from < 2 && to >= 2, "{from} {to}");
    let two = Generator::from_triplets(4, &[(0, 1, 1.0), (1, 0, 1.0), (2, 3, 1.0), (3, 2, 1.0)]).expect("rates");
    assert!(matches!(solve(&two, Layout::Graph), Err(StationaryError::Reducible { .. })));
}

#[test]
fn fronts_of_all_widths_keep_their_digits() {
    // Complete graphs make one front of every size around the seams of the blocked kernel.
    for n in [2, 15, 16, 17, 18, 47, 48, 49, 50, 97, 130] {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(n);
        let n = n as usize;
        let mut triplets = Vec::new();
        for from in 0..n {
            for to in (0..n).filter(|&to| to != from) {
                triplets.push((from, to, (20.0 * rng.random::<f64>() - 10.0).exp()));
            }
        }
        assert_exact(&Generator::from_triplets(n, &triplets).expect("rates"), Layout::Graph);
    }
}

/// Detailed-balance rates of a potential, every edge with its own weight.
fn balanced(shape: &[usize], potential: impl Fn(&[i64]) -> f64) -> (Generator, Vec<f64>) {
    let weight = |x: &[i64], y: &[i64]| {
        let key: i64 = x.iter().zip(y).map(|(a, b)| (a + b) * (a + b + 3)).sum();
        1.0 + (key % 7) as f64
    };
    let g = lattice(shape, 1, |x, y| weight(x, y) * (0.5 * (potential(x) - potential(y))).exp());
    let mut exact = Vec::new();
    for cell in 0..g.cells() {
        let mut rest = cell;
        let mut x = vec![0; shape.len()];
        for axis in (0..shape.len()).rev() {
            x[axis] = (rest % shape[axis]) as i64;
            rest /= shape[axis];
        }
        exact.push(-potential(&x));
    }
    (g, exact)
}

#[test]
fn two_wells_behind_a_barrier_of_a_thousand_and_tails_of_five_thousand() {
    for (height, tail) in [(1000.0, 0.0), (1000.0, 3000.0), (50.0, 5000.0)] {
        let shape = [48, 56];
        // Wells at s = -1/2 (deeper by 3) and s = 1/2.
        let potential = |x: &[i64]| {
            let (s, t) = (x[1] as f64 / 27.5 - 1.0, x[0] as f64 / 23.5 - 1.0);
            let outside = 300.0 * (s.abs() - 0.5).max(0.0).powi(2);
            height * (1.0 - 4.0 * s * s).max(0.0).powi(2) + outside + 1.5 * (2.0 * s).tanh() + tail * t * t
        };
        let (g, exact) = balanced(&shape, potential);
        let other = shuffled(&g, &exact);
        for ((g, exact), layout) in [((g, exact), Layout::Lattice(&shape)), (other, Layout::Graph)] {
            let found = solve(&g, layout).expect("irreducible");
            let error = distance(&found.vector.log_mass, &exact);
            assert!(error < 1e-12, "{height} {tail}: {error:e}");
        }
    }
}

#[test]
fn bowls_whose_corners_hold_next_to_nothing() {
    // The order of elimination ends in a tail: what little reaches it must not be lost to what is dropped elsewhere.
    for (side, depth) in [(60, 700.0), (120, 800.0), (200, 300.0), (200, 700.0), (201, 1000.0)] {
        let shape = [side, side];
        let middle = 0.5 * (side - 1) as f64;
        let (g, exact) =
            balanced(&shape, |x| depth * x.iter().map(|&c| (c as f64 / middle - 1.0).powi(2)).sum::<f64>());
        let found = solve(&g, Layout::Lattice(&shape)).expect("irreducible");
        let error = distance(&found.vector.log_mass, &exact);
        assert!(error < 1e-13, "{side} {depth}: {error:e}");
    }
}

#[test]
fn threads_change_no_bit() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    let n = 700;
    let pairs = (0..n).flat_map(|from| (0..n).map(move |to| (from, to))).filter(|(from, to)| from != to);
    let complete: Vec<_> = pairs.map(|(from, to)| (from, to, 0.1 + rng.random::<f64>())).collect();
    let complete = Generator::from_triplets(n, &complete).expect("rates");
    let shape = [220, 230];
    let wide = random_lattice(&shape, 1, 26.0, 3);
    for (g, layout) in [(complete, Layout::Graph), (wide, Layout::Lattice(&shape))] {
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| solve(&g, layout).expect("irreducible").vector)
        };
        let one = with(1);
        assert!(one == with(2) && one == with(5));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn random_sparse_generators(n in 2usize..70, degree in 1usize..5, spread in 0.0f64..400.0, seed in 0u64..1000) {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut triplets: Vec<_> = (0..n).map(|k| (k, (k + 1) % n, 1.0)).collect();
        for from in 0..n {
            for _ in 0..degree {
                let to = (from + 1 + rng.random_range(0..n - 1)) % n;
                triplets.push((from, to, 0.0));
            }
        }
        for t in &mut triplets {
            t.2 = (spread * (rng.random::<f64>() - 0.5)).exp();
        }
        assert_exact(&Generator::from_triplets(n, &triplets).expect("rates"), Layout::Graph);
    }
}
