//! The numbers read off one resolution.

use super::poles::Poles;

/// Which end of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end at small chart coordinates.
    Lower,
    /// The end at large chart coordinates.
    Upper,
}

/// How an integrand over the chart ends at one wall of the lattice, as a function of one coordinate (summed over the others).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct End {
    /// Chart coordinate where `rate` was measured: rate times its distance from the law is the exponent of a power law.
    pub at: f64,
    /// Outward decay rate: -d ln(integrand) / dz, outwards positive \[1 / coordinate\].
    pub rate: f64,
    /// The same further inside; where the two agree the rate has settled.
    pub rate_inside: f64,
    /// What the integral beyond the wall would add if the rate stayed: infinite where it does not decay, 0 at a wall of the
    /// model itself.
    pub beyond: f64,
}

/// The law of one number: a variable or an expression.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LawNumbers {
    /// Mean.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
    /// Quantiles, in the order they were wanted in.
    pub quantiles: Vec<f64>,
    /// ln of the density where it was wanted; not a number outside the lattice.
    pub log_density: Vec<f64>,
    /// Mass below these places.
    pub below: Vec<f64>,
}

/// A maximum of the density in the model's own variables, and what drains to it by steepest ascent.
#[derive(Debug, Clone, PartialEq)]
pub struct Basin<const N: usize> {
    /// The maximum, in chart coordinates.
    pub mode: [f64; N],
    /// The maximum, in the model's own variables.
    pub place: [f64; N],
    /// ln p there, in the model's own variables.
    pub log_density: f64,
    /// ln of the mass of the basin.
    pub log_weight: f64,
    /// By how much ln p falls on the best way to a higher maximum; infinite for the highest.
    pub depth: f64,
    /// Walls of the lattice that the maximum sits on: there the density goes on rising, or ends.
    pub walls: [Option<Side>; N],
}

/// Numbers of one resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed<const N: usize> {
    /// E\[z\]
    pub chart_mean: [f64; N],
    /// Cov\[z\]
    pub chart_covariance: [[f64; N]; N],
    /// E\[v\]
    pub mean: [f64; N],
    /// Cov\[v\]
    pub covariance: [[f64; N]; N],
    /// E\[expression\]
    pub expressions: Vec<f64>,
    /// ln p in chart coordinates at the points; not a number outside the lattice of several variables.
    pub points: Vec<f64>,
    /// Laws of the variables.
    pub variables: Vec<LawNumbers>,
    /// Laws of the expressions.
    pub laws: Vec<LawNumbers>,
    /// Outward decay rates of the marginal density in z at the lower and upper end of every axis, measured a little inside; on
    /// axes that are no logarithms times the distance from the law.
    pub tail_rates: [[f64; 2]; N],
    /// Basins, the heaviest first (see [`Observed::align`]).
    pub wells: Vec<Basin<N>>,
    /// How the density ends at the lower and upper wall of every axis. Not among the numbers to extrapolate.
    pub density_ends: [[End; 2]; N],
    /// The same for the integrand of E\[v_i\], `[variable][axis]`.
    pub mean_ends: Vec<[[End; 2]; N]>,
    /// The same for the integrand of E\[v_i^2\].
    pub square_ends: Vec<[[End; 2]; N]>,
    /// The same for the integrands of the expectations of the expressions.
    pub expression_ends: Vec<[[End; 2]; N]>,
    /// The same for their squares.
    pub expression_square_ends: Vec<[[End; 2]; N]>,
    /// E\[|v_i|\]: what rounding of the means is relative to. Not among the numbers to extrapolate.
    pub sizes: Vec<f64>,
    /// The same of the expressions.
    pub expression_sizes: Vec<f64>,
    /// What kinks or poles of an expression between the nodes may do to its mean and variance; 0 where it has none.
    pub expression_kinks: Vec<[f64; 2]>,
    /// What sums over the cells that the surface of a jump crosses may be off by, of both; not replaced by an extrapolation but added.
    pub expression_ragged: Vec<[f64; 2]>,
    /// What poles do to an expression.
    pub expression_poles: Vec<Poles>,
    /// Mass of the outermost layer of cells at the lower and upper wall of every axis.
    pub wall_mass: [[f64; 2]; N],
    /// Lowest and highest log mass of a cell, of masses that add up to 1.
    pub log_mass_range: [f64; 2],
}

impl<const N: usize> Observed<N> {
    /// All numbers that have a limit as the grid is refined, in an order that depends on what was wanted only (and, after
    /// [`Observed::align`], on the wells of the reference).
    pub fn numbers(&self) -> Vec<f64> {
        let mut list = Vec::new();
        self.clone().visit(&mut |number| list.push(*number));
        list
    }

    /// The same with other numbers, given in the order of [`Observed::numbers`]; missing ones stay.
    pub fn with_numbers(&self, numbers: &[f64]) -> Self {
        let mut new = self.clone();
        let mut numbers = numbers.iter();
        new.visit(&mut |number| {
            if let Some(given) = numbers.next() {
                *number = *given;
            }
        });
        new
    }

    fn visit(&mut self, f: &mut impl FnMut(&mut f64)) {
        self.chart_mean.iter_mut().for_each(&mut *f);
        self.chart_covariance.iter_mut().flatten().for_each(&mut *f);
        self.mean.iter_mut().for_each(&mut *f);
        self.covariance.iter_mut().flatten().for_each(&mut *f);
        self.expressions.iter_mut().for_each(&mut *f);
        self.points.iter_mut().for_each(&mut *f);
        for law in self.variables.iter_mut().chain(&mut self.laws) {
            f(&mut law.mean);
            f(&mut law.variance);
            law.quantiles.iter_mut().for_each(&mut *f);
            law.log_density.iter_mut().for_each(&mut *f);
            law.below.iter_mut().for_each(&mut *f);
        }
        self.tail_rates.iter_mut().flatten().for_each(&mut *f);
        for well in &mut self.wells {
            well.mode.iter_mut().for_each(&mut *f);
            well.place.iter_mut().for_each(&mut *f);
            f(&mut well.log_density);
            f(&mut well.log_weight);
        }
    }

    /// Puts the wells into the order of those of `reference` (the finest resolution), the nearest in ln p and place for each;
    /// one that this resolution does not see becomes not a number. Wells without a partner are dropped.
    pub fn align(&mut self, reference: &Self) {
        let mut free: Vec<Basin<N>> = std::mem::take(&mut self.wells);
        // Distances in units of the spread of the law, so that no coordinate counts for more than another.
        let spread: [f64; N] = std::array::from_fn(|i| reference.chart_covariance[i][i].sqrt().max(f64::MIN_POSITIVE));
        for wanted in &reference.wells {
            let distance = |basin: &Basin<N>| -> f64 {
                (0..N).map(|i| ((basin.mode[i] - wanted.mode[i]) / spread[i]).powi(2)).sum()
            };
            let nearest = (0..free.len())
                .filter(|&k| free[k].walls == wanted.walls)
                .min_by(|&a, &b| distance(&free[a]).total_cmp(&distance(&free[b])));
            let nearer_elsewhere = |k: usize| {
                reference.wells.iter().any(|other| {
                    let d = |w: &Basin<N>| -> f64 {
                        (0..N).map(|i| ((free[k].mode[i] - w.mode[i]) / spread[i]).powi(2)).sum()
                    };
                    other.walls == wanted.walls && d(other) < d(wanted)
                })
            };
            self.wells.push(match nearest {
                Some(k) if !nearer_elsewhere(k) => free.swap_remove(k),
                _ => Basin {
                    mode: [f64::NAN; N],
                    place: [f64::NAN; N],
                    log_density: f64::NAN,
                    log_weight: f64::NAN,
                    ..wanted.clone()
                },
            });
        }
    }
}
