//! Monte Carlo of several variables against laws known exactly.

use statrs::distribution::{Beta, ContinuousCDF, Gamma};
use stillpoint::estimate::Quantity;
use stillpoint::formula::Formula;
use stillpoint::model::Sde;
use stillpoint::record::FieldSampling;
use stillpoint::sgd::{Config, FieldReport, SgdError, process_chains};

const INF: f64 = f64::INFINITY;

fn sde(names: &[&str], drift: &[&str], covariance: &[&[&str]], range: &[[f64; 2]]) -> Sde {
    let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
    let covariance: Vec<Vec<String>> = covariance.iter().map(|row| own(row)).collect();
    Sde::parse(&own(names), &own(drift), &covariance, &[], range).expect("an equation")
}

fn run(sde: &Sde, starts: &[Vec<f64>], config: &Config, expressions: &[&str]) -> FieldSampling {
    let names = sde.variables();
    let read = |text: &&str| Formula::parse(text, &names, &[]).expect("an expression");
    let expressions: Vec<Formula> = expressions.iter().map(read).collect();
    let report = FieldReport { variables: &names, quantiles: &[0.05, 0.5, 0.95], expressions: &expressions };
    process_chains(&sde.process(), starts, config, report, &|_| {}).expect("chains")
}

/// Within four standard errors and an allowance for the finite step; and the standard error is of use.
fn agrees(found: &Quantity, exact: f64, step: f64, useful: f64) {
    let Quantity::Finite(found) = found else { panic!("{found:?}, exactly {exact}") };
    assert!((found.value - exact).abs() < 4.0 * found.error() + step, "{found:?}, exactly {exact}");
    assert!(found.error() > 0.0 && found.error() < useful, "{found:?}");
}

#[test]
fn chains_of_a_rotating_ornstein_uhlenbeck_process_have_its_covariance() {
    // dz = -M z dt + sqrt(B) dW, M = [[1, 2], [-1, 3]], B = M S + S M^T for S = [[1, 0.3], [0.3, 0.5]].
    let (m, s) = ([[1.0, 2.0], [-1.0, 3.0]], [[1.0, 0.3], [0.3, 0.5]]);
    let b = |i: usize, j: usize| (0..2).map(|k| m[i][k] * s[k][j] + s[i][k] * m[j][k]).sum::<f64>().to_string();
    let b = [[b(0, 0), b(0, 1)], [b(1, 0), b(1, 1)]];
    let rows: Vec<Vec<&str>> = b.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let model = sde(&["x", "y"], &["-(x - 1) - 2*y", "(x - 1) - 3*y"], &rows, &[[-INF, INF]; 2]);
    let config = Config { learning_rate: 2e-3, batch_size: 1, chains: 200, steps: 40_000, seed: 5 };
    let found = run(&model, &[model.start()], &config, &["x*y", "x^2 + y^2", "7"]);
    // Euler's method has the covariance of M S + S M^T - dt M S M^T = B: off by a few dt.
    let step = 10.0 * config.learning_rate * 2e-1;
    agrees(&found.mean[0], 1.0, 0.0, 0.02);
    agrees(&found.mean[1], 0.0, 0.0, 0.02);
    for (found, exact) in found.covariance.iter().flatten().zip(s.as_flattened()) {
        agrees(found, *exact, step, 0.02);
    }
    agrees(&found.quantiles[0][2].value, 1.0 + 1.644_853_626_951, step, 0.03);
    agrees(&found.quantiles[1][0].value, -1.644_853_626_951 * 0.5f64.sqrt(), step, 0.03);
    agrees(&found.expressions[0].value, 0.3, step, 0.02);
    agrees(&found.expressions[1].value, 2.5, step, 0.06);
    let Quantity::Finite(seven) = found.expressions[2].value else { panic!() };
    assert!((seven.value - 7.0).abs() < 1e-12 && seven.error() < 1e-12);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
    assert!(found.cloud.len() >= 4000 && found.cloud.iter().all(|p| p.len() == 2));
    let inside = found.cloud.iter().filter(|p| p[1] < 0.0).count() as f64 / found.cloud.len() as f64;
    assert!((inside - 0.5).abs() < 0.05, "{inside}");
}

#[test]
fn walls_reflect_along_the_noise() {
    // b = B grad(ln p) / 2 for a standard normal p on x > 0; B strongly correlated, so that the wrong direction of
    // reflection shows in E[y].
    let model =
        sde(&["x", "y"], &["-x - 0.8*y", "-0.8*x - y"], &[&["2", "1.6"], &["1.6", "2"]], &[[0.0, INF], [-INF, INF]]);
    let config = Config { learning_rate: 1e-3, batch_size: 1, chains: 200, steps: 40_000, seed: 6 };
    let found = run(&model, &[vec![0.5, 0.0]], &config, &["x*y"]);
    // A reflected Euler step near a wall is off by some sqrt(dt) of a step of length sqrt(2 dt).
    let step = 5e-3;
    agrees(&found.mean[0], (2.0 / std::f64::consts::PI).sqrt(), step, 0.05);
    agrees(&found.mean[1], 0.0, step, 0.05);
    agrees(&found.covariance[0][0], 1.0 - 2.0 / std::f64::consts::PI, step, 0.05);
    agrees(&found.covariance[1][1], 1.0, step, 0.06);
    agrees(&found.covariance[0][1], 0.0, step, 0.05);
    agrees(&found.quantiles[0][1].value, 0.674_489_750_196, step, 0.05);
}

#[test]
fn faces_of_square_root_noise_hold_their_chains() {
    // Gamma law of mean 0.5 and variance 0.25 (shape 1); Wright-Fisher: Beta(1.5, 3); geometric: a gamma law again.
    let model = sde(
        &["x", "y", "w"],
        &["0.5 - x", "1.5*(1 - y) - 3*y", "w*(2 - w)"],
        &[&["x", "0", "0"], &["0", "2*y*(1 - y)", "0"], &["0", "0", "w^2"]],
        &[[0.0, INF], [0.0, 1.0], [0.0, INF]],
    );
    let config = Config { learning_rate: 1e-3, batch_size: 1, chains: 200, steps: 40_000, seed: 7 };
    let found = run(&model, &[model.start()], &config, &["ln(w)"]);
    agrees(&found.mean[0], 0.5, 5e-3, 0.02);
    agrees(&found.covariance[0][0], 0.25, 5e-3, 0.03);
    agrees(&found.quantiles[0][1].value, 0.5 * std::f64::consts::LN_2, 5e-3, 0.02);
    agrees(&found.mean[1], 1.0 / 3.0, 5e-3, 0.01);
    agrees(&found.covariance[1][1], 1.5 * 3.0 / (4.5 * 4.5 * 5.5), 2e-3, 0.01);
    // p(w) ~ w^(2 * 2 - 2) e^(-2 w): shape 3, rate 2, and E ln w = digamma(3) - ln 2.
    agrees(&found.mean[2], 1.5, 5e-3, 0.03);
    agrees(&found.covariance[2][2], 0.75, 5e-3, 0.05);
    agrees(&found.expressions[0].value, 0.922_784_335_098_467_1 - std::f64::consts::LN_2, 5e-3, 0.02);
    agrees(&found.covariance[0][2], 0.0, 0.0, 0.02);
}

/// The quantile of a law on x > 0 to all digits, by bisection in ln x.
fn quantile(law: &Gamma, q: f64) -> f64 {
    let (mut low, mut high) = (-200.0_f64, 10.0_f64);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if law.cdf(middle.exp()) < q { low = middle } else { high = middle }
    }
    low.exp()
}

#[test]
fn faces_that_are_reached_keep_the_exact_law() {
    let config = Config { learning_rate: 1e-2, batch_size: 1, chains: 400, steps: 20_000, seed: 17 };
    // dx = (m - x) dt + sqrt(x) dW has a gamma law of shape 2 m and rate 2.
    for m in [0.25, 0.05] {
        let drift = format!("{m} - x");
        let model = sde(&["x"], &[&drift], &[&["x"]], &[[0.0, INF]]);
        let found = run(&model, &[model.start()], &config, &[]);
        let law = Gamma::new(2.0 * m, 2.0).expect("a law");
        agrees(&found.mean[0], m, 0.0, 0.01);
        agrees(&found.covariance[0][0], 0.5 * m, 0.01 * m, 0.01);
        for row in &found.quantiles[0] {
            let exact = quantile(&law, row.q);
            agrees(&row.value, exact, 0.02 * exact, 0.02 + exact);
        }
    }
    // The same at the upper end of a half line, and a Beta(0.3, 0.2) law with both faces reached.
    let model = sde(
        &["x", "y"],
        &["-x - 2 - 0.1", "0.15*(1 - y) - 0.1*y"],
        &[&["-2 - x", "0"], &["0", "y*(1 - y)"]],
        &[[-INF, -2.0], [0.0, 1.0]],
    );
    let found = run(&model, &[model.start()], &Config { steps: 60_000, ..config }, &["(x + 2)*(y - 0.6)"]);
    agrees(&found.mean[0], -2.1, 0.0, 0.01);
    agrees(&found.mean[1], 0.6, 0.0, 0.02);
    agrees(&found.covariance[1][1], 0.16, 2e-3, 0.01);
    agrees(&found.expressions[0].value, 0.0, 0.0, 0.01);
    let law = Beta::new(0.3, 0.2).expect("a law");
    for row in &found.quantiles[1] {
        let exact = law.inverse_cdf(row.q);
        agrees(&row.value, exact, 2e-3, 0.2);
    }
}

#[test]
fn noise_shared_across_a_face_keeps_its_covariance() {
    // x as above, y driven by the same noise: dy = -y dt + 0.5 (noise of x) + 0.5 dW', so Cov = 0.5 Var[x].
    let model = sde(
        &["x", "y"],
        &["0.25 - x", "-y"],
        &[&["x", "0.5*x"], &["0.5*x", "0.25*x + 0.25"]],
        &[[0.0, INF], [-INF, INF]],
    );
    let config = Config { learning_rate: 1e-2, batch_size: 1, chains: 400, steps: 20_000, seed: 19 };
    let found = run(&model, &[model.start()], &config, &[]);
    agrees(&found.covariance[0][1], 0.0625, 1e-3, 5e-3);
    agrees(&found.covariance[1][1], 0.03125 + 0.125, 2e-3, 0.01);
    agrees(&found.mean[1], 0.0, 0.0, 0.01);
}

#[test]
fn digits_do_not_depend_on_threads() {
    let model = sde(&["x", "y"], &["x - x^3 + y", "-y - x"], &[&["0.3", "0.1"], &["0.1", "0.5"]], &[[-INF, INF]; 2]);
    let config = Config { learning_rate: 1e-2, batch_size: 1, chains: 50, steps: 1000, seed: 8 };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| run(&model, &[vec![0.3, 0.2], vec![-1.0, 0.0]], &config, &["x*y"]))
    };
    let (one, three) = (on(1), on(3));
    assert_eq!((&one.mean, &one.covariance, &one.cloud), (&three.mean, &three.covariance, &three.cloud));
    assert_eq!(one.quantiles.len(), 2);
    for (a, b) in one.quantiles.iter().flatten().zip(three.quantiles.iter().flatten()) {
        assert_eq!(a.value, b.value);
    }
}

#[test]
fn wells_that_are_never_left_are_reported() {
    let model = sde(&["x"], &["x - x^3"], &[&["0.02"]], &[[-INF, INF]]);
    let config = Config { learning_rate: 1e-2, batch_size: 1, chains: 40, steps: 20_000, seed: 9 };
    let apart = run(&model, &[vec![1.0], vec![-1.0]], &config, &[]);
    assert!(apart.warnings.iter().any(|text| text.contains("where its chain started")), "{:?}", apart.warnings);
    let model = sde(&["x"], &["x - x^3"], &[&["1"]], &[[-INF, INF]]);
    let mixed = run(&model, &[vec![1.0], vec![-1.0]], &config, &[]);
    assert!(mixed.warnings.is_empty(), "{:?}", mixed.warnings);
}

#[test]
fn chains_that_blow_up_are_counted_and_left_out() {
    // Euler's method overshoots for |x| > sqrt(2 / dt).
    let model = sde(&["x"], &["-x^3"], &[&["1"]], &[[-INF, INF]]);
    let config = Config { learning_rate: 0.05, batch_size: 1, chains: 32, steps: 500, seed: 10 };
    let far: Vec<f64> = vec![20.0];
    let found = run(&model, &[vec![0.0], far], &config, &["1/x"]);
    assert_eq!((found.chains, found.diverged), (32, 16));
    assert!(found.warnings[0].contains("16 of 32 chains diverged"), "{:?}", found.warnings);
    assert!(matches!(found.mean[0], Quantity::Finite(_)));
}

#[test]
fn settings_out_of_range_are_refused() {
    let model = sde(&["x"], &["-x"], &[&["1"]], &[[0.0, INF]]);
    let names = model.variables();
    let config = Config { learning_rate: 0.05, batch_size: 1, chains: 32, steps: 500, seed: 10 };
    let attempt = |starts: &[Vec<f64>], config: &Config, quantiles: &[f64]| {
        let report = FieldReport { variables: &names, quantiles, expressions: &[] };
        process_chains(&model.process(), starts, config, report, &|_| {}).map(|_| ())
    };
    for bad in [vec![], vec![vec![]], vec![vec![1.0, 2.0]], vec![vec![-1.0]], vec![vec![f64::NAN]]] {
        assert!(matches!(attempt(&bad, &config, &[0.5]), Err(SgdError::Start { .. })), "{bad:?}");
    }
    let start = [vec![1.0]];
    let bad = Config { learning_rate: 0.0, ..config };
    assert!(matches!(attempt(&start, &bad, &[0.5]), Err(SgdError::Config { key: "learning_rate", .. })));
    assert!(matches!(attempt(&start, &config, &[1.0]), Err(SgdError::Config { key: "quantiles", .. })));
    assert!(attempt(&start, &config, &[0.5]).is_ok());
}
