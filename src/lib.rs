//! The exact stationary law of stochastic gradient descent.
//!
//! SGD with small learning rate eta and batch size S follows, at temperature T = eta / S, a diffusion whose noise
//! depends on the parameters. Stillpoint discretises the stationary Fokker-Planck equation
//! 0 = -(b p)' + (B p)''/2 of diagonal linear networks, solves for the null vector of the generator, and puts an
//! error bar on every number.
//!
//! ```
//! use stillpoint::model::{Branch, Diagonal, Moments};
//! use stillpoint::study::{Problem, law};
//!
//! let moments = Moments::gaussian(1.0, 1.0, 1.0).expect("a teacher");
//! let model =
//!     Diagonal { depth: 1, width: 1, temperature: 0.1, weight_decay: 0.0, modified_loss: false, moments };
//! let problem = Problem {
//!     title: "one hidden layer".into(),
//!     model,
//!     branch: Branch::Positive,
//!     tolerance: 1e-10,
//!     points: vec![1.0],
//!     quantiles: vec![0.01, 0.5, 0.99],
//!     moments: vec![1.0, 2.0],
//! };
//! let mean = law(&problem).expect("a law").mean.finite().expect("exists below T_c");
//! assert!((mean.value - 0.844_936_470_934_627).abs() < 1e-12 && mean.error() < 1e-12);
//! ```
//!
//! Data flows one way: scenario, model, process in a chart, grid, operator, stationary vector, density, record,
//! output; `study` conducts. `theory` and `sgd` are independent routes to the same law, met only in `study`.

pub mod chain;
pub mod cli;
pub mod data;
pub mod density;
pub mod error;
pub mod estimate;
pub mod formula;
pub mod galerkin;
pub mod grid;
pub mod model;
pub mod numeric;
pub mod operator;
pub mod output;
pub mod process;
pub mod record;
pub mod reproduce;
pub mod scenario;
pub mod sgd;
pub mod stationary;
pub mod study;
pub mod theory;
