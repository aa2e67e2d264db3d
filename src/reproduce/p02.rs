//! P2: the law of balance, scalar and for matrices.

use super::check::{below, equal, within};
use super::context::finite;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Estimate;
use crate::record::{Check, Figure, FigureAxis, FigurePanel, Series};
use crate::sgd::balance::{Decay, Pair, decay};
use crate::sgd::{Config, ReluRecord, ReluTraining, Training, follow, relu_sgd};
use crate::study::{Problem, law};

const NAME: &str = "paper/p2";

pub(super) const ROW: Row = Row {
    id: "P2",
    title: "the law of balance",
    claim: "Theorem 3.1: d(|u|^2 - |w|^2)/dt = -T (u'C1 u - w'C2 w) for any loss with rescaling symmetry; Corollary 3.3: for two \
            scalars u^2 - w^2 decays at the rate T C0, with decay T C0 + 4 gamma",
    scenarios: &[NAME],
    run,
};

/// Roundings that one step of the identity may be off.
const ROUNDINGS: f64 = 6.0;

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let mut outcome = Outcome::default();
    let mut rates = Vec::new();
    for (i, (depth, gamma)) in [(1, 0.0), (1, 0.05), (2, 0.0)].into_iter().enumerate() {
        context.at("decay of an imbalance", i, 3);
        rates.push((depth, gamma, scalar(context, depth, gamma, &mut outcome.checks)?));
    }
    let curves = matrix(context, &mut outcome.checks)?;
    outcome.figure = Figure {
        subtitle: "left: one imbalance u² − w² of scalars; right: all four neurons of a ReLU network 3-4-2".to_owned(),
        panels: vec![decaying(context, &rates)?, curves],
        ..Figure::default()
    };
    Ok(outcome)
}

fn problem(context: &Context<'_>, depth: u32, gamma: f64) -> Result<Problem, ReproduceError> {
    let mut problem = context.line(NAME)?.problem;
    (problem.model.depth, problem.model.weight_decay) = (depth, gamma);
    if depth > 1 {
        // Chains run away from the heavier tail of the scenario's temperature, and rates would be those of survivors.
        problem.model.temperature *= 0.5;
    }
    Ok(problem)
}

/// A start with layers out of balance.
fn start(depth: u32) -> Vec<f64> {
    (0..=depth).map(|k| 1.2 / (1.0 + 0.5 * f64::from(k))).collect()
}

/// Rates of two scalar layers: off the trajectory, by the formula along it, and by the solved law.
fn scalar(context: &Context<'_>, depth: u32, gamma: f64, checks: &mut Vec<Check>) -> Result<Decay, ReproduceError> {
    let task = context.line(NAME)?;
    let problem = problem(context, depth, gamma)?;
    let config = context.sampling(NAME)?;
    let run = |config: Config| -> Result<Decay, ReproduceError> {
        let training = Training { model: &problem.model, source: &task.source, isotropic_noise: 0.0, config };
        Ok(decay(&training, &start(depth), Pair { layers: [0, 1], burn_in: config.steps / 5 }, &|_| ())?)
    };
    let fine = run(config)?;
    let seed = config.seed + 1;
    let coarse = run(Config { learning_rate: 2.0 * config.learning_rate, steps: config.steps / 2, seed, ..config })?;
    let what = format!("D = {depth}, T = {}, gamma = {gamma}", problem.model.temperature);
    let source = "Q' = ((1 - 2 eta gamma)^2 - e^2 R^2) Q, theory manual 1";
    checks.push(below(format!("defect of one step [roundings], {what}"), fine.defect, ROUNDINGS, source));
    let lost = (fine.diverged + coarse.diverged) as f64;
    checks.push(equal(format!("chains that diverge, {what}"), lost, 0.0, "or the rates were those of survivors"));
    let formula = if gamma > 0.0 { "4 (T G R^2 + gamma) along the path" } else { "4 T G R^2 along the path" };
    let name = format!("rate off the trajectories, {what}");
    checks.push(within(name, fine.measured, fine.formula.value, step(fine.difference, coarse.difference), formula));
    let name = format!("finite step: difference from the formula at eta over that at 2 eta, {what}");
    checks.push(within(name, ratio(fine.difference, coarse.difference), 0.5, 0.1, "first order in eta"));
    let expected = by_law(&problem)?;
    let name = format!("rate once settled, {what}");
    let allowance = step(fine.settled, coarse.settled);
    checks.push(within(name, fine.settled, expected, allowance, "E[4 (T G R^2 + gamma)] of the solved law"));
    if depth == 1 {
        let m = &problem.model.moments;
        let mean = finite(law(&problem)?.mean, "the mean")?;
        let identity =
            Estimate::computed(4.0 * (m.beta2() - m.beta1() * mean.value), 4.0 * m.beta1() * mean.error(), 0.0);
        let name = format!("E[4 (T G + gamma)] of the solved law, {what}");
        let rounding = 1e-12 * identity.value.abs();
        checks.push(within(name, expected, identity, rounding, "4 (beta2 - beta1 E v), theory manual 11"));
    }
    Ok(fine)
}

/// How far doubling the step moves a number, with the errors of both.
fn step(fine: Estimate, coarse: Estimate) -> f64 {
    (fine.value - coarse.value).abs() + 4.0 * coarse.error()
}

fn ratio(a: Estimate, b: Estimate) -> Estimate {
    let relative = (a.error() / a.value).hypot(b.error() / b.value);
    Estimate::sampled(a.value / b.value, (a.value / b.value * relative).abs())
}

/// E[4 (T G R^2 + gamma)], R^2 = |v|^(2 (D-1)/(D+1)) for balanced layers.
fn by_law(problem: &Problem) -> Result<Estimate, ReproduceError> {
    let (m, model) = (&problem.model.moments, &problem.model);
    let depth = f64::from(model.depth);
    let power = 2.0 * (depth - 1.0) / (depth + 1.0);
    let orders: Vec<f64> = [power, power + 1.0, power + 2.0].into_iter().filter(|&n| n > 0.0).collect();
    let solution = law(&Problem { moments: orders, ..problem.clone() })?;
    let mut moments = solution.moments.iter().map(|row| finite(row.value, "a moment of v"));
    let mut next = || moments.next().unwrap_or_else(|| finite(crate::estimate::Quantity::Absent, "a moment of v"));
    let first = if power > 0.0 { next()? } else { Estimate::exact(1.0) };
    let (second, third) = (next()?, next()?);
    let sum = m.alpha1() * third.value - 2.0 * m.alpha2() * second.value + m.alpha3() * first.value;
    let error = m.alpha1() * third.error() + 2.0 * m.alpha2().abs() * second.error() + m.alpha3() * first.error();
    let t = 4.0 * model.temperature;
    Ok(Estimate::computed(t * sum + 4.0 * model.weight_decay, t * error, 0.0))
}

/// |u^2 - w^2| along one trajectory each, with the rates of the law.
fn decaying(context: &Context<'_>, rates: &[(u32, f64, Decay)]) -> Result<FigurePanel, ReproduceError> {
    let task = context.line(NAME)?;
    let config = Config { chains: 2, ..context.sampling(NAME)? };
    let mut series = Vec::new();
    for (i, (depth, gamma, rate)) in rates.iter().enumerate() {
        let problem = problem(context, *depth, *gamma)?;
        let training = Training { model: &problem.model, source: &task.source, isotropic_noise: 0.0, config };
        let every = (config.steps / 400).max(1);
        let see = |seen: &mut (u64, Vec<(f64, f64)>), step: &crate::sgd::Step<'_>| {
            if seen.0.is_multiple_of(every) {
                let gap = (step.before[0] - step.before[1]) * (step.before[0] + step.before[1]);
                seen.1.push((seen.0 as f64 * config.learning_rate, gap.abs()));
            }
            seen.0 += 1;
        };
        let paths = follow(&training, &start(*depth), |_| (0, Vec::new()), see, &|_| ())?;
        let path = paths.into_iter().next().map(|(_, path)| path).unwrap_or_default();
        let first = path.first().map_or(1.0, |p| p.1);
        let decay = if *gamma > 0.0 { format!(", γ = {gamma}") } else { String::new() };
        let guide: Vec<(f64, f64)> =
            path.iter().map(|(t, _)| (*t, first * (-rate.settled_formula.value * t).exp())).collect();
        series.push(Series::line(format!("D = {depth}{decay}"), i, path));
        series.push(Series::line("rate of the stationary law", 7, guide).dashed());
    }
    Ok(FigurePanel {
        title: "|u² − w²| of two layers, one SGD run each".to_owned(),
        x: FigureAxis::linear("time  η × steps"),
        y: FigureAxis::log("|u² − w²|").within(1e-9, 3.0),
        series,
    })
}

/// The change of a network's imbalance up to every record, measured and by the integral of its rate.
type Both = (Vec<f64>, Vec<f64>);

/// Theorem 3.1 for the neurons of a small ReLU network: changes of |u|^2 - |w|^2 against the integral of the rate.
fn matrix(context: &Context<'_>, checks: &mut Vec<Check>) -> Result<FigurePanel, ReproduceError> {
    let training = ReluTraining {
        widths: [3, 4, 2],
        noise: 1.0,
        initial: [0.9, 0.3],
        config: Config { learning_rate: 0.01, batch_size: 1, chains: context.pick(256, 48), steps: 800, seed: 2 },
        interval: 4,
        probe: context.pick(1000, 300),
    };
    let steps = context.counting("ReLU networks 3-4-2", training.config.chains * training.config.steps);
    let networks = relu_sgd(&training, &steps)?;
    let gap = |record: &ReluRecord, i: usize| record.norms[0][i] - record.norms[1][i];
    let mut series = Vec::new();
    for neuron in 0..4 {
        let both: Vec<Both> = networks
            .iter()
            .map(|records| {
                let measured = records.iter().map(|r| gap(r, neuron) - gap(&records[0], neuron)).collect();
                (measured, integral(records, neuron, &training.config))
            })
            .collect();
        let last = |of: &Vec<f64>| of.last().copied().unwrap_or(f64::NAN);
        let measured = mean(both.iter().map(|(m, _)| last(m)));
        let formula = mean(both.iter().map(|(_, f)| last(f)));
        let off = mean(both.iter().map(|(m, f)| last(m) - last(f)));
        let source = "Theorem 3.1, and eta (|E g_u|^2 - |E g_w|^2) of the finite step";
        let name = format!("change of |u|^2 - |w|^2 less the integral of its rate, neuron {}", neuron + 1);
        checks.push(equal(name, off, 0.0, source));
        let name = format!("change of |u|^2 - |w|^2, neuron {}", neuron + 1);
        checks.push(equal(name, measured, formula.value, source));
        let times: Vec<f64> = networks[0].iter().map(|r| r.time).collect();
        let average = |of: &dyn Fn(&Both) -> f64| mean(both.iter().map(of)).value;
        let curve = |k: usize| (times[k], average(&|pair| pair.0[k]));
        let guide = |k: usize| (times[k], average(&|pair| pair.1[k]));
        series.push(Series::line(format!("neuron {}", neuron + 1), 3 + neuron % 3, (0..times.len()).map(curve)));
        series.push(Series::line("integral of Theorem 3.1", 6, (0..times.len()).map(guide)).dashed());
    }
    Ok(FigurePanel {
        title: format!("change of |u|² − |w|², mean of {} networks", networks.len()),
        x: FigureAxis::linear("time  η × steps"),
        y: FigureAxis::linear("change"),
        series,
    })
}

/// The integral of the rate of one neuron up to every record, by the trapezoidal rule.
fn integral(records: &[ReluRecord], neuron: usize, config: &Config) -> Vec<f64> {
    let rate = |record: &ReluRecord| record.rate(neuron, config).iter().sum::<f64>();
    let mut sum = 0.0;
    let mut out = vec![0.0];
    for pair in records.windows(2) {
        sum += 0.5 * (rate(&pair[0]) + rate(&pair[1])) * (pair[1].time - pair[0].time);
        out.push(sum);
    }
    out
}

/// Mean over independent chains with its standard error.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Estimate {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    Estimate::sampled(mean, (square / (n - 1.0) / n).sqrt())
}
