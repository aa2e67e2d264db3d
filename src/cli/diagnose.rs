//! Errors as a person reads them: on a terminal drawn around the lines they are about, elsewhere as plain
//! text in the manner of compilers, `file:line:column: message`.

use crate::error::Error;
use crate::scenario::{Fault, ScenarioError, line_and_column};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use std::fmt::{self, Display};
use std::io::{IsTerminal, Write};

/// More problems than this are only counted.
const MOST: usize = 20;
/// Longer lines are not shown.
const WIDEST: usize = 400;

/// Prints an error on standard error.
pub(super) fn report(error: &Error) {
    let stderr = std::io::stderr();
    let coloured = anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never;
    let text = if stderr.is_terminal() { graphical(error, coloured) } else { plain(error) };
    // Nothing can be done about a standard error that is closed.
    let _ = stderr.lock().write_all(text.as_bytes());
}

/// One message, with the line it is about.
#[derive(Debug)]
struct Message {
    /// `file:line:column: ` or nothing.
    location: String,
    text: String,
    /// What would be accepted, and a hint.
    help: Vec<String>,
    excerpt: Option<Excerpt>,
}

/// The line that is wrong.
#[derive(Debug)]
struct Excerpt {
    name: String,
    /// Text up to the end of the line (so that lines count), and the bytes that are wrong.
    text: String,
    start: usize,
    length: usize,
    line: usize,
    column: usize,
}

fn graphical(error: &Error, coloured: bool) -> String {
    let theme = if coloured { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme);
    let (messages, more) = messages(error);
    let mut out = String::new();
    for message in &messages {
        let drawn = Drawn::new(message);
        if handler.render_report(&mut out, &drawn).is_err() {
            out.push_str(&message.text);
        }
        out.push('\n');
    }
    out + &rest(more)
}

fn plain(error: &Error) -> String {
    let (messages, more) = messages(error);
    let mut out = String::new();
    for Message { location, text, help, excerpt } in &messages {
        out.push_str(&format!("error: {location}{text}\n"));
        if let Some(Excerpt { text, start, length, line, column, .. }) = excerpt {
            let shown = text.lines().next_back().unwrap_or_default().replace('\t', " ");
            let marks = text.get(*start..start + length).map_or(1, |t| t.chars().count()).max(1);
            let number = line.to_string();
            let margin = " ".repeat(number.len());
            let under = format!("{}{}", " ".repeat(column - 1), "^".repeat(marks));
            out.push_str(&format!("  {number} | {shown}\n  {margin} | {under}\n"));
        }
        for line in help {
            out.push_str(&format!("  {line}\n"));
        }
    }
    out + &rest(more)
}

fn rest(more: usize) -> String {
    if more == 0 { String::new() } else { format!("and {more} more problems\n") }
}

/// The first messages of an error, and how many more there are.
fn messages(error: &Error) -> (Vec<Message>, usize) {
    let mut all = Vec::new();
    collect(error, &mut all);
    let more = all.len().saturating_sub(MOST);
    let messages = all.into_iter().take(MOST).map(|item| match item {
        Item::Fault(scenario, fault) => of_fault(scenario, fault),
        Item::Other(error) => Message {
            location: String::new(),
            text: error.to_string(),
            help: error.hint().into_iter().collect(),
            excerpt: None,
        },
    });
    (messages.collect(), more)
}

enum Item<'a> {
    Fault(&'a ScenarioError, &'a Fault),
    Other(&'a Error),
}

fn collect<'a>(error: &'a Error, all: &mut Vec<Item<'a>>) {
    match error {
        Error::Several(errors) => errors.iter().for_each(|e| collect(e, all)),
        Error::Scenario(scenario) => all.extend(scenario.faults.iter().map(|f| Item::Fault(scenario, f))),
        other => all.push(Item::Other(other)),
    }
}

fn of_fault(error: &ScenarioError, fault: &Fault) -> Message {
    let accepted = fault.cause.accepted().map(|a| format!("accepted: {a}"));
    let hint = fault.cause.hint().map(|h| format!("hint: {h}"));
    Message {
        location: format!("{}: ", error.location(fault)),
        text: fault.cause.to_string(),
        help: accepted.into_iter().chain(hint).collect(),
        excerpt: excerpt(error, fault),
    }
}

/// The line of a fault, unless it is too long or not fit to be shown.
fn excerpt(error: &ScenarioError, fault: &Fault) -> Option<Excerpt> {
    let source = error.sources.get(fault.place.source)?;
    let (line, column) = line_and_column(&source.text, fault.place.span.start);
    let first = source.text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let end = source.text[first..].find('\n').map_or(source.text.len(), |i| first + i);
    let shown = source.text[first..end].trim_end_matches('\r');
    if shown.trim().is_empty() || shown.len() > WIDEST || shown.contains(|c: char| c.is_control() && c != '\t') {
        return None;
    }
    let start = fault.place.span.start.min(end);
    Some(Excerpt {
        name: source.name.clone(),
        text: source.text[..first + shown.len()].to_owned() + "\n",
        start,
        length: fault.place.span.end.clamp(start, end) - start,
        line,
        column,
    })
}

/// A message as miette draws it.
#[derive(Debug)]
struct Drawn {
    text: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
}

impl Drawn {
    fn new(message: &Message) -> Self {
        let excerpt = message.excerpt.as_ref();
        // The frame of the excerpt names the place already.
        let location = if excerpt.is_some() { "" } else { &message.location };
        Self {
            text: format!("{location}{}", message.text),
            help: (!message.help.is_empty()).then(|| message.help.join("\n")),
            source: excerpt.map(|e| NamedSource::new(&e.name, e.text.clone())),
            label: excerpt.map(|e| LabeledSpan::new(None, e.start, e.length)),
        }
    }
}

impl Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Drawn {}

impl Diagnostic for Drawn {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|h| Box::new(h) as Box<dyn Display>)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|s| s as &dyn miette::SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.label.clone().map(|l| Box::new(std::iter::once(l)) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}
