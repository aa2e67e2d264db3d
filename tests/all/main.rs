//! Tests of the public interface, in one binary: linking is what takes time.

mod output;
