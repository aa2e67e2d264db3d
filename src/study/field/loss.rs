//! What a loss adds to its law: the points that SGD never leaves, and the error of its averages.

use crate::estimate::{Estimate, Quantity};
use crate::model::Loss;
use crate::process::Coordinate;
use crate::record::{ChartMoments, FieldSolution, Lyapunov, Marginal};
use crate::study::StudyError;

/// Nodes of the lattice at which averages are judged, and how far ln of the density may be below its top there.
const NODES: usize = 500;
const DEPTH: f64 = 14.0;

/// Growth rates smaller than this are zero.
const NEUTRAL: f64 = 1e-12;

/// Refuses a loss one of whose resting points attracts from all sides (whatever is near it ends there, and the noise
/// leads near it), and one whose noise no lattice carries.
pub(super) fn refuse(model: &Loss) -> Result<(), StudyError> {
    if let Some(point) = model.fixed_points().iter().find(|point| point.attracts()) {
        let (name, rate) = (point.name.clone(), point.growth[1]);
        return Err(StudyError::Attracted { point: name, rate, error: point.error });
    }
    match model.parallel_faces().first() {
        Some(face) => Err(StudyError::Parallel { face: face.clone() }),
        None => Ok(()),
    }
}

/// Growth rates at the resting points, what the noise of the loss does, and the error of its averages in all bars.
pub(super) fn annotate(model: &Loss, solution: &mut FieldSolution) {
    for point in model.fixed_points() {
        let [low, high] = point.growth;
        let exponent = if low == high || point.repels() {
            Quantity::Finite(Estimate::computed(0.5 * (low + high), 0.5 * (high - low) + point.error, 0.0))
        } else {
            Quantity::Absent
        };
        let name = &point.name;
        solution.warnings.push(if point.repels() {
            format!(
                "SGD never leaves {name}, where every sample's gradient vanishes: the point mass there is a second stationary \
                 law, which repels; this is the other one"
            )
        } else if high.abs().max(low.abs()) + point.error < NEUTRAL {
            format!(
                "SGD never leaves {name}, next to which samples are at rest to first order: whether that point attracts is not \
                 told by a rate; if it does, all mass ends there and this is no law"
            )
        } else {
            format!(
                "SGD never leaves {name}, and whether that point attracts cannot be told: ln of the distance grows at a rate \
                 between {:.6e} and {:.6e}; if it attracts, all mass ends there and this is no law",
                low - point.error,
                high + point.error
            )
        });
        solution.lyapunov.push(Lyapunov { face: name.clone(), exponent });
    }
    solution.warnings.extend(model.notes().iter().cloned());
    widen(model, solution);
}

/// Errors of the force move expectations by no more than (standard deviation of what is averaged) times (standard
/// deviation of the potential they add up to); the latter is about the error of the force times the width of the law.
fn widen(model: &Loss, solution: &mut FieldSolution) {
    let n = solution.variables.len();
    let widths: Vec<f64> = (0..n).map(|i| solution.marginals.get(i).map_or(0.0, width)).collect();
    let errors = errors(model, solution);
    // In the coordinates of the chart: the force next to a face is 1 / distance, and so is its error.
    let length = |i: usize| match model.axes()[i] {
        Coordinate::Identity { .. } => widths[i],
        _ => solution.chart.covariance[i][i].finite().map_or(widths[i], |e| e.value.max(0.0).sqrt()),
    };
    let shift: f64 = (0..n).map(|i| length(i) * errors[i]).sum();
    for i in 0..n {
        add(&mut solution.mean[i], shift * widths[i]);
        for j in 0..n {
            add(&mut solution.covariance[i][j], 2.0 * shift * widths[i] * widths[j]);
        }
    }
    widen_chart(&mut solution.chart, shift);
    for marginal in &mut solution.marginals {
        let width = width(marginal);
        add(&mut marginal.mean, shift * width);
        add(&mut marginal.variance, 2.0 * shift * width * width);
        marginal.quantiles.iter_mut().for_each(|q| add(&mut q.value, 3.0 * shift * width));
        marginal.log_density_error.iter_mut().for_each(|error| *error += 3.0 * shift);
        if let Some(row) = solution.expressions.iter_mut().find(|row| row.expression == marginal.name) {
            add(&mut row.value, shift * width);
        }
    }
    for well in &mut solution.wells {
        let weight = well.weight.finite().map_or(0.0, |e| e.value);
        add(&mut well.weight, 2.0 * shift * weight * (1.0 - weight).abs());
        well.mode.iter_mut().zip(&widths).for_each(|(mode, width)| add(mode, shift * width));
    }
    let means: Vec<f64> = solution.mean.iter().map(|mean| mean.finite().map_or(0.0, |e| e.value)).collect();
    // Of ln p: in widths of the law from its mean, and one of them at least.
    let distance = |at: &[f64]| {
        let off = |i: usize| (at[i] - means[i]).abs() / widths[i].max(f64::MIN_POSITIVE);
        (0..n).map(off).fold(1.0, f64::max)
    };
    for well in &mut solution.wells {
        let place: Option<Vec<f64>> = well.mode.iter().map(|v| v.finite().map(|e| e.value)).collect();
        match place {
            Some(place) => add(&mut well.log_density, shift * distance(&place)),
            None => well.log_density = Quantity::Absent,
        }
    }
    for point in &mut solution.points {
        let more = shift * distance(&point.at);
        point.error = point.error.map(|error| error + more);
    }
    widen_rates(solution, shift);
}

fn add(quantity: &mut Quantity, error: f64) {
    if let Quantity::Finite(e) = quantity {
        e.budget.input += error;
    }
}

fn widen_chart(chart: &mut ChartMoments, shift: f64) {
    let spread = |q: &Quantity| q.finite().map_or(0.0, |e| e.value.max(0.0).sqrt());
    let widths: Vec<f64> = chart.covariance.iter().enumerate().map(|(i, row)| row.get(i).map_or(0.0, spread)).collect();
    chart.mean.iter_mut().zip(&widths).for_each(|(mean, width)| add(mean, shift * width));
    for (row, a) in chart.covariance.iter_mut().zip(&widths) {
        row.iter_mut().zip(&widths).for_each(|(c, b)| add(c, 2.0 * shift * a * b));
    }
}

/// Rates of decay change by the share that density and noise do; a force of no potential adds its square to the
/// entropy production.
fn widen_rates(solution: &mut FieldSolution, shift: f64) {
    let gap = solution.spectral_gap.finite().map_or(0.0, |e| e.value);
    for quantity in [&mut solution.spectral_gap, &mut solution.relaxation_time] {
        let value = quantity.finite().map_or(0.0, |e| e.value.abs());
        add(quantity, 2.0 * shift * value);
    }
    for eigenvalue in &mut solution.eigenvalues {
        eigenvalue.error += 2.0 * shift * eigenvalue.rate.hypot(eigenvalue.frequency);
    }
    if solution.variables.len() > 1 {
        let production = solution.entropy_production.finite().map_or(0.0, |e| e.value.max(0.0));
        add(&mut solution.entropy_production, 2.0 * shift * (production * gap).sqrt() + gap * shift * shift);
    }
}

/// Standard deviation, or half the distance of the outermost quantiles where there is none.
fn width(marginal: &Marginal) -> f64 {
    if let Some(variance) = marginal.variance.finite() {
        return variance.value.max(0.0).sqrt();
    }
    let places = marginal.quantiles.iter().filter_map(|q| q.value.finite()).map(|e| e.value);
    let [low, high] = places.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], x| [a.min(x), b.max(x)]);
    if high > low { 0.5 * (high - low) } else { reach(marginal) }
}

/// Half of where the density is within e^-2 of its largest.
fn reach(marginal: &Marginal) -> f64 {
    let top = marginal.log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let near = marginal.at.iter().zip(&marginal.log_density).filter(|(_, log)| **log > top - 2.0).map(|(x, _)| *x);
    let [low, high] = near.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], x| [a.min(x), b.max(x)]);
    if high > low { 0.5 * (high - low) } else { 0.0 }
}

/// Root of the mean square of the error of the force along the chart under the law, by some nodes of the lattice.
fn errors(model: &Loss, solution: &FieldSolution) -> Vec<f64> {
    let (n, table) = (solution.variables.len(), &solution.field);
    let top = table.chart_log_density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let held = |k: &usize| table.chart_log_density[*k] > top - DEPTH;
    let held: Vec<usize> = (0..table.chart_log_density.len()).filter(held).collect();
    let (mut squares, mut mass) = (vec![0.0; n], 0.0);
    for k in held.iter().step_by(held.len().div_ceil(NODES).max(1)) {
        let place: Vec<f64> = table.variables.iter().filter_map(|values| values.get(*k)).copied().collect();
        let Some(mut errors) = model.force_error(&place) else { continue };
        for ((error, axis), v) in errors.iter_mut().zip(model.axes()).zip(&place) {
            *error *= axis.to_chart(*v).map_or(1.0, |z| axis.log_jacobian(z).exp());
        }
        let weight = (table.chart_log_density[*k] - top).exp();
        mass += weight;
        squares.iter_mut().zip(&errors).for_each(|(square, error)| *square += weight * error * error);
    }
    squares.into_iter().map(|square: f64| if mass > 0.0 { (square / mass).sqrt() } else { 0.0 }).collect()
}
