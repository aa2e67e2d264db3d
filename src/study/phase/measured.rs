//! The same boundary by real SGD: growth rates of tiny weights at three places around the one found, and the zero of
//! the line through them.

use super::judge::Judge;
use super::kind::Kind;
use super::margin::{Case, Setting, Unjudged};
use super::sight::Effort;
use crate::estimate::{Estimate, Quantity};
use crate::model::System;
use crate::record::{BesideBoundary, PhaseRow, PhaseZero};
use crate::sgd::{Config, growth_at_face, growth_at_rest};
use crate::study::FieldSource;

/// How much real SGD to run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Points of every boundary, at most, evenly along y.
    pub points: usize,
    /// Chains, steps and seed; the learning rate and batch size count for `switch_on` only.
    pub config: Config,
}

/// First distance of the outer places, in the stepped coordinate as a part of its span and at most.
const APART: f64 = 0.1;
const WIDEST: f64 = 0.1;
/// Halvings of it until the margin there has the sign that it must have.
const HALVINGS: u32 = 12;
/// Steps of each of the two runs next to v = 0: ln|v| must stay far from the ends of floating-point numbers.
const STEPS: u64 = 150;

/// Real SGD beside points of some of the rows, which are those from `first` on of `all`.
pub(super) fn measured(judge: &Judge<'_>, measure: &Measure, rows: &mut [PhaseRow], first: usize, all: usize) {
    if !matches!(judge.kind, Kind::SgdCollapse(_) | Kind::SwitchOn(_)) {
        return;
    }
    let counts: Vec<usize> = rows.iter().map(|row| row.zeros.as_ref().map_or(0, Vec::len)).collect();
    for (row, chosen) in rows.iter_mut().zip(chosen(&counts, measure.points, first, all)) {
        for zero in chosen.into_iter().filter_map(|i| row.zeros.as_ref().and_then(|zeros| zeros.get(i))) {
            let x = crossing(judge, measure, zero);
            let x = x.ok().flatten().map_or(Quantity::Absent, Quantity::Finite);
            row.beside.push(BesideBoundary { route: "measured SGD".to_owned(), y: zero.y, x });
        }
    }
}

/// Which of the points of every row are measured. All rows are cut into `wanted` stretches, and each stretch asks the
/// row next to its middle that has points: one of the rows here, `counts` of points from row `first` of `all` on, if
/// its middle is among them, so that it is known without the others.
fn chosen(counts: &[usize], wanted: usize, first: usize, all: usize) -> Vec<Vec<usize>> {
    let mut stretches: Vec<Vec<usize>> = vec![Vec::new(); counts.len()];
    for k in 0..wanted {
        let middle = (2 * k + 1) * all / (2 * wanted);
        let stretch = k * all / wanted..((k + 1) * all / wanted).max(middle + 1);
        let here = |row: usize| (first..first + counts.len()).contains(&row);
        if !here(middle) {
            continue;
        }
        let near = stretch.filter(|&row| here(row) && counts[row - first] > 0).min_by_key(|row| row.abs_diff(middle));
        if let Some(row) = near {
            stretches[row - first].push(k);
        }
    }
    stretches.iter().zip(counts).map(|(stretches, count)| spread(stretches, *count)).collect()
}

/// Points of a row that some stretches ask: evenly among them, and curve by curve where one asks a row at a time.
fn spread(stretches: &[usize], points: usize) -> Vec<usize> {
    let count = stretches.len().min(points);
    match stretches {
        [k] if points > 0 => vec![k % points],
        _ if count < 2 => (0..count).collect(),
        _ => (0..count).map(|i| i * (points - 1) / (count - 1)).collect(),
    }
}

fn crossing(judge: &Judge<'_>, measure: &Measure, point: &PhaseZero) -> Result<Option<Estimate>, Unjudged> {
    let centre = judge.x.coordinate(point.x.value);
    let mut apart = (APART * judge.x.span()).min(WIDEST);
    let mut margins = None;
    for _ in 0..HALVINGS {
        let [low, high] = [-apart, apart].map(|shift| judge.margin(centre + shift, point.y, Effort::Best));
        if let (Ok(low), Ok(high)) = (low, high)
            && low.value * high.value < 0.0
        {
            margins = Some([low.value, high.value]);
            break;
        }
        apart *= 0.5;
    }
    let Some([low, high]) = margins else { return Ok(None) };
    let mut growth = [Estimate::default(); 3];
    for (k, growth) in growth.iter_mut().enumerate() {
        let at = centre + (k as f64 - 1.0) * apart;
        let Some(measured) = rate(judge, measure, &judge.case(at, point.y)?)? else { return Ok(None) };
        *growth = measured;
    }
    // The curvature of the margin shifts the line by this much; the margin at the centre is 0.
    let bend = (low + high) / 3.0;
    let mean = growth.iter().map(|g| g.value).sum::<f64>() / 3.0 - bend;
    let error = growth.iter().map(|g| g.error()).fold(0.0, f64::hypot) / 3.0;
    let slope = (growth[2].value - growth[0].value) / (2.0 * apart);
    let at = centre - mean / slope;
    let value = if judge.x.log { at.exp() } else { at };
    let sampling = (error / slope).abs() * judge.x.steepness(value);
    Ok((value.is_finite() && sampling.is_finite()).then(|| Estimate::sampled(value, sampling)))
}

/// The growth rate that SGD has.
fn rate(judge: &Judge<'_>, measure: &Measure, case: &Case) -> Result<Option<Estimate>, Unjudged> {
    let silent = |_: u64| {};
    match (&case.setting, judge.kind) {
        (Setting::Line(problem, source), Kind::SgdCollapse(_)) if problem.model.depth == 1 => {
            let learning_rate = problem.model.temperature * case.batch_size as f64;
            let config = Config { learning_rate, batch_size: case.batch_size, steps: STEPS, ..measure.config };
            Ok(Some(growth_at_rest(&problem.model, source, problem.branch, &config, &silent)?))
        }
        (Setting::Field(problem, FieldSource::Several(source)), Kind::SwitchOn(number)) => match &problem.system {
            System::Features(model) => Ok(Some(growth_at_face(model, source, number - 1, &measure.config, &silent)?)),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_chosen_evenly_and_without_the_other_rows() {
        // Without y: evenly among the points.
        assert_eq!(chosen(&[9], 3, 0, 1), [[0, 4, 8]]);
        assert_eq!(chosen(&[2], 8, 0, 1), [[0, 1]]);
        assert_eq!(chosen(&[0], 8, 0, 1), [[0; 0]]);
        // One point everywhere, seven of 33 rows, in blocks of six.
        let rows: Vec<usize> = (0..33)
            .step_by(6)
            .flat_map(|first| {
                let counts = vec![1; 6.min(33 - first)];
                let found = chosen(&counts, 7, first, 33);
                (0..counts.len()).filter(move |&i| !found[i].is_empty()).map(move |i| first + i).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(rows, [2, 7, 11, 16, 21, 25, 30]);
        // The middle has none: the row beside it; two curves in turn.
        assert_eq!(chosen(&[1, 1, 0, 1, 1], 1, 0, 5), [vec![], vec![0], vec![], vec![], vec![]]);
        assert_eq!(chosen(&[2, 2, 2, 2], 2, 0, 4), [vec![], vec![0], vec![], vec![1]]);
    }
}
