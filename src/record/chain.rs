//! The answer to `chain`. Field names are the contract of `--json`; states are counted from 0.

use super::Eigenvalue;
use serde::Serialize;

/// Classes, invariant laws and absorption probabilities of a Markov chain.
#[derive(Debug, Clone, Serialize)]
pub struct ChainSolution {
    /// Version of the program.
    pub stillpoint: String,
    /// The file.
    pub file: String,
    /// `generator` or `stochastic matrix`.
    pub kind: String,
    /// `rows` or `columns`: which are the states that are left.
    pub orientation: String,
    /// Number of states.
    pub states: usize,
    /// Positive rates (or probabilities) between different states.
    pub rates: usize,
    /// Closed classes; every one carries one invariant law.
    pub classes: Vec<ChainClass>,
    /// States of no closed class: they have probability 0 in every invariant law.
    pub transient: ChainTransient,
    /// ln of the stationary probabilities.
    pub log_probability: LogProbability,
    /// Absolute error of every `log_probability`: roundings of the elimination and of the input.
    pub log_probability_error: f64,
    /// Where a start at a transient state ends; absent where there is no choice.
    pub absorption: Option<ChainAbsorption>,
    /// Largest relative defect of the balance of one state.
    pub max_residual: f64,
    /// What the elimination took.
    pub solver: ChainSolver,
    /// Wall time from the matrix in memory to the answer \[s\].
    pub seconds: f64,
    /// Largest memory held by matrix and elimination.
    pub peak_bytes: u64,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// A closed class.
#[derive(Debug, Clone, Serialize)]
pub struct ChainClass {
    /// How many states.
    pub cells: usize,
    /// Always true.
    pub closed: bool,
    /// Its states, ascending.
    pub members: Vec<usize>,
    /// The slowest decays of correlations within it, if they were asked for: eigenvalues of minus the generator, or of
    /// one minus the stochastic matrix, apart from 0, by real part. An error that is not known is infinite (null).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eigenvalues: Option<Vec<Eigenvalue>>,
}

/// The transient states.
#[derive(Debug, Clone, Serialize)]
pub struct ChainTransient {
    /// How many.
    pub cells: usize,
    /// Which, ascending.
    pub members: Vec<usize>,
}

/// ln of stationary probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum LogProbability {
    /// One closed class: a number for every state, `None` for transient ones.
    States(Vec<Option<f64>>),
    /// Several closed classes: for every class a number for every member, in the order of its `members`.
    Classes(Vec<Vec<f64>>),
}

/// Probabilities to end in the closed classes.
#[derive(Debug, Clone, Serialize)]
pub struct ChainAbsorption {
    /// The start of every row: the transient states.
    pub from: Vec<usize>,
    /// \[start, class\]; 0 below the smallest double.
    pub probability: Vec<Vec<f64>>,
    /// Their logarithms; `None` where no path leads there.
    pub log_probability: Vec<Vec<Option<f64>>>,
    /// Relative error of every probability (absolute error of its logarithm).
    pub relative_error: f64,
}

/// What the elimination took, over all classes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChainSolver {
    /// Always `gth`: elimination without subtraction.
    pub method: String,
    /// Entries of the factor that was kept.
    pub factor: usize,
    /// Order of the largest front.
    pub front: usize,
    /// Additions and multiplications.
    pub flops: f64,
    /// Wall time of the elimination alone \[s\].
    pub seconds: f64,
}

impl ChainSolution {
    /// ln of the probability of every state in the invariant law of its class, with the class; `None` for transient
    /// states.
    pub fn by_state(&self) -> Vec<Option<(usize, f64)>> {
        let mut states = vec![None; self.states];
        for (k, class) in self.classes.iter().enumerate() {
            for (j, &state) in class.members.iter().enumerate() {
                states[state] = match &self.log_probability {
                    LogProbability::States(all) => all[state].map(|log| (k, log)),
                    LogProbability::Classes(all) => Some((k, all[k][j])),
                };
            }
        }
        states
    }
}
