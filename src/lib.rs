//! Stillpoint computes the exact stationary law of stochastic gradient descent.

pub mod cli;
pub mod data;
pub mod error;
pub mod estimate;
pub mod model;
pub mod output;
pub mod process;
pub mod record;
pub mod scenario;
pub mod sgd;
pub mod study;
