//! Removing a server in two steps: it is asked to stop, and once it has stopped, the engine that scales the servers gets the new
//! number.
//!
//! Both steps are columns of the server's row, so that any server can take the second one: the server whose page was used may
//! have stopped meanwhile.

use std::time::Duration;

use diesel::prelude::*;

use super::servers::ServerState;
use super::settings;
use crate::records::audit::{self, Audited};
use crate::records::columns::delta;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::queue::database_now;
use crate::records::schema::fleet_servers as servers;
use crate::records::store::Store;

/// The removals that a server has to act upon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// This server was asked to finish its work and stop.
    pub own: bool,
    /// A removed server has stopped, and the engine does not have the new number yet; see [`Store::settle_removal`].
    pub unsettled: bool,
}

impl Store {
    /// Asks a server to finish its work and stop. `settled` says that the engine has the new number already. `audited` is
    /// noted with it. Returns false if there is no such server, or it was asked before or has stopped.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn ask_to_drain(
        &self,
        id: &str,
        settled: bool,
        audited: Option<Audited>,
    ) -> Result<bool, RecordsError> {
        let id = id.to_owned();
        self.write(move |connection| {
            let now = database_now(connection)?;
            let there = servers::drain_asked_at.is_null().and(servers::state.ne(ServerState::Left.as_str()));
            let asked = diesel::update(servers::table.find(&id).filter(there))
                .set((servers::drain_asked_at.eq(now), servers::settled_at.eq(settled.then_some(now))))
                .execute(connection)?;
            if asked > 0 {
                audited.iter().try_for_each(|audited| audit::note(connection, audited))?;
            }
            Ok(asked > 0)
        })
        .await
    }

    /// The removals that this server has to act upon. A server has stopped once it reported so, or when its last heartbeat is
    /// older than `silent`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn removals(&self, id: &str, silent: Duration) -> Result<Removals, RecordsError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let asked: Option<String> = servers::table
                .find(&id)
                .filter(servers::drain_asked_at.is_not_null())
                .select(servers::id)
                .first(connection)
                .optional()?;
            Ok(Removals { own: asked.is_some(), unsettled: unsettled(connection, silent)?.is_some() })
        })
        .await
    }

    /// Marks one removed server that has stopped as settled, so that no other server does the same, and lowers the desired number
    /// by one. Returns that server's id and the new number; `None` if there is nothing to settle.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn settle_removal(&self, silent: Duration) -> Result<Option<(String, u32)>, RecordsError> {
        self.write(move |connection| {
            let now = database_now(connection)?;
            let Some(id) = unsettled(connection, silent)? else { return Ok(None) };
            let taken = diesel::update(servers::table.find(&id).filter(servers::settled_at.is_null()))
                .set(servers::settled_at.eq(now))
                .execute(connection)?;
            let Some(desired) = settings::load(connection)?.desired.filter(|_| taken > 0) else {
                return Ok(None);
            };
            let desired = desired.saturating_sub(1);
            settings::store_desired(connection, desired)?;
            Ok(Some((id, desired)))
        })
        .await
    }
}

/// A removed server that has stopped and is not settled.
fn unsettled(connection: &mut DbConnection, silent: Duration) -> Result<Option<String>, RecordsError> {
    let now = database_now(connection)?;
    let stopped = servers::state.eq(ServerState::Left.as_str()).or(servers::seen_at.lt(now - delta(silent)));
    Ok(servers::table
        .filter(servers::drain_asked_at.is_not_null().and(servers::settled_at.is_null()))
        .filter(stopped)
        .order(servers::id)
        .select(servers::id)
        .first(connection)
        .optional()?)
}
