//! Outputs of laws of several variables, made from records built by hand from closed forms.

mod files;
mod pictures;
mod sample;
mod text;
