//! Text to tokens.

use super::FormulaError;
use std::ops::Range;

/// What a token is; names are read from the text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Name,
    Plus,
    Minus,
    Star,
    Slash,
    Caret,
    Open,
    Close,
    Comma,
    End,
}

/// A token and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// All tokens of a text, [`Kind::End`] last.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FormulaError> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let byte = bytes[at];
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'0'..=b'9' | b'.' => {
                at = number_end(bytes, at);
                number(text, start..at)?
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                Kind::Name
            }
            b'*' if bytes.get(at + 1) == Some(&b'*') => {
                return Err(FormulaError::new(start..at + 2, "`**` is no operator").hint("a power is written x^2"));
            }
            _ => {
                at += 1;
                match byte {
                    b'+' => Kind::Plus,
                    b'-' => Kind::Minus,
                    b'*' => Kind::Star,
                    b'/' => Kind::Slash,
                    b'^' => Kind::Caret,
                    b'(' => Kind::Open,
                    b')' => Kind::Close,
                    b',' => Kind::Comma,
                    _ => return Err(stranger(text, start)),
                }
            }
        };
        out.push(Token { kind, span: start..at });
    }
    out.push(Token { kind: Kind::End, span: bytes.len()..bytes.len() });
    Ok(out)
}

/// Digits, a point, digits, and an exponent if digits follow its e.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let digits = |from: usize| from + bytes[from.min(bytes.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(start);
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    at
}

fn number(text: &str, span: Range<usize>) -> Result<Kind, FormulaError> {
    let digits = &text[span.clone()];
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Kind::Number(value)),
        Ok(_) => Err(FormulaError::new(span, format!("{digits} is too large for a number")).hint("at most 1.79e308")),
        Err(_) => Err(FormulaError::new(span, format!("`{digits}` is not a number"))),
    }
}

fn stranger(text: &str, start: usize) -> FormulaError {
    let character = text[start..].chars().next().unwrap_or('?');
    let span = start..start + character.len_utf8();
    let hint = match character {
        '\u{d7}' | '\u{b7}' | '\u{22c5}' => Some("a product is written x*y"),
        '\u{2212}' | '\u{2013}' | '\u{2014}' => Some("a minus sign is written -"),
        '\u{f7}' | ':' => Some("a quotient is written x/y"),
        '\u{b2}' | '\u{b3}' => Some("a power is written x^2"),
        '\u{3c0}' => Some("write pi"),
        '\u{221a}' => Some("write sqrt(x)"),
        '|' => Some("an absolute value is written abs(x)"),
        '[' | ']' | '{' | '}' => Some("only round parentheses are used"),
        '<' | '>' | '=' => Some("a formula has no comparisons: choose(c, a, b) is a where c > 0, else b"),
        ';' => Some("arguments are separated by commas"),
        _ if !character.is_ascii() => Some("only ASCII is understood"),
        _ => None,
    };
    let error = FormulaError::new(span, format!("`{}` means nothing here", character.escape_debug()));
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
