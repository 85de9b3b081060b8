//! What servers tell each other through PostgreSQL. A notice only says where to look: whoever misses one finds the same at its
//! next look at the tables. SQLite has no notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::connection::{ConnectError, DbConnection, PoolConfig, open};
use super::error::RecordsError;
use super::store::Store;
use super::url::DatabaseUrl;

/// The channel of all notices of one database.
const CHANNEL: &str = "calling";
const QUEUED: &str = "queued";
const GONE: &str = "gone";
/// Followed by the server's name.
const ANSWER: &str = "answer ";

/// How often the connection is looked at: libpq says whether something arrived, but diesel does not let a thread wait for it.
const LOOK: Duration = Duration::from_millis(3);
/// How often for [`QUICK_FOR`] after a notice, since an answer is then likely to follow. Looking every 150 µs took 9% of a
/// processor, and made each text some .2 ms quicker.
const QUICK_LOOK: Duration = Duration::from_micros(400);
const QUICK_FOR: Duration = Duration::from_secs(1);
/// How often a query checks that the connection still works.
const CHECK: Duration = Duration::from_secs(15);
/// The pause before the next attempt to connect.
const AGAIN: Duration = Duration::from_secs(2);

/// What a server may want to know at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something can be leased.
    Queued,
    /// A record was deleted while it was read.
    Gone,
    /// How a reading ended for which somebody waits at the server of this name.
    Answer(String),
    /// Notices may have been missed.
    Missed,
}

impl Notice {
    fn parse(payload: &str) -> Notice {
        match payload {
            QUEUED => Notice::Queued,
            GONE => Notice::Gone,
            other => match other.strip_prefix(ANSWER) {
                Some(server) => Notice::Answer(server.to_owned()),
                // From a later release.
                None => Notice::Missed,
            },
        }
    }
}

/// Tells the servers that read that something can be leased. Sent when the transaction is committed, like those below.
pub(super) fn queued(connection: &mut DbConnection) -> Result<(), RecordsError> {
    send(connection, QUEUED)
}

/// Tells the servers that read that a record was deleted while it was read.
pub(super) fn gone(connection: &mut DbConnection) -> Result<(), RecordsError> {
    send(connection, GONE)
}

fn send(connection: &mut DbConnection, payload: &str) -> Result<(), RecordsError> {
    if let DbConnection::Postgres(c) = connection {
        diesel::sql_query("SELECT pg_notify($1, $2)")
            .bind::<Text, _>(CHANNEL)
            .bind::<Text, _>(payload)
            .execute(c)?;
    }
    Ok(())
}

/// Tells the server where this record's sender waits that its reading has ended.
pub(super) fn answer(connection: &mut DbConnection, record: i64) -> Result<(), RecordsError> {
    if let DbConnection::Postgres(c) = connection {
        diesel::sql_query("SELECT pg_notify($1, $2 || server) FROM waiting_senders WHERE record_id = $3")
            .bind::<Text, _>(CHANNEL)
            .bind::<Text, _>(ANSWER)
            .bind::<BigInt, _>(record)
            .execute(c)?;
    }
    Ok(())
}

/// Listens until it is dropped.
#[derive(Debug, Default)]
pub struct Listening {
    over: Arc<AtomicBool>,
    connected: Arc<AtomicBool>,
}

impl Listening {
    /// Whether notices arrive.
    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Store {
    /// Calls `heard` for each notice, on a thread of its own, over a connection to `url` that belongs to nobody else. A pooler
    /// that changes sessions between transactions would lose notices.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn listen(
        &self,
        url: DatabaseUrl,
        heard: impl Fn(Notice) + Send + 'static,
    ) -> std::io::Result<Listening> {
        let listening = Listening::default();
        let ear = Ear { over: listening.over.clone(), connected: listening.connected.clone() };
        let (_, config) = self.outside();
        let thread = std::thread::Builder::new().name("calling-listen".to_owned());
        thread.spawn(move || ear.run(&url, &config, &heard))?;
        Ok(listening)
    }
}

struct Ear {
    over: Arc<AtomicBool>,
    connected: Arc<AtomicBool>,
}

impl Ear {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn run(&self, url: &DatabaseUrl, config: &PoolConfig, heard: &impl Fn(Notice)) {
        while !self.is_over() {
            let Err(error) = self.listen(url, config, heard) else { return };
            self.connected.store(false, Ordering::Relaxed);
            tracing::warn!(%error, "not listening to the database; the queue is looked at more often instead");
            let again = Instant::now() + AGAIN;
            while Instant::now() < again && !self.is_over() {
                std::thread::sleep(AGAIN / 20);
            }
        }
    }

    fn listen(
        &self,
        url: &DatabaseUrl,
        config: &PoolConfig,
        heard: &impl Fn(Notice),
    ) -> Result<(), ConnectError> {
        let DbConnection::Postgres(mut c) = open(url, config, true)? else { return Ok(()) };
        c.batch_execute(&format!("LISTEN {CHANNEL}"))?;
        self.connected.store(true, Ordering::Relaxed);
        tracing::info!("listening to the database");
        heard(Notice::Missed);
        let mut checked = Instant::now();
        let mut heard_at = None::<Instant>;
        while !self.is_over() {
            for notification in c.notifications_iter() {
                heard_at = Some(Instant::now());
                heard(Notice::parse(&notification?.payload));
            }
            if checked.elapsed() > CHECK {
                checked = Instant::now();
                c.batch_execute("SELECT 1")?;
            }
            let quick = heard_at.is_some_and(|at| at.elapsed() < QUICK_FOR);
            std::thread::sleep(if quick { QUICK_LOOK } else { LOOK });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_read_as_it_is_sent() {
        assert_eq!(Notice::parse(QUEUED), Notice::Queued);
        assert_eq!(Notice::parse(GONE), Notice::Gone);
        assert_eq!(Notice::parse(&format!("{ANSWER}7-a")), Notice::Answer("7-a".to_owned()));
        assert_eq!(Notice::parse("a word of a later release"), Notice::Missed);
    }
}
