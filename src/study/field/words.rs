//! How a law was solved, in words: its coordinates, and what the reader should know.

use super::Request;
use super::climb::SMEARED;
use super::frame::Frame;
use super::survey::Surveyed;
use crate::density::field::{Pole, Poles};
use crate::formula::Formula;
use crate::grid::Grading;
use crate::process::{Affine, Coordinate, Process};
use crate::record::{FieldSolver, SpectralCheck};

/// Maps and gradings, in words.
pub(super) fn charts<const N: usize>(
    process: &dyn Process<N>,
    turned: Option<&Affine<'_, N>>,
    names: &[String],
    frame: &Frame<N>,
) -> Vec<String> {
    let turns = match turned {
        Some(turned) => vec![format!("{} = centre + R y with R = {:?}", names.join(", "), turned.matrix())],
        None => Vec::new(),
    };
    let own: Vec<String> = (1..=N).map(|i| format!("y{i}")).collect();
    let names = if turned.is_some() { &own } else { names };
    (0..N)
        .map(|i| {
            let name = names.get(i).map_or("z", String::as_str);
            let map = match process.chart().axis(i) {
                Coordinate::Exponential { origin, sign, scale } => {
                    format!(": variable = {origin} + {} e^{name}", sign * scale)
                }
                Coordinate::Logistic { length } => format!(": variable = {length} / (1 + e^-{name})"),
                Coordinate::Hyperbolic { centre, scale } => format!(": variable = {centre} + {scale} sinh {name}"),
                Coordinate::Interval { lower, upper } => {
                    format!(": variable = {lower} + {} / (1 + e^-{name})", upper - lower)
                }
                Coordinate::Segment { face, wall } => format!(": variable = {face} + {} e^{name}", wall - face),
                Coordinate::Identity { .. } => String::new(),
            };
            let grading = match frame.gradings[i] {
                Grading::Uniform => "uniform cells".to_owned(),
                Grading::Sinh { centre, scale } => {
                    format!("cells uniform in asinh(({name} - {centre:.6}) / {scale:.6})")
                }
            };
            format!("{name}{map}; {grading}")
        })
        .chain(turns)
        .collect()
}

/// What the reader should know: cause and remedy.
pub(super) fn warnings<const N: usize>(
    solver: &FieldSolver,
    drop: f64,
    missed: Option<f64>,
    surveyed: &Surveyed<N>,
    doubtful: usize,
    spectral: Option<&SpectralCheck>,
) -> Vec<String> {
    let mut list = Vec::new();
    let off = spectral.map_or_else(Vec::new, SpectralCheck::off);
    if !off.is_empty() {
        list.push(format!(
            "{} and finite volumes disagree in {}: bars reach from one to the other",
            spectral.map_or("", SpectralCheck::name),
            off.join(", ")
        ));
    }
    if let Some(frequency) = missed {
        list.push(format!(
            "the law turns with a frequency of about {frequency:.3}, far beyond the decay rates that were found: slower decays that turn with \
             it may be missing, and the bar of the spectral gap reaches to zero"
        ));
    }
    if doubtful > 0 {
        list.push(format!(
            "{doubtful} more maxima of the finest grid have weights that are not told from nothing, and are not among the wells: \
             take a finer --grid"
        ));
    }
    if drop > SMEARED || drop > 1.0 && !solver.converged {
        let longer = if drop > SMEARED { ", and the bars of what is read off grids are longer" } else { "" };
        list.push(format!(
            "the finest grid does not resolve the current everywhere (largest residual drop {drop:.1e}){longer}: take a finer --grid"
        ));
    }
    if solver.reached.is_infinite() {
        list.push(
            "the grids do not tell whether all means and variances exist: where integrands seem to grow towards an end of the \
             box, their growth changes with the grid; those that are left out may well be finite"
                .to_owned(),
        );
    } else if !solver.converged {
        list.push(format!(
            "means and variances are known to {:.1e} only, not to the tolerance {:.1e}: allow more memory or a finer --grid",
            solver.reached, solver.tolerance
        ));
    }
    for (i, sides) in surveyed.overflow.iter().enumerate() {
        for (side, end) in sides.iter().zip(["lower", "upper"]) {
            let mass = solver.mass_at_walls[i][usize::from(end == "upper")];
            if *side && mass > 1e-12 {
                list.push(format!(
                    "the box had to end at the {end} end of axis {} because the coefficients are no numbers beyond; \
                     the mass of the last layer of cells is {mass:.1e}",
                    i + 1
                ));
            }
        }
    }
    list
}

/// What poles do to expressions.
pub(super) fn poles(request: &Request, found: &[Poles]) -> Vec<String> {
    let spoiled = |(formula, poles): (&Formula, &Poles)| {
        let what = match (poles.mean, poles.variance) {
            (Pole::Harmless, Pole::Harmless) => return None,
            (Pole::Slow, _) => "an expectation that sums over cells do not find, if it exists",
            (Pole::Harmless, Pole::Slow) => "a variance that sums over cells do not find, if it exists",
            (Pole::Harmless, _) => "no finite variance",
            (Pole::Infinite, _) => "an infinite expectation",
            (Pole::Undefined, _) => "no expectation",
        };
        Some(format!("{} has {what}: it grows without bound at a place inside the box", formula.text()))
    };
    request.expressions.iter().zip(found).filter_map(spoiled).collect()
}
