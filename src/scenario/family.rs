//! A family of scenarios: one document some of whose numbers vary, for sweeps and boundaries.
//!
//! The document is parsed once and its data files are read once; a member is validated like any scenario.

use super::fault::{CHANGE, Cause, Fault, ScenarioError, SourceText};
use super::files::Files;
use super::section::Notes;
use super::tree::{self, Node, Place, Table, Value};
use super::{Location, Scenario, document, set, validate};
use sha2::{Digest as _, Sha256};

/// Tables that ask about a family and are not part of its members.
const QUESTIONS: &[&str] = &["sweep", "phase"];
/// Whole numbers up to here are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A parsed scenario document some of whose numbers vary.
#[derive(Debug)]
pub struct Family {
    base: Scenario,
    /// The whole document.
    root: Table,
    /// The document without its questions, which do not vary and may be long.
    scenario: Table,
    files: Files,
}

impl Family {
    /// Reads the document as [`Scenario::read`] does.
    ///
    /// # Errors
    /// [`ScenarioError`] with every fault that can be found at once.
    pub fn read(bytes: &[u8], path: &str, location: &Location, sets: &[String]) -> Result<Self, ScenarioError> {
        let (root, sources, text) = document(bytes, path, sets)?;
        let files = Files::new(location.clone());
        let mut notes = Notes { sources, faults: vec![] };
        let scenario = validate(&root, path, &files, text, &mut notes);
        let base = finished(scenario, notes)?;
        let kept = root.entries.iter().filter(|e| !QUESTIONS.contains(&e.key.as_str())).cloned();
        let scenario = Table { entries: kept.collect() };
        Ok(Self { base, root, scenario, files })
    }

    /// The scenario as it was written.
    pub fn base(&self) -> &Scenario {
        &self.base
    }

    /// The base itself, where no member is wanted.
    pub fn into_base(self) -> Scenario {
        self.base
    }

    /// A checksum of what a sweep is about: the numbers of the document however they are written, the data, and the
    /// program.
    pub fn fingerprint(&self) -> String {
        self.checksum("sweep")
    }

    /// The same of what a phase diagram is about.
    pub fn phase_fingerprint(&self) -> String {
        self.checksum("phase")
    }

    /// Of the document without other questions than this one.
    fn checksum(&self, question: &str) -> String {
        let asked = |key: &str| key == question || !QUESTIONS.contains(&key);
        let entries = self.root.entries.iter().filter(|e| asked(&e.key)).cloned().collect();
        // A table of plain values always has a TOML form.
        let document = toml::to_string(&tree::plain(&Table { entries })).unwrap_or_default();
        let mut sum = Sha256::new();
        for part in [env!("CARGO_PKG_VERSION"), env!("STILLPOINT_REVISION"), &document] {
            sum.update(part);
            sum.update([0]);
        }
        sum.update(self.base.data.as_deref().unwrap_or_default());
        sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The parsed document.
    pub(super) fn root(&self) -> &Table {
        &self.root
    }

    /// The member in which the numbers under the given dotted keys (elements of lists by index from 0) have these
    /// values. A key that the document leaves to its default is set; one of two mirrored elements of a covariance
    /// moves the other one too.
    ///
    /// `text` of a member says only what was changed, and it carries no sources.
    ///
    /// # Errors
    /// [`ScenarioError`] as [`Scenario::read`], the places of what is wrong with a change being in a source of its
    /// own (see [`ScenarioError::shown_at`]); also where a key stands for something that is no number.
    pub fn at(&self, changes: &[(&str, f64)]) -> Result<Scenario, ScenarioError> {
        // Texts are only needed to point into, so the first attempt does without them.
        let blank = |_: &SourceText| SourceText { name: String::new(), text: String::new() };
        self.member(changes, self.base.sources.iter().map(blank).collect())
            .or_else(|_| self.member(changes, self.base.sources.clone()))
    }

    fn member(&self, changes: &[(&str, f64)], sources: Vec<SourceText>) -> Result<Scenario, ScenarioError> {
        let mut root = self.scenario.clone();
        let mut notes = Notes { sources, faults: vec![] };
        let mut text = String::new();
        for &(key, value) in changes {
            let written = format!("{key} = {value:?}");
            text.push_str("# at ");
            text.push_str(&written);
            text.push('\n');
            let source = notes.sources.len();
            // The mirrored element keeps what its own key says, where both vary.
            let mirrored = mirrored(key, &self.scenario).filter(|m| changes.iter().all(|(other, _)| other != m));
            for key in std::iter::once(key).chain(mirrored.as_deref()) {
                if let Err(fault) = change(&mut root, key, value, source, &written) {
                    notes.faults.push(*fault);
                }
            }
            notes.sources.push(SourceText { name: CHANGE.to_owned(), text: written });
        }
        if !notes.faults.is_empty() {
            return finished(None, notes);
        }
        let scenario = validate(&root, &self.base.path, &self.files, text, &mut notes);
        let member = finished(scenario, notes)?;
        Ok(Scenario { sources: vec![], ..member })
    }
}

/// The scenario, or all that is wrong with it in the order of the sources.
pub(super) fn finished(scenario: Option<Scenario>, notes: Notes) -> Result<Scenario, ScenarioError> {
    let Notes { sources, mut faults } = notes;
    match scenario {
        Some(scenario) if faults.is_empty() => Ok(Scenario { sources, ..scenario }),
        _ => {
            faults.sort_by_key(|f| (f.place.source, f.place.span.start));
            Err(ScenarioError { sources, faults })
        }
    }
}

/// Puts a number where the key says; source number `source` is `written`, `key = value`.
fn change(root: &mut Table, key: &str, value: f64, source: usize, written: &str) -> Result<(), Box<Fault>> {
    let kind = match find(root, key).map(|node| &node.value) {
        _ if QUESTIONS.contains(&key.split('.').next().unwrap_or_default()) => "part of the question",
        None | Some(Value::Integer { .. } | Value::Float(_)) => {
            let start = written.find(" = ").map_or(0, |at| at + 3);
            let node = Node { value: number(value), place: Place { source, span: start..written.len() } };
            return set::number(root, key, node, source);
        }
        Some(other) => other.kind(),
    };
    let cause = Cause::NoNumber { key: key.to_owned(), kind };
    Err(Box::new(Fault { place: Place { source, span: 0..written.find(" = ").unwrap_or(0) }, cause }))
}

/// As it would be written: a whole number without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() <= EXACT {
        Value::Integer { exact: Some(value as i128), real: value }
    } else {
        Value::Float(value)
    }
}

/// What a dotted key stands for.
fn find<'a>(root: &'a Table, key: &str) -> Option<&'a Node> {
    let mut steps = key.split('.');
    let mut node = &root.get(steps.next()?)?.node;
    for step in steps {
        node = match &node.value {
            Value::Table(table) => &table.get(step)?.node,
            Value::List(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

/// For `… covariance.i.j` with i other than j, the key of the element across the diagonal, if both are the same
/// number.
fn mirrored(key: &str, root: &Table) -> Option<String> {
    let (rows, j) = key.rsplit_once('.')?;
    let (matrix, i) = rows.rsplit_once('.')?;
    if i == j || !matrix.ends_with("covariance") {
        return None;
    }
    let other = format!("{matrix}.{j}.{i}");
    let real = |key: &str| match find(root, key)?.value {
        Value::Integer { real, .. } | Value::Float(real) => Some(real),
        _ => None,
    };
    (real(key)? == real(&other)?).then_some(other)
}
