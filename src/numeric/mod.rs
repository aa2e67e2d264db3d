//! Small numerical kernels that import nothing from the rest of the house.

mod bernoulli;
mod blur;
mod cholesky;
mod double_double;
pub(crate) mod elementary;
mod gauss;
mod geometric;
mod golden;
mod root;
mod step;
mod sum;
mod thread;
mod uniform;

pub use bernoulli::{bernoulli, bernoulli_pair};
pub use blur::{Blur, LogSum};
pub use cholesky::semidefinite_root;
pub use double_double::DoubleDouble;
pub use gauss::{Gauss, Q};
pub use geometric::{Geometric, RESTART, ROW};
pub use golden::lowest;
pub use root::{Bracket, bracketed_root};
pub use step::dormand_prince;
pub use sum::{Compensated, log_add, two_sum};
pub use thread::on_one_thread;
pub use uniform::{Local, SIDE, cell_row, end_correction};
