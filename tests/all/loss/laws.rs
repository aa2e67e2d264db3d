//! Laws against exact ones.

use super::*;
use crate::common::number;
use serde_json::Value;
use stillpoint::model::{Diagonal, Moments};
use stillpoint::study::Problem;

/// Rows with the moments alpha1, alpha2, alpha3, beta1, beta2: x^2 takes two values, xy follows it up to a residual.
fn rows([a1, a2, a3, b1, b2]: [f64; 5]) -> LossData {
    let many = 1 + (4.0 * a1 / (b1 * b1)).ceil() as usize;
    let n = (many + 1) as f64;
    // One large value and n - 1 small ones: variance (n - 1) (large - small)^2 / n^2.
    let gap = (a1 / (n - 1.0)).sqrt() * n;
    let small = b1 - gap / n;
    let residual = ((a1 * a3 - a2 * a2).max(0.0) / a1).sqrt();
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for k in 0..=many {
        let square = if k == 0 { small + gap } else { small };
        for sign in [1.0, -1.0] {
            let product = b2 + a2 / a1 * (square - b1) + sign * residual;
            x.push(vec![square.sqrt()]);
            y.push(product / square.sqrt());
        }
    }
    LossData::Rows { x, y }
}

/// D = 0 with width d is one parameter at temperature T d and decay gamma / d.
#[test]
fn linear_models_have_the_reference_laws() {
    let file: Value = serde_json::from_str(include_str!("../../data/reference_laws.json")).expect("valid JSON");
    let cases = file["cases"].as_array().expect("cases").iter().filter(|case| number(&case["params"]["D"]) == 0.0);
    let mut count = 0;
    for case in cases {
        count += 1;
        let get = |key: &str| number(&case["params"][key]);
        let data = rows(["alpha1", "alpha2", "alpha3", "beta1", "beta2"].map(get));
        let plain = setup(&["v"], "(v*x - y)^2", data, get("T") * get("d"));
        let model = Loss::new(LossSetup { weight_decay: get("gamma") / get("d"), ..plain }).expect("a loss");
        let points = case["log_p"].as_array().expect("points");
        let request = Request {
            points: points.iter().map(|row| vec![number(&row["v"])]).collect(),
            quantiles: vec![0.01, 0.5, 0.99],
            ..Request::default()
        };
        let law = solve(model, request).expect("a law");
        let id = &case["id"];
        covers(&law.mean[0], number(&case["mean"]), 1e-6, &format!("{id} mean"));
        if let Some(variance) = case["variance"].as_str().filter(|text| *text != "inf") {
            covers(&law.covariance[0][0], variance.parse().expect("a decimal"), 1e-5, &format!("{id} variance"));
        }
        for quantile in &law.marginals[0].quantiles {
            let truth = number(&case["quantiles"][&format!("{}", quantile.q)]);
            covers(&quantile.value, truth, 1e-6, &format!("{id} quantile {}", quantile.q));
        }
        for (row, point) in points.iter().zip(&law.points) {
            let (Some(found), Some(error)) = (point.log_density, point.error) else { continue };
            let truth = number(&row["log_p"]);
            assert!((found - truth).abs() <= error, "{id} ln p({:?}) = {found} +- {error:e}, not {truth}", point.at);
        }
    }
    assert!(count >= 5);
}

/// v = u^2 in l = (u^2 x - y)^2 has d ln v = (-8 h - 16 T G) dt + 8 sqrt(T G) dW: one hidden layer at twice the
/// temperature and half the time.
#[test]
fn a_squared_parameter_is_one_hidden_layer_at_twice_the_temperature() {
    let t = 0.05;
    let request = Request { expressions: expressions(&["u"], &["u^2", "u^4"]), ..Request::default() };
    let model = loss(&["u"], "(u^2*x - y)^2", teacher(1.0), t);
    let law = solve(model, request).expect("a law");
    let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
    let diagonal =
        Diagonal { depth: 1, width: 1, temperature: 2.0 * t, weight_decay: 0.0, modified_loss: false, moments };
    let problem = Problem {
        title: String::new(),
        branch: diagonal.natural_branch(),
        model: diagonal,
        tolerance: 1e-10,
        points: vec![],
        quantiles: vec![],
        moments: vec![1.0, 2.0],
    };
    let exact = stillpoint::study::law(&problem).expect("a law");
    for (row, known) in law.expressions.iter().zip(&exact.moments) {
        covers(&row.value, known.value.finite().expect("finite").value, 1e-6, &row.expression);
    }
    // d ln u = 4 (beta2 - 2 T alpha3) dt + ... near the face.
    let at_zero = law.lyapunov[0].exponent.finite().expect("known").value;
    assert!((at_zero - 4.0 * (1.0 - 6.0 * t)).abs() < 1e-12, "{at_zero}");
    let collapsed = loss(&["u"], "(u^2*x - y)^2", teacher(1.0), 0.17);
    assert!(matches!(solve(collapsed, Request::default()), Err(StudyError::Attracted { .. })));
}

/// Linear regression on two inputs: E v = w, and S = Cov v solves A S + S A = 2 T E K with
/// K = (d.A d + sigma^2) A + (A d)(A d)^T, d = v - w.
#[test]
fn two_inputs_have_the_covariance_of_linear_regression() {
    let (t, sigma) = (0.02, 1.0);
    let a = [[1.0, 0.5], [0.5, 2.0]];
    let data = LossData::Gaussian {
        covariance: a.iter().map(|row| row.to_vec()).collect(),
        weights: vec![1.0, -0.7],
        noise: sigma,
    };
    let model = loss(&["v1", "v2"], "(v1*x1 + v2*x2 - y)^2", data, t);
    let law = solve(model, Request { tolerance: 1e-5, ..Request::default() }).expect("a law");
    let mut s = [[0.0; 2]; 2];
    // A fixed point: S from E K of the S before.
    for _ in 0..200 {
        let trace: f64 = (0..2).map(|i| (0..2).map(|j| a[i][j] * s[j][i]).sum::<f64>()).sum();
        let mut k = [[0.0; 2]; 2];
        for i in 0..2 {
            for j in 0..2 {
                let asa: f64 = (0..2).map(|p| (0..2).map(|q| a[i][p] * s[p][q] * a[q][j]).sum::<f64>()).sum();
                k[i][j] = 2.0 * t * ((trace + sigma * sigma) * a[i][j] + asa);
            }
        }
        let trace_a = a[0][0] + a[1][1];
        let adjugate = [[a[1][1], -a[0][1]], [-a[1][0], a[0][0]]];
        let d = a[0][0] * a[1][1] - a[0][1] * a[1][0];
        for i in 0..2 {
            for j in 0..2 {
                // Smith's formula: S = (d K + adj K adj) / (2 tr d)
                let aka: f64 =
                    (0..2).map(|p| (0..2).map(|q| adjugate[i][p] * k[p][q] * adjugate[q][j]).sum::<f64>()).sum();
                s[i][j] = (d * k[i][j] + aka) / (2.0 * trace_a * d);
            }
        }
    }
    for i in 0..2 {
        covers(&law.mean[i], [1.0, -0.7][i], 1e-4, "mean");
        for j in 0..2 {
            // Known to 2e-11 of the variances, which the bar of the small covariance may miss by a few per cent.
            let e = law.covariance[i][j].finite().expect("finite");
            assert!((e.value - s[i][j]).abs() <= e.error() + 1e-12 * s[0][0], "{e:?} for {}", s[i][j]);
            assert!(e.error() < 1e-6 * s[0][0], "{e:?}");
        }
    }
}

/// l = (tanh(v x) - y)^2 by quadrature of its own (tests/data/make_loss_laws.py); at T = 0.5 half a percent of the law has
/// the wrong sign.
#[test]
fn a_tanh_of_one_parameter_has_the_law_of_quadrature() {
    let file: Value = serde_json::from_str(include_str!("../../data/loss_laws.json")).expect("valid JSON");
    for case in file["cases"].as_array().expect("cases") {
        let get = |key: &str| number(&case[key]);
        let model = loss(&["v"], "(tanh(v*x) - y)^2", teacher(1.0), get("temperature"));
        let request = Request { expressions: expressions(&["v"], &["choose(v, 0, 1)"]), ..Request::default() };
        let law = solve(model, request).expect("a law");
        // The reference itself is known to 1e-13.
        let within = |q: &stillpoint::estimate::Quantity, truth: f64| {
            let e = q.finite().expect("finite");
            assert!(
                (e.value - truth).abs() <= e.error() + 2e-13 * truth && e.error() < 1e-10 * truth,
                "{e:?} for {truth}"
            );
        };
        within(&law.mean[0], get("mean"));
        within(&law.covariance[0][0], get("variance"));
        let negative = law.expressions[0].value.finite().expect("finite");
        assert!(negative.covers(get("negative")), "{negative:?} for {}", get("negative"));
    }
}

/// With theta = 100 v the law of tanh(0.01 theta x) is that of tanh(v x), whose reference is a quadrature of
/// exp(int 2b/B)/B at 1e-13 (@tanh-shallow).
#[test]
fn the_law_of_a_scaled_parameter_is_the_scaled_law() {
    let model = loss(&["theta"], "(tanh(0.01*theta*x) - y)^2", teacher(1.0), 0.05 * 1e4);
    let law = solve(model, Request::default()).expect("a law");
    covers(&law.mean[0], 147.533_122_055_05, 1e-9, "mean");
    covers(&law.covariance[0][0], 315.054_108_426_44, 1e-8, "variance");
}

/// Next to the bottom of a quartic well the force says nothing of how wide the law is: p ~ exp(-v^4 / (4 D)), 2 D = T Var[y].
#[test]
fn quartic_wells() {
    // E[v^2] = (4 D)^(1/2) Gamma(3/4) / Gamma(1/4)
    for temperature in [0.01, 0.3, 1.0] {
        let law = solve(loss(&["v"], "v^4/4 - v*y", teacher(1.0), temperature), Request::default()).expect("a law");
        let exact = (4.0 * temperature).sqrt() * 1.225_416_702_465_177_6 / 3.625_609_908_221_908;
        let variance = law.covariance[0][0].finite().expect("exists");
        assert!(variance.covers(exact) && variance.error() < 1e-9 * exact, "{variance:?}, exactly {exact}");
    }
}
