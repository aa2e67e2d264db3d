//! P1, Fig. 1: gradient descent keeps the imbalance of two layers, SGD removes it, injected noise spreads it.

use super::check::{above, below, equal, within};
use super::context::finite;
use super::p02::mean;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Estimate;
use crate::model::{Diagonal, System, Unbalanced};
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::sgd::{Config, Source, Step, Training, follow};
use crate::study::{FieldProblem, FieldSource, solve_field};

const NAME: &str = "paper/p1";

pub(super) const ROW: Row = Row {
    id: "P1",
    title: "three ways to train two layers",
    claim: "Fig. 1: on (u w x - y)^2 gradient descent conserves u^2 - w^2, SGD goes to u^2 = w^2, gradient descent with injected \
            isotropic noise diffuses along the hyperbola",
    scenarios: &[NAME],
    run,
};

/// u and w at the start, far from balance.
const START: [f64; 2] = [2.0, 0.4];

/// What is noted of a chain.
#[derive(Debug, Clone, Default)]
struct Seen {
    steps: u64,
    /// Q at the start and now.
    first: f64,
    last: f64,
    /// Integral of s = u^2 + w^2.
    extent: f64,
    path: Vec<(f64, f64)>,
}

/// A way to train: noise of the batches, and injected noise.
#[derive(Debug, Clone, Copy)]
struct Way {
    temperature: f64,
    injected: f64,
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let task = context.field(NAME, &[])?;
    let config = context.sampling(NAME)?;
    let wrong = || ReproduceError::Kind { name: NAME.to_owned(), wanted: "two layers out of balance" };
    let (System::Unbalanced(model), FieldSource::One(source)) = (&task.problem.system, &task.source) else {
        return Err(wrong());
    };
    let mut outcome = Outcome::default();
    let trained = |way: Way, config: Config| chains(model, source, way, config);
    context.at("gradient descent", 0, 5);
    let descent = Way { temperature: 0.0, injected: 0.0 };
    let two = Config { chains: 2, ..config };
    let still = trained(descent, two)?;
    conserved(
        &still,
        &trained(descent, Config { learning_rate: 0.5 * two.learning_rate, steps: 2 * two.steps, ..two })?,
        &mut outcome.checks,
    );
    context.at("SGD", 1, 5);
    let sgd = trained(Way { temperature: model.temperature, injected: 0.0 }, config)?;
    balanced(&sgd, &mut outcome.checks);
    context.at("injected noise", 2, 5);
    let injected = trained(Way { temperature: 0.0, injected: model.isotropic_noise }, config)?;
    diffuses(&injected, model.isotropic_noise, &mut outcome.checks);
    laws(context, &task.problem, model, &mut outcome.checks)?;
    outcome.figure = figure([&still, &sgd, &injected]);
    Ok(outcome)
}

fn chains(model: &Unbalanced, source: &Source, way: Way, config: Config) -> Result<Vec<Seen>, ReproduceError> {
    let network = Diagonal {
        depth: 1,
        width: 1,
        temperature: way.temperature,
        weight_decay: model.weight_decay,
        modified_loss: false,
        moments: model.moments,
    };
    let training = Training { model: &network, source, isotropic_noise: way.injected, config };
    let every = (config.steps / 600).max(1);
    let imbalance = |p: &[f64]| 0.5 * (p[0] - p[1]) * (p[0] + p[1]);
    let see = |seen: &mut Seen, step: &Step<'_>| {
        if seen.steps == 0 {
            seen.first = imbalance(step.before);
        }
        if seen.steps.is_multiple_of(every) {
            seen.path.push((step.before[0], step.before[1]));
        }
        seen.extent += config.learning_rate * (step.before[0] * step.before[0] + step.before[1] * step.before[1]);
        seen.last = imbalance(step.after);
        seen.steps += 1;
    };
    Ok(follow(&training, &START, |_| Seen::default(), see, &|_| ())?)
}

/// Gradient descent: the change of ln Q is of first order in the learning rate, none is left at 0.
fn conserved(coarse: &[Seen], fine: &[Seen], checks: &mut Vec<Check>) {
    let change = |chains: &[Seen]| chains.first().map_or(f64::NAN, |seen| (seen.last / seen.first).ln());
    let (coarse, fine) = (change(coarse), change(fine));
    let source = "exactly conserved by the flow; (1 - e^2) for each finite step";
    let name = "change of ln Q by gradient descent, extrapolated to learning rate 0";
    checks.push(within(name, 2.0 * fine - coarse, 0.0, 0.02 * coarse.abs(), source));
    checks.push(within("change of ln Q by gradient descent", coarse, 0.0, 0.01, source));
}

fn balanced(chains: &[Seen], checks: &mut Vec<Check>) {
    let left = mean(chains.iter().map(|seen| (seen.last / seen.first).abs().ln()));
    checks.push(below("ln of what is left of Q after SGD", left, -5.0, "SGD goes to u^2 = w^2"));
    let signs = chains.iter().filter(|seen| seen.last.abs() < seen.first.abs()).count();
    checks.push(equal("chains whose imbalance shrank", signs as f64, chains.len() as f64, "without noise of its own"));
}

/// E (Q - Q_0)^2 = 2 eps E int s dt: a martingale, but for what the finite step of gradient descent takes from Q.
fn diffuses(chains: &[Seen], eps: f64, checks: &mut Vec<Check>) {
    let moved = |seen: &Seen| (seen.last - seen.first).powi(2);
    let spread = mean(chains.iter().map(moved));
    let expected = mean(chains.iter().map(|seen| 2.0 * eps * seen.extent));
    // What is left of the martingale: the two go together from chain to chain.
    let off = mean(chains.iter().map(|seen| moved(seen) - 2.0 * eps * seen.extent));
    let source = "2 eps E int s dt, theory manual 8";
    checks.push(within("E (Q - Q_0)^2 with injected noise", spread, expected.value, 0.01 * expected.value, source));
    checks.push(within("E (Q - Q_0)^2 less that, chain by chain", off, 0.0, 0.01 * expected.value, source));
}

/// The stationary laws: normalisable for T > 0, with an imbalance that grows without bound as T falls.
fn laws(
    context: &Context<'_>,
    problem: &FieldProblem,
    model: &Unbalanced,
    checks: &mut Vec<Check>,
) -> Result<(), ReproduceError> {
    let mut spreads = Vec::new();
    let shares = context.pick(&[1.0, 0.5, 0.25][..], &[1.0, 0.5]);
    for (i, &share) in shares.iter().enumerate() {
        let watch =
            |what: &str, done, all| (context.watch)(&format!("law {} of {}, {what}", i + 1, shares.len()), done, all);
        let temperature = share * model.temperature;
        let system = System::Unbalanced(Unbalanced { temperature, ..*model });
        let mut problem = FieldProblem { system, ..problem.clone() };
        (problem.request.grid, problem.request.levels) = (Some(context.pick(256, 128)), Some(3));
        let solution = solve_field(&problem, &watch)?;
        let square = solution.expressions.first().map(|row| row.value);
        spreads.push(finite(square.unwrap_or(crate::estimate::Quantity::Absent), "E[Q^2]")?);
        for identity in &solution.identities {
            let name = format!("relative defect of the solved law in {}, T = {temperature}", identity.identity);
            checks.push(equal(name, finite(identity.defect, "the defect")?, 0.0, "theory manual 8"));
        }
    }
    for (pair, name) in spreads.windows(2).zip(["T = 0.01 over T = 0.02", "T = 0.005 over T = 0.01"]) {
        let ratio = pair[1].value / pair[0].value;
        let error = ratio * (pair[0].error() / pair[0].value + pair[1].error() / pair[1].value);
        let ratio = Estimate::computed(ratio, error, 0.0);
        let source = "nothing holds Q at T = 0: E[Q^2] ~ 1/T or faster";
        checks.push(above(format!("E[Q^2] of the solved laws, {name}"), ratio, 1.8, source));
    }
    Ok(())
}

fn figure(ways: [&Vec<Seen>; 3]) -> Figure {
    let names = ["gradient descent", "SGD", "gradient descent with injected noise"];
    let mut series = Vec::new();
    for (i, (chains, name)) in ways.into_iter().zip(names).enumerate().rev() {
        let path = chains.first().map(|seen| seen.path.clone()).unwrap_or_default();
        series.push(Series::line(name, [6, 0, 1][i], path));
    }
    let curve =
        |of: &dyn Fn(f64) -> f64| (1..=120).map(|k| 0.025 * f64::from(k)).map(|u| (u, of(u))).collect::<Vec<_>>();
    let q = START[0] * START[0] - START[1] * START[1];
    series.push(Series::line("u w = 1, the minima", 7, curve(&|u| 1.0 / u)));
    series.push(Series::line("u² = w²", 2, curve(&|u| u)).dashed());
    series.push(
        Series::line("u² − w² of the start", 3, curve(&|u| if u * u > q { (u * u - q).sqrt() } else { f64::NAN }))
            .dashed(),
    );
    Figure {
        subtitle: "loss (u w x − y)²; the same start, the same learning rate".to_owned(),
        panels: vec![FigurePanel {
            title: "one run each".to_owned(),
            x: FigureAxis::linear("u").within(0.0, 3.0),
            y: FigureAxis::linear("w").within(0.0, 2.0),
            series,
        }],
        ..Figure::default()
    }
}
