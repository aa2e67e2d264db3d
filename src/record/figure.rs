//! A picture as data: panels with axes, curves, points and bands.

/// A picture of one or more panels side by side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figure {
    /// The heading.
    pub title: String,
    /// A line under the heading.
    pub subtitle: String,
    /// A line under the picture.
    pub caption: String,
    /// From left to right.
    pub panels: Vec<FigurePanel>,
}

/// One pair of axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FigurePanel {
    /// What is seen.
    pub title: String,
    /// Horizontal axis.
    pub x: FigureAxis,
    /// Vertical axis.
    pub y: FigureAxis,
    /// What is drawn, the first lowest.
    pub series: Vec<Series>,
}

/// An axis.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FigureAxis {
    /// Its name.
    pub name: String,
    /// Whether it is logarithmic; what is not positive is left out then.
    pub log: bool,
    /// Its ends; those of what is drawn where there are none.
    pub range: Option<[f64; 2]>,
}

impl FigureAxis {
    /// A linear axis.
    pub fn linear(name: &str) -> Self {
        Self { name: name.to_owned(), log: false, range: None }
    }

    /// A logarithmic axis.
    pub fn log(name: &str) -> Self {
        Self { name: name.to_owned(), log: true, range: None }
    }

    /// The same from `low` to `high`.
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { range: Some([low, high]), ..self }
    }
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// A line through the points.
    #[default]
    Line,
    /// A dashed line through the points.
    Dashed,
    /// Dots, with bars where there are errors.
    Points,
    /// An area of half height `error` around the points.
    Band,
}

/// Points (x, y) that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// What it is, for the legend; a name that was there before gets no second entry, an empty one none.
    pub name: String,
    /// How it is drawn.
    pub look: Look,
    /// Number of its colour; the same number is the same colour everywhere.
    pub colour: usize,
    /// Abscissae.
    pub x: Vec<f64>,
    /// Ordinates.
    pub y: Vec<f64>,
    /// Errors of the ordinates, or none.
    pub error: Vec<f64>,
}

impl Series {
    /// A curve.
    pub fn line(name: impl Into<String>, colour: usize, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let (x, y) = points.into_iter().unzip();
        Self { name: name.into(), look: Look::Line, colour, x, y, error: Vec::new() }
    }

    /// The same as a dashed curve.
    pub fn dashed(self) -> Self {
        Self { look: Look::Dashed, ..self }
    }

    /// The same as dots.
    pub fn dots(self) -> Self {
        Self { look: Look::Points, ..self }
    }

    /// Dots with bars (`look` points) or a band around a curve.
    pub fn with_errors(self, error: Vec<f64>) -> Self {
        Self { error, ..self }
    }

    /// The same as a band of half height `error`.
    pub fn band(self, error: Vec<f64>) -> Self {
        Self { look: Look::Band, error, ..self }
    }
}
