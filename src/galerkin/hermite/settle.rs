//! Degrees are raised until the moments stay where they are.

use super::HermiteLaw;
use crate::galerkin::GalerkinError;
use crate::numeric::semidefinite_root;
use crate::process::Process;

/// Total degrees by number of variables: the last ones are systems of a few thousand unknowns.
fn degrees(variables: usize) -> &'static [usize] {
    match variables {
        1 => &[20, 30, 40, 60, 90, 130, 190],
        2 => &[16, 22, 30, 40, 54, 72],
        _ => &[8, 11, 14, 18, 22, 26],
    }
}

/// Every second law has a weight that is wider by this: what two weights agree in is no accident of one.
const WIDER: f64 = 1.05;

/// Relative error above which the moments are not settled, and part that the highest degrees may have of the norm.
const LIMIT: f64 = 1e-4;
const REMAINDER: f64 = 1e-2;

/// A change that falls by less than this from one degree to the next does not fall...
const STILL: f64 = 0.8;
/// ...and is without hope where it is larger than this at so many unknowns.
const HOPELESS: f64 = 1e-3;
const FEW: usize = 400;
/// Unknowns from which on a further degree is dear.
const MANY: usize = 800;
/// Changes below this may be rounding; and the largest ratio of two of them that is believed.
const ROUNDED: f64 = 1e-11;
const SLOWEST: f64 = 0.95;
/// Largest ratio of widths at which those of a law replace those before.
const TRUSTED: f64 = 3.0;

/// Laws of the last three degrees, ascending.
#[derive(Debug)]
pub struct HermiteSettled<const N: usize> {
    /// The last one is the answer.
    pub laws: [HermiteLaw<N>; 3],
    /// Largest error of a moment relative to standard deviations: that of the last degree, by [`HermiteSettled::factor`].
    pub relative: f64,
    /// By how much errors are larger than the change of the last degree: 2, or more where changes hardly fall.
    pub factor: f64,
}

/// The law of a process on the whole space whose mean and covariance are somewhere about these: every degree begins with those
/// of the degree before. Stops as soon as means and covariances are known to `tolerance` standard deviations, and densities,
/// which lag behind, hardly worse if that is cheap.
///
/// # Errors
/// [`GalerkinError::Slow`] where the expansion does not converge; those of [`HermiteLaw::solve`].
pub fn settle_hermite<const N: usize>(
    process: &dyn Process<N>,
    centre: [f64; N],
    covariance: &[[f64; N]; N],
    tolerance: f64,
) -> Result<HermiteSettled<N>, GalerkinError> {
    let (mut centre, mut root) = (centre, semidefinite_root(covariance));
    let mut laws: Vec<HermiteLaw<N>> = Vec::new();
    let (mut relative, mut degree) = (f64::INFINITY, 0);
    for (k, &next) in degrees(N).iter().enumerate() {
        let wider = if k % 2 == 0 { 1.0 } else { WIDER };
        let law = HermiteLaw::solve(process, centre, root.map(|row| row.map(|r| wider * r)), next)?;
        let better = semidefinite_root(&law.measure.covariance());
        // Far from convergence the moments may be anything.
        if (0..N).all(|i| better[i][i] > root[i][i] / TRUSTED && better[i][i] < root[i][i] * TRUSTED) {
            (centre, root) = (law.measure.mean(), better);
        }
        laws.push(law);
        degree = next;
        let [.., before, last] = laws.as_slice() else { continue };
        let now = change(before, last);
        let (stays, unknowns) = (now > STILL * relative, last.unknowns());
        // The rest of a geometric series; what is rounding does not fall any more.
        let ratio = if now > ROUNDED { (now / relative).min(SLOWEST) } else { 0.0 };
        let factor = 2.0 / (1.0 - ratio);
        relative = now;
        let good = last.remainder() <= REMAINDER && relative <= LIMIT;
        let remainder = before.remainder().max(last.remainder());
        let densities = remainder <= tolerance || unknowns > MANY;
        let moments = relative <= tolerance || stays && relative <= ROUNDED;
        if good && laws.len() > 2 && (densities && moments || k + 1 == degrees(N).len()) {
            laws.drain(..laws.len() - 3);
            let laws = laws.try_into().map_err(|_| GalerkinError::NoMass)?;
            return Ok(HermiteSettled { laws, relative: 0.5 * factor * relative, factor });
        }
        if stays && unknowns > FEW && relative > HOPELESS {
            break;
        }
    }
    Err(GalerkinError::Slow { relative, degree })
}

/// Twice the largest difference of means and covariances, in standard deviations; infinite where they are none.
fn change<const N: usize>(before: &HermiteLaw<N>, last: &HermiteLaw<N>) -> f64 {
    let (m, c) =
        ([before.measure.mean(), last.measure.mean()], [before.measure.covariance(), last.measure.covariance()]);
    let sd: [f64; N] = std::array::from_fn(|i| c[1][i][i].sqrt());
    let mut worst: f64 = 0.0;
    let mut add = |difference: f64| {
        worst = if difference.is_finite() { worst.max(2.0 * difference.abs()) } else { f64::INFINITY }
    };
    for i in 0..N {
        add((m[0][i] - m[1][i]) / sd[i]);
        for j in 0..N {
            add((c[0][i][j] - c[1][i][j]) / (sd[i] * sd[j]));
        }
    }
    worst
}
