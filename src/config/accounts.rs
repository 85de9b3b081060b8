//! Accounts.

use clap::{Args, ValueEnum};

/// Who may log in.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Accounts")]
pub struct Accounts {
    /// Who may have an account. A result never needs one
    #[arg(long, env = "CALLING_ACCOUNTS", value_name = "WHO", default_value = "open")]
    pub accounts: Registration,
    /// Whether failed log-ins are followed by growing pauses. Switch it off for measurements only
    #[arg(long, env = "CALLING_LOGIN_PAUSES", value_name = "WHETHER", default_value = "on")]
    pub login_pauses: LoginPauses,
}

/// Whether failed log-ins are followed by pauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LoginPauses {
    /// They are
    On,
    /// They are not
    Off,
}

/// Who may have an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Everybody
    Open,
    /// Only people with a link from an administrator
    Invite,
    /// Nobody: there is no login, and there are no pages for administrators
    Off,
}
