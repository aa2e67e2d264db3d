//! A diagram in pieces: whoever computes which of them, and in whatever order, it is the same.

use super::file::DIAGRAM;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use stillpoint::output::json;
use stillpoint::record::PhaseSolution;
use stillpoint::scenario::{Family, Location, Phase, Task};
use stillpoint::study::phase::{Case, Measure, Plane, Setting, Unjudged, join, parts, phase, piece};

fn family() -> Family {
    Family::read(DIAGRAM.as_bytes(), "law.toml", &Location::Folder(PathBuf::new()), &[]).expect("a scenario")
}

fn plane(family: &Family, question: &Phase) -> Plane {
    let config = family.base().sgd.expect("a table");
    Plane {
        title: String::new(),
        x: question.x.clone(),
        y: question.y.clone(),
        kinds: question.kinds.clone(),
        measured: Some(Measure { points: question.sgd, config }),
    }
}

fn text(solution: &PhaseSolution) -> String {
    json::to_string(solution).expect("JSON")
}

#[test]
fn any_order_of_pieces_and_any_number_of_threads_make_the_same_diagram() {
    let family = family();
    let question = Phase::read(&family).expect("a question");
    let plane = plane(&family, &question);
    let at = |x: f64, y: Option<f64>| -> Result<Case, Unjudged> {
        let scenario = family.at(&question.changes(x, y)).map_err(|error| Unjudged::Invalid(error.to_string()))?;
        let Task::Line(task) = scenario.task else { panic!("a line") };
        Ok(Case { setting: Setting::Line(task.problem, task.source), batch_size: 1 })
    };
    let threads = |count: usize| rayon::ThreadPoolBuilder::new().num_threads(count).build().expect("threads");
    let one = threads(1).install(|| text(&phase(&plane, &at, &|| {})));
    let rows = AtomicU64::new(0);
    let done = || {
        rows.fetch_add(1, Ordering::Relaxed);
    };
    let three = threads(3).install(|| text(&phase(&plane, &at, &done)));
    assert_eq!(three, one);
    assert_eq!(rows.into_inner(), plane.rows());
    let mut pieces = vec![None; plane.pieces()];
    for index in (0..pieces.len()).rev() {
        pieces[index] = Some(piece(&plane, index, &at, &|| {}));
    }
    assert_eq!(pieces.len(), 75);
    assert_eq!(text(&join(&parts(&plane, pieces))), one);
    assert!(piece(&plane, 75, &at, &|| {}).rows.is_empty());
}
