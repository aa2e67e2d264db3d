//! What can be wrong with a scenario, and where.

use super::tree::Place;
use crate::data::DataError;
use crate::formula::FormulaError;
use crate::model::ModelError;
use crate::study::Nameless;

/// What texts are called that only say which number was changed in a member of a family.
pub(super) const CHANGE: &str = "at";

/// A text that was read: the scenario file, or one `--set` argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// How it is called in messages.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// All that is wrong with a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioError {
    /// The texts that were read; the first is the file.
    pub sources: Vec<SourceText>,
    /// At least one fault, in the order of the file.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong, and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub cause: Cause,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Cause {
    /// The file is not TOML.
    #[error("not valid TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// The file is not text.
    #[error("byte {byte:#04x} is not UTF-8 text")]
    NotText {
        /// The first byte that is none.
        byte: u8,
    },
    /// A key that means nothing.
    #[error("unknown key `{key}` in {table}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The table it is in.
        table: String,
        /// The keys of that table.
        known: &'static [&'static str],
        /// The most similar of them.
        nearest: Option<&'static str>,
        /// Another table that has this very key.
        home: Option<&'static str>,
    },
    /// A key that must be there.
    #[error("key `{key}` is missing in {table}")]
    MissingKey {
        /// The key.
        key: String,
        /// The table it must be in.
        table: String,
        /// What it may be.
        accepted: String,
    },
    /// A value of the wrong type.
    #[error("{key} = {found} is {kind}")]
    WrongType {
        /// The key.
        key: String,
        /// The value as written.
        found: String,
        /// What type it has.
        kind: &'static str,
        /// What would be accepted.
        accepted: String,
    },
    /// A value of the right type that is out of range.
    #[error("{key} = {found} is out of range")]
    OutOfRange {
        /// The key.
        key: String,
        /// The value as written.
        found: String,
        /// What would be accepted.
        accepted: String,
    },
    /// A name that is none of those known.
    #[error("{key} = {found} is not known")]
    UnknownName {
        /// The key.
        key: String,
        /// The value as written.
        found: String,
        /// What would be accepted.
        accepted: String,
        /// The most similar name.
        nearest: Option<String>,
    },
    /// Numbers that are fine one by one but cannot be together, or moments that no data have.
    #[error("{key} cannot be used: {reason}")]
    Impossible {
        /// The key.
        key: String,
        /// Why.
        reason: ModelError,
    },
    /// None or several of the data sources.
    #[error("model.data has {} data sources: {}", given.len(), if given.is_empty() { "none".to_owned() } else { given.join(", ") })]
    DataSources {
        /// Those given.
        given: Vec<&'static str>,
        /// Those there are.
        known: &'static [&'static str],
    },
    /// A key that should vary but stands for no number.
    #[error("`{key}` is {kind}: only numbers vary")]
    NoNumber {
        /// The key.
        key: String,
        /// What it stands for.
        kind: &'static str,
    },
    /// Something wrong with one point of a sweep.
    #[error("{cause}, at {point}")]
    AtPoint {
        /// The values that vary.
        point: String,
        /// What is wrong there.
        cause: Box<Cause>,
    },
    /// A key that another key makes meaningless.
    #[error("{key} cannot be given beside `{other}`")]
    Excluded {
        /// The key.
        key: String,
        /// The other one.
        other: String,
    },
    /// A name that is no observable.
    #[error("{key}: {error}")]
    Observable {
        /// The key.
        key: String,
        /// What is wrong with it.
        error: Nameless,
    },
    /// A list or matrix with the wrong number of elements.
    #[error("{key} has {found}")]
    Shape {
        /// The key.
        key: String,
        /// How many of what.
        found: String,
        /// What would be accepted.
        accepted: String,
    },
    /// Two elements of a symmetric matrix that differ.
    #[error("{key} = {found} differs from {mirror} = {other}")]
    Asymmetric {
        /// The lower element.
        key: String,
        /// Its value as written.
        found: String,
        /// The upper element.
        mirror: String,
        /// Its value as written.
        other: String,
    },
    /// A name that is there already.
    #[error("{key}: the name `{name}` is taken already")]
    Twice {
        /// The key.
        key: String,
        /// The name.
        name: String,
    },
    /// Something said of a variable that is not there.
    #[error("{key}: there is no variable `{name}`")]
    NoVariable {
        /// The key.
        key: String,
        /// The name.
        name: String,
        /// The variables.
        variables: Vec<String>,
        /// The most similar one.
        nearest: Option<String>,
    },
    /// A formula that cannot be read.
    #[error("{key}: {error}")]
    Formula {
        /// The key.
        key: String,
        /// What, and where inside the formula.
        error: FormulaError,
    },
    /// Something wrong with the data file.
    #[error("{key}: {error}")]
    Data {
        /// The key that names the file or the column.
        key: String,
        /// What.
        error: DataError,
    },
    /// A `--set` argument that cannot be applied.
    #[error("cannot set: {reason}")]
    Set {
        /// Why.
        reason: String,
        /// What would be accepted.
        accepted: String,
    },
}

impl Cause {
    /// What would be accepted in its place.
    pub fn accepted(&self) -> Option<String> {
        match self {
            Self::Syntax { .. } => None,
            Self::NotText { .. } => Some("a TOML file in UTF-8".to_owned()),
            Self::UnknownKey { known, .. } => Some(format!("one of {}", quoted(known))),
            Self::MissingKey { accepted, .. }
            | Self::WrongType { accepted, .. }
            | Self::OutOfRange { accepted, .. }
            | Self::UnknownName { accepted, .. }
            | Self::Set { accepted, .. } => Some(accepted.clone()),
            Self::AtPoint { cause, .. } => cause.accepted(),
            Self::Excluded { key, other } => Some(format!("either `{other}` or `{key}`")),
            Self::Observable { error, .. } => Some(error.accepted.clone()),
            Self::NoNumber { .. } => Some("the dotted key of a number, e.g. model.temperature".to_owned()),
            Self::Impossible { reason, .. } => Some(reason.accepted().to_owned()),
            Self::Shape { accepted, .. } => Some(accepted.clone()),
            Self::Asymmetric { .. } => Some("a symmetric matrix".to_owned()),
            Self::Twice { .. } => Some("names that differ".to_owned()),
            Self::NoVariable { variables, .. } => {
                Some(format!("one of {}", quoted(&variables.iter().map(String::as_str).collect::<Vec<_>>())))
            }
            Self::Formula { .. } => None,
            Self::DataSources { known, .. } => Some(format!("exactly one of {}", quoted(known))),
            Self::Data { error, .. } => Some(error.accepted()),
        }
    }

    /// How to repair it, where that can be guessed.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::UnknownKey { key, home: Some(home), .. } => Some(format!("`{key}` belongs to [{home}]")),
            Self::NoVariable { nearest: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::AtPoint { cause, .. } => cause.hint(),
            Self::Observable { error, .. } => error.hint(),
            Self::Formula { error, .. } => error.hint.clone(),
            Self::UnknownName { nearest, .. } => nearest.as_ref().map(|n| format!("did you mean \"{n}\"?")),
            Self::Data { error, .. } => error.hint(),
            Self::DataSources { given, .. } if given.len() > 1 => {
                Some("`--set 'model.data={ … }'` replaces the whole table".to_owned())
            }
            Self::WrongType { found, accepted, kind: "a string", .. } if accepted.contains("number") => {
                let bare = found.trim_matches(['"', '\'']);
                bare.parse::<f64>().is_ok().then(|| format!("numbers are written without quotes: {bare}"))
            }
            Self::WrongType { found, accepted, kind: "a decimal number", .. } if accepted.contains("whole") => {
                found.strip_suffix(".0").map(|whole| format!("whole numbers are written without a point: {whole}"))
            }
            _ => None,
        }
    }
}

impl ScenarioError {
    /// File, line and column (both from 1, the column in characters) of a fault, e.g. `law.toml:5:15`;
    /// for a `--set` argument the argument and the column.
    pub fn location(&self, fault: &Fault) -> String {
        let Some(source) = self.sources.get(fault.place.source) else { return String::new() };
        let (line, column) = line_and_column(&source.text, fault.place.span.start);
        match fault.place.source {
            0 => format!("{}:{line}:{column}", source.name),
            n => format!("{} {}, column {column}", source.name, excerpt(&self.sources, &whole(n, source))),
        }
    }

    /// The same error, with everything that is wrong with a change made by [`Family::at`](super::Family::at) shown
    /// at `place`, where the change comes from.
    #[must_use]
    pub fn shown_at(mut self, place: &Place) -> Self {
        for fault in &mut self.faults {
            if self.sources.get(fault.place.source).is_some_and(|source| source.name == CHANGE) {
                fault.place = place.clone();
            }
        }
        self.sources.retain(|source| source.name != CHANGE);
        self
    }
}

impl std::error::Error for ScenarioError {}

impl std::fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, fault) in self.faults.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {}", self.location(fault), fault.cause)?;
            if let Some(accepted) = fault.cause.accepted() {
                write!(f, "; accepted: {accepted}")?;
            }
            if let Some(hint) = fault.cause.hint() {
                write!(f, "; hint: {hint}")?;
            }
        }
        Ok(())
    }
}

fn whole(source: usize, text: &SourceText) -> Place {
    Place { source, span: 0..text.text.len() }
}

/// Line and column of a byte, both from 1.
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let mut end = at.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

/// Names in backticks, separated by commas.
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
}

/// The source at a place as one short line, for messages.
pub(super) fn excerpt(sources: &[SourceText], place: &Place) -> String {
    let text = sources.get(place.source).and_then(|s| s.text.get(place.span.clone())).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let head: String = line.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim_end().len() > head.len() { head + "…" } else { head }
}
