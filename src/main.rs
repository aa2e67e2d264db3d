//! The `stillpoint` program; everything is in the library.

fn main() -> std::process::ExitCode {
    stillpoint::cli::main()
}
