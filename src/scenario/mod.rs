//! Scenarios: a TOML file, changed by `--set`, becomes a validated problem or the list of all that is wrong
//! with it, each with its place in the file.
//!
//! Imports the vocabulary of `model`, `data`, `sgd` and `study`; computes nothing.

mod axis;
mod builtin;
mod data;
mod diagonal;
mod expression;
mod family;
mod fault;
mod features;
mod files;
mod loss;
mod matrix;
mod memory;
mod model;
mod phase;
mod sde;
mod section;
mod set;
mod settings;
mod several;
mod sweep;
mod task;
mod tree;
mod unbalanced;

pub use axis::{Axis, Scale, between};
pub use builtin::{BUILT_IN, BuiltIn, KINDS, built_in, template};
pub use family::Family;
pub use fault::{Cause, Fault, ScenarioError, SourceText, line_and_column};
pub use phase::Phase;
pub use sweep::Sweep;
pub use task::{FieldTask, LineTask, Task};
pub use tree::Place;

use crate::sgd::Config;
use data::Origin;
use files::Files;
use section::{Notes, Section};
use std::path::PathBuf;
use tree::Table;

/// Where relative paths of a scenario start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The folder of the scenario file.
    Folder(PathBuf),
    /// Inside the program; paths that are not built in start at the current folder.
    Embedded,
}

/// A validated scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Its title; the name of the file where none is given.
    pub title: String,
    /// What it asks.
    pub task: Task,
    /// The Monte Carlo run, needed by `sample` and `compare`.
    pub sgd: Option<Config>,
    /// The scenario as it was read; with `--set`, as it was after them.
    pub text: String,
    /// How the file is called in messages.
    pub path: String,
    /// The data file, its checksum and how it was standardised.
    pub data: Option<String>,
    /// Where the data file is, if it is one outside the program.
    pub data_file: Option<PathBuf>,
    sources: Vec<SourceText>,
}

/// `sweep` and `phase` are read by the commands that need them.
const KEYS: &[&str] = &["title", "model", "solve", "report", "sgd", "sweep", "phase"];

impl Scenario {
    /// Reads a scenario from the bytes of a file called `path`, after the changes `sets` (each `KEY=VALUE`).
    ///
    /// # Errors
    /// [`ScenarioError`] with every fault that can be found at once.
    pub fn read(bytes: &[u8], path: &str, location: &Location, sets: &[String]) -> Result<Self, ScenarioError> {
        Family::read(bytes, path, location, sets).map(Family::into_base)
    }

    /// The Monte Carlo run.
    ///
    /// # Errors
    /// [`Cause::MissingKey`] when the scenario has no `[sgd]` table.
    pub fn sampling(&self) -> Result<Config, ScenarioError> {
        self.sgd.ok_or_else(|| ScenarioError {
            sources: self.sources.clone(),
            faults: vec![Fault {
                place: Place { source: 0, span: 0..0 },
                cause: Cause::MissingKey {
                    key: "sgd".to_owned(),
                    table: "the scenario".to_owned(),
                    accepted: format!("a table with {}, for sampling", fault::quoted(settings::SGD_KEYS)),
                },
            }],
        })
    }

    /// The texts the scenario was read from, to point into.
    pub fn sources(&self) -> &[SourceText] {
        &self.sources
    }
}

/// The parsed document after all changes, the texts it comes from, and how it reads.
fn document(bytes: &[u8], path: &str, sets: &[String]) -> Result<(Table, Vec<SourceText>, String), ScenarioError> {
    let (text, not_text) = decode(bytes);
    let mut sources = vec![SourceText { name: path.to_owned(), text }];
    sources.extend(sets.iter().map(|s| SourceText { name: "--set".to_owned(), text: s.clone() }));
    if let Some(fault) = not_text {
        return Err(ScenarioError { sources, faults: vec![fault] });
    }
    let root = match parse(&sources) {
        Ok(root) => root,
        Err(faults) => return Err(ScenarioError { sources, faults }),
    };
    let text = if sets.is_empty() { sources[0].text.clone() } else { effective(&root, &sources) };
    Ok((root, sources, text))
}

/// UTF-8 text; otherwise the readable part and what is wrong.
fn decode(bytes: &[u8]) -> (String, Option<Fault>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(e) => {
            let at = e.valid_up_to();
            let place = Place { source: 0, span: at..at + 1 };
            let fault = Fault { place, cause: Cause::NotText { byte: bytes.get(at).copied().unwrap_or_default() } };
            (String::from_utf8_lossy(bytes).into_owned(), Some(fault))
        }
    }
}

/// The document after all `--set`.
fn parse(sources: &[SourceText]) -> Result<Table, Vec<Fault>> {
    const MOST: usize = 8;
    let mut root = tree::document(&sources[0].text).map_err(|errors| {
        // One slip often makes the rest unreadable too.
        let fault = |e: &toml::de::Error| Fault {
            place: Place { source: 0, span: e.span().unwrap_or(0..0) },
            cause: Cause::Syntax { message: e.message().replace('\n', ", ") },
        };
        let mut faults: Vec<Fault> = errors.iter().map(fault).collect();
        faults.sort_by_key(|f| f.place.span.start);
        faults.truncate(MOST);
        faults
    })?;
    let faults: Vec<Fault> = sources
        .iter()
        .enumerate()
        .skip(1)
        .filter_map(|(i, source)| set::apply(&mut root, &source.text, i).err().map(|fault| *fault))
        .collect();
    if faults.is_empty() { Ok(root) } else { Err(faults) }
}

/// The changed document as TOML (without the comments of the file).
fn effective(root: &Table, sources: &[SourceText]) -> String {
    let mut text = format!("# {}", sources[0].name);
    for set in &sources[1..] {
        text.push_str(&format!(" --set {}", set.text.replace(char::is_control, " ")));
    }
    text.push('\n');
    // A table of plain values always has a TOML form.
    text + &toml::to_string(&tree::plain(root)).unwrap_or_else(|_| sources[0].text.clone())
}

fn validate(root: &Table, path: &str, files: &Files, text: String, notes: &mut Notes) -> Option<Scenario> {
    let root = Section::root(root, KEYS, notes);
    let title = root.text("title", "a string", false, notes).map(|t| t.value);
    let title = title.unwrap_or_else(|| file_stem(path));
    let task = task::read(&root, &title, files, notes);
    let sgd = settings::sgd(&root, notes);
    let (task, Origin { description, file, .. }) = task?;
    Some(Scenario {
        title,
        task,
        sgd,
        text,
        path: path.to_owned(),
        data: description,
        data_file: file,
        sources: vec![],
    })
}

fn file_stem(path: &str) -> String {
    PathBuf::from(path).file_stem().map_or_else(|| path.to_owned(), |s| s.to_string_lossy().into_owned())
}
