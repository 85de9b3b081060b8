//! Names options in messages. The name is taken from clap, so messages agree with the command line.

use clap::{Args, Command};

/// The option behind a field of a settings group: `option_name!(Server, listen)` is `--listen (CALLING_LISTEN)`.
macro_rules! option_name {
    ($group:ty, $field:ident) => {{
        // Fails to compile if there is no such field.
        let _ = |group: &$group| {
            let _ = &group.$field;
        };
        $crate::config::name_in::<$group>(stringify!($field))
    }};
}
pub(crate) use option_name;

/// The option with this id among the options of `G`, followed by its environment variable.
pub(crate) fn name_in<G: Args>(id: &str) -> String {
    let command = G::augment_args(Command::new("calling"));
    let name = command.get_arguments().find(|argument| argument.get_id() == id).and_then(name);
    // Only for a field without an option. A test makes sure that no setting is one.
    name.unwrap_or_else(|| id.to_owned())
}

/// `--listen (CALLING_LISTEN)`; `None` for an argument that is not an option.
pub(crate) fn name(argument: &clap::Arg) -> Option<String> {
    let long = argument.get_long()?;
    Some(match argument.get_env() {
        Some(variable) => format!("--{long} ({})", variable.to_string_lossy()),
        None => format!("--{long}"),
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Database, Server};

    #[test]
    fn an_option_is_named_as_on_the_command_line() {
        assert_eq!(option_name!(Server, listen), "--listen (CALLING_LISTEN)");
        assert_eq!(option_name!(Database, database_url), "--database-url (DATABASE_URL)");
    }
}
