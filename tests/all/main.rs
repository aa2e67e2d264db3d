//! Integration tests in one binary, since each binary links everything.

mod cli;
mod output;
mod reference;
mod scenario;
mod scenarios;
