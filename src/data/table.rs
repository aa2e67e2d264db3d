//! Two named columns of a CSV file, with the place of whatever is wrong in it.

use super::DataError;
use csv::StringRecord;

/// Reads columns `x` and `y`; one error per column, so that both can be repaired at once.
pub(super) fn columns(bytes: &[u8], path: &str, x: &str, y: &str) -> Result<(Vec<f64>, Vec<f64>), Vec<DataError>> {
    let text = text(bytes, path).map_err(|e| vec![e])?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().cloned().map_err(|e| vec![malformed(&e, path)])?;
    let (ix, iy) = match (position(&header, x, path), position(&header, y, path)) {
        (Ok(ix), Ok(iy)) => (ix, iy),
        (rx, ry) => return Err([rx.err(), ry.err()].into_iter().flatten().collect()),
    };
    let (mut xs, mut ys) = (Column::new(ix, x), Column::new(iy, y));
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {
                xs.push(&record, text, path);
                ys.push(&record, text, path);
            }
            Ok(false) => break,
            Err(e) => return Err(vec![malformed(&e, path)]),
        }
    }
    match (xs.error, ys.error) {
        (None, None) if xs.values.len() < 2 => Err(vec![DataError::TooFewRows {
            path: path.to_owned(),
            line: text.lines().count().max(1),
            rows: xs.values.len(),
        }]),
        (None, None) => Ok((xs.values, ys.values)),
        (ex, ey) => Err([ex, ey].into_iter().flatten().collect()),
    }
}

struct Column<'a> {
    index: usize,
    name: &'a str,
    values: Vec<f64>,
    error: Option<DataError>,
}

impl<'a> Column<'a> {
    fn new(index: usize, name: &'a str) -> Self {
        Self { index, name, values: Vec::new(), error: None }
    }

    /// Appends the field of a record, or keeps the first error.
    fn push(&mut self, record: &StringRecord, text: &str, path: &str) {
        let field = record.get(self.index).unwrap_or_default();
        match field.parse::<f64>() {
            Ok(value) if value.is_finite() => self.values.push(value),
            _ if self.error.is_none() => {
                let start = record.position().map_or(0, |p| p.byte() as usize);
                let (line, character) = field_place(text, start, self.index);
                self.error = Some(DataError::NotANumber {
                    path: path.to_owned(),
                    line,
                    character,
                    column: self.name.to_owned(),
                    found: shortened(field),
                });
            }
            _ => {}
        }
    }
}

/// The file as text, without a byte order mark.
fn text<'a>(bytes: &'a [u8], path: &str) -> Result<&'a str, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|e| {
        let good = std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default();
        let (line, character) = place(good, good.len());
        DataError::NotText { path: path.to_owned(), line, character, byte: bytes[e.valid_up_to()] }
    })
}

fn position(header: &StringRecord, name: &str, path: &str) -> Result<usize, DataError> {
    let mut places = header.iter().enumerate().filter(|(_, h)| *h == name).map(|(i, _)| i);
    match (places.next(), places.next()) {
        (Some(i), None) => Ok(i),
        (Some(_), Some(_)) => Err(DataError::AmbiguousColumn { path: path.to_owned(), column: name.to_owned() }),
        (None, _) => {
            let available: Vec<String> = header.iter().filter(|h| !h.is_empty()).map(shortened).collect();
            Err(DataError::MissingColumn {
                path: path.to_owned(),
                column: name.to_owned(),
                nearest: super::nearest(name, available.iter().map(String::as_str)).map(str::to_owned),
                available,
            })
        }
    }
}

fn malformed(error: &csv::Error, path: &str) -> DataError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => DataError::Ragged {
            path: path.to_owned(),
            line: pos.as_ref().map_or(1, |p| p.line() as usize),
            found: *len,
            expected: *expected_len,
        },
        _ => DataError::Unreadable { path: path.to_owned(), cause: error.to_string() },
    }
}

/// Line and character (from 1) of byte `at`.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    (line, before[start..].chars().count() + 1)
}

/// Line and character of the `index`-th field of the record that starts at byte `start`.
fn field_place(text: &str, start: usize, index: usize) -> (usize, usize) {
    let record = text.get(start..).unwrap_or_default();
    // The reader reports the end of the previous record; blank lines may lie between.
    let start = start + (record.len() - record.trim_start_matches(['\r', '\n']).len());
    let mut quoted = false;
    let mut fields = 0;
    let mut at = start;
    for (offset, c) in text.get(start..).unwrap_or_default().char_indices() {
        if fields == index {
            at = start + offset;
            break;
        }
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields += 1,
            _ => {}
        }
        at = start + offset + c.len_utf8();
    }
    place(text, at)
}

/// At most 40 characters of a field, for messages.
fn shortened(field: &str) -> String {
    let mut chars = field.chars();
    let head: String = chars.by_ref().take(40).flat_map(char::escape_debug).collect();
    if chars.next().is_some() { head + "…" } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> Vec<DataError> {
        columns(text.as_bytes(), "d.csv", "x", "y").unwrap_err()
    }

    #[test]
    fn reads_two_of_three_columns_with_marks_quotes_and_spaces() {
        let text = "\u{feff}y, z ,x\r\n1,a,\"2\"\r\n 3 ,b,4e0\r\n";
        assert_eq!(columns(text.as_bytes(), "d", "x", "y").unwrap(), (vec![2.0, 4.0], vec![1.0, 3.0]));
    }

    #[test]
    fn a_text_is_found_by_line_and_character() {
        let e = &errors("x,name,y\n1,\"a,b\n c\",2\n3,d,oops\n")[0];
        assert_eq!(e.to_string(), "d.csv:4:5: the text `oops` in column `y`");
        let e = &errors("x,y\n\n1,\n")[0];
        assert_eq!(e.to_string(), "d.csv:3:3: an empty field in column `y`");
        let e = &errors("x,y\n1e999,2\n")[0];
        assert_eq!(e.to_string(), "d.csv:2:1: `1e999`, which is not finite, in column `x`");
    }

    #[test]
    fn both_missing_columns_are_reported_with_hints() {
        let found = errors("xx,z\n1,2\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].hint().unwrap(), "did you mean `xx`?");
        assert_eq!(found[1].accepted(), "one of `xx`, `z`");
        assert!(errors("x;y\n1;2\n")[0].hint().unwrap().contains("semicolons"));
    }

    #[test]
    fn other_malformations_name_their_line() {
        assert_eq!(errors("x,y\n1,2\n3\n")[0].to_string(), "d.csv:3:1: 1 fields where the header has 2");
        assert_eq!(errors("x,y\n1,2\n")[0].to_string(), "d.csv:2:1: 1 rows of data");
        assert!(matches!(errors("")[0], DataError::MissingColumn { .. }));
        assert!(matches!(errors("x,x,y\n1,2,3\n")[0], DataError::AmbiguousColumn { .. }));
        let bad = columns(b"x,y\n1,\xff\n", "d.csv", "x", "y").unwrap_err();
        assert_eq!(bad[0].to_string(), "d.csv:2:3: byte 0xff is not UTF-8 text");
    }

    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = columns(&bytes, "d", "x", "y");
            let mut headed = b"x,y\n".to_vec();
            headed.extend(bytes);
            let _ = columns(&headed, "d", "x", "y");
        }

        #[test]
        fn random_csv_never_panics(text in "(x|y|,|\n|\"|1|é|-|e|;| ){0,60}") {
            let _ = columns(format!("x,y\n{text}").as_bytes(), "d", "x", "y");
        }
    }
}
