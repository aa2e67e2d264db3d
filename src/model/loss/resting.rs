//! Points that SGD never leaves: the origin, and others at which nothing moves any parameter for any sample.

use super::averages::Samples;
use super::fixed_point::{FixedPoint, growth};
use super::local::{Local, derivatives, second};
use super::structure::{NOTHING, Probe, Structure};

/// Starts of the search.
const STARTS: usize = 3;
/// A zero is found to seven digits at least.
const FOUND: f64 = 1e-14;
/// How much more everything moves at a distance of `AWAY` from a zero.
const RISES: f64 = 1e6;
const AWAY: f64 = 1e-3;

impl<const N: usize> Probe<'_, N> {
    /// The origin, and zeros of all samples' gradients together.
    pub(super) fn points(&self, found: &mut Structure) {
        let mut candidates = vec![[0.0; N]];
        if N > 1 {
            candidates.extend(self.points.iter().take(STARTS).filter_map(|start| self.shared_zero(*start)));
        }
        for at in candidates {
            let inside = (0..N).all(|i| found.range[i][0] <= at[i] && at[i] <= found.range[i][1]);
            let known =
                found.points.iter().any(|p| (0..N).all(|i| (p.at[i] - at[i]).abs() < 1e-6 * (1.0 + at[i].abs())));
            if inside && !known && self.resting(&at) {
                found.points.push(self.fixed_point(&at));
            }
        }
    }

    /// A resting point with its growth rate. Its place may be wrong in the last digits.
    pub(super) fn fixed_point(&self, at: &[f64; N]) -> FixedPoint {
        // On the point itself nothing has a size that errors are relative to.
        let relative = self.averages.at(&at.map(|x| x + AWAY * (1.0 + x.abs()))).error;
        let (t, decay) = (self.setup.temperature, self.setup.weight_decay);
        let bounds = |at: &[f64; N]| growth::<N>(&self.averages.samples(at), t, decay, relative);
        let (here, mut error) = bounds(at);
        for i in (0..N).filter(|i| at[*i] != 0.0) {
            let mut beside = *at;
            beside[i] += 4.0 * f64::EPSILON * at[i].abs() + self.misplaced(at, i);
            let (there, _) = bounds(&beside);
            error += (there[0] - here[0]).abs().max((there[1] - here[1]).abs());
        }
        FixedPoint { name: self.place(at), at: at.to_vec(), growth: here, error }
    }

    /// How far parameter `i` is from where nothing moves, judged by what still does.
    fn misplaced(&self, at: &[f64; N], i: usize) -> f64 {
        let left: f64 = self.at(at).map_or(0.0, |local| self.motion(&local, at).iter().sum());
        let Samples { values, weights, .. } = self.averages.samples(at);
        let rows = values.chunks_exact(derivatives(N)).zip(&weights);
        let bend: f64 =
            rows.map(|(row, w)| w * row[second(N, i, i)].powi(2)).sum::<f64>() / weights.iter().sum::<f64>();
        let off = (left / bend).sqrt();
        if off.is_finite() { off.min(1e-6 * at[i].abs()) } else { 0.0 }
    }

    fn place(&self, at: &[f64; N]) -> String {
        if at.iter().all(|x| *x == 0.0) {
            return format!("{} = 0", self.setup.names.join(" = "));
        }
        (0..N).map(|i| format!("{} = {:.6}", self.name(i), at[i])).collect::<Vec<_>>().join(", ")
    }

    /// E (g_i + 2 gamma theta_i)^2
    fn motion(&self, local: &Local<N>, at: &[f64; N]) -> [f64; N] {
        let decay = 2.0 * self.setup.weight_decay;
        std::array::from_fn(|i| (local.mean[i] + decay * at[i]).powi(2) + local.covariance[i][i])
    }

    /// The same in all directions, each in its usual size.
    fn size(&self, at: &[f64; N]) -> Option<f64> {
        let motion = self.motion(&self.at(at)?, at);
        Some((0..N).map(|i| motion[i] / self.usual[i]).sum())
    }

    /// No sample and no decay moves it, but both do beside it: a loss that levels off does not rest.
    fn resting(&self, at: &[f64; N]) -> bool {
        let floor = if at.iter().all(|x| *x == 0.0) { NOTHING } else { FOUND };
        let Some(here) = self.size(at).filter(|here| *here <= floor) else { return false };
        let distance = AWAY * (1.0 + at.iter().map(|x| x * x).sum::<f64>().sqrt());
        let beside = |sign: f64| self.size(&std::array::from_fn(|i| at[i] + sign * distance * (1.0 - 0.3 * i as f64)));
        [1.0, -1.0].into_iter().filter_map(beside).all(|there| there > RISES * here)
    }

    /// Where damped Gauss-Newton steps for what moves all samples lead to.
    fn shared_zero(&self, start: [f64; N]) -> Option<[f64; N]> {
        let (mut at, mut damping) = (start, 1e-3);
        let mut here = self.size(&at)?;
        for step in 0..60 {
            let ahead = self.gauss_newton(&at, damping)?;
            let next: [f64; N] = std::array::from_fn(|i| at[i] - ahead[i]);
            match self.size(&next) {
                Some(there) if there < here => {
                    let slow = step > 12 && there > 0.9 * here;
                    (at, here, damping) = (next, there, damping * 0.2);
                    if slow {
                        break;
                    }
                }
                _ => damping *= 10.0,
            }
            if damping > 1e6 || here < 1e-28 {
                break;
            }
        }
        Some(at)
    }

    /// (E J^2 + damping)^-1 E J r with r = g + 2 gamma theta and J its derivative.
    fn gauss_newton(&self, at: &[f64; N], damping: f64) -> Option<[f64; N]> {
        use faer::linalg::solvers::Solve;
        let Samples { values, weights, .. } = self.averages.samples(at);
        let total: f64 = weights.iter().sum();
        let decay = 2.0 * self.setup.weight_decay;
        let (mut square, mut pull) = ([[0.0; N]; N], [0.0; N]);
        for (row, w) in values.chunks_exact(derivatives(N)).zip(&weights) {
            let j = |a: usize, b: usize| row[second(N, a, b)] + if a == b { decay } else { 0.0 };
            for a in 0..N {
                pull[a] += w / total * (0..N).map(|k| j(a, k) * (row[k] + decay * at[k])).sum::<f64>();
                for (b, square) in square[a].iter_mut().enumerate() {
                    *square += w / total * (0..N).map(|k| j(a, k) * j(k, b)).sum::<f64>();
                }
            }
        }
        let trace: f64 = (0..N).map(|i| square[i][i]).sum();
        let matrix = faer::Mat::from_fn(N, N, |a, b| square[a][b] + if a == b { damping * trace } else { 0.0 });
        let step = matrix.full_piv_lu().solve(&faer::Mat::from_fn(N, 1, |a, _| pull[a]));
        let step: [f64; N] = std::array::from_fn(|i| step[(i, 0)]);
        step.iter().all(|x| x.is_finite()).then_some(step)
    }
}
