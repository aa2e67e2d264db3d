//! What a loss adds to its law: the points that SGD never leaves, and the error of its averages.

use crate::estimate::{Estimate, Quantity};
use crate::model::Loss;
use crate::record::{FieldSolution, Lyapunov};
use crate::study::StudyError;

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
/// deviation of the potential they add up to); the latter is bounded by the largest seen where the law is.
fn widen(model: &Loss, solution: &mut FieldSolution) {
    let spread = |q: Option<&Quantity>| q.and_then(|q| q.finite()).map(|e| e.value.max(0.0).sqrt());
    let n = solution.variables.len();
    let deviations: Option<Vec<f64>> =
        (0..n).map(|i| spread(solution.covariance.get(i).and_then(|row| row.get(i)))).collect();
    // Without a variance the spread of the middle half of the law stands for it.
    let deviations = deviations.unwrap_or_else(|| (0..n).map(|i| reach(solution, i)).collect());
    let errors: Vec<Vec<f64>> = places(solution).iter().filter_map(|place| model.force_error(place)).collect();
    let shift: f64 = (0..n).map(|i| deviations[i] * errors.iter().map(|e| e[i]).fold(0.0, f64::max)).sum();
    let add = |q: &mut Quantity, error: f64| {
        if let Quantity::Finite(e) = q {
            e.budget.input += error;
        }
    };
    for i in 0..n {
        add(&mut solution.mean[i], shift * deviations[i]);
        for j in 0..n {
            add(&mut solution.covariance[i][j], 2.0 * shift * deviations[i] * deviations[j]);
        }
    }
    for marginal in &mut solution.marginals {
        let deviation = spread(Some(&marginal.variance)).unwrap_or(0.0);
        add(&mut marginal.mean, shift * deviation);
        add(&mut marginal.variance, 2.0 * shift * deviation * deviation);
        marginal.quantiles.iter_mut().for_each(|q| add(&mut q.value, 3.0 * shift * deviation));
        if let Some(row) = solution.expressions.iter_mut().find(|row| row.expression == marginal.name) {
            add(&mut row.value, shift * deviation);
        }
    }
    for point in &mut solution.points {
        let off = |i: usize| {
            let mean = solution.mean.get(i).and_then(Quantity::finite).map_or(0.0, |e| e.value);
            (point.at[i] - mean).abs() / deviations[i].max(f64::MIN_POSITIVE)
        };
        let distance = (0..n).map(off).fold(1.0, f64::max);
        point.error = point.error.map(|error| error + shift * distance);
    }
}

/// Half the distance of the outermost quantiles.
fn reach(solution: &FieldSolution, i: usize) -> f64 {
    let ends = |marginal: &crate::record::Marginal| {
        let values: Vec<f64> = marginal.quantiles.iter().filter_map(|q| q.value.finite()).map(|e| e.value).collect();
        Some(0.5 * (values.last()? - values.first()?))
    };
    solution.marginals.get(i).and_then(ends).unwrap_or(0.0)
}

/// Places of the law: modes, and all combinations of the quantiles of its variables.
fn places(solution: &FieldSolution) -> Vec<Vec<f64>> {
    let finite = |q: &Quantity| q.finite().map(|e| e.value);
    let modes = solution.wells.iter().filter_map(|well| well.mode.iter().map(finite).collect());
    let marginals = solution.marginals.iter().take(solution.variables.len());
    let products = marginals.fold(vec![Vec::new()], |places: Vec<Vec<f64>>, marginal| {
        let values: Vec<f64> = marginal.quantiles.iter().filter_map(|q| finite(&q.value)).collect();
        let longer = |place: &Vec<f64>| {
            values.iter().map(|value| place.iter().copied().chain([*value]).collect()).collect::<Vec<Vec<f64>>>()
        };
        places.iter().flat_map(longer).collect()
    });
    modes.chain(products).collect()
}
