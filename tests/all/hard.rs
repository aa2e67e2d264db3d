//! The solver against laws in the hard corners (50-digit quadrature without closed forms; data/make_hard_laws.py).

#[test]
fn all_hard_laws() {
    crate::common::run_all(include_str!("../data/hard_laws.json"));
}
