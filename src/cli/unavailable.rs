//! How a build without a cargo feature answers commands that need it.

#[cfg(not(all(feature = "training", feature = "fetch")))]
use clap::Args;

/// Accepts and ignores whatever follows the command, `--help` included.
#[cfg(not(all(feature = "training", feature = "fetch")))]
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    ignored: Vec<std::ffi::OsString>,
}

/// How to get a command that this build lacks.
#[cfg(any(test, not(all(feature = "training", feature = "fetch"))))]
pub fn sentence(command: &str, feature: &str) -> String {
    format!(
        "this build does not include `calling {command}`, which needs the feature {feature}: \
         cargo run --release --features {feature} -- {command} ..."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_the_command_to_type() {
        let train = sentence("train", "training");
        assert!(train.ends_with("cargo run --release --features training -- train ..."), "{train}");
        let fetch = sentence("models fetch", "fetch");
        assert!(fetch.ends_with("cargo run --release --features fetch -- models fetch ..."), "{fetch}");
    }

    #[cfg(not(feature = "fetch"))]
    #[test]
    fn fetching_is_recognized_whatever_follows_it() {
        use crate::cli::{Command, CommandLine, models::Work};
        use clap::Parser;

        let line = ["calling", "models", "fetch", "--endpoint", "http://localhost"];
        let parsed = CommandLine::try_parse_from(line).unwrap().command;
        assert!(matches!(parsed, Some(Command::Models(Work::Fetch(_)))));
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
