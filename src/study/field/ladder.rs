//! Which resolutions are solved.

/// Cells per axis, from coarse to fine, by number of variables.
fn rungs(variables: usize) -> &'static [usize] {
    match variables {
        1 => &[64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096],
        2 => &[48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096],
        _ => &[16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96],
    }
}

/// The finest resolution that is always solved, and the number of resolutions.
fn usual(variables: usize) -> (usize, usize) {
    match variables {
        1 => (1024, 8),
        2 => (384, 7),
        _ => (40, 6),
    }
}

/// A planned sequence of resolutions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ladder {
    /// Cells per axis, ascending.
    pub cells: Vec<usize>,
    /// How many of them are solved whatever is reached.
    pub always: usize,
}

impl Ladder {
    /// For a law whose worst resolved feature needs `cost` cells for one cell per width; `finest` and `levels`
    /// as asked for.
    pub fn new(variables: usize, cost: f64, finest: Option<usize>, levels: Option<usize>) -> Self {
        if let Some(finest) = finest {
            return Self::ending(finest.max(4), levels.unwrap_or(usual(variables).1));
        }
        let all = rungs(variables);
        // A feature narrower than a cell has no expansion in the step yet.
        let start = all.iter().position(|&n| n as f64 >= cost).unwrap_or(all.len() - 3).min(all.len() - 3);
        let cells: Vec<usize> = all[start..].to_vec();
        if let Some(levels) = levels {
            let count = levels.clamp(1, cells.len());
            return Self { cells: cells[..count].to_vec(), always: count };
        }
        let (finest, count) = usual(variables);
        let always = cells.iter().filter(|&&n| n <= finest).count().max(5).min(count).min(cells.len());
        Self { cells, always }
    }

    /// `levels` resolutions, every second one twice as fine as the one two before it.
    fn ending(finest: usize, levels: usize) -> Self {
        let mut cells = vec![finest];
        for k in 1..levels {
            let n = finest as f64 / 2f64.powf(0.5 * k as f64);
            let even = 2 * (n / 2.0).round() as usize;
            if even < 8 || even >= cells[cells.len() - 1] {
                break;
            }
            cells.push(even);
        }
        cells.reverse();
        let always = cells.len();
        Self { cells, always }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ladders_end_where_they_were_asked_to() {
        let ladder = Ladder::new(2, 20.0, Some(100), Some(3));
        assert_eq!(ladder.cells, [50, 70, 100]);
        let ladder = Ladder::new(2, 60.0, None, None);
        assert_eq!(ladder.cells[0], 64);
        assert_eq!(ladder.cells[ladder.always - 1], 384);
    }
}
