//! Classes and invariant laws.

use super::{exact, sparse};
use proptest::prelude::*;
use stillpoint::chain::{Chain, Kind, Source, answer, read_matrix_market};
use stillpoint::operator::Generator;
use stillpoint::record::{ChainSolution, LogProbability};
use stillpoint::stationary::{classes, invariant_laws};

pub fn solved(generator: Generator) -> ChainSolution {
    let chain = Chain { generator, kind: Kind::Generator };
    let source = Source { file: "test", orientation: Default::default(), lattice: None, eigenvalues: None };
    answer(&chain, &source).expect("a chain")
}

#[test]
fn classes_by_hand() {
    // 0 <-> 1 closed; 2 -> 3 -> 2, leaking to 4; 4 absorbs; 5 -> 2; a stored zero leads nowhere.
    let rates =
        [(0, 1, 1.0), (1, 0, 2.0), (2, 3, 1.0), (3, 2, 1.0), (3, 4, 1e-300), (5, 2, 1.0), (4, 0, 0.0), (1, 5, 0.0)];
    let generator = Generator::from_triplets(6, &rates).expect("rates");
    let found = classes(&generator);
    assert_eq!((found.closed.clone(), found.transient.clone()), (vec![vec![0, 1], vec![4]], vec![2, 3, 5]));
    assert_eq!(found.of_cells(), [Some(0), Some(0), None, None, Some(1), None]);
    let laws = invariant_laws(&generator, &found).expect("laws");
    // m0 / m1 = 2.
    assert!((laws[0].vector.log_mass[0] - (2.0f64 / 3.0).ln()).abs() < 1e-15);
    assert_eq!(laws[1].vector.log_mass, [0.0]);
}

#[test]
fn states_without_jumps_are_classes_of_their_own() {
    let found = classes(&Generator::from_triplets(3, &[]).expect("no rates"));
    assert_eq!((found.closed, found.transient), (vec![vec![0], vec![1], vec![2]], vec![]));
}

#[test]
fn a_path_of_a_million_states_needs_no_recursion() {
    let n = 1_000_000;
    let one = vec![1.0; n - 1];
    let down = Generator::chain(&vec![0.0; n - 1], &one).expect("rates");
    let found = classes(&down);
    assert_eq!((found.closed, found.transient.len()), (vec![vec![0]], n - 1));
    let both = classes(&Generator::chain(&one, &one).expect("rates"));
    assert_eq!((both.closed.len(), both.closed[0].len(), both.transient.len()), (1, n, 0));
}

#[test]
fn transient_states_are_null_and_the_rest_is_a_law() {
    let generator = Generator::from_triplets(4, &[(3, 0, 5.0), (0, 1, 1.0), (1, 0, 3.0), (2, 3, 1.0)]).expect("rates");
    let solution = solved(generator);
    let LogProbability::States(logs) = &solution.log_probability else { panic!("one closed class") };
    assert_eq!((logs[2], logs[3], &solution.absorption.is_none()), (None, None, &true));
    assert!((logs[0].expect("recurrent") - 0.75f64.ln()).abs() < 1e-15);
    assert_eq!(serde_json::to_value(&solution).expect("JSON")["log_probability"][2], serde_json::Value::Null);
}

/// Which states lead to which, by Warshall's closure.
fn reach(generator: &Generator) -> Vec<Vec<bool>> {
    let n = generator.cells();
    let mut reach: Vec<Vec<bool>> = (0..n).map(|i| (0..n).map(|j| i == j).collect()).collect();
    for (rate, (from, to)) in generator.rates().iter() {
        reach[from as usize][to as usize] |= *rate > 0.0;
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                reach[i][j] |= reach[i][k] && reach[k][j];
            }
        }
    }
    reach
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn classes_are_what_reachability_says(generator in sparse(1..25, 2)) {
        let reach = reach(&generator);
        let n = generator.cells();
        let recurrent = |i: usize| (0..n).all(|j| !reach[i][j] || reach[j][i]);
        let found = classes(&generator);
        let transient: Vec<usize> = (0..n).filter(|&i| !recurrent(i)).collect();
        prop_assert_eq!(&found.transient, &transient);
        let mut closed: Vec<Vec<usize>> = Vec::new();
        for i in (0..n).filter(|&i| recurrent(i)) {
            let class: Vec<usize> = (0..n).filter(|&j| reach[i][j]).collect();
            if class[0] == i {
                closed.push(class);
            }
        }
        prop_assert_eq!(found.closed, closed);
    }

    #[test]
    fn laws_lie_within_their_stated_error(generator in sparse(2..20, 3)) {
        let found = classes(&generator);
        let solution = solved(generator.clone());
        let by_state = solution.by_state();
        for members in &found.closed {
            let truth = exact::stationary(&generator.restricted(members));
            for (&state, exact) in members.iter().zip(truth) {
                let (_, log) = by_state[state].expect("recurrent");
                prop_assert!((log - exact).abs() <= solution.log_probability_error, "{} {}", log, exact);
                prop_assert!(solution.log_probability_error < 1e-12);
            }
        }
        for &state in &found.transient {
            prop_assert_eq!(by_state[state], None);
        }
    }

    #[test]
    fn a_change_of_the_unit_of_time_changes_nothing_but_roundings(generator in sparse(2..20, 3), power in -30..30i32) {
        let scaled = generator.rates().map(|rate| rate * 2f64.powi(power));
        let (one, other) = (solved(generator), solved(Generator::try_new(scaled).expect("rates")));
        let allowed = one.log_probability_error + other.log_probability_error;
        prop_assert_eq!(&one.transient.members, &other.transient.members);
        for (a, b) in one.by_state().iter().zip(other.by_state()) {
            let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
            prop_assert!(a.0 == b.0 && (a.1 - b.1).abs() <= allowed, "{:?} {:?}", a, b);
        }
    }
}

#[test]
fn two_hundred_states_with_rare_jumps_lie_within_their_stated_error() {
    // Four groups of fifty, fast inside, joined at rates of 1e-15.
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut rates = Vec::new();
    for x in 0..200usize {
        for _ in 0..4 {
            rates.push((x, x / 50 * 50 + (uniform() * 50.0) as usize, 10f64.powf(4.0 * uniform() - 2.0)));
        }
        rates.push((x, x / 50 * 50 + (x + 1) % 50, 1.0));
    }
    rates.retain(|(from, to, _)| from != to);
    rates.extend((0..4).map(|g| (50 * g + 3, (50 * g + 57) % 200, 1e-15 * uniform())));
    let generator = Generator::from_triplets(200, &rates).expect("rates");
    let truth = exact::stationary(&generator);
    let solution = solved(generator);
    for (law, exact) in solution.by_state().iter().zip(truth) {
        let (_, log) = law.expect("irreducible");
        assert!((log - exact).abs() <= solution.log_probability_error, "{log} {exact}");
    }
    assert!(solution.log_probability_error < 1e-13);
}

/// The file of the documentation: five wells, a gap of 1e-12.
#[test]
fn the_metastable_example_lies_within_its_stated_error() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/metastable.mtx");
    let file = std::io::BufReader::new(std::fs::File::open(path).expect("the example"));
    let chain = Chain::of(read_matrix_market(file).expect("a matrix"), Default::default()).expect("a generator");
    let truth = exact::stationary(&chain.generator);
    let solution = solved(chain.generator);
    for (law, exact) in solution.by_state().iter().zip(truth) {
        let (_, log) = law.expect("irreducible");
        assert!((log - exact).abs() <= solution.log_probability_error, "{log} {exact}");
    }
    assert!(solution.log_probability_error < 5e-14);
}
