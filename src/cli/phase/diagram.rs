//! What a scenario asks of the plane, and how a piece of the answer is found.

use crate::cli::input;
use crate::error::Error;
use crate::record::{PhaseParts, PhasePiece};
use crate::scenario::{Family, FieldTask, LineTask, Phase, Scenario, Task};
use crate::study::phase::{Case, Measure, Plane, Setting, Unjudged, parts, piece};

pub(super) struct Diagram {
    family: Family,
    question: Phase,
    pub(super) plane: Plane,
}

impl Diagram {
    pub(super) fn of(family: Family) -> Result<Self, Error> {
        let question = Phase::read(&family)?;
        let plane = plane(family.base(), &question);
        Ok(Self { family, question, plane })
    }

    /// Of the question, the data and the program.
    pub(super) fn checksum(&self) -> String {
        self.family.phase_fingerprint()
    }

    /// The text of the scenario, as results keep it.
    pub(super) fn scenario(&self) -> &str {
        &self.family.base().text
    }

    /// The rows of one piece; `done` is told when one more is finished.
    pub(super) fn piece(&self, index: usize, done: &(dyn Fn() + Sync)) -> PhasePiece {
        let at = |x: f64, y: Option<f64>| -> Result<Case, Unjudged> {
            let member = self.family.at(&self.question.changes(x, y));
            member.map(case).map_err(|error| Unjudged::Invalid(error.to_string()))
        };
        piece(&self.plane, index, &at, done)
    }

    /// The pieces with all that is said of them.
    pub(super) fn parts(&self, pieces: Vec<Option<PhasePiece>>, shard: Option<String>) -> PhaseParts {
        let scenario = self.family.base();
        let provenance = input::provenance(scenario, scenario.sgd.map(|config| config.seed));
        PhaseParts { shard, checksum: self.checksum(), provenance, ..parts(&self.plane, pieces) }
    }
}

fn plane(scenario: &Scenario, question: &Phase) -> Plane {
    let measured = scenario.sgd.filter(|_| question.sgd > 0).map(|config| Measure { points: question.sgd, config });
    Plane {
        title: scenario.title.clone(),
        x: question.x.clone(),
        y: question.y.clone(),
        kinds: question.kinds.clone(),
        measured,
    }
}

fn case(scenario: Scenario) -> Case {
    let batch_size = scenario.sgd.map_or(1, |config| config.batch_size);
    let setting = match scenario.task {
        Task::Line(task) => {
            let LineTask { problem, source } = *task;
            Setting::Line(problem, source)
        }
        Task::Field(task) => {
            let FieldTask { problem, source } = *task;
            Setting::Field(problem, source)
        }
    };
    Case { setting, batch_size }
}
