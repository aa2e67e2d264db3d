//! The table of `solve` for laws of several variables.

use super::layout::{Cell, Page, Tone};
use super::{LEGEND, Screen, heat, solve};
use crate::estimate::Quantity;
use crate::output::{caption, number};
use crate::record::{FieldPoint, FieldSolution, FieldSolver, Marginal, SpectralRow, Well};

/// The answer to `solve` as text, as far as `screen` can show it.
pub fn field(solution: &FieldSolution, screen: Screen) -> String {
    let mut page = Page::new(screen.colour);
    head(&mut page, solution, screen);
    moments(&mut page, solution);
    quantiles(&mut page, &solution.marginals);
    wells(&mut page, &solution.variables, &solution.wells);
    points(&mut page, solution);
    expressions(&mut page, solution);
    dynamics(&mut page, solution);
    identities(&mut page, solution);
    second(&mut page, solution);
    solver(&mut page, &solution.solver, solution.max_residual_drop);
    page.paragraph(&caption::program(&solution.stillpoint, &solution.provenance), Tone::Dim);
    warnings(&mut page, &solution.warnings);
    page.blank();
    page.line(LEGEND, Tone::Dim);
    page.finish()
}

/// Title, law and data, and a sketch of the density on a terminal.
pub(super) fn head(page: &mut Page, solution: &FieldSolution, screen: Screen) {
    page.line(&solution.title, Tone::Title);
    let parameters = caption::Parameters::of(&solution.provenance).phrase();
    if !parameters.is_empty() {
        page.paragraph(&parameters, Tone::Dim);
    }
    page.blank();
    page.labelled("law", 6, &caption::field(&solution.variables), Tone::Title);
    if let Some(data) = &solution.provenance.data {
        page.labelled("data", 6, data, Tone::Plain);
    }
    if screen.terminal {
        heat::map(page, solution);
    }
}

fn number_cell(q: &Quantity) -> Cell {
    Cell::number(number::quantity(q))
}

fn word(text: impl AsRef<str>) -> Cell {
    Cell::word(text, Tone::Plain)
}

/// What Galerkin's method says beside the finite volumes, if they were asked.
pub(super) fn second(page: &mut Page, solution: &FieldSolution) {
    let Some(check) = &solution.spectral else { return };
    page.heading("Second discretisation");
    if let Some(note) = &check.note {
        page.paragraph(note, Tone::Plain);
        return;
    }
    let row = |r: &SpectralRow| {
        vec![word(&r.quantity), number_cell(&r.grid), number_cell(&r.spectral), solve::verdict(r.agree)]
    };
    let body: Vec<Vec<Cell>> = check.rows.iter().map(row).collect();
    page.table(&["", "finite volumes", check.name(), "verdict"], &body);
    page.blank();
    let count = if check.elements.is_empty() {
        format!("a Gaussian times Hermite polynomials of total degree {}", check.degree)
    } else {
        let elements: Vec<String> = check.elements.iter().map(usize::to_string).collect();
        format!("{} elements of degree {}", elements.join(" x "), check.degree)
    };
    page.paragraph(
        &format!("{count}; where both know a number and agree, the one with the smaller error is shown"),
        Tone::Dim,
    );
}

/// Means, the covariance beside them, in the model's variables and in the solver's.
fn moments(page: &mut Page, solution: &FieldSolution) {
    page.heading("Moments");
    matrix(page, &solution.variables, &solution.mean, &solution.covariance);
    let chart = &solution.chart;
    if chart.names != solution.variables {
        page.blank();
        matrix(page, &chart.names, &chart.mean, &chart.covariance);
    }
}

fn matrix(page: &mut Page, names: &[String], mean: &[Quantity], covariance: &[Vec<Quantity>]) {
    let mut header = vec!["".to_owned(), "mean".to_owned()];
    header.extend(
        names.iter().map(|name| if names.len() == 1 { "variance".to_owned() } else { format!("Cov with {name}") }),
    );
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let rows: Vec<Vec<Cell>> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let mut row = vec![word(name)];
            row.extend(mean.get(i).map(number_cell));
            row.extend(covariance.get(i).into_iter().flatten().map(number_cell));
            row
        })
        .collect();
    page.table(&header, &rows);
}

/// Quantiles of all marginals side by side, and the powers of their tails.
fn quantiles(page: &mut Page, marginals: &[Marginal]) {
    let probabilities: Vec<f64> = marginals.first().map_or(vec![], |m| m.quantiles.iter().map(|q| q.q).collect());
    if !probabilities.is_empty() {
        page.heading("Quantiles");
        let mut header = vec!["q"];
        header.extend(marginals.iter().map(|m| m.name.as_str()));
        let rows: Vec<Vec<Cell>> = probabilities
            .iter()
            .enumerate()
            .map(|(k, q)| {
                let mut row = vec![Cell::number(number::probability(*q))];
                let of = |m: &Marginal| m.quantiles.get(k).map_or(word("–"), |row| number_cell(&row.value));
                row.extend(marginals.iter().map(of));
                row
            })
            .collect();
        page.table(&header, &rows);
    }
    tails(page, marginals);
}

fn tails(page: &mut Page, marginals: &[Marginal]) {
    let rows: Vec<Vec<Cell>> = marginals
        .iter()
        .filter(|m| m.tail_exponents.iter().any(|q| *q != Quantity::Absent))
        .map(|m| {
            let mut row = vec![word(&m.name)];
            row.extend(m.tail_exponents.iter().map(number_cell));
            row
        })
        .collect();
    if !rows.is_empty() {
        page.heading("Powers m of the tails, p ~ |v|^-m");
        page.table(&["", "lower end", "upper end"], &rows);
    }
}

fn wells(page: &mut Page, variables: &[String], wells: &[Well]) {
    if wells.is_empty() {
        return;
    }
    page.heading(if wells.len() == 1 { "Mode" } else { "Wells" });
    let mut header = vec!["weight", "ln weight"];
    header.extend(variables.iter().map(String::as_str));
    let rows: Vec<Vec<Cell>> = wells
        .iter()
        .map(|well| {
            let mut row = vec![number_cell(&well.weight), Cell::number(number::significant(well.log_weight, 9))];
            row.extend(well.mode.iter().map(number_cell));
            row
        })
        .collect();
    page.table(&header, &rows);
}

fn points(page: &mut Page, solution: &FieldSolution) {
    if solution.points.is_empty() {
        return;
    }
    page.heading("Points");
    let own = format!("ln p({})", solution.variables.join(", "));
    let chart = format!("ln p({})", solution.chart.names.join(", "));
    let mut header: Vec<&str> = solution.variables.iter().map(String::as_str).collect();
    header.extend([own.as_str(), chart.as_str()]);
    let log_density = |value: Option<f64>, point: &FieldPoint| match value {
        Some(l) => Cell::number(number::with_error(l, point.error.unwrap_or(f64::NAN))),
        None => word("–"),
    };
    let with_chart = solution.chart.names != solution.variables;
    let rows: Vec<Vec<Cell>> = solution
        .points
        .iter()
        .map(|point| {
            let mut row: Vec<Cell> = point.at.iter().map(|&x| Cell::number(number::shortest(x))).collect();
            row.push(log_density(point.log_density, point));
            if with_chart {
                row.push(log_density(point.chart_log_density, point));
            }
            row
        })
        .collect();
    page.table(&header[..header.len() - usize::from(!with_chart)], &rows);
}

fn expressions(page: &mut Page, solution: &FieldSolution) {
    if solution.expressions.is_empty() {
        return;
    }
    page.heading("Expectations");
    let rows: Vec<Vec<Cell>> = solution
        .expressions
        .iter()
        .map(|row| vec![word(format!("E[{}]", row.expression)), number_cell(&row.value)])
        .collect();
    page.table(&["", ""], &rows);
}

/// How fast the law is reached, how far it is from equilibrium, and what happens at its faces.
fn dynamics(page: &mut Page, solution: &FieldSolution) {
    let mut rows = Vec::new();
    let mut push = |name: &str, q: &Quantity| {
        if *q != Quantity::Absent {
            rows.push(vec![word(name), number_cell(q)]);
        }
    };
    push("spectral gap [1/time]", &solution.spectral_gap);
    push("relaxation time", &solution.relaxation_time);
    push("entropy production [1/time]", &solution.entropy_production);
    for face in &solution.lyapunov {
        push(&format!("Lyapunov exponent at {}", face.face), &face.exponent);
    }
    for (i, e) in solution.eigenvalues.iter().enumerate() {
        let rate = number::with_error(e.rate, e.error);
        let text = match e.frequency {
            0.0 => rate,
            f => format!("{rate} ± {} i", number::with_error(f.abs(), e.error)),
        };
        rows.push(vec![word(format!("eigenvalue {}", i + 1)), Cell::number(text)]);
    }
    if !rows.is_empty() {
        page.heading("Dynamics");
        page.table(&["", ""], &rows);
    }
}

fn identities(page: &mut Page, solution: &FieldSolution) {
    if solution.identities.is_empty() {
        return;
    }
    page.heading("Identities of the exact law, and by how much this one misses them");
    let rows: Vec<Vec<Cell>> =
        solution.identities.iter().map(|i| vec![word(&i.identity), number_cell(&i.defect)]).collect();
    page.table(&["", "relative defect"], &rows);
}

fn solver(page: &mut Page, s: &FieldSolver, max_residual_drop: f64) {
    page.heading("Solver");
    let levels: Vec<String> = s.levels.iter().map(|shape| shape_text(shape)).collect();
    page.paragraph(&format!("{}, {}, grids of {}", s.method, s.scheme, levels.join(", ")), Tone::Plain);
    for (axis, chart) in s.chart.iter().enumerate() {
        let mut text = chart.clone();
        if let Some([lo, hi]) = s.chart_box.get(axis) {
            text.push_str(&format!(", box [{}, {}]", number::significant(*lo, 5), number::significant(*hi, 5)));
        }
        if let Some([lower, upper]) = s.mass_at_walls.get(axis) {
            text.push_str(&format!(", mass at its walls {lower:.0e} and {upper:.0e}"));
        }
        page.paragraph(&text, Tone::Plain);
    }
    let mut cost = format!("{} rates", s.nonzeros);
    if s.front > 0 {
        cost.push_str(&format!(", largest front {}", s.front));
    }
    if s.flops > 0.0 {
        cost.push_str(&format!(", {} GFlop", number::significant(s.flops / 1e9, 3)));
    }
    cost.push_str(&format!(", {} at most", memory(s.peak_bytes)));
    page.paragraph(&cost, Tone::Plain);
    page.paragraph(
        &format!(
            "largest relative defect of the balance of a cell {:.0e}, largest drop not at balance {}",
            s.residual,
            number::significant(max_residual_drop, 3)
        ),
        Tone::Plain,
    );
    let (reached, tone) = if s.converged { ("reached", Tone::Good) } else { ("NOT reached", Tone::Bad) };
    let text = format!(
        "tolerance {:.0e} {reached}: {}, in {}",
        s.tolerance,
        number::significant(s.reached, 2),
        solve::seconds(s.seconds)
    );
    page.paragraph(&text, tone);
}

/// `384 x 384`
fn shape_text(shape: &[usize]) -> String {
    match shape {
        [first, rest @ ..] if rest.len() > 1 && rest.iter().all(|n| n == first) => format!("{first}^{}", shape.len()),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x "),
    }
}

fn memory(bytes: u64) -> String {
    match bytes as f64 {
        b if b < 1e6 => format!("{} kB", number::significant(b / 1e3, 3)),
        b if b < 1e9 => format!("{} MB", number::significant(b / 1e6, 3)),
        b => format!("{} GB", number::significant(b / 1e9, 3)),
    }
}

pub(super) fn warnings(page: &mut Page, warnings: &[String]) {
    for warning in warnings {
        page.paragraph(&format!("warning: {warning}"), Tone::Bad);
    }
}
