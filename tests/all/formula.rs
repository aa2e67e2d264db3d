//! The formula language against arithmetic of its own: dual numbers, and tables of what must be understood.

use proptest::prelude::*;
use stillpoint::formula::{Formula, FormulaError, Tape, check_name, check_names};

fn names() -> Vec<String> {
    ["x", "y", "z1"].map(str::to_owned).into()
}

fn parameters() -> Vec<(String, f64)> {
    vec![("T".to_owned(), 0.1), ("a_2".to_owned(), -3.0)]
}

fn read(text: &str) -> Formula {
    Formula::parse(text, &names(), &parameters()).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

fn fault(text: &str) -> FormulaError {
    Formula::parse(text, &names(), &parameters()).expect_err(text)
}

#[test]
fn precedence_is_the_usual_one() {
    let (x, y, z) = (3.0, 0.5, -0.75);
    for (text, value) in [
        ("-x^2", -9.0),
        ("(-x)^2", 9.0),
        ("2^3^2", 512.0),
        ("2^-3", 0.125),
        ("2^-x^2", 2f64.powi(-9)),
        ("-2^2", -4.0),
        ("--2", 2.0),
        ("-+-2", 2.0),
        ("2 - -3", 5.0),
        ("2*-3", -6.0),
        ("8/4/2", 1.0),
        ("8/4*2", 4.0),
        ("8 - 4 - 2", 2.0),
        ("1e-3*x", 1e-3 * 3.0),
        ("1.5E+2", 150.0),
        (".5 + 5.", 5.5),
        ("pow(x, 2)", 9.0),
        ("x^0", 1.0),
        ("9^0.5", 3.0),
        ("4^-1.5", 0.125),
        ("x^y", 3f64.powf(0.5)),
        ("a_2*T", -3.0 * 0.1),
        ("sin(pi/2)", 1.0),
        ("abs(z1) + sign(z1)", -0.25),
        ("min(x, y) - max(x, y)", -2.5),
        ("choose(z1, 1, 2) + choose(x, 10, 20)", 12.0),
        ("exp(ln(x))*sqrt(4)", 2.0 * 3f64.ln().exp()),
        ("sinh(y) + cosh(y)", 0.5f64.sinh() + 0.5f64.cosh()),
        ("tan(y)*cos(y) - tanh(y) + atan(y)", 0.5f64.tan() * 0.5f64.cos() - 0.5f64.tanh() + 0.5f64.atan()),
        ("x^13", 1_594_323.0),
        ("  x\n+\ty ", 3.5),
        ("x - 2*x*y/x", 2.0),
    ] {
        assert_eq!(read(text).value(&[x, y, z]), value, "{text}");
    }
}

#[test]
fn mistakes_are_found_where_they_are() {
    for (text, span, message, hint) in [
        ("", 0..0, "the formula is empty", Some("write 0")),
        ("   ", 0..3, "the formula is empty", None),
        ("x + yy", 4..6, "unknown symbol `yy`", Some("`y`")),
        ("exq(x)", 0..3, "unknown function `exq`", Some("`exp`")),
        ("log(x)", 0..3, "unknown function `log`", Some("ln(x)")),
        ("X + 1", 0..1, "unknown symbol `X`", Some("`x`")),
        ("temperature", 0..11, "unknown symbol", Some("known are T, a_2, x, y, z1")),
        ("x ** 2", 2..4, "`**` is no operator", Some("x^2")),
        ("x + * y", 4..5, "a value is missing before `*`", None),
        ("x +", 2..3, "the formula ends", None),
        ("(x + y", 0..1, "never closed", None),
        ("exp(x", 3..4, "never closed", None),
        ("x + y)", 5..6, "never opened", None),
        ("()", 1..2, "a value is missing", None),
        ("2x", 1..2, "an operator is missing", Some("2*x")),
        ("2(x + 1)", 1..2, "an operator is missing", Some("2*(...)")),
        ("x(y)", 1..2, "an operator is missing", Some("x*(...)")),
        ("1.5.2", 3..5, "an operator is missing", None),
        ("sin x", 0..3, "must follow in parentheses", Some("sin(x)")),
        ("sin()", 0..5, "takes 1 argument, not 0", Some("sin(x)")),
        ("sin(x, y)", 0..9, "takes 1 argument, not 2", None),
        ("1 + pow(x)", 4..10, "takes 2 arguments, not 1", Some("pow(x, y)")),
        ("min(x, y, z1)", 0..13, "takes 2 arguments, not 3", None),
        ("x, y", 1..2, "a comma only", Some("point")),
        ("(1,5)", 2..3, "a comma only", None),
        ("exp(x,)", 6..7, "a value is missing", None),
        ("x \u{b7} y", 2..4, "means nothing", Some("x*y")),
        ("2\u{3c0}", 1..3, "means nothing", Some("pi")),
        ("\u{221a}x", 0..3, "means nothing", Some("sqrt")),
        ("x = y", 2..3, "means nothing", None),
        ("[x]", 0..1, "means nothing", Some("round")),
        ("x + 1e400", 4..9, "too large", None),
        (".", 0..1, "not a number", None),
        ("e", 0..1, "unknown symbol", Some("exp(1)")),
    ] {
        let error = fault(text);
        assert_eq!(error.span, span, "{text}: {error:?}");
        assert!(error.message.contains(message), "{text}: {error:?}");
        if let Some(hint) = hint {
            assert!(error.hint.as_deref().is_some_and(|given| given.contains(hint)), "{text}: {error:?}");
        }
    }
    for deep in ["(".repeat(5000), "-".repeat(5000), "2^".repeat(5000), "exp(".repeat(4000)] {
        assert!(fault(&deep).message.contains("deep"), "{}", &deep[..8]);
    }
    assert!(fault(&"x+".repeat(20_000)).message.contains("too long"));
    // Long sums are no nesting.
    assert_eq!(read(&format!("x{}", "+x".repeat(4000))).value(&[1.0, 0.0, 0.0]), 4001.0);
}

#[test]
fn names_must_be_possible_and_different() {
    for bad in ["", "2x", "x y", "exp", "pi", "min", "choose", "\u{e9}"] {
        assert!(check_name(bad).is_err(), "{bad}");
    }
    for good in ["x", "_", "x_1", "Pi", "theta", "e"] {
        assert!(check_name(good).is_ok(), "{good}");
    }
    assert!(check_names(["x", "y", "x"]).is_err());
    let shadow = Formula::parse("x", &names(), &[("x".to_owned(), 1.0)]).expect_err("a name twice");
    assert!(shadow.message.contains("twice"));
    let infinite = Formula::parse("1 + k", &names(), &[("k".to_owned(), f64::INFINITY)]).expect_err("not finite");
    assert_eq!(infinite.span, 4..5);
}

#[test]
fn derivatives_of_what_does_not_change_vanish() {
    for text in ["y^2*exp(y)", "T*a_2", "max(y, 2)^y/abs(y)", "choose(y, 1, T)"] {
        let slope = read(text).derivative(0);
        assert!(slope.is_constant() && slope.text() == "0", "{text}: {slope}");
    }
    assert_eq!(read("x^2").derivative(0).text(), "2*x");
    assert_eq!(read("T*x").derivative(0).text(), "0.1");
    assert!(read("x*y").derivative(0).mentions(1) && !read("x*y").derivative(0).mentions(0));
    assert!(read("x*y + 1").same_as(&read("1 + y*x")) && !read("x*y").same_as(&read("x/y")));
}

#[test]
fn a_tape_of_many_formulas_gives_the_values_of_each() {
    let formulas = ["exp(x)*y", "exp(x)*z1 - y^2", "3", "x"].map(read);
    let tape = Tape::of(&formulas.each_ref());
    let columns: Vec<Vec<f64>> =
        (0..3).map(|i| (0..77).map(|k| f64::from(k * (i + 2) % 13) / 7.0 - 0.5).collect()).collect();
    let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let mut out = vec![vec![f64::NAN; 77]; 4];
    tape.columns(&views, &mut out.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
    for k in 0..77 {
        let at = [columns[0][k], columns[1][k], columns[2][k]];
        let mut point = [0.0; 4];
        tape.point(&at, &mut point);
        for (i, formula) in formulas.iter().enumerate() {
            assert_eq!(out[i][k], formula.value(&at));
            assert_eq!(point[i], formula.value(&at));
        }
    }
    let mut single = vec![0.0; 77];
    formulas[1].values(&views, &mut single);
    assert_eq!(single, out[1]);
}

/// An expression that evaluates itself in dual numbers.
#[derive(Debug, Clone)]
enum Expression {
    Number(f64),
    Variable(usize),
    Unary(&'static str, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Choose(Box<Expression>, Box<Expression>, Box<Expression>),
}

/// Value, derivative, and a bound on the magnitudes that were added up to them.
#[derive(Debug, Clone, Copy)]
struct Dual {
    value: f64,
    slope: f64,
    size: f64,
}

impl Expression {
    /// Fully parenthesised.
    fn text(&self) -> String {
        match self {
            Self::Number(x) => format!("{x:?}"),
            Self::Variable(i) => names()[*i].clone(),
            Self::Unary("-", a) => format!("(-{})", a.text()),
            Self::Unary(f, a) => format!("{f}({})", a.text()),
            Self::Binary(f @ ("min" | "max" | "pow"), a, b) => format!("{f}({}, {})", a.text(), b.text()),
            Self::Binary(operator, a, b) => format!("({} {operator} {})", a.text(), b.text()),
            Self::Choose(c, a, b) => format!("choose({}, {}, {})", c.text(), a.text(), b.text()),
        }
    }

    /// Value and derivative by variable `i` at `at`; `None` at a kink, out of range or where badly conditioned.
    fn dual(&self, at: &[f64], i: usize) -> Option<Dual> {
        let chain = |a: Dual, value: f64, factor: f64| Dual {
            value,
            slope: if a.slope == 0.0 { 0.0 } else { factor * a.slope },
            size: (1.0 + factor.abs()) * (1.0 + a.size) * (1.0 + value.abs()),
        };
        let dual = match self {
            Self::Number(x) => Dual { value: *x, slope: 0.0, size: x.abs() },
            Self::Variable(j) => Dual { value: at[*j], slope: f64::from(i == *j), size: 1.0 + at[*j].abs() },
            Self::Unary(f, a) => {
                let a = a.dual(at, i)?;
                let x = a.value;
                match *f {
                    "-" => chain(a, -x, -1.0),
                    "exp" => chain(a, x.exp(), x.exp()),
                    "ln" => chain(a, x.ln(), 1.0 / x),
                    "sqrt" => chain(a, x.sqrt(), 0.5 / x.sqrt()),
                    "sin" => chain(a, x.sin(), x.cos()),
                    "cos" => chain(a, x.cos(), -x.sin()),
                    "tan" => chain(a, x.tan(), 1.0 / (x.cos() * x.cos())),
                    "tanh" => chain(a, x.tanh(), (1.0 - x.tanh()) * (1.0 + x.tanh())),
                    "sinh" => chain(a, x.sinh(), x.cosh()),
                    "cosh" => chain(a, x.cosh(), x.sinh()),
                    "atan" => chain(a, x.atan(), 1.0 / (1.0 + x * x)),
                    "abs" if x.abs() > 1e-6 => chain(a, x.abs(), x.signum()),
                    "sign" if x.abs() > 1e-6 => chain(a, x.signum(), 0.0),
                    _ => return None,
                }
            }
            Self::Binary(operator, a, b) => {
                let (a, b) = (a.dual(at, i)?, b.dual(at, i)?);
                let size = (1.0 + a.size) * (1.0 + b.size);
                let apart = (a.value - b.value).abs() > 1e-6;
                match *operator {
                    "+" => Dual { value: a.value + b.value, slope: a.slope + b.slope, size },
                    "-" => Dual { value: a.value - b.value, slope: a.slope - b.slope, size },
                    "*" => Dual { value: a.value * b.value, slope: a.slope * b.value + a.value * b.slope, size },
                    "/" if b.value.abs() > 1e-3 => {
                        let slope = (a.slope * b.value - a.value * b.slope) / (b.value * b.value);
                        Dual { value: a.value / b.value, slope, size: size / (b.value * b.value) }
                    }
                    "^" | "pow" if a.value > 1e-3 => {
                        let value = a.value.powf(b.value);
                        let slope = value * (b.slope * a.value.ln() + b.value * a.slope / a.value);
                        Dual { value, slope, size: size * (1.0 + value) * (1.0 + 1.0 / a.value) }
                    }
                    "min" if apart => [b, a][usize::from(a.value < b.value)],
                    "max" if apart => [b, a][usize::from(a.value > b.value)],
                    _ => return None,
                }
            }
            Self::Choose(c, a, b) => {
                let c = c.dual(at, i)?;
                let (a, b) = (a.dual(at, i), b.dual(at, i));
                if c.value.abs() < 1e-6 {
                    return None;
                }
                if c.value > 0.0 { a? } else { b? }
            }
        };
        (dual.value.is_finite() && dual.slope.is_finite() && dual.size < 1e5).then_some(dual)
    }
}

fn expressions() -> impl Strategy<Value = Expression> {
    let number = prop_oneof![Just(0.0), Just(1.0), Just(2.0), Just(0.5), Just(3.0), 0.0..4.0f64];
    let leaf = prop_oneof![number.prop_map(Expression::Number), (0usize..3).prop_map(Expression::Variable)];
    leaf.prop_recursive(5, 32, 3, |inner| {
        let functions = prop::sample::select(vec![
            "-", "exp", "ln", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "abs", "sign",
        ]);
        let operators = prop::sample::select(vec!["+", "-", "*", "/", "^", "pow", "min", "max", "+", "-", "*", "/"]);
        prop_oneof![
            (functions, inner.clone()).prop_map(|(f, a)| Expression::Unary(f, Box::new(a))),
            (operators, inner.clone(), inner.clone()).prop_map(|(o, a, b)| Expression::Binary(
                o,
                Box::new(a),
                Box::new(b)
            )),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, a, b)| Expression::Choose(
                Box::new(c),
                Box::new(a),
                Box::new(b)
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn values_and_derivatives_are_those_of_dual_numbers(
        expression in expressions(),
        at in prop::array::uniform3(-2.0..2.0f64),
        i in 0usize..3,
    ) {
        let text = expression.text();
        let formula = read(&text);
        if let Some(dual) = expression.dual(&at, i) {
            let bound = 1e-11 * (1.0 + dual.size);
            prop_assert!((formula.value(&at) - dual.value).abs() <= bound, "{text} = {}, {dual:?}", formula.value(&at));
            let slope = formula.derivative(i);
            prop_assert!((slope.value(&at) - dual.slope).abs() <= bound, "({text})' = {slope} = {}, {dual:?}", slope.value(&at));
        }
    }

    #[test]
    fn what_is_printed_reads_back_as_the_same(
        expression in expressions(),
        at in prop::array::uniform3(-2.0..2.0f64),
        i in 0usize..3,
    ) {
        let formula = read(&expression.text());
        for written in [formula.clone(), formula.derivative(i)] {
            let again = read(&written.to_string());
            let (first, second) = (written.value(&at), again.value(&at));
            prop_assert!(first == second || first.is_nan() && second.is_nan(), "{written} = {first}, {again} = {second}");
            let mut block = [0.0; 3];
            written.values(&[&[at[0]; 3], &[at[1]; 3], &[at[2]; 3]], &mut block);
            // The sign of a value that does not exist means nothing.
            let bits = |value: f64| if value.is_nan() { f64::NAN } else { value }.to_bits();
            prop_assert_eq!(block.map(bits), [bits(first); 3]);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn no_salad_of_tokens_makes_it_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "x", "y", "(", ")", ",", "+", "-", "*", "/", "^", "**", "1", "0", "1e308", "1e-320", ".5", "exp", "min", "pow",
        "choose", "pi", "T", "ln", " ", "e", "\u{3c0}",
    ]), 0..40)) {
        check(&tokens.concat());
    }
}

/// Whatever the text, the answer is a formula that can be used or an error within the text.
fn check(text: &str) {
    match Formula::parse(text, &names(), &parameters()) {
        Ok(formula) => {
            let slope = formula.derivative(0).derivative(1);
            let _ = (formula.value(&[0.5, -1.0, 2.0]), slope.value(&[0.5, -1.0, 2.0]));
            assert!(!slope.text().is_empty());
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
            assert!(!error.message.is_empty());
        }
    }
}

/// d tanh = 1 / cosh^2, d^2 tanh = -2 tanh / cosh^2, d^3 tanh = (4 - 6 / cosh^2) / cosh^2: also where cosh overflows.
#[test]
fn derivatives_of_tanh_vanish_far_out() {
    let names = ["x".to_owned()];
    let first = Formula::parse("tanh(3*x)", &names, &[]).expect("a formula").derivative(0);
    let (second, third) = (first.derivative(0), first.derivative(0).derivative(0));
    for x in [-400.0_f64, -130.0, -2.0, 0.0, 0.3, 20.0, 119.0, 130.0, 1e4] {
        let (tanh, sech) = ((3.0 * x).tanh(), 1.0 / (3.0 * x).cosh().powi(2));
        for (found, truth) in [
            (first.value(&[x]), 3.0 * sech),
            (second.value(&[x]), -18.0 * tanh * sech),
            (third.value(&[x]), 27.0 * sech * (4.0 - 6.0 * sech)),
        ] {
            assert!((found - truth).abs() <= 1e-13 * truth.abs().max(1e-290), "x = {x}: {found:e} for {truth:e}");
        }
    }
}
