//! The days on which a result was opened: for the export, and in words for its page.

use chrono::{NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::records::{OpenedDays, SharedRecord};
use crate::telemetry::sentence;
use crate::web::state::AppState;

/// The days of the last 90 on which a result was opened, in UTC, the latest first.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OpenedDays)]
pub struct Opened {
    /// By its private address. With today, since its owner is asking.
    #[schema(value_type = Vec<String>, example = json!(["2026-11-30", "2026-11-28"]))]
    pub private: Vec<NaiveDate>,
    /// By its share link.
    #[schema(value_type = Vec<String>, example = json!([]))]
    pub shared: Vec<NaiveDate>,
}

impl Opened {
    /// The days of this record; `None` if the database does not tell. Its owner gets the rest then rather than nothing.
    pub async fn of(state: &AppState, record: &SharedRecord) -> Option<Opened> {
        let now = Utc::now();
        match state.store.opened_days(record.id, now).await {
            Ok(days) => Some(Opened::new(days, now.date_naive())),
            Err(error) => {
                tracing::warn!(
                    error = sentence(&error),
                    "the days on which a result was opened are not shown"
                );
                None
            }
        }
    }

    /// These days, asked for on the day `today`.
    fn new(days: OpenedDays, today: NaiveDate) -> Opened {
        let earlier = days.private.into_iter().filter(|day| *day != today);
        Opened { private: std::iter::once(today).chain(earlier).collect(), shared: days.shared }
    }
}

/// "November 30, November 28".
pub struct OpenedView {
    pub private: String,
    /// Empty if it was not opened by its share link.
    pub shared: String,
}

impl From<Opened> for OpenedView {
    fn from(days: Opened) -> OpenedView {
        OpenedView { private: listed(&days.private), shared: listed(&days.shared) }
    }
}

fn listed(days: &[NaiveDate]) -> String {
    days.iter().map(|day| day.format("%B %-d").to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_always_among_the_days_of_the_private_address() {
        let day = |day: u32| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let days = OpenedDays { private: vec![day(29), day(3)], shared: Vec::new() };
        let view = OpenedView::from(Opened::new(days, day(30)));
        assert_eq!(
            (view.private.as_str(), view.shared.as_str()),
            ("November 30, November 29, November 3", "")
        );
        let days = OpenedDays { private: vec![day(30)], shared: vec![day(30), day(1)] };
        let view = OpenedView::from(Opened::new(days, day(30)));
        assert_eq!((view.private.as_str(), view.shared.as_str()), ("November 30", "November 30, November 1"));
    }
}
