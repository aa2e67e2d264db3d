//! Aligned columns, headings and colour.

use owo_colors::{OwoColorize as _, Style};
use std::fmt::Write as _;

/// Left margin of everything under a heading.
const MARGIN: &str = "  ";
/// Space between columns.
const GAP: &str = "   ";
/// Columns of a terminal that text is wrapped at.
const WIDTH: usize = 100;

/// Text that grows line by line, with or without colour.
pub(super) struct Page {
    text: String,
    colour: bool,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tone {
    Plain,
    Title,
    Heading,
    Dim,
    Good,
    Bad,
    Curve,
}

impl Page {
    pub(super) fn new(colour: bool) -> Self {
        Self { text: String::new(), colour }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// `text` in the colour of `tone`, if there is colour.
    fn paint(&self, text: &str, tone: Tone) -> String {
        let style = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Title => Style::new().bold(),
            Tone::Heading => Style::new().bold().cyan(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Good => Style::new().green(),
            Tone::Bad => Style::new().bold().red(),
            Tone::Curve => Style::new().blue(),
        };
        if self.colour { text.style(style).to_string() } else { text.to_owned() }
    }

    /// One line, not indented.
    pub(super) fn line(&mut self, text: &str, tone: Tone) {
        let painted = self.paint(&one_line(text), tone);
        let _ = writeln!(self.text, "{painted}");
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A blank line and a heading.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.line(text, Tone::Heading);
    }

    /// Indented text, wrapped between words.
    pub(super) fn paragraph(&mut self, text: &str, tone: Tone) {
        self.labelled("", 0, text, tone);
    }

    /// `label` in a column of its own, the text wrapped beside it.
    pub(super) fn labelled(&mut self, label: &str, label_width: usize, text: &str, tone: Tone) {
        let gap = if label_width == 0 { "" } else { GAP };
        let indent = MARGIN.len() + label_width + gap.len();
        for (i, line) in wrapped(text, WIDTH.saturating_sub(indent)).iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            let painted = self.paint(line, tone);
            let _ = writeln!(self.text, "{MARGIN}{}{gap}{painted}", left(label, label_width));
        }
    }

    /// A picture made of characters, line by line.
    pub(super) fn picture(&mut self, lines: &[String], tone: Tone) {
        for line in lines {
            let painted = self.paint(line.trim_end(), tone);
            let _ = writeln!(self.text, "{MARGIN}{painted}");
        }
    }

    /// Rows under a header, columns aligned: numbers at the decimal point, words on the left.
    pub(super) fn table(&mut self, header: &[&str], rows: &[Vec<Cell>]) {
        let mut columns: Vec<Column> = header.iter().map(|name| Column::new(name)).collect();
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(row) {
                column.fit(cell);
            }
        }
        if header.iter().any(|name| !name.is_empty()) {
            let names: Vec<String> = header.iter().zip(&columns).map(|(name, c)| left(name, c.width())).collect();
            let painted = self.paint(names.join(GAP).trim_end(), Tone::Dim);
            let _ = writeln!(self.text, "{MARGIN}{painted}");
        }
        for row in rows {
            let mut line = MARGIN.to_owned();
            for (i, (column, cell)) in columns.iter().zip(row).enumerate() {
                let padded = column.pad(cell);
                let last = i + 1 == row.len();
                let padded = if last { padded.trim_end() } else { &padded };
                let _ = write!(line, "{}{}", if i == 0 { "" } else { GAP }, self.paint(padded, cell.tone));
            }
            let _ = writeln!(self.text, "{}", line.trim_end());
        }
    }
}

/// One cell of a table.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    numeric: bool,
    tone: Tone,
}

impl Cell {
    /// A number, aligned at its decimal point; a word in its place (`infinite`) is aligned on the left.
    pub(super) fn number(text: String) -> Self {
        let numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        Self { text, numeric, tone: Tone::Plain }
    }

    /// A word, aligned on the left.
    pub(super) fn word(text: impl AsRef<str>, tone: Tone) -> Self {
        Self { text: one_line(text.as_ref()), numeric: false, tone }
    }

    /// Characters up to and after the decimal point (words have it at their end).
    fn split(&self) -> (usize, usize) {
        let all = self.text.chars().count();
        if !self.numeric {
            return (0, all);
        }
        // The point of the value, not one inside the parentheses of its error or its power of ten.
        let end = self.text.find(['(', 'e', ' ']).filter(|&i| i > 0).unwrap_or(self.text.len());
        let point = self.text[..end].find('.').unwrap_or(end);
        let before = self.text[..point].chars().count();
        (before, all - before)
    }
}

/// Widths of one column, before and from the decimal point.
struct Column {
    name: usize,
    before: usize,
    after: usize,
}

impl Column {
    fn new(name: &str) -> Self {
        Self { name: name.chars().count(), before: 0, after: 0 }
    }

    fn fit(&mut self, cell: &Cell) {
        let (before, after) = cell.split();
        self.before = self.before.max(before);
        self.after = self.after.max(after);
    }

    fn width(&self) -> usize {
        self.name.max(self.before + self.after)
    }

    fn pad(&self, cell: &Cell) -> String {
        let before = if cell.numeric { self.before - cell.split().0 } else { 0 };
        left(&format!("{}{}", " ".repeat(before), cell.text), self.width())
    }
}

/// `text` filled up with spaces on the right.
pub(super) fn left(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// Control characters (line ends, escapes) of user text made harmless.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Lines of at most `width` characters, broken between words where possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in one_line(text).split_whitespace() {
        let line = lines.last_mut().filter(|l| l.is_empty() || l.chars().count() + 1 + word.chars().count() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_align_at_their_points_and_words_on_the_left() {
        let mut page = Page::new(false);
        let row = |word: &str, number: &str| vec![Cell::word(word, Tone::Plain), Cell::number(number.to_owned())];
        page.table(&["name", "value"], &[row("mean", "0.84(3)"), row("a", "-12.5(1.2)"), row("big", "3(1)e5")]);
        let expected = "  name   value\n  mean     0.84(3)\n  a      -12.5(1.2)\n  big      3(1)e5\n";
        assert_eq!(page.finish(), expected);
    }

    #[test]
    fn colour_changes_nothing_but_colour_and_user_text_cannot_inject_it() {
        let mut page = Page::new(true);
        page.line("a\x1b[31m\nb", Tone::Title);
        assert_eq!(page.finish(), "\x1b[1ma [31m b\x1b[0m\n");
    }

    #[test]
    fn long_text_is_wrapped_between_words() {
        assert_eq!(wrapped("aa bbb cc", 6), ["aa bbb", "cc"]);
        assert_eq!(wrapped("", 6), [""]);
    }
}
