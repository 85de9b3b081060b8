//! What a server does: everything, or its part where several servers share a database.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answer visitors and programs, and read what they send
    All,
    /// Answer visitors and programs; leave reading to servers of the other roles on the same database. Loads no model
    Web,
    /// Read what other servers store. Answers only /health and /ready
    Worker,
}

impl Role {
    /// Whether this server has models.
    pub fn reads(self) -> bool {
        self != Role::Web
    }

    /// The value of the setting, which is also the name on the manager's pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::All => "all",
            Role::Web => "web",
            Role::Worker => "worker",
        }
    }
}
