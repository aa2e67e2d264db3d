//! Which part of a curve to look at: windows that hold nearly all of the mass, and heights that keep a
//! density readable where it has no bound.

use crate::record::Curve;

/// Mass left outside a linear window, at its lower and upper end.
const LINEAR_OUTSIDE: [f64; 2] = [0.002, 0.008];
/// Mass left outside a logarithmic window.
const LOG_OUTSIDE: [f64; 2] = [1e-4, 1e-5];
/// Decades a logarithmic window may span.
const DECADES: f64 = 14.0;
/// A density that exceeds the bulk of its picture by this factor is cut off.
const SPIKE: f64 = 4.0;
/// Columns in which the bulk is judged.
const COLUMNS: usize = 400;

/// Points that a curve gets at most before the part in the window is chosen.
const FINE_NODES: usize = 16_000;

/// The nodes of a curve that can be drawn: finite v and ln p, in the order of v.
pub(super) struct View {
    nodes: Vec<Node>,
}

/// One drawable node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) v: f64,
    pub(super) log_density: f64,
    /// ln p of the closed formula, where there is one.
    pub(super) formula: Option<f64>,
    cdf: f64,
    sf: f64,
}

/// How high a linear picture of the density is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Height {
    /// p at the top.
    pub(super) top: f64,
    /// Whether the density goes beyond it.
    pub(super) clipped: bool,
}

impl View {
    pub(super) fn new(curve: &Curve, support: [Option<f64>; 2]) -> Self {
        let at = |xs: &[f64], i: usize| xs.get(i).copied().unwrap_or(f64::NAN);
        let nodes: Vec<(f64, Node)> = (0..curve.v.len())
            .map(|i| {
                let node = Node {
                    v: curve.v[i],
                    log_density: at(&curve.log_density, i),
                    formula: curve.formula_log_density.get(i).copied().filter(|f| f.is_finite()),
                    cdf: at(&curve.cdf, i),
                    sf: at(&curve.sf, i),
                };
                (at(&curve.z, i), node)
            })
            .filter(|(_, node)| node.v.is_finite() && node.log_density.is_finite())
            .collect();
        Self { nodes: smooth(&nodes, support) }
    }

    /// Whether there is too little to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.len() < 2
    }

    /// The nodes within [lo, hi] and one more on each side, so that a line reaches the edges.
    pub(super) fn nodes(&self, lo: f64, hi: f64) -> &[Node] {
        let first = self.nodes.partition_point(|n| n.v < lo).saturating_sub(1);
        let last = (self.nodes.partition_point(|n| n.v <= hi) + 1).min(self.nodes.len());
        &self.nodes[first.min(last)..last]
    }

    /// ln p(v), linear in v between nodes: good to the width of a line.
    pub(super) fn log_density_at(&self, v: f64) -> Option<f64> {
        let i = self.nodes.partition_point(|n| n.v < v);
        let (left, right) = (self.nodes.get(i.wrapping_sub(1)), self.nodes.get(i));
        match (left, right) {
            (Some(l), Some(r)) => {
                let share = (v - l.v) / (r.v - l.v);
                Some(l.log_density + share * (r.log_density - l.log_density))
            }
            (None, Some(r)) if r.v == v => Some(r.log_density),
            _ => None,
        }
    }

    /// ln p at v, or at the end of the curve where v lies beyond it: for marks, which must not leave the curve.
    pub(super) fn log_density_near(&self, v: f64) -> Option<f64> {
        let (first, last) = (self.nodes.first()?, self.nodes.last()?);
        self.log_density_at(v.clamp(first.v, last.v.max(first.v)))
    }

    /// The node with mass `mass` below it, or nearest to that.
    fn lower_quantile(&self, mass: f64) -> f64 {
        let i = self.nodes.partition_point(|n| n.cdf < mass);
        self.nodes.get(i.saturating_sub(1)).or(self.nodes.last()).map_or(0.0, |n| n.v)
    }

    /// The node with mass `mass` above it, or nearest to that.
    fn upper_quantile(&self, mass: f64) -> f64 {
        let i = self.nodes.partition_point(|n| n.sf > mass);
        self.nodes.get(i).or(self.nodes.last()).map_or(0.0, |n| n.v)
    }

    /// [lo, hi] in v for linear axes; a finite end of the support is included when it is near.
    pub(super) fn linear_window(&self, support: [Option<f64>; 2]) -> [f64; 2] {
        // The long tail is cut harder than the short one.
        let skewed = self.skewed_down();
        let [near, far] = LINEAR_OUTSIDE;
        let (below, above) = if skewed { (far, near) } else { (near, far) };
        let (mut lo, mut hi) = (self.lower_quantile(below), self.upper_quantile(above));
        let width = (hi - lo).max(hi.abs().max(lo.abs()) * 1e-12).max(f64::MIN_POSITIVE);
        let near_end = |end: f64, edge: f64| (end - edge).abs() < 0.3 * width;
        lo = match support[0] {
            Some(end) if near_end(end, lo) => end,
            _ => lo - 0.05 * width,
        };
        hi = match support[1] {
            Some(end) if near_end(end, hi) => end,
            _ => hi + 0.05 * width,
        };
        [lo, hi]
    }

    /// Whether the longer tail is the lower one.
    fn skewed_down(&self) -> bool {
        let median = self.lower_quantile(0.5);
        median - self.lower_quantile(0.01) > self.upper_quantile(0.01) - median
    }

    /// The height of a linear picture of [lo, hi]; `peaks` are local maxima that should be seen.
    pub(super) fn height(&self, [lo, hi]: [f64; 2], peaks: &[f64]) -> Height {
        let step = (hi - lo) / COLUMNS as f64;
        let columns = (0..COLUMNS).filter_map(|i| self.log_density_at(lo + (i as f64 + 0.5) * step));
        let mut bulk: Vec<f64> = columns.map(f64::exp).filter(|p| p.is_finite()).collect();
        bulk.sort_by(f64::total_cmp);
        let Some(&high) = bulk.get(bulk.len() * 95 / 100).or(bulk.last()) else {
            return Height { top: 1.0, clipped: false };
        };
        let inside = self.nodes(lo, hi).iter().filter(|n| (lo..=hi).contains(&n.v));
        let peak = inside.map(|n| n.log_density.exp()).fold(high, f64::max);
        if peak <= SPIKE * high {
            return Height { top: above_zero(1.08 * peak), clipped: false };
        }
        let seen = peaks.iter().filter(|v| (lo..=hi).contains(*v)).filter_map(|&v| self.log_density_at(v));
        let seen = seen.map(f64::exp).filter(|&p| p <= SPIKE * high).fold(high, f64::max);
        Height { top: above_zero(1.25 * seen), clipped: true }
    }

    /// [lo, hi] in ln of the distance from `origin` (the side is the sign), for logarithmic axes.
    pub(super) fn log_window(&self, origin: f64, side: f64) -> Option<[f64; 2]> {
        let (below, above) =
            if side > 0.0 { (LOG_OUTSIDE[0], LOG_OUTSIDE[1]) } else { (LOG_OUTSIDE[1], LOG_OUTSIDE[0]) };
        let ends = [self.lower_quantile(below), self.upper_quantile(above)].map(|v| side * (v - origin));
        let far = ends[0].max(ends[1]).ln();
        let near = ends[0].min(ends[1]).max(f64::MIN_POSITIVE).ln();
        let near = near.max(far - DECADES * std::f64::consts::LN_10);
        (near.is_finite() && far.is_finite() && near < far).then(|| {
            let pad = 0.02 * (far - near);
            [near - pad, far + pad]
        })
    }

    /// [lo, hi] in v for a logarithmic density over the whole line: wide enough to see the tails.
    pub(super) fn tail_window(&self) -> [f64; 2] {
        let (lo, hi) = (self.lower_quantile(0.01), self.upper_quantile(0.01));
        let reach = 2.0 * (hi - lo).max(hi.abs().max(lo.abs()) * 1e-12).max(f64::MIN_POSITIVE);
        [self.lower_quantile(1e-6).max(lo - reach), self.upper_quantile(1e-6).min(hi + reach)]
    }
}

/// The nodes with more between them, so that the line through them shows no corners.
///
/// ln p, and ln of the distance to an end of the support (v itself on the whole line), are cubics in z between
/// nodes, with slopes from the neighbours. At the nodes nothing changes.
fn smooth(nodes: &[(f64, Node)], support: [Option<f64>; 2]) -> Vec<Node> {
    let between = (FINE_NODES / nodes.len().max(1)).clamp(1, 16);
    let (origin, side) = match support {
        [Some(lo), _] => (lo, 1.0),
        [None, Some(hi)] => (hi, -1.0),
        [None, None] => return refine(nodes, between, |v| v, |u| u),
    };
    refine(nodes, between, |v| (side * (v - origin)).ln(), |u| origin + side * u.exp())
}

fn refine(nodes: &[(f64, Node)], between: usize, to: impl Fn(f64) -> f64, from: impl Fn(f64) -> f64) -> Vec<Node> {
    let mut fine = Vec::with_capacity(nodes.len() * between);
    let cubic = |i: usize, share: f64, f: &dyn Fn(&Node) -> f64| {
        let clamped = |j: usize| nodes[j.min(nodes.len() - 1)];
        let four = [clamped(i.saturating_sub(1)), clamped(i), clamped(i + 1), clamped(i + 2)];
        hermite(four.map(|(z, node)| (z, f(&node))), share)
    };
    for (i, (z, node)) in nodes.iter().enumerate() {
        fine.push(*node);
        let Some((next_z, next)) = nodes.get(i + 1) else { break };
        if next_z == z {
            continue;
        }
        for k in 1..between {
            let share = k as f64 / between as f64;
            let linear = |a: f64, b: f64| a + share * (b - a);
            let made = Node {
                v: from(cubic(i, share, &|n| to(n.v))),
                log_density: cubic(i, share, &|n| n.log_density),
                formula: node.formula.map(|_| cubic(i, share, &|n| n.formula.unwrap_or(f64::NAN))),
                cdf: linear(node.cdf, next.cdf),
                sf: linear(node.sf, next.sf),
            };
            let inside = made.v > node.v && made.v < next.v && made.log_density.is_finite();
            if inside && fine.last().is_none_or(|n| n.v < made.v) {
                fine.push(Node { formula: made.formula.filter(|f| f.is_finite()), ..made });
            }
        }
    }
    fine
}

/// The cubic through the middle two of four points, with slopes from its neighbours; `share` of the way.
fn hermite([a, b, c, d]: [(f64, f64); 4], share: f64) -> f64 {
    let width = c.0 - b.0;
    let slope = |p: (f64, f64), q: (f64, f64)| if q.0 == p.0 { (c.1 - b.1) / width } else { (q.1 - p.1) / (q.0 - p.0) };
    let (t, m, n) = (share, width * slope(a, c), width * slope(b, d));
    let (t2, t3) = (t * t, t * t * t);
    (2.0 * t3 - 3.0 * t2 + 1.0) * b.1 + (t3 - 2.0 * t2 + t) * m + (3.0 * t2 - 2.0 * t3) * c.1 + (t3 - t2) * n
}

fn above_zero(top: f64) -> f64 {
    if top.is_finite() && top > 0.0 { top } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p = a v^(a-1) on (0, 1): cdf v^a.
    fn power(a: f64) -> View {
        let v: Vec<f64> = (0..=600).map(|i| (0.1 * f64::from(i - 600)).exp()).collect();
        let curve = Curve {
            z: v.iter().map(|v| v.ln()).collect(),
            log_density: v.iter().map(|v| a.ln() + (a - 1.0) * v.ln()).collect(),
            log_density_error: vec![0.0; v.len()],
            cdf: v.iter().map(|v| v.powf(a)).collect(),
            sf: v.iter().map(|v| 1.0 - v.powf(a)).collect(),
            v,
            ..Curve::default()
        };
        View::new(&curve, [Some(0.0), Some(1.0)])
    }

    #[test]
    fn a_density_without_bound_is_cut_and_a_bounded_one_is_not() {
        let support = [Some(0.0), Some(1.0)];
        let spiky = power(0.2);
        let window = spiky.linear_window(support);
        assert_eq!(window, [0.0, 1.0]);
        let height = spiky.height(window, &[]);
        assert!(height.clipped && height.top < 10.0, "{height:?}");
        let flat = power(1.5);
        assert!(!flat.height(flat.linear_window(support), &[]).clipped);
    }

    #[test]
    fn logarithmic_windows_hold_the_mass_but_not_endless_decades() {
        let [lo, hi] = power(1.0).log_window(0.0, 1.0).unwrap();
        assert!(lo < 1e-4f64.ln() && lo > 1e-5f64.ln() && hi > 0.0, "{lo} {hi}");
        let [lo, hi] = power(0.05).log_window(0.0, 1.0).unwrap();
        assert!((hi - lo) / std::f64::consts::LN_10 < 1.1 * DECADES);
    }

    #[test]
    fn points_put_between_nodes_lie_on_the_curve() {
        let (a, view) = (1.5f64, power(1.5));
        assert!(view.nodes.len() > 2000 && view.nodes.windows(2).all(|w| w[0].v < w[1].v));
        for node in &view.nodes {
            let exact = a.ln() + (a - 1.0) * node.v.ln();
            assert!((node.log_density - exact).abs() < 1e-9, "{node:?}");
        }
    }

    #[test]
    fn nothing_to_draw_is_said_and_not_drawn() {
        assert!(View::new(&Curve::default(), [None; 2]).is_empty());
        assert_eq!(
            View::new(&Curve::default(), [None; 2]).height([0.0, 1.0], &[]),
            Height { top: 1.0, clipped: false }
        );
    }
}
