//! Errors as a person reads them: on a terminal with the lines they are about, elsewhere as plain sentences.

use crate::error::Error;
use crate::scenario::{Fault, ScenarioError};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, NarratableReportHandler};
use std::fmt::{self, Display};
use std::io::{IsTerminal, Write};

/// Prints an error on standard error.
pub(super) fn report(error: &Error) {
    let stderr = std::io::stderr();
    let coloured = anstream::AutoStream::choice(&stderr) != anstream::ColorChoice::Never;
    let text = rendered(error, stderr.is_terminal(), coloured);
    // Nothing can be done about a standard error that is closed.
    let _ = stderr.lock().write_all(text.as_bytes());
}

fn rendered(error: &Error, graphical: bool, coloured: bool) -> String {
    let mut shown = Vec::new();
    collect(error, &mut shown);
    let theme = if coloured { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let graphics = GraphicalReportHandler::new_themed(theme);
    let plain = NarratableReportHandler::new();
    let mut text = String::new();
    for diagnostic in &shown {
        let drawn = if graphical {
            graphics.render_report(&mut text, diagnostic)
        } else {
            text.push_str("error: ");
            plain.render_report(&mut text, diagnostic)
        };
        if drawn.is_err() {
            text.push_str(&diagnostic.message);
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// One message, with the text it is about.
#[derive(Debug)]
struct Shown {
    message: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    label: Option<LabeledSpan>,
}

fn collect(error: &Error, shown: &mut Vec<Shown>) {
    match error {
        Error::Several(all) => all.iter().for_each(|e| collect(e, shown)),
        Error::Scenario(scenario) => shown.extend(scenario.faults.iter().map(|f| fault(scenario, f))),
        other => {
            shown.push(Shown { message: other.to_string(), help: other.hint(), source: None, label: None });
        }
    }
}

fn fault(error: &ScenarioError, fault: &Fault) -> Shown {
    let help =
        [fault.cause.accepted().map(|a| format!("accepted: {a}")), fault.cause.hint().map(|h| format!("hint: {h}"))];
    let help = help.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let text = error.sources.get(fault.place.source).map(|s| s.text.clone()).unwrap_or_default();
    let start = fault.place.span.start.min(text.len());
    let end = fault.place.span.end.clamp(start, text.len());
    let name = error.sources.get(fault.place.source).map(|s| s.name.clone()).unwrap_or_default();
    Shown {
        message: format!("{}: {}", error.location(fault), fault.cause),
        help: (!help.is_empty()).then_some(help),
        // An empty file has no line to show.
        label: (!text.is_empty()).then(|| LabeledSpan::new(Some("here".to_owned()), start, end - start)),
        source: (!text.is_empty()).then(|| NamedSource::new(name, text)),
    }
}

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
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
