//! Null vector of large random generators: time, flops against the peak of the matrix product in the same run,
//! memory, residual; faer's sparse LU on the same matrix as a peer.
//!
//! `cargo bench --bench matrix` runs 256^2 to 1024^2 and 32^3; arguments choose: sides of squares (`2048`), cubes
//! (`48^3`), cubes by iteration (`~96^3`), squares that are not told to be lattices (`graph-1024`), `lu` for the peer at
//! 512^2. `RAYON_NUM_THREADS` sets the threads.

use faer::linalg::matmul::matmul;
use faer::prelude::*;
use faer::sparse::{SparseColMat, Triplet};
use faer::{Accum, Par};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::hint::black_box;
use std::time::Instant;
use stillpoint::operator::Generator;
use stillpoint::stationary::{Budget, Layout, forecast, forecast_iteration, solve, solve_iterative};

/// Nearly Boltzmann rates e^(drop / 2) r, r uniform in \[1/2, 3/2\], between the cells of a lattice that differ by
/// one of the offsets; the potential is a bowl with waves, 26 deep.
fn random(shape: &[usize], offsets: &[&[i64]]) -> Generator {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let n: usize = shape.iter().product();
    let coordinates = |mut cell: usize| {
        let mut x = vec![0i64; shape.len()];
        for axis in (0..shape.len()).rev() {
            x[axis] = (cell % shape[axis]) as i64;
            cell /= shape[axis];
        }
        x
    };
    let potential = |x: &[i64]| -> f64 {
        let scaled = x.iter().zip(shape).map(|(&c, &s)| 2.0 * c as f64 / s as f64 - 1.0);
        scaled.map(|t| 12.0 * t * t + (9.0 * t).sin()).sum()
    };
    let (mut pointers, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..n {
        let x = coordinates(cell);
        let here = potential(&x);
        let start = columns.len();
        for offset in offsets {
            let y: Vec<i64> = x.iter().zip(*offset).map(|(a, b)| a + b).collect();
            if y.iter().zip(shape).all(|(&c, &s)| c >= 0 && c < s as i64) {
                columns.push(y.iter().zip(shape).fold(0, |to, (&c, &s)| to * s + c as usize));
                values.push((0.5 * (here - potential(&y))).exp() * (0.5 + rng.random::<f64>()));
            }
        }
        debug_assert!(columns[start..].is_sorted());
        pointers.push(columns.len());
    }
    Generator::try_new(sprs::CsMat::new((n, n), pointers, columns, values)).expect("positive rates")
}

const NINE_POINT: &[&[i64]] = &[&[-1, -1], &[-1, 0], &[-1, 1], &[0, -1], &[0, 1], &[1, -1], &[1, 0], &[1, 1]];

/// Faces and six of the edges: what Selling's decomposition uses in three dimensions.
const TWELVE: &[&[i64]] = &[
    &[-1, 0, 0],
    &[-1, 0, 1],
    &[-1, 1, 0],
    &[0, -1, 0],
    &[0, -1, 1],
    &[0, 0, -1],
    &[0, 0, 1],
    &[0, 1, -1],
    &[0, 1, 0],
    &[1, -1, 0],
    &[1, 0, -1],
    &[1, 0, 0],
];

/// GFlop/s of one thread in a product of two square matrices.
fn peak() -> f64 {
    let n = 512;
    let a = Mat::from_fn(n, n, |i, j| 1.0 + (i * j % 7) as f64);
    let mut c = Mat::<f64>::zeros(n, n);
    let once = |c: &mut Mat<f64>| {
        let started = Instant::now();
        matmul(c.as_mut(), Accum::Replace, &a, &a, 1.0, Par::Seq);
        started.elapsed().as_secs_f64()
    };
    let best = (0..9).map(|_| once(&mut c)).fold(f64::INFINITY, f64::min);
    black_box(&c);
    2.0 * (n as f64).powi(3) / best / 1e9
}

/// Largest resident set so far \[MB\]; 0 where the system does not tell.
fn resident_peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Forgets the largest resident set, where the system lets us.
fn forget_peak() -> f64 {
    std::fs::write("/proc/self/clear_refs", "5").ok();
    resident_peak()
}

/// Processor time of all threads so far \[s\]; 0 where the system does not tell.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn run(shape: &[usize], layout: Layout<'_>, offsets: &[&[i64]], peak: f64) {
    let generator = random(shape, offsets);
    let graph = if matches!(layout, Layout::Graph) { "graph " } else { "" };
    let name = graph.to_owned() + &shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x");
    let before = forget_peak();
    let expected = forecast(&generator, layout);
    let repeats = if generator.cells() < 1_000_000 { 3 } else { 1 };
    let mut best = None::<stillpoint::stationary::Solved>;
    let started = processor();
    for _ in 0..repeats {
        let solved = solve(&generator, layout).expect("irreducible");
        if best.as_ref().is_none_or(|b| solved.effort.seconds < b.effort.seconds) {
            best = Some(solved);
        }
    }
    let processor = (processor() - started) / f64::from(repeats);
    let solved = best.expect("at least one run");
    let e = &solved.effort;
    let threads = rayon::current_num_threads() as f64;
    println!(
        "{name:>14} {:>7.3} s ({processor:.2} of processors) = {:.3} ordering + {:.3} elimination + {:.3} back; {:>8.2} GFlop, {:>5.1} GFlop/s ({:.0} % of \
         peak); factor {:.0} MB, peak {:.0} MB (forecast {:.0}, {:.2} s), front {}; residual {:.1e}",
        e.seconds,
        e.phases[0],
        e.phases[1],
        e.phases[2],
        e.flops / 1e9,
        e.flops / e.phases[1] / 1e9,
        100.0 * e.flops / e.phases[1] / 1e9 / (threads * peak),
        8.0 * e.factor as f64 / 1048576.0,
        resident_peak() - before,
        expected.peak_bytes as f64 / 1048576.0,
        expected.seconds,
        e.front,
        generator.residual(&solved.vector.log_mass),
    );
}

/// Sparse LU of the balance equations with the heaviest cell pinned.
fn sparse_lu(shape: &[usize]) {
    let generator = random(shape, NINE_POINT);
    let exact = solve(&generator, Layout::Lattice(shape)).expect("irreducible").vector.log_mass;
    let pin = (0..exact.len()).max_by(|&i, &j| exact[i].total_cmp(&exact[j])).expect("cells");
    let mut triplets = vec![Triplet::new(pin, pin, 1.0)];
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        let mut out = 0.0;
        for (to, &rate) in row.iter() {
            out += rate;
            if to != pin {
                triplets.push(Triplet::new(to, from, rate));
            }
        }
        if from != pin {
            triplets.push(Triplet::new(from, from, -out));
        }
    }
    let n = generator.cells();
    let before = forget_peak();
    let started = Instant::now();
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &triplets).expect("indices in range");
    let mut right = Mat::<f64>::zeros(n, 1);
    right[(pin, 0)] = 1.0;
    let mass = matrix.sp_lu().expect("not singular").solve(&right);
    let seconds = started.elapsed().as_secs_f64();
    let error = (0..n).map(|i| (mass[(i, 0)].ln() - exact[i] + exact[pin]).abs()).fold(0.0, f64::max);
    println!(
        "faer sparse LU {shape:?}: {seconds:.2} s, peak {:.0} MB, log mass off by {error:.1e}",
        resident_peak() - before
    );
}

/// The same by iteration, from a start along a spanning tree.
fn iterate(shape: &[usize], offsets: &[&[i64]]) {
    let generator = random(shape, offsets);
    let before = forget_peak();
    let foretold = forecast_iteration(generator.cells(), generator.rates().nnz()) as f64 / 1048576.0;
    match solve_iterative(&generator, None, &Budget::default()) {
        Ok(found) => println!(
            "iteration {shape:?}: {:.1} s, {} cycles, peak {:.0} MB (forecast {foretold:.0}); error below {:.1e}, residual {:.1e}",
            found.effort.seconds,
            found.steps,
            resident_peak() - before,
            found.error_estimate,
            found.residual,
        ),
        Err(stop) => println!("iteration {shape:?}: {stop}"),
    }
}

fn main() {
    let mut wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if wanted.is_empty() {
        wanted = ["256", "512", "1024", "32^3"].map(String::from).to_vec();
    }
    let peak = peak();
    println!("matrix product: {peak:.1} GFlop/s per thread; {} threads", rayon::current_num_threads());
    for what in wanted {
        match (what.as_str(), what.strip_suffix("^3").map(str::parse::<usize>), what.parse::<usize>()) {
            ("lu", ..) => sparse_lu(&[512, 512]),
            (cube, ..) if cube.starts_with('~') => match cube[1..].trim_end_matches("^3").parse() {
                Ok(n) => iterate(&[n; 3], TWELVE),
                Err(_) => eprintln!("not a size: {cube}"),
            },
            (graph, ..) if graph.starts_with("graph-") => match graph[6..].parse() {
                Ok(n) => run(&[n; 2], Layout::Graph, NINE_POINT, peak),
                Err(_) => eprintln!("not a size: {graph}"),
            },
            (_, Some(Ok(n)), _) => run(&[n; 3], Layout::Lattice(&[n; 3]), TWELVE, peak),
            (_, _, Ok(n)) => run(&[n; 2], Layout::Lattice(&[n; 2]), NINE_POINT, peak),
            _ => eprintln!("not a size: {what}"),
        }
    }
}
