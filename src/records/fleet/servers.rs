//! The rows that a server writes about itself.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::records::columns::delta;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::queue::database_now;
use crate::records::schema::{fleet_minutes as minutes, fleet_servers as servers};
use crate::records::store::Store;

/// A server's name and version, which do not change while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewServer {
    /// Random, new at every start.
    pub id: String,
    pub name: String,
    pub role: String,
    pub version: String,
    /// How it computes the models, in words; `None` without models.
    pub computed_in: Option<String>,
}

/// The state that a server reported last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// The models are not warm yet.
    Starting,
    Ready,
    /// It takes no more work, finishes what it has, and then stops.
    Draining,
    /// It has stopped.
    Left,
}

impl ServerState {
    const ALL: [ServerState; 4] =
        [ServerState::Starting, ServerState::Ready, ServerState::Draining, ServerState::Left];

    /// The column's value.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            ServerState::Starting => "starting",
            ServerState::Ready => "ready",
            ServerState::Draining => "draining",
            ServerState::Left => "left",
        }
    }

    pub(super) fn parse(text: &str) -> Option<ServerState> {
        ServerState::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// The figures of one server in one minute. `None` is a figure that its system does not report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FleetMinute {
    /// The end of the minute. The database's time, set when it is stored.
    pub at: DateTime<Utc>,
    /// The share of the processors that it may use, 0 to 1.
    pub cpu: Option<f64>,
    pub requests: i64,
    /// Bytes that the machine or container received.
    pub net_in: Option<i64>,
    /// Bytes that it sent.
    pub net_out: Option<i64>,
    /// Resident memory in bytes.
    pub memory: Option<i64>,
    /// Queued submissions in the database, the same for all servers.
    pub queued: Option<i64>,
    pub readings: i64,
}

impl Store {
    /// Writes a heartbeat of this server, and its figures of the last minute if there are any.
    ///
    /// # Errors
    /// If the database does not answer: the figures of the minute are lost.
    pub async fn note_server(
        &self,
        server: &NewServer,
        state: ServerState,
        minute: Option<FleetMinute>,
    ) -> Result<(), RecordsError> {
        let server = server.clone();
        self.add(move |connection| {
            let now = database_now(connection)?;
            heartbeat(connection, &server, state, now)?;
            let Some(minute) = &minute else { return Ok(()) };
            let row = (
                minutes::server_id.eq(&server.id),
                minutes::at.eq(now),
                minutes::cpu.eq(minute.cpu),
                minutes::requests.eq(minute.requests),
                minutes::net_in.eq(minute.net_in),
                minutes::net_out.eq(minute.net_out),
                minutes::memory.eq(minute.memory),
                minutes::queued.eq(minute.queued),
                minutes::readings.eq(minute.readings),
            );
            diesel::insert_into(minutes::table).values(row).execute(connection)?;
            Ok(())
        })
        .await
    }
}

impl Store {
    /// The other ways in which servers compute the models, in words, each once and sorted. Servers that have stopped, or whose
    /// last heartbeat is older than `silent`, do not count.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn computed_otherwise(
        &self,
        server: &NewServer,
        silent: Duration,
    ) -> Result<Vec<String>, RecordsError> {
        let Some(own) = server.computed_in.clone() else { return Ok(Vec::new()) };
        self.read(move |connection| {
            let since = database_now(connection)? - delta(silent);
            let alive = servers::seen_at.gt(since).and(servers::state.ne(ServerState::Left.as_str()));
            let rows: Vec<Option<String>> = servers::table
                .filter(alive.and(servers::computed_in.ne(own)))
                .select(servers::computed_in)
                .distinct()
                .order(servers::computed_in)
                .load(connection)?;
            Ok(rows.into_iter().flatten().collect())
        })
        .await
    }
}

fn heartbeat(
    connection: &mut DbConnection,
    server: &NewServer,
    state: ServerState,
    now: NaiveDateTime,
) -> Result<(), RecordsError> {
    let known = diesel::update(servers::table.find(&server.id))
        .set((servers::state.eq(state.as_str()), servers::seen_at.eq(now)))
        .execute(connection)?;
    if known == 0 {
        let row = (
            servers::id.eq(&server.id),
            servers::name.eq(&server.name),
            servers::role.eq(&server.role),
            servers::version.eq(&server.version),
            servers::computed_in.eq(&server.computed_in),
            servers::state.eq(state.as_str()),
            servers::started_at.eq(now),
            servers::seen_at.eq(now),
        );
        diesel::insert_into(servers::table).values(row).execute(connection)?;
    }
    Ok(())
}
