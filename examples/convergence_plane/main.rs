//! How fast lattices converge in two and three dimensions, with and without a current.
//!
//! `cargo run --release --example convergence_plane` prints a table and writes `docs/convergence-plane.svg` and
//! `docs/convergence-plane.csv`: states that are known exactly, on doubled lattices, by the fitted rates alone and with the
//! correction for the current.

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../tests/all/processes.rs"]
mod processes;

mod plot;
mod states;

use states::{Error, State};
use std::fmt::Write as _;

/// Solves of the iteration that finds the correction.
const CORRECTIONS: usize = 12;

/// Errors of one state on its lattices.
pub struct Run {
    pub title: &'static str,
    /// What the errors are of.
    pub quantities: [&'static str; 2],
    /// Cells per axis; errors of both quantities by the fitted rates, and corrected.
    pub rows: Vec<(usize, [Error; 2])>,
}

fn main() -> std::io::Result<()> {
    let runs: Vec<Run> = states::ALL.iter().map(run).collect();
    let mut csv = String::from("state,cells_per_axis,rates,quantity,error\n");
    for run in &runs {
        table(run);
        for (n, both) in &run.rows {
            for (rates, errors) in ["fitted", "corrected"].iter().zip(both) {
                for (quantity, error) in run.quantities.iter().zip(errors) {
                    let _ = writeln!(csv, "{},{n},{rates},{quantity},{error:.4e}", run.title);
                }
            }
        }
    }
    std::fs::create_dir_all("docs")?;
    std::fs::write("docs/convergence-plane.csv", csv)?;
    std::fs::write("docs/convergence-plane.svg", plot::svg(&runs))?;
    println!("wrote docs/convergence-plane.svg and docs/convergence-plane.csv");
    Ok(())
}

fn run(state: &State) -> Run {
    let rows = state.cells.iter().map(|&n| (n, [0, CORRECTIONS].map(|count| (state.errors)(n, count)))).collect();
    Run { title: state.title, quantities: state.quantities, rows }
}

/// Errors, and the order between a lattice and the one before.
fn table(run: &Run) {
    println!("{}", run.title);
    println!("{:>6}{:>34}{:>34}", "cells", "fitted", "corrected");
    print!("{:>6}", "");
    for _ in 0..2 {
        run.quantities.iter().for_each(|q| print!("{q:>11}{:>6}", "order"));
    }
    println!();
    let mut last: Option<&(usize, [Error; 2])> = None;
    for row in &run.rows {
        print!("{:>6}", row.0);
        for (rates, errors) in row.1.iter().enumerate() {
            for (k, error) in errors.iter().enumerate() {
                let order = last.map(|l| (l.1[rates][k] / error).ln() / (row.0 as f64 / l.0 as f64).ln());
                print!("{error:>11.2e}{:>6}", order.map_or_else(String::new, |o| format!("{o:.2}")));
            }
        }
        println!();
        last = Some(row);
    }
    println!();
}
