//! SGD on losses given as formulas: coefficients and laws against exact ones, and what is said where noise vanishes.

mod coefficients;
mod laws;
mod noise;
mod sampling;
mod scenario;

use stillpoint::formula::Formula;
use stillpoint::model::{Loss, LossData, LossSetup, ModelError, System};
use stillpoint::record::FieldSolution;
use stillpoint::study::{FieldProblem, Request, StudyError, solve_field};

const INF: f64 = f64::INFINITY;

/// x ~ N(0, 1), y = x + N(0, noise^2)
fn teacher(noise: f64) -> LossData {
    LossData::Gaussian { covariance: vec![vec![1.0]], weights: vec![1.0], noise }
}

fn setup(names: &[&str], loss: &str, data: LossData, temperature: f64) -> LossSetup {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let inputs = stillpoint::model::input_names(data.inputs(), data.inputs() > 1);
    let symbols: Vec<String> = names.iter().cloned().chain(inputs).chain(["y".to_owned()]).collect();
    let loss = Formula::parse(loss, &symbols, &[]).expect("a formula");
    let range = vec![[-INF, INF]; names.len()];
    LossSetup { names, loss, data, temperature, weight_decay: 0.0, isotropic_noise: 0.0, range, start: None }
}

fn loss(names: &[&str], text: &str, data: LossData, temperature: f64) -> Loss {
    Loss::new(setup(names, text, data, temperature)).expect("a loss")
}

fn refused(setup: LossSetup) -> ModelError {
    Loss::new(setup).map(|_| ()).expect_err("no law")
}

fn solve(loss: Loss, request: Request) -> Result<FieldSolution, StudyError> {
    solve_field(&FieldProblem { system: System::Loss(loss), request }, &|_, _, _| {})
}

fn expressions(names: &[&str], texts: &[&str]) -> Vec<Formula> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    texts.iter().map(|text| Formula::parse(text, &names, &[]).expect("a formula")).collect()
}

/// The value, which must be within its bar of the truth, and the bar below `useful` (relative).
fn covers(quantity: &stillpoint::estimate::Quantity, truth: f64, useful: f64, what: &str) {
    let e = quantity.finite().unwrap_or_else(|| panic!("{what} is not finite"));
    assert!(e.covers(truth), "{what}: {} +- {:e} is not {truth}", e.value, e.error());
    assert!(e.error() <= useful * truth.abs(), "{what}: the bar {:e} of {truth} is of no use", e.error());
}
