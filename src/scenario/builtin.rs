//! Scenarios that are part of the program, and the template of a new one.

/// A scenario inside the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// What follows `@` on the command line.
    pub name: &'static str,
    /// Its TOML text.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(BuiltIn { name: $name, text: include_str!(concat!("../../scenarios/", $name, ".toml")) }),*]
    };
}

/// All of `scenarios/`, the main one first.
pub const BUILT_IN: &[BuiltIn] = built_in![
    "diabetes",
    "one-layer",
    "linear",
    "near-collapse",
    "collapsed",
    "deep",
    "deep-wide",
    "noise-zero",
    "weight-decay",
    "wrong-branch",
    "constant-inputs",
    "modified-loss",
    "fluctuation-inversion",
    "two-features",
    "two-features-diabetes",
    "unbalanced",
    "ornstein-uhlenbeck-2d",
    "ornstein-uhlenbeck-3d",
    "double-well-2d",
    "limit-cycle",
    "student-tails-2d",
    "noise-induced",
    "cox-ingersoll-ross",
    "phase-diagram",
    "switch-on",
    "sgd-collapse",
    "tanh-shallow",
    "tanh-deep",
    "squared-parameter",
    "paper/p1",
    "paper/p2",
    "paper/p4",
    "paper/p4-deep",
    "paper/p5",
    "paper/p5-wrong-start",
    "paper/p6",
    "paper/p7",
    "paper/p7-collapsed",
    "paper/p8",
    "paper/p9",
    "paper/p10",
    "paper/p11",
    "paper/p12",
    "paper/p13",
    "paper/p14",
    "paper/p15",
];

/// Kinds of model that a template exists for.
pub const KINDS: &[&str] = super::model::KINDS;

impl BuiltIn {
    /// Its title.
    pub fn title(&self) -> String {
        let title = |text: &str| text.parse::<toml::Table>().ok()?.get("title")?.as_str().map(str::to_owned);
        title(self.text).unwrap_or_else(|| self.name.to_owned())
    }

    /// The question it answers: the first line of its header.
    pub fn question(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# Question:").trim()
    }
}

/// The built-in scenario of this name.
pub fn built_in(name: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|b| b.name == name)
}

/// A commented scenario to start from, for a kind of model.
pub fn template(kind: &str) -> Option<&'static str> {
    match kind {
        "diagonal" => Some(include_str!("template/diagonal.toml")),
        "features" => Some(include_str!("template/features.toml")),
        "unbalanced" => Some(include_str!("template/unbalanced.toml")),
        "sde" => Some(include_str!("template/sde.toml")),
        "loss" => Some(include_str!("template/loss.toml")),
        _ => None,
    }
}
