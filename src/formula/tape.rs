//! Formulas as a list of operations, run over blocks of points.

use super::function::{Function, integer_power};
use super::graph::{Graph, Id, Node};
use super::{Failure, Formula};
use std::cell::RefCell;

/// Points evaluated together: the registers of a formula of a hundred operations stay in the first cache.
const BLOCK: usize = 32;
/// Registers that a single point keeps on the stack.
const SMALL: usize = 96;

thread_local! {
    static REGISTERS: RefCell<Vec<[f64; BLOCK]>> = const { RefCell::new(Vec::new()) };
}

/// Several formulas of the same variables, evaluated together: what they share is computed once.
#[derive(Debug, Clone)]
pub struct Tape {
    /// The first registers hold the variables.
    variables: usize,
    /// The next ones hold these numbers.
    constants: Vec<f64>,
    /// Operation i fills the register after those of the operations before it, from earlier ones.
    operations: Vec<Node>,
    outputs: Vec<Id>,
}

impl Tape {
    /// The tape of `formulas`, one output each, in their order.
    ///
    /// # Panics
    /// When the formulas have different numbers of variables.
    pub fn of(formulas: &[&Formula]) -> Self {
        let variables = formulas.first().map_or(0, |formula| formula.variables().len());
        let mut graph = Graph::default();
        let roots: Vec<Id> = formulas
            .iter()
            .map(|formula| {
                assert_eq!(formula.variables().len(), variables, "formulas of one tape have the same variables");
                graph.import(&formula.graph, formula.root)
            })
            .collect();
        Self::compile(&graph, &roots, variables)
    }

    pub(super) fn compile(graph: &Graph, roots: &[Id], variables: usize) -> Self {
        let used = graph.used(roots);
        let nodes = || graph.nodes().iter().enumerate().filter(|(id, _)| used[*id]);
        let mut place = vec![0; graph.nodes().len()];
        let mut constants = Vec::new();
        for (id, node) in nodes() {
            match node {
                Node::Variable(i) => place[id] = *i,
                Node::Number(bits) => {
                    place[id] = (variables + constants.len()) as Id;
                    constants.push(f64::from_bits(*bits));
                }
                _ => {}
            }
        }
        let mut operations = Vec::new();
        for (id, node) in nodes().filter(|(_, node)| !matches!(node, Node::Variable(_) | Node::Number(_))) {
            place[id] = (variables + constants.len() + operations.len()) as Id;
            operations.push(node.map(|part| place[part as usize]));
        }
        let outputs = roots.iter().map(|root| place[*root as usize]).collect();
        Self { variables, constants, operations, outputs }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    fn registers(&self) -> usize {
        self.variables + self.constants.len() + self.operations.len()
    }

    fn set_constants<const W: usize>(&self, registers: &mut [[f64; W]]) {
        for (register, value) in registers[self.variables..].iter_mut().zip(&self.constants) {
            *register = [*value; W];
        }
    }

    fn run<const W: usize>(&self, registers: &mut [[f64; W]]) {
        let first = self.variables + self.constants.len();
        for (i, operation) in self.operations.iter().enumerate() {
            let (known, rest) = registers.split_at_mut(first + i);
            fill(*operation, known, &mut rest[0]);
        }
    }

    /// The outputs at one point.
    ///
    /// # Panics
    /// When `at` or `out` is shorter than the numbers of variables or outputs.
    pub fn point(&self, at: &[f64], out: &mut [f64]) {
        let count = self.registers();
        if count <= SMALL {
            self.point_in(&mut [[0.0; 1]; SMALL][..count], at, out);
        } else {
            self.point_in(&mut vec![[0.0; 1]; count], at, out);
        }
    }

    fn point_in(&self, registers: &mut [[f64; 1]], at: &[f64], out: &mut [f64]) {
        for (register, &value) in registers.iter_mut().zip(&at[..self.variables]) {
            *register = [value];
        }
        self.set_constants(registers);
        self.run(registers);
        for (out, &place) in out[..self.outputs.len()].iter_mut().zip(&self.outputs) {
            *out = registers[place as usize][0];
        }
    }

    /// The first operation at `at` that has finite operands and no finite value.
    pub(super) fn failure(&self, at: &[f64]) -> Failure {
        let mut registers = vec![[0.0; 1]; self.registers()];
        self.point_in(&mut registers, at, &mut vec![0.0; self.outputs.len()]);
        let first = self.variables + self.constants.len();
        for (i, operation) in self.operations.iter().enumerate() {
            let value = registers[first + i][0];
            let mut finite = true;
            operation.visit(|part| finite &= registers[part as usize][0].is_finite());
            if !finite || value.is_finite() {
                continue;
            }
            let zero = |id: Id| registers[id as usize][0] == 0.0;
            return match *operation {
                Node::Divide(_, b) if zero(b) => Failure::Pole,
                Node::Power(a, _) | Node::Raise(a, _) | Node::Call(Function::Ln, a) if zero(a) => Failure::Pole,
                _ if value.is_nan() => Failure::Undefined,
                _ => Failure::Overflow,
            };
        }
        Failure::Undefined
    }

    /// The outputs at many points: `at[i]` holds the values of variable i, `out[k]` receives output k.
    ///
    /// # Panics
    /// When there are fewer columns than variables or outputs, or a column is shorter than the first of `out`.
    pub fn columns(&self, at: &[&[f64]], out: &mut [&mut [f64]]) {
        let points = out.first().map_or(0, |column| column.len());
        self.blocks(points, |registers, start, count| {
            for (register, column) in registers.iter_mut().zip(&at[..self.variables]) {
                register[..count].copy_from_slice(&column[start..start + count]);
            }
            self.run(registers);
            for (column, &place) in out.iter_mut().zip(&self.outputs) {
                column[start..start + count].copy_from_slice(&registers[place as usize][..count]);
            }
        });
    }

    /// The outputs at many points, one point after the other: `at(k)` gives the variables of point k (entries
    /// beyond their number are ignored), `take(k, outputs)` receives what they lead to.
    ///
    /// # Panics
    /// When V is less than the number of variables.
    pub fn each<const V: usize>(
        &self,
        points: usize,
        at: impl Fn(usize) -> [f64; V],
        mut take: impl FnMut(usize, Row<'_>),
    ) {
        self.blocks(points, |registers, start, count| {
            for k in 0..count {
                let point = at(start + k);
                for (register, value) in registers.iter_mut().zip(&point[..self.variables]) {
                    register[k] = *value;
                }
            }
            self.run(registers);
            for k in 0..count {
                take(start + k, Row { outputs: &self.outputs, registers, k });
            }
        });
    }

    /// Calls `work` with registers for every block of points, its start and length.
    fn blocks(&self, points: usize, mut work: impl FnMut(&mut [[f64; BLOCK]], usize, usize)) {
        // Taken out of its cell, so that `work` may itself evaluate a tape.
        let mut registers = REGISTERS.take();
        if registers.len() < self.registers() {
            registers.resize(self.registers(), [0.0; BLOCK]);
        }
        self.set_constants(&mut registers);
        for start in (0..points).step_by(BLOCK) {
            work(&mut registers, start, BLOCK.min(points - start));
        }
        REGISTERS.set(registers);
    }
}

/// The outputs of a tape at one point.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    outputs: &'a [Id],
    registers: &'a [[f64; BLOCK]],
    k: usize,
}

impl Row<'_> {
    /// Output `i`.
    #[inline]
    pub fn get(&self, i: usize) -> f64 {
        self.registers[self.outputs[i] as usize][self.k]
    }
}

#[inline(always)]
fn fill<const W: usize>(operation: Node, known: &[[f64; W]], out: &mut [f64; W]) {
    let r = |id: Id| &known[id as usize];
    match operation {
        Node::Negative(a) => one(out, r(a), |a| -a),
        Node::Add(a, b) => two(out, r(a), r(b), |a, b| a + b),
        Node::Subtract(a, b) => two(out, r(a), r(b), |a, b| a - b),
        Node::Multiply(a, b) => two(out, r(a), r(b), |a, b| a * b),
        Node::Divide(a, b) => two(out, r(a), r(b), |a, b| a / b),
        Node::Power(a, 2) => one(out, r(a), |a| a * a),
        Node::Power(a, 3) => one(out, r(a), |a| a * (a * a)),
        Node::Power(a, n) => one(out, r(a), |a| integer_power(a, n)),
        Node::Raise(a, b) => two(out, r(a), r(b), f64::powf),
        Node::Call(function, a) => call(function, out, r(a)),
        Node::Min(a, b) => two(out, r(a), r(b), |a, b| if a.is_nan() || a < b { a } else { b }),
        Node::Max(a, b) => two(out, r(a), r(b), |a, b| if a.is_nan() || a > b { a } else { b }),
        Node::Choose(c, a, b) => {
            for (k, out) in out.iter_mut().enumerate() {
                *out = if r(c)[k] > 0.0 { r(a)[k] } else { r(b)[k] };
            }
        }
        Node::Number(_) | Node::Variable(_) => {}
    }
}

#[inline(always)]
fn one<const W: usize>(out: &mut [f64; W], a: &[f64; W], f: impl Fn(f64) -> f64) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = f(*a);
    }
}

#[inline(always)]
fn two<const W: usize>(out: &mut [f64; W], a: &[f64; W], b: &[f64; W], f: impl Fn(f64, f64) -> f64) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

/// The choice of the function stays outside the loop.
#[inline(always)]
fn call<const W: usize>(function: Function, out: &mut [f64; W], a: &[f64; W]) {
    match function {
        Function::Exp => one(out, a, f64::exp),
        Function::Ln => one(out, a, f64::ln),
        Function::Sqrt => one(out, a, f64::sqrt),
        Function::Abs => one(out, a, f64::abs),
        other => one(out, a, |a| other.value(a)),
    }
}
