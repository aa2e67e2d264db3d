//! Stillpoint computes the exact stationary law of stochastic gradient descent.

pub mod cli;
pub mod data;
pub mod density;
pub mod error;
pub mod estimate;
pub mod grid;
pub mod model;
pub mod numeric;
pub mod operator;
pub mod output;
pub mod process;
pub mod record;
pub mod scenario;
pub mod sgd;
pub mod stationary;
pub mod study;
pub mod theory;
