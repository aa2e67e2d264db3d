//! Observables of a law on a lattice.

use super::line::inverse;
use super::{Observable, Reading, Side, What};
use crate::estimate::{Estimate, Quantity};
use crate::model::{Features, System};
use crate::record::{FieldSolution, Lyapunov, Well};
use crate::study::field::growth_rates;
use crate::study::{FieldProblem, StudyError, solve_field};

/// Why a number is absent: one that exists, and an integral, of which the lattices may not tell whether it exists.
const UNTOLD: &str = "its error cannot be told";
const UNDECIDED: &str = "its error, or whether it exists, cannot be told";

pub(super) fn observe(problem: &FieldProblem, observables: &[Observable]) -> Result<Vec<Reading>, StudyError> {
    if let System::Features(features) = &problem.system
        && observables.iter().all(|o| matches!(o.what, What::Lyapunov(_)))
    {
        return Ok(at_faces(features, observables));
    }
    let mut request = problem.request.of_density();
    request.expressions.clone_from(&problem.request.expressions);
    // What averages of a loss are off by moves its entropy production by a rate.
    let of_loss = matches!(problem.system, System::Loss(_));
    request.decays = observables.iter().any(|o| match o.what {
        What::SpectralGap | What::RelaxationTime => true,
        What::EntropyProduction => of_loss,
        _ => false,
    });
    request.faces = observables.iter().any(|o| matches!(o.what, What::Lyapunov(_)));
    request.quantiles = observables
        .iter()
        .filter_map(|o| match o.what {
            What::Quantile(q, _) => Some(q),
            _ => None,
        })
        .collect();
    let solution = solve_field(&FieldProblem { system: problem.system.clone(), request }, &|_, _, _| {})?;
    let mut asked = 0;
    let reading = |o: &Observable| match o.what {
        What::Quantile(_, i) => {
            asked += 1;
            let row = solution.marginals.get(i).and_then(|m| m.quantiles.get(asked - 1));
            of(row.map(|row| &row.value), UNTOLD)
        }
        _ => of_solution(&o.what, &solution),
    };
    Ok(observables.iter().map(reading).collect())
}

/// What the faces alone decide, whether or not the law exists.
fn at_faces(features: &Features, observables: &[Observable]) -> Vec<Reading> {
    let mut warnings = Vec::new();
    let faces = growth_rates(features, &mut warnings);
    observables.iter().map(|o| face(&o.what, &faces, &warnings)).collect()
}

fn face(what: &What, faces: &[Lyapunov], warnings: &[String]) -> Reading {
    let What::Lyapunov(k) = what else { return of(None, "it was not computed") };
    let Some(face) = faces.get(*k) else { return of(None, "there is no such face") };
    let why = || {
        let about = warnings.iter().find(|w| w.contains(&face.face));
        about.cloned().unwrap_or_else(|| "the law on the face was not found".to_owned())
    };
    Reading::of(&face.exponent, why)
}

fn of_solution(what: &What, solution: &FieldSolution) -> Reading {
    match *what {
        What::Law => Reading::Word("density"),
        What::Mean(i) => of(solution.mean.get(i), UNDECIDED),
        What::Variance(i) => of(entry(solution, i, i), UNDECIDED),
        What::Covariance(i, j) => {
            of(entry(solution, i, j), "the square of a variable has no mean, or none that can be told")
        }
        What::Mode(i) => of(highest(&solution.wells).and_then(|w| w.mode.get(i)), "no well was found"),
        What::Modes => {
            // Where p grows without bound there is no maximum.
            let maxima = solution.wells.iter().filter(|well| well.log_density != Quantity::Infinite).count();
            Reading::Number(Estimate::computed(maxima as f64, solution.doubtful_wells as f64, 0.0))
        }
        What::Weight(k) => match solution.wells.get(k) {
            Some(well) => of(Some(&well.weight), UNTOLD),
            None => Reading::Absent(format!("the law has {} wells only", solution.wells.len())),
        },
        What::TailExponent(i, side) => {
            let ends = solution.marginals.get(i).map(|m| &m.tail_exponents);
            of(ends.and_then(|e| e.get(usize::from(side == Side::Upper))), "no power law was seen at this end")
        }
        What::SpectralGap => of(Some(&solution.spectral_gap), "the decay rates were not found"),
        What::RelaxationTime => inverse(&of(Some(&solution.spectral_gap), "the decay rates were not found")),
        What::EntropyProduction => of(Some(&solution.entropy_production), UNTOLD),
        What::Lyapunov(_) => face(what, &solution.lyapunov, &solution.warnings),
        What::Identity(k) => of(solution.identities.get(k).map(|row| &row.defect), UNTOLD),
        What::Expression(k) => of(solution.expressions.get(k).map(|row| &row.value), UNDECIDED),
        What::Quantile(..) | What::LogQuantile(_) | What::Moment(_) => of(None, "it was not computed"),
    }
}

/// The well with the highest maximum; of those that are not told apart the heaviest.
fn highest(wells: &[Well]) -> Option<&Well> {
    let range = |well: &Well| match well.log_density {
        Quantity::Finite(height) => [height.value - height.error(), height.value + height.error()],
        Quantity::Infinite => [f64::INFINITY; 2],
        Quantity::Absent => [f64::NEG_INFINITY; 2],
    };
    let top = wells.iter().map(|well| range(well)[0]).fold(f64::NEG_INFINITY, f64::max);
    // The heaviest come first.
    wells.iter().find(|well| range(well)[1] >= top)
}

fn entry(solution: &FieldSolution, i: usize, j: usize) -> Option<&Quantity> {
    solution.covariance.get(i)?.get(j)
}

fn of(quantity: Option<&Quantity>, absent: &str) -> Reading {
    Reading::of(quantity.unwrap_or(&Quantity::Absent), || absent.to_owned())
}
