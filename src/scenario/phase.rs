//! The `[phase]` table: a plane of two parameters, and the boundaries to look for in it.

use super::axis::{self, Axis, Scale};
use super::family::Family;
use super::fault::{Cause, Fault, ScenarioError, quoted};
use super::section::{Notes, Section};
use super::task::Task;
use super::tree::Place;
use crate::data::nearest;
use crate::model::System;
use crate::study::phase::{self, KINDS, Kind};
use crate::study::{Observable, Subject};

/// Keys of `[phase]`.
pub(super) const KEYS: &[&str] = &["x", "y", "boundaries", "sgd"];
/// Keys of its x.
const X_KEYS: &[&str] = &["key", "from", "to", "scale"];
const SGD: &str = "a whole number from 0 to 1000";
/// Faults of points after which the rest is not looked for.
const ENOUGH: usize = 100;

/// What `phase` is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// The parameter in which boundaries are located.
    pub x: phase::Axis,
    /// The parameter along which they are followed, and its values.
    pub y: Option<(phase::Axis, Vec<f64>)>,
    /// Which boundaries.
    pub kinds: Vec<Kind>,
    /// Points of a boundary at which real SGD is run.
    pub sgd: usize,
}

/// Where the parameters are written.
struct Places {
    /// The key of x, its lower and its upper end.
    x: [Place; 3],
    y: Option<Axis>,
}

impl Phase {
    /// Reads the question of a document, and checks that the ends of x make a scenario at every y.
    ///
    /// # Errors
    /// [`ScenarioError`] with every fault, those of single values at the place where they are written.
    pub fn read(family: &Family) -> Result<Self, ScenarioError> {
        let mut notes = Notes { sources: family.base().sources().to_vec(), faults: vec![] };
        let parsed = parse(family, &mut notes);
        let Notes { sources, mut faults } = notes;
        let (phase, places) = match parsed {
            Some(parsed) if faults.is_empty() => parsed,
            _ => {
                faults.sort_by_key(|f| (f.place.source, f.place.span.start));
                return Err(ScenarioError { sources, faults });
            }
        };
        let faults = phase.faults(family, &places);
        if faults.is_empty() { Ok(phase) } else { Err(ScenarioError { sources, faults }) }
    }

    /// The changes that make the scenario at a point.
    pub fn changes(&self, x: f64, y: Option<f64>) -> Vec<(&str, f64)> {
        let second = self.y.as_ref().zip(y).map(|((axis, _), y)| (axis.key.as_str(), y));
        std::iter::once((self.x.key.as_str(), x)).chain(second).collect()
    }

    fn faults(&self, family: &Family, places: &Places) -> Vec<Fault> {
        let ys: Vec<Option<(usize, f64)>> = match &self.y {
            Some((_, values)) => values.iter().copied().enumerate().map(Some).collect(),
            None => vec![None],
        };
        let mut faults: Vec<Fault> = Vec::new();
        for y in ys {
            for (end, x) in [(1, self.x.from), (2, self.x.to)] {
                let changes = self.changes(x, y.map(|(_, value)| value));
                let Err(error) = family.at(&changes) else { continue };
                let own = error.sources.len().saturating_sub(changes.len());
                for fault in error.faults {
                    let place = match fault.place.source.checked_sub(own) {
                        Some(0) if matches!(fault.cause, Cause::NoNumber { .. }) => places.x[0].clone(),
                        Some(0) => places.x[end].clone(),
                        Some(_) => {
                            let index = y.map_or(0, |(index, _)| index);
                            places.y.as_ref().map_or(places.x[0].clone(), |axis| axis.place_of(index).clone())
                        }
                        None => places.x[0].clone(),
                    };
                    let fault = Fault { place, cause: fault.cause };
                    if !faults.contains(&fault) && faults.len() < ENOUGH {
                        faults.push(fault);
                    }
                }
            }
        }
        faults.sort_by_key(|f| (f.place.source, f.place.span.start));
        faults
    }
}

fn parse(family: &Family, notes: &mut Notes) -> Option<(Phase, Places)> {
    let root = Section::document(family.root());
    if !root.has("phase") {
        root.missing("phase", &format!("a table with {}", quoted(KEYS)), notes);
    }
    let section = root.table("phase", KEYS, notes)?;
    let x = x_axis(&section, notes);
    let second = section.item("y").map(|item| Axis::read(&item, notes));
    let kinds = kinds(&section, &family.base().task, notes);
    let sgd = section.whole("sgd", SGD, false, notes).map_or(Some(0), |n| {
        let fits = usize::try_from(n.value).ok().filter(|n| *n <= 1000);
        if fits.is_none() {
            notes.out_of_range(&section.path("sgd"), &n.place, SGD);
        }
        fits
    });
    if sgd.is_some_and(|n| n > 0) && family.base().sgd.is_none() {
        let accepted = "0 without a table [sgd], whose chains and seed it uses";
        notes.out_of_range(&section.path("sgd"), &section.place_of("sgd"), accepted);
    }
    let (x, places) = x?;
    let second = match second {
        None => None,
        Some(axis) => Some(axis?),
    };
    if let Some(second) = &second
        && second.key == x.key
    {
        notes.add(&second.place, Cause::Twice { key: "key".to_owned(), name: second.key.clone() });
    }
    let y = second.as_ref().map(|axis| (plane_axis(axis), axis.values.clone()));
    Some((Phase { x, y, kinds: kinds?, sgd: sgd? }, Places { x: places, y: second }))
}

fn x_axis(section: &Section<'_>, notes: &mut Notes) -> Option<(phase::Axis, [Place; 3])> {
    const ACCEPTED: &str = "a table such as { key = \"model.temperature\", from = 0.001, to = 2.0, scale = \"log\" }";
    if !section.has("x") {
        section.missing("x", ACCEPTED, notes);
    }
    let table = section.item("x")?.table(X_KEYS, notes)?;
    let key = table.text("key", "the dotted key of a number, e.g. model.temperature", true, notes);
    let log = table.choice("scale", &["linear", "log"], false, notes)? == "log";
    let [from, to] = axis::ends(&table, if log { Scale::Log } else { Scale::Linear }, notes);
    let (key, from, to) = (key?, from?, to?);
    if from >= to {
        notes.out_of_range(&table.path("to"), &table.place_of("to"), "a number larger than `from`");
        return None;
    }
    let places = [key.place, table.place_of("from"), table.place_of("to")];
    Some((phase::Axis { key: key.value, from, to, log }, places))
}

/// The axis of a picture that holds all values of y.
fn plane_axis(axis: &Axis) -> phase::Axis {
    let [from, to] = axis.values.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], v| [a.min(*v), b.max(*v)]);
    phase::Axis { key: axis.key.clone(), from, to, log: axis.scale == Scale::Log }
}

/// Features of a network; none for other models.
fn features(task: &Task) -> Option<usize> {
    match task {
        Task::Line(_) => Some(1),
        Task::Field(task) => match &task.problem.system {
            System::Features(model) => Some(model.signs.len()),
            _ => None,
        },
    }
}

/// The kind of this name; what would be accepted where a condition is none.
fn parsed(name: &str, subject: Subject<'_>) -> Result<Option<Kind>, String> {
    let kind = Kind::parse(name).map_err(|error| format!("a comparison of two formulas of observables: {error}"))?;
    if let Some(Kind::Condition(condition)) = &kind {
        for asked in condition.names() {
            let observable = Observable::parse(asked, subject).map_err(|error| error.to_string())?;
            if observable.is_word() {
                return Err(format!("observables that are numbers, which {asked} is not"));
            }
            if observable.counts_maxima() && matches!(subject, Subject::Field(_)) {
                return Err(format!(
                    "observables with a bar, which {asked} has none of on a lattice: a shallow maximum is not seen there (laws of \
                     one variable have the boundary bimodality)"
                ));
            }
        }
    }
    if let Some(variable) = kind.as_ref().and_then(Kind::variable) {
        let variables = subject.variables();
        if variables.iter().all(|v| v != variable) {
            let named = variables.iter().map(|v| format!("variance_maximum:{v}"));
            let names: Vec<String> = std::iter::once("variance_maximum".to_owned()).chain(named).collect();
            return Err(quoted(&names.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }
    Ok(kind)
}

fn kinds(section: &Section<'_>, task: &Task, notes: &mut Notes) -> Option<Vec<Kind>> {
    let (features, subject) = (features(task), task.subject());
    let accepted = format!("a list of {}", quoted(KINDS));
    let items = section.list("boundaries", &accepted, true, notes)?;
    if items.value.is_empty() {
        notes.out_of_range(&section.path("boundaries"), &items.place, "at least one boundary");
    }
    let mut found: Vec<Kind> = Vec::new();
    for item in &items.value {
        let Some(name) = item.text("the name of a boundary", notes) else { continue };
        let cause = match parsed(name, subject) {
            Err(accepted) => Cause::OutOfRange { key: item.name.clone(), found: format!("{name:?}"), accepted },
            Ok(Some(kind)) if found.contains(&kind) => Cause::Twice { key: item.name.clone(), name: name.to_owned() },
            Ok(Some(kind)) => match (kind.feature(), features) {
                (Some(asked), Some(there)) if asked > there => Cause::OutOfRange {
                    key: item.name.clone(),
                    found: format!("{name:?}"),
                    accepted: format!("a feature from 1 to {there}"),
                },
                _ => {
                    found.push(kind);
                    continue;
                }
            },
            Ok(None) => Cause::UnknownName {
                key: item.name.clone(),
                found: format!("{name:?}"),
                accepted: quoted(KINDS),
                nearest: nearest(name, KINDS.iter().copied()).map(str::to_owned),
            },
        };
        notes.add(item.place(), cause);
    }
    (found.len() == items.value.len()).then_some(found)
}
