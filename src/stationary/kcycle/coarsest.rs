//! The coarsest chain, solved by elimination: exact whatever the spectral gap.
//!
//! A stationary correction u of its flows is found without a subtraction (GTH), so the weights of metastable wells
//! come out with all their digits. Further right-hand sides are Poisson equations of the chain run backwards in time.

use super::level::Level;
use crate::operator::Generator;
use crate::stationary::poisson::Poisson;
use crate::stationary::{Layout, StationaryError, solve};
use sprs::CsMatI;

/// Largest logarithm of a correction.
const FAR: f64 = 150.0;

/// Least probability of a jump.
const LEAST: f64 = 1e-290;

/// The solved coarsest chain.
pub(super) struct Coarsest {
    /// u: the exact masses are x u; of mean 1, weighted with outflows.
    pub u: Vec<f64>,
    /// Whether flows had to be changed to stay in range.
    pub limited: bool,
    reversed: Generator,
    pin: usize,
}

impl Coarsest {
    /// # Errors
    /// [`StationaryError::Reducible`] when the chain falls apart, [`StationaryError::TooSlow`] when it is out of the
    /// range of numbers.
    pub fn of(level: &Level) -> Result<Self, StationaryError> {
        let n = level.states();
        if n == 1 {
            let reversed = Generator::from_triplets(1, &[]).map_err(|_| StationaryError::TooSlow)?;
            return Ok(Self { u: vec![1.0], limited: false, reversed, pin: 0 });
        }
        let (jumps, limited) = forward(level)?;
        let solved = solve(&jumps, Layout::Graph)?;
        // Masses of the chain of jumps are u D.
        let log_u: Vec<f64> = solved.vector.log_mass.iter().zip(&level.scale).map(|(v, s)| v - s).collect();
        let heaviest = (0..n).max_by(|&i, &j| level.scale[i].total_cmp(&level.scale[j])).unwrap_or(0);
        // A bad guess may be off by more than numbers can say; then this is only a step on the way.
        let mut u: Vec<f64> = log_u.iter().map(|l| (l - log_u[heaviest]).clamp(-FAR, FAR).exp()).collect();
        let mean: f64 = u.iter().zip(&level.weight).map(|(u, w)| u * w).sum();
        u.iter_mut().for_each(|u| *u /= mean);
        Ok(Self { reversed: reversed(level, &u)?, limited, u, pin: heaviest })
    }

    /// Factors for [`Factored::solve`].
    pub fn factor(&self) -> Result<Factored<'_>, StationaryError> {
        let poisson =
            if self.u.len() == 1 { None } else { Some(Poisson::new(&self.reversed, Layout::Graph, &[self.pin])?) };
        Ok(Factored { u: &self.u, poisson })
    }
}

/// The coarsest chain, ready for right-hand sides.
pub(super) struct Factored<'a> {
    u: &'a [f64],
    poisson: Option<Poisson<'a>>,
}

impl Factored<'_> {
    /// e with A e = `share` r + `rest`, where r is the excess of the chain itself: A (u - 1) = r without cancellation.
    pub fn solve(&self, share: f64, rest: &[f64], weight: &[f64]) -> Option<Vec<f64>> {
        let mut e: Vec<f64> = self.u.iter().map(|u| share * (u - 1.0)).collect();
        if let Some(poisson) = &self.poisson
            && rest.iter().any(|r| *r != 0.0)
        {
            let right: Vec<[f64; 1]> = rest.iter().zip(self.u).map(|(r, u)| [r / u]).collect();
            let parts = poisson.solve(&right)?;
            for (k, e) in e.iter_mut().enumerate() {
                let ([above], [below], [spread]) = (parts.above[k], parts.below[k], parts.spread[k]);
                *e += self.u[k] * (above - below + spread);
            }
        }
        let mean: f64 = e.iter().zip(weight).map(|(e, w)| e * w).sum();
        e.iter_mut().zip(self.u).for_each(|(e, u)| *e -= mean * u);
        Some(e)
    }
}

/// Jumps of the chain, G_yx D_y / D_x; whether any had to be changed.
fn forward(level: &Level) -> Result<(Generator, bool), StationaryError> {
    let mut limited = false;
    let mut triplets = Vec::with_capacity(level.sources.len());
    for y in 0..level.states() {
        for (x, g) in level.row(y) {
            // A jump has a probability: where a bad guess says otherwise, numbers are out of range.
            let jump = (g.ln() + level.scale[y] - level.scale[x]).exp();
            limited |= !(jump > LEAST && jump < 1.0 + 1e-6);
            triplets.push((x, y, if jump > LEAST { jump.min(1.0) } else { LEAST }));
        }
    }
    let jumps = Generator::from_triplets(level.states(), &triplets).map_err(|_| StationaryError::TooSlow)?;
    Ok((jumps, limited))
}

/// Jumps of the balanced chain backwards in time: G_yx u_x / u_y from y to x.
fn reversed(level: &Level, u: &[f64]) -> Result<Generator, StationaryError> {
    let values = (0..level.states())
        .flat_map(|y| level.row(y).map(move |(x, g)| (g * u[x] / u[y]).clamp(LEAST, 1.0 / LEAST)))
        .collect();
    let n = level.states();
    Generator::checked(CsMatI::new((n, n), level.pointers.clone(), level.sources.clone(), values))
        .map_err(|_| StationaryError::TooSlow)
}
