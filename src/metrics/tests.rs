use std::time::Duration;

use super::names::{MODEL, PACE, REUSE, TOKENS};
use super::*;

#[test]
fn metrics_are_encoded_as_openmetrics_text() {
    let mut metrics = Metrics::new();
    metrics.requests.answered("/results/{key}", "GET", 200, Duration::from_millis(3));
    metrics.requests.answered("/results/{key}", "GET", 204, Duration::from_millis(700));
    metrics.requests.answered("none", "BREW", 405, Duration::ZERO);
    metrics.readings.done("mbti", [("queue", Duration::from_millis(30)), ("total", Duration::from_secs(1))]);
    metrics.readings.batch("mbti", 300, Duration::from_millis(4));
    metrics.watch(|seen| {
        seen.gauge(PACE, "Tokens read a second lately", 12.5)?;
        seen.counter(TOKENS, "Tokens read", 7)?;
        seen.counters(REUSE, "Windows", "known", &[("yes", 3), ("no", 4)])?;
        seen.facts(MODEL, "The models", &[vec![("model", "mbti".into()), ("name", "a \"b\"\n".into())]])
    });
    let text = metrics.text().unwrap();
    for line in [
        "# TYPE calling_http_requests counter",
        "calling_http_requests_total{route=\"/results/{key}\",method=\"GET\",status=\"2xx\"} 2",
        "calling_http_requests_total{route=\"none\",method=\"other\",status=\"4xx\"} 1",
        "# TYPE calling_http_request_seconds histogram",
        "calling_http_request_seconds_bucket{le=\"0.005\",route=\"/results/{key}\"} 1",
        "calling_http_request_seconds_count{route=\"/results/{key}\"} 2",
        "calling_reading_seconds_sum{model=\"mbti\",stage=\"queue\"} 0.03",
        "calling_batch_tokens_bucket{le=\"512.0\",model=\"mbti\"} 1",
        "# TYPE calling_tokens_per_second gauge",
        "calling_tokens_per_second 12.5",
        "calling_tokens_read_total 7",
        "calling_reuse_windows_total{known=\"yes\"} 3",
        "calling_model{model=\"mbti\",name=\"a \\\"b\\\"\\n\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing from\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}
