//! Where the noise of a loss vanishes, and what that does to its law.
//!
//! SGD stays where every sample's gradient vanishes. Such a face u = 0 cuts the space in two, such a plane u = w
//! (exchanged neurons) in mirror images; at such a point sits a second stationary law. Where the noise is only singular
//! and paths cross, nothing happens. All of it is tried at points, with what is zero to the last digits taken as zero.

use super::averages::{Averages, Samples};
use super::fixed_point::{FixedPoint, growth};
use super::local::{Local, derivatives, second};
use super::plan::finite;
use super::trial;
use super::{LossData, LossSetup};
use crate::model::ModelError;

/// Mean squares below this share of their usual size are zero.
const NOTHING: f64 = 1e-24;
/// A correlation matrix with a pivot below this is singular.
const SINGULAR: f64 = 1e-11;
/// Next to a face.
const NEAR: f64 = 1e-3;
/// Relative difference of numbers that should be mirror images.
const MIRRORED: f64 = 1e-9;
/// What is accepted instead of noise in some direction only.
const REMEDY: &str =
    "isotropic_noise > 0, or the law of the product itself (kind = \"diagonal\", \"features\", \"unbalanced\")";

/// What was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Structure {
    /// Range with the sides of invariant faces that are not the start's cut off.
    pub(super) range: Vec<[f64; 2]>,
    /// Whether the law is its own mirror image, parameters -> -parameters.
    pub(super) mirrored: bool,
    /// Points without noise and drift.
    pub(super) points: Vec<FixedPoint>,
    /// Faces that paths cross and next to which the gradients of all samples are parallel.
    pub(super) parallel: Vec<String>,
    /// What the reader of the law should know.
    pub(super) notes: Vec<String>,
}

/// What averages say at points.
struct Probe<'a, const N: usize> {
    setup: &'a LossSetup,
    averages: &'a Averages,
    points: Vec<[f64; N]>,
    /// E g_i^2, typically.
    usual: [f64; N],
}

/// Surveys the noise.
///
/// # Errors
/// [`ModelError::Degenerate`] where no law of the parameters can have a density in one piece.
pub(super) fn structure<const N: usize>(setup: &LossSetup, averages: &Averages) -> Result<Structure, ModelError> {
    let points: Vec<[f64; N]> = trial::points(&setup.range, trial::COUNT);
    let locals: Vec<Local<N>> = points.iter().map(|p| averages.at(p)).filter(finite).collect();
    let usual = std::array::from_fn(|i| middle(locals.iter().map(|l| square(l, i)).collect()));
    let probe = Probe { setup, averages, points, usual };
    let mut found = Structure { range: setup.range.clone(), mirrored: probe.mirrored(), ..Structure::default() };
    if setup.isotropic_noise > 0.0 {
        return Ok(found);
    }
    probe.rank(&locals)?;
    probe.faces(&mut found);
    probe.one_way(&mut found);
    probe.planes(&found.range)?;
    probe.points(&mut found);
    Ok(found)
}

fn square<const N: usize>(local: &Local<N>, i: usize) -> f64 {
    local.mean[i] * local.mean[i] + local.covariance[i][i]
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Smallest pivot of the correlation matrix of the gradient.
fn smallest_pivot<const N: usize>(local: &Local<N>) -> f64 {
    let sd: [f64; N] = std::array::from_fn(|i| local.covariance[i][i].max(0.0).sqrt());
    let mut l = [[0.0; N]; N];
    let mut smallest = f64::INFINITY;
    for i in 0..N {
        for j in 0..i {
            let known: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            l[i][j] = (local.covariance[i][j] / sd[i] / sd[j] - known) / l[j][j];
        }
        let pivot = 1.0 - (0..i).map(|k| l[i][k] * l[i][k]).sum::<f64>();
        // A gradient that is the same for all samples varies by rounding only.
        if sd[i] <= 1e-13 * local.mean[i].abs() || pivot.is_nan() || pivot <= SINGULAR {
            return 0.0;
        }
        l[i][i] = pivot.sqrt();
        smallest = smallest.min(pivot);
    }
    smallest
}

impl<const N: usize> Probe<'_, N> {
    fn at(&self, point: &[f64; N]) -> Option<Local<N>> {
        let local = self.averages.at(point);
        finite(&local).then_some(local)
    }

    fn name(&self, i: usize) -> &str {
        self.setup.names.get(i).map_or("", String::as_str)
    }

    /// Noise in all directions, at least somewhere.
    fn rank(&self, locals: &[Local<N>]) -> Result<(), ModelError> {
        if locals.iter().any(|l| smallest_pivot(l) > SINGULAR) {
            return Ok(());
        }
        let cause = match N {
            1 => "the gradient is the same for every sample wherever it was tried, so the law is a point mass".to_owned(),
            _ => "its covariance is singular wherever it was tried: the gradients of all samples are parallel to each other, \
                  and the law lives on curves that SGD cannot leave (for products of layers: layers of equal magnitude)"
                .to_owned(),
        };
        Err(ModelError::Degenerate { name: "loss", cause, accepted: REMEDY })
    }

    /// Whether no sample moves parameter combination `normal` at `point`.
    fn still(&self, point: &[f64; N], normal: &[f64; N]) -> Option<bool> {
        let local = self.at(point)?;
        let Samples { values, weights } = self.averages.samples(point);
        let along = |row: &[f64]| (0..N).map(|i| normal[i] * row[i]).sum::<f64>();
        let rows = values.chunks_exact(derivatives(N)).zip(&weights);
        let moved = rows.map(|(row, w)| w * along(row).powi(2)).sum::<f64>() / weights.iter().sum::<f64>();
        let size: f64 = (0..N).map(|i| normal[i].powi(2) * (self.usual[i] + square(&local, i))).sum();
        Some(moved <= NOTHING * size)
    }

    /// Whether it is still at all points that `place` puts on a face or plane, of which there must be some.
    fn invariant(&self, normal: &[f64; N], place: impl Fn(&[f64; N]) -> [f64; N]) -> bool {
        let mut tried = self.points.iter().filter_map(|point| self.still(&place(point), normal)).peekable();
        tried.peek().is_some() && tried.all(|still| still)
    }

    /// Faces u = 0: the side of the start is kept. Where only the noise along the face dies, a note says so.
    fn faces(&self, found: &mut Structure) {
        for i in 0..N {
            let [lower, upper] = found.range[i];
            if !(lower <= 0.0 && 0.0 <= upper) {
                continue;
            }
            let on_face = |point: &[f64; N]| {
                let mut point = *point;
                point[i] = 0.0;
                point
            };
            let normal: [f64; N] = std::array::from_fn(|k| f64::from(u8::from(k == i)));
            let name = self.name(i);
            if self.invariant(&normal, on_face) {
                if lower < 0.0 && upper > 0.0 {
                    let negative = self.setup.start.as_ref().is_some_and(|start| start[i] < 0.0);
                    let sign = if negative { "<" } else { ">" };
                    found.range[i] = if negative { [lower, 0.0] } else { [0.0, upper] };
                    found.mirrored = false;
                    found.notes.push(format!(
                        "SGD never crosses {name} = 0, where every sample's gradient by {name} vanishes: this is the law \
                         of a start at {name} {sign} 0; for the other side give `start` or `range`"
                    ));
                }
            } else if N > 1 && lower < 0.0 && upper > 0.0 {
                self.crossed(i, found);
            }
        }
    }

    /// A face that paths cross although the noise on it has no component in some direction.
    fn crossed(&self, i: usize, found: &mut Structure) {
        let singular = |distance: f64| {
            let at = |point: &[f64; N]| {
                let mut point = *point;
                point[i] = distance;
                self.at(&point)
            };
            let mut locals = self.points.iter().filter_map(at).peekable();
            locals.peek().is_some() && locals.all(|l| smallest_pivot(&l) == 0.0)
        };
        let name = self.name(i);
        if singular(NEAR) && singular(-NEAR) {
            found.parallel.push(format!("{name} = 0"));
        } else if singular(0.0) {
            found.notes.push(format!(
                "on {name} = 0 the noise has no component in some direction, but paths cross it: the law has a density on both \
                 sides"
            ));
        }
    }

    /// The point of a single parameter where the noise vanishes and the drift does not: paths cross it in one direction.
    fn one_way(&self, found: &mut Structure) {
        let (1, Some(&[lower, upper])) = (N, found.range.first()) else { return };
        let Some(at) = self.still_noise([lower, upper]) else { return };
        let Some(local) = self.at(&[at; N]) else { return };
        let drift = -local.mean[0] - 2.0 * self.setup.weight_decay * at;
        if drift * drift <= MIRRORED * MIRRORED * self.usual[0] {
            return;
        }
        found.range[0] = if drift > 0.0 { [at, upper] } else { [lower, at] };
        found.mirrored = false;
        let name = self.name(0);
        found.notes.push(format!(
            "the noise vanishes at {name} = {at}, where the drift is {drift:.6}: paths cross it in that direction only, and the \
             law is on that side of it"
        ));
    }

    /// An inner zero of the noise of a single parameter: a minimum of Var g that is nothing.
    fn still_noise(&self, [lower, upper]: [f64; 2]) -> Option<f64> {
        let slope = |x: f64| self.at(&[x; N]).map_or(f64::NAN, |l| l.slope[0]);
        let places: Vec<f64> = trial::ladder([lower, upper]);
        let spread = middle(self.points.iter().filter_map(|p| self.at(p)).map(|l| l.covariance[0][0]).collect());
        for pair in places.windows(2) {
            let (mut low, mut high) = (pair[0], pair[1]);
            if !(slope(low) < 0.0 && slope(high) > 0.0) {
                continue;
            }
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                if slope(middle) < 0.0 { low = middle } else { high = middle }
            }
            if self.at(&[low; N])?.covariance[0][0] <= 1e-20 * spread {
                return Some(low);
            }
        }
        None
    }

    /// Planes u = w and u = -w of exchangeable parameters: the law is two mirror images, which no lattice across the
    /// plane keeps apart.
    fn planes(&self, range: &[[f64; 2]]) -> Result<(), ModelError> {
        for i in 0..N {
            for j in 0..i {
                for sign in [1.0, -1.0] {
                    let normal: [f64; N] =
                        std::array::from_fn(|k| if k == i { 1.0 } else { f64::from(u8::from(k == j)) * -sign });
                    let inside = |x: f64, k: usize| range[k][0] < x && x < range[k][1];
                    let on_plane = |point: &[f64; N]| {
                        let mut point = *point;
                        point[i] = sign * point[j];
                        point
                    };
                    let crosses = self.points.iter().any(|p| inside(p[j], j) && inside(sign * p[j], i));
                    if crosses && self.invariant(&normal, on_plane) {
                        return Err(self.split(i, j, sign));
                    }
                }
            }
        }
        Ok(())
    }

    fn split(&self, i: usize, j: usize, sign: f64) -> ModelError {
        let (a, b) = (self.name(j), self.name(i));
        let (plane, first, second) = if sign > 0.0 {
            (format!("{a} = {b}"), format!("{a} = s + d"), format!("{b} = s - d"))
        } else {
            (format!("{a} = -{b}"), format!("{a} = d + s"), format!("{b} = d - s"))
        };
        let cause = format!(
            "none leads across {plane}, where every sample's gradient is along it, so the law is two mirror images or lives \
             on it; written with {first}, {second} and range d = [0, inf] either half can be solved"
        );
        ModelError::Degenerate {
            name: "loss",
            cause,
            accepted: "isotropic_noise > 0, or parameters that do not mirror each other",
        }
    }

    /// The law at the mirrored point is the mirror image.
    fn mirrored(&self) -> bool {
        let whole = self.setup.range.iter().all(|[lower, upper]| *lower == -*upper);
        whole
            && self.points.iter().all(|point| {
                let (Some(here), Some(there)) = (self.at(point), self.at(&point.map(|x| -x))) else { return true };
                (0..N).all(|i| {
                    let size = square(&here, i).sqrt() + 1e-3 * self.usual[i].sqrt();
                    (here.mean[i] + there.mean[i]).abs() <= MIRRORED * size
                        && (here.covariance[i][i] - there.covariance[i][i]).abs() <= MIRRORED * size * size
                })
            })
    }

    /// The origin, and minima that all samples share.
    fn points(&self, found: &mut Structure) {
        let mut candidates = vec![[0.0; N]];
        if matches!(self.setup.data, LossData::Rows { .. } | LossData::Gaussian { noise: 0.0, .. }) {
            candidates.extend(self.points.iter().take(3).filter_map(|start| self.shared_minimum(*start)));
        }
        for at in candidates {
            let inside = (0..N).all(|i| found.range[i][0] <= at[i] && at[i] <= found.range[i][1]);
            let known =
                found.points.iter().any(|p| (0..N).all(|i| (p.at[i] - at[i]).abs() < 1e-6 * (1.0 + at[i].abs())));
            if !inside || known || !self.resting(&at) {
                continue;
            }
            let Samples { values, weights } = self.averages.samples(&at);
            let growth = growth::<N>(&values, &weights, self.setup.temperature, self.setup.weight_decay);
            found.points.push(FixedPoint { name: self.place(&at), at: at.to_vec(), growth });
        }
    }

    fn place(&self, at: &[f64; N]) -> String {
        if at.iter().all(|x| *x == 0.0) {
            return format!("{} = 0", self.setup.names.join(" = "));
        }
        (0..N).map(|i| format!("{} = {:.6}", self.name(i), at[i])).collect::<Vec<_>>().join(", ")
    }

    /// No sample and no decay moves it.
    fn resting(&self, at: &[f64; N]) -> bool {
        let Some(local) = self.at(at) else { return false };
        let decays = self.setup.weight_decay > 0.0 && at.iter().any(|x| *x != 0.0);
        // A minimum is found to eight digits.
        let floor = if at.iter().all(|x| *x == 0.0) { NOTHING } else { 1e-14 };
        !decays && (0..N).all(|i| square(&local, i) <= floor * self.usual[i])
    }

    /// Where a few damped Newton steps lead to.
    fn shared_minimum(&self, start: [f64; N]) -> Option<[f64; N]> {
        let (mut at, mut damping) = (start, 1e-3);
        let size = |l: &Local<N>| (0..N).map(|i| square(l, i) / self.usual[i]).sum::<f64>();
        let mut here = size(&self.at(&at)?);
        for _ in 0..60 {
            let step = self.newton(&at, damping)?;
            let next: [f64; N] = std::array::from_fn(|i| at[i] - step[i]);
            match self.at(&next).map(|l| size(&l)) {
                Some(there) if there < here => (at, here, damping) = (next, there, damping * 0.2),
                _ => damping *= 10.0,
            }
            if damping > 1e6 || here < 1e-28 {
                break;
            }
        }
        Some(at)
    }

    /// (E H + damping)^-1 E g: a step of Newton's method for the mean loss.
    fn newton(&self, at: &[f64; N], damping: f64) -> Option<[f64; N]> {
        use faer::linalg::solvers::Solve;
        let Samples { values, weights } = self.averages.samples(at);
        let total: f64 = weights.iter().sum();
        let m = derivatives(N);
        let mean = |k: usize| values.chunks_exact(m).zip(&weights).map(|(row, w)| w * row[k]).sum::<f64>() / total;
        let size: f64 = (0..N).map(|i| mean(second(N, i, i)).abs()).sum();
        let matrix = faer::Mat::from_fn(N, N, |i, j| mean(second(N, i, j)) + if i == j { damping * size } else { 0.0 });
        let right = faer::Mat::from_fn(N, 1, |i, _| mean(i));
        let step = matrix.full_piv_lu().solve(&right);
        let step: [f64; N] = std::array::from_fn(|i| step[(i, 0)]);
        step.iter().all(|x| x.is_finite()).then_some(step)
    }
}
