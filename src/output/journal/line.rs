//! One line of a journal: a number, what belongs to it, and a check of both.

use super::fields::Fields;
use sha2::{Digest as _, Sha256};

/// What a journal holds.
pub trait Entry: Sized {
    /// Of what it is a part, in words.
    const OF: &'static str;
    /// Fields without tabs or line ends, from which it can be read again to the last bit.
    fn fields(&self) -> Vec<String>;
    /// Reads them; nothing if they are not such fields.
    fn from_fields(fields: &mut Fields<'_>) -> Option<Self>;
}

/// The line of an entry.
pub fn line<R: Entry>(number: usize, entry: &R) -> String {
    let mut fields = entry.fields();
    fields.insert(0, number.to_string());
    let text = fields.join("\t");
    let check = check(&text);
    format!("{text}\t{check}\n")
}

/// The entry of a line with its number, if its check is right.
pub fn read<R: Entry>(line: &str) -> Option<(usize, R)> {
    let (text, sum) = line.rsplit_once('\t')?;
    if check(text) != sum {
        return None;
    }
    let mut fields = Fields::of(text);
    let number = fields.next()?.parse().ok()?;
    Some((number, R::from_fields(&mut fields)?))
}

fn check(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
