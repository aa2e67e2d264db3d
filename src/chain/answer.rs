//! From a chain to its classes, laws and absorption probabilities.

use super::period::period;
use super::{Chain, ChainError, Kind, Orientation, decays, memory};
use crate::operator::Generator;
use crate::record::{ChainAbsorption, ChainSolution, ChainSolver, ChainTransient, LogProbability};
use crate::stationary::{Absorption, Classes, Layout, Solved, StationaryVector, classes, forecast, solve};
use std::time::Instant;

/// Absorption probabilities are left out beyond this many.
const MOST: usize = 1 << 24;

/// Chains of fewer states fit whatever their pattern: 8 n^2 bytes at most.
pub(super) const LARGE: usize = 8192;

/// Where a chain came from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Name of the file.
    pub file: &'a str,
    /// How it was read.
    pub orientation: Orientation,
    /// Cells per axis where the states are the cells of a lattice, the last axis fastest: a better order of elimination.
    pub lattice: Option<&'a [usize]>,
    /// How many of the slowest decays to find in every closed class.
    pub eigenvalues: Option<usize>,
}

/// Solves a chain.
///
/// # Errors
/// [`ChainError::Stationary`], [`ChainError::TooLarge`], [`ChainError::Lattice`].
pub fn answer(chain: &Chain, source: &Source<'_>) -> Result<ChainSolution, ChainError> {
    let started = Instant::now();
    let generator = &chain.generator;
    if let Some(shape) = source.lattice {
        fits(shape, generator.cells())?;
    }
    let found = classes(generator);
    let layout = source.lattice.map_or(Layout::Graph, Layout::Lattice);
    let laws = laws(generator, &found, layout)?;
    let mut warnings = Vec::new();
    let described = decays::described(generator, &found, &laws, layout, source.eigenvalues, &mut warnings)?;
    if matches!(chain.kind, Kind::Stochastic) {
        warnings.extend(found.closed.iter().enumerate().filter_map(|(k, members)| turns(generator, k, members)));
    }
    let absorption = absorption(generator, &found, &mut warnings);
    let (solver, solver_bytes) = effort(&laws);
    let rates = generator.rates();
    let bytes = (size_of::<u32>() + size_of::<f64>()) * rates.nnz() + size_of::<usize>() * (rates.rows() + 1);
    let residual = |(members, law): (&Vec<usize>, &Solved)| match members.len() {
        n if n == generator.cells() => generator.residual(&law.vector.log_mass),
        _ => generator.restricted(members).residual(&law.vector.log_mass),
    };
    Ok(ChainSolution {
        stillpoint: env!("CARGO_PKG_VERSION").to_owned(),
        file: source.file.to_owned(),
        kind: chain.kind.name().to_owned(),
        orientation: format!("{}s", source.orientation.word()),
        states: generator.cells(),
        rates: rates.nnz(),
        log_probability_error: laws.iter().map(|law| rounding(&law.vector.log_mass)).fold(0.0, f64::max),
        max_residual: found.closed.iter().zip(&laws).map(residual).fold(0.0, f64::max),
        log_probability: log_probability(&found, laws),
        classes: described,
        transient: ChainTransient { cells: found.transient.len(), members: found.transient },
        absorption,
        solver,
        seconds: started.elapsed().as_secs_f64(),
        peak_bytes: solver_bytes + bytes as u64,
        warnings,
    })
}

/// What to know of a class whose single steps never settle.
fn turns(chain: &Generator, class: usize, members: &[usize]) -> Option<String> {
    let period = period(chain, members);
    (period > 1).then(|| {
        format!(
            "class {class} has period {period}: its law is that of averages over many steps; probabilities after n steps \
             do not tend to it but go on in {period} turns"
        )
    })
}

fn fits(shape: &[usize], states: usize) -> Result<(), ChainError> {
    let cells = shape.iter().try_fold(1usize, |product, &n| product.checked_mul(n));
    let refused =
        || ChainError::Lattice { shape: shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x"), states };
    if cells == Some(states) { Ok(()) } else { Err(refused()) }
}

fn laws(generator: &Generator, classes: &Classes, layout: Layout<'_>) -> Result<Vec<Solved>, ChainError> {
    let solved = |rates: &Generator, layout| {
        if rates.cells() >= LARGE {
            memory::check("the elimination", forecast(rates, layout).peak_bytes)?;
        }
        Ok(solve(rates, layout)?)
    };
    let law = |members: &Vec<usize>| match members.len() {
        n if n == generator.cells() => solved(generator, layout),
        _ => solved(&generator.restricted(members), Layout::Graph),
    };
    let single = || Solved { vector: StationaryVector { log_mass: vec![0.0] }, effort: Default::default() };
    classes.closed.iter().map(|members| if members.len() == 1 { Ok(single()) } else { law(members) }).collect()
}

/// Bound on the error of logarithms of probabilities over `log_mass.len()` states.
///
/// Every probability is a sum of products of as many rates as there are states, each rate off by a few roundings: one of
/// the input, the rest of the elimination. They are independent, so their sum grows like the root of their number;
/// the factor is several times what is seen against exact arithmetic. The logarithm itself is rounded, too.
fn rounding(log_mass: &[f64]) -> f64 {
    let range = log_mass.iter().filter(|l| l.is_finite()).fold(0.0f64, |top, l| top.max(l.abs()));
    if log_mass.len() < 2 {
        return 0.0;
    }
    f64::EPSILON * (16.0 + 4.0 * (log_mass.len() as f64).sqrt() + 2.0 * range)
}

fn log_probability(classes: &Classes, laws: Vec<Solved>) -> LogProbability {
    let mut laws: Vec<Vec<f64>> = laws.into_iter().map(|law| law.vector.log_mass).collect();
    if laws.len() != 1 {
        return LogProbability::Classes(laws);
    }
    let mut states = vec![None; classes.transient.len() + classes.closed[0].len()];
    for (&state, log) in classes.closed[0].iter().zip(laws.remove(0)) {
        states[state] = Some(log);
    }
    LogProbability::States(states)
}

fn absorption(generator: &Generator, classes: &Classes, warnings: &mut Vec<String>) -> Option<ChainAbsorption> {
    let (starts, ends) = (classes.transient.len(), classes.closed.len());
    if starts == 0 || ends < 2 {
        return None;
    }
    if starts.saturating_mul(ends) > MOST {
        warnings.push(format!("the {starts} x {ends} absorption probabilities are left out: more than {MOST}"));
        return None;
    }
    let reduced = Absorption::new(generator, classes);
    let columns: Vec<Vec<f64>> = (0..ends).map(|class| reduced.log_probability(class)).collect();
    let row = |start: usize| columns.iter().map(move |column| column[start]);
    let finite: Vec<f64> = columns.iter().flatten().copied().filter(|l| l.is_finite()).collect();
    let range = finite.iter().fold(0.0f64, |top, l| top.max(l.abs()));
    Some(ChainAbsorption {
        from: classes.transient.clone(),
        probability: (0..starts).map(|start| row(start).map(f64::exp).collect()).collect(),
        log_probability: (0..starts).map(|start| row(start).map(|l| l.is_finite().then_some(l)).collect()).collect(),
        relative_error: f64::EPSILON * (16.0 + 4.0 * (starts as f64).sqrt() + 2.0 * range),
    })
}

fn effort(laws: &[Solved]) -> (ChainSolver, u64) {
    let mut all = ChainSolver { method: "gth".to_owned(), ..ChainSolver::default() };
    let mut bytes = 0;
    for Solved { effort, .. } in laws {
        all.factor += effort.factor;
        all.front = all.front.max(effort.front);
        all.flops += effort.flops;
        all.seconds += effort.seconds;
        bytes = bytes.max(effort.peak_bytes);
    }
    (all, bytes)
}
