//! Commands that only a build with the feature `training` has: what the others answer to them.

#[cfg(not(feature = "training"))]
use clap::Args;

/// Whatever follows the command, `--help` included: none of it matters.
#[cfg(not(feature = "training"))]
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    ignored: Vec<std::ffi::OsString>,
}

/// Says how to get a command that this build does not have.
#[cfg(any(test, not(feature = "training")))]
pub fn sentence(command: &str) -> String {
    format!(
        "this build leaves out `calling {command}`, which needs the feature training: \
         cargo run --release --features training -- {command} ..."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_command_to_type() {
        assert!(sentence("train").ends_with("cargo run --release --features training -- train ..."));
    }

    #[cfg(not(feature = "training"))]
    #[test]
    fn a_command_that_is_left_out_is_recognized_whatever_follows_it() {
        use crate::cli::{Command, CommandLine};
        use clap::Parser;

        let parse = |line: &[&str]| CommandLine::try_parse_from(line).unwrap().command;
        assert!(matches!(parse(&["calling", "train", "big-five", "--start", "x"]), Some(Command::Train(_))));
        assert!(matches!(parse(&["calling", "train", "--help"]), Some(Command::Train(_))));
        assert!(matches!(parse(&["calling", "evaluate", "--cards"]), Some(Command::Evaluate(_))));
    }
}
