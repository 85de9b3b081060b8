//! The `Server-Timing` header: the time of each stage, in the format of browsers' developer tools.

use std::time::Duration;

use actix_web::http::header;

use crate::records::Stages;

pub const SERVER_TIMING: header::HeaderName = header::HeaderName::from_static("server-timing");

/// The header's value for a reading and the time of the whole request.
pub fn of(read: &Stages, total: Duration) -> String {
    let time = |milliseconds: f64| Duration::try_from_secs_f64(milliseconds / 1e3).unwrap_or_default();
    stages(&[
        ("queue", time(read.queue)),
        ("tokenize", time(read.tokenize)),
        ("forward", time(read.forward)),
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
    fn server_timing_names_the_stages_and_the_whole_request() {
        let read = Stages { queue: 7.5, tokenize: 2.0, forward: 3.25, total: 12.75 };
        let expected = "queue;dur=7.5, tokenize;dur=2.0, forward;dur=3.2, total;dur=20.0";
        assert_eq!(of(&read, Duration::from_millis(20)), expected);
        assert!(of(&Stages { queue: -1.0, ..read }, Duration::ZERO).starts_with("queue;dur=0.0"));
    }
}
