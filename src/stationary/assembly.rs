//! Adding what children pass on to the front of their parent, over runs of consecutive cells.

use super::front::Pieces;

/// `length` consecutive boundary cells of a child, from `from` on, that are consecutive in the parent from `to` on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub from: u32,
    pub to: u32,
    pub length: u32,
}

/// Where the boundary of a child lies in its parent (pivots `first..first + pivots`, then the boundary at `places`),
/// as runs that do not cross from the pivots to the boundary.
pub(super) fn runs(child: &[u32], first: u32, pivots: u32, places: &[u32], out: &mut Vec<Run>) {
    out.clear();
    let mut expected = u32::MAX;
    for (from, &position) in child.iter().enumerate() {
        let to = if position < first + pivots { position - first } else { places[position as usize] };
        match out.last_mut() {
            Some(run) if to == expected && to != pivots => run.length += 1,
            _ => out.push(Run { from: from as u32, to, length: 1 }),
        }
        expected = to + 1;
    }
}

/// A child's square column-major matrix and its runs.
pub(super) struct Contribution<'a> {
    pub rates: &'a [f64],
    pub size: usize,
    pub runs: &'a [Run],
}

impl Contribution<'_> {
    /// Adds the columns that are pivots of the parent; returns the index of the first run of boundary columns.
    #[inline(always)]
    pub(super) fn add_pivots(&self, panel: &mut [f64], m: usize, p: usize) -> usize {
        for (index, columns) in self.runs.iter().enumerate() {
            if columns.to as usize >= p {
                return index;
            }
            for c in 0..columns.length as usize {
                let source = &self.rates[(columns.from as usize + c) * self.size..][..self.size];
                let target = &mut panel[(columns.to as usize + c) * m..][..m];
                for run in self.runs {
                    add(&mut target[run.to as usize..], &source[run.from as usize..], run.length as usize);
                }
            }
        }
        self.runs.len()
    }

    /// Adds columns `from..` of a run of boundary columns.
    #[inline(always)]
    fn add_bound(&self, column: usize, split: usize, p: usize, upper: &mut [f64], schur: &mut [f64]) {
        let source = &self.rates[column * self.size..][..self.size];
        for run in &self.runs[..split] {
            add(&mut upper[run.to as usize..], &source[run.from as usize..], run.length as usize);
        }
        for run in &self.runs[split..] {
            add(&mut schur[run.to as usize - p..], &source[run.from as usize..], run.length as usize);
        }
    }
}

/// Clears the Schur complement and adds the boundary columns of the children, column after column, so that each
/// is touched while it is in the cache.
#[inline(always)]
pub(super) fn add_bounds(children: &[(Contribution<'_>, usize)], pieces: &mut Pieces<'_>) {
    let (p, b) = (pieces.pivots, pieces.bounds);
    // (run, column within it) of every child.
    let mut next: Vec<(usize, u32)> = children.iter().map(|(_, split)| (*split, 0)).collect();
    for column in 0..b {
        let schur = &mut pieces.schur[column * b..][..b];
        let upper = &mut pieces.upper[column * p..][..p];
        schur.fill(0.0);
        for ((child, split), (run, within)) in children.iter().zip(&mut next) {
            let Some(at) = child.runs.get(*run) else { continue };
            if at.to + *within == (p + column) as u32 {
                child.add_bound((at.from + *within) as usize, *split, p, upper, schur);
                *within += 1;
                if *within == at.length {
                    (*run, *within) = (*run + 1, 0);
                }
            }
        }
    }
}

#[inline(always)]
fn add(target: &mut [f64], source: &[f64], length: usize) {
    for (t, s) in target[..length].iter_mut().zip(&source[..length]) {
        *t += s;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_break_at_gaps_and_at_the_boundary() {
        let mut found = Vec::new();
        let places = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 5, 6];
        runs(&[4, 5, 6, 10, 11, 13], 4, 3, &places, &mut found);
        let expected = [(0, 0, 3), (3, 3, 2), (5, 6, 1)].map(|(from, to, length)| Run { from, to, length });
        assert_eq!(found, expected);
    }
}
