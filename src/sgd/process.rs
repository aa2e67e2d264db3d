//! Euler and Maruyama's method for any one-dimensional process in its chart.

use super::random::{LANES, Lanes, Streams};
use super::run::Chains;
use crate::process::Process;

/// [`LANES`] chains of a process.
pub(super) struct Walkers<'a, P> {
    process: &'a P,
    streams: Streams,
    dt: f64,
    z: Lanes,
}

impl<'a, P: Process<1>> Walkers<'a, P> {
    /// Chains `first .. first + LANES` of a run that starts at the chart coordinate `z`.
    pub(super) fn new(process: &'a P, dt: f64, z: f64, seed: u64, first: u64) -> Self {
        Self { process, streams: Streams::new(seed, first), dt, z: [z; LANES] }
    }

    fn step(&mut self, normal: &Lanes) {
        for (z, normal) in self.z.iter_mut().zip(normal) {
            let at = self.process.coefficients(&[*z]);
            *z += at.drift[0] * self.dt + (at.diffusion[0][0] * self.dt).sqrt() * normal;
        }
    }
}

impl<P: Process<1>> Chains for Walkers<'_, P> {
    fn advance(&mut self, steps: u64) {
        let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
        for step in 0..steps {
            if step % 2 == 0 {
                self.streams.normal_pair(&mut first, &mut second);
                self.step(&first);
            } else {
                self.step(&second);
            }
        }
    }

    fn values(&self) -> Lanes {
        self.z.map(|z| self.process.chart().axis(0).to_physical(z))
    }
}
