//! docs/SETTINGS.md is made from the command line's definition.
//!
//! After a change of a setting, write it anew: `UPDATE_SETTINGS=1 cargo test --test it settings`.

use std::path::Path;

use calling::internals::config::Settings;
use clap::{Arg, Args, Command};

/// The text above the tables.
const INTRODUCTION: &str = "\
# Settings

Every setting is a command-line option and an environment variable; the option wins. `calling --help` shows them too. This
page is made from the program by the test `tests/it/settings.rs`.

A wrong setting stops the start with one sentence and exit code 2. A database that does not answer does not stop it: the
server starts, `/ready` says why it is not ready, and it keeps trying.
";

fn page() -> String {
    let command = Settings::augment_args(Command::new("calling"));
    let mut page = INTRODUCTION.to_owned();
    let mut heading = None;
    for argument in command.get_arguments() {
        if argument.get_help_heading() != heading {
            heading = argument.get_help_heading();
            page.push_str(&format!("\n## {}\n\n", heading.unwrap_or("Other")));
            page.push_str("| option | variable | default | what it sets |\n| --- | --- | --- | --- |\n");
        }
        page.push_str(&row(argument));
    }
    page
}

fn row(argument: &Arg) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let takes_value = argument.get_action().takes_values();
    let value = argument.get_value_names().filter(|_| takes_value).map(|names| format!(" {}", names[0]));
    let option = format!("--{}{}", argument.get_long().unwrap(), value.unwrap_or_default());
    let variable = argument.get_env().unwrap().to_string_lossy();
    let default: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = if takes_value { default.join(",") } else { String::new() };
    let mut help = argument.get_help().unwrap().to_string();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|_| takes_value)
        .map(|value| format!("`{}`: {}", value.get_name(), value.get_help().unwrap()))
        .collect();
    if !values.is_empty() {
        help = format!("{help}.<br>{}", values.join("<br>"));
    }
    format!(
        "| {} | {} | {} | {} |\n",
        code(&option),
        code(&variable),
        code(&default),
        help.replace('|', "\\|")
    )
}

#[test]
fn the_settings_page_says_what_the_command_line_takes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/SETTINGS.md");
    if std::env::var_os("UPDATE_SETTINGS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(
        written == page(),
        "docs/SETTINGS.md is out of date: run UPDATE_SETTINGS=1 cargo test --test it settings"
    );
}
