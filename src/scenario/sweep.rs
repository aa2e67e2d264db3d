//! The `[sweep]` table: which numbers vary, and what is asked of every law.

use super::axis::{self, Axis};
use super::family::Family;
use super::fault::{Cause, Fault, ScenarioError, quoted};
use super::section::{Notes, Section};
use crate::study::{Observable, Subject};
use rayon::prelude::*;
use std::collections::HashSet;

/// Keys of `[sweep]`.
pub(super) const KEYS: &[&str] = &["axes", "observables", "refine"];
const REFINE: &str = "a whole number from 0 to 1000000";
/// More points than this are no sweep that ends.
const MOST: usize = 100_000_000;
/// Faults of points after which the rest is not looked for.
const ENOUGH: usize = 1000;

/// What a sweep is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Axes, the last fastest.
    pub axes: Vec<Axis>,
    /// What is asked of every law.
    pub observables: Vec<Observable>,
    /// Points to insert where an observable changes fast.
    pub refine: usize,
}

impl Sweep {
    /// Reads the question of a document, and checks that every point of it is a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] with every fault, those of single values at the place where the axis is written.
    pub fn read(family: &Family) -> Result<Self, ScenarioError> {
        let mut notes = Notes { sources: family.base().sources().to_vec(), faults: vec![] };
        let sweep = parse(family, &mut notes);
        let Notes { sources, mut faults } = notes;
        let Some(sweep) = sweep.filter(|_| faults.is_empty()) else {
            faults.sort_by_key(|f| (f.place.source, f.place.span.start));
            return Err(ScenarioError { sources, faults });
        };
        let faults = sweep.faults(family);
        if faults.is_empty() { Ok(sweep) } else { Err(ScenarioError { sources, faults }) }
    }

    /// Number of points before any are inserted.
    pub fn points(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Everything that is wrong with any point, each once.
    fn faults(&self, family: &Family) -> Vec<Fault> {
        let shape: Vec<usize> = self.axes.iter().map(|axis| axis.values.len()).collect();
        let wrong = (0..self.points()).into_par_iter().flat_map_iter(|point| {
            let mut rest = point;
            let mut indices = vec![0; shape.len()];
            for (index, n) in indices.iter_mut().zip(&shape).rev() {
                (*index, rest) = (rest % n, rest / n);
            }
            let at: Vec<(&str, f64)> =
                self.axes.iter().zip(&indices).map(|(axis, &i)| (axis.key.as_str(), axis.values[i])).collect();
            let found = family.at(&at).err();
            let faults = found.map(|error| self.placed(error, &at, &indices)).unwrap_or_default();
            faults.into_iter().map(move |fault| (point, fault))
        });
        let mut seen = HashSet::new();
        let mut faults: Vec<(usize, Fault)> = wrong.take_any(ENOUGH).collect();
        faults.sort_by_key(|(point, fault)| (fault.place.source, fault.place.span.start, *point));
        faults.retain(|(_, fault)| seen.insert((fault.place.clone(), fault.cause.to_string())));
        faults.into_iter().map(|(_, fault)| fault).collect()
    }

    /// The faults of one point: those of a value at the value, others with a word on where in the sweep they are.
    fn placed(&self, error: ScenarioError, at: &[(&str, f64)], indices: &[usize]) -> Vec<Fault> {
        let own = error.sources.len() - at.len();
        let point = || at.iter().map(|(key, value)| format!("{key} = {value:?}")).collect::<Vec<_>>().join(", ");
        let one = |fault: Fault| match fault.place.source.checked_sub(own) {
            Some(k) => Fault { place: self.axes[k].place_of(indices[k]).clone(), ..fault },
            None => Fault { cause: Cause::AtPoint { point: point(), cause: Box::new(fault.cause) }, ..fault },
        };
        error.faults.into_iter().map(one).collect()
    }
}

fn parse(family: &Family, notes: &mut Notes) -> Option<Sweep> {
    let root = Section::document(family.root());
    if !root.has("sweep") {
        root.missing("sweep", &format!("a table with {}", quoted(KEYS)), notes);
    }
    let section = root.table("sweep", KEYS, notes)?;
    let axes = axes(&section, notes);
    let observables = observables(&section, family.base().task.subject(), notes);
    let refine = section.whole("refine", REFINE, false, notes);
    let refine = match refine {
        None => 0,
        Some(n) => match usize::try_from(n.value).ok().filter(|n| *n <= 1_000_000) {
            Some(n) => n,
            None => {
                notes.out_of_range(&section.path("refine"), &n.place, REFINE);
                0
            }
        },
    };
    let axes = axes?;
    if refine > 0 && axes.len() != 1 {
        let accepted = "0: points are inserted in sweeps along one axis only";
        notes.out_of_range(&section.path("refine"), &section.place_of("refine"), accepted);
    }
    if refine > 0
        && let [only] = axes.as_slice()
        && !(only.values.is_sorted() || only.values.iter().rev().is_sorted())
    {
        let accepted = "0: the values of the axis are in no order, so nothing lies between two of them";
        notes.out_of_range(&section.path("refine"), &section.place_of("refine"), accepted);
    }
    Some(Sweep { axes, observables: observables?, refine })
}

fn axes(section: &Section<'_>, notes: &mut Notes) -> Option<Vec<Axis>> {
    const ACCEPTED: &str =
        "a list of tables such as { key = \"model.temperature\", from = 0.01, to = 1.0, count = 200, scale = \"log\" }";
    let items = section.list("axes", ACCEPTED, true, notes)?;
    if items.value.is_empty() {
        notes.out_of_range(&section.path("axes"), &items.place, "at least one axis");
        return None;
    }
    let axes: Vec<Option<Axis>> = items.value.iter().map(|item| Axis::read(item, notes)).collect();
    let axes: Vec<Axis> = axes.into_iter().collect::<Option<_>>()?;
    axis::distinct(&axes, notes);
    let points = axes.iter().try_fold(1usize, |n, axis| n.checked_mul(axis.values.len()));
    if points.is_none_or(|n| n > MOST) {
        notes.out_of_range(&section.path("axes"), &items.place, &format!("at most {MOST} points in all"));
        return None;
    }
    Some(axes)
}

fn observables(section: &Section<'_>, subject: Subject<'_>, notes: &mut Notes) -> Option<Vec<Observable>> {
    let items = section.list("observables", "a list of names, e.g. [\"mean\", \"variance\"]", true, notes)?;
    if items.value.is_empty() {
        notes.out_of_range(&section.path("observables"), &items.place, "at least one observable");
    }
    let mut found: Vec<Observable> = Vec::new();
    for item in &items.value {
        let Some(name) = item.text("the name of an observable", notes) else { continue };
        match Observable::parse(name, subject) {
            Ok(observable) if found.iter().any(|o| o.name() == observable.name()) => {
                let cause = Cause::Twice { key: item.name.clone(), name: name.to_owned() };
                notes.add(item.place(), cause);
            }
            Ok(observable) => found.push(observable),
            Err(error) => notes.add(item.place(), Cause::Observable { key: item.name.clone(), error }),
        }
    }
    (found.len() == items.value.len()).then_some(found)
}
