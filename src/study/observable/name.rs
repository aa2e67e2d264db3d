//! Names of observables, read against the law they are asked of.

use super::{Observable, Side, What};
use crate::model::System;
use crate::study::{FieldProblem, Subject};

/// The names that exist, with what follows a colon in capitals.
pub const OBSERVABLES: &[&str] = &[
    "law",
    "mean",
    "variance",
    "covariance:A:B",
    "mode",
    "modes",
    "tail_exponent",
    "quantile:Q",
    "log_quantile:Q",
    "moment:N",
    "weight:K",
    "spectral_gap",
    "relaxation_time",
    "entropy_production",
    "lyapunov:K",
    "identity:K",
];
/// Those of diagonal networks.
const OF_LINES: &[&str] = &[
    "law",
    "mean",
    "variance",
    "mode",
    "modes",
    "tail_exponent",
    "quantile:Q",
    "log_quantile:Q",
    "moment:N",
    "spectral_gap",
    "relaxation_time",
];

/// Why a text is no observable of a law.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no observable of this law{}", if detail.is_empty() { String::new() } else { format!(": {detail}") })]
pub struct Nameless {
    /// The text.
    pub name: String,
    /// What is wrong with it, where that is known.
    pub detail: String,
    /// What would be accepted.
    pub accepted: String,
}

impl Nameless {
    /// The name that was perhaps meant.
    pub fn hint(&self) -> Option<String> {
        let written = self.name.split(':').next().unwrap_or_default();
        let distance = |name: &str| strsim::damerau_levenshtein(written, name.split(':').next().unwrap_or(name));
        let (off, nearest) = OBSERVABLES.iter().map(|name| (distance(name), name)).min()?;
        (1..=1 + written.len() / 4).contains(&off).then(|| format!("did you mean `{nearest}`?"))
    }
}

impl Observable {
    /// Reads a name: `mean`, `quantile:0.5`, `variance:v2`, `weight:1`, or an expression of `[report]`. Where a law
    /// has several variables, the one that is meant follows the last colon.
    ///
    /// # Errors
    /// [`Nameless`] where this law has no such observable.
    pub fn parse(name: &str, subject: Subject<'_>) -> Result<Self, Nameless> {
        let name = name.trim();
        let words = Words { name, subject, variables: subject.variables() };
        let what = match subject {
            Subject::Line(_) => words.of_line(),
            Subject::Field(problem) => words.of_field(problem),
        };
        Ok(Self { name: name.to_owned(), what: what? })
    }
}

struct Words<'a> {
    name: &'a str,
    subject: Subject<'a>,
    variables: Vec<String>,
}

impl Words<'_> {
    fn of_line(&self) -> Result<What, Nameless> {
        let parts: Vec<&str> = self.name.split(':').map(str::trim).collect();
        match parts.as_slice() {
            ["log_quantile", q] => Ok(What::LogQuantile(self.probability(q)?)),
            ["moment", n] => Ok(What::Moment(self.number(n, "an order", f64::is_finite)?)),
            _ => self.of_any(&parts),
        }
    }

    fn of_field(&self, problem: &FieldProblem) -> Result<What, Nameless> {
        let expressions = &problem.request.expressions;
        if let Some(k) = expressions.iter().position(|e| e.text().trim() == self.name) {
            return Ok(What::Expression(k));
        }
        let parts: Vec<&str> = self.name.split(':').map(str::trim).collect();
        match parts.as_slice() {
            ["covariance", a, b] => Ok(What::Covariance(self.variable(a)?, self.variable(b)?)),
            ["weight", k] => Ok(What::Weight(self.index(k, usize::MAX)?)),
            ["entropy_production"] => Ok(What::EntropyProduction),
            ["lyapunov", k] => match &problem.system {
                System::Features(features) => Ok(What::Lyapunov(self.index(k, features.signs.len())?)),
                _ => self.refuse("only networks of several features (kind = \"features\") have such faces"),
            },
            ["identity"] => Ok(What::Identity(self.index("1", problem.system.identities().len())?)),
            ["identity", k] => Ok(What::Identity(self.index(k, problem.system.identities().len())?)),
            ["tail_exponent", v, "lower"] => Ok(What::TailExponent(self.variable(v)?, Side::Lower)),
            ["tail_exponent", v, "upper"] => Ok(What::TailExponent(self.variable(v)?, Side::Upper)),
            _ => self.of_any(&parts),
        }
    }

    /// What laws of both kinds have.
    fn of_any(&self, parts: &[&str]) -> Result<What, Nameless> {
        let only = || match self.variables.len() {
            1 => Ok(0),
            _ => self.refuse(&format!("it says of none of the variables {}", self.variables.join(", "))),
        };
        match parts {
            ["law"] => Ok(What::Law),
            ["mean"] => Ok(What::Mean(only()?)),
            ["mean", v] => Ok(What::Mean(self.variable(v)?)),
            ["variance"] => Ok(What::Variance(only()?)),
            ["variance", v] => Ok(What::Variance(self.variable(v)?)),
            ["mode"] => Ok(What::Mode(only()?)),
            ["mode", v] => Ok(What::Mode(self.variable(v)?)),
            ["modes"] => Ok(What::Modes),
            ["tail_exponent"] => Ok(What::TailExponent(only()?, Side::Upper)),
            ["tail_exponent", v] => Ok(What::TailExponent(self.variable(v)?, Side::Upper)),
            ["quantile", q] => Ok(What::Quantile(self.probability(q)?, only()?)),
            ["quantile", q, v] => Ok(What::Quantile(self.probability(q)?, self.variable(v)?)),
            ["spectral_gap"] => Ok(What::SpectralGap),
            ["relaxation_time"] => Ok(What::RelaxationTime),
            _ => self.refuse(""),
        }
    }

    fn probability(&self, text: &str) -> Result<f64, Nameless> {
        self.number(text, "a probability, 0 < q < 1", |q| q > 0.0 && q < 1.0)
    }

    fn number(&self, text: &str, what: &str, fits: impl Fn(f64) -> bool) -> Result<f64, Nameless> {
        match text.parse::<f64>() {
            Ok(x) if fits(x) => Ok(x),
            _ => self.refuse(&format!("`{text}` is not {what}")),
        }
    }

    /// A number from 1, as an index from 0.
    fn index(&self, text: &str, most: usize) -> Result<usize, Nameless> {
        match text.parse::<usize>() {
            Ok(k) if (1..=most).contains(&k) => Ok(k - 1),
            _ if most == 0 => self.refuse("this law has none"),
            _ if most == usize::MAX => self.refuse(&format!("`{text}` is not a whole number from 1")),
            _ => self.refuse(&format!("`{text}` is not a whole number from 1 to {most}")),
        }
    }

    fn variable(&self, name: &str) -> Result<usize, Nameless> {
        match self.variables.iter().position(|v| v == name) {
            Some(i) => Ok(i),
            None => self.refuse(&format!("there is no variable `{name}`")),
        }
    }

    fn refuse<T>(&self, detail: &str) -> Result<T, Nameless> {
        Err(Nameless { name: self.name.to_owned(), detail: detail.to_owned(), accepted: self.accepted() })
    }

    fn accepted(&self) -> String {
        let Subject::Field(problem) = self.subject else { return OF_LINES.join(", ") };
        let several = self.variables.len() > 1;
        let of_variables = |name: &&&str| {
            let base = name.split(':').next().unwrap_or_default();
            several && matches!(base, "mean" | "variance" | "mode" | "tail_exponent" | "quantile")
        };
        let names = OBSERVABLES.iter().filter(|name| !matches!(**name, "log_quantile:Q" | "moment:N"));
        let mut names: Vec<String> = names
            .map(|name| if of_variables(&name) { format!("{name}:VARIABLE") } else { (*name).to_owned() })
            .collect();
        names.extend(problem.request.expressions.iter().map(|e| format!("\"{}\"", e.text())));
        names.join(", ")
    }
}
