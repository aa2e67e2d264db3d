//! Small numerical kernels that import nothing from the rest of the house.

mod bernoulli;
mod blur;
mod gauss;
mod root;
mod sum;

pub use bernoulli::{bernoulli, bernoulli_pair};
pub use blur::{Blur, LogSum};
pub use gauss::{Gauss, Q};
pub use root::{Bracket, bracketed_root};
pub use sum::{Compensated, log_add, two_sum};
