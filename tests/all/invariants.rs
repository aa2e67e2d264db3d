//! What must hold for any data: no panic, the right kind of law, the symmetries and identities of the equation.

use proptest::prelude::*;
use stillpoint::estimate::Quantity;
use stillpoint::model::{Branch, Diagonal, Moments};
use stillpoint::record::{LawKind, Solution};
use stillpoint::study::{Landscape, Levels, Problem, law};

/// Moments that some data have, over many decades: alpha1 = a, alpha2 = a k, alpha3 = a (k^2 + pinch^2).
fn moments() -> impl Strategy<Value = Moments> {
    let size = || (-3.0..3.0f64).prop_map(|e| 10f64.powf(e));
    let sign = || prop_oneof![Just(-1.0), Just(1.0)];
    (size(), size(), sign(), size(), size(), size(), sign()).prop_map(|(a, k, side, pinch, beta1, beta2, pull)| {
        let k = side * k;
        Moments::try_new(a, a * k, a * (k * k + pinch * pinch), beta1, pull * beta2).expect("possible moments")
    })
}

fn model(depth: u32, temperature: f64, moments: Moments) -> Diagonal {
    Diagonal { depth, width: 1, temperature, weight_decay: 0.0, modified_loss: false, moments }
}

fn problem(model: Diagonal) -> Problem {
    Problem {
        title: String::new(),
        branch: model.natural_branch(),
        model,
        tolerance: 1e-10,
        points: Vec::new(),
        quantiles: vec![0.01, 0.5, 0.99],
        moments: Vec::new(),
    }
}

fn solve(model: Diagonal) -> Solution {
    law(&problem(model)).unwrap_or_else(|error| panic!("{error}: {model:?}"))
}

fn finite(q: Quantity) -> (f64, f64) {
    q.finite().map(|e| (e.value, e.error())).expect("a finite number")
}

/// Whether two numbers with error bars agree, `slack` being the rounding of what they were computed from.
fn agree(a: (f64, f64), b: (f64, f64), slack: f64) -> bool {
    (a.0 - b.0).abs() <= a.1 + b.1 + slack * a.0.abs().max(b.0.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_network_has_a_law_or_a_typed_error(
        moments in moments(),
        depth in prop_oneof![0..6u32, Just(20), Just(300)],
        width in prop_oneof![Just(1u32), 2..9u32, Just(1_000_000)],
        log_t in -8.0..6.0f64,
        decay in prop_oneof![Just(0.0), (-4.0..2.0f64).prop_map(|e| 10f64.powf(e))],
        modified_loss in any::<bool>(),
        branch in prop_oneof![Just(Branch::Positive), Just(Branch::Negative)],
    ) {
        let temperature = 10f64.powf(log_t);
        let model = Diagonal { depth, width, temperature, weight_decay: decay, modified_loss, moments };
        let asked = Problem { branch, points: vec![-2.0, 0.0, 1e-9, 0.7, 1e9], moments: vec![0.5, 3.0], ..problem(model) };
        match law(&asked) {
            Ok(solution) => {
                if solution.law == LawKind::Density {
                    for row in &solution.points {
                        let sum = row.cdf + row.sf;
                        prop_assert!((sum - 1.0).abs() <= 1e-12 + row.cdf_relative_error + row.sf_relative_error, "{row:?}");
                    }
                    prop_assert!(solution.solver.residual < 1e-10, "{:?}", solution.solver);
                    prop_assert!(solution.solver.cells < 20_000, "{:?}", solution.solver);
                }
                let q: Vec<f64> = solution.quantiles.iter().map(|row| finite(row.value).0).collect();
                prop_assert!(q.windows(2).all(|w| w[0] <= w[1]), "{q:?}");
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn no_extreme_number_breaks_the_solver(
        sizes in prop::array::uniform5(-20.0..20.0f64),
        log_pinch in -8.0..3.0f64,
        depth in prop_oneof![0..4u32, Just(10_000)],
        width in prop_oneof![Just(1u32), Just(1_000_000_000)],
        decays in any::<bool>(),
        modified_loss in any::<bool>(),
    ) {
        let [a, k, beta1, beta2, t] = sizes.map(|e| 10f64.powf(e));
        let k = if beta2 > t { -k } else { k };
        let moments = Moments::try_new(a, a * k, a * k * k * (1.0 + 10f64.powf(2.0 * log_pinch)), beta1, beta2);
        prop_assume!(moments.is_ok());
        let weight_decay = if decays { (t / beta1).clamp(1e-40, 1e40) } else { 0.0 };
        let network = Diagonal { width, weight_decay, modified_loss, ..model(depth, t, moments.expect("checked")) };
        let asked = Problem { points: vec![-1.0, 1e-200, 1.0, 1e200], moments: vec![-0.4, 0.4, 1.0], ..problem(network) };
        if let Ok(found) = law(&asked) {
            for row in &found.quantiles {
                prop_assert!(!row.log_abs.is_nan() && !finite(row.value).0.is_nan(), "{row:?}");
            }
            prop_assert!(!finite(found.mode.at).0.is_nan() && !matches!(found.mean, Quantity::Absent));
        }
    }

    #[test]
    fn one_hidden_layer_collapses_at_the_known_temperature(
        moments in moments(),
        share in 0.0..1.3f64,
        ratio in prop_oneof![-3.0..-1e-9f64, 1e-9..3.0f64, Just(-1e-9), Just(1e-9)],
    ) {
        let pull = moments.beta2().abs();
        let decay = share * pull;
        // T = T_c (1 + ratio) where T_c > 0.
        let critical = (pull - decay) / moments.alpha3();
        let temperature = if critical > 0.0 { critical * ratio.exp() } else { pull / moments.alpha3() };
        let network = Diagonal { weight_decay: decay, ..model(1, temperature, moments) };
        let found = solve(network);
        let collapses = critical <= 0.0 || ratio > 0.0;
        prop_assert_eq!(found.law, if collapses { LawKind::PointMass } else { LawKind::Density });
        if collapses {
            prop_assert_eq!(found.point, Some(0.0));
            prop_assert!(found.reason.is_some());
        }
        let wrong = if moments.beta2() > 0.0 { Branch::Negative } else { Branch::Positive };
        let elsewhere = law(&Problem { branch: wrong, ..problem(network) }).expect("a law");
        prop_assert_eq!(elsewhere.point, Some(0.0));
    }

    #[test]
    fn bisection_finds_the_collapse_temperature(moments in moments(), share in prop_oneof![Just(0.0), 0.0..0.9f64]) {
        let pull = moments.beta2().abs();
        let decay = share * pull;
        let critical = (pull - decay) / moments.alpha3();
        let (mut low, mut high) = (0.1 * critical, 10.0 * critical);
        while high / low - 1.0 > 1e-12 {
            let middle = (low * high).sqrt();
            let found = solve(Diagonal { weight_decay: decay, ..model(1, middle, moments) });
            if found.law == LawKind::Density { low = middle } else { high = middle }
        }
        prop_assert!((low / critical - 1.0).abs() < 1e-9, "{low} {critical}");
    }

    #[test]
    fn the_balance_of_drift_and_noise_holds_within_the_stated_errors(moments in moments(), ratio in 0.02..0.98f64) {
        // E[beta1 v - beta2] = -T E[G] for one hidden layer and v > 0; mirrored for v < 0.
        let t = ratio * moments.beta2().abs() / moments.alpha3();
        let found = solve(model(1, t, moments));
        let ((mean, mean_error), (variance, variance_error)) = (finite(found.mean), finite(found.variance));
        let square = variance + mean * mean;
        let left = moments.beta2().signum() * (moments.beta1() * mean - moments.beta2());
        let terms = [moments.alpha1() * square, -2.0 * moments.alpha2() * mean, moments.alpha3()];
        let right = -t * terms.iter().sum::<f64>();
        let size = t * terms.iter().map(|x| x.abs()).sum::<f64>() + moments.beta1() * mean.abs() + moments.beta2().abs();
        let error = mean_error * (moments.beta1() + 2.0 * t * (moments.alpha2().abs() + moments.alpha1() * mean.abs()))
            + t * moments.alpha1() * variance_error;
        prop_assert!((left - right).abs() <= error + 1e-14 * size, "{left} {right} {error}");
        // Noise that all but vanishes inside the range may be told as a tolerance that was not reached.
        let pinched = moments.discriminant() < 1e-6 * moments.alpha2().powi(2);
        prop_assert!(error <= 1e-9 * size || pinched && !found.solver.converged, "{error} {size}");
    }

    #[test]
    fn mirrored_data_have_the_mirrored_law(moments in moments(), depth in 0..5u32, log_t in -3.0..3.0f64) {
        let network = model(depth, 10f64.powf(log_t), moments);
        let (a, b) = (solve(network), solve(network.mirrored()));
        prop_assert_eq!(a.law, b.law);
        if a.law == LawKind::Density {
            let flipped = finite(b.mean);
            prop_assert!(agree(finite(a.mean), (-flipped.0, flipped.1), 0.0));
            let (up, down) = (finite(a.quantiles[0].value), finite(b.quantiles[2].value));
            prop_assert!(agree(up, (-down.0, down.1), 1e-15));
        }
    }

    #[test]
    fn units_of_v_are_free(moments in moments(), depth in 0..5u32, log_t in -3.0..2.0f64, log_unit in -6.0..6.0f64) {
        // y -> c y: v -> c v, alpha2 and beta2 times c, alpha3 times c^2; T so that T alpha3 / beta2 in units of s stays.
        let c = 10f64.powf(log_unit).log2().round().exp2();
        let scaled = Moments::try_new(
            moments.alpha1(), c * moments.alpha2(), c * c * moments.alpha3(), moments.beta1(), c * moments.beta2(),
        ).expect("possible moments");
        // h/(T s G) dv is free of units when T scales like 1/s: s ~ v^(2D/(D+1)).
        let n = f64::from(depth) + 1.0;
        let t = 10f64.powf(log_t);
        let (a, b) = (
            solve(model(depth, t, moments)),
            solve(model(depth, t * c.powf(-2.0 * f64::from(depth) / n), scaled)),
        );
        prop_assert_eq!(a.law, b.law);
        if a.law == LawKind::Density {
            for (x, y) in a.quantiles.iter().zip(&b.quantiles) {
                let slack = 1e-13 * (1.0 + x.log_abs.abs());
                prop_assert!(agree((x.log_abs + c.ln(), x.log_abs_error), (y.log_abs, y.log_abs_error), slack), "{x:?} {y:?}");
            }
        }
    }

    #[test]
    fn width_enters_through_the_effective_temperature(
        moments in moments(), depth in 0..5u32, width in 2..2000u32, log_t in -3.0..3.0f64,
    ) {
        // T d^(2/(D+1) - 1)
        let t = 10f64.powf(log_t);
        let effective = t * f64::from(width).powf(2.0 / (f64::from(depth) + 1.0) - 1.0);
        let (a, b) = (solve(Diagonal { width, ..model(depth, t, moments) }), solve(model(depth, effective, moments)));
        prop_assert_eq!(a.law, b.law);
        if a.law == LawKind::Density {
            for (x, y) in a.quantiles.iter().zip(&b.quantiles) {
                prop_assert!(agree((x.log_abs, x.log_abs_error), (y.log_abs, y.log_abs_error), 1e-12), "{x:?} {y:?}");
            }
        }
    }

    #[test]
    fn the_distribution_function_is_monotone_and_the_generator_positive(
        moments in moments(), depth in 0..5u32, log_t in -3.0..1.0f64,
    ) {
        let network = model(depth, 10f64.powf(log_t), moments);
        let sign = network.natural_branch().sign();
        let points: Vec<f64> = (-60..60).map(|i| sign * 10f64.powf(0.1 * f64::from(i))).collect();
        let found = law(&Problem { points, ..problem(network) }).expect("a law");
        let mut rows: Vec<_> = found.points.iter().collect();
        rows.sort_by(|a, b| a.v.total_cmp(&b.v));
        prop_assert!(rows.windows(2).all(|w| w[0].cdf <= w[1].cdf * (1.0 + 1e-13) && w[0].sf * (1.0 + 1e-13) >= w[1].sf));
        let landscape = Landscape::of(&network, network.natural_branch()).expect("ends");
        if let Some(region) = landscape.density() {
            // Rates are checked to be >= 0 where a generator is made; the residual says that its balance holds.
            let level = Levels::survey(region, 1e-10, &[]).and_then(|levels| levels.solve(0)).expect("a grid");
            prop_assert!(level.residual < 1e-11, "{}", level.residual);
        }
    }
}
