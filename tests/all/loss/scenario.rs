//! `kind = "loss"` in a scenario: what is read, and that all that is wrong is named with its place.

use super::*;
use std::path::PathBuf;
use stillpoint::scenario::{Location, Scenario, ScenarioError, built_in, template};

const DEEP: &str = r#"[model]
kind = "loss"
parameters = ["u", "w"]
loss = "(a*w*tanh(u*x) - y)^2"
temperature = 0.1
isotropic_noise = 0.01
constants = { a = 1.0 }
start = [0.5, 1.0]
[model.data]
gaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }
[report]
points = [[1.0, 1.0]]
expressions = ["a*u*w"]
"#;

fn read(text: &str, sets: &[&str]) -> Result<Scenario, ScenarioError> {
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    Scenario::read(text.as_bytes(), "law.toml", &Location::Folder(PathBuf::from("scenarios")), &sets)
}

fn model(scenario: &Scenario) -> Loss {
    match &scenario.task.field().expect("a law on a lattice").problem.system {
        System::Loss(model) => model.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_loss_is_read_with_its_data_constants_and_start() {
    let scenario = read(DEEP, &["model.constants.a=2.0", "model.weight_decay=0.1"]).expect("a scenario");
    let found = model(&scenario);
    let setup = found.setup();
    assert_eq!((setup.temperature, setup.weight_decay, setup.isotropic_noise), (0.1, 0.1, 0.01));
    assert_eq!(setup.data, teacher(1.0));
    assert_eq!((found.start(), found.start_in_parameters()), (vec![0.5, 1.0], vec![0.5, 1.0]));
    // (2 w tanh(u x) - y)^2 at u = 0.5, w = 1, x = 1, y = 0.
    assert!((setup.loss.value(&[0.5, 1.0, 1.0, 0.0]) - (2.0 * 0.5f64.tanh()).powi(2)).abs() < 1e-15);
    for name in ["tanh-shallow", "tanh-deep", "squared-parameter"] {
        let text = built_in(name).expect("built in").text;
        assert!(Scenario::read(text.as_bytes(), name, &Location::Embedded, &[]).is_ok(), "{name}");
    }
    assert!(read(template("loss").expect("a template"), &[]).is_ok());
}

#[test]
fn several_inputs_are_columns_or_a_covariance() {
    let text = DEEP.replace("tanh(u*x)", "(u*x1 + x2)");
    let covariance = "gaussian = { covariance = [[1.0, 0.3], [0.3, 2.0]], weights = [1.0, 0.5], noise = 0.7 }";
    let gaussian = "gaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }";
    let found = model(&read(&text.replace(gaussian, covariance), &[]).expect("a scenario"));
    assert_eq!(found.setup().data.inputs(), 2);
    let columns =
        "file = { path = \"../data/diabetes.csv\", x = [\"bmi\", \"bp\"], y = \"progression\", standardize = true }";
    let scenario = read(&text.replace(gaussian, columns), &[]).expect("a scenario");
    assert!(matches!(&model(&scenario).setup().data, LossData::Rows { x, y } if x.len() == 442 && y.len() == 442));
    assert!(scenario.data.is_some_and(|data| data.contains("sha256")));
    // A teacher without noise has no law of its own as moments, but a loss with other noise has.
    let noiseless = covariance.replace("noise = 0.7", "noise = 0.0");
    assert!(read(&text.replace(gaussian, &noiseless), &[]).is_ok());
    let indefinite = read(&text.replace(gaussian, &covariance.replace("0.3", "3.0")), &[]).expect_err("no covariance");
    assert!(indefinite.faults.iter().any(|f| f.cause.to_string().contains("covariance")), "{indefinite:?}");
    let one = "file = { path = \"../data/diabetes.csv\", x = \"bmi\", y = \"progression\", standardize = true }";
    assert_eq!(model(&read(&DEEP.replace(gaussian, one), &[]).expect("a scenario")).setup().data.inputs(), 1);
}

#[test]
fn all_faults_are_named_with_their_places() {
    let broken = DEEP
        .replace("tanh(u*x)", "tnh(u*x)")
        .replace("temperature = 0.1", "temperature = -1")
        .replace("isotropic_noise = 0.01", "isotropic_nois = 0.01")
        .replace("start = [0.5, 1.0]", "start = [0.5]");
    let error = read(&broken, &[]).expect_err("four faults");
    let said: Vec<String> = error.faults.iter().map(|fault| fault.cause.to_string()).collect();
    assert_eq!(error.faults.len(), 4, "{said:?}");
    let tnh = broken.find("tnh").expect("there");
    assert!(error.faults.iter().any(|fault| fault.place.span.start == tnh), "{said:?}");
    let taken = read(&DEEP.replace("[\"u\", \"w\"]", "[\"x\", \"y\"]"), &[]).expect_err("taken names");
    let about = |fault: &&stillpoint::scenario::Fault| fault.cause.to_string().contains("model.parameters");
    assert_eq!(taken.faults.iter().filter(about).count(), 2, "{taken:?}");
    let moments = "moments = { alpha1 = 2.0, alpha2 = 2.0, alpha3 = 3.0, beta1 = 1.0, beta2 = 1.0 }";
    let without = DEEP.replace("gaussian = { variance = 1.0, slope = 1.0, noise = 1.0 }", moments);
    assert!(read(&without, &[]).is_err());
    let parallel = DEEP.replace("tanh(u*x)", "u*x").replace("isotropic_noise = 0.01\n", "");
    let error = read(&parallel, &[]).expect_err("no density");
    assert!(error.faults[0].cause.to_string().contains("parallel"), "{error:?}");
}
