//! How a command ends: what it prints, and its exit code.

use std::io::Write;
use std::process::ExitCode;

/// Prints what is wrong with a setting.
pub fn wrong_setting(sentence: impl std::fmt::Display) -> ExitCode {
    eprintln!("calling: {sentence}");
    ExitCode::from(2)
}

/// Prints what failed.
pub fn failed(sentence: impl std::fmt::Display) -> ExitCode {
    eprintln!("calling: {sentence}");
    ExitCode::FAILURE
}

pub fn print(lines: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{lines}")
}

/// Success, even if standard output was closed early, as in `calling --help | head`.
pub fn shown(printed: std::io::Result<()>) -> ExitCode {
    match printed {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => failed(error),
        _ => ExitCode::SUCCESS,
    }
}
