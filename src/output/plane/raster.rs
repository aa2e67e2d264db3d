//! Values on a curved grid of nodes, as pixels.

use super::Plane;

/// Nodes per axis that a coarse grid is refined to, so that no facets show.
const FINE: usize = 500;

/// Pixels, row by row from the top; not a number where the grid does not reach.
pub(in crate::output) struct Raster {
    pub(in crate::output) width: usize,
    pub(in crate::output) height: usize,
    pub(in crate::output) values: Vec<f64>,
}

/// Picture coordinates of a node, and its value.
type Vertex = [f64; 3];

impl Raster {
    /// `values` on the nodes of `plane`, as seen through the windows of its axes.
    pub(in crate::output) fn new(plane: &Plane, values: &[f64], [width, height]: [usize; 2]) -> Self {
        let mut raster = Self { width, height, values: vec![f64::NAN; width * height] };
        let place = |axis: usize, u: f64| {
            let [lo, hi] = plane.spans[axis].window;
            (u - lo) / (hi - lo)
        };
        let vertices: Vec<Vertex> = (0..values.len())
            .map(|i| {
                let (x, y) = (place(0, plane.at[0][i]), place(1, plane.at[1][i]));
                [x * width as f64, (1.0 - y) * height as f64, values[i]]
            })
            .collect();
        let [rows, columns] = plane.shape;
        let between = (FINE / rows.min(columns)).clamp(1, 8);
        for i in 0..rows - 1 {
            for j in 0..columns - 1 {
                raster.patch(&vertices, plane.shape, [i, j], between);
            }
        }
        raster
    }

    /// One cell of the grid, refined by cubics through its neighbours.
    fn patch(&mut self, vertices: &[Vertex], [rows, columns]: [usize; 2], [i, j]: [usize; 2], between: usize) {
        let node = |i: isize, j: isize| {
            let (i, j) = (i.clamp(0, rows as isize - 1), j.clamp(0, columns as isize - 1));
            vertices[i as usize * columns + j as usize]
        };
        let (i, j) = (i as isize, j as isize);
        let corners = [node(i, j), node(i, j + 1), node(i + 1, j), node(i + 1, j + 1)];
        if self.outside(&corners) {
            return;
        }
        if between == 1 {
            return self.quad(corners);
        }
        let around: [[Vertex; 4]; 4] =
            std::array::from_fn(|a| std::array::from_fn(|b| node(i - 1 + a as isize, j - 1 + b as isize)));
        let share = |k: usize| k as f64 / between as f64;
        let point = |a: usize, b: usize| cubic(around.map(|row| cubic(row, share(b))), share(a));
        for a in 0..between {
            for b in 0..between {
                self.quad([point(a, b), point(a, b + 1), point(a + 1, b), point(a + 1, b + 1)]);
            }
        }
    }

    fn outside(&self, corners: &[Vertex; 4]) -> bool {
        let (w, h) = (self.width as f64, self.height as f64);
        let all = |test: &dyn Fn(&Vertex) -> bool| corners.iter().all(test);
        all(&|v| v[0] < -1.0) || all(&|v| v[0] > w + 1.0) || all(&|v| v[1] < -1.0) || all(&|v| v[1] > h + 1.0)
    }

    fn quad(&mut self, [a, b, c, d]: [Vertex; 4]) {
        self.triangle([a, b, d]);
        self.triangle([a, c, d]);
    }

    /// Every pixel whose centre lies in the triangle, by linear interpolation.
    fn triangle(&mut self, [a, b, c]: [Vertex; 3]) {
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        if !area.is_finite() || area == 0.0 || !(a[2] + b[2] + c[2]).is_finite() {
            return;
        }
        let range = |k: usize, most: usize| {
            let (low, high) = (a[k].min(b[k]).min(c[k]) - 0.5, a[k].max(b[k]).max(c[k]) - 0.5);
            (low.ceil().max(0.0) as usize, high.floor().min(most as f64 - 1.0))
        };
        let ((x0, x1), (y0, y1)) = (range(0, self.width), range(1, self.height));
        for y in (y0..).take_while(|&y| y as f64 <= y1) {
            for x in (x0..).take_while(|&x| x as f64 <= x1) {
                let (px, py) = (x as f64 + 0.5, y as f64 + 0.5);
                let s = ((px - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (py - a[1])) / area;
                let t = ((b[0] - a[0]) * (py - a[1]) - (px - a[0]) * (b[1] - a[1])) / area;
                const EDGE: f64 = -1e-9;
                if s >= EDGE && t >= EDGE && s + t <= 1.0 - EDGE {
                    self.values[y * self.width + x] = a[2] + s * (b[2] - a[2]) + t * (c[2] - a[2]);
                }
            }
        }
    }
}

/// The cubic through the middle two of four points, with slopes from its neighbours.
fn cubic([a, b, c, d]: [Vertex; 4], t: f64) -> Vertex {
    std::array::from_fn(|k| {
        // At the edge of the grid a neighbour is the point itself, and its slope that of the line.
        let before = if a == b { 2.0 * b[k] - c[k] } else { a[k] };
        let after = if d == c { 2.0 * c[k] - b[k] } else { d[k] };
        let (m, n) = (0.5 * (c[k] - before), 0.5 * (after - b[k]));
        let (t2, t3) = (t * t, t * t * t);
        (2.0 * t3 - 3.0 * t2 + 1.0) * b[k] + (t3 - 2.0 * t2 + t) * m + (3.0 * t2 - 2.0 * t3) * c[k] + (t3 - t2) * n
    })
}
