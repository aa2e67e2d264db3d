//! One observable over two axes: a tile of colour for every law.

use super::Tile;
use super::curve::widened;
use crate::output::plot::axis::{self, Ticks};
use crate::output::plot::panel::{Abscissa, Ordinate, Panel};
use crate::output::plot::raster::indexed;
use crate::output::plot::svg::{Anchor, Canvas, Font, Stroke, colour};
use crate::record::{SweepAxis, SweepRecord};

/// Colours of the palette; one more index means that there is no number.
const COLOURS: usize = 250;
/// Room for the colour bar.
const BAR: f64 = 92.0;
/// Pixels along a side, at least.
const FINE: usize = 400;

pub(super) fn draw(canvas: &mut Canvas, tile: Tile, record: &SweepRecord, k: usize) {
    let [up_axis, across_axis] = record.axes.as_slice() else { return };
    let values: Vec<f64> = record.rows.iter().map(|row| row.cell(k).0).collect();
    let known = || values.iter().copied().filter(|x| x.is_finite());
    let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
    let range = if low < high { [low, high] } else { widened(if low.is_finite() { low } else { 0.0 }, low, 0.0) };
    let (across, up) = (Cells::of(across_axis), Cells::of(up_axis));
    let Tile { left, right, top, bottom } = Tile { right: tile.right - BAR, ..tile };
    if let Some(png) = picture(&values, range, &across, &up) {
        canvas.image((left, top), (right, bottom), &png);
    }
    let panel = Panel {
        left,
        right,
        top,
        bottom,
        abscissa: if across.log { Abscissa::Log { origin: 0.0, side: 1.0 } } else { Abscissa::Linear },
        ordinate: if up.log { Ordinate::Log } else { Ordinate::Linear },
        across: across.window(),
        up: up.window(),
    };
    panel.outlined(canvas, [&across_axis.key, &up_axis.key]);
    bar(canvas, Tile { left: right + 22.0, right: right + 38.0, top, bottom }, range);
}

/// The cells of an axis around its values, in the coordinate it is drawn in.
struct Cells {
    log: bool,
    /// Ends of the cells, ascending.
    edges: Vec<f64>,
    /// The index of the value of every cell.
    order: Vec<usize>,
}

impl Cells {
    fn of(axis: &SweepAxis) -> Self {
        let log = axis.log && axis.values.iter().all(|x| *x > 0.0);
        let at: Vec<f64> = axis.values.iter().map(|&x| if log { x.ln() } else { x }).collect();
        let mut order: Vec<usize> = (0..at.len()).collect();
        order.sort_by(|&i, &j| at[i].total_cmp(&at[j]));
        let sorted: Vec<f64> = order.iter().map(|&i| at[i]).collect();
        let mut edges: Vec<f64> = sorted.windows(2).map(|w| 0.5 * (w[0] + w[1])).collect();
        let (first, last) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
        let [below, above] = match edges.as_slice() {
            [] => widened(first, last, 0.0),
            [near, .., far] => [2.0 * first - near, 2.0 * last - far],
            [only] => [2.0 * first - only, 2.0 * last - only],
        };
        edges.insert(0, below);
        edges.push(above);
        Self { log, edges, order }
    }

    fn window(&self) -> [f64; 2] {
        [self.edges.first().copied().unwrap_or(0.0), self.edges.last().copied().unwrap_or(1.0)]
    }

    /// The value that is drawn at a share of the window.
    fn at(&self, share: f64) -> usize {
        let [low, high] = self.window();
        let place = low + share * (high - low);
        let cell = self.edges[1..].partition_point(|edge| *edge <= place).min(self.order.len() - 1);
        self.order[cell]
    }
}

fn picture(values: &[f64], [low, high]: [f64; 2], across: &Cells, up: &Cells) -> Option<Vec<u8>> {
    let fine = |cells: &Cells| cells.order.len() * FINE.div_ceil(cells.order.len()).max(1);
    let (width, height) = (fine(across).min(4 * FINE), fine(up).min(4 * FINE));
    let shares = |n: usize| (0..n).map(move |i| (i as f64 + 0.5) / n as f64);
    let columns: Vec<usize> = shares(width).map(|share| across.at(share)).collect();
    let mut pixels = Vec::with_capacity(width * height);
    for share in shares(height) {
        let row = up.at(1.0 - share) * across.order.len();
        pixels.extend(columns.iter().map(|&column| match (values[row + column] - low) / (high - low) {
            t if t.is_finite() => (t.clamp(0.0, 1.0) * (COLOURS - 1) as f64).round() as u8,
            _ => COLOURS as u8,
        }));
    }
    indexed(&pixels, width, height, COLOURS)
}

/// Which colour is which number.
fn bar(canvas: &mut Canvas, tile: Tile, [low, high]: [f64; 2]) {
    let ramp: Vec<u8> = (0..COLOURS as u8).rev().collect();
    if let Some(png) = indexed(&ramp, 1, COLOURS, COLOURS) {
        canvas.image((tile.left, tile.top), (tile.right, tile.bottom), &png);
    }
    canvas.frame((tile.left, tile.top), (tile.right, tile.bottom), Stroke::solid(colour::AXIS, 1.2));
    let ticks: Ticks = axis::linear(low, high, 6);
    let font = Font::new(13.0, colour::TEXT, Anchor::Start);
    for tick in &ticks.ticks {
        let y = tile.bottom - (tick.at - low) / (high - low) * (tile.bottom - tile.top);
        canvas.line((tile.right, y), (tile.right + 4.0, y), Stroke::solid(colour::AXIS, 1.2));
        canvas.text((tile.right + 7.0, y + 4.5), &tick.label, font);
    }
    canvas.text((tile.left, tile.bottom + 24.0), &ticks.unit(), font);
}
