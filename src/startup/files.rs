//! The number of files that this process may open, and the number of connections that follows from it.

use crate::config::Server;
use crate::web::limits::connections::Caps;

/// The lowest limit of common systems, used if the limit cannot be read.
const UNKNOWN: u64 = 256;
/// More files than the server ever needs.
const ENOUGH: u64 = 65_536;
/// Files for everything except connections and the database: logs, workers, the runtime, models being loaded, and
/// connections that are accepted only to be refused.
const OTHERS: usize = 64;
/// Files of one database connection: SQLite has its file, its log and the log's index open.
const PER_DATABASE_CONNECTION: usize = 3;
/// The fewest connections, whatever the limit of open files is.
const FEWEST: usize = 16;

/// Raises the soft limit of open files toward the hard one, and returns the new limit.
pub(super) fn raise_limit() -> u64 {
    rlimit::increase_nofile_limit(ENOUGH).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files could not be raised");
        rlimit::Resource::NOFILE.get_soft().unwrap_or(UNKNOWN)
    })
}

/// The maximum numbers of connections that leave enough files for everything else.
pub(super) fn caps(files: u64, server: &Server, database_connections: u32) -> Caps {
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let others = OTHERS + PER_DATABASE_CONNECTION * database_connections as usize;
    let total = server.max_connections.min(files.saturating_sub(others)).max(FEWEST);
    let per_address = match server.client_connections {
        _ if server.rate_limit == 0 => usize::MAX,
        wanted => wanted.min(total / 2),
    };
    Caps { total, per_address }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn caps_of(files: u64, arguments: &[&str]) -> Caps {
        caps(files, &Settings::with(arguments).server, 8)
    }

    #[test]
    fn connections_leave_files_for_the_database_and_the_rest() {
        assert_eq!(caps_of(1024, &[]), Caps { total: 1024 - 64 - 24, per_address: 256 });
        assert_eq!(caps_of(256, &[]), Caps { total: 168, per_address: 84 });
        assert_eq!(caps_of(65_536, &[]), Caps { total: 8192, per_address: 256 });
        assert_eq!(caps_of(10, &[]).total, FEWEST);
    }

    #[test]
    fn without_a_rate_limit_one_address_may_have_all_connections() {
        assert_eq!(caps_of(1024, &["--rate-limit", "0"]).per_address, usize::MAX);
    }
}
