//! From records of several variables to the result of a run.

use super::autocorrelation::{burn_in, integrated_time};
use super::run::Recorded;
use super::statistics::{Pool, mean_and_error};
use super::summary::{BEYOND, BOUND, LONG_ENOUGH, ranks};
use super::{Config, FieldReport};
use crate::estimate::Quantity;
use crate::record::{ExpressionRow, FieldQuantile, FieldSampling};
use rayon::prelude::*;

/// Points of the cloud, about.
const CLOUD: usize = 4000;
/// Standard errors that chains from different starts may differ by.
const MEMORY: f64 = 4.5;

/// What is known about a run besides its records.
#[derive(Debug, Clone)]
pub(super) struct FieldRun {
    method: &'static str,
    config: Config,
    /// Chain k began at start k modulo this.
    starts: usize,
    warnings: Vec<String>,
}

impl FieldRun {
    pub(super) fn new(method: &'static str, config: &Config, starts: usize, warnings: Vec<String>) -> Self {
        Self { method, config: *config, starts, warnings }
    }
}

/// One variable or expression of all chains.
struct Series {
    /// `[chain][record]`
    chains: Vec<Vec<f64>>,
    ranks: Vec<Vec<f64>>,
}

impl Series {
    fn new(chains: Vec<Vec<f64>>) -> Self {
        let ranks = ranks(&chains.iter().collect::<Vec<_>>());
        Self { chains, ranks }
    }

    /// Without the first `skip` records.
    fn settled(&self, skip: usize) -> Settled<'_> {
        let views: Vec<&[f64]> = self.chains.iter().map(|chain| &chain[skip..]).collect();
        let ranks: Vec<&[f64]> = self.ranks.iter().map(|chain| &chain[skip..]).collect();
        let time = integrated_time(&ranks);
        Settled { pool: Pool::new(&views, time), views, ranks, time }
    }
}

/// The stationary stretch of a series.
struct Settled<'a> {
    views: Vec<&'a [f64]>,
    ranks: Vec<&'a [f64]>,
    pool: Pool<'a>,
    /// Integrated autocorrelation time in records.
    time: f64,
}

/// Statistics of the chains that did not diverge.
pub(super) fn summarise_field(recorded: &Recorded, run: FieldRun, report: FieldReport<'_>) -> FieldSampling {
    let kept = kept(recorded);
    let chains = recorded.variables.first().map_or(0, Vec::len);
    let mut sampling = blank(recorded, &run, report);
    sampling.diverged = (chains - kept.len()) as u64;
    if kept.len() >= 2 {
        fill(&mut sampling, &kept, recorded, &run, report);
    }
    let mut warnings = run.warnings;
    if sampling.diverged > 0 {
        let (diverged, all) = (sampling.diverged, sampling.chains);
        warnings.push(format!("{diverged} of {all} chains diverged and are not in the statistics"));
    }
    warnings.append(&mut sampling.warnings);
    sampling.warnings = warnings;
    sampling
}

/// Numbers of the chains without a record that is not finite or far beyond the typical one.
fn kept(recorded: &Recorded) -> Vec<usize> {
    let bound = |chains: &Vec<Vec<f64>>| {
        let last = chains.iter().filter_map(|chain| chain.last()).map(|value| value.abs());
        let mut sizes: Vec<f64> = last.filter(|size| size.is_finite()).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        BOUND * (1e-100 + sizes.get(sizes.len() / 2).copied().unwrap_or(1.0))
    };
    let bounds: Vec<f64> = recorded.variables.iter().map(bound).collect();
    let bounded = |&c: &usize| {
        recorded.variables.iter().zip(&bounds).all(|(chains, bound)| chains[c].iter().all(|v| v.abs() <= *bound))
    };
    (0..recorded.variables.first().map_or(0, Vec::len)).filter(bounded).collect()
}

fn blank(recorded: &Recorded, run: &FieldRun, report: FieldReport<'_>) -> FieldSampling {
    let chains = recorded.variables.first().map_or(0, Vec::len) as u64;
    let n = report.variables.len();
    let quantiles = || report.quantiles.iter().map(|&q| FieldQuantile { q, value: Quantity::Absent }).collect();
    let expression = |text: &str| ExpressionRow { expression: text.to_owned(), value: Quantity::Absent };
    FieldSampling {
        method: run.method.to_owned(),
        learning_rate: run.config.learning_rate,
        batch_size: run.config.batch_size,
        steps: run.config.steps,
        seed: run.config.seed,
        chains,
        steps_per_second: (chains * run.config.steps) as f64 / recorded.seconds.max(1e-9),
        variables: report.variables.to_vec(),
        mean: vec![Quantity::Absent; n],
        covariance: vec![vec![Quantity::Absent; n]; n],
        quantiles: (0..n).map(|_| quantiles()).collect(),
        expressions: report.expressions.iter().map(|formula| expression(formula.text())).collect(),
        ..FieldSampling::default()
    }
}

fn fill(sampling: &mut FieldSampling, kept: &[usize], recorded: &Recorded, run: &FieldRun, report: FieldReport<'_>) {
    let n = report.variables.len();
    let column = |i: usize| kept.iter().map(|&c| recorded.variables[i][c].clone()).collect();
    let series: Vec<Series> = (0..n).into_par_iter().map(|i| Series::new(column(i))).collect();
    let burned = series.iter().map(|s| burn_in(&s.ranks)).collect::<Vec<_>>();
    let skip = burned.iter().map(|b| b.records).max().unwrap_or(0);
    sampling.burn_in = if skip == 0 { 0 } else { recorded.first + (skip as u64 - 1) * recorded.thin };
    let settled: Vec<Settled<'_>> = series.par_iter().map(|s| s.settled(skip)).collect();
    for (i, settled) in settled.iter().enumerate() {
        (sampling.mean[i], sampling.covariance[i][i]) = settled.pool.moments();
        for row in &mut sampling.quantiles[i] {
            row.value = Quantity::Finite(settled.pool.quantile_estimate(row.q));
        }
    }
    for i in 0..n {
        for j in 0..i {
            let exists = [i, j].iter().all(|&k| sampling.covariance[k][k] != Quantity::Absent);
            let found = if exists { covariance(&settled[i], &settled[j]) } else { Quantity::Absent };
            sampling.covariance[i][j] = found;
            sampling.covariance[j][i] = found;
        }
    }
    expressions(sampling, &series, skip, report);
    sampling.cloud = cloud(&settled);
    warn(sampling, &settled, burned.iter().all(|b| b.settled));
    let groups: Vec<usize> = kept.iter().map(|number| number % run.starts.max(1)).collect();
    remember(sampling, &settled, &groups, run.starts);
}

/// Mean product of the deviations of two variables.
fn covariance(a: &Settled<'_>, b: &Settled<'_>) -> Quantity {
    let mean = |s: &Settled<'_>| s.pool.sorted.iter().sum::<f64>() / s.pool.sorted.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |(a, b): (&&[f64], &&[f64])| {
        a.iter().zip(b.iter()).map(|(a, b)| (a - mean_a) * (b - mean_b)).collect::<Vec<f64>>()
    };
    let products: Vec<Vec<f64>> = a.views.iter().zip(&b.views).map(product).collect();
    let views: Vec<&[f64]> = products.iter().map(Vec::as_slice).collect();
    Pool::new(&views, a.time.max(b.time)).moments().0
}

/// Means of the user's expressions.
fn expressions(sampling: &mut FieldSampling, series: &[Series], skip: usize, report: FieldReport<'_>) {
    let chains = series.first().map_or(0, |s| s.chains.len());
    for (row, formula) in sampling.expressions.iter_mut().zip(report.expressions) {
        let values = |c: usize| {
            let columns: Vec<&[f64]> = series.iter().map(|s| s.chains[c].as_slice()).collect();
            let mut out = vec![0.0; columns[0].len()];
            formula.values(&columns, &mut out);
            out
        };
        let values: Vec<Vec<f64>> = (0..chains).into_par_iter().map(values).collect();
        if values.iter().flatten().all(|value| value.is_finite()) {
            row.value = Series::new(values).settled(skip).pool.moments().0;
        } else {
            sampling.warnings.push(format!("`{}` is not finite at some of the samples", row.expression));
        }
    }
}

/// Positions spread evenly over chains and time.
fn cloud(settled: &[Settled<'_>]) -> Vec<Vec<f64>> {
    let Some(first) = settled.first() else { return Vec::new() };
    let chains = first.views.len();
    let each = CLOUD.div_ceil(chains).min(first.views[0].len());
    let every = chains.div_ceil(CLOUD).max(1);
    let mut out = Vec::new();
    for chain in (0..chains).step_by(every) {
        let records = first.views[chain].len();
        for k in 1..=each {
            let record = k * records / each - 1;
            out.push(settled.iter().map(|s| s.views[chain][record]).collect());
        }
    }
    out
}

fn warn(sampling: &mut FieldSampling, settled: &[Settled<'_>], quiet: bool) {
    if !quiet {
        let text = "the chains had not settled: the two halves of the run differ by more than their errors";
        sampling.warnings.push(text.to_owned());
    }
    let shortest = settled.iter().map(|s| s.ranks.first().map_or(0.0, |chain| chain.len() as f64) / s.time);
    let shortest = shortest.fold(f64::INFINITY, f64::min);
    if shortest < LONG_ENOUGH {
        let text = format!("the run is only {shortest:.1} autocorrelation times long: its start may still show");
        sampling.warnings.push(text);
    }
    for (i, s) in settled.iter().enumerate() {
        let name = &sampling.variables[i];
        let effective = s.pool.sorted.len() as f64 / s.time;
        for row in sampling.quantiles[i].iter().filter(|row| row.q.min(1.0 - row.q) * effective < BEYOND) {
            let text =
                format!("too few effective samples lie beyond the {} quantile of {name} to trust its error", row.q);
            sampling.warnings.push(text);
        }
        if sampling.covariance[i][i] == Quantity::Absent {
            let text =
                format!("the largest samples carry the variance of {name}: it may not exist, and is not estimated");
            sampling.warnings.push(text);
        }
    }
}

/// Warns where chains from different starts differ: no error bar knows of wells that were never left.
fn remember(sampling: &mut FieldSampling, settled: &[Settled<'_>], groups: &[usize], starts: usize) {
    let mean = |chain: &&[f64]| chain.iter().sum::<f64>() / chain.len() as f64;
    for (i, s) in settled.iter().enumerate() {
        let means: Vec<f64> = s.ranks.iter().map(mean).collect();
        let of = |start: usize| -> Vec<f64> {
            means.iter().zip(groups).filter(|(_, group)| **group == start).map(|(mean, _)| *mean).collect()
        };
        let groups: Vec<(f64, f64)> =
            (0..starts).map(of).filter(|g| g.len() >= 2).map(|g| mean_and_error(&g)).collect();
        let differ = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).abs() > MEMORY * a.1.hypot(b.1) + 1e-9;
        if groups.iter().enumerate().any(|(k, a)| groups[..k].iter().any(|b| differ(a, b))) {
            let name = &sampling.variables[i];
            let text = format!(
                "{name} still depends on where its chain started: the wells are not in equilibrium, and no error covers that"
            );
            sampling.warnings.push(text);
        }
    }
}
