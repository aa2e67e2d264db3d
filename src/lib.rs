//! Stillpoint computes the exact stationary law of stochastic gradient descent.

pub mod density;
pub mod estimate;
pub mod grid;
pub mod model;
pub mod numeric;
pub mod operator;
pub mod process;
pub mod record;
pub mod sgd;
pub mod stationary;
pub mod study;
pub mod theory;
