//! Phase boundaries against formulas, tables and other routes.

mod command;
mod exponent;
mod line;
mod several;
