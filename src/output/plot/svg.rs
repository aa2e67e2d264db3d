//! A small SVG canvas: lines, areas, points and text, in picture coordinates (y downwards).

use std::fmt::Write as _;

/// Size of most pictures.
pub(super) const WIDTH: f64 = 1200.0;
pub(super) const HEIGHT: f64 = 640.0;
/// Coordinates beyond this would be drawn far outside the picture anyway.
const FAR: f64 = 1e5;
/// DejaVu Sans first, since widths were judged with it and the PNG uses it.
const FONTS: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";
/// Attributes of a white rim around letters.
const RIM: &str = r##" stroke="#ffffff" stroke-width="5" stroke-linejoin="round" paint-order="stroke""##;

/// Colours that remain apart for colour-blind eyes (Okabe and Ito), text ones darkened for contrast.
pub(super) mod colour {
    pub const TEXT: &str = "#222222";
    pub const DIM: &str = "#5f5f5f";
    pub const RULE: &str = "#e4e4e4";
    pub const AXIS: &str = "#444444";
    pub const CURVE: &str = "#0072b2";
    pub const AREA: &str = "#d9eaf4";
    pub const FORMULA: &str = "#111111";
    pub const SAMPLES: [&str; 3] = ["#d55e00", "#aa4499", "#e69f00"];
    pub const MEAN: &str = "#00785a";
    pub const MODE: &str = "#9a5b00";
    pub const QUANTILE: &str = "#5f5f5f";
}

/// How a line looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    /// Lengths of dashes and gaps, empty for a solid line.
    pub(super) dashes: &'static str,
}

impl Stroke {
    pub(super) const fn solid(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dashes: "" }
    }

    pub(super) const fn dashed(colour: &'static str, width: f64, dashes: &'static str) -> Self {
        Self { colour, width, dashes }
    }

    fn attributes(&self) -> String {
        let mut text = format!(r#"stroke="{}" stroke-width="{}""#, self.colour, number(self.width));
        if !self.dashes.is_empty() {
            let _ = write!(text, r#" stroke-dasharray="{}""#, self.dashes);
        }
        text
    }
}

/// Which point of a text is at its position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Font {
    pub(super) size: f64,
    pub(super) colour: &'static str,
    pub(super) anchor: Anchor,
    pub(super) bold: bool,
    /// A white rim, for text on top of lines.
    pub(super) rim: bool,
}

impl Font {
    pub(super) const fn new(size: f64, colour: &'static str, anchor: Anchor) -> Self {
        Self { size, colour, anchor, bold: false, rim: false }
    }

    pub(super) const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(super) const fn rimmed(self) -> Self {
        Self { rim: true, ..self }
    }
}

/// A picture under construction.
pub(super) struct Canvas {
    body: String,
    clips: usize,
    pub(super) size: [f64; 2],
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self::sized(WIDTH, HEIGHT)
    }

    pub(super) fn sized(width: f64, height: f64) -> Self {
        Self { body: String::new(), clips: 0, size: [width, height] }
    }

    /// The file. `title` is for screen readers and for the tooltip of browsers.
    pub(super) fn finish(self, title: &str) -> String {
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" "#,
                r#"font-family="{fonts}" role="img">"#,
                "\n<title>{title}</title>\n",
                r##"<rect width="{w}" height="{h}" fill="#ffffff"/>"##,
                "\n{body}</svg>\n"
            ),
            w = self.size[0],
            h = self.size[1],
            fonts = FONTS,
            title = escaped(title),
            body = self.body
        )
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let _ = writeln!(
            self.body,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>"#,
            number(from.0),
            number(from.1),
            number(to.0),
            number(to.1),
            stroke.attributes()
        );
    }

    pub(super) fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() > 1 {
            let attributes = stroke.attributes();
            let _ = writeln!(
                self.body,
                r#"<path d="{}" fill="none" stroke-linejoin="round" {attributes}/>"#,
                outline(points)
            );
        }
    }

    pub(super) fn area(&mut self, points: &[(f64, f64)], fill: &str) {
        if points.len() > 2 {
            let _ = writeln!(self.body, r#"<path d="{}Z" fill="{fill}"/>"#, outline(points));
        }
    }

    pub(super) fn circle(&mut self, centre: (f64, f64), radius: f64, fill: &str) {
        let (x, y) = (number(centre.0), number(centre.1));
        let _ = writeln!(
            self.body,
            r##"<circle cx="{x}" cy="{y}" r="{}" fill="{fill}" stroke="#ffffff" stroke-width="0.8"/>"##,
            number(radius)
        );
    }

    /// A point without a rim, through which others are seen.
    pub(super) fn dot(&mut self, centre: (f64, f64), radius: f64, fill: &str, opacity: f64) {
        let (x, y) = (number(centre.0), number(centre.1));
        let _ = writeln!(
            self.body,
            r#"<circle cx="{x}" cy="{y}" r="{}" fill="{fill}" fill-opacity="{}"/>"#,
            number(radius),
            number(opacity)
        );
    }

    /// A rectangle outline.
    pub(super) fn frame(&mut self, from: (f64, f64), to: (f64, f64), stroke: Stroke) {
        let outline = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.polyline(&outline, stroke);
    }

    /// The pixels of a PNG, stretched over the rectangle.
    pub(super) fn image(&mut self, from: (f64, f64), to: (f64, f64), png: &[u8]) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let _ = writeln!(
            self.body,
            r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" href="data:image/png;base64,{}"/>"#,
            number(from.0),
            number(from.1),
            number(to.0 - from.0),
            number(to.1 - from.1),
            STANDARD.encode(png)
        );
    }

    /// Text in which `^{..}` is raised. User text goes through [`plain`] first.
    pub(super) fn text(&mut self, at: (f64, f64), text: &str, font: Font) {
        self.turned_text(at, text, font, 0.0);
    }

    /// Text turned by `degrees` around its position.
    pub(super) fn turned_text(&mut self, at: (f64, f64), text: &str, font: Font, degrees: f64) {
        let anchor = match font.anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let weight = if font.bold { r#" font-weight="bold""# } else { "" };
        let rim = if font.rim { RIM } else { "" };
        let (x, y) = (number(at.0), number(at.1));
        let turn = match degrees {
            0.0 => String::new(),
            d => format!(r#" transform="rotate({} {x} {y})""#, number(d)),
        };
        let _ = writeln!(
            self.body,
            r#"<text x="{x}" y="{y}" font-size="{}" fill="{}"{anchor}{weight}{rim}{turn}>{}</text>"#,
            number(font.size),
            font.colour,
            spans(text, font.size)
        );
    }

    /// Everything drawn by `draw` is cut off outside the rectangle.
    pub(super) fn clipped(&mut self, from: (f64, f64), to: (f64, f64), draw: impl FnOnce(&mut Self)) {
        self.clips += 1;
        let id = self.clips;
        let _ = writeln!(
            self.body,
            r##"<clipPath id="clip{id}"><rect x="{}" y="{}" width="{}" height="{}"/></clipPath><g clip-path="url(#clip{id})">"##,
            number(from.0),
            number(from.1),
            number(to.0 - from.0),
            number(to.1 - from.1)
        );
        draw(self);
        self.body.push_str("</g>\n");
    }
}

/// User text made safe for [`Canvas::text`]: no markup, no control characters, at most `longest` characters.
pub(super) fn plain(text: &str, longest: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // A zero-width space keeps `^{` from being read as markup.
    let clean = clean.replace("^{", "^\u{200b}{");
    if clean.chars().count() <= longest {
        return clean;
    }
    let kept: String = clean.chars().take(longest.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The width of a text in DejaVu Sans, to about a tenth.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | 'i' | 'l' | 'j' | '{' | '}' | '^' => 0.32,
        '(' | ')' | 'f' | 't' | 'r' | '-' | '[' | ']' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' | '=' | '+' | '−' | '∞' | '→' | '←' => 0.87,
        'A'..='Z' => 0.7,
        _ => 0.62,
    };
    text.chars().map(em).sum::<f64>() * size
}

fn outline(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let _ = write!(d, "{}{} {}", if i == 0 { "M" } else { "L" }, number(*x), number(*y));
    }
    d
}

/// A coordinate with two decimals at most; always finite.
fn number(x: f64) -> String {
    let x = if x.is_nan() { 0.0 } else { x.clamp(-FAR, FAR) };
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text with its `^{..}` as raised spans, everything escaped.
fn spans(text: &str, size: f64) -> String {
    let (up, small) = (number(0.38 * size), number(0.72 * size));
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("^{") {
        let (raised, tail) = after.split_once('}').unwrap_or((after, ""));
        let _ = write!(out, r#"{}<tspan dy="-{up}" font-size="{small}">{}</tspan>"#, escaped(before), escaped(raised));
        if !tail.is_empty() {
            // dy moves everything that follows, so what follows is moved back.
            let _ = write!(out, r#"<tspan dy="{up}">{}</tspan>"#, escaped(tail.split("^{").next().unwrap_or("")));
        }
        rest = tail.find("^{").map_or("", |i| &tail[i..]);
    }
    out + &escaped(rest)
}

fn escaped(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let clean: String = text.chars().filter(allowed).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_finite() {
        for (x, expected) in [(0.1 + 0.2, "0.3"), (-0.001, "0"), (f64::NAN, "0"), (1e300, "100000"), (12.0, "12")] {
            assert_eq!(number(x), expected);
        }
    }

    #[test]
    fn markup_of_users_is_text() {
        assert_eq!(spans("10^{-3}", 10.0), r#"10<tspan dy="-3.8" font-size="7.2">-3</tspan>"#);
        assert_eq!(spans("a^{2}b", 10.0), "a<tspan dy=\"-3.8\" font-size=\"7.2\">2</tspan><tspan dy=\"3.8\">b</tspan>");
        assert_eq!(spans(&plain("<b>^{\u{7}&", 80), 10.0), "&lt;b&gt;^\u{200b}{ &amp;");
        assert_eq!(plain("abcdef", 4), "abc…");
    }
}
