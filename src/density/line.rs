//! The density on a line: masses of the grid, refined between the nodes and continued beyond them.

use super::cell::Cell;
use super::tail::Tail;
use super::{DensityError, ROUNDING};
use crate::grid::{End, Grid, Panel};
use crate::numeric::{Blur, log_add};
use crate::process::{Coordinate, Process};
use crate::stationary::StationaryVector;

/// A normalised density in the chart of a one-dimensional process.
#[derive(Debug)]
pub struct Line<'a> {
    pub(super) process: &'a dyn Process<1>,
    pub(super) coordinate: Coordinate,
    pub(super) ends: [End; 2],
    pub(super) cells: Vec<Cell>,
    /// ln of the mass below the lower end of every cell, and below the upper end of the last.
    pub(super) log_below: Vec<f64>,
    /// ln of the mass above the same points.
    pub(super) log_above: Vec<f64>,
    /// Mean rounding error of the log density under the law: the relative error of its integrals.
    pub(super) mean_rounding: Blur,
}

impl<'a> Line<'a> {
    /// The density that has the masses of `vector` at the nodes of `grid` and the force of `process` between.
    ///
    /// # Errors
    /// [`DensityError::Shape`] for a vector of another grid, [`DensityError::OpenTail`] where a tail has no finite
    /// mass, [`DensityError::Grid`] where the force is not a number.
    pub fn new(
        process: &'a dyn Process<1>,
        grid: &Grid<1>,
        ends: [End; 2],
        vector: &StationaryVector,
    ) -> Result<Self, DensityError> {
        let axis = grid.axis(0);
        let nodes = axis.nodes();
        if vector.log_mass.len() != nodes.len() {
            return Err(DensityError::Shape { masses: vector.log_mass.len(), nodes: nodes.len() });
        }
        let at_node: Vec<f64> = (0..nodes.len()).map(|i| vector.log_mass[i] - axis.length(i).ln()).collect();
        let mut cells = Vec::with_capacity(nodes.len() - 1);
        for k in 0..nodes.len() - 1 {
            let mut cell =
                Cell::from_low(Panel::sample(process, nodes[k], nodes[k + 1])?, at_node[k]).inheriting(process);
            cell.log_high = at_node[k + 1];
            cells.push(cell);
        }
        spread_rounding(&mut cells);
        let coordinate = *process.chart().axis(0);
        let mut line = Self {
            process,
            coordinate,
            ends,
            cells,
            log_below: Vec::new(),
            log_above: Vec::new(),
            mean_rounding: Blur::default(),
        };
        line.normalise()?;
        Ok(line)
    }

    fn normalise(&mut self) -> Result<(), DensityError> {
        let masses: Vec<f64> = self.cells.iter().map(Cell::log_mass).collect();
        let tails = [self.tail(0).integral(0.0)?, self.tail(1).integral(0.0)?];
        let mut below = vec![tails[0].log];
        for m in &masses {
            below.push(log_add(below[below.len() - 1], *m));
        }
        let mut above = vec![tails[1].log];
        for m in masses.iter().rev() {
            above.push(log_add(above[above.len() - 1], *m));
        }
        above.reverse();
        let total = log_add(below[below.len() - 1], tails[1].log);
        for value in below.iter_mut().chain(above.iter_mut()) {
            *value -= total;
        }
        for cell in &mut self.cells {
            cell.log_low -= total;
            cell.log_high -= total;
            for value in &mut cell.log_density {
                *value -= total;
            }
        }
        self.mean_rounding = Blur::arithmetic(8.0 * f64::EPSILON);
        for tail in &tails {
            self.mean_rounding += tail.relative_error * (tail.log - total).exp();
        }
        for (mass, cell) in masses.iter().zip(&self.cells) {
            self.mean_rounding += cell.rounding * (mass - total).exp();
        }
        self.log_below = below;
        self.log_above = above;
        Ok(())
    }

    /// The tail below (0) or above (1) the box.
    pub(super) fn tail(&self, which: usize) -> Tail<'_> {
        let cell = if which == 0 { &self.cells[0] } else { &self.cells[self.cells.len() - 1] };
        let (from, log_density) =
            if which == 0 { (cell.panel.low, cell.log_low) } else { (cell.panel.high, cell.log_high) };
        Tail {
            process: self.process,
            coordinate: &self.coordinate,
            end: self.ends[which],
            from,
            log_density,
            rounding: cell.rounding,
        }
    }

    /// The box in chart coordinates.
    pub fn chart_box(&self) -> [f64; 2] {
        [self.cells[0].panel.low, self.cells[self.cells.len() - 1].panel.high]
    }

    /// ln of the mass beyond the lower and the upper end of the box.
    pub fn log_mass_beyond(&self) -> [f64; 2] {
        [self.log_below[0], self.log_above[self.log_above.len() - 1]]
    }

    /// The chart.
    pub fn coordinate(&self) -> &Coordinate {
        &self.coordinate
    }

    /// Difference in log density to a coarser grid at that grid's nodes, and the rounding of the arithmetic there.
    pub fn node_differences(&self, coarse: &Line<'_>) -> Vec<(f64, f64)> {
        coarse
            .cells
            .iter()
            .map(|theirs| {
                let ours = &self.cells[self.cell_of(theirs.panel.low)];
                let value = ours.log_density_at(theirs.panel.low);
                ((value - theirs.log_low).abs(), (ours.rounding + self.mean_rounding).arithmetic)
            })
            .collect()
    }

    /// Chart coordinates that show the density well: the nodes and `parts - 1` points between each pair.
    pub fn outline(&self, parts: usize) -> Vec<f64> {
        let mut outline = Vec::with_capacity(parts * self.cells.len() + 1);
        for cell in &self.cells {
            outline.extend((0..parts).map(|i| cell.panel.low + cell.panel.width() * i as f64 / parts as f64));
        }
        outline.push(self.chart_box()[1]);
        outline
    }

    /// Index of the cell that contains z, which lies inside the box.
    pub(super) fn cell_of(&self, z: f64) -> usize {
        self.cells.partition_point(|c| c.panel.high < z).min(self.cells.len() - 1)
    }

    /// The node where the density in the chart is highest.
    pub(super) fn highest(&self) -> f64 {
        let top = self.cells.iter().max_by(|a, b| a.log_low.total_cmp(&b.log_low));
        top.map_or(0.0, |cell| cell.panel.low)
    }

    /// Which tail z lies in, if it lies outside the box.
    pub(super) fn side_of(&self, z: f64) -> Option<usize> {
        let [low, high] = self.chart_box();
        if z < low {
            Some(0)
        } else if z > high {
            Some(1)
        } else {
            None
        }
    }

    /// Log density in the chart at z, and its rounding error (that of the normalisation included).
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn chart_log_density(&self, z: f64) -> Result<(f64, Blur), DensityError> {
        let (value, rounding) = match self.side_of(z) {
            Some(which) => self.tail(which).log_density_at(z)?,
            None => {
                let cell = &self.cells[self.cell_of(z)];
                (cell.log_density_at(z), cell.rounding)
            }
        };
        Ok((value, rounding + self.mean_rounding + Blur::arithmetic(2.0 * f64::EPSILON * value.abs())))
    }

    /// How uncertain z is at a given v: v itself is a rounded decimal, and so is z.
    fn blur_at(&self, v: f64, z: f64) -> f64 {
        f64::EPSILON * (v.abs() * (-self.coordinate.log_jacobian(z)).exp() + z.abs())
    }

    /// ln p(v) and its rounding error, or `None` outside the support.
    ///
    /// # Errors
    /// [`DensityError::Grid`].
    pub fn log_density(&self, v: f64) -> Result<Option<(f64, Blur)>, DensityError> {
        let Some(z) = self.coordinate.to_chart(v) else { return Ok(None) };
        let (value, rounding) = self.chart_log_density(z)?;
        let force = self.process.force(&[z]).value[0];
        let coordinate = if force.is_finite() { (force.abs() + 1.0) * self.blur_at(v, z) } else { 0.0 };
        Ok(Some((value - self.coordinate.log_jacobian(z), rounding + Blur::input(coordinate))))
    }

    /// ln of the mass below and above a chart coordinate, and their relative rounding errors.
    ///
    /// # Errors
    /// [`DensityError::Grid`], [`DensityError::OpenTail`].
    pub fn log_masses_at(&self, z: f64) -> Result<[(f64, Blur); 2], DensityError> {
        if let Some(which) = self.side_of(z) {
            let (log_density, rounding) = self.tail(which).log_density_at(z)?;
            let beyond = Tail { from: z, log_density, rounding, ..self.tail(which) }.integral(0.0)?;
            let error = beyond.relative_error + self.mean_rounding;
            let near = (beyond.log, error);
            let rest = (-beyond.log.exp()).ln_1p();
            // Where almost all mass lies beyond, the rest is what the box and the other tail hold, plus the gap.
            let far = if beyond.log < -0.7 { (rest, error * (beyond.log - rest).exp()) } else { self.rest(which, z)? };
            return Ok(if which == 0 { [near, far] } else { [far, near] });
        }
        let k = self.cell_of(z);
        let error = self.cells[k].rounding + self.mean_rounding;
        Ok([(self.log_mass_in_box(0, k, z)?, error), (self.log_mass_in_box(1, k, z)?, error)])
    }

    /// ln of the mass below (0) or above (1) a point z of cell `k`.
    pub(super) fn log_mass_in_box(&self, which: usize, k: usize, z: f64) -> Result<f64, DensityError> {
        let cell = &self.cells[k];
        let (node, outside) =
            if which == 0 { (cell.panel.low, self.log_below[k]) } else { (cell.panel.high, self.log_above[k + 1]) };
        if z == node {
            return Ok(outside);
        }
        let part = if which == 0 { cell.part_below(self.process, z)? } else { cell.part_above(self.process, z)? };
        Ok(log_add(outside, part.log_mass()))
    }

    /// Mass on the near side of a point z that lies in tail `which`: box, other tail and the gap between.
    fn rest(&self, which: usize, z: f64) -> Result<(f64, Blur), DensityError> {
        let tail = self.tail(which);
        let (log_density, rounding) = tail.log_density_at(z)?;
        let inside = if which == 0 { self.log_above[0] } else { self.log_below[self.log_below.len() - 1] };
        let edge = tail.integral(0.0)?;
        if let Some((share, error)) = tail.share_before(z) {
            let total = log_add(inside, self.log_mass_beyond()[which] + share);
            return Ok((total, edge.relative_error + error + self.mean_rounding));
        }
        // Gap = tail mass (1 - e^(ln beyond - ln tail)).
        let beyond = Tail { from: z, log_density, rounding, ..tail }.integral(0.0)?;
        let whole = self.log_mass_beyond()[which];
        let gap = whole + (-(beyond.log - whole).exp_m1()).ln();
        let error = edge.relative_error + beyond.relative_error + self.mean_rounding;
        let total = log_add(inside, gap);
        let amplification = 1.0 + (beyond.log - total).exp();
        Ok((total, error * amplification))
    }

    /// ln P(V <= v) and ln P(V > v) with relative rounding errors; exact zeros and ones outside the support.
    ///
    /// # Errors
    /// [`DensityError::Grid`], [`DensityError::OpenTail`].
    pub fn log_cdf_sf(&self, v: f64) -> Result<[(f64, Blur); 2], DensityError> {
        match self.coordinate.to_chart(v) {
            Some(z) => {
                let (log_density, _) = self.chart_log_density(z)?;
                let mut masses = self.log_masses_at(z)?;
                for (log_mass, relative) in &mut masses {
                    // A mass of e^-745 or less is reported as 0, whatever the place.
                    *relative += Blur::input(self.blur_at(v, z) * (log_density - *log_mass).min(700.0).exp());
                }
                let [below, above] = masses;
                Ok(if self.coordinate.increasing() { [below, above] } else { [above, below] })
            }
            None => {
                let nothing = (f64::NEG_INFINITY, Blur::default());
                let all = (0.0, Blur::default());
                Ok(if v <= self.coordinate.support()[0] { [nothing, all] } else { [all, nothing] })
            }
        }
    }
}

/// Rounding grows outward from the highest node, where the sums of the solver start.
fn spread_rounding(cells: &mut [Cell]) {
    let highest = (0..cells.len()).max_by(|&i, &j| cells[i].log_low.total_cmp(&cells[j].log_low)).unwrap_or(0);
    let mut sum = Blur::arithmetic(ROUNDING);
    for cell in &mut cells[highest..] {
        sum += cell.rounding + Blur::arithmetic(ROUNDING);
        cell.rounding = sum;
    }
    let mut sum = Blur::arithmetic(ROUNDING);
    for cell in cells[..highest].iter_mut().rev() {
        sum += cell.rounding + Blur::arithmetic(ROUNDING);
        cell.rounding = sum;
    }
}
