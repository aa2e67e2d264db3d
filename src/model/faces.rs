//! The faces v_i = 0 that a network never crosses: does the law keep off them?
//!
//! Near a face the other features follow their own law with v_i = 0, and the distance from the face grows or
//! shrinks at a rate that is averaged under that law (theory manual, section 7). For D = 1,
//! d ln|v_i|/dt = -4 c_i (A v - b)_i - 4 T K_ii - 4 gamma + noise. For D >= 2 the distance changes as a power
//! of time: y_i = |v_i/d|^(-(D-1)/(D+1)) has dy_i/dt = 2 (D-1) c_i (A v - b)_i, without the noise; decay, if
//! there is any, wins over it, d ln|v_i|/dt = -2 (D+1) gamma.

use super::Features;
use std::sync::Arc;

/// A rate as a function of the features that remain, in their order.
pub type Rate = Arc<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// What a rate is the rate of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// d ln|v_i|/dt: the distance changes exponentially.
    Exponential,
    /// -dy_i/dt with y_i = |v_i/d|^(-(D-1)/(D+1)): the distance changes as a power of time.
    Algebraic,
}

/// One face.
pub struct Face {
    /// E.g. `v2 = 0`.
    pub name: String,
    /// The network of the other features; absent where there are none: the face is the point 0.
    pub remaining: Option<Features>,
    /// Whose expectation under the law of `remaining` is the growth rate; positive repels \[1 / time\].
    ///
    /// Where that law does not exist (one of *its* faces attracts), the expectation is to be taken under the
    /// law on the smaller face that attracts, with zeros for the features that die there.
    pub rate: Rate,
    /// What grows.
    pub growth: Growth,
}

impl std::fmt::Debug for Face {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Face").field("name", &self.name).field("growth", &self.growth).finish_non_exhaustive()
    }
}

impl Features {
    /// The faces v_i = 0 in the order of the features.
    pub fn faces(&self) -> Vec<Face> {
        (0..self.signs.len()).map(|i| self.face(i)).collect()
    }

    fn face(&self, feature: usize) -> Face {
        let decay_wins = self.depth > 1 && self.weight_decay > 0.0;
        let growth = if self.depth == 1 || decay_wins { Growth::Exponential } else { Growth::Algebraic };
        let model = self.clone();
        let rate = move |others: &[f64]| {
            let mut v = others.to_vec();
            v.insert(feature, 0.0);
            model.rate_at_face(feature, &v)
        };
        let name = format!("v{} = 0", feature + 1);
        Face { name, remaining: self.without(feature), rate: Arc::new(rate), growth }
    }

    /// The growth rate of feature i where `v`\[i\] = 0.
    fn rate_at_face(&self, i: usize, v: &[f64]) -> f64 {
        let depth = f64::from(self.depth);
        if self.depth > 1 && self.weight_decay > 0.0 {
            return -2.0 * (depth + 1.0) * self.weight_decay;
        }
        let pull = -self.signs[i] * self.moments.h(v)[i];
        if self.depth > 1 {
            return 2.0 * (depth - 1.0) * pull;
        }
        4.0 * (pull - self.temperature * self.moments.k(i, i, v) - self.weight_decay)
    }

    /// The network of the other features where v_`feature` = 0.
    fn without(&self, feature: usize) -> Option<Self> {
        let mut signs = self.signs.clone();
        signs.remove(feature);
        let moments = self.moments.without(feature);
        (!signs.is_empty()).then_some(Self { signs, moments, ..self.clone() })
    }
}
