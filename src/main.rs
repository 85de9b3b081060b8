//! Parses the command line and hands over to [`calling::cli`].

use std::process::ExitCode;

/// The system's allocator kept some 90 MB of what loading the models had taken and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    calling::cli::run()
}
