mod common;
mod hard;
mod invariants;
mod reference;
