//! Axes and their tensor product.

/// Nodes along one chart coordinate and the length of chart each of them owns.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    nodes: Vec<f64>,
}

impl Axis {
    /// Strictly ascending nodes, at least two.
    pub fn new(nodes: Vec<f64>) -> Option<Self> {
        let ascending = nodes.windows(2).all(|w| w[0] < w[1]);
        (nodes.len() >= 2 && ascending).then_some(Self { nodes })
    }

    /// The nodes.
    pub fn nodes(&self) -> &[f64] {
        &self.nodes
    }

    /// Half the distance to either neighbour (one-sided at the ends).
    pub fn length(&self, i: usize) -> f64 {
        let low = self.nodes[i.saturating_sub(1)];
        let high = self.nodes[(i + 1).min(self.nodes.len() - 1)];
        0.5 * (high - low)
    }

    /// The axis with a node added in the middle of every interval.
    pub fn refined(&self) -> Self {
        let mut nodes = Vec::with_capacity(2 * self.nodes.len());
        for w in self.nodes.windows(2) {
            nodes.push(w[0]);
            nodes.push(0.5 * (w[0] + w[1]));
        }
        nodes.extend(self.nodes.last());
        // Intervals of a few roundings have no middle.
        nodes.dedup();
        Self { nodes }
    }
}

/// The tensor product of N axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid<const N: usize> {
    axes: [Axis; N],
}

impl<const N: usize> Grid<N> {
    /// A grid from its axes.
    pub fn new(axes: [Axis; N]) -> Self {
        Self { axes }
    }

    /// Axis `i`.
    pub fn axis(&self, i: usize) -> &Axis {
        &self.axes[i]
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.nodes().len()).product()
    }
}
