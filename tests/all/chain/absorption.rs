//! Where transient starts end.

use super::{exact, sparse};
use proptest::prelude::*;
use stillpoint::operator::Generator;
use stillpoint::stationary::{Absorption, classes};

/// A player with k of `n` coins wins one at rate `up` and loses one at rate `down`; 0 and n end the game.
fn ruin(n: usize, up: f64, down: f64) -> Generator {
    let rates: Vec<_> = (1..n).flat_map(|k| [(k, k + 1, up), (k, k - 1, down)]).collect();
    Generator::from_triplets(n + 1, &rates).expect("rates")
}

/// ln of the probabilities \[class\]\[start\].
fn absorbed(generator: &Generator) -> Vec<Vec<f64>> {
    let found = classes(generator);
    let reduced = Absorption::new(generator, &found);
    (0..found.closed.len()).map(|class| reduced.log_probability(class)).collect()
}

#[test]
fn a_fair_game_is_won_with_the_share_of_coins_held() {
    for n in [2usize, 3, 10, 100] {
        let logs = absorbed(&ruin(n, 0.3, 0.3));
        for k in 1..n {
            let (lose, win) = (logs[0][k - 1].exp(), logs[1][k - 1].exp());
            assert!((win / (k as f64 / n as f64) - 1.0).abs() < 1e-14, "{k} of {n}: {win}");
            assert!((lose / ((n - k) as f64 / n as f64) - 1.0).abs() < 1e-14, "{k} of {n}: {lose}");
        }
    }
}

#[test]
fn hopeless_games_keep_all_digits_far_below_the_smallest_double() {
    // P(win) = (r^k - 1)/(r^n - 1), r = down/up = 1e30: as small as 1e-1770.
    let (n, up, down) = (60usize, 1e-30, 1.0);
    let logs = absorbed(&ruin(n, up, down));
    let r = (down / up).ln();
    for k in 1..n {
        let exact = (k as f64 - n as f64) * r + (-(-(k as f64) * r).exp()).ln_1p();
        assert!((logs[1][k - 1] - exact).abs() < 2e-15 * exact.abs(), "{k}: {} {exact}", logs[1][k - 1]);
        assert!(logs[0][k - 1].abs() < 1e-13);
    }
    assert!(logs[1][0] < -4000.0);
}

#[test]
fn a_walk_on_a_sheet_ends_on_a_side_with_the_distance_from_the_other() {
    // Rates in y do not matter and neither does their size: h = x/(n + 1) is harmonic.
    let (n, height) = (39usize, 40usize);
    let cell = |x: usize, y: usize| 2 + (x - 1) * height + y;
    let mut rates = Vec::new();
    for x in 1..=n {
        for y in 0..height {
            let speed = 1.0 + ((3 * x + 7 * y) % 11) as f64;
            rates.push((cell(x, y), if x == 1 { 0 } else { cell(x - 1, y) }, speed));
            rates.push((cell(x, y), if x == n { 1 } else { cell(x + 1, y) }, speed));
            rates.push((cell(x, y), cell(x, (y + 1) % height), ((x * y) % 5) as f64 * 1e3 + 0.1));
        }
    }
    let generator = Generator::from_triplets(2 + n * height, &rates).expect("rates");
    let logs = absorbed(&generator);
    for x in 1..=n {
        for y in 0..height {
            let right = logs[1][(x - 1) * height + y].exp();
            let exact = x as f64 / (n + 1) as f64;
            assert!((right / exact - 1.0).abs() < 1e-12, "{x} {y}: {right}");
        }
    }
}

#[test]
fn what_cannot_be_reached_has_probability_zero() {
    let logs = absorbed(&Generator::from_triplets(4, &[(1, 0, 1.0), (2, 3, 1.0), (2, 1, 0.0)]).expect("rates"));
    assert_eq!(logs, [[0.0, f64::NEG_INFINITY], [f64::NEG_INFINITY, 0.0]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn probabilities_lie_within_their_stated_error_and_add_up_to_one(generator in sparse(3..25, 2)) {
        let found = classes(&generator);
        let truth = exact::absorption(&generator, &found.closed, &found.transient);
        let solution = super::laws::solved(generator);
        let Some(absorption) = solution.absorption else {
            prop_assert!(found.closed.len() < 2 || found.transient.is_empty());
            return Ok(());
        };
        prop_assert!(absorption.relative_error < 1e-13);
        prop_assert_eq!(&absorption.from, &found.transient);
        for (k, row) in absorption.log_probability.iter().enumerate() {
            let sum: f64 = absorption.probability[k].iter().sum();
            prop_assert!((sum - 1.0).abs() <= absorption.relative_error);
            for (class, log) in row.iter().enumerate() {
                let exact = &truth[k][class];
                match log {
                    None => prop_assert!(exact::negligible(exact)),
                    Some(log) => prop_assert!((log - exact::ln(exact)).abs() <= absorption.relative_error),
                }
            }
        }
    }
}
