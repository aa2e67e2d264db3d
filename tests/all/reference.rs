//! The solver against laws known to 20 digits (55-digit arithmetic on the closed forms; see data/reference_laws.json).

#[test]
fn all_reference_laws() {
    crate::common::run_all(include_str!("../data/reference_laws.json"));
}
