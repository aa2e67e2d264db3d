//! Where a formula bends or jumps, and how it would go on if it did not.

use super::Formula;
use super::function::Function;
use super::graph::{Graph, Id, Node};

/// A surface on which a formula bends or jumps: where `condition` changes its sign.
#[derive(Debug, Clone)]
pub struct Break {
    /// What changes its sign there.
    pub condition: Formula,
    /// The formula as it goes on from where the condition is negative, and from where it is positive.
    pub sides: [Formula; 2],
}

/// A node that switches: its condition and what it is where that is negative and where it is positive.
struct Switch {
    node: Id,
    condition: Id,
    sides: [Id; 2],
}

impl Formula {
    /// The surfaces on which its `abs`, `min`, `max`, `sign` and `choose` switch, one for every condition. On one side of a
    /// surface the formula is that side's, whatever the other conditions are.
    pub fn breaks(&self) -> Vec<Break> {
        let mut graph = (*self.graph).clone();
        let count = self.graph.nodes().len() as Id;
        let switches: Vec<Switch> = (0..count).filter_map(|node| switch(&mut graph, node)).collect();
        let mut conditions: Vec<Id> = switches.iter().map(|switch| switch.condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        let moves = |condition: &Id| graph.constant(*condition).is_none();
        conditions.retain(moves);
        let mut found = Vec::new();
        for condition in conditions {
            let with = |side: usize, graph: &Graph| {
                let chosen = switches.iter().filter(|switch| switch.condition == condition);
                let replaced: Vec<(Id, Id)> = chosen.map(|switch| (switch.node, switch.sides[side])).collect();
                let mut graph = graph.clone();
                let mut root = self.root;
                // A side may hold another node that switches with it.
                loop {
                    let next = replace(&mut graph, root, &replaced);
                    if next == root {
                        break;
                    }
                    root = next;
                }
                Self::made(self.variables.clone(), &graph, root)
            };
            let sides = [with(0, &graph), with(1, &graph)];
            let condition = Self::made(self.variables.clone(), &graph, condition);
            found.push(Break { condition, sides });
        }
        found
    }
}

fn switch(graph: &mut Graph, node: Id) -> Option<Switch> {
    let (condition, sides) = match graph.node(node) {
        Node::Call(Function::Abs, a) => (a, [graph.negative(a), a]),
        Node::Call(Function::Sign, a) => (a, [graph.number(-1.0), graph.number(1.0)]),
        Node::Min(a, b) => (graph.subtract(a, b), [a, b]),
        Node::Max(a, b) => (graph.subtract(a, b), [b, a]),
        Node::Choose(c, a, b) => (c, [b, a]),
        _ => return None,
    };
    Some(Switch { node, condition, sides })
}

/// `root` with other nodes in the place of some.
fn replace(graph: &mut Graph, root: Id, replaced: &[(Id, Id)]) -> Id {
    let mut place: Vec<Id> = Vec::with_capacity(root as usize + 1);
    for id in 0..=root {
        let made = graph.make(graph.node(id).map(|part| place[part as usize]));
        let new = replaced.iter().find(|(old, _)| *old == id);
        // A side may be a node made after the one that it replaces.
        place.push(new.map_or(made, |(_, side)| *side));
    }
    place[root as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str) -> Formula {
        let names = ["x", "y"].map(str::to_owned);
        Formula::parse(text, &names, &[]).expect("a formula")
    }

    #[test]
    fn sides_go_on_beyond_the_surface() {
        for (text, condition, below, above) in [
            ("abs(x)", "x", "-x", "x"),
            ("3*abs(x - 1)^3 + y", "x - 1", "3*(1 - x)^3 + y", "3*(x - 1)^3 + y"),
            ("max(x, y)^2", "x - y", "y^2", "x^2"),
            ("min(x, 0)*y", "x", "x*y", "0"),
            ("choose(x*y, 1, 0)", "x*y", "0", "1"),
            ("sign(x)*abs(x)", "x", "x", "x"),
            ("choose(x, abs(x), 0)", "x", "0", "x"),
            ("choose(x, max(x, 0)^2, y)", "x", "y", "x^2"),
        ] {
            let found = formula(text).breaks();
            assert_eq!(found.len(), 1, "{text}");
            let [mut low, mut high] = found[0].sides.clone();
            let value = |f: &Formula, at: (f64, f64)| f.value(&[at.0, at.1]);
            for at in [(0.3, -1.2), (-0.7, 0.4), (2.5, 3.0)] {
                // A condition may be found with the other sign.
                let sign = value(&found[0].condition, at) * value(&formula(condition), at);
                assert!(sign != 0.0, "{text}");
                if sign < 0.0 && at == (0.3, -1.2) {
                    std::mem::swap(&mut low, &mut high);
                }
                for (side, wanted) in [(&low, below), (&high, above)] {
                    assert!(
                        (value(side, at) - value(&formula(wanted), at)).abs() < 1e-14,
                        "{text} at {at:?}: {wanted}"
                    );
                }
            }
        }
    }

    #[test]
    fn smooth_formulas_have_none_and_sums_one_for_every_condition() {
        assert!(formula("x^2*exp(-y)").breaks().is_empty());
        assert_eq!(formula("abs(x) + abs(y)").breaks().len(), 2);
    }
}
