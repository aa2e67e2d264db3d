//! Which names are taken, which are possible, and which was probably meant.

use super::FormulaError;
use super::function::{ARGUMENTS, arguments};

/// The only constant.
pub(super) const PI: &str = "pi";

/// Names others use.
const ELSEWHERE: [(&str, &str); 12] = [
    ("log", "the natural logarithm is ln(x)"),
    ("log10", "ln(x)/ln(10)"),
    ("log2", "ln(x)/ln(2)"),
    ("e", "write exp(1)"),
    ("E", "write exp(1)"),
    ("tg", "write tan(x)"),
    ("arctan", "write atan(x)"),
    ("fabs", "write abs(x)"),
    ("asin", "asin(x) is atan(x/sqrt(1 - x^2))"),
    ("acos", "acos(x) is pi/2 - atan(x/sqrt(1 - x^2))"),
    ("inf", "infinity is no number of a formula"),
    ("coth", "write 1/tanh(x)"),
];

/// Whether `name` can be the name of a variable or parameter.
///
/// # Errors
/// [`FormulaError`], its span within the name.
pub fn check_name(name: &str) -> Result<(), FormulaError> {
    let error = |message: String| FormulaError::new(0..name.len(), message);
    let mut characters = name.chars();
    let first = characters.next();
    if !first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        || !characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        let hint = "letters (a-z, A-Z), digits and _, not starting with a digit";
        return Err(error(format!("`{}` cannot be a name", name.escape_debug())).hint(hint));
    }
    if arguments(name).is_some() {
        return Err(error(format!("`{name}` is a function and cannot be a name")).hint("choose another name"));
    }
    if name == PI {
        return Err(error("`pi` is a constant and cannot be a name".to_owned()).hint("choose another name"));
    }
    Ok(())
}

/// Whether the names of variables and parameters are possible and all different.
///
/// # Errors
/// [`FormulaError`], its span within the offending name.
pub fn check_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<(), FormulaError> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        check_name(name)?;
        if seen.contains(&name) {
            return Err(FormulaError::new(0..name.len(), format!("the name `{name}` is given twice")));
        }
        seen.push(name);
    }
    Ok(())
}

/// A hint for an unknown name.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == name);
    if let Some((_, hint)) = elsewhere {
        return Some((*hint).to_owned());
    }
    let lower = name.to_lowercase();
    let mut all: Vec<&str> = known.collect();
    all.sort_unstable();
    let listed = all.join(", ");
    let functions = ARGUMENTS.iter().map(|(name, _)| *name);
    let candidates = all.into_iter().chain(functions).chain([PI]);
    let near = candidates
        .map(|other| (strsim::damerau_levenshtein(&lower, &other.to_lowercase()), other))
        .filter(|(distance, other)| {
            *distance <= 1.max(other.len().min(name.len()) / 3) && *distance < other.len().max(name.len())
        })
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, other)) => Some(format!("did you mean `{other}`?")),
        None if listed.is_empty() => None,
        None => Some(format!("known are {listed}, the functions and pi")),
    }
}
