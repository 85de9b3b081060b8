//! Parses the command line and hands over to [`calling::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    calling::cli::run()
}
