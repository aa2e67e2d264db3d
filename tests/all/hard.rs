//! The solver against laws in the hard corners (50-digit quadrature without closed forms; data/make_hard_laws.py).

use stillpoint::grid::GridError;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::record::LawKind;
use stillpoint::study::{Problem, StudyError, law};

#[test]
fn all_hard_laws() {
    crate::common::run_all(include_str!("../data/hard_laws.json"));
}

fn network(depth: u32, width: u32, temperature: f64, decay: f64, modified_loss: bool, data: [f64; 5]) -> Problem {
    let [a1, a2, a3, b1, b2] = data;
    let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("valid");
    let model = Diagonal { depth, width, temperature, weight_decay: decay, modified_loss, moments };
    Problem {
        title: String::new(),
        branch: model.natural_branch(),
        model: model.validated().expect("valid"),
        tolerance: 1e-10,
        points: vec![-2.0, 1e-200, 1e-9, 1.0, 1e9],
        quantiles: vec![0.01, 0.5, 0.99],
        moments: vec![0.5],
    }
}

/// Tails steeper than the spacing of floating-point numbers were marched through without end.
#[test]
fn cliffs_end() {
    let steep = [0.1897964674577019, 18.88497255769286, 1879.0770841627352, 0.0852369276509461, 135.3986360029354];
    let deep = [9.726599220696456e-4, -8.169810015673713e-7, 6.862196673320399e-10, 3678.9853488688054, 0.0452609];
    for problem in [network(20, 1_000_000, 1.33e-5, 0.0, true, steep), network(10_000, 1, 1.2e-9, 0.0, false, deep)] {
        let found = law(&problem).expect("a law");
        assert_eq!(found.law, LawKind::Density);
        assert_eq!(found.points[1].cdf, 0.0);
    }
}

/// A peak between the last node of a panel and its end was missed, and half a million cells led up to it.
#[test]
fn peaks_beside_the_end_of_a_panel_are_found() {
    let data = [0.009535973564694844, 0.5093173560111236, 27.202694490536548, 43.977750313703375, 90.30317597476655];
    let found = law(&network(0, 3, 2.6192135980555974e-6, 0.4531472538086527, true, data)).expect("a law");
    assert!(found.solver.cells < 1000 && found.solver.converged, "{:?}", found.solver);
}

/// The law at T = 1e60 lies below every floating-point number; it used to be taken for a collapse.
#[test]
fn a_law_out_of_reach_is_no_collapse() {
    let error = law(&network(2, 1, 1e60, 0.0, false, [2.0, 2.0, 3.0, 1.0, 1.0])).expect_err("out of reach");
    assert!(matches!(error, StudyError::Grid(GridError::OutOfReach { .. })), "{error}");
}

/// The modified loss of a deep network with constant noise grows too fast for plain products far out; there was no law. Mean by
/// 30-digit quadrature of the force.
#[test]
fn constant_noise_has_a_law_under_the_modified_loss() {
    let found = law(&network(3, 1, 0.05, 0.0, true, [0.0, 0.0, 1.0, 1.0, 1.0])).expect("a law");
    let mean = found.mean.finite().expect("exists");
    assert!(mean.covers(0.837_136_278_118_105_4) && mean.error() < 1e-12, "{mean:?}");
}
