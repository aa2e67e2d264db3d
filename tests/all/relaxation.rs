//! Decay rates by spectral elements, and those of a whole solve, against exact spectra.

use crate::boxes::{assert_covers, problem};
use crate::processes::Closures;
use stillpoint::galerkin::{GalerkinError, Spacing, breaks, settle_decays, solve_with_decays};
use stillpoint::record::FieldSolution;
use stillpoint::study::solve_field;

/// Eigenvalues 5/4 +- i sqrt(231)/20 of the relaxation; decay rates are their sums.
const RELAXATION: [[f64; 2]; 2] = [[1.0, 0.8], [-0.8, 1.5]];
const DIFFUSION: [[f64; 2]; 2] = [[2.0, 0.3], [0.3, 1.0]];

fn around_zero() -> [Spacing; 2] {
    std::array::from_fn(|_| Spacing::graded(0.0, 1.0))
}

#[test]
fn elements_know_the_decays_of_a_rotating_linear_law() {
    let process = Closures::linear(RELAXATION, DIFFUSION);
    let frame = [[-10.0, 10.0], [-9.0, 9.0]];
    let turn = (1.0 * 1.5 + 0.8 * 0.8 - 1.25f64.powi(2)).sqrt();
    let exact = [[1.25, turn], [1.25, -turn], [2.5, 0.0], [2.5, 2.0 * turn], [2.5, -2.0 * turn]];
    let law = solve_with_decays(&process, &breaks(&frame, &around_zero(), &[16; 2]), 10, &[0.0; 2], 5);
    let found = law.expect("a law").1;
    assert!(found.len() >= 5, "{found:?}");
    for [rate, frequency] in exact {
        let nearest = found.iter().map(|f| (f.re - rate).hypot(f.im - frequency)).fold(f64::INFINITY, f64::min);
        assert!(nearest < 1e-9, "{rate} {frequency}: {found:?}");
    }
    let narrow = [[-8.0, 8.0], [-7.0, 7.0]];
    let settled =
        settle_decays(&process, [&narrow, &frame], &around_zero(), &[0.0; 2], 2, 1e-8, 1 << 30).expect("a law");
    for decay in &settled[..2] {
        let off = (decay.decay.re - 1.25).hypot(decay.decay.im.abs() - turn);
        assert!(off <= 1e-13 + decay.by_resolution + decay.by_box && off < 1e-9, "{settled:?}");
    }
}

/// In space: rates 1.2 +- 0.9 i and 0.8, up to the resolution that the memory allows; none if it allows no two.
#[test]
fn elements_know_the_decays_of_a_linear_law_in_space() {
    let relaxation = [[1.2, 0.9, 0.0], [-0.9, 1.2, 0.0], [0.3, 0.0, 0.8]];
    let process = Closures::linear(relaxation, [[1.0, 0.2, 0.0], [0.2, 1.5, 0.0], [0.0, 0.0, 1.0]]);
    let spacings = std::array::from_fn(|_| Spacing::graded(0.0, 2.0));
    let boxes = [[[-5.0, 5.0]; 3], [[-5.6, 5.6]; 3]];
    let settle = |memory: u64| settle_decays(&process, [&boxes[0], &boxes[1]], &spacings, &[0.0; 3], 3, 1e-8, memory);
    let found = settle(2 << 30).expect("a law");
    for (settled, [rate, frequency]) in found.iter().zip([[0.8, 0.0], [1.2, 0.9], [1.2, 0.9]]) {
        let off = (settled.decay.re - rate).hypot(settled.decay.im.abs() - frequency);
        let bar = 2.0 * settled.by_resolution + 4.0 * settled.by_box;
        assert!(off <= bar && bar < 1e-3 * rate, "{settled:?} for {rate} {frequency}");
    }
    assert!(found.len() >= 3);
    assert!(matches!(settle(1 << 20), Err(GalerkinError::Memory { .. })));
}

/// Free diffusion between the walls of a box has no level of its own: whatever the elements find hangs on the box.
#[test]
fn levels_of_the_box_alone_are_none() {
    let process = Closures::additive(|z: &[f64; 2]| z.map(|z| -1e-3 * z.tanh()), DIFFUSION);
    let boxes = [[[-5.0, 5.0]; 2], [[-9.0, 9.0]; 2]];
    for reach in &boxes {
        let law = solve_with_decays(&process, &breaks(reach, &around_zero(), &[16; 2]), 10, &[0.0; 2], 2);
        assert!(law.expect("a law").1.len() >= 2);
    }
    let found = settle_decays(&process, [&boxes[0], &boxes[1]], &around_zero(), &[0.0; 2], 2, 1e-8, 1 << 30);
    assert_eq!(found, Ok(Vec::new()));
}

fn solved(variables: &str, drift: &str, covariance: &str, range: &str) -> FieldSolution {
    let text = format!(
        "[model]\nkind = \"sde\"\nvariables = [{variables}]\ndrift = [{drift}]\ncovariance = [{covariance}]\n\
         range = {{ {range} }}\n"
    );
    solve_field(&problem(&text), &|_, _, _| ()).expect("a law")
}

/// Linear drift with noise that is linear in the variables takes polynomials to polynomials of the same degree: decay rates are sums
/// of those of the drift.
#[test]
fn square_root_processes_that_feed_each_other() {
    let law = solved(
        "\"x\", \"y\"",
        "\"1 - 1.5*x + 0.5*y\", \"1 + 0.3*x - y\"",
        "[\"0.3*x\", \"0\"], [\"0\", \"0.2*y\"]",
        "x = [0, inf], y = [0, inf]",
    );
    let root = (1.25f64.powi(2) - 1.5 + 0.15).sqrt();
    let rates = [1.25 - root, 2.5 - 2.0 * root, 1.25 + root];
    assert_covers(&law.spectral_gap, rates[0], 1e-7, "gap");
    assert!(law.eigenvalues.len() >= rates.len(), "{:?}", law.eigenvalues);
    for (found, rate) in law.eigenvalues.iter().zip(rates) {
        assert!((found.rate - rate).abs() <= found.error && found.error < 1e-6 * rate, "{found:?} for {rate}");
        assert!(found.frequency.abs() <= found.error, "{found:?}");
    }
}

/// V = x^2 / 2 + (y - x^2)^2 with D = 1/2: along the valley V grows like s / 2 with its length s, so that a continuum begins at 1/8. Lattices
/// do not resolve the valley far out, and have traps there with rates down to 1e-18.
#[test]
fn a_valley_that_bends_has_a_continuum() {
    let law = solved(
        "\"x\", \"y\"",
        "\"-x - 4*x*(x^2 - y)\", \"-2*(y - x^2)\"",
        "[\"1\", \"0\"], [\"0\", \"1\"]",
        "x = [-inf, inf], y = [-inf, inf]",
    );
    assert_covers(&law.spectral_gap, 0.125, 0.06, "gap");
}

/// A limit cycle that turns fifty times a unit of time: the slowest decay turns with it, at a rate of 0.020911 (radial equation of its first
/// harmonic, Chebyshev polynomials of degree 300), and lies beyond the radial ones by its distance from zero.
#[test]
fn decays_that_turn_fast_are_not_overlooked_in_silence() {
    let law = solved(
        "\"x\", \"y\"",
        "\"x - 50*y - x*(x^2 + y^2)\", \"50*x + y - y*(x^2 + y^2)\"",
        "[\"0.04\", \"0\"], [\"0\", \"0.04\"]",
        "x = [-inf, inf], y = [-inf, inf]",
    );
    let gap = law.spectral_gap.finite().expect("a gap");
    let seen = gap.error() < 1e-3 * gap.value;
    assert!(gap.covers(0.020911) || !seen && gap.value - gap.error() <= 0.0, "{gap:?}");
    assert!(
        seen || law.warnings.iter().any(|warning| warning.contains("turns with a frequency")),
        "{:?}",
        law.warnings
    );
}
