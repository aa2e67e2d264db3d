//! Expressions as a graph without duplicates: equal parts of any number of formulas are one node.
//!
//! A node comes after all it is made of, so every pass over a graph is a loop. Nodes are simplified as they
//! are made, by rules that keep every digit of a value that exists (0 a = 0, a + 0 = a, signs drawn out of
//! products, numbers combined where the result is finite).

use super::function::{Function, integer_power};
use std::collections::HashMap;

/// Place of a node in its graph.
pub(super) type Id = u32;

/// Exponents that multiplication is used for.
const LARGEST_POWER: f64 = 1024.0;

/// An operation on nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// Bits of a finite number.
    Number(u64),
    Variable(u32),
    Negative(Id),
    Add(Id, Id),
    Subtract(Id, Id),
    Multiply(Id, Id),
    Divide(Id, Id),
    /// An integer power.
    Power(Id, i32),
    /// Any other power.
    Raise(Id, Id),
    Call(Function, Id),
    Min(Id, Id),
    Max(Id, Id),
    /// The second where the first is positive, else the third.
    Choose(Id, Id, Id),
}

impl Node {
    /// The same operation on other nodes.
    pub(super) fn map(self, mut f: impl FnMut(Id) -> Id) -> Self {
        match self {
            Self::Number(_) | Self::Variable(_) => self,
            Self::Negative(a) => Self::Negative(f(a)),
            Self::Add(a, b) => Self::Add(f(a), f(b)),
            Self::Subtract(a, b) => Self::Subtract(f(a), f(b)),
            Self::Multiply(a, b) => Self::Multiply(f(a), f(b)),
            Self::Divide(a, b) => Self::Divide(f(a), f(b)),
            Self::Power(a, n) => Self::Power(f(a), n),
            Self::Raise(a, b) => Self::Raise(f(a), f(b)),
            Self::Call(function, a) => Self::Call(function, f(a)),
            Self::Min(a, b) => Self::Min(f(a), f(b)),
            Self::Max(a, b) => Self::Max(f(a), f(b)),
            Self::Choose(a, b, c) => Self::Choose(f(a), f(b), f(c)),
        }
    }

    /// Calls `f` with all nodes that this one is made of.
    pub(super) fn visit(self, mut f: impl FnMut(Id)) {
        self.map(|id| {
            f(id);
            id
        });
    }
}

/// Expressions of numbered variables.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, Id>,
}

impl Graph {
    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id as usize]
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The number a node is.
    pub(super) fn constant(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    fn is(&self, id: Id, value: f64) -> bool {
        self.constant(id) == Some(value)
    }

    fn intern(&mut self, node: Node) -> Id {
        let next = self.nodes.len() as Id;
        let id = *self.known.entry(node).or_insert(next);
        if id == next {
            self.nodes.push(node);
        }
        id
    }

    /// The node, or the number it is equal to.
    fn folded(&mut self, node: Node) -> Id {
        let mut constant = true;
        node.visit(|id| constant &= matches!(self.nodes[id as usize], Node::Number(_)));
        if constant {
            let value = self.value_of(node);
            if value.is_finite() {
                return self.number(value);
            }
        }
        self.intern(node)
    }

    /// The value of an operation on numbers.
    fn value_of(&self, node: Node) -> f64 {
        let v = |id: Id| self.constant(id).unwrap_or(f64::NAN);
        match node {
            Node::Number(bits) => f64::from_bits(bits),
            Node::Variable(_) => f64::NAN,
            Node::Negative(a) => -v(a),
            Node::Add(a, b) => v(a) + v(b),
            Node::Subtract(a, b) => v(a) - v(b),
            Node::Multiply(a, b) => v(a) * v(b),
            Node::Divide(a, b) => v(a) / v(b),
            Node::Power(a, n) => integer_power(v(a), n),
            Node::Raise(a, b) => v(a).powf(v(b)),
            Node::Call(function, a) => function.value(v(a)),
            Node::Min(a, b) => v(a).min(v(b)),
            Node::Max(a, b) => v(a).max(v(b)),
            Node::Choose(a, b, c) => {
                if v(a) > 0.0 {
                    v(b)
                } else {
                    v(c)
                }
            }
        }
    }

    /// A finite number.
    pub(super) fn number(&mut self, value: f64) -> Id {
        debug_assert!(value.is_finite(), "only finite numbers are nodes");
        // -0 and 0 are one number.
        self.intern(Node::Number((value + 0.0).to_bits()))
    }

    pub(super) fn variable(&mut self, i: u32) -> Id {
        self.intern(Node::Variable(i))
    }

    pub(super) fn negative(&mut self, a: Id) -> Id {
        match self.node(a) {
            Node::Negative(inner) => inner,
            Node::Subtract(x, y) => self.subtract(y, x),
            Node::Multiply(x, y) if self.constant(x).is_some() => {
                let x = self.negative(x);
                self.multiply(x, y)
            }
            Node::Divide(x, y) if self.constant(x).is_some() => {
                let x = self.negative(x);
                self.divide(x, y)
            }
            _ => self.folded(Node::Negative(a)),
        }
    }

    pub(super) fn add(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) {
            return b;
        }
        if self.is(b, 0.0) {
            return a;
        }
        if a == b {
            let two = self.number(2.0);
            return self.multiply(two, a);
        }
        match (self.node(a), self.node(b)) {
            (_, Node::Negative(b)) => self.subtract(a, b),
            (Node::Negative(a), _) => self.subtract(b, a),
            _ => {
                let (a, b) = self.ordered(a, b);
                self.folded(Node::Add(a, b))
            }
        }
    }

    pub(super) fn subtract(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 0.0) {
            return a;
        }
        if self.is(a, 0.0) {
            return self.negative(b);
        }
        if a == b {
            return self.number(0.0);
        }
        match self.node(b) {
            Node::Negative(b) => self.add(a, b),
            Node::Number(bits) if f64::from_bits(bits) < 0.0 => {
                let b = self.number(-f64::from_bits(bits));
                self.add(a, b)
            }
            _ => self.folded(Node::Subtract(a, b)),
        }
    }

    pub(super) fn multiply(&mut self, a: Id, b: Id) -> Id {
        if self.is(a, 0.0) || self.is(b, 0.0) {
            return self.number(0.0);
        }
        if self.is(a, 1.0) {
            return b;
        }
        if self.is(b, 1.0) {
            return a;
        }
        if self.is(a, -1.0) {
            return self.negative(b);
        }
        if self.is(b, -1.0) {
            return self.negative(a);
        }
        if a == b {
            return self.power(a, 2);
        }
        match (self.node(a), self.node(b)) {
            (Node::Negative(a), _) => {
                let product = self.multiply(a, b);
                self.negative(product)
            }
            (_, Node::Negative(b)) => {
                let product = self.multiply(a, b);
                self.negative(product)
            }
            _ => {
                let (a, b) = self.ordered(a, b);
                self.folded(Node::Multiply(a, b))
            }
        }
    }

    pub(super) fn divide(&mut self, a: Id, b: Id) -> Id {
        if self.is(b, 1.0) {
            return a;
        }
        if self.is(a, 0.0) && !self.is(b, 0.0) {
            return a;
        }
        match (self.node(a), self.node(b)) {
            (Node::Negative(a), _) => {
                let quotient = self.divide(a, b);
                self.negative(quotient)
            }
            (_, Node::Negative(b)) => {
                let quotient = self.divide(a, b);
                self.negative(quotient)
            }
            _ => self.folded(Node::Divide(a, b)),
        }
    }

    pub(super) fn power(&mut self, a: Id, n: i32) -> Id {
        match n {
            0 => self.number(1.0),
            1 => a,
            _ => match self.node(a) {
                Node::Negative(inner) => {
                    let power = self.power(inner, n);
                    if n % 2 == 0 { power } else { self.negative(power) }
                }
                _ => self.folded(Node::Power(a, n)),
            },
        }
    }

    /// a^b; whole and half exponents become products and square roots.
    pub(super) fn raise(&mut self, a: Id, b: Id) -> Id {
        let Some(exponent) = self.constant(b).filter(|b| b.abs() <= LARGEST_POWER) else {
            return self.folded(Node::Raise(a, b));
        };
        if exponent.fract() == 0.0 {
            self.power(a, exponent as i32)
        } else if (2.0 * exponent).fract() == 0.0 {
            let root = self.call(Function::Sqrt, a);
            self.power(root, (2.0 * exponent) as i32)
        } else {
            self.folded(Node::Raise(a, b))
        }
    }

    pub(super) fn call(&mut self, function: Function, a: Id) -> Id {
        match (function, self.node(a)) {
            // The root of a square bends where what is squared is zero.
            (Function::Sqrt, Node::Power(inner, 2)) => self.call(Function::Abs, inner),
            _ => self.folded(Node::Call(function, a)),
        }
    }

    pub(super) fn min(&mut self, a: Id, b: Id) -> Id {
        if a == b {
            return a;
        }
        self.folded(Node::Min(a, b))
    }

    pub(super) fn max(&mut self, a: Id, b: Id) -> Id {
        if a == b {
            return a;
        }
        self.folded(Node::Max(a, b))
    }

    pub(super) fn choose(&mut self, condition: Id, a: Id, b: Id) -> Id {
        if a == b {
            return a;
        }
        match self.constant(condition) {
            Some(value) if value > 0.0 => a,
            Some(_) => b,
            None => self.intern(Node::Choose(condition, a, b)),
        }
    }

    /// Numbers first, then in the order of their making: sums and products have one form.
    fn ordered(&self, a: Id, b: Id) -> (Id, Id) {
        let key = |id: Id| (self.constant(id).is_none(), id);
        if key(a) <= key(b) { (a, b) } else { (b, a) }
    }

    /// Makes an operation on nodes of this graph.
    pub(super) fn make(&mut self, node: Node) -> Id {
        match node {
            Node::Number(bits) => self.number(f64::from_bits(bits)),
            Node::Variable(i) => self.variable(i),
            Node::Negative(a) => self.negative(a),
            Node::Add(a, b) => self.add(a, b),
            Node::Subtract(a, b) => self.subtract(a, b),
            Node::Multiply(a, b) => self.multiply(a, b),
            Node::Divide(a, b) => self.divide(a, b),
            Node::Power(a, n) => self.power(a, n),
            Node::Raise(a, b) => self.raise(a, b),
            Node::Call(function, a) => self.call(function, a),
            Node::Min(a, b) => self.min(a, b),
            Node::Max(a, b) => self.max(a, b),
            Node::Choose(a, b, c) => self.choose(a, b, c),
        }
    }

    /// Which nodes `roots` are made of.
    pub(super) fn used(&self, roots: &[Id]) -> Vec<bool> {
        let mut used = vec![false; self.nodes.len()];
        for &root in roots {
            used[root as usize] = true;
        }
        for id in (0..self.nodes.len()).rev() {
            if used[id] {
                self.nodes[id].visit(|part| used[part as usize] = true);
            }
        }
        used
    }

    /// Copies what `root` of `other` is made of into this graph.
    pub(super) fn import(&mut self, other: &Self, root: Id) -> Id {
        let used = other.used(&[root]);
        let mut place = vec![0; other.nodes.len()];
        for (id, node) in other.nodes.iter().enumerate().filter(|(id, _)| used[*id]) {
            place[id] = self.make(node.map(|part| place[part as usize]));
        }
        place[root as usize]
    }
}
