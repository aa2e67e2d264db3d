//! Where elements along an axis begin and end: they are small where the law needs small ones.

/// How densely elements lie along an axis \[elements / coordinate, up to a factor\].
#[derive(Debug, Clone, PartialEq)]
pub struct Spacing {
    density: Density,
    /// A place that no element may hold inside, because the law is not smooth there.
    corner: Option<f64>,
}

/// Elements per length, up to a factor.
#[derive(Debug, Clone, PartialEq)]
enum Density {
    /// 1 / sqrt(scale^2 + (z - centre)^2)
    Graded { centre: f64, scale: f64 },
    /// Linear between places, constant beyond the outermost.
    Measured(Vec<Place>),
}

/// A place on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    at: f64,
    /// Elements per length.
    density: f64,
    /// Elements below.
    below: f64,
}

impl Spacing {
    /// Fine within `scale` of `centre`, in geometric progression further out.
    pub fn graded(centre: f64, scale: f64) -> Self {
        Self { density: Density::Graded { centre, scale }, corner: None }
    }

    /// From elements per length, all of them positive, at two or more ascending places; linear between them.
    pub fn measured(at: &[f64], density: &[f64]) -> Self {
        let mut places: Vec<Place> = Vec::with_capacity(at.len());
        for (&at, &density) in at.iter().zip(density) {
            let below = places.last().map_or(0.0, |p| p.below + 0.5 * (at - p.at) * (p.density + density));
            places.push(Place { at, density, below });
        }
        Self { density: Density::Measured(places), corner: None }
    }

    /// The same with elements that end at `corner`.
    #[must_use]
    pub fn cornered(self, corner: f64) -> Self {
        Self { corner: Some(corner), ..self }
    }

    /// The integral of the density between two places: elements there, up to its factor.
    pub fn between(&self, lower: f64, upper: f64) -> f64 {
        self.below(upper) - self.below(lower)
    }

    /// `elements` + 1 breaks from `lower` to `upper`, with equal shares of the elements between them.
    pub fn breaks(&self, lower: f64, upper: f64, elements: usize) -> Vec<f64> {
        let inside = self.corner.filter(|corner| lower < *corner && *corner < upper && elements > 1);
        let Some(corner) = inside else { return self.even(lower, upper, elements) };
        let share = self.between(lower, corner) / self.between(lower, upper);
        let first = ((elements as f64 * share).round() as usize).clamp(1, elements - 1);
        let mut breaks = self.even(lower, corner, first);
        breaks.extend(&self.even(corner, upper, elements - first)[1..]);
        breaks
    }

    fn even(&self, lower: f64, upper: f64, elements: usize) -> Vec<f64> {
        let [from, to] = [lower, upper].map(|z| self.below(z));
        let at = |k: usize| self.place(from + (to - from) * k as f64 / elements as f64);
        let mut breaks: Vec<f64> = (0..=elements).map(at).collect();
        // The ends exactly, whatever the way there and back rounds to.
        breaks[0] = lower;
        breaks[elements] = upper;
        breaks
    }

    /// Elements below a place, from wherever the count begins.
    fn below(&self, z: f64) -> f64 {
        match &self.density {
            Density::Graded { centre, scale } => ((z - centre) / scale).asinh(),
            Density::Measured(places) => {
                let (first, last) = (places[0], places[places.len() - 1]);
                if z <= first.at {
                    return (z - first.at) * first.density;
                }
                if z >= last.at {
                    return last.below + (z - last.at) * last.density;
                }
                let [a, b] = pair(places, |p| p.at <= z);
                let part = z - a.at;
                a.below + part * (a.density + 0.5 * slope(a, b) * part)
            }
        }
    }

    /// Where so many elements are below.
    fn place(&self, count: f64) -> f64 {
        match &self.density {
            Density::Graded { centre, scale } => centre + scale * count.sinh(),
            Density::Measured(places) => {
                let (first, last) = (places[0], places[places.len() - 1]);
                if count <= first.below {
                    return first.at + (count - first.below) / first.density;
                }
                if count >= last.below {
                    return last.at + (count - last.below) / last.density;
                }
                let [a, b] = pair(places, |p| p.below <= count);
                let rest = count - a.below;
                // The root of slope / 2 x^2 + density x = rest that goes over into rest / density.
                let root = (a.density * a.density + 2.0 * slope(a, b) * rest).max(0.0).sqrt();
                a.at + 2.0 * rest / (a.density + root)
            }
        }
    }
}

/// The places around one, of which `before` says whether they are below it.
fn pair(places: &[Place], before: impl Fn(&Place) -> bool) -> [Place; 2] {
    let k = places.partition_point(before).clamp(1, places.len() - 1);
    [places[k - 1], places[k]]
}

fn slope(a: Place, b: Place) -> f64 {
    (b.density - a.density) / (b.at - a.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_share_the_integral_of_the_density() {
        let spacing = Spacing::measured(&[0.0, 1.0, 3.0], &[1.0, 3.0, 3.0]);
        let breaks = spacing.breaks(-1.0, 4.0, 12);
        // 1 below 0, 2 up to 1, 6 up to 3 and 3 beyond: one element per unit.
        let share = |z: f64| match z {
            z if z < 0.0 => 1.0 + z,
            z if z < 1.0 => 1.0 + z + z * z,
            z => 3.0 + 3.0 * (z - 1.0),
        };
        for (k, z) in breaks.iter().enumerate() {
            assert!((share(*z) - k as f64).abs() < 1e-12, "{k}: {z}");
        }
    }

    #[test]
    fn no_element_holds_a_corner() {
        let spacing = Spacing::graded(2.0, 0.5).cornered(0.3);
        for elements in 2..20 {
            let breaks = spacing.breaks(-4.0, 9.0, elements);
            assert!(breaks.contains(&0.3) && breaks.len() == elements + 1, "{breaks:?}");
            assert!(breaks.windows(2).all(|w| w[0] < w[1]), "{breaks:?}");
        }
        assert!(!spacing.breaks(1.0, 9.0, 8).contains(&0.3));
    }
}
