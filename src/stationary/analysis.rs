//! The tree of fronts: who passes what to whom, and what that will cost.

use super::ordering::Sequence;
use super::rates::Rates;

/// No front.
pub(super) const NONE: u32 = u32::MAX;

/// Multiplications and additions below which a subtree is walked by one thread.
pub(super) const SUBTREE: f64 = 3e8;

/// Cells eliminated together, and the cells that their elimination touches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Front {
    /// Position of the first pivot.
    pub first: u32,
    /// Number of pivots.
    pub pivots: u32,
    /// Where its boundary lies in [`Tree::boundary`].
    boundary: (u64, u32),
    /// The front that takes what is left; [`NONE`] for a root.
    pub parent: u32,
    /// First front of its subtree: the subtree is `lowest..=self`.
    pub lowest: u32,
    /// Distance from the root.
    pub depth: u32,
    /// Multiplications and additions of the subtree.
    pub work: f64,
}

impl Front {
    /// Number of boundary cells.
    pub(super) fn bounds(&self) -> usize {
        self.boundary.1 as usize
    }

    /// Entries of the kept columns, pivot sums included.
    pub(super) fn kept(&self) -> usize {
        let (p, b) = (self.pivots as usize, self.bounds());
        p * (p + 1) / 2 + p * b
    }

    /// Entries of its pivot columns while they are eliminated.
    pub(super) fn panel(&self) -> usize {
        let p = self.pivots as usize;
        p * (p + self.bounds())
    }

    /// Multiplications and additions of its own elimination.
    pub(super) fn flops(&self) -> f64 {
        let (p, b) = (f64::from(self.pivots), self.bounds() as f64);
        2.0 * (p * p * p / 3.0 + p * p * b + p * b * b)
    }
}

/// Fronts in postorder: children come before their parent, subtrees are contiguous.
#[derive(Debug)]
pub(super) struct Tree {
    /// Position -> cell.
    pub order: Vec<u32>,
    /// Cell -> position.
    pub place: Vec<u32>,
    pub fronts: Vec<Front>,
    boundary: Vec<u32>,
    /// First child and next sibling of every front, ascending.
    child: Vec<u32>,
    sibling: Vec<u32>,
}

impl Tree {
    /// Finds boundaries and parents; renumbers to a postorder if the sequence is not one.
    pub(super) fn of(rates: &Rates<'_>, sequence: Sequence) -> Self {
        let tree = Self::connect(rates, sequence);
        match tree.postorder() {
            None => tree,
            Some(sequence) => Self::connect(rates, sequence),
        }
    }

    /// Positions of the boundary of a front, ascending.
    pub(super) fn boundary(&self, front: usize) -> &[u32] {
        let (start, length) = self.fronts[front].boundary;
        &self.boundary[start as usize..][..length as usize]
    }

    pub(super) fn children(&self, front: usize) -> impl Iterator<Item = usize> + '_ {
        let link = |at: u32| (at != NONE).then_some(at as usize);
        std::iter::successors(link(self.child[front]), move |&at| link(self.sibling[at]))
    }

    /// Roots of the subtrees that one thread walks, and the fronts above them, both ascending. A front above without
    /// children is a subtree of its own.
    pub(super) fn subtrees(&self) -> (Vec<usize>, Vec<usize>) {
        let small = |front: u32| self.fronts[front as usize].work < SUBTREE;
        let (mut roots, mut above) = (Vec::new(), Vec::new());
        for (at, front) in self.fronts.iter().enumerate() {
            if small(at as u32) {
                if front.parent == NONE || !small(front.parent) {
                    roots.push(at);
                }
            } else if self.child[at] == NONE {
                roots.push(at);
            } else {
                above.push(at);
            }
        }
        (roots, above)
    }

    fn connect(rates: &Rates<'_>, sequence: Sequence) -> Self {
        let Sequence { order, starts } = sequence;
        let (n, count) = (order.len(), starts.len());
        let mut place = vec![0u32; n];
        for (position, &cell) in order.iter().enumerate() {
            place[cell as usize] = position as u32;
        }
        let mut owner = vec![0u32; n];
        let ends = starts[1..].iter().copied().chain([n as u32]);
        for (front, (start, end)) in starts.iter().copied().zip(ends).enumerate() {
            owner[start as usize..end as usize].fill(front as u32);
        }
        let (child, sibling) = (vec![NONE; count], vec![NONE; count]);
        let mut tree = Self { order, place, fronts: Vec::with_capacity(count), boundary: Vec::new(), child, sibling };
        let mut seen = vec![NONE; n];
        let mut last_child = vec![NONE; count];
        for front in 0..count {
            let start = tree.boundary.len();
            let first = starts[front];
            let end = starts.get(front + 1).map_or(n as u32, |&s| s);
            tree.collect_boundary(rates, front, first..end, &mut seen);
            let bounds = &tree.boundary[start..];
            let parent = bounds.first().map_or(NONE, |&position| owner[position as usize]);
            let boundary = (start as u64, bounds.len() as u32);
            let lowest = tree.children(front).next().map_or(front as u32, |c| tree.fronts[c].lowest);
            let below: f64 = tree.children(front).map(|c| tree.fronts[c].work).sum();
            let mut made = Front { first, pivots: end - first, boundary, parent, lowest, depth: 0, work: below };
            made.work += made.flops();
            tree.fronts.push(made);
            if parent != NONE {
                let link = match last_child[parent as usize] {
                    NONE => &mut tree.child[parent as usize],
                    previous => &mut tree.sibling[previous as usize],
                };
                *link = front as u32;
                last_child[parent as usize] = front as u32;
            }
        }
        for front in (0..count).rev() {
            let parent = tree.fronts[front].parent;
            tree.fronts[front].depth = if parent == NONE { 0 } else { tree.fronts[parent as usize].depth + 1 };
        }
        tree
    }

    /// Appends the later neighbours of the pivots and the boundaries of the children.
    fn collect_boundary(&mut self, rates: &Rates<'_>, front: usize, pivots: std::ops::Range<u32>, seen: &mut [u32]) {
        let start = self.boundary.len();
        let stamp = front as u32;
        for position in pivots.clone() {
            for &other in rates.neighbours(self.order[position as usize] as usize) {
                let later = self.place[other as usize];
                if later >= pivots.end && seen[later as usize] != stamp {
                    seen[later as usize] = stamp;
                    self.boundary.push(later);
                }
            }
        }
        let mut next = self.child[front];
        while next != NONE {
            let (from, length) = self.fronts[next as usize].boundary;
            for at in from as usize..from as usize + length as usize {
                let later = self.boundary[at];
                if later >= pivots.end && seen[later as usize] != stamp {
                    seen[later as usize] = stamp;
                    self.boundary.push(later);
                }
            }
            next = self.sibling[next as usize];
        }
        self.boundary[start..].sort_unstable();
    }

    /// The sequence with subtrees contiguous; nothing if they are.
    fn postorder(&self) -> Option<Sequence> {
        let mut visited = Vec::with_capacity(self.fronts.len());
        let mut stack: Vec<usize> = (0..self.fronts.len()).filter(|&f| self.fronts[f].parent == NONE).collect();
        // Parents before children, last child first, is a postorder read backwards.
        while let Some(front) = stack.pop() {
            visited.push(front);
            stack.extend(self.children(front));
        }
        visited.reverse();
        if visited.iter().enumerate().all(|(at, &front)| at == front) {
            return None;
        }
        let (mut order, mut starts) = (Vec::with_capacity(self.order.len()), Vec::with_capacity(visited.len()));
        for front in visited {
            starts.push(order.len() as u32);
            let Front { first, pivots, .. } = self.fronts[front];
            order.extend_from_slice(&self.order[first as usize..(first + pivots) as usize]);
        }
        Some(Sequence { order, starts })
    }
}
