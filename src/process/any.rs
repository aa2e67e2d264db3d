//! A process whose number of variables is known at run time only.

use super::Process;

/// One to three variables.
#[derive(Debug)]
pub enum AnyProcess {
    /// One.
    One(Box<dyn Process<1>>),
    /// Two.
    Two(Box<dyn Process<2>>),
    /// Three.
    Three(Box<dyn Process<3>>),
}

impl AnyProcess {
    /// The process of a single variable.
    pub fn line(&self) -> Option<&dyn Process<1>> {
        match self {
            Self::One(process) => Some(&**process),
            _ => None,
        }
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Two(_) => 2,
            Self::Three(_) => 3,
        }
    }
}
