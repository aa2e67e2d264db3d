//! The table of `chain`.

use super::layout::{Cell, Page, Tone};
use crate::output::number;
use crate::record::{ChainSolution, LogProbability};

/// Rows of the lists of states and classes.
const SHOWN: usize = 8;
/// States named in a list of members.
const NAMED: usize = 12;

/// The answer to `chain` as text, with terminal colours if `colour`.
pub fn chain(solution: &ChainSolution, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.line(&solution.file, Tone::Title);
    let ChainSolution { states, rates, kind, orientation, .. } = solution;
    page.paragraph(&format!("{kind}, {orientation} are sources; {states} states, {rates} jumps"), Tone::Dim);
    page.blank();
    page.paragraph(&verdict(solution), Tone::Title);
    match &solution.log_probability {
        LogProbability::States(_) => law(&mut page, solution, 0),
        LogProbability::Classes(laws) => {
            classes(&mut page, solution, laws);
            absorption(&mut page, solution);
        }
    }
    eigenvalues(&mut page, solution);
    solver(&mut page, solution);
    page.blank();
    page.line("states count from 0: state k is row k + 1 of the file", Tone::Dim);
    page.finish()
}

fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("one {one}") } else { format!("{n} {many}") }
}

fn verdict(solution: &ChainSolution) -> String {
    let transient = solution.transient.cells;
    match (solution.classes.len(), transient) {
        (1, 0) => "irreducible: one stationary law, every state has a probability > 0".to_owned(),
        (1, _) => format!(
            "one closed class of {}: one stationary law; {} never come back and have probability 0",
            count(solution.classes[0].cells, "state", "states"),
            count(transient, "other state", "other states")
        ),
        (k, 0) => {
            format!("{k} closed classes that do not communicate: as many stationary laws, and all their mixtures")
        }
        (k, _) => format!(
            "{k} closed classes: as many stationary laws, and all their mixtures; where a start ends is up to chance \
             for {}",
            count(transient, "transient state", "transient states")
        ),
    }
}

/// The heaviest states of a class and the lightest.
fn law(page: &mut Page, solution: &ChainSolution, class: usize) {
    let error = solution.log_probability_error;
    let mut states: Vec<(usize, f64)> = solution
        .by_state()
        .into_iter()
        .enumerate()
        .filter_map(|(state, law)| law.filter(|(k, _)| *k == class).map(|(_, log)| (state, log)))
        .collect();
    states.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let row = |&(state, log): &(usize, f64)| {
        vec![
            Cell::number(state.to_string()),
            Cell::number(probability(log, error)),
            Cell::number(number::with_error(log, error)),
        ]
    };
    let header = ["state", "probability", "log probability"];
    page.heading("Most probable states");
    let rows: Vec<Vec<Cell>> = states.iter().take(SHOWN).map(row).collect();
    page.table(&header, &rows);
    if states.len() > SHOWN {
        page.heading("Least probable states");
        let least = states.len().saturating_sub(3).max(SHOWN);
        let rows: Vec<Vec<Cell>> = states[least..].iter().map(row).collect();
        page.table(&header, &rows);
    }
}

/// e^log, as a power of e where that is no double.
fn probability(log: f64, error: f64) -> String {
    if log < -700.0 { number::power_of_e(1.0, log, error) } else { number::with_error(log.exp(), log.exp() * error) }
}

fn classes(page: &mut Page, solution: &ChainSolution, laws: &[Vec<f64>]) {
    let error = solution.log_probability_error;
    page.heading("Closed classes");
    let rows: Vec<Vec<Cell>> = (solution.classes.iter().zip(laws).enumerate().take(SHOWN))
        .map(|(k, (class, law))| {
            let top = (0..law.len()).max_by(|&i, &j| law[i].total_cmp(&law[j]).then(j.cmp(&i))).unwrap_or_default();
            // A state that stays has probability 1 by definition.
            let error = if law.len() == 1 { 0.0 } else { error };
            let top = format!("{} (state {})", probability(law[top], error), class.members[top]);
            vec![
                Cell::number(k.to_string()),
                Cell::number(class.cells.to_string()),
                Cell::word(top, Tone::Plain),
                Cell::word(members(&class.members), Tone::Plain),
            ]
        })
        .collect();
    page.table(&["class", "states", "most probable", "members"], &rows);
    more(page, solution.classes.len(), "classes");
}

fn members(states: &[usize]) -> String {
    let named: Vec<String> = states.iter().take(NAMED).map(usize::to_string).collect();
    named.join(" ") + if states.len() > NAMED { " ..." } else { "" }
}

fn absorption(page: &mut Page, solution: &ChainSolution) {
    let Some(absorption) = &solution.absorption else { return };
    page.heading("Where a start at a transient state ends");
    let ends = solution.classes.len().min(SHOWN);
    let names: Vec<String> = (0..ends).map(|k| format!("class {k}")).collect();
    let header: Vec<&str> = std::iter::once("state").chain(names.iter().map(String::as_str)).collect();
    let rows: Vec<Vec<Cell>> = (absorption.from.iter().zip(&absorption.log_probability).take(SHOWN))
        .map(|(state, row)| {
            let shown =
                |log: &Option<f64>| log.map_or("0".to_owned(), |log| probability(log, absorption.relative_error));
            let cells = row.iter().take(ends).map(|log| Cell::number(shown(log)));
            std::iter::once(Cell::number(state.to_string())).chain(cells).collect()
        })
        .collect();
    page.table(&header, &rows);
    more(page, absorption.from.len(), "transient states");
    more(page, solution.classes.len(), "classes");
}

/// The slowest decays of every closed class.
fn eigenvalues(page: &mut Page, solution: &ChainSolution) {
    for (k, class) in solution.classes.iter().enumerate().take(SHOWN) {
        let Some(found) = class.eigenvalues.as_ref().filter(|found| !found.is_empty()) else { continue };
        let of = if solution.classes.len() > 1 { format!(" of class {k}") } else { String::new() };
        page.heading(&format!("Slowest decays{of}"));
        let rows: Vec<Vec<Cell>> = found
            .iter()
            .map(|decay| {
                let time = decay.rate.recip();
                let relative = decay.error / decay.rate.abs();
                vec![
                    Cell::number(number::with_error(decay.rate, decay.error)),
                    Cell::number(number::with_error(decay.frequency, decay.error)),
                    Cell::number(number::with_error(time, time.abs() * relative)),
                ]
            })
            .collect();
        page.table(&["rate", "frequency", "1 / rate"], &rows);
    }
    if solution.classes.iter().any(|class| class.eigenvalues.is_some()) {
        more(page, solution.classes.len(), "classes");
    }
}

fn more(page: &mut Page, all: usize, what: &str) {
    if all > SHOWN {
        page.paragraph(&format!("and {} more {what}; --json and --out have them all", all - SHOWN), Tone::Dim);
    }
}

fn solver(page: &mut Page, solution: &ChainSolution) {
    let s = &solution.solver;
    let text = format!(
        "elimination without subtraction: largest front {}, {} operations, {} MB, {} s; balance of every state to {}",
        s.front,
        number::significant(s.flops, 2),
        number::significant(solution.peak_bytes as f64 / 1e6, 2),
        number::significant(solution.seconds, 2),
        number::significant(solution.max_residual, 2),
    );
    page.heading("Solver");
    page.paragraph(&text, Tone::Plain);
    page.paragraph(&format!("stillpoint {}", solution.stillpoint), Tone::Dim);
    page.blank();
    page.line(super::LEGEND, Tone::Dim);
}
