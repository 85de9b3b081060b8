//! The servers' minutes, grouped into the time slots of a chart. Pure.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::records::FleetMinute;

/// The time that a chart shows, and the length of its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// In addresses.
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    /// The length of a slot in words.
    pub(super) slot_name: &'static str,
    minutes: i64,
    slot: i64,
}

impl Period {
    pub(super) const LATELY: Period =
        Period { id: "30m", name: "30 minutes", slot_name: "minute", minutes: 30, slot: 1 };
    pub(super) const ALL: [Period; 3] = [
        Period::LATELY,
        Period { id: "6h", name: "six hours", slot_name: "ten minutes", minutes: 360, slot: 10 },
        Period { id: "48h", name: "48 hours", slot_name: "hour", minutes: 2880, slot: 60 },
    ];

    pub(super) fn find(id: &str) -> Option<Period> {
        Period::ALL.into_iter().find(|period| period.id == id)
    }

    /// The age of the oldest minute that belongs to this period, with the rest of the hour in which the period begins.
    pub(super) fn reach(&self) -> std::time::Duration {
        std::time::Duration::from_secs((self.minutes + self.slot + 2).unsigned_abs() * 60)
    }

    /// The beginning of each slot, oldest first. The last one has ended.
    pub(super) fn slots(&self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let slot = TimeDelta::minutes(self.slot);
        // Fails only for years that no clock shows.
        let end = now.duration_trunc(slot).unwrap_or(now);
        let count = i32::try_from(self.minutes / self.slot).unwrap_or(0);
        (1..=count).rev().map(|back| end - slot * back).collect()
    }

    /// The time of each slot as the table shows it, in UTC.
    pub(super) fn times(&self, slots: &[DateTime<Utc>]) -> Vec<String> {
        let format = if self.minutes <= 24 * 60 { "%H:%M" } else { "%b %-d, %H:%M" };
        slots.iter().map(|slot| slot.format(format).to_string()).collect()
    }

    /// The minutes in each slot. A minute belongs to the slot in which most of it lies.
    pub(super) fn sorted<'a>(
        &self,
        slots: &[DateTime<Utc>],
        minutes: impl IntoIterator<Item = &'a FleetMinute>,
    ) -> Vec<Vec<&'a FleetMinute>> {
        let mut sorted = vec![Vec::new(); slots.len()];
        let Some(first) = slots.first() else { return sorted };
        for minute in minutes {
            let since = (minute.at - TimeDelta::seconds(30) - first).num_milliseconds();
            let slot = usize::try_from(since.div_euclid(self.slot * 60_000)).ok();
            if let Some(slot) = slot.and_then(|slot| sorted.get_mut(slot)) {
                slot.push(minute);
            }
        }
        self.close_false_gaps(&mut sorted);
        sorted
    }

    /// A server's minutes end at any second, and not exactly 60 seconds apart. So two of them can fall into one slot and none
    /// into the next or the one before. One of the two is moved there, or else the chart would show a gap that there was not.
    fn close_false_gaps(&self, sorted: &mut [Vec<&FleetMinute>]) {
        if self.slot != 1 {
            return;
        }
        for at in 1..sorted.len() {
            if sorted[at].is_empty() && sorted[at - 1].len() > 1 {
                let moved = sorted[at - 1].pop();
                sorted[at].extend(moved);
            }
        }
        for at in 1..sorted.len() {
            if sorted[at - 1].is_empty() && sorted[at].len() > 1 {
                let moved = sorted[at].remove(0);
                sorted[at - 1].push(moved);
            }
        }
    }
}

/// The mean of the numbers that are known; `None` without any.
pub(super) fn mean(numbers: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let known: Vec<f64> = numbers.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn ending(text: &str) -> FleetMinute {
        FleetMinute { at: at(text), ..FleetMinute::default() }
    }

    #[test]
    fn the_last_slot_has_ended_and_the_first_began_so_long_ago() {
        let slots = Period::LATELY.slots(at("2026-12-01T12:34:56Z"));
        assert_eq!(
            (slots.len(), slots[0], slots[29]),
            (30, at("2026-12-01T12:04:00Z"), at("2026-12-01T12:33:00Z"))
        );
        let slots = Period::find("48h").unwrap().slots(at("2026-12-01T12:34:56Z"));
        assert_eq!((slots.len(), slots[47]), (48, at("2026-12-01T11:00:00Z")));
    }

    #[test]
    fn a_minute_belongs_to_the_slot_in_which_most_of_it_lies() {
        let slots = Period::LATELY.slots(at("2026-12-01T12:30:00Z"));
        let minutes =
            ["2026-12-01T12:01:10Z", "2026-12-01T12:03:50Z", "2026-12-01T11:00:00Z", "2026-12-01T12:59:00Z"];
        let minutes = minutes.map(ending);
        let sorted = Period::LATELY.sorted(&slots, &minutes);
        let filled: Vec<usize> = (0..30).filter(|slot| !sorted[*slot].is_empty()).collect();
        assert_eq!(filled, [0, 3], "12:00:10 to 12:01:10, and 12:02:50 to 12:03:50");
    }

    #[test]
    fn a_minute_that_ends_a_little_early_makes_no_gap() {
        let slots = Period::LATELY.slots(at("2026-12-01T12:30:00Z"));
        let minutes =
            ["2026-12-01T12:02:30.1Z", "2026-12-01T12:03:29.9Z", "2026-12-01T12:04:30.1Z"].map(ending);
        let sorted = Period::LATELY.sorted(&slots, &minutes);
        let counts: Vec<usize> = sorted[..6].iter().map(Vec::len).collect();
        assert_eq!(counts, [0, 0, 1, 1, 1, 0], "two in one slot are one each");
    }
}
