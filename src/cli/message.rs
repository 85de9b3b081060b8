//! Turns clap's errors into one sentence that names the option and what was expected.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::config;

/// Names the option, its environment variable, the value and what was expected. `command` is the whole command line.
pub fn sentence(error: &clap::Error, command: &clap::Command) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if let (Some(option), Some(value)) =
        (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue))
    {
        let option = option.split_whitespace().next().unwrap_or(option);
        let expected = match (error.source(), error.get(ContextKind::ValidValue)) {
            (Some(source), _) => source.to_string(),
            (None, Some(ContextValue::Strings(choices))) => format!("expected {}", choices.join(" or ")),
            (None, _) => "expected another value".to_owned(),
        };
        return format!("{} is {value:?}: {expected}", with_variable(option, command));
    }
    // clap names them below the first line.
    if let (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    {
        return format!("expected {}; see calling --help", missing.join(" and "));
    }
    let rendered = error.to_string();
    let line = rendered.lines().next().unwrap_or_default();
    format!("{}; see calling --help", line.strip_prefix("error: ").unwrap_or(line))
}

/// The option followed by its environment variable, if it has one.
fn with_variable(option: &str, command: &clap::Command) -> String {
    let long = option.trim_start_matches('-');
    command
        .get_arguments()
        .find(|argument| argument.get_long() == Some(long))
        .and_then(config::name)
        .unwrap_or_else(|| option.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::CommandLine;

    fn said(arguments: &[&str]) -> String {
        let error = CommandLine::try_parse_from(arguments).unwrap_err();
        sentence(&error, &CommandLine::command())
    }

    #[test]
    fn a_wrong_value_is_reported_with_option_variable_and_what_was_expected() {
        assert_eq!(
            said(&["calling", "--listen", "here"]),
            "--listen (CALLING_LISTEN) is \"here\": expected an IP address and a port, such as 127.0.0.1:8080"
        );
        assert_eq!(
            said(&["calling", "--log-format", "xml"]),
            "--log-format (CALLING_LOG_FORMAT) is \"xml\": expected text or json"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = said(&["calling", "research", "export", "given", "--database-url", "sqlite://x.db"]);
        assert_eq!(said, "expected --by <EMAIL>; see calling --help");
    }

    #[test]
    fn an_unknown_option_is_reported_on_one_line() {
        let said = said(&["calling", "--lisen", "127.0.0.1:1"]);
        assert!(said.contains("--lisen") && !said.contains('\n'), "{said}");
    }
}
