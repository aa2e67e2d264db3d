//! A small language of formulas: parsed with the places of its mistakes, differentiated exactly, evaluated over
//! blocks of points.
//!
//! Usual precedence: -x^2 is -(x^2), ^ is right-associative, 1e-3 is a number. Functions: exp ln sqrt sin cos tan
//! tanh sinh cosh atan abs min max pow; the constant pi. Imports nothing from the rest of the house.

use std::ops::Range;

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormulaError {
    /// What is wrong, in a sentence.
    pub message: String,
    /// What would be accepted, or a near name.
    pub hint: Option<String>,
    /// Bytes of the formula it is about.
    pub span: Range<usize>,
}

/// A real function of a few variables.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
}

impl Formula {
    /// Reads `text` as a function of `variables`, with named constants `parameters`.
    ///
    /// # Errors
    /// [`FormulaError`] with the bytes it is about.
    pub fn parse(text: &str, _variables: &[String], _parameters: &[(String, f64)]) -> Result<Self, FormulaError> {
        Ok(Self { text: text.to_owned() })
    }

    /// As it was written (a derivative: as it would be).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Value at one point.
    pub fn value(&self, _at: &[f64]) -> f64 {
        unimplemented!("branch formula")
    }

    /// Values at many points; `at[i]` holds the values of variable `i`.
    pub fn values(&self, _at: &[&[f64]], _out: &mut [f64]) {
        unimplemented!("branch formula")
    }

    /// The exact derivative by variable `i`.
    pub fn derivative(&self, _i: usize) -> Self {
        unimplemented!("branch formula")
    }
}
