//! The slowest decays against exact spectra: urns, cycles, products of chains, and a sign change in 80 digits.

use dashu::float::FBig;
use dashu::float::round::mode::HalfEven;
use stillpoint::operator::Generator;
use stillpoint::stationary::{Decay, Layout, solve, spectrum};

type Rates = Vec<(usize, usize, f64)>;

/// Ehrenfest's urn: eigenvalues (p + q) j.
fn urn(n: usize, p: f64, q: f64) -> (usize, Rates) {
    let rates = (0..n).flat_map(|k| [(k, k + 1, (n - k) as f64 * p), (k + 1, k, (k + 1) as f64 * q)]);
    (n + 1, rates.collect())
}

/// A one-way cycle: eigenvalues r (1 - e^(2 pi i k / n)).
fn cycle(n: usize, r: f64) -> (usize, Rates) {
    (n, (0..n).map(|k| (k, (k + 1) % n, r)).collect())
}

/// Two chains at once: eigenvalues add up. Cell (i, j) is i * cells of the second + j.
fn product(one: &(usize, Rates), other: &(usize, Rates)) -> (usize, Rates) {
    let (n, m) = (one.0, other.0);
    let first = one.1.iter().flat_map(|&(i, k, r)| (0..m).map(move |j| (i * m + j, k * m + j, r)));
    let second = other.1.iter().flat_map(|&(j, l, r)| (0..n).map(move |i| (i * m + j, i * m + l, r)));
    (n * m, first.chain(second).collect())
}

fn decays(chain: &(usize, Rates), layout: Layout<'_>, count: usize) -> Vec<Decay> {
    let g = Generator::from_triplets(chain.0, &chain.1).expect("rates");
    let mass = solve(&g, layout).expect("irreducible").vector.log_mass;
    spectrum(&g, &mass, layout, count, 1e-12).expect("a spectrum")
}

/// Every exact (rate, |frequency|) is met within the error, and the error is useful.
fn assert_spectrum(found: &[Decay], exact: &[(f64, f64)], useful: f64) {
    assert_eq!(found.len(), exact.len(), "{found:?}");
    for (found, &(rate, frequency)) in found.iter().zip(exact) {
        let size = rate.hypot(frequency);
        let off = (found.rate - rate).hypot(found.frequency.abs() - frequency);
        assert!(off <= found.error, "{found:?}, exactly {rate} {frequency}: off by {off:e}");
        assert!(found.error <= useful * size, "{found:?}, exactly {rate} {frequency}");
    }
}

#[test]
fn an_urn_decays_with_multiples_of_one_rate() {
    let found = decays(&urn(60, 0.25, 0.75), Layout::Lattice(&[61]), 5);
    assert_spectrum(&found, &[1.0, 2.0, 3.0, 4.0, 5.0].map(|rate| (rate, 0.0)), 1e-9);
}

#[test]
fn equal_eigenvalues_are_counted_as_often_as_they_occur() {
    let chain = product(&urn(20, 0.5, 0.5), &urn(20, 0.5, 0.5));
    for layout in [Layout::Lattice(&[21, 21]), Layout::Graph] {
        let found = decays(&chain, layout, 5);
        assert_spectrum(&found, &[1.0, 1.0, 2.0, 2.0, 2.0].map(|rate| (rate, 0.0)), 1e-9);
    }
}

/// A hub with equal spokes, and a graph of equal rates between all: more equal eigenvalues than vectors that are iterated at
/// once.
#[test]
fn however_many_eigenvalues_are_equal() {
    for spokes in [8, 12] {
        let rates = (1..=spokes).flat_map(|k| [(0, k, 1e-3), (k, 0, 1.0)]).collect();
        let mut exact = vec![(1.0, 0.0); spokes];
        exact[spokes - 1].0 += 1e-3 * spokes as f64;
        for count in [5, spokes - 1, spokes] {
            let found = decays(&(spokes + 1, Rates::clone(&rates)), Layout::Graph, count);
            assert_spectrum(&found, &exact[..count], 1e-9);
        }
    }
    for n in [6, 20] {
        let rates = (0..n).flat_map(|i| (0..n).filter(move |&j| j != i).map(move |j| (i, j, 1.0))).collect();
        assert_spectrum(&decays(&(n, rates), Layout::Graph, n - 1), &vec![(n as f64, 0.0); n - 1], 1e-9);
    }
}

#[test]
fn small_chains_have_no_more_modes_than_cells() {
    let found = decays(&(2, vec![(0, 1, 2.0), (1, 0, 3.0)]), Layout::Graph, 4);
    assert_spectrum(&found, &[(5.0, 0.0)], 1e-12);
    let found = decays(&cycle(3, 1.0), Layout::Graph, 2);
    assert_spectrum(&found, &[(1.5, 0.75f64.sqrt()); 2], 1e-12);
}

/// The slow mode of two sets of masses w and 1 - w is constant on either, so that E|f|^2 = 4 w (1 - w).
#[test]
fn a_mode_tells_the_mass_that_relaxes_with_it() {
    for w in [0.5, 1e-3, 1e-14] {
        let chain = product(&(2, vec![(0, 1, 1e-6 * w), (1, 0, 1e-6 * (1.0 - w))]), &urn(6, 0.5, 0.5));
        let found = decays(&chain, Layout::Lattice(&[2, 7]), 1)[0];
        let exact = 4.0 * w * (1.0 - w);
        assert!((found.share - exact).abs() < 1e-9 * exact, "{found:?}, exactly {exact}");
    }
}

#[test]
fn circulation_oscillates() {
    let angle = std::f64::consts::TAU / 12.0;
    let pair = (3.0 * (1.0 - angle.cos()), 3.0 * angle.sin());
    let found = decays(&product(&cycle(12, 3.0), &urn(15, 0.4, 0.4)), Layout::Lattice(&[12, 16]), 3);
    assert_spectrum(&found, &[pair, pair, (0.8, 0.0)], 1e-9);
    assert_eq!(found[0].frequency, -found[1].frequency);
}

#[test]
fn gaps_far_below_rounding_keep_their_digits() {
    for gap in [1e-10, 1e-14, 1e-100, 1e-280] {
        // Three metastable parts: a product of two rare switches with fast urns.
        let rare = product(&(2, vec![(0, 1, 0.25 * gap), (1, 0, 0.75 * gap)]), &(2, vec![(0, 1, gap), (1, 0, gap)]));
        let chain = product(&rare, &urn(25, 0.3, 0.7));
        let found = decays(&chain, Layout::Graph, 5);
        assert_spectrum(&found[..3], &[gap, 2.0 * gap, 3.0 * gap].map(|rate| (rate, 0.0)), 1e-9);
        // Beside slow modes of a reversible chain the fast ones keep their digits, too.
        if gap > 1e-20 {
            assert_spectrum(&found[3..], &[1.0, 1.0 + gap].map(|rate| (rate, 0.0)), 1e-12);
        }
    }
}

#[test]
fn barriers_in_a_row_of_cells() {
    // A double well of a birth-death chain. f_(k+1) = f_k + (down (f_k - f_(k-1)) - lambda f_k) / up from one end
    // must close at the other: the defect changes its sign at an eigenvalue.
    let n = 80;
    let well = |k: usize| {
        let x = 3.2 * k as f64 / n as f64 - 1.6;
        16.0 * (x * x - 1.0).powi(2) + 2.0 * x
    };
    let up: Vec<f64> = (0..n).map(|k| (0.5 * (well(k) - well(k + 1))).exp()).collect();
    let down: Vec<f64> = (0..n).map(|k| (0.5 * (well(k + 1) - well(k))).exp()).collect();
    let g = Generator::chain(&up, &down).expect("rates");
    let mass = solve(&g, Layout::Lattice(&[n + 1])).expect("irreducible").vector.log_mass;
    let found = spectrum(&g, &mass, Layout::Lattice(&[n + 1]), 3, 1e-12).expect("a spectrum");
    let long = |value: f64| FBig::<HalfEven>::try_from(value).expect("finite").with_precision(266).value();
    let defect = |rate: f64| {
        let (mut before, mut f) = (long(1.0), long(1.0));
        for k in 0..=n {
            let back = if k > 0 { long(down[k - 1]) } else { long(0.0) };
            let change = &back * (&f - &before) - long(rate) * &f;
            if k == n {
                return change;
            }
            let next = &f + change / long(up[k]);
            before = std::mem::replace(&mut f, next);
        }
        unreachable!("the last cell returns")
    };
    assert!(found[0].rate < 1e-6 && found.iter().all(|f| f.error < 1e-10 * f.rate), "{found:?}");
    for decay in found {
        let ends = [defect(decay.rate - decay.error), defect(decay.rate + decay.error)];
        assert!((ends[0] > long(0.0)) != (ends[1] > long(0.0)), "{decay:?}");
    }
}
