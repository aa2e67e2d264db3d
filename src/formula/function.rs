//! The functions of the language: names, values, derivatives of one argument.

/// A function of one argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Function {
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Tan,
    Tanh,
    Sinh,
    Cosh,
    Atan,
    Abs,
    Sign,
}

const UNARY: [(&str, Function); 12] = [
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("sqrt", Function::Sqrt),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("tan", Function::Tan),
    ("tanh", Function::Tanh),
    ("sinh", Function::Sinh),
    ("cosh", Function::Cosh),
    ("atan", Function::Atan),
    ("abs", Function::Abs),
    ("sign", Function::Sign),
];

/// Names that mean a function, and how many arguments it takes.
pub(super) const ARGUMENTS: [(&str, usize); 16] = [
    ("exp", 1),
    ("ln", 1),
    ("sqrt", 1),
    ("sin", 1),
    ("cos", 1),
    ("tan", 1),
    ("tanh", 1),
    ("sinh", 1),
    ("cosh", 1),
    ("atan", 1),
    ("abs", 1),
    ("sign", 1),
    ("min", 2),
    ("max", 2),
    ("pow", 2),
    ("choose", 3),
];

/// Number of arguments of the function called `name`.
pub(super) fn arguments(name: &str) -> Option<usize> {
    ARGUMENTS.iter().find(|(known, _)| *known == name).map(|(_, count)| *count)
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        UNARY.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    pub(super) fn name(self) -> &'static str {
        UNARY.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }

    #[inline]
    pub(super) fn value(self, x: f64) -> f64 {
        match self {
            Self::Exp => x.exp(),
            Self::Ln => x.ln(),
            Self::Sqrt => x.sqrt(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Tan => x.tan(),
            Self::Tanh => x.tanh(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Atan => x.atan(),
            Self::Abs => x.abs(),
            Self::Sign => sign(x),
        }
    }
}

/// -1, 0 or 1; not a number for not a number.
fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x.abs()
    }
}

/// x^n by repeated multiplication: the same digits on every machine, and exact wherever the products are.
#[inline(always)]
pub(super) fn integer_power(x: f64, n: i32) -> f64 {
    let (mut left, mut square, mut product) = (n.unsigned_abs(), x, 1.0);
    loop {
        if left & 1 == 1 {
            product *= square;
        }
        left >>= 1;
        if left == 0 {
            break;
        }
        square *= square;
    }
    if n < 0 { 1.0 / product } else { product }
}
