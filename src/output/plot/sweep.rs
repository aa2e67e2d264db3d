//! Pictures of a sweep: observables along one axis as curves with their error bands, over two axes as maps.

mod curve;
mod map;

use super::notice;
use super::svg::{Anchor, Canvas, Font, colour, plain};
use crate::output::{caption, number};
use crate::record::SweepRecord;

/// Observables that one picture shows.
const MOST: usize = 6;
/// Width of a picture and where its tiles begin.
const WIDTH: f64 = 1200.0;
const HEAD: f64 = 96.0;
/// Size of a tile with its labels.
const TILE: [f64; 2] = [590.0, 360.0];

/// The part of the picture in which one observable is drawn.
#[derive(Debug, Clone, Copy)]
struct Tile {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

/// The picture of a sweep as the text of an SVG file.
pub(super) fn draw(record: &SweepRecord) -> String {
    let numbers: Vec<usize> = (0..record.observables.len()).filter(|&k| !record.observables[k].word).collect();
    let shown = &numbers[..numbers.len().min(MOST)];
    let columns = shown.len().clamp(1, 2);
    let rows = shown.len().div_ceil(columns).max(1);
    let mut canvas = Canvas::sized(WIDTH, HEAD + TILE[1] * rows as f64 + 40.0);
    let subject = format!("{}: {}", caption::subject(&record.provenance), varied(record));
    notice::heading(&mut canvas, &record.title, &subject);
    for (place, &k) in shown.iter().enumerate() {
        let (column, row) = (place % columns, place / columns);
        let width = if columns == 1 { 2.0 * TILE[0] } else { TILE[0] };
        let (left, top) = (10.0 + width * column as f64, HEAD + TILE[1] * row as f64);
        let tile =
            Tile { left: left + 92.0, right: left + width - 20.0, top: top + 34.0, bottom: top + TILE[1] - 66.0 };
        let name = Font::new(17.0, colour::TEXT, Anchor::Start).bold();
        canvas.text((tile.left, tile.top - 12.0), &plain(&record.observables[k].name, 60), name);
        match record.axes.len() {
            1 => curve::draw(&mut canvas, tile, record, k),
            2 => map::draw(&mut canvas, tile, record, k),
            _ => {}
        }
    }
    remarks(&mut canvas, record, numbers.len() - shown.len());
    canvas.finish(&record.title)
}

fn varied(record: &SweepRecord) -> String {
    let keys: Vec<&str> = record.axes.iter().map(|axis| axis.key.as_str()).collect();
    format!("{} laws over {}", record.rows.len(), keys.join(", "))
}

/// What is not in the picture.
fn remarks(canvas: &mut Canvas, record: &SweepRecord, left_out: usize) {
    let mut said = vec![caption::program(&record.stillpoint, &record.provenance)];
    if left_out > 0 {
        said.push(format!("{} more observables are in the file", number::shortest(left_out as f64)));
    }
    if record.axes.len() > 2 {
        said.push("sweeps over more than two axes are not drawn".to_owned());
    }
    let at = (notice::MARGIN, canvas.size[1] - 18.0);
    canvas.text(at, &plain(&said.join("; "), 160), Font::new(13.0, colour::DIM, Anchor::Start));
}
