//! Formulas near faces: what vanishes at a face is written as a product with the distance from it.
//!
//! At x = 1 - 1e-20 the formulas 1 - x and x - x^2 have no digit left, however well 1 - x is known. Every sum
//! that is a polynomial of one variable with a root at a face is divided by that root; the factor becomes a
//! variable of its own, which the caller knows to all digits.

use super::graph::{Graph, Id, Node};

/// Largest degree that is divided.
const DEGREE: usize = 8;
/// A root is one within this many roundings.
const ROUNDINGS: f64 = 16.0;

/// A polynomial of one variable, lowest coefficient first; a number is one of any variable.
#[derive(Debug, Clone)]
struct Polynomial {
    variable: Option<u32>,
    coefficients: Vec<f64>,
}

impl Polynomial {
    fn number(value: f64) -> Self {
        Self { variable: None, coefficients: vec![value] }
    }

    /// The variable of both, if they can be combined.
    fn common(&self, other: &Self) -> Option<Option<u32>> {
        match (self.variable, other.variable) {
            (Some(a), Some(b)) if a != b => None,
            (a, b) => Some(a.or(b)),
        }
    }

    fn plus(&self, other: &Self, factor: f64) -> Option<Self> {
        let variable = self.common(other)?;
        let get = |p: &Self, k: usize| p.coefficients.get(k).copied().unwrap_or(0.0);
        let length = self.coefficients.len().max(other.coefficients.len());
        let coefficients = (0..length).map(|k| get(self, k) + factor * get(other, k)).collect();
        Some(Self { variable, coefficients })
    }

    fn times(&self, other: &Self) -> Option<Self> {
        let variable = self.common(other)?;
        let length = self.coefficients.len() + other.coefficients.len() - 1;
        if length > DEGREE + 1 {
            return None;
        }
        let mut coefficients = vec![0.0; length];
        for (i, a) in self.coefficients.iter().enumerate() {
            for (j, b) in other.coefficients.iter().enumerate() {
                coefficients[i + j] += a * b;
            }
        }
        Some(Self { variable, coefficients })
    }

    fn over(&self, other: &Self) -> Option<Self> {
        match other.coefficients.as_slice() {
            &[divisor] if divisor != 0.0 => {
                let coefficients = self.coefficients.iter().map(|a| a / divisor).collect();
                Some(Self { variable: self.variable, coefficients })
            }
            _ => None,
        }
    }

    fn power(&self, n: i32) -> Option<Self> {
        if !(1..=DEGREE as i32).contains(&n) {
            return None;
        }
        (1..n).try_fold(self.clone(), |product, _| product.times(self))
    }

    /// The quotient by x - root, if that is a factor.
    fn divided(&self, root: f64) -> Option<Self> {
        let size = self.coefficients.iter().rev().fold(0.0, |sum, a| sum * root.abs() + a.abs());
        let mut quotient = vec![0.0; self.coefficients.len() - 1];
        let mut carry = 0.0;
        for (k, a) in self.coefficients.iter().enumerate().rev() {
            carry = carry * root + a;
            if k > 0 {
                quotient[k - 1] = carry;
            }
        }
        let is_root = carry.abs() <= ROUNDINGS * f64::EPSILON * size;
        (is_root && !quotient.is_empty()).then_some(Self { variable: self.variable, coefficients: quotient })
    }
}

/// What a node is as a polynomial, from what its parts are.
fn polynomial(node: Node, known: &[Option<Polynomial>]) -> Option<Polynomial> {
    let p = |id: Id| known[id as usize].as_ref();
    match node {
        Node::Number(bits) => Some(Polynomial::number(f64::from_bits(bits))),
        Node::Variable(i) => Some(Polynomial { variable: Some(i), coefficients: vec![0.0, 1.0] }),
        Node::Negative(a) => Polynomial::number(0.0).plus(p(a)?, -1.0),
        Node::Add(a, b) => p(a)?.plus(p(b)?, 1.0),
        Node::Subtract(a, b) => p(a)?.plus(p(b)?, -1.0),
        Node::Multiply(a, b) => p(a)?.times(p(b)?),
        Node::Divide(a, b) => p(a)?.over(p(b)?),
        Node::Power(a, n) => p(a)?.power(n),
        _ => None,
    }
}

/// Copies `root` of `from`, with `x_i - face` for every (i, face) of `faces` replaced by variable
/// `first` + its place in `faces`.
pub(super) fn factored(from: &Graph, root: Id, faces: &[(usize, f64)], first: u32) -> (Graph, Id) {
    let mut out = Graph::default();
    let mut place = Vec::with_capacity(root as usize + 1);
    let mut known: Vec<Option<Polynomial>> = Vec::with_capacity(root as usize + 1);
    for &node in &from.nodes()[..=root as usize] {
        let found = polynomial(node, &known);
        let sum = matches!(node, Node::Add(..) | Node::Subtract(..));
        let made = match &found {
            Some(p) if sum => product(p, faces, first, &mut out),
            _ => None,
        };
        let id = made.unwrap_or_else(|| out.make(node.map(|part| place[part as usize])));
        place.push(id);
        known.push(found);
    }
    (out, place[root as usize])
}

/// The polynomial as a product of its roots at faces and the rest, if it has such roots.
fn product(p: &Polynomial, faces: &[(usize, f64)], first: u32, out: &mut Graph) -> Option<Id> {
    let variable = p.variable?;
    let own = || faces.iter().enumerate().filter(|(_, (i, _))| *i == variable as usize);
    // A face at 0 alone needs no help: powers of x are known to all digits there.
    if own().all(|(_, (_, face))| *face == 0.0 || p.divided(*face).is_none()) {
        return None;
    }
    let mut rest = p.clone();
    let mut made = out.number(1.0);
    for (k, (_, face)) in own() {
        while let Some(quotient) = rest.divided(*face) {
            let factor = out.variable(first + k as u32);
            made = out.multiply(made, factor);
            rest = quotient;
        }
    }
    let x = out.variable(variable);
    let mut sum = out.number(0.0);
    for coefficient in rest.coefficients.iter().rev() {
        let product = out.multiply(sum, x);
        let coefficient = if coefficient.is_finite() { out.number(*coefficient) } else { return None };
        sum = out.add(product, coefficient);
    }
    Some(out.multiply(made, sum))
}
