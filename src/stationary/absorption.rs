//! Where a chain that starts in a transient cell ends: the probability of every closed class.
//!
//! h(x) = sum over y of P(x -> y) h(y), with h = 1 on the class and 0 on the others. Transient cells are eliminated one
//! after the other, those with the fewest neighbours first, and the probabilities put together in reverse order. As
//! in the stationary elimination only sums, products and quotients of non-negative numbers occur, so every
//! probability has a small relative error, however small it is and however long the chain takes.

use super::Classes;
use super::wide::Wide;
use crate::operator::Generator;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Jumps out of one cell: (target, rate or probability), targets ascending.
type Row = Vec<(usize, Wide)>;

/// The eliminated transient part of a chain.
///
/// # Source
/// State reduction of Grassmann, Taksar and Heyman 1985 with the closed classes as cells that stay.
#[derive(Debug, Clone)]
pub struct Absorption {
    /// Transient cells in the order of their elimination, as positions in [`Classes::transient`], with what they
    /// jump to in the end: cells eliminated later, and classes numbered from the number of transient cells on.
    eliminated: Vec<(usize, Row)>,
    transient: usize,
}

impl Absorption {
    /// Eliminates the transient cells of `generator`, whose classes are `classes`.
    pub fn new(generator: &Generator, classes: &Classes) -> Self {
        let mut rest = Rest::new(generator, classes);
        let mut queue: BinaryHeap<Reverse<(usize, usize)>> =
            (0..rest.rows.len()).map(|cell| Reverse((rest.degree(cell), cell))).collect();
        let mut eliminated = Vec::with_capacity(rest.rows.len());
        while let Some(Reverse((degree, cell))) = queue.pop() {
            // Entries of the queue whose degree has changed are followed by one that is right.
            if rest.gone[cell] || degree != rest.degree(cell) {
                continue;
            }
            let row = rest.eliminate(cell, &mut |changed, degree| queue.push(Reverse((degree, changed))));
            eliminated.push((cell, row));
        }
        Self { eliminated, transient: classes.transient.len() }
    }

    /// ln of the probability to end in closed class number `class`, for every transient cell in the order of
    /// [`Classes::transient`]; minus infinity where no path leads there.
    ///
    /// # Accuracy
    /// Relative to the probability, a few roundings per cell on the way; the classes add up to 1 within that.
    pub fn log_probability(&self, class: usize) -> Vec<f64> {
        let mut into = vec![Wide::ZERO; self.transient];
        for (cell, row) in self.eliminated.iter().rev() {
            into[*cell] = row.iter().fold(Wide::ZERO, |sum, &(to, probability)| match to.checked_sub(self.transient) {
                None => sum + probability * into[to],
                Some(end) if end == class => sum + probability,
                Some(_) => sum,
            });
        }
        into.into_iter().map(Wide::ln).collect()
    }
}

/// The part of the chain that is not eliminated yet.
struct Rest {
    /// Rates out of every transient cell.
    rows: Vec<Row>,
    /// Transient cells with a rate to this one, eliminated ones among them.
    sources: Vec<Vec<usize>>,
    /// How many of them are left.
    source_count: Vec<usize>,
    gone: Vec<bool>,
}

impl Rest {
    fn new(generator: &Generator, classes: &Classes) -> Self {
        let n = classes.transient.len();
        let mut number = vec![0; generator.cells()];
        for (k, members) in classes.closed.iter().enumerate() {
            members.iter().for_each(|&cell| number[cell] = n + k);
        }
        classes.transient.iter().enumerate().for_each(|(k, &cell)| number[cell] = k);
        let rows: Vec<Row> = classes.transient.iter().map(|&cell| row(generator, cell, &number)).collect();
        let mut sources = vec![Vec::new(); n];
        for (from, row) in rows.iter().enumerate() {
            for &(to, _) in row.iter().filter(|(to, _)| *to < n) {
                sources[to].push(from);
            }
        }
        let source_count = sources.iter().map(Vec::len).collect();
        Self { rows, sources, source_count, gone: vec![false; n] }
    }

    /// Rates that the elimination of a cell may make.
    fn degree(&self, cell: usize) -> usize {
        self.rows[cell].len() * self.source_count[cell]
    }

    /// Takes a cell out: what flows into it goes on to its targets. Returns the probabilities of its next cell.
    fn eliminate(&mut self, cell: usize, changed: &mut impl FnMut(usize, usize)) -> Row {
        let n = self.rows.len();
        let mut row = std::mem::take(&mut self.rows[cell]);
        let out = row.iter().fold(Wide::ZERO, |sum, (_, rate)| sum + *rate);
        // A transient cell leads to a class, and elimination keeps that: `out` is not 0.
        row.iter_mut().for_each(|(_, rate)| *rate = *rate / out);
        self.gone[cell] = true;
        for &(to, _) in row.iter().filter(|(to, _)| *to < n) {
            self.source_count[to] -= 1;
        }
        let sources = std::mem::take(&mut self.sources[cell]);
        let sources: Vec<usize> = sources.into_iter().filter(|&from| !self.gone[from]).collect();
        for &from in &sources {
            let before = std::mem::take(&mut self.rows[from]);
            let (after, new) = passed_on(before, cell, from, &row);
            self.rows[from] = after;
            for to in new.into_iter().filter(|&to| to < n) {
                self.sources[to].push(from);
                self.source_count[to] += 1;
            }
        }
        let targets = row.iter().map(|&(to, _)| to).filter(|&to| to < n);
        targets.chain(sources.iter().copied()).for_each(|cell| changed(cell, self.degree(cell)));
        row
    }
}

/// Rates of one transient cell, those to a class added up.
fn row(generator: &Generator, cell: usize, number: &[usize]) -> Row {
    let Some(rates) = generator.rates().outer_view(cell) else { return Row::new() };
    let mut row: Row = rates.iter().filter(|(_, r)| **r > 0.0).map(|(to, &r)| (number[to], Wide::from(r))).collect();
    row.sort_by_key(|&(to, _)| to);
    row.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1 + next.1;
        }
        same
    });
    row
}

/// The rates `before` of `from` with its rate to `cell` passed on as `probabilities` say, and which targets are new.
/// What comes back to `from` itself is no jump.
fn passed_on(before: Row, cell: usize, from: usize, probabilities: &Row) -> (Row, Vec<usize>) {
    let rate = before.binary_search_by_key(&cell, |&(to, _)| to).map_or(Wide::ZERO, |k| before[k].1);
    let mut old = before.into_iter().filter(|&(to, _)| to != cell).peekable();
    let (mut after, mut new) = (Row::new(), Vec::new());
    for &(to, probability) in probabilities.iter().filter(|&&(to, _)| to != from) {
        while let Some(kept) = old.next_if(|kept| kept.0 < to) {
            after.push(kept);
        }
        let passed = rate * probability;
        if let Some((_, kept)) = old.next_if(|kept| kept.0 == to) {
            after.push((to, kept + passed));
        } else {
            after.push((to, passed));
            new.push(to);
        }
    }
    after.extend(old);
    (after, new)
}
