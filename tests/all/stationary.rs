//! Null vectors: chain, dense elimination and a sparse LU factorisation (faer) pairwise on the same matrices, and the
//! masses at the nodes against closed forms.

use faer::prelude::*;
use faer::sparse::{SparseColMat, Triplet};
use stillpoint::grid::{Axis, Grid};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::operator::{Generator, assemble};
use stillpoint::process::Process;
use stillpoint::stationary::{solve_chain, solve_dense};
use stillpoint::study::Landscape;
use stillpoint::theory::ClosedForm;

fn network(depth: u32) -> Diagonal {
    let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("moments of data");
    Diagonal { depth, width: 1, temperature: 0.1, weight_decay: 0.0, modified_loss: false, moments }
}

fn uniform(low: f64, high: f64, intervals: usize) -> Axis {
    Axis::new((0..=intervals).map(|i| low + (high - low) * i as f64 / intervals as f64).collect()).expect("ascending")
}

/// The generator of a network on a uniform axis of its chart.
fn generator(depth: u32, low: f64, high: f64, intervals: usize) -> Generator {
    let landscape = Landscape::of(&network(depth), Branch::Positive).expect("measurable ends");
    let process = &landscape.density().expect("a density").piece.process;
    assemble(process, &Grid::new([uniform(low, high, intervals)])).expect("finite rates")
}

/// ln of the null vector by sparse LU: the balance of the heaviest cell is replaced by giving it mass 1.
///
/// Unlike elimination without subtraction, this loses digits with the spectral gap and may return masses < 0, which
/// come out as NaN here.
fn solve_lu(generator: &Generator, heaviest: usize) -> Vec<f64> {
    let n = generator.cells();
    let mut triplets = vec![Triplet::new(heaviest, heaviest, 1.0)];
    for (from, row) in generator.rates().outer_iterator().enumerate() {
        let mut out = 0.0;
        for (to, &rate) in row.iter() {
            out += rate;
            if to != heaviest {
                triplets.push(Triplet::new(to, from, rate));
            }
        }
        if from != heaviest {
            triplets.push(Triplet::new(from, from, -out));
        }
    }
    let matrix = SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &triplets).expect("indices in range");
    let mut right = Mat::<f64>::zeros(n, 1);
    right[(heaviest, 0)] = 1.0;
    let mass = matrix.sp_lu().expect("not singular once pinned").solve(&right);
    let total: f64 = (0..n).map(|i| mass[(i, 0)]).sum();
    (0..n).map(|i| (mass[(i, 0)] / total).ln()).collect()
}

fn heaviest(log_mass: &[f64]) -> usize {
    (0..log_mass.len()).max_by(|&i, &j| log_mass[i].total_cmp(&log_mass[j])).expect("cells")
}

/// Largest difference where the first is above e^`floor`, relative to 1 + |ln mass|.
fn difference(a: &[f64], b: &[f64], floor: f64) -> f64 {
    let kept = a.iter().zip(b).filter(|(x, _)| **x > floor);
    kept.map(|(x, y)| if y.is_nan() { f64::INFINITY } else { (x - y).abs() / (1.0 + x.abs()) }).fold(0.0, f64::max)
}

#[test]
fn chain_dense_and_sparse_lu_agree_pairwise_on_the_laws() {
    for (depth, low, high) in [(0, -9.0, 9.0), (1, -20.0, 12.0), (2, -6.0, 8.0), (5, -4.0, 8.0)] {
        for intervals in [1, 2, 3, 16, 64, 255, 256, 257] {
            let generator = generator(depth, low, high, intervals);
            let chain = solve_chain(&generator).expect("a chain").log_mass;
            let dense = solve_dense(&generator).expect("irreducible").log_mass;
            let lu = solve_lu(&generator, heaviest(&chain));
            let name = format!("D = {depth}, {intervals} intervals");
            assert!(difference(&chain, &dense, f64::NEG_INFINITY) < 1e-13, "{name}: chain and dense");
            // LU keeps what is not tiny beside the heaviest cell.
            for (other, vector) in [("chain", &chain), ("dense", &dense)] {
                let off = difference(vector, &lu, -23.0);
                println!("{name}: {other} and LU differ by {off:.1e}");
                assert!(off < 1e-6, "{name}: {other} and LU differ by {off:e}");
            }
        }
    }
}

/// A generator that is no chain: a walk on a grid with diagonal moves and a rotation, so no detailed balance.
fn rotating(side: usize) -> Generator {
    let mut triplets = Vec::new();
    let at = |i: usize, j: usize| i * side + j;
    for i in 0..side {
        for j in 0..side {
            for (di, dj) in [(-1i64, 0i64), (1, 0), (0, -1), (0, 1), (1, 1), (-1, -1)] {
                let (k, l) = (i as i64 + di, j as i64 + dj);
                if (0..side as i64).contains(&k) && (0..side as i64).contains(&l) {
                    let (x, y) = (i as f64 - 4.0, j as f64 - 5.0);
                    let drift = -(x * di as f64 + y * dj as f64) + 0.8 * (y * di as f64 - x * dj as f64);
                    triplets.push((at(i, j), at(k as usize, l as usize), (0.25 * drift).exp()));
                }
            }
        }
    }
    Generator::from_triplets(side * side, &triplets).expect("valid rates")
}

#[test]
fn dense_and_sparse_lu_agree_without_detailed_balance() {
    for side in [2, 7, 12] {
        let generator = rotating(side);
        let dense = solve_dense(&generator).expect("irreducible").log_mass;
        let lu = solve_lu(&generator, heaviest(&dense));
        assert!(difference(&dense, &lu, -23.0) < 1e-10, "side {side}");
        assert!(generator.residual(&dense) < 1e-13, "side {side}: {:e}", generator.residual(&dense));
    }
}

/// Two wells with a barrier of e^-60 between them: elimination keeps the ratio of their weights, which is known.
#[test]
fn weights_of_wells_survive_a_tiny_gap() {
    let potential = |x: f64| 60.0 * (x * x - 1.0).powi(2) + 3.0 * x;
    let axis: Vec<f64> = (0..=400).map(|i| -1.6 + 3.2 * f64::from(i) / 400.0).collect();
    let steps: Vec<f64> = axis.windows(2).map(|w| potential(w[0]) - potential(w[1])).collect();
    let up: Vec<f64> = steps.iter().map(|s| (0.5 * s).exp()).collect();
    let down: Vec<f64> = steps.iter().map(|s| (-0.5 * s).exp()).collect();
    let generator = Generator::chain(&up, &down).expect("valid rates");
    let exact: Vec<f64> = axis.iter().map(|&x| -potential(x)).collect();
    for (name, vector) in [("chain", solve_chain(&generator)), ("dense", solve_dense(&generator))] {
        let found = vector.expect("irreducible").log_mass;
        let shift = found[100] - exact[100];
        let off = found.iter().zip(&exact).map(|(a, b)| (a - b - shift).abs()).fold(0.0, f64::max);
        assert!(off < 3e-13, "{name}: {off:e}");
    }
}

/// The masses at the nodes have no error of discretisation: sixteen times as many cells leave it where it is.
#[test]
fn masses_at_the_nodes_do_not_depend_on_the_number_of_cells() {
    for (depth, low, high) in [(0, -6.0, 6.0), (1, -12.0, 6.0), (2, -3.0, 5.0), (5, -2.5, 5.0)] {
        let model = network(depth);
        let form = ClosedForm::of(&model, Branch::Positive).expect("a law");
        let landscape = Landscape::of(&model, Branch::Positive).expect("measurable ends");
        let piece = &landscape.density().expect("a density").piece;
        for intervals in [64, 128, 256, 512, 1024] {
            let axis = uniform(low, high, intervals);
            let (nodes, lengths): (Vec<f64>, Vec<f64>) =
                (0..=intervals).map(|i| (axis.nodes()[i], axis.length(i))).unzip();
            let generator = assemble(&piece.process as &dyn Process<1>, &Grid::new([axis])).expect("finite rates");
            let found = solve_chain(&generator).expect("a chain").log_mass;
            let log_density = |i: usize| found[i] - lengths[i].ln() - piece.coordinate.log_jacobian(nodes[i]);
            let formula = |i: usize| form.log_density(piece.coordinate.to_physical(nodes[i])).expect("inside").value;
            let top = heaviest(&found);
            let shift = log_density(top) - formula(top);
            let off = (0..=intervals)
                .map(|i| (log_density(i) - formula(i) - shift).abs() / (1.0 + formula(i).abs()))
                .fold(0.0, f64::max);
            println!("D = {depth}, {intervals} intervals: {off:.1e}");
            assert!(off < 1e-13, "D = {depth}, {intervals} intervals: {off:e}");
        }
    }
}
