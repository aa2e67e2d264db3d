//! Laws of several variables whose numbers are known: closed forms, or quadrature of an explicit density.

use crate::processes::{Closures, lyapunov};
use stillpoint::estimate::Quantity;
use stillpoint::process::{AnyProcess, Chart, Coordinate, Process};
use stillpoint::record::FieldSolution;
use stillpoint::study::{Equation, Request, solve_equation};

/// A known number of a law, and where it is in a solution.
#[derive(Debug, Clone)]
pub enum Known {
    Mean(usize, f64),
    Covariance(usize, usize, f64),
    ChartMean(usize, f64),
    ChartCovariance(usize, usize, f64),
    Point(Vec<f64>, f64),
    /// Variable, probability, place.
    Quantile(usize, f64, f64),
    EntropyProduction(f64),
    /// ln of the weight of the well nearest to a place.
    LogWeight(Vec<f64>, f64),
}

/// A law with known numbers.
pub struct Case {
    pub name: String,
    pub process: AnyProcess,
    pub start: Vec<f64>,
    pub known: Vec<Known>,
}

/// One known number beside what was computed.
#[derive(Debug, Clone)]
pub struct Row {
    /// For failure messages.
    #[allow(dead_code)]
    pub what: String,
    pub truth: f64,
    pub value: f64,
    pub bar: f64,
    /// Size that makes errors relative.
    pub size: f64,
}

impl Row {
    pub fn error(&self) -> f64 {
        (self.value - self.truth).abs()
    }

    /// Whether the bar covers the truth, which itself is known to a few roundings only.
    pub fn covered(&self) -> bool {
        self.error() <= self.bar + 3e-14 * self.size
    }
}

impl Case {
    pub fn request(&self) -> Request {
        let points =
            self.known.iter().filter_map(|k| if let Known::Point(at, _) = k { Some(at.clone()) } else { None });
        let mut quantiles: Vec<f64> =
            self.known.iter().filter_map(|k| if let Known::Quantile(_, q, _) = k { Some(*q) } else { None }).collect();
        quantiles.sort_by(f64::total_cmp);
        quantiles.dedup();
        Request { title: self.name.clone(), points: points.collect(), quantiles, ..Request::default() }
    }

    pub fn solve(&self) -> FieldSolution {
        self.solve_with(&self.request())
    }

    pub fn solve_with(&self, request: &Request) -> FieldSolution {
        let n = self.process.variables();
        let names: Vec<String> = (1..=n).map(|i| format!("x{i}")).collect();
        let equation = Equation {
            process: &self.process,
            start: self.start.clone(),
            variables: names.clone(),
            chart_names: names,
            identities: Vec::new(),
        };
        solve_equation(&equation, request, &|_, _, _| {}).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// The known numbers beside those of a solution.
    pub fn rows(&self, s: &FieldSolution) -> Vec<Row> {
        let spread = |i: usize| s.chart.covariance[i][i].finite().map_or(1.0, |e| e.value.abs().sqrt());
        let own = |i: usize| s.covariance[i][i].finite().map_or(1.0, |e| e.value.abs().sqrt());
        let row = |what: String, q: &Quantity, truth: f64, size: f64| {
            let (value, bar) = q.finite().map_or((f64::NAN, 0.0), |e| (e.value, e.error()));
            Row { what, truth, value, bar, size }
        };
        let mut points = s.points.iter();
        self.known
            .iter()
            .map(|known| match known {
                Known::Mean(i, t) => row(format!("E[{i}]"), &s.mean[*i], *t, own(*i).max(t.abs())),
                Known::Covariance(i, j, t) => row(format!("C[{i},{j}]"), &s.covariance[*i][*j], *t, own(*i) * own(*j)),
                Known::ChartMean(i, t) => row(format!("Ez[{i}]"), &s.chart.mean[*i], *t, spread(*i).max(t.abs())),
                Known::ChartCovariance(i, j, t) => {
                    row(format!("Cz[{i},{j}]"), &s.chart.covariance[*i][*j], *t, spread(*i) * spread(*j))
                }
                Known::Point(at, t) => {
                    let p = points.next().expect("as many points as asked for");
                    let (value, bar) = (p.log_density.unwrap_or(f64::NAN), p.error.unwrap_or(0.0));
                    Row { what: format!("ln p{at:?}"), truth: *t, value, bar, size: 1.0 + t.abs() }
                }
                Known::Quantile(i, q, t) => {
                    let found = s.marginals[*i].quantiles.iter().find(|row| row.q == *q).expect("asked for");
                    row(format!("q{q} of {i}"), &found.value, *t, own(*i).max(t.abs()))
                }
                Known::EntropyProduction(t) => {
                    row("entropy production".into(), &s.entropy_production, *t, t.abs().max(1e-3))
                }
                Known::LogWeight(at, t) => {
                    let place = |w: &stillpoint::record::Well| -> f64 {
                        let d = |(m, a): (&Quantity, &f64)| m.finite().map_or(f64::INFINITY, |e| (e.value - a).powi(2));
                        w.mode.iter().zip(at).map(d).sum()
                    };
                    let well = s.wells.iter().min_by(|a, b| place(a).total_cmp(&place(b)));
                    let (value, bar) = well.map_or((f64::NAN, 0.0), |w| {
                        (w.log_weight, w.weight.finite().map_or(f64::NAN, |e| e.error() / e.value))
                    });
                    Row { what: format!("ln weight {at:?}"), truth: *t, value, bar, size: 1.0 + t.abs() }
                }
            })
            .collect()
    }
}

/// A box for a process of any number of variables.
pub fn boxed<const N: usize>(process: impl Process<N> + 'static) -> AnyProcess {
    let any: Box<dyn std::any::Any> = Box::new(Box::new(process) as Box<dyn Process<N>>);
    match N {
        1 => AnyProcess::One(*any.downcast().expect("one variable")),
        2 => AnyProcess::Two(*any.downcast().expect("two variables")),
        _ => AnyProcess::Three(*any.downcast().expect("three variables")),
    }
}

type Matrix<const N: usize> = [[f64; N]; N];

pub fn product<const N: usize>(a: &Matrix<N>, b: &Matrix<N>) -> Matrix<N> {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..N).map(|k| a[i][k] * b[k][j]).sum()))
}

pub fn inverse<const N: usize>(a: &Matrix<N>) -> Matrix<N> {
    use faer::linalg::solvers::DenseSolveCore;
    let m = faer::Mat::<f64>::from_fn(N, N, |i, j| a[i][j]).full_piv_lu().inverse();
    std::array::from_fn(|i| std::array::from_fn(|j| m[(i, j)]))
}

pub fn determinant<const N: usize>(a: &Matrix<N>) -> f64 {
    faer::Mat::<f64>::from_fn(N, N, |i, j| a[i][j]).determinant()
}

/// ln p of a Gaussian.
pub fn log_gaussian<const N: usize>(covariance: &Matrix<N>, z: [f64; N]) -> f64 {
    let precision = inverse(covariance);
    let square: f64 = (0..N).map(|i| (0..N).map(|j| z[i] * precision[i][j] * z[j]).sum::<f64>()).sum();
    -0.5 * square - 0.5 * determinant(covariance).ln() - 0.5 * N as f64 * (2.0 * std::f64::consts::PI).ln()
}

/// dz = -M (z - m) dt + sqrt(B) dW.
pub fn ornstein_uhlenbeck<const N: usize>(
    name: &str,
    relaxation: Matrix<N>,
    diffusion: Matrix<N>,
    middle: [f64; N],
) -> Case {
    let covariance = lyapunov(&relaxation, &diffusion);
    let drift = move |z: &[f64; N]| relaxation.map(|row| -(0..N).map(|j| row[j] * (z[j] - middle[j])).sum::<f64>());
    // J / p = (D C^-1 - M) z, entropy production E[(J/p) . D^-1 (J/p)].
    let d = diffusion.map(|row| row.map(|b| 0.5 * b));
    let dc = product(&d, &inverse(&covariance));
    let flow: Matrix<N> = std::array::from_fn(|i| std::array::from_fn(|j| dc[i][j] - relaxation[i][j]));
    let turned: Matrix<N> = std::array::from_fn(|i| std::array::from_fn(|j| flow[j][i]));
    let production = product(&product(&turned, &inverse(&d)), &product(&flow, &covariance));
    let mut known = vec![Known::EntropyProduction((0..N).map(|i| production[i][i]).sum())];
    for i in 0..N {
        known.push(Known::Mean(i, middle[i]));
        for j in 0..N {
            known.push(Known::Covariance(i, j, covariance[i][j]));
        }
        let sd = covariance[i][i].sqrt();
        for (q, x) in [(0.5, 0.0), (0.01, -2.3263478740408408), (1e-6, -4.753424308822899)] {
            known.push(Known::Quantile(i, q, middle[i] + sd * x));
        }
    }
    for r in [0.0, 1.0, 3.0] {
        let z: [f64; N] = std::array::from_fn(|i| r * covariance[i][i].sqrt() * [1.0, -0.4, 0.3][i]);
        let at: Vec<f64> = (0..N).map(|i| middle[i] + z[i]).collect();
        known.push(Known::Point(at, log_gaussian(&covariance, z)));
    }
    let process = boxed(Closures::additive(drift, diffusion));
    Case { name: name.into(), process, start: middle.to_vec(), known }
}

/// A law exp(-V / eps) of two variables with D = eps I and b = -(1 + c R) grad V; numbers by the midpoint rule over
/// `range`, outside of which the law is negligible. The wells, in the order of x, are parted by
/// lines x = const at the `borders`.
pub fn gradient(
    name: &str,
    potential: impl Fn([f64; 2]) -> f64 + Send + Sync + 'static,
    slope: impl Fn([f64; 2]) -> [f64; 2] + Send + Sync + 'static,
    [eps, c]: [f64; 2],
    start: [f64; 2],
    range: [[f64; 2]; 2],
    (wells, borders): (&[[f64; 2]], &[f64]),
) -> Case {
    let n = 1600;
    let node = |i: usize, k: usize| range[i][0] + (range[i][1] - range[i][0]) * (k as f64 + 0.5) / n as f64;
    let cell = (range[0][1] - range[0][0]) * (range[1][1] - range[1][0]) / (n * n) as f64;
    let least = wells.iter().map(|w| potential(*w)).fold(f64::INFINITY, f64::min).min(potential(start));
    let mut weights = vec![0.0; wells.len()];
    let integral = |[from, to]: [f64; 2], f: &dyn Fn(f64, f64) -> f64| {
        let mut total = 0.0;
        for a in 0..n {
            let x = from + (to - from) * (a as f64 + 0.5) / n as f64;
            // Row by row, so that rounding does not add up.
            let row = |b: usize| f(x, node(1, b)) * (-(potential([x, node(1, b)]) - least) / eps).exp();
            total += (0..n).map(row).sum::<f64>();
        }
        total * (to - from) / (range[0][1] - range[0][0])
    };
    let sum = |f: &dyn Fn(f64, f64) -> f64| integral(range[0], f);
    let mass = sum(&|_, _| 1.0);
    let (x, y) = (sum(&|x, _| x) / mass, sum(&|_, y| y) / mass);
    let xx = sum(&|a, _| (a - x).powi(2)) / mass;
    let xy = sum(&|a, b| (a - x) * (b - y)) / mass;
    let yy = sum(&|_, b| (b - y).powi(2)) / mass;
    for (k, weight) in weights.iter_mut().enumerate() {
        let from = if k == 0 { range[0][0] } else { borders[k - 1] };
        let to = borders.get(k).copied().unwrap_or(range[0][1]);
        *weight = integral([from, to], &|_, _| 1.0);
    }
    let mut known = vec![Known::Mean(0, x), Known::Mean(1, y), Known::Covariance(0, 0, xx)];
    known.push(Known::Covariance(0, 1, xy));
    known.push(Known::Covariance(1, 1, yy));
    for at in [start, [start[0] + 0.3 * eps.sqrt(), start[1] - 0.2 * eps.sqrt()]] {
        let log_density = -(potential(at) - least) / eps - (mass * cell).ln();
        known.push(Known::Point(at.to_vec(), log_density));
    }
    if wells.len() > 1 {
        for (well, weight) in wells.iter().zip(&weights) {
            known.push(Known::LogWeight(well.to_vec(), (weight / mass).ln()));
        }
    }
    let drift = move |z: &[f64; 2]| {
        let [gx, gy] = slope(*z);
        [-gx + c * gy, -gy - c * gx]
    };
    let process = boxed(Closures::additive(drift, [[2.0 * eps, 0.0], [0.0, 2.0 * eps]]));
    Case { name: name.into(), process, start: start.to_vec(), known }
}

/// (x^2 - 1)^2 + tilt x + k y^2.
pub fn double_well(eps: f64, c: f64, tilt: f64, k: f64) -> Case {
    // Extrema of (x^2 - 1)^2 + tilt x by Newton's method.
    let extremum = |mut x: f64| {
        for _ in 0..60 {
            x -= (4.0 * x * (x * x - 1.0) + tilt) / (12.0 * x * x - 4.0);
        }
        x
    };
    let (left, right) = (extremum(-1.0), extremum(1.0));
    let heavy = if tilt >= 0.0 { left } else { right };
    let width = (eps / (2.0 * k)).sqrt();
    gradient(
        &format!("double well eps {eps} c {c} tilt {tilt} k {k}"),
        move |[x, y]| (x * x - 1.0).powi(2) + tilt * x + k * y * y,
        move |[x, y]| [4.0 * x * (x * x - 1.0) + tilt, 2.0 * k * y],
        [eps, c],
        [heavy, 0.0],
        [[-2.2 - eps, 2.2 + eps], [-9.0 * width, 9.0 * width]],
        // Newton's method from the middle ends at the saddle.
        (&[[left, 0.0], [right, 0.0]], &[extremum(0.0)]),
    )
}

/// (r^2 - 1)^2 / 4 with rotation: a limit cycle.
pub fn limit_cycle(eps: f64, omega: f64) -> Case {
    let mut case = gradient(
        &format!("limit cycle eps {eps} omega {omega}"),
        |[x, y]| (x * x + y * y - 1.0).powi(2) / 4.0,
        |[x, y]| [x * (x * x + y * y - 1.0), y * (x * x + y * y - 1.0)],
        [eps, 0.0],
        [1.0, 0.0],
        [[-3.2, 3.2], [-3.2, 3.2]],
        (&[], &[]),
    );
    let drift = move |z: &[f64; 2]| {
        let g = z[0] * z[0] + z[1] * z[1] - 1.0;
        [-z[0] * g - omega * z[1], -z[1] * g + omega * z[0]]
    };
    case.process = boxed(Closures::additive(drift, [[2.0 * eps, 0.0], [0.0, 2.0 * eps]]));
    // J / p = omega (-y, x): entropy production omega^2 E[r^2] / eps.
    let second: f64 = case
        .known
        .iter()
        .map(|k| if let Known::Covariance(i, j, c) = k { if i == j { *c } else { 0.0 } } else { 0.0 })
        .sum();
    case.known.push(Known::EntropyProduction(omega * omega * second / eps));
    case
}

/// Two variables of a Student law with nu degrees of freedom and unit scale matrix; D = (nu + |z|^2) / nu grows.
pub fn student(nu: f64, c: f64) -> Case {
    // p ~ (1 + r^2/nu)^-(nu+2)/2; b = D grad ln p + grad D + c R grad ln p.
    let drift = move |z: &[f64; 2]| {
        let r2 = z[0] * z[0] + z[1] * z[1];
        let d = 1.0 + r2 / nu;
        let g = z.map(|z| -(nu + 2.0) * z / (nu + r2));
        [d * g[0] + 2.0 * z[0] / nu - c * g[1], d * g[1] + 2.0 * z[1] / nu + c * g[0]]
    };
    let diffusion = move |z: &[f64; 2]| {
        let d = 2.0 * (1.0 + (z[0] * z[0] + z[1] * z[1]) / nu);
        [[d, 0.0], [0.0, d]]
    };
    let div = move |z: &[f64; 2]| z.map(|z| 4.0 * z / nu);
    let variance = nu / (nu - 2.0);
    let norm = -(2.0 * std::f64::consts::PI).ln();
    let mut known = vec![Known::Mean(0, 0.0), Known::Covariance(0, 0, variance), Known::Covariance(0, 1, 0.0)];
    for at in [[0.0, 0.0], [1.0, 2.0], [-30.0, 4.0]] {
        let r2 = at[0] * at[0] + at[1] * at[1];
        known.push(Known::Point(at.to_vec(), norm - 0.5 * (nu + 2.0) * (r2 / nu).ln_1p()));
    }
    let process = boxed(Closures::new(drift, diffusion, div));
    Case { name: format!("student nu {nu} c {c}"), process, start: vec![0.3, -0.2], known }
}

/// x >= 0 with p ~ e^(-x/a) behind a reflecting wall, times a Gaussian in y that x drags along.
pub fn wall(a: f64, drag: f64) -> Case {
    let drift = move |z: &[f64; 2]| [-1.0 / a, -(z[1] - 0.4)];
    let line = Coordinate::Identity { lower: f64::NEG_INFINITY, upper: f64::INFINITY };
    // ln p = -x/a - (y - 0.4)^2/2 for B = 2 I; correlated noise keeps it when the drift is D grad ln p and the
    // wall sees no flux.
    let d = [[1.0, drag], [drag, 1.0]];
    let turned = move |z: &[f64; 2]| {
        let g = drift(z);
        [d[0][0] * g[0] + d[0][1] * g[1], d[1][0] * g[0] + d[1][1] * g[1]]
    };
    let mut process = Closures::additive(turned, d.map(|row| row.map(|d| 2.0 * d)));
    process.chart = Chart::new([Coordinate::Identity { lower: 0.0, upper: f64::INFINITY }, line]);
    let norm = -a.ln() - 0.5 * (2.0 * std::f64::consts::PI).ln();
    let known = vec![
        Known::Mean(0, a),
        Known::Mean(1, 0.4),
        Known::Covariance(0, 0, a * a),
        Known::Covariance(0, 1, 0.0),
        Known::Covariance(1, 1, 1.0),
        Known::Point(vec![0.5 * a, 0.1], norm - 0.5 - 0.5 * 0.09),
        Known::Quantile(0, 0.5, a * std::f64::consts::LN_2),
        Known::Quantile(0, 0.01, -a * (-0.01f64).ln_1p()),
    ];
    Case { name: format!("wall a {a} drag {drag}"), process: boxed(process), start: vec![0.5 * a, 0.4], known }
}

/// Two features of a diagonal network of depth one, D = 1: z_i = ln v_i (see the manual).
pub fn two_features(temperature: f64, rho: f64, known: Vec<Known>) -> Case {
    let (w, sigma2) = ([1.0, 0.7], 0.25);
    let a = [[1.0, rho], [rho, 1.0]];
    let noise = move |v: [f64; 2]| -> Matrix<2> {
        let delta = [v[0] - w[0], v[1] - w[1]];
        let ad: [f64; 2] = std::array::from_fn(|i| a[i][0] * delta[0] + a[i][1] * delta[1]);
        let s = delta[0] * ad[0] + delta[1] * ad[1] + sigma2;
        std::array::from_fn(|i| std::array::from_fn(|j| s * a[i][j] + ad[i] * ad[j]))
    };
    let pull =
        move |v: [f64; 2]| -> [f64; 2] { std::array::from_fn(|i| a[i][0] * (v[0] - w[0]) + a[i][1] * (v[1] - w[1])) };
    let exp = |z: &[f64; 2]| [z[0].exp(), z[1].exp()];
    let drift = move |z: &[f64; 2]| {
        let v = exp(z);
        let (k, g) = (noise(v), pull(v));
        std::array::from_fn(|i| -4.0 * g[i] - 4.0 * temperature * k[i][i])
    };
    let diffusion = move |z: &[f64; 2]| noise(exp(z)).map(|row| row.map(|k| 16.0 * temperature * k));
    let div = move |z: &[f64; 2]| {
        // d K_ij / dv_l = 2 (A delta)_l A_ij + A_il (A delta)_j + (A delta)_i A_jl
        let v = exp(z);
        let g = pull(v);
        std::array::from_fn(|i| {
            (0..2).map(|j| 16.0 * temperature * v[j] * (2.0 * g[j] * a[i][j] + a[i][j] * g[j] + g[i] * a[j][j])).sum()
        })
    };
    let mut process = Closures::new(drift, diffusion, div);
    let half_line = Coordinate::Exponential { origin: 0.0, sign: 1.0, scale: 1.0 };
    process.chart = Chart::new([half_line; 2]);
    Case {
        name: format!("two features T {temperature} rho {rho}"),
        process: boxed(process),
        start: vec![0.0, 0.7f64.ln()],
        known,
    }
}

/// Settled values of NUMERICS' two-feature problem.
pub fn two_features_settled() -> Vec<Case> {
    let chart = |m1: f64, m2: f64, c11: f64, c12: f64, c22: f64| {
        vec![
            Known::ChartMean(0, m1),
            Known::ChartMean(1, m2),
            Known::ChartCovariance(0, 0, c11),
            Known::ChartCovariance(0, 1, c12),
            Known::ChartCovariance(1, 1, c22),
        ]
    };
    let mut cold = chart(-0.00944675490, -0.36994394023, 0.01132996276, 0.00023886638, 0.01604563583);
    cold.extend([
        Known::Mean(0, 0.99619989591),
        Known::Mean(1, 0.69630382524),
        Known::EntropyProduction(0.01076295016),
    ]);
    let mut warm = chart(-0.0916241, -0.4777268, 0.1297858, 0.0210378, 0.1764364);
    warm.push(Known::EntropyProduction(0.1783971));
    let mut close = chart(-0.0907730, -0.4734928, 0.1397424, 0.0431765, 0.1832917);
    close.push(Known::EntropyProduction(0.1521071));
    vec![two_features(0.02, 0.5, cold), two_features(0.1, 0.5, warm), two_features(0.1, 0.9, close)]
}
