//! A server as the pages show it. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::chart::{Unit, bytes};
use super::known::{Known, SILENT};
use crate::records::{FleetMinute, FleetServer, ServerState};

/// The state of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ready,
    Starting,
    Draining,
    /// Its last heartbeat is older than [`SILENT`].
    Silent,
    /// It reported that it stops.
    Left,
}

impl State {
    /// The states by which a list can be filtered.
    pub(super) const LISTED: [State; 4] = [State::Ready, State::Starting, State::Draining, State::Silent];

    pub(super) fn of(server: &FleetServer, now: DateTime<Utc>) -> State {
        let silent = TimeDelta::from_std(SILENT).unwrap_or_default();
        match server.state {
            ServerState::Left => State::Left,
            _ if now - server.seen_at > silent => State::Silent,
            // The server reads the request within seconds.
            ServerState::Draining => State::Draining,
            _ if server.drain_asked => State::Draining,
            ServerState::Ready => State::Ready,
            ServerState::Starting => State::Starting,
        }
    }

    pub(super) fn id(self) -> &'static str {
        match self {
            State::Ready => "ready",
            State::Starting => "starting",
            State::Draining => "draining",
            State::Silent => "silent",
            State::Left => "left",
        }
    }

    /// Whether it takes work, or will once it has started.
    pub(super) fn works(self) -> bool {
        matches!(self, State::Ready | State::Starting)
    }
}

/// A row of the list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) version: String,
    pub(super) state: State,
    pub(super) started_at: DateTime<Utc>,
    pub(super) seen_at: DateTime<Utc>,
    /// How it computes the models; `None` without models.
    pub(super) computed_in: Option<String>,
    /// Its latest minute.
    #[serde(flatten)]
    pub(super) latest: Latest,
}

/// The figures of a server's latest minute.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Latest {
    /// The share of the processors that it may use, 0 to 1.
    pub(super) cpu: Option<f64>,
    pub(super) requests: Option<i64>,
    pub(super) memory: Option<i64>,
    pub(super) readings: Option<i64>,
}

impl Shown {
    fn of(server: &FleetServer, latest: Option<&FleetMinute>, now: DateTime<Utc>) -> Shown {
        Shown {
            id: server.id.clone(),
            name: server.name.clone(),
            role: server.role.clone(),
            version: server.version.clone(),
            state: State::of(server, now),
            started_at: server.started_at,
            seen_at: server.seen_at,
            computed_in: server.computed_in.clone(),
            latest: latest.map_or_else(Latest::default, |minute| Latest {
                cpu: minute.cpu,
                requests: Some(minute.requests),
                memory: minute.memory,
                readings: Some(minute.readings),
            }),
        }
    }

    pub(super) fn since(&self) -> String {
        moment(self.started_at)
    }

    pub(super) fn seen(&self) -> String {
        moment(self.seen_at)
    }

    pub(super) fn cpu(&self) -> String {
        or_unknown(self.latest.cpu.map(|share| Unit::Share.write(share)))
    }

    pub(super) fn requests(&self) -> String {
        or_unknown(self.latest.requests.map(|count| count.to_string()))
    }

    pub(super) fn memory(&self) -> String {
        or_unknown(self.latest.memory.map(|size| bytes(size as f64)))
    }
}

/// A moment in UTC, "Dec 1, 14:05".
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%b %-d, %H:%M").to_string()
}

fn or_unknown(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".to_owned())
}

/// Every server in the database, by name, with those that have stopped.
pub(super) fn everyone(known: &Known) -> Vec<Shown> {
    let now = known.at();
    let latest =
        |id: &str| known.fleet.minutes.iter().rev().find(|(of, _)| of == id).map(|(_, minute)| minute);
    known.fleet.servers.iter().map(|server| Shown::of(server, latest(&server.id), now)).collect()
}

/// The ways in which working servers compute the models, each with their number, if there are several.
pub(super) fn computed_differently(servers: &[Shown]) -> Vec<(String, usize)> {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for way in servers.iter().filter(|server| server.state.works()).filter_map(|s| s.computed_in.as_deref()) {
        *ways.entry(way).or_default() += 1;
    }
    let several = ways.len() > 1;
    ways.into_iter().filter(|_| several).map(|(way, count)| (way.to_owned(), count)).collect()
}

/// The servers that have not stopped, by name.
pub(super) fn present(known: &Known) -> Vec<Shown> {
    everyone(known).into_iter().filter(|server| server.state != State::Left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_what_the_server_said_unless_it_fell_silent() {
        let now: DateTime<Utc> = "2026-12-01T12:30:00Z".parse().unwrap();
        let server = |state, seconds, drain_asked| FleetServer {
            id: String::new(),
            name: String::new(),
            role: String::new(),
            version: String::new(),
            state,
            started_at: now,
            seen_at: now - TimeDelta::seconds(seconds),
            drain_asked,
            computed_in: None,
        };
        for (state, seconds, asked, shown) in [
            (ServerState::Starting, 0, false, State::Starting),
            (ServerState::Ready, 150, false, State::Ready),
            (ServerState::Ready, 151, false, State::Silent),
            (ServerState::Draining, 151, true, State::Silent),
            (ServerState::Draining, 5, false, State::Draining),
            (ServerState::Ready, 5, true, State::Draining),
            (ServerState::Left, 9999, true, State::Left),
        ] {
            assert_eq!(State::of(&server(state, seconds, asked), now), shown);
        }
    }

    #[test]
    fn ways_to_compute_are_counted_only_if_servers_that_work_differ() {
        let now: DateTime<Utc> = "2026-12-01T12:30:00Z".parse().unwrap();
        let server = |state, way: Option<&str>| {
            let way = way.map(str::to_owned);
            let (id, name, role, version) = Default::default();
            let (started_at, seen_at, drain_asked) = (now, now, false);
            let server = FleetServer {
                id,
                name,
                role,
                version,
                state,
                started_at,
                seen_at,
                drain_asked,
                computed_in: way,
            };
            Shown::of(&server, None, now)
        };
        let ready = |way| server(ServerState::Ready, Some(way));
        let alike = [
            ready("int8"),
            ready("int8"),
            server(ServerState::Ready, None),
            server(ServerState::Left, Some("f32")),
        ];
        assert!(computed_differently(&alike).is_empty());
        let differ = [ready("int8"), ready("f32"), ready("int8")];
        assert_eq!(computed_differently(&differ), [("f32".to_owned(), 1), ("int8".to_owned(), 2)]);
    }
}
