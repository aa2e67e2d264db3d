//! A sweep as comma-separated values: one row per point, three columns per observable.

use super::commented;
use super::field::quoted;
use crate::output::{OutputError, atomic, caption};
use crate::record::{LawKind, SweepCell, SweepRecord, SweepRow};
use std::fmt::Write as _;
use std::path::Path;

/// Writes a sweep to `path`.
///
/// # Errors
/// Those of [`atomic::write`]; the file is untouched then.
pub fn write_sweep(path: &Path, record: &SweepRecord) -> Result<(), OutputError> {
    atomic::write(path, sweep_text(record).as_bytes())
}

/// What [`write_sweep`] puts in the file.
pub fn sweep_text(record: &SweepRecord) -> String {
    let mut out = commented(&header(record));
    let mut names: Vec<String> = record.axes.iter().map(|axis| quoted(&axis.key)).collect();
    for observable in &record.observables {
        let name = &observable.name;
        names.push(quoted(name));
        if !observable.word {
            names.extend([quoted(&format!("{name}_error")), quoted(&format!("{name}_status"))]);
        }
    }
    names.push("reason".to_owned());
    let _ = writeln!(out, "{}", names.join(","));
    for (i, row) in record.rows.iter().enumerate() {
        for x in record.at(i) {
            let _ = write!(out, "{},", number(x));
        }
        for (k, observable) in record.observables.iter().enumerate() {
            if observable.word {
                let _ = write!(out, "{},", word(row, k));
            } else {
                let (value, error, status) = row.cell(k);
                let _ = write!(out, "{},{},{},", number(value), number(error), status.name());
            }
        }
        let _ = writeln!(out, "{}", quoted(&row.reason(&record.observables)));
    }
    out
}

fn word(row: &SweepRow, k: usize) -> &'static str {
    match row {
        SweepRow::Found(cells) => match cells.get(k) {
            Some(SweepCell::Law(LawKind::PointMass)) => "point_mass",
            Some(SweepCell::Law(LawKind::Density)) => "density",
            _ => "",
        },
        SweepRow::Failed(_) => "failed",
        SweepRow::Elsewhere => "elsewhere",
    }
}

fn number(x: f64) -> String {
    // No negative zero.
    if x.is_nan() { "nan".to_owned() } else { format!("{:e}", x + 0.0) }
}

fn header(record: &SweepRecord) -> Vec<String> {
    let p = &record.provenance;
    let mut lines = vec![
        format!("{}: a sweep of {} laws", caption::program(&record.stillpoint, p), record.rows.len()),
        format!("title: {}", record.title),
    ];
    lines.extend(record.shard.as_ref().map(|shard| format!("shard: {shard}, other points are `elsewhere`")));
    lines.extend(p.data.as_ref().map(|data| format!("data: {data}")));
    lines.push(
        "columns: the numbers that vary, then for every observable its value, a bound on its absolute".to_owned(),
    );
    lines.push("  error, and what it is; reason = why something has no number".to_owned());
    lines.push("scenario:".to_owned());
    lines.extend(p.scenario.lines().map(|line| format!("  {line}")));
    lines
}
