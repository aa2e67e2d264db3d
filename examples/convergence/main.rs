//! How fast the discretisation converges, and how exact the closed forms are.
//!
//! `cargo run --release --example convergence` prints both tables and writes `docs/convergence.svg` and
//! `docs/convergence.csv`; `!` marks an error beyond its own bar. Uniform grids over one box in the chart, for D = 0, 1, 2, 5, against 20-digit references.

mod closed;
mod measure;
mod plot;

use measure::{CASES, LAWS, QUANTITIES, Reference, Row};
use std::fmt::Write as _;
use std::path::Path;

/// Numbers of intervals of the table; the picture and the file have those between as well.
const DOUBLINGS: [usize; 6] = [4, 8, 16, 32, 64, 128];
const ALL: [usize; 16] = [4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 112, 128];
/// Laws in the corners of the parameters, where the file exists.
const HARD: &str = "tests/data/hard_laws.json";

fn main() -> std::io::Result<()> {
    let references = measure::references(LAWS);
    let mut panels = Vec::new();
    let mut csv =
        String::from("case,depth,intervals,spacing,quantity,error,stated,bound,predicted_inside,predicted_nodes\n");
    for reference in references.iter().filter(|r| CASES.contains(&r.id.as_str())) {
        let distance = measure::singularity(&reference.problem.model);
        let rows: Vec<Row> = ALL.iter().filter_map(|&n| measure::measure(reference, n)).collect();
        table(reference, &rows);
        append(&mut csv, reference, &rows, distance);
        panels.push(plot::Panel { title: title(reference), rows, distance });
    }
    std::fs::create_dir_all("docs")?;
    std::fs::write("docs/convergence.csv", csv)?;
    std::fs::write("docs/convergence.svg", plot::svg(&panels))?;
    println!(
        "wrote docs/convergence.svg and docs/convergence.csv\n\nclosed forms, error by case (relative beyond 1; `!`: not covered by its bar)"
    );
    closed::print(&references);
    if Path::new(HARD).exists() {
        closed::print(&measure::references(&std::fs::read_to_string(HARD)?));
    }
    Ok(())
}

fn title(reference: &Reference) -> String {
    let model = &reference.problem.model;
    format!("D = {}, d = {}, T = {} ({})", model.depth, model.width, model.temperature, reference.id)
}

/// Errors, stated bars and the order between a number of intervals and its double.
fn table(reference: &Reference, rows: &[Row]) {
    println!("{}", title(reference));
    print!("{:>10}", "intervals");
    for name in QUANTITIES {
        print!("  {name:>11}{:>10}{:>7}", "stated", "order");
    }
    println!();
    let mut last: Option<&Row> = None;
    for row in rows.iter().filter(|row| DOUBLINGS.contains(&row.intervals)) {
        print!("{:>10}", row.intervals);
        for (i, off) in row.quantities().iter().enumerate() {
            let order = last.map(|last| (last.quantities()[i].error / off.error).log2());
            let order = order.filter(|_| off.error > 1e-13).map_or_else(String::new, |o| format!("{o:.1}"));
            let mark = if off.covered { ' ' } else { '!' };
            print!("  {:>11.1e}{:>9.1e}{mark}{order:>7}", off.error, off.stated);
        }
        println!();
        last = Some(row);
    }
    println!();
}

fn append(csv: &mut String, reference: &Reference, rows: &[Row], distance: f64) {
    for row in rows {
        let [nodes, inside] = measure::predicted(distance, row.spacing);
        for (name, off) in QUANTITIES.iter().zip(row.quantities()) {
            let _ = writeln!(
                csv,
                "{},{},{},{:.6},{name},{:.3e},{:.3e},{:.3e},{inside:.3e},{nodes:.3e}",
                reference.id,
                reference.problem.model.depth,
                row.intervals,
                row.spacing,
                off.error,
                off.stated,
                row.bound
            );
        }
    }
}
