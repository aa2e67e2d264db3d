//! What a formula divides by, and what it takes roots of.

use super::Formula;
use super::function::Function;
use super::graph::{Graph, Id, Node};

impl Formula {
    /// The simplest functions next to whose zeros it may grow without bound: divisors, bases of negative powers, arguments of
    /// logarithms, cosines of what it takes the tangent of; without the roots, powers and magnitudes around them.
    pub fn divisors(&self) -> Vec<Self> {
        let mut graph = (*self.graph).clone();
        let mut found: Vec<Id> = Vec::new();
        for &node in self.graph.nodes() {
            match node {
                Node::Divide(_, b) | Node::Call(Function::Ln, b) => found.push(b),
                Node::Power(a, n) if n < 0 => found.push(a),
                // An exponent that is no number may be negative.
                Node::Raise(a, b) if graph.constant(b).is_none_or(|b| b < 0.0) => found.push(a),
                Node::Call(Function::Tan, a) => found.push(graph.call(Function::Cos, a)),
                _ => {}
            }
        }
        self.simplest(&graph, found)
    }

    /// The simplest functions at whose zeros its roots, and powers that are no whole numbers, bend.
    pub fn radicands(&self) -> Vec<Self> {
        let radicand = |node: &Node| match *node {
            Node::Call(Function::Sqrt, a) | Node::Raise(a, _) => Some(a),
            _ => None,
        };
        self.simplest(&self.graph, self.graph.nodes().iter().filter_map(radicand).collect())
    }

    /// What `open` nodes are zero with.
    fn simplest(&self, graph: &Graph, mut open: Vec<Id>) -> Vec<Self> {
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            let parts = vanishing(graph, id);
            if parts != [id] {
                open.extend(parts);
            } else if graph.constant(id).is_none() {
                found.push(id);
            }
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|id| Self::made(self.variables.clone(), graph, id)).collect()
    }
}

/// The nodes one of which is zero where `id` is.
fn vanishing(graph: &Graph, id: Id) -> Vec<Id> {
    match graph.node(id) {
        Node::Negative(a)
        | Node::Call(Function::Abs | Function::Sqrt | Function::Sinh | Function::Tanh | Function::Atan, a) => vec![a],
        Node::Power(a, n) if n > 0 => vec![a],
        Node::Raise(a, _) | Node::Divide(a, _) => vec![a],
        Node::Multiply(a, b) => vec![a, b],
        Node::Call(Function::Exp | Function::Cosh, _) | Node::Power(..) => Vec::new(),
        _ => vec![id],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors_are_found_without_what_is_around_them() {
        for (text, wanted) in [
            ("1/abs(x)", vec!["x"]),
            ("y*x^-2", vec!["x"]),
            ("ln(sqrt(x^2 + y^2))", vec!["x^2 + y^2"]),
            ("pow(abs(x - y), -0.5)", vec!["x - y"]),
            ("1/(x*exp(y)*(y - 1)^2)", vec!["x", "y - 1"]),
            ("tan(x)", vec!["cos(x)"]),
            ("x/3 + exp(-x) + sqrt(x)", vec![]),
            ("1/(1 + x^2)", vec!["1 + x^2"]),
        ] {
            let names = ["x", "y"].map(str::to_owned);
            let read = |text: &str| Formula::parse(text, &names, &[]).expect("a formula");
            let found = read(text).divisors();
            assert_eq!(found.len(), wanted.len(), "{text}");
            assert!(wanted.iter().all(|w| found.iter().any(|f| f.same_as(&read(w)))), "{text}");
        }
    }

    #[test]
    fn radicands_are_those_of_roots_and_powers() {
        for (text, wanted) in [
            ("pow(x^2, 0.25)", vec!["x"]),
            ("sqrt(1 - cos(x))*y", vec!["1 - cos(x)"]),
            ("(x^2 + y^2)^1.5", vec!["x^2 + y^2"]),
            ("x^3 + 1/y", vec![]),
        ] {
            let names = ["x", "y"].map(str::to_owned);
            let read = |text: &str| Formula::parse(text, &names, &[]).expect("a formula");
            let found = read(text).radicands();
            assert_eq!(found.len(), wanted.len(), "{text}");
            assert!(wanted.iter().all(|w| found.iter().any(|f| f.same_as(&read(w)))), "{text}");
        }
    }
}
