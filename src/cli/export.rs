//! `--export-matrix`: the generator of the finest grid as a Matrix Market file.

use crate::chain::write_matrix_market;
use crate::error::Error;
use crate::record::{FieldSolution, Provenance, Solution};
use crate::scenario::Scenario;
use crate::study::FinestChain;
use std::path::Path;

/// Writes the chain of a law, if it has one.
pub(super) fn write(
    path: &Path,
    scenario: &Scenario,
    chain: Option<&FinestChain>,
    place: &[String],
    provenance: &Provenance,
) -> Result<(), Error> {
    let chain = chain.ok_or_else(|| Error::NoMatrix { path: scenario.path.clone() })?;
    let shape: Vec<String> = chain.shape.iter().map(usize::to_string).collect();
    let shape = shape.join("x");
    let mut comments = vec![
        "generator of a Fokker-Planck equation: row = source, column = target, rates per unit of time".to_owned(),
        format!("scenario: {}", scenario.path),
        format!("grid: {shape} cells, the last axis fastest (stillpoint chain FILE --lattice {shape})"),
    ];
    comments.extend_from_slice(place);
    comments.push(format!("stillpoint {}, revision {}", provenance.version, provenance.revision));
    comments.extend(provenance.scenario.lines().map(|line| format!("| {line}")));
    Ok(write_matrix_market(path, &chain.generator, &comments)?)
}

/// Where the cells of a law of one variable are.
pub(super) fn of_line(solution: &Solution) -> Vec<String> {
    let solver = &solution.solver;
    vec![format!("title: {}", solution.title), format!("chart: {}, z in {:?}", solver.chart, solver.chart_box)]
}

/// Where the cells of a law on a lattice are.
pub(super) fn of_field(solution: &FieldSolution) -> Vec<String> {
    let solver = &solution.solver;
    let axes = solver.chart.iter().zip(&solver.chart_box);
    let title = format!("title: {}", solution.title);
    std::iter::once(title)
        .chain(axes.map(|(chart, reach)| format!("chart: {chart}, in {reach:?}")))
        .chain([format!("scheme: {}", solver.scheme)])
        .collect()
}
