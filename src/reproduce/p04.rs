//! P4, Theorem 4.1: what becomes of the neurons of one layer among themselves.

use super::check::{below, equal, within};
use super::p02::mean;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Estimate;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::sgd::{Config, Step, Training, follow};

const ONE: &str = "paper/p4";
const TWO: &str = "paper/p4-deep";

pub(super) const ROW: Row = Row {
    id: "P4",
    title: "neurons among themselves",
    claim: "Theorem 4.1: all v_i take the sign of v; for D = 1 ln|v_i| - ln|v_j| is conserved, for D > 1 the |v_i| become equal",
    scenarios: &[ONE, TWO],
    run,
};

/// v of the three neurons at the start.
const SAME: [f64; 3] = [0.1, 0.3, 0.5];
const MIXED: [f64; 3] = [0.4, -0.2, 0.5];
/// Curves are drawn through this many points.
const POINTS: u64 = 300;

/// What is noted of a chain: a quantity of the neurons at the ends, the integral of its rate, and its path.
#[derive(Debug, Clone, Default)]
struct Seen {
    steps: u64,
    first: Option<f64>,
    last: f64,
    half: f64,
    integral: f64,
    path: Vec<(f64, [f64; 3])>,
}

/// One quantity of three neurons and the rate it should change at.
struct Law {
    quantity: fn(&[f64; 3]) -> f64,
    /// From T G and the neurons.
    rate: fn(f64, &[f64; 3]) -> f64,
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let mut outcome = Outcome {
        remarks: vec![
            "for D > 1 a neuron of the wrong sign dies algebraically, |v_j| ~ t^(-(D+1)/(D-1)); with one hidden layer the rate is \
             8 T G (theory manual 1)"
                .to_owned(),
        ],
        ..Outcome::default()
    };
    let mut panels = Vec::new();
    context.at("one hidden layer", 0, 4);
    conserved(context, &mut outcome.checks)?;
    let title = "D = 1: one neuron of the wrong sign";
    panels.push(FigurePanel { title: title.to_owned(), ..wrong_sign(context, &mut outcome.checks)? });
    context.at("two hidden layers", 2, 4);
    let title = "D = 2: magnitudes become equal";
    panels.push(FigurePanel { title: title.to_owned(), ..equal_widths(context, &mut outcome.checks)? });
    algebraic(context, &mut outcome.checks)?;
    outcome.figure =
        Figure { subtitle: "three neurons, one SGD run each; balanced start".to_owned(), panels, ..Figure::default() };
    Ok(outcome)
}

/// Chains from balanced neurons, with one of their quantities followed.
fn chains(
    context: &Context<'_>,
    name: &str,
    start: [f64; 3],
    law: &Law,
    doubled: bool,
) -> Result<(Vec<Seen>, f64), ReproduceError> {
    let task = context.line(name)?;
    let config = context.sampling(name)?;
    let config = match doubled {
        true => Config {
            learning_rate: 2.0 * config.learning_rate,
            steps: config.steps / 2,
            seed: config.seed + 1,
            ..config
        },
        false => config,
    };
    let model = &task.problem.model;
    let layers = model.depth as usize + 1;
    let balanced = |v: f64| {
        let size = v.abs().powf(1.0 / layers as f64);
        (0..layers).map(move |k| if k == 0 { size.copysign(v) } else { size })
    };
    let start: Vec<f64> = start.into_iter().flat_map(balanced).collect();
    let training = Training { model, source: &task.source, isotropic_noise: 0.0, config };
    let neurons = |parameters: &[f64]| -> [f64; 3] {
        std::array::from_fn(|i| parameters.iter().skip(i * layers).take(layers).product())
    };
    let every = (config.steps / POINTS).max(1);
    let see = |seen: &mut Seen, step: &Step<'_>| {
        let before = neurons(step.before);
        seen.first.get_or_insert_with(|| (law.quantity)(&before));
        seen.integral += config.learning_rate * (law.rate)(model.temperature * model.moments.g(step.v), &before);
        if seen.steps.is_multiple_of(every) {
            seen.path.push((seen.steps as f64 * config.learning_rate, before));
        }
        seen.steps += 1;
        if 2 * seen.steps == config.steps {
            seen.half = (law.quantity)(&neurons(step.after));
        }
        if seen.steps == config.steps {
            seen.last = (law.quantity)(&neurons(step.after));
        }
    };
    Ok((follow(&training, &start, |_| Seen::default(), see, &|_| ())?, config.learning_rate * config.steps as f64))
}

/// The change of a quantity, the integral of its rate, and their difference, over all chains.
fn changes(chains: &[Seen]) -> [Estimate; 3] {
    let change = |seen: &Seen| seen.last - seen.first.unwrap_or(f64::NAN);
    [
        mean(chains.iter().map(change)),
        mean(chains.iter().map(|seen| seen.integral)),
        mean(chains.iter().map(|seen| change(seen) - seen.integral)),
    ]
}

/// A quantity changes as its law says, up to what doubling the step shows.
fn follows(
    context: &Context<'_>,
    name: &str,
    start: [f64; 3],
    law: &Law,
    what: &str,
    source: &str,
) -> Result<(Check, Vec<Seen>, f64), ReproduceError> {
    let (fine, time) = chains(context, name, start, law, false)?;
    let (coarse, _) = chains(context, name, start, law, true)?;
    let ([change, integral, off], [_, _, coarse_off]) = (changes(&fine), changes(&coarse));
    let allowance = (off.value - coarse_off.value).abs() + 4.0 * coarse_off.error() + 3.0 * off.error();
    Ok((within(what, change, Estimate::exact(integral.value), allowance, source), fine, time))
}

/// D = 1, one sign: the ratios stay what they were.
fn conserved(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let law = Law { quantity: |v| (v[2] / v[0]).ln(), rate: |_, _| 0.0 };
    let (chains, _) = chains(context, ONE, SAME, &law, false)?;
    let change = |seen: &Seen| (seen.last - seen.first.unwrap_or(f64::NAN)).abs();
    // What is no number is the largest: f64::max would drop it.
    let largest = chains.iter().map(change).fold(0.0, |most, x| if x.is_nan() || x > most { x } else { most });
    let steps = chains.first().map_or(0, |seen| seen.steps) as f64;
    let name = "largest change of ln v_3/v_1 in any chain, D = 1";
    checks.push(within(name, largest, 0.0, 8.0 * f64::EPSILON * steps, "conserved, also by every finite step"));
    Ok(())
}

/// D = 1: the product of two neurons of opposite sign decays at 8 T G, so the wrong one dies.
fn wrong_sign(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<FigurePanel, ReproduceError> {
    let law = Law { quantity: |v| (v[0] * v[1]).abs().ln(), rate: |noise, _| -8.0 * noise };
    let what = "change of ln|v_1 v_2| of opposite signs, D = 1";
    let (check, chains, _) = follows(context, ONE, MIXED, &law, what, "-8 T G integrated along the path")?;
    checks.push(check);
    let wrong = |seen: &Seen| seen.path.last().map_or(f64::NAN, |(_, v)| (v[1] / MIXED[1]).abs().ln());
    checks.push(below(
        "ln of what is left of the neuron of the wrong sign, D = 1",
        mean(chains.iter().map(wrong)),
        -5.0,
        "it dies",
    ));
    Ok(panel(&chains, |v| v.abs()))
}

/// D = 2: differences of Z = |v|^(-1/3) decay at 2 D (D-1) T G / (Z_i Z_j).
fn equal_widths(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<FigurePanel, ReproduceError> {
    let law = Law {
        quantity: |v| (v[0].abs().powf(-1.0 / 3.0) - v[2].abs().powf(-1.0 / 3.0)).abs().ln(),
        rate: |noise, v| -4.0 * noise * (v[0] * v[2]).abs().cbrt(),
    };
    let what = "change of ln|Z_1 - Z_3|, D = 2";
    let (check, chains, _) =
        follows(context, TWO, SAME, &law, what, "-2 D (D-1) T G/(Z_1 Z_3) integrated along the path")?;
    checks.push(check);
    let spread = |seen: &Seen| seen.path.last().map_or(f64::NAN, |(_, v)| (v[2] / v[0]).ln());
    checks.push(below(
        "ln v_3/v_1 at the end, D = 2 (1.61 at the start)",
        mean(chains.iter().map(spread)),
        0.1,
        "equal magnitudes",
    ));
    Ok(panel(&chains, |v| v.abs()))
}

/// D = 2: Z of a neuron of the wrong sign grows linearly, so |v_j| ~ t^-3.
fn algebraic(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<(), ReproduceError> {
    let law = Law {
        quantity: |v| v[0].abs().powf(-1.0 / 3.0) + v[1].abs().powf(-1.0 / 3.0),
        rate: |noise, v| 4.0 * noise * (v[0].abs().cbrt() + v[1].abs().cbrt()),
    };
    let what = "change of Z_1 + Z_2 of opposite signs, D = 2";
    let (check, chains, time) =
        follows(context, TWO, MIXED, &law, what, "2 D (D-1) T G (1/Z_1 + 1/Z_2) integrated along the path")?;
    checks.push(check);
    let signs = chains.iter().filter(|seen| seen.path.last().is_some_and(|(_, v)| v[1] < 0.0 && v[0] > 0.0)).count();
    checks.push(equal(
        "chains whose neurons keep their signs, D = 2",
        signs as f64,
        chains.len() as f64,
        "zero is not crossed",
    ));
    // Z grows linearly from its start: the exponent of |v_2| = Z^-3 between half the time and all of it.
    let z = |seen: &Seen, share: f64| {
        let at = ((seen.path.len() as f64 * share) as usize).min(seen.path.len().saturating_sub(1));
        seen.path.get(at).map_or(f64::NAN, |(_, v)| v[1].abs().powf(-1.0 / 3.0))
    };
    let origin = MIXED[1].abs().powf(-1.0 / 3.0);
    let grown = |seen: &Seen| ((z(seen, 1.0) - origin) / (z(seen, 0.5) - origin)).ln() / 2f64.ln();
    let name = format!("power of t by which |v_2| falls up to t = {time}, from its asymptote, D = 2");
    let power = mean(chains.iter().map(grown));
    let found = Estimate::sampled(-3.0 * power.value, 3.0 * power.error());
    checks.push(within(name, found, -3.0, 0.4, "t^(-(D+1)/(D-1)); an initial transient allowed for"));
    Ok(())
}

fn panel(chains: &[Seen], of: fn(f64) -> f64) -> FigurePanel {
    let path = chains.first().map(|seen| seen.path.clone()).unwrap_or_default();
    let neuron = |i: usize| {
        let curve = path.iter().map(move |(t, v)| (*t, of(v[i])));
        Series::line(format!("|v_{}|", i + 1), i, curve)
    };
    FigurePanel {
        title: String::new(),
        x: FigureAxis::linear("time  η × steps"),
        y: FigureAxis::log("|v_i|"),
        series: (0..3).map(neuron).collect(),
    }
}
