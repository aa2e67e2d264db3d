//! A condition of the user's own on observables: "mean > 0.5", "variance >= 2*mean^2".

use super::margin::{Case, Margin, Setting, Unjudged};
use crate::estimate::Estimate;
use crate::formula::{Formula, FormulaError};
use crate::study::{Observable, Reading, Subject, observe};

/// Two formulas of observables with a comparison between them.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    /// What is compared, the larger side first.
    difference: Formula,
    /// Its variables.
    names: Vec<String>,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Condition {
    /// Whether `text` is meant as a condition.
    pub fn is_one(text: &str) -> bool {
        text.contains(['<', '>'])
    }

    /// Reads a condition.
    ///
    /// # Errors
    /// [`FormulaError`] with the bytes of one of its sides.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        let at = text.find(['<', '>']).unwrap_or(text.len());
        let (left, rest) = text.split_at(at);
        let greater = rest.starts_with('>');
        let right = rest.get(1..).unwrap_or("");
        let right = right.strip_prefix('=').unwrap_or(right);
        let mut names = Vec::new();
        let [left, right] = [left, right].map(|side| variables(side, &mut names));
        let difference = if greater { format!("({left}) - ({right})") } else { format!("({right}) - ({left})") };
        let symbols: Vec<String> = (0..names.len()).map(symbol).collect();
        Ok(Self { text: text.to_owned(), difference: Formula::parse(&difference, &symbols, &[])?, names })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The observables it is about.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// By how much it holds.
    pub(super) fn margin(&self, case: &Case) -> Result<Margin, Unjudged> {
        let subject = match &case.setting {
            Setting::Line(problem, _) => Subject::Line(problem),
            Setting::Field(problem, _) => Subject::Field(problem),
        };
        let asked = self.names.iter().map(|name| Observable::parse(name, subject));
        let asked: Vec<Observable> =
            asked.collect::<Result<_, _>>().map_err(|error| Unjudged::Invalid(error.to_string()))?;
        let readings = observe(subject, &asked)?;
        let values = readings.iter().zip(&self.names).map(|(reading, name)| number(reading, name));
        let values: Vec<Estimate> = values.collect::<Result<_, _>>()?;
        let at: Vec<f64> = values.iter().map(|v| v.value).collect();
        let value = self.difference.value(&at);
        let moved = |i: usize| {
            let shifted = |by: f64| {
                let mut there = at.clone();
                there[i] += by;
                (self.difference.value(&there) - value).abs()
            };
            let error = values[i].error();
            if error == 0.0 {
                return 0.0;
            }
            // A bar that leaves the domain of the formula says nothing of its value.
            let [up, down] = [error, -error].map(shifted);
            if up.is_nan() || down.is_nan() { f64::INFINITY } else { up.max(down) }
        };
        let error = (0..at.len()).map(moved).sum::<f64>() + 8.0 * f64::EPSILON * value.abs();
        if value.is_nan() {
            return Err(Unjudged::Invalid(format!("`{}` has no value", self.text)));
        }
        Ok(Margin::new(value, if value.is_finite() { error } else { 0.0 }))
    }
}

fn number(reading: &Reading, name: &str) -> Result<Estimate, Unjudged> {
    match reading {
        Reading::Infinite => Ok(Estimate::exact(f64::INFINITY)),
        Reading::Absent(why) => Err(Unjudged::Invalid(format!("{name}: {why}"))),
        Reading::Word(word) => Err(Unjudged::Invalid(format!("{name} is a word, {word}"))),
        number => number.finite().ok_or_else(|| Unjudged::Invalid(format!("{name} is no number"))),
    }
}

fn symbol(i: usize) -> String {
    format!("observable{i}")
}

/// The text with every name that is no function replaced by a variable, one for each name.
fn variables(text: &str, names: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_') {
        // The exponent of a number is no name.
        let number = rest[..start].ends_with(|c: char| c.is_ascii_digit() || c == '.');
        let word = rest[start..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len() - start);
        let mut end = start + word;
        let call = rest[end..].trim_start().starts_with('(');
        if rest[end..].starts_with(':') {
            let argument = &rest[end + 1..];
            let signed = usize::from(argument.starts_with('-'));
            let stop = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ',' | ':'));
            end += 1 + signed + argument[signed..].find(stop).unwrap_or(argument.len() - signed);
        }
        out.push_str(&rest[..start]);
        let name = &rest[start..end];
        if number || call || name == "pi" {
            out.push_str(name);
        } else {
            let index = names.iter().position(|n| n == name).unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            });
            out.push_str(&symbol(index));
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
