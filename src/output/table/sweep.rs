//! The table of `sweep`: what was found, in short.

use super::layout::{Cell, Page, Tone};
use crate::output::number;
use crate::record::{SweepRecord, SweepRow, SweepStatus};

/// Most rows of a sweep that are printed one by one.
const FEW: usize = 40;
/// Reasons shown.
const REASONS: usize = 5;

/// A sweep as text, with terminal colours if `colour`.
pub fn sweep(record: &SweepRecord, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.line(&record.title, Tone::Title);
    let axes: Vec<String> = record.axes.iter().map(axis).collect();
    let laws = if record.rows.len() == 1 { "law".to_owned() } else { format!("{} laws", record.rows.len()) };
    page.paragraph(&format!("{laws}: {}", axes.join("; ")), Tone::Dim);
    if let Some(shard) = &record.shard {
        page.paragraph(&format!("shard {shard}: other points are computed elsewhere"), Tone::Dim);
    }
    if record.rows.len() <= FEW {
        points(&mut page, record)
    } else {
        extremes(&mut page, record)
    }
    reasons(&mut page, record);
    page.finish()
}

fn axis(axis: &crate::record::SweepAxis) -> String {
    let (first, last) = (axis.values.first(), axis.values.last());
    let shown = |x: Option<&f64>| x.map_or(String::new(), |x| number::shortest(*x));
    let scale = if axis.log { ", log" } else { "" };
    match axis.values.len() {
        1 => format!("{} = {}", axis.key, shown(first)),
        n => format!("{} from {} to {} ({n} values{scale})", axis.key, shown(first), shown(last)),
    }
}

/// Every point.
fn points(page: &mut Page, record: &SweepRecord) {
    let keys = record.axes.iter().map(|axis| axis.key.as_str());
    let header: Vec<&str> = keys.chain(record.observables.iter().map(|o| o.name.as_str())).collect();
    let rows: Vec<Vec<Cell>> = record
        .rows
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let mut cells: Vec<Cell> =
                record.at(i).into_iter().map(|x| Cell::number(number::shortest(number::rounded(x, 6)))).collect();
            cells.extend((0..record.observables.len()).map(|k| cell(record, row, k)));
            cells
        })
        .collect();
    page.blank();
    page.table(&header, &rows);
}

fn cell(record: &SweepRecord, row: &SweepRow, k: usize) -> Cell {
    let (value, error, status) = row.cell(k);
    let word = record.observables.get(k).is_some_and(|o| o.word);
    match status {
        SweepStatus::Number if word => Cell::word("density", Tone::Plain),
        SweepStatus::PointMass if word => Cell::word("point mass", Tone::Plain),
        SweepStatus::Number => Cell::number(number::with_error(value, error)),
        SweepStatus::PointMass => Cell::number(number::shortest(value)),
        SweepStatus::Infinite => Cell::word("infinite", Tone::Plain),
        SweepStatus::Absent => Cell::word("-", Tone::Dim),
        SweepStatus::Failed => Cell::word("failed", Tone::Bad),
        SweepStatus::Elsewhere => Cell::word("elsewhere", Tone::Dim),
    }
}

/// Lowest and highest value of every observable.
fn extremes(page: &mut Page, record: &SweepRecord) {
    page.blank();
    let row = |k: usize| {
        let known = || {
            let cells = record.rows.iter().enumerate().map(|(i, row)| (i, row.cell(k)));
            cells.filter(|(_, cell)| cell.0.is_finite())
        };
        let lowest = known().min_by(|a, b| a.1.0.total_cmp(&b.1.0));
        let highest = known().max_by(|a, b| a.1.0.total_cmp(&b.1.0));
        let worst =
            known().map(|(_, (value, error, _))| error / value.abs().max(f64::MIN_POSITIVE)).fold(0.0, f64::max);
        let shown = |found: Option<(usize, (f64, f64, SweepStatus))>| match found {
            Some((i, (value, error, _))) => {
                let at: Vec<String> =
                    record.at(i).into_iter().map(|x| number::shortest(number::rounded(x, 6))).collect();
                Cell::word(format!("{} at {}", number::with_error(value, error), at.join(", ")), Tone::Plain)
            }
            None => Cell::word("-", Tone::Dim),
        };
        let numbers = known().count();
        let worst = if numbers == 0 { "-".to_owned() } else { format!("{worst:.1e}") };
        vec![
            Cell::word(record.observables[k].name.clone(), Tone::Plain),
            shown(lowest),
            shown(highest),
            Cell::word(worst, Tone::Plain),
            Cell::word(numbers.to_string(), Tone::Plain),
        ]
    };
    let words = record.observables.iter().enumerate().filter(|(_, o)| o.word);
    for (k, observable) in words {
        let points = record.rows.iter().filter(|row| row.cell(k).2 == SweepStatus::PointMass).count();
        let densities = record.rows.iter().filter(|row| row.cell(k).2 == SweepStatus::Number).count();
        page.paragraph(&format!("{}: {densities} densities, {points} point masses", observable.name), Tone::Plain);
    }
    let rows: Vec<Vec<Cell>> =
        (0..record.observables.len()).filter(|&k| !record.observables[k].word).map(row).collect();
    page.table(&["observable", "lowest", "highest", "largest relative error", "numbers"], &rows);
}

/// Why something has no number, the most frequent reasons first.
fn reasons(page: &mut Page, record: &SweepRecord) {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for row in &record.rows {
        let why = row.reason(&record.observables);
        if why.is_empty() {
            continue;
        }
        match counted.iter().position(|(known, _)| *known == why) {
            Some(i) => counted[i].1 += 1,
            // The rest is in the files.
            None if counted.len() < 100 => counted.push((why, 1)),
            None => {}
        }
    }
    counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    if counted.is_empty() {
        return;
    }
    page.heading("Without a number");
    for (why, n) in counted.iter().take(REASONS) {
        page.labelled(&format!("{n} ×"), 8, why, Tone::Plain);
    }
    if let Some(rest @ 1..) = counted.len().checked_sub(REASONS) {
        let points: usize = counted.iter().skip(REASONS).map(|(_, n)| n).sum();
        page.labelled(&format!("{points} ×"), 8, &format!("{rest} other reasons, in the files"), Tone::Dim);
    }
}
