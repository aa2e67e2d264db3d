//! Boundaries of laws of several variables, against exact solutions with a current.

use super::file::run;
use super::line::points;
use super::one_variable::along;
use stillpoint::estimate::Estimate;
use stillpoint::model::{Sde, System};
use stillpoint::study::{FieldProblem, Request};

const INF: f64 = f64::INFINITY;

fn equation(drift: [&str; 2], covariance: &[Vec<String>], parameters: &[(&str, f64)]) -> FieldProblem {
    let parameters: Vec<(String, f64)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let names = ["x".to_owned(), "y".into()];
    let sde = Sde::parse(&names, &drift.map(str::to_owned), covariance, &parameters, &[[-INF, INF]; 2]);
    let request = Request { levels: Some(4), ..Request::default() };
    FieldProblem { system: System::Sde(sde.expect("an equation")), request }
}

/// b = -(1 + r R) grad V with B = 2 e I: p is exp(-V/e) whatever r. V is a tilted quartic in x, its valley y = c x.
fn tilted(h: f64, a: f64) -> FieldProblem {
    let slopes = ["x^3 - a*x^2 - x + h - k*c*(y - c*x)", "k*(y - c*x)"];
    let drift = [format!("-({}) + r*({})", slopes[0], slopes[1]), format!("-({}) - r*({})", slopes[1], slopes[0])];
    let parameters = [("a", a), ("h", h), ("k", 2.0), ("c", 0.7), ("r", 0.8), ("e", 0.12)];
    let noise = [vec!["2*e".to_owned(), "0".into()], vec!["0".into(), "2*e".into()]];
    equation([&drift[0], &drift[1]], &noise, &parameters)
}

fn assert_barred(found: &[Estimate], truth: f64, bar: f64) {
    let [found] = found else { panic!("{found:?}, expected {truth}") };
    assert!(found.covers(truth) && found.error() < bar, "{found:?}, truly {truth}");
}

/// The quartic is even about a/3 at h = a/3 + 2 a^3/27: both maxima are equally high.
#[test]
fn a_tilted_double_well_with_a_current() {
    let a: f64 = 0.4;
    let truth = a / 3.0 + 2.0 * a.powi(3) / 27.0;
    let found = along([-0.1, 0.33], false, &["mode_jump"], |h| tilted(h, a));
    assert_barred(&points(&found, 0), truth, 1e-3);
}

/// dx = -x dt + dW, dy = (x/2 - g y) dt + (2 t)^(1/2) dW with g = 1 + t^2: Var y = (t + 1/(8 (1 + g)))/g.
#[test]
fn a_variance_that_is_largest() {
    // g^2 times the derivative of the variance.
    let slope = |t: f64| {
        let g = 1.0 + t * t;
        (1.0 - 0.25 * t / (1.0 + g).powi(2)) * g - (t + 0.125 / (1.0 + g)) * 2.0 * t
    };
    let [mut low, mut high] = [0.2, 2.0];
    while high - low > 1e-14 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    let make = |t: f64| {
        let covariance = [vec!["1".to_owned(), "0".into()], vec!["0".into(), "2*t".into()]];
        equation(["-x", "x/2 - (1 + t^2)*y"], &covariance, &[("t", t)])
    };
    let found = along([0.7, 1.2], false, &["variance_maximum:y", "variance_maximum", "moment:2"], make);
    assert_barred(&points(&found, 0), low, 1e-3);
    // Without a name it is the sum over both, and Var x = 1/2 does not change.
    assert_barred(&points(&found, 1), low, 1e-3);
    let moment = &found.boundaries[2];
    let why = "no boundary seen, but neither end can be judged: this boundary is defined for laws of one variable";
    assert!(moment.points.is_empty() && moment.absent[0].reason.starts_with(why), "{moment:?}");
}

/// What is asked of a law of two variables without sense is said before anything is solved.
#[test]
fn questions_that_have_no_bar_are_refused() {
    let folder = tempfile::TempDir::new().expect("a folder");
    for (kind, why) in [
        ("variance_maximum:z", "`variance_maximum`, `variance_maximum:x`, `variance_maximum:y`"),
        ("modes > 1.5", "a shallow maximum is not seen"),
    ] {
        let law = "[model]\nkind = \"sde\"\nvariables = [\"x\", \"y\"]\ndrift = [\"-a*x\", \"-y\"]\n\
                   covariance = [[\"1\", \"0\"], [\"0\", \"1\"]]\nparameters = { a = 1.0 }\n\
                   [phase]\nx = { key = \"model.parameters.a\", from = 0.5, to = 2.0 }\n";
        let text = format!("{law}boundaries = [\"{kind}\"]\n");
        std::fs::write(folder.path().join("law.toml"), text).expect("written");
        let (code, out, err) = run(folder.path(), &["phase", "law.toml"]);
        let err = err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(code == 2 && out.is_empty() && err.contains(why), "{code} {out} {err}");
    }
}
