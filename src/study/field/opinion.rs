//! What two discretisations say together.

use super::levels::Reading;
use super::report::{Known, Numbers};
use super::second::{Basis, Second};
use super::tails::Tails;
use crate::estimate::{Estimate, Quantity};
use crate::record::{SpectralCheck, SpectralRow};

/// The moments of the solver's coordinates by the finite volumes (`grid`) and by Galerkin's method side by side.
pub(super) fn check<const N: usize>(
    [like, before]: [&Reading<N>; 2],
    tails: &Tails<N>,
    grid: &[Option<Estimate>],
    second: &Second,
    names: &[String],
    own_chart: bool,
) -> SpectralCheck {
    let chart = |numbers: &[Option<Estimate>]| {
        Numbers { known: &Known::of(like, numbers), ends: like, before, tails, own_chart }.chart(names.to_vec())
    };
    let (ours, theirs) = (chart(grid), chart(&second.numbers));
    let name = |i: usize| names.get(i).map_or("", String::as_str);
    let mut rows: Vec<SpectralRow> =
        (0..N).map(|i| row(format!("E[{}]", name(i)), ours.mean[i], theirs.mean[i])).collect();
    for i in 0..N {
        for j in i..N {
            let title = if i == j { format!("Var[{}]", name(i)) } else { format!("Cov[{}, {}]", name(i), name(j)) };
            rows.push(row(title, ours.covariance[i][j], theirs.covariance[i][j]));
        }
    }
    let (basis, elements, degree) = match &second.basis {
        Basis::Elements { elements, degree } => ("elements", elements.clone(), *degree),
        Basis::Hermite { degree } => ("hermite", Vec::new(), *degree),
    };
    SpectralCheck { basis, elements, degree, rows, note: None }
}

fn row(quantity: String, grid: Quantity, spectral: Quantity) -> SpectralRow {
    let agree = match (grid.finite(), spectral.finite()) {
        (Some(ours), Some(theirs)) => agree(&ours, &theirs),
        _ => true,
    };
    SpectralRow { quantity, grid, spectral, agree }
}

fn agree(ours: &Estimate, theirs: &Estimate) -> bool {
    (ours.value - theirs.value).abs() <= ours.error() + theirs.error()
}

/// Two that are further apart than their errors by this factor do not know the same law.
pub(super) const APART: f64 = 4.0;

/// A second estimate with a bar that is longer by this factor has no say in digits that it does not have (densities and quantiles of
/// a ring by an expansion to degree 72: bars of 5e-3 that were short by up to 2.3, where lattices were off by 1e-12).
const DULL: f64 = 1e3;

/// Whether the second is both far too coarse for the digits of the first and no further off than what is no contradiction.
pub(super) fn dull(ours: &Estimate, theirs: &Estimate) -> bool {
    theirs.error() > DULL * ours.error() && (ours.value - theirs.value).abs() <= APART * theirs.error()
}

/// By how much the two are further apart than both errors, at worst; 1 where they nowhere are.
pub(super) fn apart(rows: &[SpectralRow]) -> f64 {
    let one = |row: &SpectralRow| {
        let (ours, theirs) = (row.grid.finite()?, row.spectral.finite()?);
        Some((ours.value - theirs.value).abs() / (ours.error() + theirs.error()))
    };
    rows.iter().filter_map(one).fold(1.0, f64::max)
}

/// The same numbers with bars that are longer by a factor.
pub(super) fn lengthened(numbers: &[Option<Estimate>], factor: f64) -> Vec<Option<Estimate>> {
    let longer = |number: &Option<Estimate>| {
        number.map(|mut estimate| {
            estimate.budget.grid += (factor - 1.0) * estimate.error();
            estimate
        })
    };
    numbers.iter().map(longer).collect()
}

/// Of every number the estimate with the smaller error; where the two are further apart than both errors, that of the finite
/// volumes with a bar that reaches to the other, unless the second is too dull to object and no moment is off. A second one that misses
/// a moment of the law (the two are more than [`APART`] `apart`) only lengthens bars.
pub(super) fn joined(grid: &[Option<Estimate>], second: &[Option<Estimate>], apart: f64) -> Vec<Option<Estimate>> {
    let join = |ours: &Estimate, theirs: &Estimate| match (agree(ours, theirs), apart <= APART) {
        (true, true) if theirs.error() < ours.error() => *theirs,
        (true, _) => *ours,
        (false, true) if apart <= 1.0 && dull(ours, theirs) => *ours,
        (false, _) => {
            let mut wide = *ours;
            wide.budget.grid = (ours.value - theirs.value).abs() + theirs.error();
            wide
        }
    };
    // A finer lattice, solved after the elements, may have more wells, whose numbers are the last.
    let theirs = second.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    grid.iter()
        .zip(theirs)
        .map(|(ours, theirs)| match (ours, theirs) {
            (Some(ours), Some(theirs)) => Some(join(ours, theirs)),
            (ours, _) => *ours,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(value: f64, error: f64) -> Option<Estimate> {
        Some(Estimate::computed(value, error, 0.0))
    }

    #[test]
    fn of_two_that_agree_the_better_is_taken() {
        let (ours, theirs) =
            ([known(1.0, 1e-3), known(2.0, 1e-9), known(3.0, 1e-3)], [known(1.0001, 1e-6), known(2.0, 1e-6), None]);
        assert_eq!(joined(&ours, &theirs, 1.0), [theirs[0], ours[1], ours[2]]);
        assert_eq!(joined(&ours, &theirs, 5.0), ours);
    }

    #[test]
    fn of_two_that_disagree_the_bar_reaches_the_other() {
        for apart in [1.0, 5.0] {
            let joined = joined(&[known(1.0, 1e-3)], &[known(1.1, 1e-6)], apart)[0].unwrap();
            assert!(joined.value == 1.0 && joined.covers(1.1) && joined.error() < 0.1001, "{joined:?}");
        }
        assert_eq!(joined(&[None], &[known(1.0, 0.1)], 1.0), [None]);
    }

    #[test]
    fn a_dull_one_does_not_lengthen_bars_unless_it_is_far_off() {
        let (ours, near, far) = (known(1.0, 1e-9), known(1.02, 1e-2), known(1.05, 1e-2));
        assert_eq!(joined(&[ours], &[near], 1.0), [ours]);
        assert!(joined(&[ours], &[far], 1.0)[0].unwrap().covers(1.05));
        // Nor if it is known to be off in a moment.
        for apart in [2.0, 5.0] {
            assert!(joined(&[ours], &[near], apart)[0].unwrap().covers(1.02));
        }
    }

    #[test]
    fn numbers_that_elements_do_not_have_are_those_of_the_lattice() {
        let ours = [known(1.0, 1e-3), known(2.0, 1e-3), None];
        assert_eq!(joined(&ours, &[known(1.0, 1e-6)], 1.0), [known(1.0, 1e-6), ours[1], None]);
    }
}
