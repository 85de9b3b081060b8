//! The figures and charts of one server. Pure.

use serde::Serialize;

use super::chart::{Chart, Unit};
use super::minutes::{Period, mean};
use crate::records::FleetMinute;

/// One slot of a server's charts: means of its minutes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Slot {
    pub(super) at: chrono::DateTime<chrono::Utc>,
    /// The share of the processors that it may use, 0 to 1.
    pub(super) cpu: Option<f64>,
    pub(super) requests_a_minute: Option<f64>,
    /// Bytes a minute.
    pub(super) network_in: Option<f64>,
    pub(super) network_out: Option<f64>,
    pub(super) memory: Option<f64>,
    pub(super) readings_a_minute: Option<f64>,
}

/// The slots of a period.
pub(super) fn slots<'a>(
    period: Period,
    now: chrono::DateTime<chrono::Utc>,
    minutes: impl IntoIterator<Item = &'a FleetMinute>,
) -> Vec<Slot> {
    let slots = period.slots(now);
    let sorted = period.sorted(&slots, minutes);
    let of = |seen: &[&FleetMinute], value: fn(&FleetMinute) -> Option<f64>| {
        mean(seen.iter().map(|minute| value(minute)))
    };
    slots
        .iter()
        .zip(sorted)
        .map(|(at, seen)| Slot {
            at: *at,
            cpu: of(&seen, |minute| minute.cpu),
            requests_a_minute: of(&seen, |minute| Some(minute.requests as f64)),
            network_in: of(&seen, |minute| minute.net_in.map(|bytes| bytes as f64)),
            network_out: of(&seen, |minute| minute.net_out.map(|bytes| bytes as f64)),
            memory: of(&seen, |minute| minute.memory.map(|bytes| bytes as f64)),
            readings_a_minute: of(&seen, |minute| Some(minute.readings as f64)),
        })
        .collect()
}

/// The four charts of a server's page.
pub(super) fn charts(period: Period, slots: &[Slot]) -> [Chart; 4] {
    let slot_starts: Vec<_> = slots.iter().map(|slot| slot.at).collect();
    let times = period.times(&slot_starts);
    let chart = |id, title, unit, value: fn(&Slot) -> Option<f64>| {
        let values: Vec<Option<f64>> = slots.iter().map(value).collect();
        Chart::new(id, title, unit, period.slot_name, &times, &values)
    };
    [
        chart("cpu", "CPU", Unit::Share, |slot| slot.cpu),
        chart("requests", "Requests a minute", Unit::Count, |slot| slot.requests_a_minute),
        chart("in", "Network in, a minute", Unit::Bytes, |slot| slot.network_in),
        chart("out", "Network out, a minute", Unit::Bytes, |slot| slot.network_out),
    ]
}
