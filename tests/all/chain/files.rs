//! Matrix Market files in and out.

use super::sparse;
use proptest::prelude::*;
use stillpoint::chain::{Chain, ChainError, Kind, Orientation, read_matrix_market, write_matrix_market};
use stillpoint::operator::Generator;
use tempfile::TempDir;

fn read(text: &str, orientation: Orientation) -> Result<Chain, ChainError> {
    Chain::of(read_matrix_market(text.as_bytes())?, orientation)
}

/// Rates as (from, to, rate), and the kind.
fn jumps(text: &str, orientation: Orientation) -> (Vec<(usize, usize, f64)>, Kind) {
    let chain = read(text, orientation).unwrap_or_else(|error| panic!("{error}: {text}"));
    (chain.generator.rates().iter().map(|(&rate, (from, to))| (from as usize, to as usize, rate)).collect(), chain.kind)
}

const GENERAL: &str = "%%MatrixMarket matrix coordinate real general\n";

#[test]
fn generators_and_stochastic_matrices_are_told_apart_by_their_sums() {
    let (rates, kind) = jumps(&format!("{GENERAL}2 2 4\n1 1 -2\n1 2 2\n2 1 0.5\n2 2 -.5\n"), Orientation::Rows);
    assert_eq!((rates, kind), (vec![(0, 1, 2.0), (1, 0, 0.5)], Kind::Generator));
    let stochastic = format!("{GENERAL}2 2 3\n1 1 0.25\n1 2 0.75\n2 1 1\n");
    assert_eq!(jumps(&stochastic, Orientation::Rows), (vec![(0, 1, 0.75), (1, 0, 1.0)], Kind::Stochastic));
    let columns = format!("{GENERAL}2 2 3\n1 1 0.25\n2 1 0.75\n1 2 1\n");
    assert_eq!(jumps(&columns, Orientation::Columns), (vec![(0, 1, 0.75), (1, 0, 1.0)], Kind::Stochastic));
    let (_, kind) = jumps(&format!("{GENERAL}2 2 0\n"), Orientation::Rows);
    assert_eq!(kind, Kind::Generator);
}

#[test]
fn every_form_of_the_format_is_read() {
    let cycle = vec![(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)];
    let is_cycle = |text: &str| assert_eq!(jumps(text, Orientation::Rows).0, cycle, "{text}");
    is_cycle("%%MatrixMarket matrix coordinate pattern general\n3 3 3\n1 2\n2 3\n3 1\n");
    is_cycle(
        "\u{feff}%%matrixmarket MATRIX Coordinate Integer General\r\n% remark\r\n\r\n3 3 3\r\n3 1 1\r\n1 2 1\r\n\r\n2 3 1\r\n",
    );
    is_cycle("%%MatrixMarket matrix array real general\n3 3\n0\n0\n1\n1\n0\n0\n0\n1\n0");
    // Duplicates add up, Fortran exponents, zeros, comments between entries, no line end.
    is_cycle(&format!("{GENERAL}3 3 6\n1 2 0.25\n1 2 7.5D-1\n% more\n2 3 1\n3 1 1\n 2\t2  0.0 \n1 3 0"));
    let pairs = vec![(0, 1, 2.0), (0, 2, 3.0), (1, 0, 2.0), (2, 0, 3.0)];
    let symmetric = "%%MatrixMarket matrix coordinate real symmetric\n3 3 5\n1 1 -5\n2 1 2\n3 1 3\n2 2 -2\n3 3 -3\n";
    assert_eq!(jumps(symmetric, Orientation::Rows).0, pairs);
    let array = "%%MatrixMarket matrix array real symmetric\n3 3\n-5\n2\n3\n-2\n0\n-3\n";
    assert_eq!(jumps(array, Orientation::Rows).0, pairs);
}

#[test]
fn every_double_is_read_as_it_is() {
    for text in ["0.1", "1e-300", "2.2250738585072014e-308", "1.7976931348623157e308", "1E+5", "123456789012345678"] {
        let value: f64 = text.parse().expect("a number");
        let file = format!("{GENERAL}2 2 2\n1 2 {text}\n1 1 -{text}\n");
        assert_eq!(jumps(&file, Orientation::Rows).0, [(0, 1, value)]);
    }
}

/// The message (with its line) and the hint of a file that is refused.
fn refused(text: &str) -> String {
    let error = read(text, Orientation::Rows).expect_err(text);
    format!("{:?} {error} | {}", error.line(), error.hint().unwrap_or_default())
}

#[test]
fn bad_files_are_refused_with_place_value_and_what_is_accepted() {
    let says = |text: &str, parts: &[&str]| {
        let message = refused(text);
        for part in parts {
            assert!(message.contains(part), "{message:?} does not say {part:?}");
        }
    };
    says("", &["Some(1)", "no Matrix Market header", "%%MatrixMarket matrix coordinate real general"]);
    says("1,2\n3,4\n", &["Some(1)", "`1,2`"]);
    says("%%MatrixMarket matrix coordinate complex general\n1 1 0\n", &["`complex`", "`real` or `integer`"]);
    says("%%MatrixMarket matrix array pattern general\n1 1\n", &["`pattern`"]);
    says("%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n", &["`hermitian`", "`general` or `symmetric`"]);
    says("%%MatrixMarket matrix coordinate real skew-symmetric\n1 1 0\n", &["`skew-symmetric`"]);
    says("%%MatrixMarket vector coordinate real general\n1 1 0\n", &["`vector`", "`matrix`"]);
    says("%%MatrixMarket matrix elemental real general\n1 1 0\n", &["`elemental`", "`coordinate` or `array`"]);
    says(GENERAL, &["Some(2)", "end of the file", "`rows columns entries`"]);
    says(&format!("{GENERAL}2 2\n"), &["Some(2)", "`2 2`", "`rows columns entries`"]);
    says(&format!("{GENERAL}2 x 3\n"), &["`2 x 3`"]);
    says(&format!("{GENERAL}2 3 1\n1 1 0\n"), &["2 rows and 3 columns", "square"]);
    says(&format!("{GENERAL}0 0 0\n"), &["without rows"]);
    says(&format!("{GENERAL}5000000000 5000000000 0\n"), &["Some(2)", "4294967295"]);
    says(&format!("{GENERAL}4000000000 4000000000 0\n"), &["of memory", "MB are free"]);
    says(&format!("{GENERAL}2 2 1000000000000000\n"), &["of memory"]);
    says(&format!("{GENERAL}2 2 1\n1 2\n"), &["Some(3)", "`1 2`", "`row column value`"]);
    says(&format!("{GENERAL}2 2 1\n1 2 3 4\n"), &["Some(3)", "`1 2 3 4`"]);
    says(&format!("{GENERAL}2 2 1\n0 2 1\n"), &["Some(3)", "row `0`", "from 1 to 2"]);
    says(&format!("{GENERAL}2 2 1\n1 3 1\n"), &["column `3`", "from 1 to 2"]);
    says(&format!("{GENERAL}2 2 1\n1 1.5 1\n"), &["column `1.5`"]);
    says(&format!("{GENERAL}2 2 1\n1 2 abc\n"), &["Some(3)", "`abc`", "is no number"]);
    says(&format!("{GENERAL}2 2 1\n1 2 nan\n"), &["`nan`", "is no number"]);
    says(&format!("{GENERAL}2 2 1\n1 2 inf\n"), &["`inf`", "not finite"]);
    says(&format!("{GENERAL}2 2 1\n1 2 1e400\n"), &["`1e400`", "not finite"]);
    says(&format!("{GENERAL}2 2 1\n1 2 1e-400\n"), &["`1e-400`", "too small", "unit of time"]);
    says(&format!("{GENERAL}2 2 1\n1 2 1e-310\n"), &["`1e-310`", "too small"]);
    says(&format!("{GENERAL}2 2 3\n1 2 1\n1 1 -1\n"), &["promises 3 entries and ends after 2"]);
    says(&format!("{GENERAL}2 2 1\n1 2 1\n1 1 -1\n"), &["Some(4)", "more than the 1 entries"]);
    says(&format!("{GENERAL}2 2 2\n1 2 1e308\n1 2 1.7e308\n"), &["row 1, column 2", "inf"]);
    says(&format!("{GENERAL}2 2 2\n1 1 2\n\n1 2 -1\n"), &["Some(5)", "entry -1 in row 1, column 2", ">= 0 off"]);
    says(&format!("{GENERAL}2 2 4\n1 1 1\n1 2 -1\n2 1 -3\n2 2 3\n"), &["and 1 more", "sign of every entry"]);
    says(
        &format!("{GENERAL}2 2 3\n1 2 1\n1 1 -1\n2 1 0.5\n"),
        &["row 2 sums to 0.5", "1 other rows to 0", "generator"],
    );
    says(&format!("{GENERAL}2 2 3\n1 2 1\n2 1 .5\n2 2 .4\n"), &["row 2 sums to 0.9", "stochastic matrix"]);
    says(&format!("{GENERAL}2 2 2\n1 2 2\n2 1 3\n"), &["row 1 sums to 2: neither 0", "nor 1", "diagonal included"]);
    says(&format!("{GENERAL}2 2 3\n1 1 .25\n2 1 .75\n1 2 1\n"), &["--orientation columns"]);
    says(&format!("{GENERAL}2 2 3\n1 1 -1\n1 2 2\n2 1 1\n"), &["diagonal entry -1 of row 1"]);
}

#[test]
fn a_file_without_line_ends_does_not_fill_the_memory() {
    let text = format!("{GENERAL}{}", "1".repeat(3 << 20));
    assert!(matches!(read(&text, Orientation::Rows), Err(ChainError::LongLine { line: 2, .. })));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_bit_for_bit(generator in sparse(1..20, 3)) {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("chain.mtx");
        write_matrix_market(&path, &generator, &["two\nlines".to_owned()]).expect("written");
        let file = std::fs::File::open(&path).expect("a file");
        let chain = Chain::of(read_matrix_market(std::io::BufReader::new(file)).expect("a matrix"), Orientation::Rows);
        let chain = chain.expect("a generator");
        prop_assert_eq!(chain.kind, Kind::Generator);
        prop_assert_eq!(chain.generator.rates(), generator.rates());
    }

    #[test]
    fn no_text_makes_the_reader_panic(lines in prop::collection::vec("[-0-9.e% ]{0,12}|[a-z]{0,4}|%%MatrixMarket", 0..8)) {
        let text = format!("{GENERAL}{}", lines.join("\n"));
        let _ = read(&text, Orientation::Rows);
    }
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing() {
    let folder = TempDir::new().expect("a folder");
    let generator = Generator::from_triplets(2, &[(0, 1, 1.0), (1, 0, 2.0)]).expect("rates");
    assert!(write_matrix_market(&folder.path().join("none/chain.mtx"), &generator, &[]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
