//! The command line, one module per subcommand.
//!
//! Exit codes: 0 for success, 1 for a failure while running, 2 for a wrong setting.

mod admin;
mod classify;
mod datasets;
#[cfg(feature = "training")]
mod evaluate;
#[cfg(feature = "fetch")]
mod fetch;
mod healthcheck;
mod message;
mod migrate;
mod models;
mod outcome;
mod research;
mod serve;
#[cfg(feature = "training")]
mod train;
mod unavailable;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::{Server, Settings};
use outcome::{shown, wrong_setting};

/// A personality-and-career site: 86 questions, two transformer classifiers, careers with real wages.
#[derive(Parser, Debug)]
#[command(name = "calling", version, about, long_about = None, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve the site, as calling does without a subcommand
    Serve(Box<Settings>),
    /// Check a model's folder, or download the two public models
    #[command(subcommand)]
    Models(models::Work),
    /// Check that the server at --listen responds; the exit code is 0 if it does
    Healthcheck(Server),
    /// Read one text with both models and print the result as JSON
    Classify(classify::Arguments),
    /// Build or check the career spreadsheets
    #[command(subcommand)]
    Datasets(datasets::Work),
    /// Run, revert or list the database's migrations
    #[command(subcommand)]
    Migrate(migrate::Work),
    /// Make somebody an administrator of the site
    #[command(subcommand)]
    Admin(admin::Work),
    /// Export what visitors give to research
    #[command(subcommand)]
    Research(research::Work),
    /// Train the bundled models again, or models like them
    #[cfg(feature = "training")]
    #[command(subcommand)]
    Train(train::Train),
    /// Train the bundled models again, or models like them (needs a build with the feature `training`)
    #[cfg(not(feature = "training"))]
    Train(unavailable::Arguments),
    /// Measure a pair of models on simulated respondents and on labeled texts
    #[cfg(feature = "training")]
    Evaluate(Box<evaluate::Arguments>),
    /// Measure a pair of models on simulated respondents and on labeled texts (needs a build with the feature `training`)
    #[cfg(not(feature = "training"))]
    Evaluate(unavailable::Arguments),
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) if error.use_stderr() => {
            return wrong_setting(message::sentence(&error, &CommandLine::command()));
        }
        Err(help) => return shown(help.print()),
    };
    match line.command {
        None => serve::run(line.settings),
        Some(Command::Serve(settings)) => serve::run(*settings),
        Some(Command::Models(work)) => models::run(&work),
        Some(Command::Healthcheck(server)) => healthcheck::run(&server),
        Some(Command::Classify(arguments)) => classify::run(&arguments),
        Some(Command::Datasets(work)) => datasets::run(&work),
        Some(Command::Migrate(work)) => migrate::run(&work),
        Some(Command::Admin(work)) => admin::run(&work),
        Some(Command::Research(work)) => research::run(&work),
        #[cfg(feature = "training")]
        Some(Command::Train(what)) => train::run(&what),
        #[cfg(feature = "training")]
        Some(Command::Evaluate(arguments)) => evaluate::run(&arguments),
        #[cfg(not(feature = "training"))]
        Some(Command::Train(_)) => wrong_setting(unavailable::sentence("train", "training")),
        #[cfg(not(feature = "training"))]
        Some(Command::Evaluate(_)) => wrong_setting(unavailable::sentence("evaluate", "training")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_setting_has_an_environment_variable_and_a_line_of_help() {
        let command = CommandLine::command();
        for argument in command.get_arguments() {
            if matches!(argument.get_id().as_str(), "help" | "version") {
                continue;
            }
            let id = argument.get_id();
            let variable = argument.get_env().unwrap_or_else(|| panic!("--{id} has no variable"));
            let variable = variable.to_string_lossy();
            assert!(variable == "DATABASE_URL" || variable.starts_with("CALLING_"), "{variable}");
            assert!(argument.get_help().is_some(), "--{id} has no help");
        }
    }

    #[test]
    fn calling_alone_takes_the_settings_of_serve() {
        let alone = CommandLine::try_parse_from(["calling", "--listen", "127.0.0.1:7"]).unwrap();
        assert!(alone.command.is_none());
        assert_eq!(alone.settings.server.listen.port(), 7);
        let serve = CommandLine::try_parse_from(["calling", "serve", "--listen", "127.0.0.1:7"]).unwrap();
        match serve.command {
            Some(Command::Serve(settings)) => assert_eq!(settings.server.listen.port(), 7),
            other => panic!("{other:?}"),
        }
    }
}
