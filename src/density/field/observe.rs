//! Everything wanted of one resolution, in one go.

use super::bent::{self, Bent};
use super::ends::ends;
use super::fine::Fine;
use super::law::{Shape, law};
use super::level::Target;
use super::line::Line;
use super::masses::{Integral, Masses, sum};
use super::observed::{End, LawNumbers, Observed};
use super::poles::{Poles, poles};
use super::variables::Variables;
use super::wells::wells;
use super::{Field, Wanted};
use crate::process::Coordinate;

/// How often what a cone does to the cells around its point counts: extrapolation takes coarser lattices in, too.
const POINTED: f64 = 4.0;

impl<const N: usize> Field<'_, N> {
    /// Everything wanted.
    pub fn observe(&self, wanted: &Wanted<'_, N>) -> Observed<N> {
        let masses = Masses::of(*self);
        let variables = Variables::of(self);
        let slices = masses.slices();
        let chart = self.chart_moments(&masses, &slices);
        let own = own_moments(&masses, &variables);
        let tables = self.expression_tables(&variables, wanted);
        let expressions: Vec<[Integral<N>; 2]> = tables
            .iter()
            .map(|f| {
                let mean = masses.integral(|cell| f[cell]);
                let centre = mean.value;
                [mean, masses.integral(|cell| (f[cell] - centre).powi(2))]
            })
            .collect();
        let log_densities = self.log_densities(masses.log_total);
        let lines: [Line; N] = std::array::from_fn(|i| Line::of(self.lattice.axis(i), &slices[i]));
        let density_ends = std::array::from_fn(|i| self.ends_along(i, &slices[i]));
        let empty = Vec::new();
        let needs_levels = !tables.is_empty() || variables.axial.contains(&false);
        let fine = needs_levels.then(|| Fine::of(self, &log_densities));
        let general = |target, table: &[f64], at: &[f64]| match &fine {
            Some(fine) => {
                let sample: Vec<_> = table.iter().copied().zip(masses.mass.iter().copied()).collect();
                law(fine, self.process, target, &sample, &wanted.quantiles, at)
            }
            None => Shape::default(),
        };
        let bent: Vec<Option<[Bent; 2]>> = wanted
            .expressions
            .iter()
            .map(|expression| {
                fine.as_ref().zip(expression.only_break()).and_then(|(fine, at)| bent::moments(fine, self.process, &at))
            })
            .collect();
        let plain = |[mean, variance]: &[Integral<N>; 2]| [mean.value, variance.value];
        let means: Vec<[f64; 2]> = expressions
            .iter()
            .zip(&bent)
            .map(|(sums, bent)| bent.map_or_else(|| plain(sums), |bent| bent.map(|moment| moment.value)))
            .collect();
        let spoiled: Vec<Poles> = wanted
            .expressions
            .iter()
            .zip(&tables)
            .map(|(expression, table)| poles(self, *expression, &variables.slices(), table))
            .collect();
        let own_laws = (0..N)
            .map(|i| {
                let at = wanted.variable_at.get(i).unwrap_or(&empty);
                let shape = if variables.axial[i] {
                    self.axial_law(&lines[i], i, &wanted.quantiles, at)
                } else {
                    general(Target::Variable(i), &variables.values[i], at)
                };
                numbers(own.mean[i], own.covariance[i][i], shape)
            })
            .collect();
        let laws = (0..tables.len())
            .map(|k| {
                let at = wanted.expression_at.get(k).unwrap_or(&empty);
                let [mean, variance] = means[k];
                let shape = general(Target::Expression(wanted.expressions[k]), &tables[k], at);
                numbers(mean, variance, shape)
            })
            .collect();
        Observed {
            chart_mean: chart.mean,
            chart_covariance: chart.covariance,
            mean: own.mean,
            covariance: own.covariance,
            expressions: means.iter().map(|[mean, _]| *mean).collect(),
            points: wanted.points.iter().map(|z| self.log_density_anywhere(&log_densities, z)).collect(),
            variables: own_laws,
            laws,
            tail_rates: std::array::from_fn(|i| density_ends[i].map(|end: End| end.rate * self.distance(i, end.at))),
            wells: if wanted.wells { wells(&masses, &variables, &log_densities) } else { Vec::new() },
            density_ends,
            mean_ends: own.means.iter().map(|f| self.ends_of(f)).collect(),
            square_ends: own.squares.iter().map(|f| self.ends_of(f)).collect(),
            expression_ends: expressions.iter().map(|e| self.ends_of(&e[0])).collect(),
            expression_square_ends: expressions.iter().map(|e| self.ends_of(&e[1])).collect(),
            sizes: own.means.iter().map(Integral::size).collect(),
            expression_sizes: expressions.iter().map(|e| e[0].size()).collect(),
            expression_kinks: (0..tables.len())
                .map(|k| match spoiled[k].rough || wanted.expressions[k].kinked() && bent[k].is_none() {
                    true => {
                        let centre = expressions[k][0].value;
                        let squares: Vec<f64> = tables[k].iter().map(|f| (f - centre).powi(2)).collect();
                        let [mean, variance] = spoiled[k].slower;
                        [mean * self.kinks(&masses, &tables[k]), variance * self.kinks(&masses, &squares)]
                    }
                    false => [0.0; 2],
                })
                .collect(),
            expression_ragged: (0..tables.len())
                .map(|k| {
                    let ragged = bent[k].map_or([0.0; 2], |bent| bent.map(|moment| moment.ragged));
                    if spoiled[k].cones.is_empty() {
                        return ragged;
                    }
                    let centre = expressions[k][0].value;
                    let squares: Vec<f64> = tables[k].iter().map(|f| (f - centre).powi(2)).collect();
                    let at =
                        |f: &[f64]| spoiled[k].cones.iter().map(|cell| self.kink_at(&masses, f, *cell)).sum::<f64>();
                    let cones = [&tables[k], &squares].map(|f| POINTED * at(f));
                    [0, 1].map(|moment| ragged[moment] + cones[moment])
                })
                .collect(),
            expression_poles: spoiled,
            wall_mass: std::array::from_fn(|i| [slices[i][0].exp(), slices[i][slices[i].len() - 1].exp()]),
            log_mass_range: masses.range(),
        }
    }

    /// Mean and covariance of the coordinates of the chart.
    pub fn moments_in_chart(&self) -> ([f64; N], [[f64; N]; N]) {
        let masses = Masses::of(*self);
        let Moments { mean, covariance, .. } = self.chart_moments(&masses, &masses.slices());
        (mean, covariance)
    }

    /// What makes a decay rate at `z` a number that no box changes: 1 on axes that are logarithms, and on others the distance from
    /// the middle of the lattice, since a power law falls by rate x distance.
    fn distance(&self, i: usize, z: f64) -> f64 {
        let axis = self.lattice.axis(i);
        match self.process.chart().axis(i) {
            Coordinate::Identity { .. } => (z - axis.grading.z(axis.grading.middle(axis.walls()))).abs(),
            _ => 1.0,
        }
    }

    /// What E\[f\] on this lattice may be off by where f bends between nodes: the bend of a slope by s within a cell of length h
    /// changes the mean of f there by s h / 8, a jump by at most half of itself, and this is twice that wherever slopes differ.
    fn kinks(&self, masses: &Masses<'_, N>, f: &[f64]) -> f64 {
        let along = |axis: usize| sum((0..f.len()).map(|cell| self.bend(masses, f, axis, cell)));
        0.5 * (0..N).map(along).sum::<f64>()
    }

    /// The same for the cells around one, where f bends at a point alone.
    fn kink_at(&self, masses: &Masses<'_, N>, f: &[f64], at: usize) -> f64 {
        let centre = self.lattice.index(at);
        let near = |cell: &usize| self.lattice.index(*cell).iter().zip(&centre).all(|(a, b)| a.abs_diff(*b) <= 1);
        let cells: Vec<usize> = (0..f.len()).filter(near).collect();
        let along = |axis: usize| cells.iter().map(|cell| self.bend(masses, f, axis, *cell)).sum::<f64>();
        0.5 * (0..N).map(along).sum::<f64>()
    }

    /// Mass of a cell times its length and the change of the slope of f in it.
    fn bend(&self, masses: &Masses<'_, N>, f: &[f64], axis: usize, cell: usize) -> f64 {
        let along = self.lattice.axis(axis);
        let stride: usize = (axis + 1..N).map(|j| self.lattice.axis(j).cells).product();
        let k = cell / stride % along.cells;
        if k == 0 || k + 1 == along.cells {
            return 0.0;
        }
        let slope = |from: usize, to: usize, k: usize| (f[to] - f[from]) / (along.node(k + 1) - along.node(k));
        let change = slope(cell, cell + stride, k) - slope(cell - stride, cell, k - 1);
        let term = masses.mass[cell] * along.length(k) * change.abs();
        if term.is_finite() { term } else { 0.0 }
    }

    fn ends_of(&self, integral: &Integral<N>) -> [[End; 2]; N] {
        std::array::from_fn(|axis| self.ends_along(axis, &integral.slices[axis]))
    }

    fn ends_along(&self, axis: usize, log_slices: &[f64]) -> [End; 2] {
        ends(self.lattice.axis(axis), log_slices, self.process.chart().axis(axis).domain())
    }

    fn expression_tables(&self, variables: &Variables<N>, wanted: &Wanted<'_, N>) -> Vec<Vec<f64>> {
        wanted
            .expressions
            .iter()
            .map(|expression| {
                let mut table = vec![0.0; self.lattice.cells()];
                expression.values(&variables.slices(), &mut table);
                table
            })
            .collect()
    }

    /// The law of the variable that coordinate `i` of the chart is.
    fn axial_law(&self, line: &Line, i: usize, quantiles: &[f64], at: &[f64]) -> Shape {
        let coordinate = self.process.chart().axis(i);
        let quantile = |q: f64| {
            let q = if coordinate.increasing() { q } else { 1.0 - q };
            coordinate.to_physical(line.coordinate(line.quantile(q)))
        };
        let place = |v: f64| coordinate.to_chart(v).map(|z| (z, line.position(z))).filter(|(_, x)| line.inside(*x));
        let log_density = |v: f64| place(v).map_or(f64::NAN, |(z, x)| line.log_density(x) - coordinate.log_jacobian(z));
        let below = |v: f64| {
            let below = place(v).map_or(f64::NAN, |(_, x)| line.below(x));
            if coordinate.increasing() { below } else { 1.0 - below }
        };
        Shape {
            quantiles: quantiles.iter().map(|q| quantile(*q)).collect(),
            log_density: at.iter().map(|v| log_density(*v)).collect(),
            below: at.iter().map(|v| below(*v)).collect(),
        }
    }

    fn chart_moments(&self, masses: &Masses<'_, N>, log_slices: &[Vec<f64>; N]) -> Moments<N> {
        let node = |i: usize, k: usize| self.lattice.axis(i).node(k);
        let along = |i: usize, f: &dyn Fn(f64) -> f64| {
            sum(log_slices[i].iter().enumerate().map(|(k, s)| s.exp() * f(node(i, k))))
        };
        let mean: [f64; N] = std::array::from_fn(|i| along(i, &|z| z));
        let mut covariance = [[0.0; N]; N];
        let nodes = super::variables::Nodes::of(self.lattice);
        for i in 0..N {
            covariance[i][i] = along(i, &|z| (z - mean[i]).powi(2));
            for j in 0..i {
                let together = masses.integral(|cell| {
                    let z = nodes.at(cell);
                    (z[i] - mean[i]) * (z[j] - mean[j])
                });
                covariance[i][j] = together.value;
                covariance[j][i] = together.value;
            }
        }
        Moments { mean, covariance, means: Vec::new(), squares: Vec::new() }
    }
}

fn numbers(mean: f64, variance: f64, shape: Shape) -> LawNumbers {
    let Shape { quantiles, log_density, below } = shape;
    LawNumbers { mean, variance, quantiles, log_density, below }
}

/// Means and covariance, with the integrands they came from.
struct Moments<const N: usize> {
    mean: [f64; N],
    covariance: [[f64; N]; N],
    means: Vec<Integral<N>>,
    squares: Vec<Integral<N>>,
}

fn own_moments<const N: usize>(masses: &Masses<'_, N>, variables: &Variables<N>) -> Moments<N> {
    let v = &variables.values;
    let means: Vec<Integral<N>> = v.iter().map(|v| masses.integral(|cell| v[cell])).collect();
    let mean: [f64; N] = std::array::from_fn(|i| means[i].value);
    let squares: Vec<Integral<N>> = (0..N).map(|i| masses.integral(|cell| (v[i][cell] - mean[i]).powi(2))).collect();
    let mut covariance = [[0.0; N]; N];
    for i in 0..N {
        covariance[i][i] = squares[i].value;
        for j in 0..i {
            let together = masses.integral(|cell| (v[i][cell] - mean[i]) * (v[j][cell] - mean[j])).value;
            covariance[i][j] = together;
            covariance[j][i] = together;
        }
    }
    Moments { mean, covariance, means, squares }
}
