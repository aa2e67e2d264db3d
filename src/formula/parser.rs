//! Tokens to expressions, by binding powers (Pratt 1973).

use super::FormulaError;
use super::function::{Function, arguments};
use super::graph::{Graph, Id};
use super::lexer::{Kind, Token, tokens};
use super::names::{PI, suggestion};
use std::ops::Range;

/// Parentheses, signs and powers within each other.
const DEEPEST: usize = 200;
/// Bytes of a formula.
const LONGEST: usize = 20_000;

const SUM: u8 = 1;
const PRODUCT: u8 = 2;
/// A sign binds more than a product and less than a power: -x^2 is -(x^2).
const SIGN: u8 = 3;
const POWER: u8 = 4;

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
    variables: &'a [String],
    parameters: &'a [(String, f64)],
    graph: Graph,
}

/// Reads all of `text`.
pub(super) fn parse(
    text: &str,
    variables: &[String],
    parameters: &[(String, f64)],
) -> Result<(Graph, Id), FormulaError> {
    if text.len() > LONGEST {
        let message = format!("a formula of {} bytes is too long", text.len());
        return Err(FormulaError::new(LONGEST..text.len(), message).hint("at most 20000 bytes"));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, next: 0, depth: 0, variables, parameters, graph: Graph::default() };
    if parser.kind() == Kind::End {
        return Err(FormulaError::new(0..text.len(), "the formula is empty").hint("for nothing, write 0"));
    }
    let root = parser.expression(0)?;
    match parser.kind() {
        Kind::End => Ok((parser.graph, root)),
        Kind::Close => Err(FormulaError::new(parser.span(), "this parenthesis was never opened")),
        Kind::Comma => Err(FormulaError::new(parser.span(), "a comma only separates arguments of a function")
            .hint("the decimal sign is a point")),
        _ => Err(parser.missing_operator()),
    }
}

impl Parser<'_> {
    fn kind(&self) -> Kind {
        self.tokens[self.next].kind
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.next].span.clone()
    }

    fn advance(&mut self) {
        // The last token is the end, and stays.
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn word(&self) -> &str {
        &self.text[self.span()]
    }

    /// An expression whose operators bind at least as strongly as `least`.
    fn expression(&mut self, least: u8) -> Result<Id, FormulaError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FormulaError::new(self.span(), format!("nested more than {DEEPEST} deep")));
        }
        let mut left = self.operand()?;
        while let Some((_, right_least)) = binding(self.kind()).filter(|(binding, _)| *binding >= least) {
            let operator = self.kind();
            self.advance();
            let right = self.expression(right_least)?;
            left = match operator {
                Kind::Plus => self.graph.add(left, right),
                Kind::Minus => self.graph.subtract(left, right),
                Kind::Star => self.graph.multiply(left, right),
                Kind::Slash => self.graph.divide(left, right),
                _ => self.graph.raise(left, right),
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Id, FormulaError> {
        match self.kind() {
            Kind::Number(value) => {
                self.advance();
                Ok(self.graph.number(value))
            }
            Kind::Minus => {
                self.advance();
                let operand = self.expression(SIGN)?;
                Ok(self.graph.negative(operand))
            }
            Kind::Plus => {
                self.advance();
                self.expression(SIGN)
            }
            Kind::Open => {
                let opened = self.span();
                self.advance();
                let inner = self.expression(0)?;
                self.close(opened)?;
                Ok(inner)
            }
            Kind::Name => self.name(),
            Kind::End => Err(FormulaError::new(self.last_span(), "the formula ends where a value should follow")),
            Kind::Close | Kind::Comma | Kind::Star | Kind::Slash | Kind::Caret => {
                let message = format!("a value is missing before `{}`", self.word());
                Err(FormulaError::new(self.span(), message))
            }
        }
    }

    /// The last token before the end.
    fn last_span(&self) -> Range<usize> {
        self.tokens[self.next.saturating_sub(1)].span.clone()
    }

    fn close(&mut self, opened: Range<usize>) -> Result<(), FormulaError> {
        match self.kind() {
            Kind::Close => {
                self.advance();
                Ok(())
            }
            Kind::End => Err(FormulaError::new(opened, "this parenthesis is never closed")),
            Kind::Comma => Err(FormulaError::new(self.span(), "a comma only separates arguments of a function")
                .hint("the decimal sign is a point")),
            _ => Err(self.missing_operator()),
        }
    }

    /// Two values stand side by side.
    fn missing_operator(&self) -> FormulaError {
        let error = FormulaError::new(self.span(), format!("an operator is missing before `{}`", self.word()));
        let before = self.last_span();
        let left = &self.text[before.clone()];
        // 2x, 2(x + 1), (x)(y): a product is the likely meaning.
        if before.end == self.span().start && matches!(self.kind(), Kind::Open | Kind::Name) {
            let right = if self.kind() == Kind::Open { "(...)" } else { self.word() };
            let left = if left == ")" { "(...)" } else { left };
            return error.hint(format!("a product is written {left}*{right}"));
        }
        error
    }

    fn name(&mut self) -> Result<Id, FormulaError> {
        let span = self.span();
        let word = self.text[span.clone()].to_owned();
        self.advance();
        if let Some(count) = arguments(&word) {
            return self.call(&word, span, count);
        }
        if let Some(i) = self.variables.iter().position(|name| *name == word) {
            return Ok(self.graph.variable(i as u32));
        }
        if let Some((_, value)) = self.parameters.iter().find(|(name, _)| *name == word) {
            if !value.is_finite() {
                return Err(FormulaError::new(span, format!("the parameter `{word}` = {value} is no finite number")));
            }
            return Ok(self.graph.number(*value));
        }
        if word == PI {
            return Ok(self.graph.number(std::f64::consts::PI));
        }
        let known = self.variables.iter().map(String::as_str).chain(self.parameters.iter().map(|p| p.0.as_str()));
        let what = if self.kind() == Kind::Open { "function" } else { "symbol" };
        let error = FormulaError::new(span, format!("unknown {what} `{word}`"));
        Err(match suggestion(&word, known) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    fn call(&mut self, name: &str, span: Range<usize>, count: usize) -> Result<Id, FormulaError> {
        let form = ["", "(x)", "(x, y)", "(c, x, y)"][count];
        if self.kind() != Kind::Open {
            let message = format!("`{name}` is a function: its argument must follow in parentheses");
            return Err(FormulaError::new(span, message).hint(format!("{name}{form}")));
        }
        let opened = self.span();
        self.advance();
        let mut given = Vec::new();
        if self.kind() != Kind::Close {
            given.push(self.expression(0)?);
            while self.kind() == Kind::Comma {
                self.advance();
                given.push(self.expression(0)?);
            }
        }
        let end = self.span().end;
        self.close(opened)?;
        match (name, given.as_slice()) {
            ("min", &[a, b]) => Ok(self.graph.min(a, b)),
            ("max", &[a, b]) => Ok(self.graph.max(a, b)),
            ("pow", &[a, b]) => Ok(self.graph.raise(a, b)),
            ("choose", &[c, a, b]) => Ok(self.graph.choose(c, a, b)),
            (_, &[a]) if count == 1 => match Function::named(name) {
                Some(function) => Ok(self.graph.call(function, a)),
                None => Err(FormulaError::new(span, format!("unknown function `{name}`"))),
            },
            _ => {
                let plural = if count == 1 { "" } else { "s" };
                let message = format!("`{name}` takes {count} argument{plural}, not {}", given.len());
                Err(FormulaError::new(span.start..end, message).hint(format!("{name}{form}")))
            }
        }
    }
}

/// How strongly an operator binds, and how strongly at least what stands to its right.
fn binding(kind: Kind) -> Option<(u8, u8)> {
    match kind {
        Kind::Plus | Kind::Minus => Some((SUM, SUM + 1)),
        Kind::Star | Kind::Slash => Some((PRODUCT, PRODUCT + 1)),
        // Right-associative; a sign may follow, 2^-3.
        Kind::Caret => Some((POWER, POWER)),
        _ => None,
    }
}
