//! The weights of one network and a step of SGD on them.

use super::ReluTraining;
use crate::sgd::random::{LANES, Lanes, Streams};
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

/// Samples in columns, and what the network makes of them.
pub(super) struct Pass {
    /// x, \[inputs, samples\].
    pub(super) x: Mat<f64>,
    /// max(U x, 0), \[hidden, samples\].
    pub(super) hidden: Mat<f64>,
    /// f - y, \[outputs, samples\].
    pub(super) error: Mat<f64>,
    /// The loss by U x, halved: W' (f - y) where the neuron is on, \[hidden, samples\].
    pub(super) back: Mat<f64>,
    normals: Vec<Lanes>,
}

/// One network and its stream of batches.
pub(super) struct Network {
    /// U, \[hidden, inputs\].
    pub(super) inner: Mat<f64>,
    /// W, \[outputs, hidden\].
    pub(super) outer: Mat<f64>,
    pass: Pass,
    streams: Streams,
    noise: f64,
    /// 2 eta / S
    rate: f64,
}

impl Pass {
    pub(super) fn new([inputs, hidden, outputs]: [usize; 3], samples: usize) -> Self {
        let numbers = (inputs + outputs) * samples;
        Self {
            x: Mat::zeros(inputs, samples),
            hidden: Mat::zeros(hidden, samples),
            error: Mat::zeros(outputs, samples),
            back: Mat::zeros(hidden, samples),
            normals: vec![[0.0; LANES]; numbers.div_ceil(LANES)],
        }
    }

    /// Draws samples, and carries them forward and their errors back.
    pub(super) fn run(&mut self, inner: &Mat<f64>, outer: &Mat<f64>, noise: f64, streams: &mut Streams) {
        streams.normals(&mut self.normals);
        let mut normals = self.normals.iter().flatten().copied();
        let samples = self.x.ncols();
        let shared = self.x.nrows().min(self.error.nrows());
        for sample in 0..samples {
            for (x, normal) in self.x.col_mut(sample).iter_mut().zip(&mut normals) {
                *x = normal;
            }
            for (minus_y, normal) in self.error.col_mut(sample).iter_mut().zip(&mut normals) {
                *minus_y = -noise * normal;
            }
            for k in 0..shared {
                self.error[(k, sample)] -= self.x[(k, sample)];
            }
        }
        matmul(&mut self.hidden, Accum::Replace, inner, &self.x, 1.0, Par::Seq);
        for sample in 0..samples {
            for value in self.hidden.col_mut(sample).iter_mut() {
                *value = value.max(0.0);
            }
        }
        matmul(&mut self.error, Accum::Add, outer, &self.hidden, 1.0, Par::Seq);
        matmul(&mut self.back, Accum::Replace, outer.transpose(), &self.error, 1.0, Par::Seq);
        for sample in 0..samples {
            for (back, value) in self.back.col_mut(sample).iter_mut().zip(self.hidden.col(sample).iter()) {
                if *value <= 0.0 {
                    *back = 0.0;
                }
            }
        }
    }
}

impl Network {
    pub(super) fn new(training: &ReluTraining, mut streams: Streams) -> Self {
        let [inputs, hidden, outputs] = training.widths;
        let mut draw = |rows: usize, columns: usize, size: f64| {
            let mut normals = vec![[0.0; LANES]; (rows * columns).div_ceil(LANES)];
            streams.normals(&mut normals);
            Mat::from_fn(rows, columns, |i, j| {
                let number = i * columns + j;
                size * normals[number / LANES][number % LANES]
            })
        };
        let inner = draw(hidden, inputs, training.initial[0]);
        let outer = draw(outputs, hidden, training.initial[1]);
        let config = &training.config;
        let samples = config.batch_size as usize;
        Self {
            inner,
            outer,
            pass: Pass::new(training.widths, samples),
            streams,
            noise: training.noise,
            rate: 2.0 * config.learning_rate / config.batch_size as f64,
        }
    }

    pub(super) fn step(&mut self) {
        let Self { inner, outer, pass, streams, noise, rate } = self;
        pass.run(inner, outer, *noise, streams);
        matmul(outer, Accum::Add, &pass.error, pass.hidden.transpose(), -*rate, Par::Seq);
        matmul(inner, Accum::Add, &pass.back, pass.x.transpose(), -*rate, Par::Seq);
    }
}
