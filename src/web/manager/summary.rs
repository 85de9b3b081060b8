//! All servers together over the last 30 minutes, for the manager's first page. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chart::{Chart, Unit};
use super::known::Known;
use super::minutes::{Period, mean};
use super::shown::{Shown, State, present};
use crate::records::FleetMinute;

/// All servers together.
pub(super) struct Summary {
    pub(super) servers: Vec<Shown>,
    pub(super) minutes: Vec<Together>,
    /// The mean CPU of the thirty minutes, 0 to 1.
    pub(super) cpu: Option<f64>,
    /// Requests in the thirty minutes.
    pub(super) requests: i64,
    /// Queued submissions in the latest minute.
    pub(super) queued: Option<i64>,
}

/// One minute of all servers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Together {
    pub(super) at: chrono::DateTime<chrono::Utc>,
    /// `None` if no server reported this minute.
    pub(super) servers: Option<usize>,
    /// The mean of the servers, 0 to 1.
    pub(super) cpu: Option<f64>,
    pub(super) requests: Option<i64>,
    pub(super) queued: Option<i64>,
    pub(super) readings: Option<i64>,
}

impl Summary {
    pub(super) fn of(known: &Known) -> Summary {
        let period = Period::LATELY;
        let slots = period.slots(known.at());
        let mut by_server: BTreeMap<&str, Vec<&FleetMinute>> = BTreeMap::new();
        for (server, minute) in &known.fleet.minutes {
            by_server.entry(server).or_default().push(minute);
        }
        let sorted: Vec<Vec<Vec<&FleetMinute>>> =
            by_server.into_values().map(|minutes| period.sorted(&slots, minutes)).collect();
        let minutes: Vec<Together> = slots
            .iter()
            .enumerate()
            .map(|(slot, at)| {
                let there: Vec<&[&FleetMinute]> = sorted
                    .iter()
                    .map(|slots| slots[slot].as_slice())
                    .filter(|seen| !seen.is_empty())
                    .collect();
                together(*at, &there)
            })
            .collect();
        Summary {
            servers: present(known),
            cpu: mean(minutes.iter().map(|minute| minute.cpu)),
            requests: minutes.iter().filter_map(|minute| minute.requests).sum(),
            queued: minutes.iter().rev().find_map(|minute| minute.queued),
            minutes,
        }
    }

    pub(super) fn count(&self, state: State) -> usize {
        self.servers.iter().filter(|server| server.state == state).count()
    }

    /// The servers that take work, or will once they have started.
    pub(super) fn working(&self) -> usize {
        self.servers.iter().filter(|server| server.state.works()).count()
    }

    pub(super) fn charts(&self) -> [Chart; 4] {
        let slots: Vec<_> = self.minutes.iter().map(|minute| minute.at).collect();
        let times = Period::LATELY.times(&slots);
        let chart = |id, title, unit, value: fn(&Together) -> Option<f64>| {
            let values: Vec<Option<f64>> = self.minutes.iter().map(value).collect();
            Chart::new(id, title, unit, Period::LATELY.slot_name, &times, &values)
        };
        [
            chart("servers", "Servers", Unit::Count, |minute| minute.servers.map(|count| count as f64)),
            chart("cpu", "Mean CPU", Unit::Share, |minute| minute.cpu),
            chart("queue", "Queued submissions", Unit::Count, |minute| {
                minute.queued.map(|count| count as f64)
            }),
            chart("requests", "Requests a minute", Unit::Count, |minute| {
                minute.requests.map(|count| count as f64)
            }),
        ]
    }
}

fn together(at: chrono::DateTime<chrono::Utc>, there: &[&[&FleetMinute]]) -> Together {
    let all = || there.iter().flat_map(|minutes| minutes.iter());
    let any = !there.is_empty();
    Together {
        at,
        servers: any.then_some(there.len()),
        cpu: mean(there.iter().map(|minutes| mean(minutes.iter().map(|minute| minute.cpu)))),
        requests: any.then(|| all().map(|minute| minute.requests).sum()),
        queued: all().filter_map(|minute| minute.queued).max(),
        readings: any.then(|| all().map(|minute| minute.readings).sum()),
    }
}
