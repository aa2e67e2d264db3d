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
        let [FixedPoint { name, at, growth: [low, high] }] = model.fixed_points() else { panic!("{model:?}") };
        assert_eq!((name.as_str(), at.as_slice()), ("u = w = 0", [0.0, 0.0].as_slice()));
        let truth = 2.0 - 6.0 * t - 2.0 * gamma;
        assert!((low - truth).abs() < 1e-12 && low == high, "T = {t}: {low} to {high} for {truth}");
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
    assert!(model.notes().iter().any(|note| note.contains("one direction") || note.contains("that direction only")));
    assert!(model.chart_names()[0].starts_with("ln("), "{:?}", model.chart_names());
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
