//! Real minibatch SGD on the network's parameters, and the gradient flow in its chart: samples to set
//! beside the computed law. Knows no grid and no solver.

/// Where the samples of a minibatch come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// Only the moments are known: per-sample (x^2, xy) are drawn from a bivariate normal that has them.
    Moments(crate::model::Moments),
    /// x ~ N(0, variance), y = slope x + N(0, noise^2).
    Gaussian {
        /// Var\[x\]
        variance: f64,
        /// Regression slope.
        slope: f64,
        /// Standard deviation of the noise.
        noise: f64,
    },
    /// Rows drawn with replacement from a data set.
    Data {
        /// Inputs, as the law uses them (standardised if the scenario says so).
        x: Vec<f64>,
        /// Targets.
        y: Vec<f64>,
    },
}

/// A Monte Carlo run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// eta
    pub learning_rate: f64,
    /// S
    pub batch_size: u64,
    /// Independent chains.
    pub chains: u64,
    /// Steps of each.
    pub steps: u64,
    /// Seed; the same seed gives the same digits on any number of threads.
    pub seed: u64,
}
