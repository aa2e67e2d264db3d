//! Gradients of a network on fresh samples: their means and variances, neuron by neuron.

use super::network::{Network, Pass};
use super::{ReluRecord, ReluTraining};
use crate::sgd::random::Streams;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

pub(super) struct Probe {
    pass: Pass,
    streams: Streams,
    noise: f64,
    /// Sums over samples of the halved gradients in W and U.
    outer: Mat<f64>,
    inner: Mat<f64>,
}

impl Probe {
    pub(super) fn new(training: &ReluTraining, streams: Streams) -> Self {
        let [inputs, hidden, outputs] = training.widths;
        Self {
            pass: Pass::new(training.widths, training.probe),
            streams,
            noise: training.noise,
            outer: Mat::zeros(outputs, hidden),
            inner: Mat::zeros(hidden, inputs),
        }
    }

    pub(super) fn record(&mut self, network: &Network, time: f64) -> ReluRecord {
        let pass = &mut self.pass;
        pass.run(&network.inner, &network.outer, self.noise, &mut self.streams);
        matmul(&mut self.outer, Accum::Replace, &pass.error, pass.hidden.transpose(), 1.0, Par::Seq);
        matmul(&mut self.inner, Accum::Replace, &pass.back, pass.x.transpose(), 1.0, Par::Seq);
        let (hidden, samples) = (pass.hidden.nrows(), pass.x.ncols());
        // Sums over samples of |g_w|^2 = 4 |f - y|^2 h_i^2 and |g_u|^2 = 4 back_i^2 |x|^2.
        let mut squares = [vec![0.0; hidden], vec![0.0; hidden]];
        let mut loss = 0.0;
        for sample in 0..samples {
            let error: f64 = pass.error.col(sample).iter().map(|e| e * e).sum();
            let input: f64 = pass.x.col(sample).iter().map(|x| x * x).sum();
            loss += error;
            for i in 0..hidden {
                squares[0][i] += 4.0 * error * pass.hidden[(i, sample)].powi(2);
                squares[1][i] += 4.0 * input * pass.back[(i, sample)].powi(2);
            }
        }
        let n = samples as f64;
        // Mean squares and squared means, the latter without what the finite sample adds to them.
        let mut noise = [vec![0.0; hidden], vec![0.0; hidden]];
        let mut drift = noise.clone();
        let mut norms = noise.clone();
        for i in 0..hidden {
            let means = [
                4.0 * self.outer.col(i).iter().map(|g| g * g).sum::<f64>() / (n * n),
                4.0 * self.inner.row(i).iter().map(|g| g * g).sum::<f64>() / (n * n),
            ];
            for side in 0..2 {
                let variance = (squares[side][i] / n - means[side]) * n / (n - 1.0);
                noise[side][i] = variance;
                drift[side][i] = means[side] - variance / n;
            }
            norms[0][i] = network.inner.row(i).iter().map(|u| u * u).sum();
            norms[1][i] = network.outer.col(i).iter().map(|w| w * w).sum();
        }
        ReluRecord { time, norms, noise, drift, loss: loss / n }
    }
}
