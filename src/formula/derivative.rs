//! Exact derivatives, node by node.

use super::function::Function;
use super::graph::{Graph, Id, Node};

/// d root / d variable `i`, in the same graph.
pub(super) fn derivative(graph: &mut Graph, root: Id, i: u32) -> Id {
    let used = graph.used(&[root]);
    let zero = graph.number(0.0);
    let mut slopes = vec![zero; root as usize + 1];
    for id in 0..=root {
        if used[id as usize] {
            slopes[id as usize] = slope(graph, id, i, &slopes);
        }
    }
    slopes[root as usize]
}

fn slope(graph: &mut Graph, id: Id, i: u32, slopes: &[Id]) -> Id {
    let d = |a: Id| slopes[a as usize];
    match graph.node(id) {
        Node::Number(_) => graph.number(0.0),
        Node::Variable(j) => graph.number(if i == j { 1.0 } else { 0.0 }),
        Node::Negative(a) => graph.negative(d(a)),
        Node::Add(a, b) => graph.add(d(a), d(b)),
        Node::Subtract(a, b) => graph.subtract(d(a), d(b)),
        Node::Multiply(a, b) => {
            let left = graph.multiply(d(a), b);
            let right = graph.multiply(a, d(b));
            graph.add(left, right)
        }
        Node::Divide(_, b) if graph.constant(d(b)) == Some(0.0) => match graph.node(id) {
            Node::Divide(a, _) => graph.divide(d(a), b),
            _ => id,
        },
        Node::Divide(a, b) if cosh_power(graph, b).is_some() => match cosh_power(graph, b) {
            Some((inner, n)) => over_cosh(graph, [id, b], [d(a), d(inner)], (inner, n)),
            None => id,
        },
        // (a' - (a / b) b') / b
        Node::Divide(a, b) => {
            let change = graph.multiply(id, d(b));
            let change = graph.subtract(d(a), change);
            graph.divide(change, b)
        }
        Node::Power(a, n) => {
            let factor = graph.number(f64::from(n));
            let power = graph.power(a, n - 1);
            let outer = graph.multiply(factor, power);
            graph.multiply(outer, d(a))
        }
        Node::Raise(a, b) => raise(graph, id, [a, b], [d(a), d(b)]),
        Node::Call(function, a) => {
            if graph.constant(d(a)) == Some(0.0) {
                return d(a);
            }
            call(graph, id, function, a, d(a))
        }
        Node::Min(a, b) => {
            let first = graph.subtract(b, a);
            graph.choose(first, d(a), d(b))
        }
        Node::Max(a, b) => {
            let first = graph.subtract(a, b);
            graph.choose(first, d(a), d(b))
        }
        Node::Choose(condition, a, b) => graph.choose(condition, d(a), d(b)),
    }
}

/// u and n of cosh(u)^n.
fn cosh_power(graph: &Graph, id: Id) -> Option<(Id, i32)> {
    let Node::Power(base, n) = graph.node(id) else { return None };
    match graph.node(base) {
        Node::Call(Function::Cosh, inner) => Some((inner, n)),
        _ => None,
    }
}

/// d a / cosh(u)^n = a' / cosh(u)^n - n tanh(u) u' a / cosh(u)^n: of zero, not of infinity over infinity, for large u.
fn over_cosh(graph: &mut Graph, [id, b]: [Id; 2], [da, du]: [Id; 2], (inner, n): (Id, i32)) -> Id {
    let first = graph.divide(da, b);
    let tanh = graph.call(Function::Tanh, inner);
    let factor = graph.number(f64::from(n));
    let factor = graph.multiply(factor, tanh);
    let factor = graph.multiply(factor, du);
    let second = graph.multiply(id, factor);
    graph.subtract(first, second)
}

/// d a^b = b a^(b-1) a' + a^b ln(a) b'
fn raise(graph: &mut Graph, id: Id, [a, b]: [Id; 2], [da, db]: [Id; 2]) -> Id {
    let zero = graph.number(0.0);
    let one = graph.number(1.0);
    let base = if da == zero {
        zero
    } else {
        let less = graph.subtract(b, one);
        let power = graph.raise(a, less);
        let outer = graph.multiply(b, power);
        graph.multiply(outer, da)
    };
    let exponent = if db == zero {
        zero
    } else {
        let log = graph.call(Function::Ln, a);
        let outer = graph.multiply(id, log);
        graph.multiply(outer, db)
    };
    graph.add(base, exponent)
}

/// d f(a), where `id` is f(a) itself.
fn call(graph: &mut Graph, id: Id, function: Function, a: Id, da: Id) -> Id {
    let one = graph.number(1.0);
    match function {
        Function::Exp => graph.multiply(id, da),
        Function::Ln => graph.divide(da, a),
        Function::Sqrt => {
            let two = graph.number(2.0);
            let below = graph.multiply(two, id);
            graph.divide(da, below)
        }
        Function::Sin => {
            let cos = graph.call(Function::Cos, a);
            graph.multiply(cos, da)
        }
        Function::Cos => {
            let sin = graph.call(Function::Sin, a);
            let product = graph.multiply(sin, da);
            graph.negative(product)
        }
        Function::Tan => {
            let square = graph.power(id, 2);
            let outer = graph.add(one, square);
            graph.multiply(outer, da)
        }
        // 1 / cosh^2 rather than 1 - tanh^2: no digit is lost where tanh is nearly 1.
        Function::Tanh => {
            let cosh = graph.call(Function::Cosh, a);
            let square = graph.power(cosh, 2);
            graph.divide(da, square)
        }
        Function::Sinh => {
            let cosh = graph.call(Function::Cosh, a);
            graph.multiply(cosh, da)
        }
        Function::Cosh => {
            let sinh = graph.call(Function::Sinh, a);
            graph.multiply(sinh, da)
        }
        Function::Atan => {
            let square = graph.power(a, 2);
            let below = graph.add(one, square);
            graph.divide(da, below)
        }
        Function::Abs => {
            let sign = graph.call(Function::Sign, a);
            graph.multiply(sign, da)
        }
        Function::Sign => graph.number(0.0),
    }
}
