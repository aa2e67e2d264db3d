mod common;
mod hard;
mod reference;
