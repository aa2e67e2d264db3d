//! Where the noise vanishes, and what is said about it.

use super::*;
use stillpoint::model::FixedPoint;

#[test]
fn parallel_gradients_have_no_density_and_a_remedy() {
    let product = setup(&["u", "w"], "(u*w*x - y)^2", teacher(1.0), 0.1);
    let error = refused(product.clone());
    assert!(matches!(&error, ModelError::Degenerate { cause, .. } if cause.contains("parallel")), "{error}");
    assert!(error.accepted().contains("isotropic_noise") && error.accepted().contains("diagonal"), "{error}");
    assert!(Loss::new(LossSetup { isotropic_noise: 0.01, ..product }).is_ok());
    let certain = setup(&["v"], "(v - 2)^2 + 0*x*y", teacher(1.0), 0.1);
    assert!(matches!(refused(certain), ModelError::Degenerate { .. }));
    let useless = setup(&["v", "w"], "(v*x - y)^2", teacher(1.0), 0.1);
    assert!(matches!(refused(useless), ModelError::Degenerate { cause, .. } if cause.contains("depend on w")));
}

#[test]
fn exchangeable_neurons_are_split_by_a_plane_and_can_be_written_as_one_half() {
    let pair = setup(&["u", "w"], "(tanh(u*x) + tanh(w*x) - y)^2", teacher(1.0), 0.1);
    let error = refused(pair);
    assert!(matches!(&error, ModelError::Degenerate { cause, .. } if cause.contains("u = w")), "{error}");
    let half = setup(&["s", "d"], "(tanh((s + d)*x) + tanh((s - d)*x) - y)^2", teacher(1.0), 0.1);
    let half = Loss::new(LossSetup { range: vec![[-INF, INF], [0.0, INF]], ..half }).expect("one half");
    assert_eq!(half.chart_names(), ["s", "ln(d)"]);
    let opposed = setup(&["u", "w"], "(tanh(u*x) - tanh(w*x) - y)^2", teacher(1.0), 0.1);
    assert!(matches!(refused(opposed), ModelError::Degenerate { cause, .. } if cause.contains("u = -w")));
}

/// Near u = w = 0 the gradient is -2 xy (w, u): with p = u + w, d ln p = (2 beta2 - 2 T alpha3 - 2 gamma) dt + noise, and
/// u - w falls. beta2 = 1, alpha3 = 2 + sigma^2.
#[test]
fn the_origin_of_a_tanh_layer_repels_below_the_critical_temperature_and_attracts_above() {
    for (t, gamma) in [(0.05, 0.0), (0.3, 0.0), (0.34, 0.0), (0.05, 0.9), (0.5, 0.0)] {
        let plain = setup(&["u", "w"], "(w*tanh(u*x) - y)^2", teacher(1.0), t);
        let model = Loss::new(LossSetup { weight_decay: gamma, ..plain }).expect("a loss");
        assert!(model.mirrored());
        let [FixedPoint { name, at, growth: [low, high], error }] = model.fixed_points() else { panic!("{model:?}") };
        assert_eq!((name.as_str(), at.as_slice()), ("u = w = 0", [0.0, 0.0].as_slice()));
        let truth = 2.0 - 6.0 * t - 2.0 * gamma;
        assert!((low - truth).abs() <= *error && low == high, "T = {t}: {low} to {high} +- {error:e} for {truth}");
        assert!(*error < 1e-10, "T = {t}: the bar {error:e} is of no use");
        if truth < 0.0 {
            let refused = solve(model, Request::default()).expect_err("no density");
            assert!(matches!(refused, StudyError::Attracted { rate, .. } if (rate - truth).abs() < 1e-12), "{refused}");
        } else {
            // Near u = 0 the gradients are 2 y x (w, u) to second order in u.
            let refused = solve(model, Request::default()).expect_err("no lattice carries it");
            assert!(matches!(&refused, StudyError::Parallel { face } if face == "u = 0"), "{refused}");
        }
    }
}

#[test]
fn a_teacher_without_noise_is_learned_exactly() {
    for data in [teacher(0.0), LossData::Rows { x: vec![vec![1.0], vec![-2.0], vec![0.5]], y: vec![0.3, -0.6, 0.15] }] {
        let k = if matches!(data, LossData::Rows { .. }) { 0.3 } else { 1.0 };
        let model = loss(&["v"], "(v*x - y)^2", data, 0.1);
        let [point] = model.fixed_points() else { panic!("{:?}", model.fixed_points()) };
        assert!((point.at[0] - k).abs() < 1e-7, "{point:?}");
        assert!(matches!(solve(model, Request::default()), Err(StudyError::Attracted { .. })));
    }
}

#[test]
fn faces_and_sides_are_found_and_named() {
    let square = setup(&["u"], "(u^2*x - y)^2", teacher(1.0), 0.1);
    for (start, name) in [(None, "ln(u)"), (Some(vec![-1.0]), "ln(-u)")] {
        let model = Loss::new(LossSetup { start, ..square.clone() }).expect("a loss");
        assert_eq!(model.chart_names(), [name]);
        assert!(model.notes().iter().any(|note| note.contains("never crosses u = 0")), "{:?}", model.notes());
    }
    // Targets 2 x - 1/x: the noise vanishes at v = 2, where the drift is 2 E[xy - v x^2] = -2.
    let x = [0.5, 1.0, 2.0, -1.5];
    let data =
        LossData::Rows { x: x.iter().map(|x| vec![*x]).collect(), y: x.iter().map(|x| 2.0 * x - 1.0 / x).collect() };
    let model = loss(&["v"], "(v*x - y)^2", data, 0.1);
    assert_eq!(model.fixed_points(), []);
    assert!(
        model.notes().iter().any(|note| note.contains("paths cross it in that direction only")),
        "{:?}",
        model.notes()
    );
    let name = &model.chart_names()[0];
    let end = name.strip_prefix("ln(").and_then(|rest| rest.strip_suffix(" - v)")).map(str::parse::<f64>);
    assert!(matches!(end, Some(Ok(end)) if (end - 2.0).abs() < 1e-12), "{name}");
}

#[test]
fn what_cannot_be_averaged_or_evaluated_is_refused() {
    let kinked = setup(&["v"], "abs(v*x - y)^1.5", teacher(1.0), 0.1);
    assert!(matches!(refused(kinked), ModelError::Average { error, .. } if error > 1e-9));
    // Over rows averages are exact.
    let rows = LossData::Rows { x: vec![vec![1.0], vec![2.0], vec![-0.5]], y: vec![0.2, 1.0, 0.4] };
    assert!(Loss::new(setup(&["v"], "abs(v*x - y)^1.5", rows, 0.1)).is_ok());
    let undefined = setup(&["v"], "(ln(v)*x - y)^2", teacher(1.0), 0.1);
    assert!(matches!(refused(undefined.clone()), ModelError::Equation(_)), "{}", refused(undefined.clone()));
    assert!(Loss::new(LossSetup { range: vec![[0.5, 9.0]], ..undefined }).is_ok());
}

/// With v = u - 1 the first is (v^2 x - y)^2: SGD on v^2 never crosses v = 0, which repels below T = 1/6 and attracts
/// above (section 14 of the theory manual).
#[test]
fn points_that_are_never_crossed_are_found_away_from_zero() {
    let repels = refused(setup(&["u"], "((u - 1)^2*x - y)^2", teacher(1.0), 0.1));
    assert!(
        matches!(&repels, ModelError::Degenerate { cause, .. } if cause.contains("never crosses u = 1,")),
        "{repels}"
    );
    let attracts = loss(&["u"], "((u - 1)^2*x - y)^2", teacher(1.0), 0.2);
    let refusal = solve(attracts, Request::default()).expect_err("no density");
    let truth = 4.0 * (1.0 - 6.0 * 0.2);
    assert!(
        matches!(&refusal, StudyError::Attracted { point, rate, error }
            if point.starts_with("u = 1.0000") && (rate - truth).abs() <= *error && *error < 1e-9),
        "{refusal}"
    );
    let ending = setup(&["u"], "((u - 1)^2*x - y)^2", teacher(1.0), 0.1);
    let ending = refused(LossSetup { range: vec![[1.0, INF]], ..ending });
    assert!(matches!(&ending, ModelError::Degenerate { cause, .. } if cause.contains("u = 1")), "{ending}");
    let face = refused(setup(&["u", "w"], "((u - 1)^2*x + w - y)^2", teacher(1.0), 0.1));
    assert!(matches!(&face, ModelError::Degenerate { cause, .. } if cause.contains("never crosses u = 1,")), "{face}");
    // With decay paths cross u = 1 towards 0.
    let decaying = setup(&["u"], "((u - 1)^2*x - y)^2", teacher(1.0), 0.1);
    let decaying = Loss::new(LossSetup { weight_decay: 0.1, ..decaying }).expect("a loss");
    assert_eq!((decaying.fixed_points(), decaying.chart_names()), ([].as_slice(), vec!["ln(1 - u)".to_owned()]));
}

/// The tanh layer with its origin moved to u = 1, w = -2.
#[test]
fn resting_points_are_found_away_from_the_origin() {
    let t = 0.1;
    let moved = loss(&["u", "w"], "((w + 2)*tanh((u - 1)*x) - y)^2", teacher(1.0), t);
    let [point] = moved.fixed_points() else { panic!("{:?}", moved.fixed_points()) };
    assert!((point.at[0] - 1.0).abs() < 1e-9 && (point.at[1] + 2.0).abs() < 1e-9, "{point:?}");
    let truth = 2.0 - 6.0 * t;
    assert!((point.growth[0] - truth).abs() <= point.error && point.error < 1e-6, "{point:?} for {truth}");
    // A loss that levels off has no minimum at infinity.
    let rows = LossData::Rows { x: vec![vec![1.0], vec![-2.0], vec![0.5]], y: vec![1.0, -1.0, 1.0] };
    let separable = loss(&["a", "b"], "ln(1 + exp(-y*(a*x + b)))", rows, 0.1);
    assert_eq!(separable.fixed_points(), []);
}

/// T_c = beta2/alpha3 = 1/3, where the rate is 2 - 6 T = 0.
#[test]
fn a_rate_of_zero_neither_repels_nor_attracts() {
    let model = loss(&["u", "w"], "(w*tanh(u*x) - y)^2", teacher(1.0), 1.0 / 3.0);
    let [point] = model.fixed_points() else { panic!("{:?}", model.fixed_points()) };
    assert!(point.growth[0].abs() <= point.error && !point.repels() && !point.attracts(), "{point:?}");
}

/// Sums of a few rows of abs have steps where a row's residual vanishes: what they add to div B is in no derivative.
#[test]
fn gradients_that_jump_are_refused_and_continuous_ones_pass() {
    let rows = LossData::Rows { x: vec![vec![1.0], vec![2.0], vec![-0.5], vec![1.5]], y: vec![0.2, 1.0, 0.4, -1.0] };
    for text in ["abs(v*x - y)", "max(1 - y*v*x, 0)", "(max(v*x, 0) - y)^2", "min((v*x - y)^2, 1)", "sign(v*x - y)*v"] {
        for data in [rows.clone(), teacher(1.0)] {
            let error = refused(setup(&["v"], text, data, 0.1));
            assert!(matches!(&error, ModelError::Jump { .. }), "{text}: {error}");
        }
    }
    let plane = refused(setup(&["v", "b"], "abs(v*x + b - y)", rows.clone(), 0.1));
    assert!(matches!(&plane, ModelError::Jump { at, .. } if at.len() == 4), "{plane}");
    for text in ["max(1 - y*v*x, 0)^2", "abs(v*x - y)^1.5", "(v*x - y)*abs(v*x - y)*v", "max(v*x - y, 0)^3 + v^2"] {
        let found = Loss::new(setup(&["v"], text, rows.clone(), 0.1));
        assert!(!matches!(found, Err(ModelError::Jump { .. })), "{text}");
    }
    let bounded = LossSetup { range: vec![[0.0, INF]], ..setup(&["v"], "(max(v*x, 0) - y)^2", rows, 0.1) };
    assert!(!matches!(Loss::new(bounded), Err(ModelError::Jump { .. })));
}
