//! Which points are one curve.

/// A curve that is being followed.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    number: usize,
    /// The last points, (y, x) in steps and the stepped coordinate.
    pub trail: Vec<(f64, f64)>,
    pub rising: bool,
}

/// Curves by the rows they go through.
#[derive(Debug)]
pub(super) struct Branches {
    /// Of the last row.
    pub open: Vec<Branch>,
    count: usize,
    /// Of x.
    span: f64,
}

impl Branches {
    pub(super) fn new(span: f64) -> Self {
        Self { open: Vec::new(), count: 0, span }
    }

    /// Gives every zero of the next row, `(at, rising)`, the number of the curve it continues, or a new one.
    pub(super) fn number(&mut self, zeros: impl Iterator<Item = (f64, bool)>, step: f64) -> Vec<usize> {
        let mut left = std::mem::take(&mut self.open);
        let mut numbers = Vec::new();
        for (at, rising) in zeros {
            let distance = |b: &Branch| b.trail.last().map_or(f64::INFINITY, |(_, x)| (x - at).abs());
            let near = (0..left.len())
                .filter(|&i| left[i].rising == rising && distance(&left[i]) < 0.25 * self.span)
                .min_by(|&i, &j| distance(&left[i]).total_cmp(&distance(&left[j])));
            let mut branch = match near {
                Some(i) => left.remove(i),
                None => {
                    self.count += 1;
                    Branch { number: self.count - 1, trail: Vec::new(), rising }
                }
            };
            branch.trail.push((step, at));
            numbers.push(branch.number);
            self.open.push(branch);
        }
        numbers
    }
}
