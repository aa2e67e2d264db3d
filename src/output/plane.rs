//! A law seen in two of its variables: where to look, how high the density is there, and which way its current
//! flows, all in the coordinates of a picture.

mod raster;

pub(super) use raster::Raster;

use crate::record::{FieldSolution, FieldTable};

/// Mass left outside a window, at each end of each axis.
const OUTSIDE: f64 = 0.0005;
/// The same for a law so widely spread that its bulk would be a dot.
const WIDE_OUTSIDE: [f64; 2] = [0.003, 0.01];
/// A window this many times wider than the middle half of the mass is too wide.
const DOT: f64 = 14.0;
/// A positive variable whose window spans this factor runs along a logarithmic axis.
const DECADES: f64 = 30.0;

/// How a variable runs along an axis of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Scale {
    /// u = v
    Linear,
    /// u = ln |v|, for variables of one sign.
    Log {
        /// That sign.
        sign: f64,
    },
}

impl Scale {
    /// u(v)
    pub(super) fn of(self, v: f64) -> f64 {
        match self {
            Self::Linear => v,
            Self::Log { sign } => (sign * v).ln(),
        }
    }

    /// ln |dv/du| at v: ln p(u) = ln p(v) + this.
    fn log_stretch(self, v: f64) -> f64 {
        match self {
            Self::Linear => 0.0,
            Self::Log { .. } => v.abs().ln(),
        }
    }
}

/// One axis of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    /// The variable.
    pub(super) name: String,
    /// How it runs.
    pub(super) scale: Scale,
    /// Ends of the picture, in u.
    pub(super) window: [f64; 2],
}

/// Density and current of two variables on a grid of nodes, the second index fastest.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    /// Nodes along both indices.
    pub(super) shape: [usize; 2],
    /// Coordinates u of every node in the picture, one list per axis.
    pub(super) at: [Vec<f64>; 2],
    /// ln p with respect to them.
    pub(super) log_density: Vec<f64>,
    /// Mass that every node stands for; they add up to 1.
    pub(super) mass: Vec<f64>,
    /// Current with respect to them, where it is known and not 0 within the error of the entropy production.
    pub(super) current: Option<[Vec<f64>; 2]>,
    /// Whether it is 0 within that error.
    pub(super) still: bool,
    /// The axes.
    pub(super) spans: [Span; 2],
}

impl Plane {
    /// The law of variables `x` and `y`; `None` where the record has no density to see.
    pub(super) fn of(solution: &FieldSolution, x: usize, y: usize) -> Option<Self> {
        let table = &solution.field;
        let n = table.axes.len();
        let shape: Vec<usize> = table.axes.iter().map(Vec::len).collect();
        let cells: usize = shape.iter().product();
        let complete = table.variables.len() == n
            && table.variables.iter().chain([&table.log_density, &table.chart_log_density]).all(|l| l.len() == cells);
        if n < 2 || x >= n || y >= n || !complete || shape.iter().any(|&k| k < 3) {
            return None;
        }
        let mass = masses(table);
        let span = |i: usize| span(&solution.variables[i], &table.variables[i], &mass);
        let spans = [span(x)?, span(y)?];
        let scales = [spans[0].scale, spans[1].scale];
        // What rounding leaves of a current that is none would be drawn as large as one.
        let flows = solution.entropy_production.finite().is_none_or(|rate| rate.value > rate.error());
        let mut plane = match n {
            2 => Self::whole(table, [x, y], scales, mass, flows),
            _ => Self::sum(table, [x, y], scales, &mass),
        };
        plane.spans = spans;
        plane.still = !flows;
        Some(plane)
    }

    /// The plane of a law of two variables.
    fn whole(table: &FieldTable, [x, y]: [usize; 2], scales: [Scale; 2], mass: Vec<f64>, flows: bool) -> Self {
        let shape = [table.axes[0].len(), table.axes[1].len()];
        let own = |i: usize, scale: Scale| table.variables[i].iter().map(|&v| scale.of(v)).collect::<Vec<f64>>();
        let at = [own(x, scales[0]), own(y, scales[1])];
        let stretch = |cell: usize| {
            scales[0].log_stretch(table.variables[x][cell]) + scales[1].log_stretch(table.variables[y][cell])
        };
        let log_density = (0..mass.len()).map(|cell| table.log_density[cell] + stretch(cell)).collect();
        let current = if flows { currents(table, shape, &at) } else { None };
        Self { shape, at, log_density, mass, current, still: false, spans: blank() }
    }

    /// The plane of two of three variables, each a function of its own axis.
    fn sum(table: &FieldTable, [x, y]: [usize; 2], scales: [Scale; 2], mass: &[f64]) -> Self {
        let shape: Vec<usize> = table.axes.iter().map(Vec::len).collect();
        let mut stride = vec![1; shape.len()];
        for i in (0..shape.len() - 1).rev() {
            stride[i] = stride[i + 1] * shape[i + 1];
        }
        let line = |i: usize, scale: Scale| -> Vec<f64> {
            (0..shape[i]).map(|k| scale.of(table.variables[i][k * stride[i]])).collect()
        };
        let (us, vs) = (line(x, scales[0]), line(y, scales[1]));
        let mut summed = vec![0.0; us.len() * vs.len()];
        for (cell, m) in mass.iter().enumerate() {
            let index = |i: usize| cell / stride[i] % shape[i];
            summed[index(x) * vs.len() + index(y)] += m;
        }
        let (widths, heights) = (widths(&us), widths(&vs));
        let nodes = || (0..us.len()).flat_map(|i| (0..vs.len()).map(move |j| (i, j)));
        let log_density = nodes().map(|(i, j)| (summed[i * vs.len() + j] / (widths[i] * heights[j])).ln()).collect();
        let at = [nodes().map(|(i, _)| us[i]).collect(), nodes().map(|(_, j)| vs[j]).collect()];
        Self { shape: [us.len(), vs.len()], at, log_density, mass: summed, current: None, still: false, spans: blank() }
    }

    /// Densities (logarithms) whose superlevel sets hold these shares of the mass.
    pub(super) fn levels(&self, shares: &[f64]) -> Vec<f64> {
        let mut order: Vec<usize> = (0..self.mass.len()).filter(|&i| self.log_density[i].is_finite()).collect();
        order.sort_by(|&a, &b| self.log_density[b].total_cmp(&self.log_density[a]));
        let mut held = 0.0;
        let cumulated: Vec<(f64, f64)> = order
            .iter()
            .map(|&i| {
                held += self.mass[i];
                (held, self.log_density[i])
            })
            .collect();
        let level = |share: &f64| {
            let i = cumulated.partition_point(|(held, _)| held < share);
            cumulated.get(i).or(cumulated.last()).map_or(0.0, |(_, level)| *level)
        };
        shares.iter().map(level).collect()
    }
}

fn blank() -> [Span; 2] {
    std::array::from_fn(|_| Span { name: String::new(), scale: Scale::Linear, window: [0.0, 1.0] })
}

/// The mass of every node, from the density in the chart.
fn masses(table: &FieldTable) -> Vec<f64> {
    let widths: Vec<Vec<f64>> = table.axes.iter().map(|axis| widths(axis)).collect();
    let top = table.chart_log_density.iter().copied().filter(|l| l.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let mut masses: Vec<f64> = table
        .chart_log_density
        .iter()
        .enumerate()
        .map(|(cell, l)| {
            let mut rest = cell;
            let volume: f64 = widths
                .iter()
                .rev()
                .map(|w| {
                    let width = w[rest % w.len()];
                    rest /= w.len();
                    width
                })
                .product();
            let mass = (l - top).exp() * volume;
            if mass.is_finite() { mass } else { 0.0 }
        })
        .collect();
    let total: f64 = masses.iter().sum();
    masses.iter_mut().for_each(|m| *m /= total);
    masses
}

/// What every node of an axis owns: half the way to its neighbours.
fn widths(nodes: &[f64]) -> Vec<f64> {
    let last = nodes.len() - 1;
    let half = |i: usize, j: usize| 0.5 * (nodes[j] - nodes[i]).abs();
    (0..nodes.len())
        .map(|i| match i {
            0 => 2.0 * half(0, 1),
            _ if i == last => 2.0 * half(last - 1, last),
            _ => half(i - 1, i + 1),
        })
        .collect()
}

/// Which scale suits a variable, and the window that holds nearly all of its mass.
fn span(name: &str, values: &[f64], mass: &[f64]) -> Option<Span> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| values[i].is_finite() && mass[i] > 0.0).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let (first, last) = (values[*order.first()?], values[*order.last()?]);
    let quantile = |share: f64| {
        let mut held = 0.0;
        let found = order.iter().find(|&&i| {
            held += mass[i];
            held >= share
        });
        found.map_or(last, |&i| values[i])
    };
    let [low, quarter, three, high] = [OUTSIDE, 0.25, 0.75, 1.0 - OUTSIDE].map(quantile);
    if first >= last {
        return None;
    }
    if first * last > 0.0 && (high / low).ln().abs() > DECADES.ln() {
        let sign = first.signum();
        let ends = [(sign * low).ln(), (sign * high).ln()];
        let (lo, hi) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let pad = 0.03 * (hi - lo);
        return Some(Span { name: name.to_owned(), scale: Scale::Log { sign }, window: [lo - pad, hi + pad] });
    }
    let too_wide = |[lo, hi]: [f64; 2]| hi - lo > DOT * (three - quarter);
    let mut window = [low, high];
    for outside in WIDE_OUTSIDE {
        if too_wide(window) {
            window = [quantile(outside), quantile(1.0 - outside)];
        }
    }
    let [lo, hi] = window;
    let pad = 0.04 * (hi - lo).max(1e-12 * hi.abs().max(lo.abs())).max(f64::MIN_POSITIVE);
    Some(Span { name: name.to_owned(), scale: Scale::Linear, window: [(lo - pad).max(first), (hi + pad).min(last)] })
}

/// The current in the coordinates of the picture: J_u = (du/dz) J_z / |det du/dz|, slopes from neighbours.
fn currents(table: &FieldTable, shape: [usize; 2], at: &[Vec<f64>; 2]) -> Option<[Vec<f64>; 2]> {
    let [jx, jy] = table.current.as_slice() else { return None };
    let cells = shape[0] * shape[1];
    if jx.len() != cells || jy.len() != cells {
        return None;
    }
    let slope = |list: &[f64], axis: usize, cell: usize| {
        let stride = if axis == 0 { shape[1] } else { 1 };
        let k = cell / stride % shape[axis];
        let (low, high) = (k.saturating_sub(1), (k + 1).min(shape[axis] - 1));
        let value = |k2: usize| list[cell + k2 * stride - k * stride];
        (value(high) - value(low)) / (table.axes[axis][high] - table.axes[axis][low])
    };
    let mut current = [vec![0.0; cells], vec![0.0; cells]];
    for cell in 0..cells {
        let m: [[f64; 2]; 2] = std::array::from_fn(|i| std::array::from_fn(|j| slope(&at[i], j, cell)));
        let volume = (m[0][0] * m[1][1] - m[0][1] * m[1][0]).abs();
        for i in 0..2 {
            let j = (m[i][0] * jx[cell] + m[i][1] * jy[cell]) / volume;
            current[i][cell] = if j.is_finite() { j } else { 0.0 };
        }
    }
    Some(current)
}
