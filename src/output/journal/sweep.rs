//! Rows of a sweep: one field for every cell, which begins with its kind.

use super::Entry;
use super::fields::{Fields, bits, quoted, real, unquoted};
use crate::record::{LawKind, SweepCell, SweepRow};

impl Entry for SweepRow {
    const OF: &'static str = "sweep";

    fn fields(&self) -> Vec<String> {
        match self {
            Self::Failed(why) => vec![format!("f{}", quoted(why))],
            Self::Elsewhere => vec!["e".to_owned()],
            Self::Found(cells) => cells.iter().map(field).collect(),
        }
    }

    fn from_fields(fields: &mut Fields<'_>) -> Option<Self> {
        let mut cells = Vec::new();
        for field in fields {
            let kind = field.chars().next()?;
            let content = &field[kind.len_utf8()..];
            cells.push(match kind {
                'f' => return Some(Self::Failed(unquoted(content)?)),
                'e' => return Some(Self::Elsewhere),
                'n' => {
                    let (value, error) = content.split_once(':')?;
                    SweepCell::Number { value: bits(value)?, error: bits(error)? }
                }
                'p' => SweepCell::AtPoint(bits(content)?),
                'i' => SweepCell::Infinite,
                'a' => SweepCell::Absent(unquoted(content)?),
                'd' => SweepCell::Law(LawKind::Density),
                'm' => SweepCell::Law(LawKind::PointMass),
                _ => return None,
            });
        }
        Some(Self::Found(cells))
    }
}

fn field(cell: &SweepCell) -> String {
    match cell {
        SweepCell::Number { value, error } => format!("n{}:{}", real(*value), real(*error)),
        SweepCell::AtPoint(value) => format!("p{}", real(*value)),
        SweepCell::Infinite => "i".to_owned(),
        SweepCell::Absent(why) => format!("a{}", quoted(why)),
        SweepCell::Law(LawKind::Density) => "d".to_owned(),
        SweepCell::Law(LawKind::PointMass) => "m".to_owned(),
    }
}
