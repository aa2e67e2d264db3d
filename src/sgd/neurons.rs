//! The layers of the neurons of one feature, and one step of descent on them.

use super::random::{LANES, Lanes};

/// 2 eta, and 1 - 2 eta gamma.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    pub(super) twice: f64,
    pub(super) keep: f64,
}

/// The parameters of a neuron stay together; common depths are known to the compiler.
pub(super) enum Parameters {
    One(Vec<[Lanes; 1]>),
    Two(Vec<[Lanes; 2]>),
    Three(Vec<[Lanes; 3]>),
    Four(Vec<[Lanes; 4]>),
    Five(Vec<[Lanes; 5]>),
    Six(Vec<[Lanes; 6]>),
    Many { layers: usize, values: Vec<Lanes>, prefix: Vec<Lanes> },
}

impl Parameters {
    /// `values` are ordered by neuron, then layer.
    pub(super) fn new(layers: usize, values: Vec<Lanes>) -> Self {
        fn rows<const K: usize>(values: &[Lanes]) -> Vec<[Lanes; K]> {
            values.as_chunks().0.to_vec()
        }
        match layers {
            1 => Self::One(rows(&values)),
            2 => Self::Two(rows(&values)),
            3 => Self::Three(rows(&values)),
            4 => Self::Four(rows(&values)),
            5 => Self::Five(rows(&values)),
            6 => Self::Six(rows(&values)),
            _ => Self::Many { layers, values, prefix: vec![[0.0; LANES]; layers] },
        }
    }

    /// v per lane.
    #[inline(always)]
    pub(super) fn output(&self) -> Lanes {
        match self {
            Self::One(neurons) => output(neurons),
            Self::Two(neurons) => output(neurons),
            Self::Three(neurons) => output(neurons),
            Self::Four(neurons) => output(neurons),
            Self::Five(neurons) => output(neurons),
            Self::Six(neurons) => output(neurons),
            Self::Many { layers, values, .. } => output_many(*layers, values),
        }
    }

    /// One step of every neuron against 2 eta times the derivative of half the loss by v.
    #[inline(always)]
    pub(super) fn descend(&mut self, pull: &Lanes, rate: Rate) {
        match self {
            Self::One(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Two(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Three(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Four(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Five(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Six(neurons) => neurons.iter_mut().for_each(|n| descend(n, pull, rate)),
            Self::Many { layers, values, prefix } => descend_many(*layers, values, prefix, pull, rate),
        }
    }
}

/// v per lane.
#[inline(always)]
pub(super) fn output<const K: usize>(neurons: &[[Lanes; K]]) -> Lanes {
    let mut v = [0.0; LANES];
    for neuron in neurons {
        for lane in 0..LANES {
            let mut product = neuron[0][lane];
            for layer in &neuron[1..] {
                product *= layer[lane];
            }
            v[lane] += product;
        }
    }
    v
}

/// The product of the other layers is multiplied up in the same order for every layer, so that layers of
/// equal magnitude stay exactly equal.
#[inline(always)]
pub(super) fn descend<const K: usize>(neuron: &mut [Lanes; K], pull: &Lanes, rate: Rate) {
    for lane in 0..LANES {
        let mut old = [0.0; K];
        for k in 0..K {
            old[k] = neuron[k][lane];
        }
        for k in 0..K {
            let mut others = 1.0;
            for (l, value) in old.iter().enumerate() {
                if l != k {
                    others *= value;
                }
            }
            neuron[k][lane] = rate.keep * old[k] - pull[lane] * others;
        }
    }
}

#[inline(always)]
pub(super) fn output_many(layers: usize, values: &[Lanes]) -> Lanes {
    let mut v = [0.0; LANES];
    for neuron in values.chunks_exact(layers) {
        let mut product = [1.0; LANES];
        for layer in neuron {
            multiply(&mut product, layer);
        }
        for lane in 0..LANES {
            v[lane] += product[lane];
        }
    }
    v
}

#[inline(always)]
fn multiply(product: &mut Lanes, factor: &Lanes) {
    for lane in 0..LANES {
        product[lane] *= factor[lane];
    }
}

/// Any depth: the products of the other layers from those before and those behind.
#[inline(always)]
pub(super) fn descend_many(layers: usize, values: &mut [Lanes], prefix: &mut [Lanes], pull: &Lanes, rate: Rate) {
    for neuron in values.chunks_exact_mut(layers) {
        let mut before = [1.0; LANES];
        for (row, layer) in prefix.iter_mut().zip(&*neuron) {
            *row = before;
            multiply(&mut before, layer);
        }
        let mut behind = [1.0; LANES];
        for (row, layer) in prefix.iter().zip(neuron).rev() {
            for lane in 0..LANES {
                let old = layer[lane];
                layer[lane] = rate.keep * old - pull[lane] * (row[lane] * behind[lane]);
                behind[lane] *= old;
            }
        }
    }
}
