//! The walk over the tree of fronts: assemble, eliminate, keep, pass on.
//!
//! Subtrees with little work are walked by one thread each, on stacks of their own: what a front passes on is
//! pushed on the stack of the parity of its depth, so that popping the children of a front and pushing its own
//! result never meet. The fronts above are done by whichever thread finishes the last of their children.

use super::analysis::{Front, NONE, Tree};
use super::factor::{Factor, Kept, pack};
use super::front::{Pieces, SMALLEST, Scratch, Trouble, eliminate};
use super::rates::Rates;
use super::wide::Wide;
use super::wide_front::WideFront;
use pulp::Arch;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a front passes on to its parent: a column-major square matrix over its boundary.
enum Passed {
    Plain(Vec<f64>),
    Wide(Vec<Wide>),
}

/// Where a front could not be eliminated: (position of the pivot, trouble).
pub(super) type Stop = (usize, Trouble);

/// Multiplications and additions below which a subtree is walked by one thread.
const SUBTREE: f64 = 3e8;

/// Scaled rates below this are not trusted to plain numbers.
const SMALLEST_RATE: f64 = SMALLEST * 1_099_511_627_776.0;

pub(super) fn factorise(rates: &Rates<'_>, tree: &Tree) -> Result<Factor, Stop> {
    let job = Job::new(rates, tree);
    let stops: Vec<Stop> = job.roots.par_iter().with_max_len(1).filter_map(|&root| job.climb(root).err()).collect();
    if let Some(&stop) = stops.iter().min_by_key(|stop| stop.0) {
        return Err(stop);
    }
    let count = tree.fronts.len();
    let mut kept: Vec<Kept> = (0..count).map(|_| Kept::Wide(Vec::new())).collect();
    let mut stores = Vec::new();
    for result in job.results.into_inner().unwrap_or_default() {
        let store = stores.len() as u32;
        for (front, columns) in result.kept {
            kept[front] = match columns {
                Kept::Plain { start, .. } => Kept::Plain { store, start },
                wide => wide,
            };
        }
        stores.push(result.store);
    }
    Ok(Factor { kept, stores })
}

/// The columns kept of some fronts.
#[derive(Default)]
struct Share {
    kept: Vec<(usize, Kept)>,
    store: Vec<f64>,
}

struct Job<'a> {
    rates: &'a Rates<'a>,
    tree: &'a Tree,
    arch: Arch,
    /// Roots of the subtrees that one thread walks.
    roots: Vec<usize>,
    /// Children of the fronts above that are not done yet.
    waiting: Vec<AtomicU32>,
    passed: Vec<Mutex<Option<Passed>>>,
    results: Mutex<Vec<Share>>,
    scratch: Mutex<Vec<Scratch>>,
}

impl<'a> Job<'a> {
    fn new(rates: &'a Rates<'a>, tree: &'a Tree) -> Self {
        let fronts = &tree.fronts;
        let small = |front: u32| fronts[front as usize].work < SUBTREE;
        let is_root = |(at, front): (usize, &Front)| {
            let below = small(at as u32) && (front.parent == NONE || !small(front.parent));
            let leaf = !small(at as u32) && tree.children(at).next().is_none();
            (below || leaf).then_some(at)
        };
        let roots = fronts.iter().enumerate().filter_map(is_root).collect();
        let waiting = (0..fronts.len()).map(|f| AtomicU32::new(tree.children(f).count() as u32)).collect();
        let passed = (0..fronts.len()).map(|_| Mutex::new(None)).collect();
        Self {
            rates,
            tree,
            arch: Arch::new(),
            roots,
            waiting,
            passed,
            results: Mutex::new(Vec::new()),
            scratch: Mutex::new(Vec::new()),
        }
    }

    /// Walks a subtree and then the fronts above it as far as nobody else is needed.
    fn climb(&self, root: usize) -> Result<(), Stop> {
        let mut scratch = self.scratch.lock().ok().and_then(|mut pool| pool.pop()).unwrap_or_default();
        let lowest = self.tree.fronts[root].lowest as usize;
        let mut share = Share::default();
        for front in lowest..=root {
            self.front(front, &mut share, &mut scratch)?;
        }
        let mut shares = vec![share];
        let mut at = root;
        loop {
            let parent = self.tree.fronts[at].parent;
            if parent == NONE || self.waiting[parent as usize].fetch_sub(1, Ordering::AcqRel) != 1 {
                break;
            }
            at = parent as usize;
            let mut share = Share::default();
            self.front(at, &mut share, &mut scratch)?;
            shares.push(share);
        }
        if let Ok(mut results) = self.results.lock() {
            results.extend(shares);
        }
        if let Ok(mut pool) = self.scratch.lock() {
            pool.push(scratch);
        }
        Ok(())
    }

    fn front(&self, at: usize, share: &mut Share, scratch: &mut Scratch) -> Result<(), Stop> {
        let front = self.tree.fronts[at];
        let children: Vec<Child> = self.tree.children(at).map(|child| self.child(at, child)).collect();
        let place = |trouble| (front.first as usize, trouble);
        let last = (front.first + front.pivots) as usize == self.rates.cells();
        let done = match self.plain(at, &children, share, scratch, last) {
            Err(Trouble::Range) => self.wide(at, &children, share, last),
            other => other,
        };
        match done {
            Ok(passed) => {
                if let Ok(mut slot) = self.passed[at].lock() {
                    *slot = Some(passed);
                }
                Ok(())
            }
            Err(Trouble::Closed(k)) => Err((front.first as usize + k, Trouble::Closed(k))),
            Err(trouble) => Err(place(trouble)),
        }
    }

    fn child(&self, parent: usize, child: usize) -> Child {
        let passed = self.passed[child].lock().ok().and_then(|mut slot| slot.take());
        Child { places: self.places(parent, child), passed: passed.unwrap_or(Passed::Plain(Vec::new())) }
    }

    /// Where the boundary of a child lies in its parent, pivots first.
    fn places(&self, parent: usize, child: usize) -> Vec<usize> {
        let front = self.tree.fronts[parent];
        let bounds = self.tree.boundary(parent);
        let (first, p) = (front.first, front.pivots);
        let mut next = 0;
        let place = |&position: &u32| {
            if position < first + p {
                return (position - first) as usize;
            }
            while bounds[next] != position {
                next += 1;
            }
            p as usize + next
        };
        self.tree.boundary(child).iter().map(place).collect()
    }

    /// Calls `add(row, column, from, rate)` for every rate of the generator between pivots and pivots or boundary.
    fn originals(&self, at: usize, mut add: impl FnMut(usize, usize, usize, f64)) {
        let front = self.tree.fronts[at];
        let bounds = self.tree.boundary(at);
        let (first, p) = (front.first, front.pivots);
        for k in 0..p as usize {
            let cell = self.tree.order[first as usize + k] as usize;
            for (&other, &rate) in self.rates.neighbours(cell).iter().zip(self.rates.row(cell)) {
                let position = self.tree.place[other];
                if position < first {
                    continue;
                }
                if position < first + p {
                    add(k, (position - first) as usize, cell, rate);
                } else if let Ok(place) = bounds.binary_search(&position) {
                    add(k, p as usize + place, cell, rate);
                    add(p as usize + place, k, other, self.rates.rate(other, cell));
                }
            }
        }
    }

    fn plain(
        &self,
        at: usize,
        children: &[Child],
        share: &mut Share,
        scratch: &mut Scratch,
        last: bool,
    ) -> Result<Passed, Trouble> {
        let front = self.tree.fronts[at];
        let (p, b) = (front.pivots as usize, front.bounds());
        let m = p + b;
        let start = share.store.len();
        share.store.resize(start + m * p, 0.0);
        let (mut upper, mut schur) = (vec![0.0; p * b], vec![0.0; b * b]);
        let mut pieces =
            Pieces { pivots: p, bounds: b, panel: &mut share.store[start..], upper: &mut upper, schur: &mut schur };
        let result =
            self.assemble(at, children, &mut pieces).and_then(|()| eliminate(self.arch, &mut pieces, scratch, last));
        if let Err(trouble) = result {
            share.store.truncate(start);
            return Err(trouble);
        }
        let entries = pack(&mut share.store[start..], &front);
        share.store.truncate(start + entries);
        share.kept.push((at, Kept::Plain { store: 0, start }));
        Ok(Passed::Plain(schur))
    }

    fn assemble(&self, at: usize, children: &[Child], pieces: &mut Pieces<'_>) -> Result<(), Trouble> {
        let (p, b) = (pieces.pivots, pieces.bounds);
        let m = p + b;
        let mut sound = true;
        self.originals(at, |row, column, from, rate| {
            if rate > 0.0 {
                let rate = self.rates.scaled(from, rate);
                sound &= rate >= SMALLEST_RATE;
                if column < p {
                    pieces.panel[row + column * m] += rate;
                } else {
                    pieces.upper[row + (column - p) * p] += rate;
                }
            }
        });
        if !sound {
            return Err(Trouble::Range);
        }
        for child in children {
            let Passed::Plain(rates) = &child.passed else { return Err(Trouble::Range) };
            let size = child.places.len();
            for (&to, column) in child.places.iter().zip(rates.chunks_exact(size.max(1))) {
                for (&row, &rate) in child.places.iter().zip(column) {
                    if to < p {
                        pieces.panel[row + to * m] += rate;
                    } else if row < p {
                        pieces.upper[row + (to - p) * p] += rate;
                    } else {
                        pieces.schur[row - p + (to - p) * b] += rate;
                    }
                }
            }
        }
        Ok(())
    }

    fn wide(&self, at: usize, children: &[Child], share: &mut Share, last: bool) -> Result<Passed, Trouble> {
        let front = self.tree.fronts[at];
        let p = front.pivots as usize;
        let mut wide = WideFront::new(p + front.bounds());
        let m = wide.order;
        self.originals(at, |row, column, from, rate| wide.add(row, column, self.rates.scaled_wide(from, rate)));
        for child in children {
            let size = child.places.len();
            for (c, &column) in child.places.iter().enumerate() {
                for (r, &row) in child.places.iter().enumerate() {
                    let rate = match &child.passed {
                        Passed::Plain(rates) => Wide::from(rates[r + c * size]),
                        Passed::Wide(rates) => rates[r + c * size],
                    };
                    wide.add(row, column, rate);
                }
            }
        }
        wide.eliminate(p, last)?;
        let columns =
            wide.rates.chunks_exact(m).take(p).enumerate().flat_map(|(k, column)| column[k..].iter().copied());
        share.kept.push((at, Kept::Wide(columns.collect())));
        let passed: Vec<Wide> =
            wide.rates.chunks_exact(m).skip(p).flat_map(|column| column[p..].iter().copied()).collect();
        let fits = |rate: &Wide| rate.is_zero() || rate.plain(0) >= SMALLEST_RATE;
        if passed.iter().enumerate().all(|(at, rate)| at % (m - p + 1) == 0 || fits(rate)) {
            return Ok(Passed::Plain(passed.iter().map(|rate| rate.plain(0)).collect()));
        }
        Ok(Passed::Wide(passed))
    }
}

struct Child {
    places: Vec<usize>,
    passed: Passed,
}
