//! The force of the diagonal network on whole lines of nodes: the fractions of `equation.rs` in units in which
//! every coefficient is of order one, with the exponentials by recurrence and one division per node.

#![allow(clippy::needless_range_loop, reason = "lanes that are indexed side by side become vector code")]

use super::Diagonal;
use crate::numeric::{Geometric, RESTART, ROW};
use crate::process::Coordinate;
use pulp::{Arch, Simd, WithSimd};

/// Exponents up to this size leave every product representable.
const LARGEST_EXPONENT: f64 = 250.0;

/// The force in one chart, as a function of exponentials of z.
#[derive(Debug, Clone, Copy)]
pub(super) enum LineForce {
    /// v = c e^z, D >= 1.
    HalfLine(HalfLine),
    /// v = centre + scale sinh z, D = 0.
    WholeLine(WholeLine),
}

/// With V = |v| / unit, g = G / alpha3 (or 1) and rho = |v/d|^-((D-1)/(D+1)):
/// -[ (rise V - pull) rho + decay rho^2 + 2 n bend V (V - centre) + (2n - 3) g ] / (n g),
/// g = bend (V - centre)^2 + floor, n = D + 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct HalfLine {
    log_unit: f64,
    bend: f64,
    centre: f64,
    floor: f64,
    rise: f64,
    pull: f64,
    decay: f64,
    layers: f64,
    /// rho = e^(power (z - log_width))
    power: f64,
    log_width: f64,
}

/// -(constant + slope sinh z) / cosh z - (linear + square sinh z) cosh z.
#[derive(Debug, Clone, Copy)]
pub(super) struct WholeLine {
    constant: f64,
    slope: f64,
    linear: f64,
    square: f64,
}

impl LineForce {
    /// The form for a chart of a model, where there is one.
    pub(super) fn of(model: &Diagonal, coordinate: &Coordinate) -> Option<Self> {
        match *coordinate {
            Coordinate::Exponential { origin: 0.0, sign, scale } if model.depth >= 1 => {
                HalfLine::of(model, sign, scale).map(Self::HalfLine)
            }
            Coordinate::Hyperbolic { centre, scale } => WholeLine::of(model, centre, scale).map(Self::WholeLine),
            _ => None,
        }
    }

    /// Whether all exponents between z = `low` and `high` are in range.
    fn in_range(&self, low: f64, high: f64) -> bool {
        let (centre, stretch) = match self {
            Self::HalfLine(f) => (f.log_unit, 1.0 + (f.log_width - f.log_unit).abs() / LARGEST_EXPONENT),
            Self::WholeLine(_) => (0.0, 1.0),
        };
        (low - centre).abs().max((high - centre).abs()) * stretch <= LARGEST_EXPONENT
    }

    /// The force at the nodes `start` + i `step`; `at` answers where exponents leave their range.
    pub(super) fn fill(&self, start: f64, step: f64, out: &mut [f64], at: impl Fn(f64) -> f64) {
        if self.in_range(start, start + step * out.len() as f64) {
            return Arch::new().dispatch(Fill { force: *self, start, step, out });
        }
        for (i, value) in out.iter_mut().enumerate() {
            *value = at(start + i as f64 * step);
        }
    }
}

struct Fill<'a> {
    force: LineForce,
    start: f64,
    step: f64,
    out: &'a mut [f64],
}

impl WithSimd for Fill<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { force, start, step, out } = self;
        match force {
            LineForce::HalfLine(f) => {
                let first = |z: f64| [z - f.log_unit, f.power * (z - f.log_width)];
                walk(start, step, out, [1.0, f.power], first, |v, rho| f.at(v, rho));
            }
            LineForce::WholeLine(f) => walk(start, step, out, [1.0, -1.0], |z| [z, -z], |up, down| f.at(up, down)),
        }
    }
}

/// Applies `at` to two exponentials on every node; `first` gives their exponents at z, `rates` how these
/// change with z.
#[inline(always)]
fn walk(
    start: f64,
    step: f64,
    out: &mut [f64],
    rates: [f64; 2],
    first: impl Fn(f64) -> [f64; 2],
    at: impl Fn(f64, f64) -> f64,
) {
    let [mut a, mut b] = rates.map(|rate| Geometric::new(rate * step));
    for (block, nodes) in out.chunks_mut(RESTART).enumerate() {
        let [first_a, first_b] = first(start + (block * RESTART) as f64 * step);
        a.restart(first_a);
        b.restart(first_b);
        let mut rows = nodes.chunks_exact_mut(ROW);
        for row in &mut rows {
            for k in 0..ROW {
                row[k] = at(a.row[k], b.row[k]);
            }
            a.advance();
            b.advance();
        }
        for (k, value) in rows.into_remainder().iter_mut().enumerate() {
            *value = at(a.row[k], b.row[k]);
        }
    }
}

impl HalfLine {
    fn of(model: &Diagonal, sign: f64, scale: f64) -> Option<Self> {
        let m = &model.moments;
        let (a1, a3) = (m.alpha1(), m.alpha3());
        if model.modified_loss || a3 <= 0.0 {
            return None;
        }
        let layers = f64::from(model.depth) + 1.0;
        let (unit, bend, floor) = if a1 > 0.0 {
            ((a3 / a1).sqrt(), 1.0, (m.discriminant() / a1) / a3)
        } else {
            ((m.beta2() / m.beta1()).abs(), 0.0, 1.0)
        };
        let heat = model.temperature * a3;
        let force = Self {
            log_unit: (unit / scale).ln(),
            bend,
            centre: sign * m.centre() / unit,
            floor,
            rise: m.beta1() * unit / heat,
            pull: sign * m.beta2() / heat,
            decay: model.weight_decay / heat,
            layers,
            power: (2.0 - layers) / layers,
            log_width: (f64::from(model.width) / scale).ln(),
        };
        let representable = [force.log_unit, force.centre, force.floor, force.rise, force.pull, force.decay];
        representable.iter().all(|x| x.is_finite()).then_some(force)
    }

    #[inline(always)]
    fn at(&self, v: f64, rho: f64) -> f64 {
        let x = v - self.centre;
        let bent = self.bend * x;
        let g = bent * x + self.floor;
        let opposing = (self.rise * v - self.pull + self.decay * rho) * rho;
        let along = 2.0 * self.layers * (bent * v) + (2.0 * self.layers - 3.0) * g;
        -(opposing + along) / (self.layers * g)
    }
}

impl WholeLine {
    fn of(model: &Diagonal, centre: f64, scale: f64) -> Option<Self> {
        let m = &model.moments;
        let d = f64::from(model.width);
        // The correction of a linear network for its finite step multiplies the slope of the loss.
        let factor = if model.modified_loss { 1.0 + model.temperature * m.beta1() * d } else { 1.0 };
        let beta = m.beta1() * factor + model.weight_decay / d;
        let offset = beta * centre - m.beta2() * factor;
        let t = model.temperature * d;
        let force = if m.alpha1() == 0.0 {
            let heat = t * m.alpha3();
            let (linear, square) = (offset * scale / heat, beta * scale * scale / heat);
            Self { constant: 0.0, slope: -1.0, linear, square }
        } else if centre == m.centre() && scale == m.pinch() {
            let heat = t * m.alpha1();
            Self { constant: offset / (scale * heat), slope: beta / heat + 1.0, linear: 0.0, square: 0.0 }
        } else {
            return None;
        };
        let representable = [force.constant, force.slope, force.linear, force.square];
        representable.iter().all(|x| x.is_finite()).then_some(force)
    }

    #[inline(always)]
    fn at(&self, up: f64, down: f64) -> f64 {
        let (sinh, cosh) = (0.5 * (up - down), 0.5 * (up + down));
        -(self.constant + self.slope * sinh) / cosh - (self.linear + self.square * sinh) * cosh
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Branch, Diagonal, Moments};
    use crate::process::Process;

    fn check(model: Diagonal, start: f64, step: f64) {
        let piece = &model.pieces(model.natural_branch())[0];
        let mut line = [0.0; 205];
        piece.process.forces(&[start], 0, step, &mut line);
        for (i, &found) in line.iter().enumerate() {
            let z = start + i as f64 * step;
            let truth = piece.process.force(&[z]);
            let [before, after] = [-1e-13, 1e-13].map(|dz| piece.process.force(&[z + dz]).value[0]);
            let blur = (after - before).abs() + 4e-15 * truth.magnitude[0];
            assert!((found - truth.value[0]).abs() <= blur, "{model:?} at {z}: {found} not {}", truth.value[0]);
        }
    }

    #[test]
    fn lines_agree_with_single_nodes() {
        let sets = [(2.0, 2.0, 3.0, 1.0, 1.0), (0.0, 0.0, 1.5, 2.0, -0.7), (1e-8, -3e-3, 2e3, 1e-4, 30.0)];
        for (a1, a2, a3, b1, b2) in sets {
            let moments = Moments::try_new(a1, a2, a3, b1, b2).expect("valid");
            for depth in [0, 1, 2, 5, 40] {
                for (width, temperature, weight_decay) in [(1, 0.1, 0.0), (7, 2.0, 0.3)] {
                    let model = Diagonal { depth, width, temperature, weight_decay, modified_loss: false, moments };
                    check(model, -9.0, 0.09);
                    check(model, -300.0, 2.9);
                }
            }
        }
    }

    #[test]
    fn the_other_branch_and_the_modified_loss_too() {
        let moments = Moments::try_new(2.0, 2.0, 3.0, 1.0, 1.0).expect("valid");
        let model = Diagonal { depth: 1, width: 2, temperature: 0.2, weight_decay: 0.0, modified_loss: true, moments };
        check(model, -9.0, 0.09);
        check(Diagonal { depth: 0, ..model }, -9.0, 0.09);
        let piece = &model.pieces(Branch::Negative)[0];
        let mut line = [0.0; 3];
        piece.process.forces(&[0.0], 0, 0.5, &mut line);
        assert_eq!(line[2], piece.process.force(&[1.0]).value[0]);
    }
}
