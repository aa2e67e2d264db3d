//! A small language of formulas: parsed with the places of its mistakes, differentiated exactly, evaluated over
//! blocks of points.
//!
//! Usual precedence: -x^2 is -(x^2), ^ is right-associative, 1e-3 is a number. Functions: exp ln sqrt sin cos tan
//! tanh sinh cosh atan abs sign min max pow, and choose(c, a, b), which is a where c > 0, else b; the constant pi.
//! With sign and choose every derivative is again a formula. Imports nothing from the rest of the house.
//!
//! ```
//! use stillpoint::formula::Formula;
//!
//! let names = ["x".to_owned(), "y".to_owned()];
//! let formula = Formula::parse("a*x^3 + exp(-y^2)", &names, &[("a".to_owned(), 0.5)]).expect("a formula");
//! assert_eq!(formula.value(&[2.0, 0.0]), 5.0);
//! assert_eq!(formula.derivative(0).value(&[2.0, 0.0]), 6.0);
//! let error = Formula::parse("x + cso(y)", &names, &[]).expect_err("no such function");
//! assert_eq!((error.span, error.hint.as_deref()), (4..7, Some("did you mean `cos`?")));
//! ```

mod breaks;
mod derivative;
mod faces;
mod function;
mod graph;
mod lexer;
mod names;
mod parser;
mod poles;
mod printer;
mod shape;
mod tape;

pub use breaks::Break;
pub use names::{check_name, check_names};
pub use tape::{Row, Tape};

use graph::{Graph, Id, Node};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of the text of a derivative, about.
const TEXT: usize = 2000;

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

impl FormulaError {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, span }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Why a formula has no finite value at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Something is divided by zero, or the logarithm of zero is taken.
    Pole,
    /// Something is not defined, as the square root of a negative number.
    Undefined,
    /// A number became too large for the arithmetic.
    Overflow,
}

/// A real function of a few variables.
#[derive(Debug, Clone)]
pub struct Formula {
    text: String,
    variables: Arc<[String]>,
    graph: Arc<Graph>,
    root: Id,
    tape: Arc<Tape>,
}

impl Formula {
    /// Reads `text` as a function of `variables`, with named constants `parameters`.
    ///
    /// # Errors
    /// [`FormulaError`] with the bytes it is about: a mistake in the text, or (about all of it) names that are
    /// functions, no names or the same.
    pub fn parse(text: &str, variables: &[String], parameters: &[(String, f64)]) -> Result<Self, FormulaError> {
        let names = variables.iter().chain(parameters.iter().map(|(name, _)| name));
        check_names(names.map(String::as_str)).map_err(|error| FormulaError { span: 0..text.len(), ..error })?;
        let (graph, root) = parser::parse(text, variables, parameters)?;
        Ok(Self::of(text.to_owned(), variables.into(), &graph, root))
    }

    /// Keeps of `graph` what `root` needs.
    fn of(text: String, variables: Arc<[String]>, graph: &Graph, root: Id) -> Self {
        let mut own = Graph::default();
        let root = own.import(graph, root);
        let tape = Tape::compile(&own, &[root], variables.len());
        Self { text, variables, graph: Arc::new(own), root, tape: Arc::new(tape) }
    }

    /// A result of work on the graph, with a text made for it.
    fn made(variables: Arc<[String]>, graph: &Graph, root: Id) -> Self {
        let text = printer::print(graph, root, &variables, TEXT);
        Self::of(text, variables, graph, root)
    }

    /// As it was written (a derivative: as it would be, cut off with three dots where it is very long).
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names of the variables it is a function of, whether or not it mentions them.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// Value at one point.
    ///
    /// # Panics
    /// When `at` has fewer entries than there are variables.
    pub fn value(&self, at: &[f64]) -> f64 {
        let mut out = [0.0];
        self.tape.point(at, &mut out);
        out[0]
    }

    /// Values at many points; `at[i]` holds the values of variable `i`.
    ///
    /// # Panics
    /// When there are fewer columns than variables, or a column is shorter than `out`.
    pub fn values(&self, at: &[&[f64]], out: &mut [f64]) {
        self.tape.columns(at, &mut [out]);
    }

    /// The exact derivative by variable `i`. Where there is none (abs at 0, min and max of equal values) it is
    /// that of one side, or for abs 0.
    pub fn derivative(&self, i: usize) -> Self {
        let mut graph = (*self.graph).clone();
        let root = derivative::derivative(&mut graph, self.root, i as u32);
        Self::made(self.variables.clone(), &graph, root)
    }

    /// The same with further variables that stand for the distances x_i - face of all (i, face) in `faces`, in
    /// their order, so that what vanishes at a face keeps all digits near it.
    pub fn with_distances(&self, faces: &[(usize, f64)]) -> Self {
        let distance = |&(i, face): &(usize, f64)| format!("[{} - {face}]", self.variables[i]);
        let variables: Arc<[String]> = self.variables.iter().cloned().chain(faces.iter().map(distance)).collect();
        let (graph, root) = faces::factored(&self.graph, self.root, faces, self.variables.len() as u32);
        Self::made(variables, &graph, root)
    }

    /// Why the value at `at` is no finite number; `None` if it is one.
    pub fn failure(&self, at: &[f64]) -> Option<Failure> {
        if self.value(at).is_finite() { None } else { Some(self.tape.failure(at)) }
    }

    /// Whether it mentions variable `i`.
    pub fn mentions(&self, i: usize) -> bool {
        self.graph.nodes().contains(&Node::Variable(i as u32))
    }

    /// Whether it mentions no variable.
    pub fn is_constant(&self) -> bool {
        !self.graph.nodes().iter().any(|node| matches!(node, Node::Variable(_)))
    }

    /// Whether both are the same expression after simplification.
    pub fn same_as(&self, other: &Self) -> bool {
        let mut graph = (*self.graph).clone();
        graph.import(&other.graph, other.root) == self.root
    }
}

/// The simplified expression with all digits; it reads back as the same function.
impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printer::print(&self.graph, self.root, &self.variables, usize::MAX))
    }
}
