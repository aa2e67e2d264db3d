//! The points of a sweep by number: the product of its axes, the last fastest, then those that were inserted.

use crate::scenario::{Axis, Scale, Sweep, between};

#[derive(Debug)]
pub(super) struct Points<'a> {
    axes: &'a [Axis],
    grid: usize,
    /// Values of the only axis.
    inserted: Vec<f64>,
}

impl<'a> Points<'a> {
    pub(super) fn of(sweep: &'a Sweep) -> Self {
        Self { axes: &sweep.axes, grid: sweep.points(), inserted: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.grid + self.inserted.len()
    }

    pub(super) fn insert(&mut self, value: f64) {
        self.inserted.push(value);
    }

    pub(super) fn inserted(&self) -> usize {
        self.inserted.len()
    }

    /// What varies at a point.
    pub(super) fn at(&self, point: usize) -> Vec<(&'a str, f64)> {
        if let (Some(value), Some(axis)) =
            (point.checked_sub(self.grid).and_then(|i| self.inserted.get(i)), self.axes.first())
        {
            return vec![(&axis.key, *value)];
        }
        let mut rest = point;
        let mut at: Vec<(&str, f64)> = Vec::with_capacity(self.axes.len());
        for axis in self.axes.iter().rev() {
            at.extend(axis.values.get(rest % axis.values.len()).map(|value| (axis.key.as_str(), *value)));
            rest /= axis.values.len();
        }
        at.reverse();
        at
    }

    /// Half way between two values of the only axis.
    pub(super) fn middle(&self, a: f64, b: f64) -> f64 {
        between(a, b, 0.5, self.axes.first().map_or(Scale::Linear, |axis| axis.scale))
    }

    /// The values of the axes as they are reported, and the number of the point at every place of their product.
    pub(super) fn ordered(&self) -> (Vec<Vec<f64>>, Vec<usize>) {
        if self.inserted.is_empty() {
            return (self.axes.iter().map(|axis| axis.values.clone()).collect(), (0..self.grid).collect());
        }
        let value = |point: usize| self.at(point).first().map_or(f64::NAN, |(_, value)| *value);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&i, &j| value(i).total_cmp(&value(j)));
        let falling = self.axes.first().is_some_and(|axis| axis.values.first() > axis.values.last());
        if falling {
            order.reverse();
        }
        (vec![order.iter().map(|&i| value(i)).collect()], order)
    }
}
