//! `--set model.temperature=0.2`: changes to the document before it is validated. A value set this way
//! remembers its argument, so that what is wrong with it is shown there and not in the file.

use super::fault::{Cause, Fault};
use super::tree::{self, Entry, Node, Origin, Place, Table, Value};
use std::ops::Range;

const FORM: &str = "KEY=VALUE with a dotted key and a TOML value, e.g. model.temperature=0.2";

/// Applies the argument `text`, which is source number `source`.
pub(super) fn apply(root: &mut Table, text: &str, source: usize) -> Result<(), Box<Fault>> {
    let fault = |span: Range<usize>, reason: String, accepted: &str| {
        let cause = Cause::Set { reason, accepted: accepted.to_owned() };
        Box::new(Fault { place: Place { source, span }, cause })
    };
    let Some(equals) = text.find('=') else {
        return Err(fault(0..text.len(), format!("no `=` in `{text}`"), FORM));
    };
    let steps = steps(&text[..equals]);
    if let Some(step) = steps.iter().find(|s| s.name.is_empty()) {
        return Err(fault(step.span.clone(), "an empty key".to_owned(), FORM));
    }
    let node = value(text, equals + 1, source)?;
    insert(root, &steps, node, source).map_err(|(span, reason, accepted)| fault(span, reason, &accepted))
}

/// Puts `node` where the dotted `key` says, which is written at the start of source number `source`.
pub(super) fn number(root: &mut Table, key: &str, node: Node, source: usize) -> Result<(), Box<Fault>> {
    let refused = |(span, reason, accepted)| {
        Box::new(Fault { place: Place { source, span }, cause: Cause::Set { reason, accepted } })
    };
    insert(root, &steps(key), node, source).map_err(refused)
}

struct Step<'a> {
    name: &'a str,
    span: Range<usize>,
}

/// The parts of a dotted key.
fn steps(key: &str) -> Vec<Step<'_>> {
    let mut start = 0;
    key.split('.')
        .map(|part| {
            let name = part.trim();
            let lead = part.len() - part.trim_start().len();
            let span = start + lead..start + lead + name.len();
            start += part.len() + 1;
            Step { name, span }
        })
        .collect()
}

/// The right side: a TOML value, or what is none of any kind, which is taken as a string (shells eat quotes).
fn value(text: &str, start: usize, source: usize) -> Result<Node, Box<Fault>> {
    let rest = &text[start..];
    let start = start + (rest.len() - rest.trim_start().len());
    let end = text.trim_end().len().max(start);
    let origin = Origin { source, start };
    tree::value(&text[..end], origin).or_else(|error| {
        let word = &text[start..end];
        let bare = !word.is_empty() && !word.starts_with(['[', '{']);
        if bare && !word.contains(['"', '\'', '\n']) {
            return Ok(Node { value: Value::Text(word.to_owned()), place: origin.place(0..word.len()) });
        }
        let reason = format!("not a TOML value: {}", error.message());
        Err(Box::new(Fault {
            place: origin.place(error.span().unwrap_or(0..word.len())),
            cause: Cause::Set { reason, accepted: FORM.to_owned() },
        }))
    })
}

type Refusal = (Range<usize>, String, String);

fn insert(table: &mut Table, steps: &[Step<'_>], node: Node, source: usize) -> Result<(), Refusal> {
    let [step, rest @ ..] = steps else { return Ok(()) };
    let index = table.entries.iter().position(|e| e.key == step.name);
    let Some(index) = index else {
        let place = Place { source, span: step.span.clone() };
        let mut fresh = Table::default();
        let node = if rest.is_empty() {
            node
        } else {
            insert(&mut fresh, rest, node, source)?;
            Node { value: Value::Table(fresh), place: place.clone() }
        };
        table.entries.push(Entry { key: step.name.to_owned(), place, node });
        return Ok(());
    };
    replace(&mut table.entries[index].node, step, rest, node, source)
}

fn replace(target: &mut Node, step: &Step<'_>, rest: &[Step<'_>], node: Node, source: usize) -> Result<(), Refusal> {
    let Some((next, after)) = rest.split_first() else {
        *target = node;
        return Ok(());
    };
    match &mut target.value {
        Value::Table(table) => insert(table, rest, node, source),
        Value::List(items) => {
            let count = items.len();
            match next.name.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                Some(item) => replace(item, next, after, node, source),
                None => Err((
                    next.span.clone(),
                    format!("`{}` has no element `{}`", step.name, next.name),
                    match count {
                        0 => "a whole list, as this one is empty".to_owned(),
                        _ => format!("an index from 0 to {}", count - 1),
                    },
                )),
            }
        }
        other => Err((
            step.span.clone(),
            format!("`{}` is {}, not a table", step.name, other.kind()),
            "the key of a table or list".to_owned(),
        )),
    }
}
