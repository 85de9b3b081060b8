//! The servers, their minutes and the settings, as the manager's pages show them.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::servers::{FleetMinute, ServerState};
use super::settings::{self, FleetSettings};
use crate::records::columns::{corrupt, delta};
use crate::records::error::RecordsError;
use crate::records::queue::database_now;
use crate::records::schema::{fleet_minutes as minutes, fleet_servers as servers};
use crate::records::store::Store;

/// All of it, read in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// The database's time.
    pub now: DateTime<Utc>,
    /// In the order of name and start, with those that have stopped.
    pub servers: Vec<FleetServer>,
    /// The latest minutes of all servers, oldest first, each with its server's id.
    pub minutes: Vec<(String, FleetMinute)>,
    pub settings: FleetSettings,
}

/// A server that runs, or that has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetServer {
    pub id: String,
    pub name: String,
    pub role: String,
    pub version: String,
    pub state: ServerState,
    pub started_at: DateTime<Utc>,
    /// The time of its last heartbeat.
    pub seen_at: DateTime<Utc>,
    /// Whether it was asked to finish its work and stop.
    pub drain_asked: bool,
    /// How it computes the models, in words; `None` without models, and for releases that did not say.
    pub computed_in: Option<String>,
}

type ServerColumns = (
    String,
    String,
    String,
    String,
    String,
    NaiveDateTime,
    NaiveDateTime,
    Option<NaiveDateTime>,
    Option<String>,
);
type MinuteColumns =
    (String, NaiveDateTime, Option<f64>, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, i64);

impl Store {
    /// The servers with a heartbeat in the last 48 hours, and the minutes of the last `span`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn fleet(&self, span: Duration) -> Result<Fleet, RecordsError> {
        self.read(move |connection| {
            let now = database_now(connection)?;
            let columns = (
                servers::id,
                servers::name,
                servers::role,
                servers::version,
                servers::state,
                servers::started_at,
                servers::seen_at,
                servers::drain_asked_at,
                servers::computed_in,
            );
            let rows: Vec<ServerColumns> = servers::table
                .filter(servers::seen_at.gt(now - super::expiry::kept()))
                .order((servers::name, servers::started_at, servers::id))
                .select(columns)
                .load(connection)?;
            let rows = rows.into_iter().map(server).collect::<Result<_, _>>()?;
            let seen: Vec<MinuteColumns> = minutes::table
                .filter(minutes::at.gt(now - delta(span)))
                .order((minutes::at, minutes::server_id))
                .select(minutes::all_columns)
                .load(connection)?;
            Ok(Fleet {
                now: now.and_utc(),
                servers: rows,
                minutes: seen.into_iter().map(minute).collect(),
                settings: settings::load(connection)?,
            })
        })
        .await
    }

    /// The minutes of one server in the last `span`, oldest first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn minutes_of_server(
        &self,
        id: &str,
        span: Duration,
    ) -> Result<Vec<FleetMinute>, RecordsError> {
        let id = id.to_owned();
        self.read(move |connection| {
            let now = database_now(connection)?;
            let seen: Vec<MinuteColumns> = minutes::table
                .filter(minutes::server_id.eq(id).and(minutes::at.gt(now - delta(span))))
                .order(minutes::at)
                .select(minutes::all_columns)
                .load(connection)?;
            Ok(seen.into_iter().map(|row| minute(row).1).collect())
        })
        .await
    }
}

fn server(row: ServerColumns) -> Result<FleetServer, RecordsError> {
    let (id, name, role, version, state, started_at, seen_at, asked, computed_in) = row;
    let state = ServerState::parse(&state)
        .ok_or_else(|| corrupt(0, "fleet_servers.state", format!("{state:?} is no state")))?;
    let (started_at, seen_at) = (started_at.and_utc(), seen_at.and_utc());
    let drain_asked = asked.is_some();
    Ok(FleetServer { id, name, role, version, state, started_at, seen_at, drain_asked, computed_in })
}

fn minute(row: MinuteColumns) -> (String, FleetMinute) {
    let (id, at, cpu, requests, net_in, net_out, memory, queued, readings) = row;
    (id, FleetMinute { at: at.and_utc(), cpu, requests, net_in, net_out, memory, queued, readings })
}
