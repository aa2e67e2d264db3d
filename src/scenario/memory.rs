//! Amounts of memory as people write them.

/// What is understood.
pub(super) const ACCEPTED: &str = "bytes, or a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, e.g. \"4 GB\"";

/// Bytes of `4 GB`, `512MiB`, `1e9` or `1500000000 B`; upper and lower case are the same.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.find(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" | "k" => 1e3,
        "mb" | "m" => 1e6,
        "gb" | "g" => 1e9,
        "tb" | "t" => 1e12,
        "kib" => 1024.0,
        "mib" => 1048576.0,
        "gib" => 1073741824.0,
        "tib" => 1099511627776.0,
        _ => return None,
    };
    of_number(number.trim().parse::<f64>().ok()? * factor)
}

/// Bytes, if there are at least as many as anything takes.
pub(super) fn of_number(bytes: f64) -> Option<u64> {
    (1e6..=1e16).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn units_are_those_of_the_trade() {
        for (text, expected) in [
            ("4 GB", Some(4_000_000_000)),
            ("512MiB", Some(536_870_912)),
            ("1.5e9", Some(1_500_000_000)),
            ("2 tib", Some(2_199_023_255_552)),
            ("3 GHz", None),
            ("-4 GB", None),
            ("4", None),
            ("GB", None),
            ("nan", None),
            ("1e30 GB", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
