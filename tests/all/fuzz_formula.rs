//! Random networks: grid and formula, two routes that share no code, agree within their stated errors; and the
//! formula alone, at any parameters, gives numbers or says that it has none.

use proptest::prelude::*;
use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::Solution;
use stillpoint::study::{Problem, solve};
use stillpoint::theory::{ClosedForm, critical_temperature};

/// The given number of cases, or that of PROPTEST_CASES.
fn cases(usual: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { given.cases } else { usual };
    ProptestConfig { cases, ..given }
}

fn networks() -> impl Strategy<Value = Diagonal> {
    let moments =
        (-2.0..2.0f64, -1.0..1.0f64, -2.0..2.0f64, -2.0..2.0f64, -2.0..2.0f64).prop_map(|(a1, r, a3, b1, b2)| {
            let (alpha1, alpha3) = (10f64.powf(a1), 10f64.powf(a3));
            Moments::try_new(alpha1, r * 0.999 * (alpha1 * alpha3).sqrt(), alpha3, 10f64.powf(b1), b2)
                .expect("valid moments")
        });
    let depth = prop_oneof![Just(0u32), Just(1), 2u32..6, 6u32..40];
    (moments, depth, 1u32..50, -3.0..1.0f64, prop_oneof![Just(0.0), 0.0..0.5f64]).prop_map(
        |(moments, depth, width, log_t, weight_decay)| Diagonal {
            depth,
            width,
            temperature: 10f64.powf(log_t),
            weight_decay,
            modified_loss: false,
            moments,
        },
    )
}

fn solved(model: Diagonal) -> Solution {
    let problem = Problem {
        title: String::new(),
        model,
        branch: model.natural_branch(),
        tolerance: 1e-10,
        points: vec![],
        quantiles: vec![0.001, 0.5, 0.999],
        moments: vec![1.0, 0.5],
    };
    solve(&problem).expect("a law")
}

/// What disagrees, in words; empty when nothing does.
fn disagreements(solution: &Solution) -> String {
    let comparison = solution.comparison.as_ref().expect("a formula");
    if comparison.agree {
        return String::new();
    }
    let rows = comparison.rows.iter().filter(|row| !row.agree);
    let rows: Vec<String> = rows.map(|r| format!("{}: {:?} {:?}", r.quantity, r.grid, r.formula)).collect();
    let logs = (comparison.max_log_density_difference, comparison.max_log_density_error);
    format!("{:?} {} {logs:?} {rows:?} {:?}", solution.law, comparison.formula, solution.solver)
}

proptest! {
    #![proptest_config(cases(400))]
    #[test]
    fn grid_and_formula_agree(model in networks()) {
        prop_assume!(model.moments.beta2() != 0.0);
        let solution = solved(model);
        let bad = disagreements(&solution);
        prop_assert!(bad.is_empty(), "{bad}");
        // Near a divergence the numbers are as ill conditioned as they are; the bars say so. The mean diverges where the
        // density falls as the square of v, a slope of one in ln v.
        let from_divergence = (solution.solver.end_slopes[1] + 1.0).abs();
        let bound = 1e-4_f64.max(1e-8 / from_divergence);
        prop_assert!(solution.solver.reached <= bound, "{:?}", solution.solver);
    }
}

/// Once told apart by formulas whose bars were too small: narrow laws, many roots next to the real axis, laws far
/// below a zero of the noise, ten thousand layers.
#[test]
fn grid_and_formula_agree_where_they_once_did_not() {
    for (depth, width, temperature, [a1, a2, a3, b1, b2]) in [
        (3, 20, 0.0038325432143558533, [1.0, 0.0, 0.10750316151793735, 64.62317169612646, -1.1484739644705795]),
        (31, 1, 0.010754327401100857, [0.022826895982563156, 0.0, 0.012688052307609271, 1.0, 1.7957933604729772]),
        (15, 42, 0.0010754206674624643, [87.96418, 4.06273, 2.663013, 3.48855, -1.506]),
        (
            2,
            3,
            3367.9254266389485,
            [1e-8, -1.3284910093676245e-7, 1.7648883619706098e-6, 1.3412415066879613, -2.551314456698708e-6],
        ),
        (
            10_000,
            1,
            1.3595098757998171e-5,
            [0.018550432427746996, 0.8970746224144597, 43.38135411745675, 755.9207110705004, 0.018482066147679173],
        ),
    ] {
        let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("moments of data");
        let model = Diagonal { depth, width, temperature, weight_decay: 0.0, modified_loss: false, moments };
        let bad = disagreements(&solved(model));
        assert!(bad.is_empty(), "D = {depth}: {bad}");
    }
}

/// ln p(10) - ln p(1.5) with 31 layers, by 40-digit quadrature of the slope.
#[test]
fn many_layers_keep_their_digits() {
    let moments =
        Moments::try_new(0.022826895982563156, 0.0, 0.012688052307609271, 1.0, 1.7957933604729772).expect("moments");
    let model = Diagonal {
        depth: 31,
        width: 1,
        temperature: 0.010754327401100857,
        weight_decay: 0.0,
        modified_loss: false,
        moments,
    };
    let law = ClosedForm::of(&model, Branch::Positive).expect("a density");
    let [high, low] = [10.0, 1.5].map(|v| law.log_density(v).expect("inside"));
    let error = (high.value - low.value - -14.551_719_407_379_28_f64).abs();
    assert!(error < 1e-13 && error <= high.error() + low.error(), "{error:e}");
}

/// 0, 1 or any number between e^-size and e^size.
fn magnitude(size: f64) -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), 0.1..5.0_f64, (-size..size).prop_map(f64::exp)]
}

/// Networks with parameters of any size: e^`size` for moments, its square for temperatures.
fn any_network(size: f64) -> impl Strategy<Value = Diagonal> {
    let correlation =
        prop_oneof![Just(1.0), Just(-1.0), Just(0.0), -1.0..1.0_f64, (1e-12..1e-2).prop_map(|e: f64| 1.0 - e)];
    let depth = prop_oneof![0..4_u32, 4..60_u32, 60..400_u32, 400..10_001_u32];
    let width = prop_oneof![1..9_u32, 1..1_000_000_000_u32];
    let decay = prop_oneof![Just(0.0), 0.0..1.0_f64, (-size..size).prop_map(f64::exp)];
    let noise = (magnitude(size), correlation, magnitude(size));
    let drift = ((-size..size).prop_map(f64::exp), magnitude(size), any::<bool>());
    (noise, drift, depth, width, -2.0 * size..2.0 * size, decay).prop_filter_map(
        "moments of data",
        |((a1, rho, a3), (b1, b2, negative), depth, width, t, weight_decay)| {
            let b2 = if negative { -b2 } else { b2 };
            let moments = Moments::try_new(a1, rho * (a1 * a3).sqrt(), a3, b1, b2).ok()?;
            let model = Diagonal { depth, width, temperature: t.exp(), weight_decay, modified_loss: false, moments };
            model.validated().ok()
        },
    )
}

/// Every number of a law is finite with a finite error, infinite, or absent.
fn all_numbers(law: &ClosedForm) -> Vec<Estimate> {
    let orders = [0.5, 1.0, 2.0, -0.5, 7.0].map(|order| law.moment(order));
    let named = [law.mean(), law.variance(), law.tail_exponent()];
    let mut numbers: Vec<Estimate> = orders.iter().chain(&named).filter_map(Quantity::finite).collect();
    for q in [1e-300, 0.001, 0.5, 1.0 - 1e-12] {
        numbers.extend(law.quantile(q).into_iter().flat_map(|(v, log)| [v, log]));
    }
    for v in [-1e100, -1.0, 1e-200, 1e-3, 1.0, 30.0, 1e200] {
        numbers.extend([law.log_density(v), law.log_cdf(v), law.log_sf(v)].into_iter().flatten());
    }
    numbers.extend(law.mode().into_iter().flat_map(|mode| mode.interior.into_iter().chain([mode.at])));
    numbers
}

proptest! {
    #![proptest_config(cases(500))]

    /// Moments to 1e-50 and 1e50, temperatures to 1e-100 and 1e100, ten thousand layers: no panic, no hang, no NaN.
    #[test]
    fn extreme_networks_have_numbers_or_none(model in any_network(115.0)) {
        for branch in [Branch::Positive, Branch::Negative] {
            let Some(law) = ClosedForm::of(&model, branch) else { continue };
            for number in all_numbers(&law) {
                prop_assert!(!number.value.is_nan() && number.error() >= 0.0, "{} {number:?}", law.name());
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(300))]

    /// No law contradicts itself beyond its bars.
    #[test]
    fn any_network_has_a_consistent_law_or_none(model in any_network(20.0), q in 1e-6..1.0_f64) {
        for branch in [Branch::Positive, Branch::Negative] {
            let Some(law) = ClosedForm::of(&model, branch) else { continue };
            let [low, high] = law.support();
            if let Quantity::Finite(mean) = law.mean() {
                let inside = low <= mean.value + mean.error() && mean.value - mean.error() <= high;
                prop_assert!(inside, "{} {mean:?} {low} {high}", law.name());
            }
            if let Quantity::Finite(variance) = law.variance() {
                prop_assert!(variance.value >= 0.0);
            }
            if let Some(t) = critical_temperature(&model, branch) {
                prop_assert!(model.temperature <= t * (1.0 + 1e-12), "a density above T_c");
            }
            let Some((v, _)) = law.quantile(q) else { continue };
            let (Some(cdf), Some(sf)) = (law.log_cdf(v.value), law.log_sf(v.value)) else { continue };
            if v.error() < 1e-6 * v.value.abs() && v.value.abs() > 1e-290 && cdf.error() < 1e-6 {
                let density = law.log_density(v.value).expect("next to a known quantile");
                prop_assert!((cdf.value.exp() + sf.value.exp() - 1.0).abs() < 1e-9);
                let slack = density.value.exp() * v.error();
                let error = (cdf.value.exp() - q).abs();
                prop_assert!(error <= 1e-9 + 10.0 * slack, "{} {} {q}", law.name(), cdf.value.exp());
            }
        }
    }
}
