//! Expressions as text that reads back as the same expression.

use super::graph::{Graph, Id, Node};
use std::borrow::Cow;

const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const SIGN: u8 = 3;
const POWER: u8 = 4;
const ATOM: u8 = 5;

enum Piece {
    Text(Cow<'static, str>),
    /// In parentheses where it binds less than this.
    Node(Id, u8),
}

/// `root` as a formula of `names`, cut off after about `most` bytes.
pub(super) fn print(graph: &Graph, root: Id, names: &[String], most: usize) -> String {
    let mut out = String::new();
    let mut pieces = vec![Piece::Node(root, 0)];
    while let Some(piece) = pieces.pop() {
        match piece {
            Piece::Text(text) => out.push_str(&text),
            Piece::Node(id, binding) => {
                let (own, parts) = parts(graph, id, names);
                let wrap = own < binding;
                if wrap {
                    out.push('(');
                    pieces.push(Piece::Text(")".into()));
                }
                pieces.extend(parts.into_iter().rev());
            }
        }
        if out.len() > most {
            out.push_str(" ...");
            break;
        }
    }
    out
}

fn number(value: f64) -> String {
    let text = format!("{value:?}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

fn parts(graph: &Graph, id: Id, names: &[String]) -> (u8, Vec<Piece>) {
    let text = |t: &'static str| Piece::Text(t.into());
    let two = |left: Id, l: u8, sign: &'static str, right: Id, r: u8| {
        vec![Piece::Node(left, l), text(sign), Piece::Node(right, r)]
    };
    let call = |name: &'static str, arguments: &[Id]| {
        let mut out = vec![text(name), text("(")];
        for (i, &argument) in arguments.iter().enumerate() {
            if i > 0 {
                out.push(text(", "));
            }
            out.push(Piece::Node(argument, 0));
        }
        out.push(text(")"));
        out
    };
    match graph.node(id) {
        Node::Number(bits) => {
            let value = f64::from_bits(bits);
            (if value < 0.0 { SIGN } else { ATOM }, vec![Piece::Text(number(value).into())])
        }
        Node::Variable(i) => {
            let name = names.get(i as usize).cloned().unwrap_or_else(|| format!("x{i}"));
            (ATOM, vec![Piece::Text(name.into())])
        }
        Node::Negative(a) => (SIGN, vec![text("-"), Piece::Node(a, POWER)]),
        // Positive terms and variables first read better: x + 2, 1 - x.
        Node::Add(a, b) if graph.constant(a).is_some() => (SUM, two(b, SUM, " + ", a, PRODUCT)),
        Node::Add(a, b) => (SUM, two(a, SUM, " + ", b, PRODUCT)),
        Node::Subtract(a, b) => (SUM, two(a, SUM, " - ", b, PRODUCT)),
        Node::Multiply(a, b) => (PRODUCT, two(a, PRODUCT, "*", b, POWER)),
        Node::Divide(a, b) => (PRODUCT, two(a, PRODUCT, "/", b, POWER)),
        Node::Power(a, n) if n < 0 => (POWER, vec![Piece::Node(a, ATOM), Piece::Text(format!("^({n})").into())]),
        Node::Power(a, n) => (POWER, vec![Piece::Node(a, ATOM), Piece::Text(format!("^{n}").into())]),
        Node::Raise(a, b) => (POWER, two(a, ATOM, "^", b, POWER)),
        Node::Call(function, a) => (ATOM, call(function.name(), &[a])),
        Node::Min(a, b) => (ATOM, call("min", &[a, b])),
        Node::Max(a, b) => (ATOM, call("max", &[a, b])),
        Node::Choose(a, b, c) => (ATOM, call("choose", &[a, b, c])),
    }
}
