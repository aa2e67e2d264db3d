//! The grids of a solve: coarse to fine, narrow box to wide, each solved on its own.

use super::{Region, StudyError};
use crate::density::Line;
use crate::grid::{Axis, Cut, Grid, Survey, mesh};
use crate::operator::{Generator, assemble};
use crate::process::Process;
use crate::stationary::solve_chain;

/// Depth of the box of the coarse grid and of the finer ones, in log density below the maximum.
const DEPTHS: [f64; 2] = [45.0, 60.0];
/// The coarse grid resolves rises of the log density to this part of the tolerance.
const MARGIN: f64 = 1e-2;
/// Finest and coarsest resolution asked of a panel.
const UNRESOLVED: [f64; 2] = [1e-12, 1e-5];

/// One grid, solved.
#[derive(Debug)]
pub struct Level<'a> {
    /// The density.
    pub line: Line<'a>,
    /// Number of cells.
    pub cells: usize,
    /// Relative defect of the balance of the generator's cells.
    pub residual: f64,
    /// The rates.
    pub generator: Generator,
    /// ln of the stationary probabilities of the cells.
    pub log_mass: Vec<f64>,
}

/// A survey and the grids made from it.
#[derive(Debug)]
pub struct Levels<'a> {
    process: &'a dyn Process<1>,
    survey: Survey,
    orders: Vec<f64>,
    marks: Vec<f64>,
    unresolved: f64,
}

impl<'a> Levels<'a> {
    /// Surveys a region; `orders` are the moments that will be asked for.
    ///
    /// # Errors
    /// [`StudyError::Grid`].
    pub fn survey(region: &'a Region, tolerance: f64, orders: &[f64]) -> Result<Self, StudyError> {
        let process: &dyn Process<1> = &region.piece.process;
        let coordinate = region.piece.coordinate;
        let survey = Survey::of(process)?;
        let falls = |order: f64| {
            survey.ends.iter().all(|end| {
                let steepness = coordinate.log_abs_slope(end.side * crate::process::REACH);
                !end.limit || -end.side * (end.slope + order * steepness) > 0.0
            })
        };
        let mut orders: Vec<f64> = [1.0, 2.0].into_iter().chain(orders.iter().copied()).filter(|&n| falls(n)).collect();
        orders.sort_by(f64::total_cmp);
        orders.dedup();
        let marks = coordinate.to_chart(0.0).into_iter().collect();
        let unresolved = (tolerance * MARGIN).clamp(UNRESOLVED[0], UNRESOLVED[1]);
        Ok(Self { process, survey, orders, marks, unresolved })
    }

    /// Solves grid number `level`: 0 is the coarse one; each further one halves every cell of a wider box.
    ///
    /// # Errors
    /// See [`StudyError`].
    pub fn solve(&self, level: usize) -> Result<Level<'a>, StudyError> {
        let coordinate = *self.process.chart().axis(0);
        let closures: Vec<_> = self.orders.iter().map(|&n| move |z: f64| n * coordinate.log_abs(z)).collect();
        let weights: Vec<&dyn Fn(f64) -> f64> = closures.iter().map(|w| w as &dyn Fn(f64) -> f64).collect();
        let cut = Cut { depth: DEPTHS[level.min(1)], unresolved: self.unresolved };
        let mut axis = mesh(self.process, &self.survey, &weights, &self.marks, cut)?;
        for _ in 0..level {
            axis = axis.refined();
        }
        self.solve_on(axis)
    }

    /// Solves on a given axis.
    ///
    /// # Errors
    /// See [`StudyError`].
    pub fn solve_on(&self, axis: Axis) -> Result<Level<'a>, StudyError> {
        let grid = Grid::new([axis]);
        let generator = assemble(self.process, &grid)?;
        let vector = solve_chain(&generator)?;
        let residual = generator.residual(&vector.log_mass);
        let line = Line::new(self.process, &grid, self.survey.ends, &vector)?;
        Ok(Level { line, cells: grid.cells(), residual, generator, log_mass: vector.log_mass })
    }
}
