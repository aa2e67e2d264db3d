//! Laws of several variables against closed forms and quadrature: bars cover, and are useful.

use crate::field_cases::{
    Case, Known, Row, double_well, limit_cycle, ornstein_uhlenbeck, student, two_features_settled, wall,
};
use crate::processes::lyapunov;
use stillpoint::estimate::Quantity;
use stillpoint::record::FieldSolution;
use stillpoint::scenario::{Location, Scenario, Task, built_in};
use stillpoint::study::{Request, solve_field};

/// Solves a case; every known number has to lie within its bar, and no bar may exceed `useful` (relative to the
/// size of the number).
fn check(case: &Case, useful: f64) -> Vec<Row> {
    let solution = case.solve();
    let rows = case.rows(&solution);
    for row in &rows {
        assert!(row.covered(), "{}: {row:?} is off by {:.1e}", case.name, row.error());
        assert!(row.bar <= useful * row.size, "{}: the bar of {row:?} is useless", case.name);
    }
    rows
}

fn solved(text: &str, sets: &[String]) -> FieldSolution {
    let scenario = Scenario::read(text.as_bytes(), "law.toml", &Location::Embedded, sets).unwrap();
    let Task::Field(task) = scenario.task else { panic!("a law on a lattice") };
    solve_field(&task.problem, &|_, _, _| ()).unwrap()
}

#[test]
fn linear_laws_of_one_variable() {
    check(&ornstein_uhlenbeck("one variable", [[1.3]], [[0.7]], [0.4]), 1e-11);
}

#[test]
fn linear_laws_of_two_variables_with_a_current() {
    let case = ornstein_uhlenbeck("two variables", [[1.0, 1.5], [-0.5, 1.0]], [[2.0, 0.8], [0.8, 1.0]], [0.3, -1.0]);
    check(&case, 1e-9);
}

#[test]
fn decay_rates_of_a_linear_law_are_sums_of_those_of_its_matrix() {
    // Eigenvalues of M: 1 +- i sqrt(3/4); the first rates are 1 (twice), then 2 (three times).
    let case = ornstein_uhlenbeck("rates", [[1.0, 1.5], [-0.5, 1.0]], [[2.0, 0.8], [0.8, 1.0]], [0.3, -1.0]);
    let solution = case.solve();
    let gap = solution.spectral_gap.finite().expect("a gap");
    assert!((gap.value - 1.0).abs() <= gap.error() && gap.error() < 1e-4, "{gap:?}");
    let first = solution.eigenvalues[0];
    assert!((first.frequency.abs() - 0.75f64.sqrt()).abs() <= first.error && first.error < 1e-3, "{first:?}");
}

/// ln p at both maxima of a double well with a current: that of the higher one by quadrature, the other by the potential.
#[test]
fn heights_of_maxima() {
    let (eps, tilt) = (0.2, 0.15);
    let case = double_well(eps, 1.0, tilt, 1.0);
    let solution = case.solve_with(&Request { levels: Some(5), ..case.request() });
    let top = case.known.iter().find_map(|known| if let Known::Point(_, top) = known { Some(*top) } else { None });
    let potential = |x: f64| (x * x - 1.0).powi(2) + tilt * x;
    let places: Vec<f64> = solution.wells.iter().map(|w| w.mode[0].finite().expect("a place").value).collect();
    assert_eq!(places.len(), 2);
    for (well, x) in solution.wells.iter().zip(&places) {
        let truth = top.expect("a known point") - (potential(*x) - potential(places[0])) / eps;
        let found = well.log_density.finite().expect("a height");
        assert!(found.covers(truth) && found.error() < 1e-4, "{found:?}, truly {truth}");
    }
}

#[test]
fn linear_laws_with_strongly_correlated_noise() {
    let case = ornstein_uhlenbeck("condition 100", [[1.0, 2.0], [-0.5, 0.3]], [[1.0, 0.98], [0.98, 1.0]], [0.0, 0.0]);
    check(&case, 1e-9);
}

#[test]
fn linear_laws_of_three_variables() {
    let relaxation = [[1.0, 0.5, 0.0], [-0.5, 1.2, 0.3], [0.1, 0.0, 0.8]];
    let diffusion = [[1.0, 0.2, 0.0], [0.2, 1.0, 0.1], [0.0, 0.1, 0.5]];
    let mut case = ornstein_uhlenbeck("three variables", relaxation, diffusion, [0.0, 1.0, 0.0]);
    // Cells are too few for the far tails.
    case.known.retain(|known| !matches!(known, Known::Quantile(_, q, _) if *q < 1e-3));
    for row in check(&case, 1e-4) {
        assert!(!row.what.starts_with('C') || row.error() <= 3e-8 * row.size, "{row:?} is off by {:.1e}", row.error());
    }
}

#[test]
fn double_wells_at_small_noise_with_and_without_rotation() {
    for (eps, c) in [(0.05, 1.0), (0.02, 0.0), (0.015, 0.5)] {
        check(&double_well(eps, c, 0.3, 2.0), 1e-6);
    }
}

#[test]
fn a_strong_current_does_not_smear_the_law() {
    check(
        &ornstein_uhlenbeck("strong rotation", [[1.0, 5.0], [-5.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0]),
        1e-8,
    );
}

#[test]
fn a_limit_cycle_and_its_current() {
    check(&limit_cycle(0.1, 1.0), 1e-8);
}

#[test]
fn power_law_tails() {
    for (nu, c) in [(5.0, 0.0), (5.0, 1.0)] {
        check(&student(nu, c), 3e-6);
    }
}

#[test]
fn reflecting_walls() {
    for (a, drag) in [(1.0, 0.0), (0.3, 0.5)] {
        check(&wall(a, drag), 1e-9);
    }
}

#[test]
fn two_features_agree_with_settled_digits() {
    // The reference is printed to seven to ten digits.
    for (case, digits) in two_features_settled().iter().zip([1e-10, 5e-8, 5e-8]) {
        let solution = case.solve();
        for row in case.rows(&solution) {
            assert!(row.error() <= row.bar + digits, "{}: {row:?} is off by {:.1e}", case.name, row.error());
            assert!(row.bar <= 3e-5 * row.size, "{}: the bar of {row:?} is useless", case.name);
        }
    }
}

/// Coarse volumes beside spectral elements: whichever a number is from, its bar covers, and moments have the digits of the
/// elements.
#[test]
fn elements_add_digits_where_they_resolve_the_law() {
    let mut cases = vec![
        ornstein_uhlenbeck("linear", [[1.0, 0.5], [-0.5, 1.0]], [[2.0, 0.3], [0.3, 1.0]], [0.3, -1.0]),
        double_well(0.05, 1.0, 0.3, 2.0),
        limit_cycle(0.1, 1.0),
    ];
    cases.extend(two_features_settled().into_iter().take(1));
    for (case, digits) in cases.iter().zip([0.0, 0.0, 0.0, 1e-10]) {
        let solution = case.solve_with(&Request { grid: Some(96), verify: true, ..case.request() });
        let check = solution.spectral.as_ref().expect("asked for");
        assert!(check.off().is_empty(), "{}: {:?}", case.name, check.rows);
        assert_eq!(check.rows.len(), 5, "{}: {:?}", case.name, check.note);
        for row in case.rows(&solution) {
            assert!(row.error() <= row.bar + digits + 3e-14 * row.size, "{}: {row:?}: {:.1e}", case.name, row.error());
            // Elements know nothing of wells: rounding over the gap.
            let moment = row.what.starts_with(['E', 'C']) && !case.name.starts_with("double well");
            assert!(!moment || row.bar <= 3e-8 * row.size, "{}: {row:?} has a useless bar", case.name);
        }
    }
}

#[test]
fn a_check_for_which_memory_is_short_says_so() {
    let case = ornstein_uhlenbeck("linear", [[1.0, 0.5], [-0.5, 1.0]], [[2.0, 0.3], [0.3, 1.0]], [0.3, -1.0]);
    let request = Request { grid: Some(64), memory: Some(500_000_000), verify: true, ..case.request() };
    let check = case.solve_with(&request).spectral.expect("asked for");
    assert!(check.rows.is_empty() && check.note.is_some_and(|note| note.contains("memory")));
}

/// Coupled square-root processes: faces whose influence lattices know to 1e-1 only. The drift is linear: E y = 1.5 / 2,
/// E x = 1 + 0.3 E y and E y^2 = (3 + 0.6) E y / 4.
#[test]
fn square_root_noise_keeps_the_moments_of_a_linear_drift() {
    let text = r#"
title = "two square roots"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["1 - x + 0.3*y", "1.5 - 2*y"]
covariance = [["0.8*x", "0.2*sqrt(x*y)"], ["0.2*sqrt(x*y)", "0.6*y"]]
range = { x = [0, inf], y = [0, inf] }
"#;
    let solution = solved(text, &[]);
    let truths = [(solution.mean[0], 1.225), (solution.mean[1], 0.75), (solution.covariance[1][1], 0.1125)];
    for (found, truth) in truths {
        let found = found.finite().unwrap();
        assert!(found.covers(truth) && found.error() < 1e-8, "{found:?} against {truth}");
    }
    assert!(solution.solver.converged);
}

/// w tanh(u x) is the same for (-u, -w): means and medians are 0, and no maximum stands alone. Coarse lattices do not resolve
/// its current, weigh the two wells unequally and have ripples between them; the bars have to say so.
#[test]
fn bars_of_medians_between_two_wells_reach_across() {
    let solution = solved(built_in("tanh-deep").expect("a scenario").text, &["solve.grid=72".to_owned()]);
    for (i, name) in solution.variables.iter().enumerate() {
        let mean = solution.mean[i].finite().unwrap();
        let row = solution.marginals[i].quantiles.iter().find(|row| row.q == 0.5).unwrap();
        let median = row.value.finite().unwrap();
        assert!(mean.value.abs() <= mean.error(), "E {name} = {mean:?}");
        assert!(median.value.abs() <= median.error(), "median of {name} = {median:?}");
    }
    let both = solution.wells.iter().filter(|well| well.weight.finite().is_some_and(|w| w.value > 0.2)).count();
    assert_eq!(both, 2, "{:?}", solution.wells);
    assert!(solution.doubtful_wells > 0, "{:?}", solution.wells);
}

/// Square-root processes that feed each other, in space, of which no expansion knows the law: the drift is linear, so that the mean solves
/// A m = b and the covariance Lyapunov's equation with the mean noise.
#[test]
fn elements_know_moments_in_space() {
    let text = "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\", \"z\"]\n\
                drift = [\"1.5 - x + 0.3*y\", \"1.2 + 0.2*x - y\", \"1 + 0.2*y - 0.9*z\"]\n\
                covariance = [[\"0.5*x\", \"0\", \"0\"], [\"0\", \"0.4*y\", \"0\"], [\"0\", \"0\", \"0.3*z\"]]\n\
                range = { x = [0, inf], y = [0, inf], z = [0, inf] }\n\
                [solve]\ntolerance = 1e-3\ngrid = 20\nlevels = 3\n";
    let Task::Field(mut task) = Scenario::read(text.as_bytes(), "law.toml", &Location::Embedded, &[]).unwrap().task
    else {
        panic!("a law on a lattice")
    };
    task.problem.request.verify = true;
    let law = solve_field(&task.problem, &|_, _, _| ()).unwrap();
    assert!(law.spectral.as_ref().is_some_and(|check| !check.rows.is_empty() && check.off().is_empty()));
    // x = (1.5 + 0.3 y) and y = 1.2 + 0.2 x.
    let y = 1.5 / 0.94;
    let mean = [1.5 + 0.3 * y, y, (1.0 + 0.2 * y) / 0.9];
    let noise = [0.5 * mean[0], 0.4 * mean[1], 0.3 * mean[2]];
    let noise: [[f64; 3]; 3] = std::array::from_fn(|i| std::array::from_fn(|j| if i == j { noise[i] } else { 0.0 }));
    let covariance = lyapunov(&[[1.0, -0.3, 0.0], [-0.2, 1.0, 0.0], [0.0, -0.2, 0.9]], &noise);
    for i in 0..3 {
        let [m, v] = [&law.mean[i], &law.covariance[i][i]].map(|number| number.finite().expect("exists"));
        assert!(m.covers(mean[i]) && m.error() < 1e-4 * mean[i], "{i}: {m:?} for {}", mean[i]);
        assert!(v.covers(covariance[i][i]) && v.error() < 1e-3 * v.value, "{i}: {v:?} for {}", covariance[i][i]);
        for j in 0..i {
            let c = law.covariance[i][j].finite().expect("exists");
            assert!(c.covers(covariance[i][j]), "{i} {j}: {c:?} for {}", covariance[i][j]);
        }
    }
}

/// Two Wright-Fisher laws side by side, in balance: p(x) ~ x^(2 a m - 1) (1 - x)^(2 a (1 - m) - 1), no current, first decay rate a.
/// On logarithmic axes rates grow like powers towards the faces: rounding there is no current, and elements know no decay rate.
#[test]
fn no_current_flows_towards_faces() {
    let text = r#"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["0.6*(0.3 - x)", "0.8*(0.5 - y)"]
covariance = [["x*(1 - x)", "0"], ["0", "y*(1 - y)"]]
range = { x = [0, 1], y = [0, 1] }
"#;
    let law = solved(text, &[]);
    let variance = |m: f64, a: f64| m * (1.0 - m) / (2.0 * a + 1.0);
    for (found, truth, useful) in [
        (law.mean[0], 0.3, 1e-9),
        (law.mean[1], 0.5, 1e-9),
        (law.covariance[0][0], variance(0.3, 0.6), 1e-9),
        (law.covariance[1][1], variance(0.5, 0.8), 1e-9),
        (law.entropy_production, 0.0, 1e-9),
        (law.spectral_gap, 0.6, 1e-3),
    ] {
        let found = found.finite().expect("a number");
        assert!(found.covers(truth) && found.error() < useful, "{found:?} against {truth}");
    }
    // The density is infinite at all four corners.
    assert_eq!(law.wells.len(), 4);
    for well in &law.wells {
        let weight = well.weight.finite().expect("a weight");
        assert!(weight.error() <= weight.value.max(1.0 - weight.value), "{weight:?}");
    }
}

/// The stable point is on the brink: its slope has a zero eigenvalue, and the linear law around it is a thousand times wider than the
/// law. From d E a^2 / dt = 0 and d E b^2 / dt = 0: 1.7 E a^2 = 2 E[a tanh b] + 0.3 and 2 E b^2 = E[b tanh 2a] + 0.2.
#[test]
fn a_stable_point_on_the_brink() {
    let text = r#"
[model]
kind = "sde"
variables = ["a", "b"]
drift = ["-(a - tanh(b))", "-(b - 0.5*tanh(2*a))"]
covariance = [["0.3*(1 + a^2)", "0"], ["0", "0.2"]]
range = { a = [-inf, inf], b = [-inf, inf] }
[report]
expressions = ["a*tanh(b)", "b*tanh(2*a)"]
"#;
    let law = solved(text, &[]);
    let number = |quantity: Quantity| quantity.finite().expect("a number");
    let (a, b) = (number(law.covariance[0][0]), number(law.covariance[1][1]));
    let [ab, ba] = [0, 1].map(|k| number(law.expressions[k].value));
    let balances = [
        (1.7 * a.value - 2.0 * ab.value - 0.3, 1.7 * a.error() + 2.0 * ab.error()),
        (2.0 * b.value - ba.value - 0.2, 2.0 * b.error() + ba.error()),
    ];
    for (defect, bar) in balances {
        assert!(defect.abs() <= bar && bar < 1e-6, "{defect:e} with a bar of {bar:e}");
    }
}

/// A Duffing oscillator with noise in both variables, on the whole plane: far out its current smears lattices to any depth. From
/// E x^2 and the energy: Cov\[x, y\] = -D and E y^2 / 2 = 3 D E x^2.
#[test]
fn an_oscillator_on_the_whole_plane() {
    let text = r#"
[model]
kind = "sde"
variables = ["x", "y"]
drift = ["y", "x - x^3 - 0.5*y"]
covariance = [["0.2", "0"], ["0", "0.2"]]
range = { x = [-inf, inf], y = [-inf, inf] }
"#;
    let scenario = Scenario::read(text.as_bytes(), "law.toml", &Location::Embedded, &["solve.grid=96".to_owned()]);
    let Task::Field(mut task) = scenario.unwrap().task else { panic!("a law on a lattice") };
    task.problem.request.decays = false;
    let law = solve_field(&task.problem, &|_, _, _| ()).unwrap();
    let [xx, xy, yy] =
        [[0, 0], [0, 1], [1, 1]].map(|[i, j]: [usize; 2]| law.covariance[i][j].finite().expect("a number"));
    assert!(xy.covers(-0.1) && xy.error() < 0.02, "{xy:?}");
    let (defect, bar) = (yy.value - 0.6 * xx.value, yy.error() + 0.6 * xx.error());
    assert!(defect.abs() <= bar && bar < 0.1, "{defect:e} with a bar of {bar:e}");
}
