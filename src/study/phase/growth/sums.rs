//! The law of a sum of draws from a data set, on a lattice: convolution by fast Fourier transforms.
//!
//! Every value is shared by the two lattice points beside it so that its mean is kept. What that adds to the variance
//! of a sum of S draws is below S h^2 / 4, and the difference between two lattices is the error bar.

use super::Map;
use crate::study::phase::margin::Margin;
use num_complex::Complex64;
use rustfft::FftPlanner;
use std::sync::{Arc, Mutex};

/// Points of the lattices.
const POINTS: [usize; 2] = [1 << 17, 1 << 16];
/// -ln of the probability that may lie outside.
const OUTSIDE: f64 = 45.0;
/// Probabilities that play no part.
const NOTHING: f64 = 1e-20;
/// Beyond this many cells from its zero the logarithm is even over a cell.
const EVEN: f64 = 50.0;

/// Laws of sums that were asked for; the last one is kept.
#[derive(Debug, Default)]
pub(in crate::study::phase) struct Sums {
    last: Mutex<Option<Arc<Law>>>,
}

/// The mean of `batch` draws from `rows`, on two lattices.
#[derive(Debug)]
struct Law {
    rows: Vec<f64>,
    batch: u64,
    lattices: [Lattice; 2],
}

/// Values and probabilities.
#[derive(Debug)]
struct Lattice {
    step: f64,
    points: Vec<[f64; 2]>,
}

impl Sums {
    /// E ln|keep + gain m|, m the mean of a batch of `rows`.
    pub(super) fn exponent(&self, map: &Map, rows: &[f64]) -> Margin {
        let law = self.law(rows, map.batch);
        let [fine, coarse] = [0, 1].map(|i| law.lattices[i].exponent(map));
        Margin::new(fine, (fine - coarse).abs() + 1e-13)
    }

    fn law(&self, rows: &[f64], batch: u64) -> Arc<Law> {
        // A law that could not be stored is made again.
        let Ok(mut last) = self.last.lock() else { return Arc::new(Law::of(rows, batch)) };
        match last.as_ref() {
            Some(law) if law.batch == batch && law.rows == rows => Arc::clone(law),
            _ => {
                let law = Arc::new(Law::of(rows, batch));
                *last = Some(Arc::clone(&law));
                law
            }
        }
    }
}

impl Law {
    fn of(rows: &[f64], batch: u64) -> Self {
        let lattices = POINTS.map(|points| Lattice::of(rows, batch, points));
        Self { rows: rows.to_vec(), batch, lattices }
    }
}

impl Lattice {
    fn of(rows: &[f64], batch: u64, points: usize) -> Self {
        let (n, s) = (rows.len() as f64, batch as f64);
        let mean = rows.iter().sum::<f64>() / n;
        let variance = rows.iter().map(|g| (g - mean) * (g - mean)).sum::<f64>() / n;
        let reach = rows.iter().map(|g| (g - mean).abs()).fold(0.0, f64::max);
        // Bernstein: P(|sum - S mean| > t) < 2 exp(-t^2 / (2 S variance + 2 reach t / 3)).
        let third = reach * OUTSIDE / 3.0;
        let half = (third + (third * third + 2.0 * s * variance * OUTSIDE).sqrt()).min(s * reach).max(reach);
        // Room for the values that were shared with their neighbours.
        let step = 2.0 * half * (1.0 + 1e-3) / (points as f64 - 4.0);
        let mut wave = vec![Complex64::default(); points];
        for g in rows {
            let place = (g - mean) / step;
            let below = place.floor();
            let share = place - below;
            let index = |k: f64| k.rem_euclid(points as f64) as usize % points;
            wave[index(below)] += (1.0 - share) / n;
            wave[index(below + 1.0)] += share / n;
        }
        let mut planner = FftPlanner::new();
        planner.plan_fft_forward(points).process(&mut wave);
        wave.iter_mut().for_each(|phi| *phi = phi.powf(s) / points as f64);
        planner.plan_fft_inverse(points).process(&mut wave);
        let signed = |i: usize| if i < points / 2 { i as f64 } else { i as f64 - points as f64 };
        let kept = wave.iter().enumerate().filter(|(_, p)| p.re > NOTHING);
        let values = kept.map(|(i, p)| [mean + signed(i) * step / s, p.re]).collect();
        Self { step: step / s, points: values }
    }

    fn exponent(&self, map: &Map) -> f64 {
        let cell = (map.gain * self.step).abs();
        let total: f64 = self.points.iter().map(|[_, p]| p).sum();
        let at = |[m, p]: &[f64; 2]| p * log_over_cell(map.gain * m + map.keep, cell);
        self.points.iter().map(at).sum::<f64>() / total
    }
}

/// The mean of ln|z| over a cell around z.
fn log_over_cell(z: f64, cell: f64) -> f64 {
    if cell == 0.0 || z.abs() > EVEN * cell {
        let ratio = cell / z;
        return z.abs().ln() - ratio * ratio / 24.0;
    }
    let primitive = |x: f64| if x == 0.0 { 0.0 } else { x * x.abs().ln() - x };
    (primitive(z + 0.5 * cell) - primitive(z - 0.5 * cell)) / cell
}
