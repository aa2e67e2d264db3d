//! P3, Fig. 2: a two-layer ReLU network balances the noise of its gradients, and its norms only nearly.

use super::check::{above, below, equal, within};
use super::p02::mean;
use super::{Context, Outcome, ReproduceError, Row};
use crate::estimate::Estimate;
use crate::record::{Figure, FigureAxis, FigurePanel, Series};
use crate::sgd::{Config, ReluRecord, ReluTraining, relu_sgd};

pub(super) const ROW: Row = Row {
    id: "P3",
    title: "gradient noise of a ReLU network",
    claim: "Fig. 2: in a ReLU network 20-200-20 with x normal and y = x + unit noise, |U|^2 and |W|^2 become nearly equal, \
            the gradient noises u'C1 u and w'C2 w exactly",
    scenarios: &[],
    run,
};

fn training(context: &Context<'_>) -> ReluTraining {
    ReluTraining {
        widths: [20, 200, 20],
        noise: 1.0,
        initial: [0.16, 0.05],
        config: Config {
            learning_rate: 0.01,
            batch_size: 1,
            chains: context.pick(16, 6),
            steps: context.pick(60_000, 16_000),
            seed: 3,
        },
        interval: context.pick(300, 200),
        probe: context.pick(600, 300),
    }
}

fn run(context: &Context<'_>) -> Result<Outcome, ReproduceError> {
    let training = training(context);
    let steps = context.counting("ReLU networks 20-200-20", training.config.chains * training.config.steps);
    let networks = relu_sgd(&training, &steps)?;
    let mut outcome = Outcome::default();
    let first =
        |pair: fn(&ReluRecord) -> &[Vec<f64>; 2]| mean(networks.iter().map(|records| ratio(&records[..1], pair)));
    let late = |pair: fn(&ReluRecord) -> &[Vec<f64>; 2]| {
        mean(networks.iter().map(|records| ratio(&records[records.len() / 2..], pair)))
    };
    let (noise, norms) = (late(|r| &r.noise), late(|r| &r.norms));
    let checks = &mut outcome.checks;
    checks.push(above(
        "u'C1 u / w'C2 w at the start, or its inverse",
        away(first(|r| &r.noise)),
        1.5,
        "an unbalanced start",
    ));
    checks.push(above("|U|^2/|W|^2 at the start", first(|r| &r.norms), 3.0, "an unbalanced start"));
    // What is left of the change of |U|^2 - |W|^2, and a step of finite size, keep the ratio from 1.
    let settled = |records: &[ReluRecord]| {
        let late = &records[records.len() / 2..];
        [ratio(late, |r| &r.noise), leftover(late, &training.config)]
    };
    let each: Vec<[f64; 2]> = networks.iter().map(|records| settled(records)).collect();
    let left = mean(each.iter().map(|[_, left]| *left));
    let source = "equal, Theorem 3.1 at rest; the rest of the motion and the finite step, measured, are allowed for";
    checks.push(within(
        "u'C1 u / w'C2 w in the second half",
        noise,
        1.0,
        left.value.abs() + 4.0 * left.error(),
        source,
    ));
    let exact = mean(each.iter().map(|[ratio, left]| ratio - left));
    let name = "the same less what is left of the motion and the finite step";
    checks.push(within(name, exact, 1.0, 1e-3, "Theorem 3.1"));
    checks.push(below("what is left of the motion and the finite step", left.value.abs(), 0.05, "nearly at rest"));
    checks.push(within("|U|^2/|W|^2 in the second half", norms, 1.0, 0.25, "approximately equal"));
    let gap = (norms.value - 1.0).abs() / (noise.value - 1.0).abs().max(noise.error());
    checks.push(above(
        "distance of the norms from balance over that of the noises",
        gap,
        1.0,
        "the noise balances better",
    ));
    let signs = networks.iter().flatten().filter(|r| !r.loss.is_finite()).count();
    checks.push(equal("records without a finite loss", signs as f64, 0.0, "no network diverges"));
    outcome.figure = figure(&networks);
    Ok(outcome)
}

fn total(record: &ReluRecord, pair: fn(&ReluRecord) -> &[Vec<f64>; 2]) -> [f64; 2] {
    let [a, b] = pair(record);
    [a.iter().sum(), b.iter().sum()]
}

/// The two sides of some records, averaged and divided.
fn ratio(records: &[ReluRecord], pair: fn(&ReluRecord) -> &[Vec<f64>; 2]) -> f64 {
    let sums = records.iter().map(|r| total(r, pair)).fold([0.0; 2], |s, t| [s[0] + t[0], s[1] + t[1]]);
    sums[0] / sums[1]
}

/// A ratio or its inverse, whichever is the larger.
fn away(ratio: Estimate) -> Estimate {
    if ratio.value >= 1.0 {
        return ratio;
    }
    Estimate::sampled(1.0 / ratio.value, ratio.error() / (ratio.value * ratio.value))
}

/// By how much the ratio of the noises differs from 1 because |U|^2 - |W|^2 still changes and steps are finite.
fn leftover(records: &[ReluRecord], config: &Config) -> f64 {
    let (Some(first), Some(last)) = (records.first(), records.last()) else { return f64::NAN };
    let temperature = config.learning_rate / config.batch_size as f64;
    let gap = |r: &ReluRecord| {
        let [a, b] = total(r, |r| &r.norms);
        a - b
    };
    let mean_of = |of: &dyn Fn(&ReluRecord) -> f64| records.iter().map(of).sum::<f64>() / records.len() as f64;
    let drift = mean_of(&|r| {
        let [w, u] = total(r, |r| &r.drift);
        config.learning_rate * (u - w)
    });
    let noise = mean_of(&|r| total(r, |r| &r.noise)[1]);
    (-(gap(last) - gap(first)) / (last.time - first.time) + drift) / (temperature * noise)
}

/// Both curves with their bands: two standard errors of the mean over networks.
fn figure(networks: &[Vec<ReluRecord>]) -> Figure {
    let panel = |title: &str, name: &str, names: [&str; 2], pair: fn(&ReluRecord) -> &[Vec<f64>; 2]| {
        let records = networks.first().map_or(0, Vec::len);
        let mut series = Vec::new();
        for side in 0..2 {
            let at = |k: usize| mean(networks.iter().map(|records| total(&records[k], pair)[side]));
            let estimates: Vec<Estimate> = (0..records).map(at).collect();
            let curve = || networks[0].iter().zip(&estimates).map(|(r, e)| (r.time, e.value));
            let errors = estimates.iter().map(|e| 2.0 * e.error()).collect();
            series.push(Series::line("", side, curve()).band(errors));
            series.push(Series::line(names[side], side, curve()));
        }
        FigurePanel {
            title: title.to_owned(),
            x: FigureAxis::linear("time  η × steps"),
            y: FigureAxis::log(name),
            series,
        }
    };
    Figure {
        subtitle: "ReLU network 20-200-20; bands: two standard errors of the mean over networks".to_owned(),
        panels: vec![
            panel("norms: nearly balanced", "squared norm", ["input weights U", "output weights W"], |r| &r.norms),
            panel("gradient noise: balanced", "noise", ["u'C1 u", "w'C2 w"], |r| &r.noise),
        ],
        ..Figure::default()
    }
}
