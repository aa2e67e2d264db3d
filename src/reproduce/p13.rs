//! P13: the loss that a finite step of gradient descent follows in effect, and where it collapses.

use super::check::{printed, within};
use super::p02::mean;
use super::threshold::collapse;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Branch, Diagonal, Moments};
use crate::process::Process;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::sgd::{Config, Source, Step, Training, follow};
use crate::study::{Problem, law};

const NAME: &str = "paper/p13";

pub(super) const ROW: Row = Row {
    id: "P13",
    title: "the modified loss of a finite step",
    claim: "App. A.3: with L + (eta/4)|grad L|^2 and batches of one, T_c becomes beta2/(alpha3 + beta2^2)",
    scenarios: &[NAME],
    run,
};

const ROUNDING: f64 = 1e-11;
/// Slope and noise of data that real SGD forgets at a moderate learning rate, and that rate: the zero of
/// E ln|1 + 2 eta x (x/10 + z)|, x and z normal, by Gauss-Kronrod quadrature over x of the exact mean over z (an integral
/// of Dawson's function); and how steeply that exponent falls there, by differences of it.
const WEAK: (f64, f64) = (0.1, 1.0);
const REAL: f64 = 0.091_673_783;
const STEEPNESS: f64 = 0.23;
/// u = w at the start: v is far below everything that could slow its growth, for as long as a run lasts.
const SMALL: f64 = 1e-40;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.line(NAME)?;
    let mut outcome = Outcome {
        remarks: vec![
            "the printed drift (51) carries a factor beta1^2 too many: derived again it is -4 T v h (3 beta1 v - beta2); the \
             collapse (54) agrees (theory manual 11 and 12)"
                .to_owned(),
            "(54) is of first order in eta. Real SGD dies where E ln|1 + 2 eta m| < 0, m = x y of a batch: at slope 0.1 earlier than \
             (54) says, at slope 0.2 later than the flow, at slope 1 never (theory manual 11)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let data = [
        ("slope 1, noise 1", task.problem.model.moments),
        ("slope -0.7, noise 0.4", Moments::gaussian(1.5, -0.7, 0.4)?),
        ("diabetes data", context.line("diabetes")?.problem.model.moments),
    ];
    for (i, (name, moments)) in data.into_iter().enumerate() {
        context.at("collapse", i, data.len());
        let model = Diagonal { moments, modified_loss: true, ..task.problem.model };
        let pull = moments.beta2().abs();
        let expected = pull / (moments.alpha3() + pull * pull);
        let name = format!("T_c with the modified loss, {name}");
        outcome.checks.push(within(
            name,
            collapse(&model)?,
            expected,
            ROUNDING * expected,
            "(54): beta2/(alpha3 + beta2^2)",
        ));
    }
    drift(&Diagonal { moments: data[1].1.mirrored(), ..task.problem.model }, &mut outcome.checks)?;
    real_sgd(context, &task.problem, &mut outcome.checks)?;
    outcome.figure = figure(&task.problem)?;
    Ok(outcome)
}

/// What the modified loss adds to the drift of v, off the solver's equation and by hand.
fn drift(model: &Diagonal, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let (m, t) = (&model.moments, model.temperature);
    for v in [0.3_f64, 2.0] {
        let at = |modified_loss: bool| -> Result<f64, ReproduceError> {
            let pieces = Diagonal { modified_loss, ..*model }.pieces(Branch::Positive);
            let found = pieces.first().and_then(|piece| Some((piece, piece.coordinate.to_chart(v)?)));
            let (piece, z) = found.ok_or_else(|| ReproduceError::Missing {
                what: format!("the equation at v = {v}"),
                found: "v is outside its chart".to_owned(),
            })?;
            // In z = ln v: the drift of v over v, with Ito terms that do not depend on the loss.
            Ok(v * piece.process.coefficients(&[z]).drift[0])
        };
        let added = at(true)? - at(false)?;
        let expected = -4.0 * t * v * m.h(v) * (3.0 * m.beta1() * v - m.beta2());
        let name = format!("drift that the modified loss adds at v = {v}");
        let rounding = 1e-13 * at(false)?.abs().max(expected.abs());
        checks.push(within(&name, added, expected, rounding, "-4 T v h (3 beta1 v - beta2), theory manual 11"));
        let paper = m.beta1() * m.beta1() * expected;
        checks.push(printed(name, Estimate::computed(added, rounding, 0.0), paper, "(51) as printed, with beta1^2"));
    }
    Ok(())
}

/// Where real SGD with batches of one stops to grow from next to nothing, on data with a small slope.
fn real_sgd(context: &Context<'_>, problem: &Problem, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let (slope, noise) = WEAK;
    let moments = Moments::gaussian(1.0, slope, noise)?;
    let source = Source::Gaussian { variance: 1.0, slope, noise };
    let chains = context.pick(16_384, 4096);
    // Growth of ln u per step; one seed for all learning rates, so that their differences carry little noise.
    let growth = |learning_rate: f64| -> Result<Estimate, ReproduceError> {
        let config = Config { learning_rate, batch_size: 1, chains, steps: 500, seed: 13 };
        let model = Diagonal { temperature: learning_rate, moments, modified_loss: false, ..problem.model };
        let training = Training { model: &model, source: &source, isotropic_noise: 0.0, config };
        let see = |log: &mut f64, step: &Step<'_>| *log += (step.after[0] / step.before[0]).abs().ln();
        let logs = follow(&training, &[SMALL; 2], |_| 0.0, see, &|_| ())?;
        Ok(mean(logs.into_iter().map(|log| log / config.steps as f64)))
    };
    let (mut a, mut b) = (0.08, 0.1);
    let (mut at_a, mut at_b) = (growth(a)?, growth(b)?);
    for i in 0..4 {
        context.at("real SGD next to v = 0", i, 4);
        let next = b - at_b.value * (b - a) / (at_b.value - at_a.value);
        (a, at_a) = (b, at_b);
        (b, at_b) = (next, growth(next)?);
        if (b - a).abs() < 1e-6 {
            break;
        }
    }
    let mut found = Estimate::sampled(b, at_b.error() / STEEPNESS);
    // What the search has left of its own zero.
    found.budget.grid = at_b.value.abs() / STEEPNESS;
    let name = format!("learning rate at which real SGD collapses, slope {slope}");
    checks.push(within(&name, found, REAL, 1e-6, "E ln|1 + 2 eta m| = 0 by quadrature to 9 digits"));
    let modified = moments.beta2() / (moments.alpha3() + moments.beta2() * moments.beta2());
    checks.push(printed(name, found, modified, "(54), of first order in eta"));
    Ok(())
}

/// The mean with and without the correction.
fn figure(problem: &Problem) -> Result<Figure, ReproduceError> {
    let mut series = Vec::new();
    for (i, (name, modified_loss)) in [("gradient flow", false), ("modified loss", true)].into_iter().enumerate() {
        let mut points = Vec::new();
        for k in 1..=100 {
            let temperature = 0.36 * f64::from(k) / 100.0;
            let model = Diagonal { temperature, modified_loss, ..problem.model };
            if let Quantity::Finite(mean) = law(&Problem { model, ..problem.clone() })?.mean {
                points.push((temperature, mean.value));
            }
        }
        series.push(Series::line(name, i, points));
    }
    Ok(Figure {
        subtitle: "x ~ N(0, 1), y = x + N(0, 1), batches of one: learning rate = T".to_owned(),
        panels: vec![FigurePanel {
            title: "mean of v".to_owned(),
            x: FigureAxis::linear("temperature  T"),
            y: FigureAxis::linear("E v"),
            series,
        }],
        ..Figure::default()
    })
}
