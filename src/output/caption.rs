//! Facts and phrases that several outputs share: which network, which interval, which law.

use super::number;
use crate::record::{LawKind, Provenance, Sampling};

/// The parameters of the scenario that a reader wants beside a result, as far as its text tells them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Parameters {
    constants: Vec<(String, f64)>,
    isotropic_noise: Option<f64>,
    depth: Option<i64>,
    width: Option<i64>,
    temperature: Option<f64>,
    weight_decay: Option<f64>,
}

impl Parameters {
    /// Reads them from the scenario text of the provenance; what is not there stays unknown.
    pub(super) fn of(provenance: &Provenance) -> Self {
        let Ok(scenario) = provenance.scenario.parse::<toml::Table>() else { return Self::default() };
        let Some(model) = scenario.get("model").and_then(toml::Value::as_table) else { return Self::default() };
        let integer = |key| model.get(key).and_then(toml::Value::as_integer);
        let number = |value: &toml::Value| match value {
            toml::Value::Float(x) => Some(*x),
            toml::Value::Integer(n) => Some(*n as f64),
            _ => None,
        };
        let float = |key| model.get(key).and_then(number);
        let constants = model.get("parameters").and_then(toml::Value::as_table);
        let constants = constants.into_iter().flatten().filter_map(|(name, x)| Some((name.clone(), number(x)?)));
        Self {
            constants: constants.collect(),
            isotropic_noise: float("isotropic_noise"),
            depth: integer("depth"),
            width: integer("width"),
            temperature: float("temperature"),
            weight_decay: float("weight_decay").filter(|&gamma| gamma != 0.0),
        }
    }

    /// `T = 0.1, D = 1, d = 1`; empty if nothing is known.
    pub(super) fn phrase(&self) -> String {
        let mut parts = Vec::new();
        let mut push = |name: &str, value: Option<String>| parts.extend(value.map(|v| format!("{name} = {v}")));
        push("T", self.temperature.map(number::shortest));
        push("D", self.depth.map(|n| n.to_string()));
        push("d", self.width.map(|n| n.to_string()));
        push("γ", self.weight_decay.map(number::shortest));
        push("ε", self.isotropic_noise.map(number::shortest));
        for (name, value) in &self.constants {
            push(name, Some(number::shortest(*value)));
        }
        parts.join(", ")
    }
}

/// `(0, ∞)`
pub(super) fn interval(support: [Option<f64>; 2]) -> String {
    let lower = support[0].map_or("-∞".to_owned(), number::shortest);
    let upper = support[1].map_or("∞".to_owned(), number::shortest);
    format!("({lower}, {upper})")
}

/// `density on (0, ∞)` or `point mass at v = 0`
pub(super) fn law(kind: LawKind, point: Option<f64>, support: [Option<f64>; 2]) -> String {
    match (kind, point) {
        (LawKind::Density, _) => format!("density on {}", interval(support)),
        (LawKind::PointMass, Some(v)) => format!("point mass at v = {}", number::shortest(v)),
        (LawKind::PointMass, None) => "point mass".to_owned(),
    }
}

/// The name of a sampling method as it is written in prose.
pub(super) fn method(name: &str) -> &str {
    match name {
        "sgd" => "SGD",
        "euler-maruyama" => "Euler and Maruyama",
        other => other,
    }
}

/// What became of the chains that are not in the statistics, or are where the law has no mass.
pub(super) fn fates(s: &Sampling) -> Option<String> {
    let count = |n: u64, what: &str| (n > 0).then(|| format!("{n} of {} chains {what}", s.chains));
    let parts: Vec<String> = [
        count(s.diverged, "diverged (not in the statistics)"),
        count(s.died, "died at v = 0"),
        count(s.crossed, "crossed to the other side of v = 0"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `stillpoint 0.1.0 (revision abc1234)`
pub(super) fn program(version: &str, provenance: &Provenance) -> String {
    let revision: String = provenance.revision.chars().take(12).collect();
    if revision.is_empty() || revision == "unknown" {
        format!("stillpoint {version}")
    } else {
        format!("stillpoint {version} (revision {revision})")
    }
}

/// What the law is of: `stationary law of SGD`, or just `stationary law` for equations of the user's own.
pub(super) fn subject(provenance: &Provenance) -> &'static str {
    let scenario = provenance.scenario.parse::<toml::Table>().ok();
    let kind = scenario.as_ref().and_then(|s| s.get("model")?.get("kind")?.as_str());
    if kind == Some("sde") { "stationary law" } else { "stationary law of SGD" }
}

/// `density of v1, v2`
pub(super) fn field(variables: &[String]) -> String {
    format!("density of {}", variables.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_the_scenario_text() {
        let provenance = |scenario: &str| Provenance { scenario: scenario.to_owned(), ..Provenance::default() };
        let known = Parameters::of(&provenance("[model]\ndepth = 2\nwidth = 3\ntemperature = 1\nweight_decay = 0.5"));
        assert_eq!(known.phrase(), "T = 1, D = 2, d = 3, γ = 0.5");
        assert_eq!(Parameters::of(&provenance("[model]\ntemperature = 0.1\nweight_decay = 0.0")).phrase(), "T = 0.1");
        assert_eq!(Parameters::of(&provenance("not = [toml")).phrase(), "");
    }

    #[test]
    fn intervals_and_laws_in_words() {
        assert_eq!(interval([Some(0.0), None]), "(0, ∞)");
        assert_eq!(law(LawKind::PointMass, Some(-1.5), [None, None]), "point mass at v = -1.5");
    }
}
