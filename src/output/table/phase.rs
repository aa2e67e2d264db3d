//! The table of `phase`.

use super::layout::{Cell, Page, Tone};
use crate::estimate::Quantity;
use crate::output::number;
use crate::record::{Boundary, BoundaryPoint, PhaseSolution};

/// Points of one boundary that are shown.
const SHOWN: usize = 40;
/// Values without a boundary that are named.
const NAMED: usize = 3;

/// The answer to `phase` as text, with terminal colours if `colour`.
pub fn phase(solution: &PhaseSolution, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.line(&solution.title, Tone::Title);
    let axis = |a: &crate::record::PhaseAxis| {
        format!("{} from {} to {}", a.key, number::shortest(a.from), number::shortest(a.to))
    };
    let plane = match &solution.y {
        Some(y) => format!("x = {}; y = {}", axis(&solution.x), axis(y)),
        None => format!("x = {}", axis(&solution.x)),
    };
    page.paragraph(&plane, Tone::Dim);
    for boundary in &solution.boundaries {
        one(&mut page, boundary);
    }
    page.blank();
    let found: usize = solution.boundaries.iter().map(|b| b.points.len()).sum();
    let compared = solution.boundaries.iter().flat_map(|b| &b.points).filter(|p| p.formula.is_some()).count();
    let differ = solution.disagreements();
    let verdict = match (compared, differ) {
        (0, _) => format!("{found} points; no formula to compare with"),
        (n, 0) => format!("{found} points; all {n} that have a formula agree with it within their errors"),
        (n, k) => format!("{found} points; {k} of {n} differ from their formula by more than their errors"),
    };
    page.line(&verdict, if differ == 0 { Tone::Good } else { Tone::Bad });
    page.line(super::LEGEND, Tone::Dim);
    page.finish()
}

fn one(page: &mut Page, boundary: &Boundary) {
    page.heading(&boundary.kind);
    if let Some(reason) = &boundary.reason {
        page.paragraph(reason, Tone::Bad);
    } else {
        points(page, boundary);
        absent(page, boundary);
    }
    beside(page, boundary);
}

fn points(page: &mut Page, boundary: &Boundary) {
    let plane = boundary.points.iter().any(|p| p.y.is_some());
    let formulas = boundary.points.iter().any(|p| p.formula.is_some());
    let mut header = if plane { vec!["y", "x"] } else { vec!["x"] };
    if formulas {
        header.extend(["formula", "difference"]);
    }
    header.push("at larger x");
    let rows: Vec<Vec<Cell>> = boundary.points.iter().take(SHOWN).map(|p| row(p, plane, formulas)).collect();
    page.table(&header, &rows);
    if boundary.points.len() > SHOWN {
        let more = boundary.points.len() - SHOWN;
        page.paragraph(&format!("and {more} more points; --json, --csv and --out have them all"), Tone::Dim);
    }
}

fn row(point: &BoundaryPoint, plane: bool, formulas: bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    if plane {
        cells.push(Cell::number(point.y.map_or_else(String::new, |y| number::significant(y, 6))));
    }
    cells.push(Cell::number(number::quantity(&point.x)));
    if formulas {
        let digits = |x: f64| Cell::number(number::significant(x, 16));
        let difference = point.x.finite().zip(point.formula).map(|(x, f)| x.value - f);
        cells.push(point.formula.map_or(Cell::word("", Tone::Plain), digits));
        cells.push(difference.map_or(Cell::word("", Tone::Plain), |d| Cell::number(number::significant(d, 2))));
    }
    cells.push(Cell::word(&point.beyond, Tone::Plain));
    cells
}

fn absent(page: &mut Page, boundary: &Boundary) {
    for row in boundary.absent.iter().take(NAMED) {
        let at = row.y.map_or_else(String::new, |y| format!("y = {}: ", number::significant(y, 6)));
        page.paragraph(&format!("{at}{}", row.reason), Tone::Dim);
    }
    if boundary.absent.len() > NAMED {
        page.paragraph(&format!("and {} more values of y without it", boundary.absent.len() - NAMED), Tone::Dim);
    }
}

fn beside(page: &mut Page, boundary: &Boundary) {
    if boundary.beside.is_empty() {
        return;
    }
    let plane = boundary.beside.iter().any(|p| p.y.is_some());
    let header = if plane { vec!["beside", "y", "x"] } else { vec!["beside", "x"] };
    let rows: Vec<Vec<Cell>> = boundary
        .beside
        .iter()
        .take(SHOWN)
        .map(|p| {
            let mut cells = vec![Cell::word(&p.route, Tone::Plain)];
            if plane {
                cells.push(Cell::number(p.y.map_or_else(String::new, |y| number::significant(y, 6))));
            }
            cells.push(match p.x {
                Quantity::Absent => Cell::word("none", Tone::Dim),
                x => Cell::number(number::quantity(&x)),
            });
            cells
        })
        .collect();
    page.table(&header, &rows);
}
