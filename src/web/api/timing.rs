//! `Server-Timing`: where the time went, as browsers' developer tools read it.

use std::time::Duration;

use actix_web::http::header;

use crate::inference::Timings;
use crate::personality::Pair;
use crate::records::{ModelRead, Stages};

pub const SERVER_TIMING: header::HeaderName = header::HeaderName::from_static("server-timing");

/// The header's value for one reading.
pub fn of_reading(timings: &Timings) -> String {
    stages(&[
        ("queue", timings.queue),
        ("tokenize", timings.tokenize),
        ("forward", timings.forward),
        ("total", timings.total),
    ])
}

/// The header's value for a stored reading: the stages of the slower model, and how long the whole request took.
pub fn of_stored(reading: &Pair<ModelRead>, total: Duration) -> String {
    let [mbti, big_five] = [&reading.mbti, &reading.big_five].map(|model| model.milliseconds);
    let Stages { queue, tokenize, forward, .. } = if mbti.total > big_five.total { mbti } else { big_five };
    let time = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or_default();
    stages(&[
        ("queue", time(queue)),
        ("tokenize", time(tokenize)),
        ("forward", time(forward)),
        ("total", total),
    ])
}

/// Each stage with its milliseconds.
fn stages(stages: &[(&str, Duration)]) -> String {
    let stage = |(name, time): &(&str, Duration)| format!("{name};dur={:.1}", time.as_secs_f64() * 1e3);
    stages.iter().map(stage).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_timing_names_the_stages_of_the_slower_reading() {
        let read = |queue, total| ModelRead {
            milliseconds: Stages { queue, tokenize: 2.0, forward: 3.25, total },
            ..ModelRead::default()
        };
        let reading = Pair { mbti: read(1.5, 6.75), big_five: read(7.5, 12.75) };
        let expected = "queue;dur=7.5, tokenize;dur=2.0, forward;dur=3.2, total;dur=20.0";
        assert_eq!(of_stored(&reading, Duration::from_millis(20)), expected);
        let reading = Pair { mbti: read(9.5, 14.75), ..reading };
        assert!(of_stored(&reading, Duration::ZERO).starts_with("queue;dur=9.5"));
    }
}
