//! Pieces of a phase diagram: lists begin with their length, and what is not there is a `-`.

use super::Entry;
use super::fields::{Fields, flag, optional, quoted, real};
use crate::estimate::{ErrorBudget, Estimate, Quantity};
use crate::record::{AbsentBoundary, BesideBoundary, BoundaryEnd, PhasePiece, PhaseRow, PhaseZero};

impl Entry for PhasePiece {
    const OF: &'static str = "phase diagram";

    fn fields(&self) -> Vec<String> {
        let mut out = vec![self.rows.len().to_string()];
        self.rows.iter().for_each(|row| write_row(&mut out, row));
        out
    }

    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self { rows: fields.list(read_row)? }).filter(|_| fields.next().is_none())
    }
}

fn write_row(out: &mut Vec<String>, row: &PhaseRow) {
    out.push(flag(row.zeros.is_some()));
    let zeros = row.zeros.as_deref().unwrap_or_default();
    out.push(zeros.len().to_string());
    for zero in zeros {
        write_estimate(out, &zero.x);
        out.extend([optional(zero.y), optional(zero.formula), flag(zero.rising)]);
    }
    out.push(usize::from(row.absent.is_some()).to_string());
    if let Some(AbsentBoundary { y, reason, ends }) = &row.absent {
        out.extend([optional(*y), quoted(reason)]);
        for end in ends {
            out.extend([real(end.x), optional(end.margin), optional(end.error), quoted(&end.holds)]);
        }
    }
    out.push(row.beside.len().to_string());
    for BesideBoundary { route, y, x } in &row.beside {
        out.extend([quoted(route), optional(*y)]);
        match x {
            Quantity::Finite(x) => {
                out.push("finite".to_owned());
                write_estimate(out, x);
            }
            Quantity::Infinite => out.push("infinite".to_owned()),
            Quantity::Absent => out.push("absent".to_owned()),
        }
    }
}

fn read_row(fields: &mut Fields<'_>) -> Option<PhaseRow> {
    let looked = fields.flag()?;
    let zeros = fields.list(|fields| {
        let (x, y) = (read_estimate(fields)?, fields.optional()?);
        Some(PhaseZero { x, y, formula: fields.optional()?, rising: fields.flag()? })
    })?;
    let mut absent = fields.list(|fields| {
        let (y, reason) = (fields.optional()?, fields.text()?);
        Some(AbsentBoundary { y, reason, ends: [read_end(fields)?, read_end(fields)?] })
    })?;
    let beside = fields.list(|fields| {
        let (route, y) = (fields.text()?, fields.optional()?);
        let x = match fields.next()? {
            "finite" => Quantity::Finite(read_estimate(fields)?),
            "infinite" => Quantity::Infinite,
            "absent" => Quantity::Absent,
            _ => return None,
        };
        Some(BesideBoundary { route, y, x })
    })?;
    Some(PhaseRow { zeros: looked.then_some(zeros), absent: absent.pop(), beside })
}

fn read_end(fields: &mut Fields<'_>) -> Option<BoundaryEnd> {
    let (x, margin) = (fields.real()?, fields.optional()?);
    Some(BoundaryEnd { x, margin, error: fields.optional()?, holds: fields.text()? })
}

/// With all parts of its error, whose sum is rounded.
fn write_estimate(out: &mut Vec<String>, estimate: &Estimate) {
    let ErrorBudget { grid, rounding, input, sampling } = estimate.budget;
    out.extend([estimate.value, grid, rounding, input, sampling].map(real));
}

fn read_estimate(fields: &mut Fields<'_>) -> Option<Estimate> {
    let [value, grid, rounding] = [fields.real()?, fields.real()?, fields.real()?];
    Some(Estimate { value, budget: ErrorBudget { grid, rounding, input: fields.real()?, sampling: fields.real()? } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::journal::{line, read};

    #[test]
    fn a_piece_reads_back_to_the_last_bit() {
        let budget = ErrorBudget { grid: 1e-300, rounding: 0.1, input: 5e-324, sampling: f64::INFINITY };
        let x = Estimate { value: 0.1 + 0.2, budget };
        let zeros = vec![
            PhaseZero { x, y: Some(-0.0), formula: None, rising: true },
            PhaseZero { x, y: None, formula: Some(f64::MAX), rising: false },
        ];
        let end = |margin| BoundaryEnd { x: 1.0, margin, error: margin, holds: "tab\t \"quote\"\nline µ".to_owned() };
        let absent = AbsentBoundary { y: Some(3.0), reason: String::new(), ends: [end(None), end(Some(-1.5))] };
        let beside = [Quantity::Finite(x), Quantity::Infinite, Quantity::Absent].map(|x| BesideBoundary {
            route: "a - b".to_owned(),
            y: None,
            x,
        });
        let piece = PhasePiece {
            rows: vec![
                PhaseRow { zeros: Some(zeros), absent: None, beside: beside.to_vec() },
                PhaseRow { zeros: None, absent: Some(absent.clone()), beside: vec![] },
                PhaseRow { zeros: Some(vec![]), absent: Some(absent), beside: vec![] },
            ],
        };
        let text = line(12, &piece);
        assert_eq!(text.matches('\n').count(), 1);
        assert_eq!(read(text.trim_end_matches('\n')), Some((12, piece)));
        assert_eq!(read(line(3, &PhasePiece::default()).trim_end()), Some((3, PhasePiece::default())));
        assert_eq!(read::<PhasePiece>(&text.replace("absent", "absemt")), None);
    }
}
