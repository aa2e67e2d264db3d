//! What the structure of a formula says about it: whether it is a polynomial, and where it switches.

use super::Formula;
use super::function::Function;
use super::graph::{Id, Node};
use std::ops::Range;

impl Formula {
    /// A bound of the degree of the polynomial that it is in the variables `of` (the others are constants); `None`
    /// where its structure shows none.
    pub fn degree(&self, of: Range<usize>) -> Option<u32> {
        let mut degrees: Vec<Option<u32>> = Vec::with_capacity(self.graph.nodes().len());
        for node in self.graph.nodes() {
            degrees.push(degree(*node, &of, |id| degrees[id as usize]));
        }
        degrees[self.root as usize]
    }

    /// Whether it may bend or jump somewhere: it has an `abs`, `min` or `max`, or a derivative of one.
    pub fn has_kinks(&self) -> bool {
        let bends = |node: &Node| match node {
            Node::Call(function, _) => matches!(function, Function::Abs | Function::Sign),
            node => matches!(node, Node::Min(..) | Node::Max(..) | Node::Choose(..)),
        };
        self.graph.nodes().iter().any(bends)
    }

    /// Whether it has a root or another power that is no whole number, or a logarithm.
    pub fn has_roots(&self) -> bool {
        let rooted = |node: &Node| matches!(node, Node::Call(Function::Sqrt | Function::Ln, _) | Node::Raise(..));
        self.graph.nodes().iter().any(rooted)
    }

    /// Where it may jump as one of the variables `of` moves: the conditions of its `sign` and `choose` that depend on
    /// one of them.
    pub fn switches(&self, of: Range<usize>) -> Vec<Self> {
        let nodes = self.graph.nodes();
        let mut moves = Vec::with_capacity(nodes.len());
        for node in nodes {
            let mut moved = matches!(node, Node::Variable(i) if of.contains(&(*i as usize)));
            node.visit(|id| moved |= moves[id as usize]);
            moves.push(moved);
        }
        let condition = |node: &Node| match node {
            Node::Call(Function::Sign, a) | Node::Choose(a, _, _) => Some(*a),
            _ => None,
        };
        let mut found: Vec<Id> = nodes.iter().filter_map(condition).filter(|id| moves[*id as usize]).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|id| Self::made(self.variables.clone(), &self.graph, id)).collect()
    }
}

/// Degree of a node from those of its parts.
fn degree(node: Node, of: &Range<usize>, d: impl Fn(Id) -> Option<u32>) -> Option<u32> {
    match node {
        Node::Number(_) => Some(0),
        Node::Variable(i) => Some(u32::from(of.contains(&(i as usize)))),
        Node::Negative(a) => d(a),
        Node::Add(a, b) | Node::Subtract(a, b) => Some(d(a)?.max(d(b)?)),
        Node::Multiply(a, b) => Some(d(a)?.saturating_add(d(b)?)),
        Node::Divide(a, b) if d(b) == Some(0) => d(a),
        Node::Power(a, n) if n >= 0 => Some(d(a)?.saturating_mul(n.unsigned_abs())),
        Node::Choose(condition, a, b) if d(condition) == Some(0) => Some(d(a)?.max(d(b)?)),
        other => {
            let mut constant = true;
            other.visit(|id| constant &= d(id) == Some(0));
            constant.then_some(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str) -> Formula {
        let names = ["u", "x", "y"].map(str::to_owned);
        Formula::parse(text, &names, &[]).expect("a formula")
    }

    #[test]
    fn degrees_are_those_of_polynomials() {
        for (text, in_both, in_y) in [
            ("(tanh(u)*x - y)^2", Some(2), Some(2)),
            ("(tanh(u*x) - y)^2", None, Some(2)),
            ("(u*x^3 - y)^2/u + choose(u, x, y^2)", Some(6), Some(2)),
            ("ln(1 + exp(-y*u*x))", None, None),
            ("(u*x - y)^2/(1 + x^2)", None, Some(2)),
            ("x^(-2)*y", None, Some(1)),
            ("choose(x, x, -x)*y^3 + y", None, Some(3)),
            ("abs(u*x - y)", None, None),
            ("max(u, 1)^x", None, Some(0)),
            ("u^4", Some(0), Some(0)),
        ] {
            let formula = formula(text);
            assert_eq!((formula.degree(1..3), formula.degree(2..3)), (in_both, in_y), "{text}");
        }
    }

    #[test]
    fn switches_are_those_that_the_variable_moves() {
        for (text, conditions) in [
            ("sign(u*x - y)", vec!["u*x - y"]),
            ("sign(x)*u + choose(y, u, 1)", vec![]),
            ("choose(u, x, sign(u*y))", vec!["u", "u*y"]),
        ] {
            let found = formula(text).switches(0..1);
            assert_eq!(found.iter().map(Formula::text).collect::<Vec<_>>(), conditions, "{text}");
        }
    }
}
