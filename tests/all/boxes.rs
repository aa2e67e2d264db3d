//! Laws whose box is hard to find on coarse lattices, and ends of boxes on lattices that are too coarse to judge.

use stillpoint::record::FieldSolution;
use stillpoint::scenario::{Location, Scenario, Task};
use stillpoint::study::{FieldProblem, Request, solve_field};

pub fn problem(text: &str) -> FieldProblem {
    let scenario = Scenario::read(text.as_bytes(), "law.toml", &Location::Embedded, &[]).expect("a scenario");
    let Task::Field(task) = scenario.task else { panic!("a law on a lattice") };
    task.problem
}

/// On three lattices up to `grid` cells per axis, or on as many as the program chooses.
fn solved(text: &str, grid: Option<usize>) -> FieldSolution {
    let mut problem = problem(text);
    let request = Request { grid, levels: grid.map(|_| 3), decays: false, ..problem.request };
    problem.request = request;
    solve_field(&problem, &|_, _, _| {}).expect("a law")
}

pub fn assert_covers(found: &stillpoint::estimate::Quantity, exact: f64, useful: f64, what: &str) {
    let found = found.finite().expect("exists");
    assert!(found.covers(exact), "{what}: {found:?}, exactly {exact}");
    assert!(found.error() <= useful, "{what}: {found:?}");
}

/// Far out the force turns paths faster than any coarse lattice can follow, so that a law smears over every box. By parts
/// E[x y] = -B_xx / 2; the variances are those of an expansion in 110 x 110 Hermite functions.
#[test]
fn a_damped_oscillator_with_noise_in_both_variables() {
    let law = solved(
        "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\ndrift = [\"y\", \"x - x^3 - y\"]\n\
         covariance = [[\"0.2\", \"0\"], [\"0\", \"0.4\"]]\n",
        Some(128),
    );
    assert_covers(&law.covariance[0][1], -0.1, 1e-2, "Cov[x, y]");
    assert_covers(&law.covariance[0][0], 0.810_979_91, 1e-2, "Var[x]");
    assert_covers(&law.covariance[1][1], 0.343_293_97, 1e-2, "Var[y]");
    assert_covers(&law.mean[0], 0.0, 1e-2, "E[x]");
}

/// p ~ x y^2 exp(-2 x - y - x y / 3) with a current: on lattices that reach far too far the walls went out and in for ever.
/// Means by 40-digit quadrature.
#[test]
fn a_box_that_two_lattices_see_differently() {
    let law = solved(
        "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\n\
         drift = [\"-x^2*y/6 - 2*x*y/3 + x/2 + 1\", \"x*y^2/6 + 5*x*y/6 - 3*y/2 + 3/2\"]\n\
         covariance = [[\"x\", \"0\"], [\"0\", \"y\"]]\nrange = { x = [0, inf], y = [0, inf] }\n",
        None,
    );
    assert_covers(&law.mean[0], 0.728_407_804_919, 1e-8, "E[x]");
    assert_covers(&law.mean[1], 2.456_815_609_839, 1e-8, "E[y]");
}

/// The rates at which integrands decay near zero change from grid to grid here. Moments by spectral elements on boxes of three
/// sizes.
#[test]
fn moments_that_coarse_grids_see_growing_are_not_called_infinite() {
    let law = solved(
        "[model]\nkind = \"features\"\ndepth = 1\ntemperature = 0.05\n[model.data]\n\
         gaussian = { covariance = [[1.0, 0.7], [0.7, 1.0]], weights = [1.0, -0.5], noise = 0.5 }\n",
        Some(128),
    );
    for quantity in &law.mean {
        assert!(*quantity != stillpoint::estimate::Quantity::Infinite, "{:?}", law.mean);
    }
    if let Some(mean) = law.mean[0].finite() {
        assert!(mean.covers(0.944_076_525_8), "{mean:?}");
    }
    let known = law.mean.iter().chain(law.chart.mean.iter()).all(|quantity| quantity.finite().is_some());
    assert!(known || !law.solver.converged);
}

/// No current runs between two ends that nothing passes, whatever rounding leaves of it.
#[test]
fn one_variable_makes_no_entropy() {
    let text = "[model]\nkind = \"sde\"\nvariables = [\"x\"]\ndrift = [\"1/6 - x\"]\ncovariance = [[\"x\"]]\n\
                range = { x = [0, inf] }\n";
    let law = solve_field(&problem(text), &|_, _, _| {}).expect("a law");
    assert_covers(&law.entropy_production, 0.0, 0.0, "entropy production");
}

/// Paths do not cross a barrier of e^-125: both wells have to be in the box from the start.
#[test]
fn wells_that_no_path_leaves_are_both_found() {
    let law = solved(
        "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\ndrift = [\"y\", \"x - x^3 - y\"]\n\
         covariance = [[\"0.002\", \"0\"], [\"0\", \"0.004\"]]\n",
        Some(96),
    );
    let mean = law.mean[0].finite().expect("exists");
    assert!(mean.covers(0.0), "{mean:?}");
    assert!(law.wells.len() > 1 || !law.solver.converged, "{:?}", law.wells);
}

/// A law that no box of numbers holds is refused, and the coarsest grid that is accepted gives bars.
#[test]
fn extremes_are_no_panic() {
    let unbalanced = "[model]\nkind = \"unbalanced\"\ntemperature = 0.1\nisotropic_noise = 1e-22\n[model.data]\n\
                      gaussian = { variance = 1.0, slope = 1.0, noise = 0.5 }\n[solve]\ngrid = 48\nlevels = 3\n";
    let _ = solve_field(&problem(unbalanced), &|_, _, _| {});
    let coarse = "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\ndrift = [\"-x\", \"-y\"]\n\
                  covariance = [[\"1\", \"0\"], [\"0\", \"1\"]]\n[solve]\ngrid = 10\n";
    let law = solve_field(&problem(coarse), &|_, _, _| {}).expect("a law");
    assert!(law.covariance[0][0].finite().expect("exists").covers(0.5), "{:?}", law.covariance);
}

/// dz = (-a z turned by w) dt + noise with w = 500 a: a lattice too coarse for that turn smears the law over any box. The covariance
/// by a 4 x 4 linear system, the rates are those of the matrix.
#[test]
fn a_law_that_turns_five_hundred_times_before_it_decays() {
    let text = "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\n\
                drift = [\"-0.01*(x + 7) + 5*(y - 3)\", \"-5*(x + 7) - 0.02*(y - 3)\"]\n\
                covariance = [[\"0.02\", \"0.01\"], [\"0.01\", \"0.03\"]]\n";
    let mut problem = problem(text);
    problem.request = Request { grid: Some(96), levels: Some(3), verify: true, ..problem.request };
    let law = solve_field(&problem, &|_, _, _| {}).expect("a law");
    let exact = crate::processes::lyapunov(&[[0.01, -5.0], [5.0, 0.02]], &[[0.02, 0.01], [0.01, 0.03]]);
    for i in 0..2 {
        assert_covers(&law.mean[i], [-7.0, 3.0][i], 1e-9, "mean");
        for j in 0..2 {
            assert_covers(&law.covariance[i][j], exact[i][j], 1e-9, "covariance");
        }
    }
    assert_covers(&law.spectral_gap, 0.015, 1e-9, "gap");
}

/// Noise of two variables that are correlated while one of them, and with it the noise of the other, goes to zero: there edges of a
/// coarse lattice let mass leak out to v = e^-45, and E\[x^2\] was called infinite. Moments from their linear equations.
#[test]
fn a_stochastic_variance_that_is_correlated_with_what_it_drives() {
    let text = "[model]\nkind = \"sde\"\nvariables = [\"x\", \"v\"]\ndrift = [\"-x\", \"2*(1 - v)\"]\n\
                covariance = [[\"v\", \"-0.35*v\"], [\"-0.35*v\", \"0.49*v\"]]\n\
                range = { x = [-inf, inf], v = [0, inf] }\n";
    let mut problem = problem(text);
    problem.request = Request { levels: Some(3), decays: false, ..problem.request };
    let law = solve_field(&problem, &|_, _, _| {}).expect("a law");
    for (i, mean) in [0.0, 1.0].into_iter().enumerate() {
        assert_covers(&law.mean[i], mean, 1e-3, "mean");
    }
    for (i, j, exact) in [(0, 0, 0.5), (0, 1, -0.35 / 3.0), (1, 1, 0.1225)] {
        assert_covers(&law.covariance[i][j], exact, 1e-3, "covariance");
    }
}

/// A ring turned the faster the further out: with rates fitted to detailed balance walls made a tail of their own out to 1e9. p =
/// exp(-(r^2 - 1)^2 / (4 e)) whatever the turn; moments by 30-digit quadrature.
#[test]
fn a_ring_that_turns_faster_further_out_keeps_its_tails() {
    let square = "((x - 3)^2 + (y + 2)^2)";
    let turn = format!("(1 + {square})*({square} - 1)");
    let text = format!(
        "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\n\
         drift = [\"-(x - 3)*({square} - 1) + 2*e*(y + 2) - {turn}*(y + 2)\", \
         \"-(y + 2)*({square} - 1) - 2*e*(x - 3) + {turn}*(x - 3)\"]\n\
         covariance = [[\"2*e\", \"0\"], [\"0\", \"2*e\"]]\nparameters = {{ e = 0.05 }}\n"
    );
    let law = solved(&text, Some(128));
    assert_covers(&law.mean[0], 3.0, 1e-3, "E[x]");
    assert_covers(&law.mean[1], -2.0, 1e-3, "E[y]");
    assert_covers(&law.covariance[0][0], 0.500_425_351_254, 1e-3, "Var[x]");
    assert!(law.wells.len() == 1 && law.wells[0].mode.iter().all(|m| m.finite().is_none()), "{:?}", law.wells);
    let weight = law.wells[0].weight.finite().expect("all mass");
    assert!(weight.covers(1.0), "{weight:?}");
}

/// With more than one hidden layer weight decay leaves no law but the point mass at 0, however long a lattice that ends short of
/// the faces holds the rest.
#[test]
fn deep_features_with_decay_have_no_law() {
    let text = "[model]\nkind = \"features\"\ndepth = 2\ntemperature = 0.02\nweight_decay = 0.05\n[model.data]\n\
                gaussian = { covariance = [[1.0, 0.2], [0.2, 1.0]], weights = [1.0, 1.0], noise = 0.3 }\n";
    let error = solve_field(&problem(text), &|_, _, _| {}).expect_err("no law");
    assert!(matches!(error, stillpoint::study::StudyError::Forgotten { depth: 2 }), "{error}");
}

/// On 24 cells per axis a law of three variables smears over boxes that are far too long; the search must not follow. The drift of a
/// linear neuron with an offset is linear and its noise quadratic, so that means and covariances solve linear equations.
#[test]
fn three_weights_stay_in_a_box_that_lattices_resolve() {
    let text = "[model]\nkind = \"loss\"\nparameters = [\"a\", \"b\", \"c\"]\nloss = \"(a*x1 + b*x2 + c - y)^2\"\n\
                temperature = 0.05\n[model.data]\n\
                gaussian = { covariance = [[1.0, 0.3], [0.3, 0.5]], weights = [1.0, -0.4], noise = 0.5 }\n";
    let law = solved(text, Some(28));
    let exact = [0.015_065_293_977, 0.014_679_004_388, 0.013_627_193_021];
    for i in 0..3 {
        assert_covers(&law.mean[i], [1.0, -0.4, 0.0][i], 1e-3, "mean");
        assert_covers(&law.covariance[i][i], exact[i], 3e-4, "variance");
    }
    assert_covers(&law.covariance[0][1], 0.000_231_773_753, 1e-3, "covariance");
    let longest = law.solver.chart_box.iter().map(|[low, high]| high - low).fold(0.0, f64::max);
    assert!(longest < 30.0, "{:?}", law.solver.chart_box);
}
