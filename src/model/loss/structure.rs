//! Where the noise of a loss vanishes, and what that does to its law.
//!
//! SGD stays where every sample's gradient vanishes. Such a face u = 0 cuts the space in two, such a plane u = w
//! (exchanged neurons) in mirror images; at such a point sits a second stationary law. Where the noise is only singular
//! and paths cross, nothing happens. All of it is tried at points, with what is zero to the last digits taken as zero.

use super::LossSetup;
use super::averages::{Averages, Samples};
use super::fixed_point::FixedPoint;
use super::local::{Local, derivatives};
use super::plan::finite;
use super::trial;
use crate::model::ModelError;

/// Mean squares below this share of their usual size are zero.
pub(super) const NOTHING: f64 = 1e-24;
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
pub(super) struct Probe<'a, const N: usize> {
    pub(super) setup: &'a LossSetup,
    pub(super) averages: &'a Averages,
    pub(super) points: Vec<[f64; N]>,
    /// E g_i^2, typically.
    pub(super) usual: [f64; N],
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
    probe.quiet(&mut found)?;
    probe.planes(&found.range)?;
    probe.points(&mut found);
    Ok(found)
}

fn square<const N: usize>(local: &Local<N>, i: usize) -> f64 {
    local.mean[i] * local.mean[i] + local.covariance[i][i]
}

pub(super) fn middle(mut values: Vec<f64>) -> f64 {
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
    pub(super) fn at(&self, point: &[f64; N]) -> Option<Local<N>> {
        let local = self.averages.at(point);
        finite(&local).then_some(local)
    }

    pub(super) fn name(&self, i: usize) -> &str {
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
        let Samples { values, weights, .. } = self.averages.samples(point);
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
                let size = |i: usize| square(&here, i).sqrt() + 1e-3 * self.usual[i].sqrt();
                let close = |a: f64, b: f64, size: f64| (a - b).abs() <= MIRRORED * size;
                (0..N).all(|i| {
                    close(here.mean[i], -there.mean[i], size(i))
                        && (0..=i).all(|j| close(here.covariance[i][j], there.covariance[i][j], size(i) * size(j)))
                })
            })
    }
}
