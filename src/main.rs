//! Parses the command line and runs the command: see [`calling::run`].

use std::process::ExitCode;

/// mimalloc, because the system's allocator keeps some 90 MB that loading the models allocates and frees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    calling::run()
}
