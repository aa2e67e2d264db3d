//! The tables of `reproduce`: a statement with its checks, and one line for each statement at the end.

use super::layout::{Cell, Page, Tone};
use crate::output::number;
use crate::record::{Check, Finding, Relation, Reproduction, Statement, Verdict};

/// A statement of the paper as text, with terminal colours if `colour`.
pub fn statement(statement: &Statement, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.line(&format!("{}  {}", statement.id, statement.title), Tone::Title);
    page.paragraph(&statement.claim, Tone::Plain);
    if !statement.scenarios.is_empty() {
        page.paragraph(&format!("from {}", statement.scenarios.join(", ")), Tone::Dim);
    }
    let rows: Vec<Vec<Cell>> = statement.checks.iter().map(check).collect();
    page.blank();
    page.table(&["quantity", "computed", "", "expected", "from", "verdict"], &rows);
    if statement.verdict != Verdict::Agree && !statement.remarks.is_empty() {
        page.blank();
        for (i, remark) in statement.remarks.iter().enumerate() {
            let label = if i == 0 { "where the paper differs:" } else { "" };
            page.labelled(label, 24, remark, Tone::Plain);
        }
    }
    if let Some(figure) = &statement.figure {
        page.blank();
        page.paragraph(&format!("picture: {figure}"), Tone::Dim);
    }
    page.paragraph(&outcome(statement), tone(statement.verdict));
    page.blank();
    page.finish()
}

/// One line for each statement, and the verdict on all.
pub fn reproduction(reproduction: &Reproduction, colour: bool) -> String {
    let mut page = Page::new(colour);
    page.line("Statements of arXiv 2308.06671", Tone::Title);
    let row = |s: &Statement| {
        vec![
            Cell::word(&s.id, Tone::Plain),
            Cell::word(&s.title, Tone::Plain),
            Cell::number(s.checks.len().to_string()),
            Cell::number(format!("{:.1}", s.seconds)),
            Cell::word(word(s.verdict), tone(s.verdict)),
        ]
    };
    let rows: Vec<Vec<Cell>> = reproduction.rows.iter().map(row).collect();
    page.table(&["", "", "checks", "seconds", "verdict"], &rows);
    page.blank();
    let (text, tone) = match reproduction.agree {
        true => ("every statement agrees, or its difference is explained", Tone::Good),
        false => ("some statements DIFFER beyond their errors", Tone::Bad),
    };
    page.paragraph(text, tone);
    page.line(super::LEGEND, Tone::Dim);
    page.line("for samples: one standard error, of which four are allowed", Tone::Dim);
    page.finish()
}

fn check(check: &Check) -> Vec<Cell> {
    let relation = match check.relation {
        Relation::Equal => "=",
        Relation::Below => "<",
        Relation::Above => ">",
    };
    let mut source = check.source.clone();
    if check.allowance > 0.0 && check.allowance.is_finite() {
        source.push_str(&format!(" (± {})", number::significant(check.allowance, 2)));
    }
    vec![
        Cell::word(&check.quantity, Tone::Plain),
        finding(&check.computed),
        Cell::word(relation, Tone::Dim),
        finding(&check.expected),
        Cell::word(source, Tone::Dim),
        Cell::word(word(check.verdict), tone(check.verdict)),
    ]
}

fn finding(finding: &Finding) -> Cell {
    match finding {
        Finding::Number(quantity) => Cell::number(number::quantity(quantity)),
        Finding::Word(word) => Cell::word(word, Tone::Plain),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Agree => "agree",
        Verdict::Explained => "explained",
        Verdict::Differ => "DIFFER",
    }
}

fn tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Agree | Verdict::Explained => Tone::Good,
        Verdict::Differ => Tone::Bad,
    }
}

fn outcome(statement: &Statement) -> String {
    let count = |verdict| statement.checks.iter().filter(|check| check.verdict == verdict).count();
    let (agree, explained, differ) = (count(Verdict::Agree), count(Verdict::Explained), count(Verdict::Differ));
    let mut parts = vec![format!("{agree} agree")];
    if explained > 0 {
        parts.push(format!("{explained} differ from the paper as printed, and are explained"));
    }
    if differ > 0 {
        parts.push(format!("{differ} DIFFER"));
    }
    format!("verdict: {}", parts.join(", "))
}
