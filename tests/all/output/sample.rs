//! Records made by hand from closed forms (theory manual, section 5), for outputs to be tried on.
//!
//! The numbers in them come from a trapezoidal sum over the same nodes: good enough to be drawn and printed.

use stillpoint::estimate::{Estimate, Quantity};
use stillpoint::record::{
    Comparison, ComparisonReport, ComparisonRow, Curve, Histogram, InvariantLaw, LawKind, Mode, MomentRow, PointRow,
    Provenance, QuantileRow, SampledQuantile, Sampling, Solution, SolverReport,
};

/// Stated error of everything computed.
const ERROR: f64 = 3e-13;

fn known(value: f64) -> Quantity {
    Quantity::Finite(Estimate::computed(value, ERROR, 0.0))
}

/// A density up to a constant, on the nodes of a chart.
pub struct Shape {
    pub title: &'static str,
    pub support: [Option<f64>; 2],
    /// Nodes: chart coordinate and v.
    pub nodes: Vec<(f64, f64)>,
    /// ln p(v), up to a constant.
    pub log_density: Box<dyn Fn(f64) -> f64>,
    pub scenario: &'static str,
    pub tail: Quantity,
    pub diverges: bool,
}

/// Moments used throughout: x ~ N(0, 1), y = x + N(0, 1), so that T_c = 1/3 at one hidden layer.
const ALPHA: [f64; 3] = [2.0, 2.0, 3.0];
const DISCRIMINANT: f64 = 2.0;

fn noise(v: f64) -> f64 {
    ALPHA[0] * v * v - 2.0 * ALPHA[1] * v + ALPHA[2]
}

fn angle(v: f64) -> f64 {
    ((ALPHA[0] * v - ALPHA[1]) / DISCRIMINANT.sqrt()).atan()
}

fn exponential_nodes(lo: f64, hi: f64, origin: f64, sign: f64) -> Vec<(f64, f64)> {
    let n = 1600;
    let mut nodes: Vec<(f64, f64)> = (0..=n)
        .map(|i| lo + (hi - lo) * f64::from(i) / f64::from(n))
        .map(|z: f64| (z, origin + sign * z.exp()))
        .collect();
    nodes.sort_by(|a, b| a.1.total_cmp(&b.1));
    nodes
}

/// One hidden layer at T: v^(a-1) G^(-1-beta2/(4 T alpha3)) exp(-kappa A), on v > 0.
pub fn one_layer(temperature: f64) -> Shape {
    let t = temperature;
    let a = 1.0 / (2.0 * t * ALPHA[2]) - 0.5;
    let b = 1.0 + 1.0 / (4.0 * t * ALPHA[2]);
    let kappa = (ALPHA[2] - ALPHA[1]) / (2.0 * t * ALPHA[2] * DISCRIMINANT.sqrt());
    Shape {
        title: "one hidden layer, medium temperature",
        support: [Some(0.0), None],
        nodes: exponential_nodes(-25.0 / a.min(1.0), 14.0, 0.0, 1.0),
        log_density: Box::new(move |v| (a - 1.0) * v.ln() - b * noise(v).ln() - kappa * angle(v)),
        scenario: if t > 0.2 {
            "[model]\nkind = \"diagonal\"\ndepth = 1\nwidth = 1\ntemperature = 0.3\n"
        } else {
            "[model]\nkind = \"diagonal\"\ndepth = 1\nwidth = 1\ntemperature = 0.1\n"
        },
        tail: Quantity::Finite(Estimate::computed(3.5, 1e-9, 0.0)),
        diverges: a < 1.0,
    }
}

/// The same law mirrored: the negative branch.
pub fn negative_branch() -> Shape {
    let positive = one_layer(0.1);
    let log_density = positive.log_density;
    Shape {
        title: "the negative branch",
        support: [None, Some(0.0)],
        nodes: positive.nodes.iter().rev().map(|(z, v)| (*z, -v)).collect(),
        log_density: Box::new(move |v| log_density(-v)),
        ..one_layer(0.1)
    }
}

/// No hidden layer (Pearson IV) at T = 0.1: the whole line.
pub fn linear_regression() -> Shape {
    let (t, root) = (0.1, DISCRIMINANT.sqrt());
    let m = 1.0 + 1.0 / (2.0 * ALPHA[0] * t);
    let nu = (ALPHA[1] - ALPHA[0]) / (t * ALPHA[0] * root);
    let n = 1600;
    let z = (0..=n).map(|i| -14.0 + 28.0 * f64::from(i) / f64::from(n));
    Shape {
        title: "no hidden layer: linear regression",
        support: [None, None],
        nodes: z.map(|z: f64| (z, 1.0 + z.sinh())).collect(),
        log_density: Box::new(move |v| -m * noise(v).ln() - nu * angle(v)),
        scenario: "[model]\nkind = \"diagonal\"\ndepth = 0\nwidth = 1\ntemperature = 0.1\n",
        tail: Quantity::Finite(Estimate::computed(7.0, 1e-9, 0.0)),
        diverges: false,
    }
}

/// Noise that vanishes at k = 1.25, one hidden layer: a law on (k, inf).
pub fn noiseless_point() -> Shape {
    let (k, c, t) = (1.25, 0.5, 0.3);
    let b = (1.0 + c) / (2.0 * t * k * k);
    Shape {
        title: "noise that vanishes at v = 1.25",
        support: [Some(k), None],
        nodes: exponential_nodes(-8.0, 14.0, k, 1.0),
        log_density: Box::new(move |v| (b - 1.5) * v.ln() - (2.0 + b) * (v - k).ln() - c / (2.0 * t * k * (v - k))),
        scenario: "[model]\nkind = \"diagonal\"\ndepth = 1\nwidth = 1\ntemperature = 0.3\n",
        tail: Quantity::Finite(Estimate::computed(3.5, 1e-9, 0.0)),
        diverges: false,
    }
}

/// Normalises a shape by a trapezoidal sum and makes the record of it.
pub fn solution(shape: &Shape) -> Solution {
    let curve = curve(shape);
    let mean = integral(&curve, |v| v);
    let variance = integral(&curve, |v| (v - mean) * (v - mean));
    let peak = (0..curve.v.len()).max_by(|&i, &j| curve.log_density[i].total_cmp(&curve.log_density[j])).unwrap();
    let mode = if shape.diverges { 0.0 } else { curve.v[peak] };
    let quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].iter().map(|&q| quantile(&curve, q)).collect();
    Solution {
        stillpoint: "0.1.0".to_owned(),
        title: shape.title.to_owned(),
        law: LawKind::Density,
        point: None,
        reason: None,
        support: shape.support,
        mean: known(mean),
        variance: known(variance),
        mode: Mode { at: known(mode), diverges: shape.diverges, interior: Vec::new() },
        moments: vec![
            MomentRow { order: 1.0, value: known(integral(&curve, f64::abs)) },
            MomentRow { order: 3.0, value: Quantity::Infinite },
        ],
        quantiles,
        points: vec![
            PointRow {
                v: 1.0,
                log_density: Some(-0.3),
                error: Some(ERROR),
                cdf: 0.75,
                sf: 0.25,
                cdf_relative_error: 1e-12,
                sf_relative_error: 2e-12,
            },
            PointRow {
                v: -1.0,
                log_density: None,
                error: None,
                cdf: 0.0,
                sf: 1.0,
                cdf_relative_error: 0.0,
                sf_relative_error: 0.0,
            },
        ],
        tail_exponent: shape.tail,
        invariant_laws: invariant_laws(shape.support),
        solver: solver(&curve),
        comparison: Some(comparison(mean)),
        curve,
        provenance: provenance(shape.scenario),
    }
}

fn invariant_laws(support: [Option<f64>; 2]) -> Vec<InvariantLaw> {
    let density = InvariantLaw {
        law: LawKind::Density,
        point: None,
        support,
        reached: true,
        attracting: true,
        note: "both ends of the chart repel".to_owned(),
    };
    let mut point = density.clone();
    point.law = LawKind::PointMass;
    point.point = Some(0.0);
    point.support = [Some(0.0); 2];
    (point.reached, point.attracting) = (false, false);
    point.note = "v = 0 is never left and never reached".to_owned();
    vec![density, point]
}

fn provenance(scenario: &str) -> Provenance {
    Provenance {
        scenario: format!("title = \"T\"\n{scenario}"),
        version: "0.1.0".to_owned(),
        revision: "0123456789abcdef".to_owned(),
        data: None,
        seed: Some(7),
    }
}

fn solver(curve: &Curve) -> SolverReport {
    SolverReport {
        method: "GTH elimination of the chain".to_owned(),
        chart: "z = ln v".to_owned(),
        cells: curve.v.len(),
        levels: vec![400, 800, 1600],
        chart_box: [curve.z[0], curve.z[curve.z.len() - 1]],
        mass_beyond: [1e-30, 2e-19],
        end_slopes: [1.17, -2.5],
        residual: 4e-16,
        tolerance: 1e-10,
        reached: 3e-12,
        converged: true,
        seconds: 8.1e-4,
    }
}

fn row(quantity: &str, grid: Quantity, formula: Quantity) -> ComparisonRow {
    ComparisonRow {
        quantity: quantity.to_owned(),
        grid,
        formula,
        sgd: Quantity::Absent,
        flow: Quantity::Absent,
        finite_step: 0.0,
        agree: true,
    }
}

fn comparison(mean: f64) -> Comparison {
    Comparison {
        formula: "one hidden layer, closed form".to_owned(),
        max_log_density_difference: Some(2.2e-13),
        max_log_density_error: Some(3e-12),
        rows: vec![row("mean", known(mean), Quantity::Finite(Estimate::computed(mean, 0.0, 1e-16)))],
        agree: true,
    }
}

fn curve(shape: &Shape) -> Curve {
    let (z, v): (Vec<f64>, Vec<f64>) = shape.nodes.iter().copied().unzip();
    let raw: Vec<f64> = v.iter().map(|&v| (shape.log_density)(v)).collect();
    let top = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let cells: Vec<f64> =
        (1..v.len()).map(|i| 0.5 * (v[i] - v[i - 1]) * ((raw[i] - top).exp() + (raw[i - 1] - top).exp())).collect();
    let total: f64 = cells.iter().sum();
    let log_density: Vec<f64> = raw.iter().map(|l| l - top - total.ln()).collect();
    let cdf: Vec<f64> = (0..v.len()).map(|i| cells[..i].iter().sum::<f64>() / total).collect();
    let sf: Vec<f64> = (0..v.len()).map(|i| cells[i..].iter().sum::<f64>() / total).collect();
    let formula_log_density = log_density.iter().map(|l| l + 1e-13).collect();
    Curve {
        log_density_error: vec![ERROR; v.len()],
        z,
        v,
        log_density,
        cdf,
        sf,
        formula_log_density,
        ..Curve::default()
    }
}

fn integral(curve: &Curve, f: impl Fn(f64) -> f64) -> f64 {
    let value = |i: usize| f(curve.v[i]) * curve.log_density[i].exp();
    (1..curve.v.len()).map(|i| 0.5 * (curve.v[i] - curve.v[i - 1]) * (value(i) + value(i - 1))).sum()
}

fn quantile(curve: &Curve, q: f64) -> QuantileRow {
    let i = curve.cdf.partition_point(|&c| c < q).clamp(1, curve.v.len() - 1);
    let share = (q - curve.cdf[i - 1]) / (curve.cdf[i] - curve.cdf[i - 1]);
    let v = curve.v[i - 1] + share * (curve.v[i] - curve.v[i - 1]);
    QuantileRow { q, value: known(v), log_abs: v.abs().ln(), log_abs_error: ERROR / v.abs() }
}

/// All mass at 0, with its reason.
pub fn collapsed() -> Solution {
    let mut law = solution(&one_layer(0.1));
    let zero = Quantity::Finite(Estimate::exact(0.0));
    law.title = "above the collapse temperature".to_owned();
    law.law = LawKind::PointMass;
    law.point = Some(0.0);
    law.support = [Some(0.0); 2];
    law.reason = Some(
        "the noise wins over the signal near v = 0: ln|v| drifts to minus infinity at rate 0.4 per unit of time, \
         so every start on v > 0 ends at v = 0"
            .to_owned(),
    );
    (law.mean, law.variance) = (zero, zero);
    law.mode = Mode { at: zero, diverges: false, interior: Vec::new() };
    law.quantiles.clear();
    law.tail_exponent = Quantity::Absent;
    law.comparison = None;
    law.curve = Curve::default();
    law.invariant_laws.remove(0);
    law.invariant_laws[0].reached = true;
    law.invariant_laws[0].attracting = true;
    law
}

/// Samples scattered around a law with a relative error of a few per cent.
pub fn sampling(law: &Solution, method: &str) -> Sampling {
    let quantile = |i: usize| law.quantiles[i].value.finite().map_or(0.0, |e| e.value);
    let (lo, hi) = (quantile(0), quantile(law.quantiles.len() - 1));
    let bins = 24;
    let edges: Vec<f64> = (0..=bins).map(|i| lo + (hi - lo) * f64::from(i) / f64::from(bins)).collect();
    let mut state = 12_345_u64;
    let density: Vec<f64> = edges
        .windows(2)
        .map(|e| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let scatter = (state >> 40) as f64 / (1u64 << 24) as f64 - 0.5;
            let i = law.curve.v.partition_point(|&v| v < 0.5 * (e[0] + e[1]));
            law.curve.log_density[i].exp() * (1.0 + 0.12 * scatter)
        })
        .collect();
    Sampling {
        method: method.to_owned(),
        learning_rate: 0.005,
        batch_size: 1,
        noise_amplification: 1.0,
        steps: 200_000,
        burn_in: 20_000,
        seed: 7,
        chains: 400,
        diverged: 2,
        died: 0,
        crossed: 0,
        autocorrelation_steps: 812.0,
        effective_samples: 8.9e4,
        steps_per_second: 1.23e8,
        mean: Quantity::Finite(Estimate::sampled(0.8431, 0.0021)),
        variance: Quantity::Finite(Estimate::sampled(0.2497, 0.0031)),
        quantiles: vec![SampledQuantile { q: 0.5, value: Quantity::Finite(Estimate::sampled(0.7601, 0.0024)) }],
        histogram: Histogram { error: density.iter().map(|d| 0.04 * d).collect(), edges, density },
        warnings: vec!["quantiles below 1 % rest on fewer than 100 effective samples".to_owned()],
    }
}

/// The law, SGD and the gradient flow side by side.
pub fn report() -> ComparisonReport {
    let law = solution(&one_layer(0.1));
    let mut mean = row("mean", law.mean, law.mean);
    mean.sgd = Quantity::Finite(Estimate::sampled(0.8431, 0.0021));
    mean.flow = Quantity::Finite(Estimate::sampled(0.8452, 0.0019));
    mean.finite_step = 0.0032;
    let mut variance = row("variance", law.variance, Quantity::Absent);
    variance.sgd = Quantity::Finite(Estimate::sampled(0.31, 0.0021));
    variance.agree = false;
    ComparisonReport {
        sgd: Some(sampling(&law, "sgd")),
        sgd_doubled: None,
        flow: Some(sampling(&law, "gradient flow")),
        rows: vec![mean, variance],
        agree: false,
        verdict: vec!["the variance of SGD is 19 standard errors away".to_owned()],
        solution: law,
    }
}
