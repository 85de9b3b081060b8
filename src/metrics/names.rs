//! The names of the metrics, which dashboards and alerts use.

/// Answered requests, by route, method and status class.
pub const REQUESTS: &str = "calling_http_requests";
/// Seconds from a request's head to its response's head, by route.
pub const REQUEST_SECONDS: &str = "calling_http_request_seconds";
/// Seconds of each stage of a reading, by model and stage.
pub const READING_SECONDS: &str = "calling_reading_seconds";
/// Seconds of a forward pass, by model.
pub const BATCH_SECONDS: &str = "calling_batch_seconds";
/// Tokens of a forward pass, special tokens included, by model.
pub const BATCH_TOKENS: &str = "calling_batch_tokens";
/// Readings by outcome.
pub const READINGS: &str = "calling_readings";
/// Windows read by a forward pass.
pub const WINDOWS: &str = "calling_windows_read";
/// Tokens read by a forward pass, special tokens included.
pub const TOKENS: &str = "calling_tokens_read";
/// Forward passes and tokenizer steps that panicked.
pub const PANICS: &str = "calling_reading_panics";
/// Windows, by whether their logits were cached.
pub const REUSE: &str = "calling_reuse_windows";
/// The share of windows whose logits were cached, 0 to 1, since the start.
pub const REUSE_RATIO: &str = "calling_reuse_hit_ratio";
/// Windows in the cache.
pub const REUSE_ENTRIES: &str = "calling_reuse_entries";
/// Size of the cache in bytes.
pub const REUSE_BYTES: &str = "calling_reuse_bytes";
/// Readings waiting or in progress.
pub const WAITING_READINGS: &str = "calling_waiting_readings";
/// Windows waiting.
pub const WAITING_WINDOWS: &str = "calling_waiting_windows";
/// Tokens waiting, special tokens included.
pub const WAITING_TOKENS: &str = "calling_waiting_tokens";
/// Tokens read per second, averaged over recent passes.
pub const PACE: &str = "calling_tokens_per_second";
/// 1 when the models are warm and every thread is alive, else 0.
pub const READY: &str = "calling_models_ready";
/// Submissions being read, or waited for while other servers read them.
pub const SUBMISSIONS: &str = "calling_submissions_reading";
/// Submissions in the database that wait for a server. The same on every server, like the next four.
pub const QUEUE_WAITING: &str = "calling_queue_waiting";
/// Submissions in the database that a server reads.
pub const QUEUE_READING: &str = "calling_queue_reading";
/// Servers that are reading a submission.
pub const QUEUE_WORKERS: &str = "calling_queue_busy_servers";
/// Servers that are alive and read.
pub const QUEUE_SERVERS: &str = "calling_queue_servers";
/// Seconds since the oldest waiting submission was stored.
pub const QUEUE_OLDEST: &str = "calling_queue_oldest_seconds";
/// Submissions whose result was stored.
pub const SUBMISSIONS_FINISHED: &str = "calling_submissions_finished";
/// Texts deleted because their senders disconnected or the server stopped.
pub const SUBMISSIONS_CANCELLED: &str = "calling_submissions_cancelled";
/// 1 for each model; the labels have its name and how it is computed.
pub const MODEL: &str = "calling_model";
/// Open connections.
pub const CONNECTIONS: &str = "calling_connections";
/// Connections closed at a maximum: idle ones that were replaced, and new ones that were refused.
pub const CONNECTIONS_CLOSED: &str = "calling_connections_closed";
/// Bytes of the request bodies in transit.
pub const BODY_BYTES: &str = "calling_body_bytes";
/// Request bodies given up to stay within the budget.
pub const BODIES_GIVEN_UP: &str = "calling_bodies_given_up";
/// Request heads that could not be parsed.
pub const MALFORMED: &str = "calling_malformed_heads";
/// Mails sent, and attempts that failed, by outcome.
pub const MAILS: &str = "calling_mails";
/// Resident memory of the process in bytes.
pub const RESIDENT: &str = "process_resident_memory_bytes";
