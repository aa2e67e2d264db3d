//! Galerkin's method on the whole space: p is a Gaussian times a polynomial.
//!
//! z = c + S y, and p(y) = phi(y) sum_n c_n he_n(y) with phi the standard normal density of N variables and he_n the Hermite
//! polynomials that are orthonormal under it, up to a total degree. Testing the stationary equation with the same polynomials,
//! E\[b . grad he_m + B : grad grad he_m / 2\] = 0, gives a dense system: exact at once for a Gaussian law, and
//! converging faster than any power of the degree where the law is smooth and its tails fall like those of a Gaussian or
//! faster. Neither box nor walls, nor derivatives of B. Laws with heavier tails have coefficients that do not fall, which is an
//! error.

mod basis;
mod law;
mod marginal;
mod rates;
mod settle;
mod weak;

pub use law::HermiteLaw;
pub use marginal::Marginal;
pub use settle::{HermiteSettled, settle_hermite};
