//! Argon2id hashes, computed on the blocking pool and only a few at once: each takes 19 MiB and about 20 ms of a processor.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as Argon2Error, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::password::{NoPassword, Password};
use super::strength::Strength;

/// OWASP's parameters (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The most of each kind of [`Asker`] that may wait, and the longest wait.
const MOST_WAITING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many passwords are being checked.
    #[error("too many passwords are being hashed")]
    Busy,
    /// The stored hash cannot be read, or the system gives no memory.
    #[error("a password could not be hashed: {0}")]
    Argon2(Argon2Error),
    #[error("hashing a password was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Who asks for a hash. Each kind has places of its own to wait, so that strangers cannot lock an owner out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    Stranger,
    /// A browser that has logged in to the account before, or is logged in.
    Known,
}

/// Hashes passwords and compares them.
#[derive(Debug)]
pub struct Hasher {
    /// A permit for each stranger's hash that is computed or waits.
    strangers: Semaphore,
    /// The same of known browsers.
    known: Semaphore,
    /// A permit for each hash that is computed.
    computing: Arc<Semaphore>,
}

impl Hasher {
    /// Uses at most half of the processors, so that log-in attempts cannot slow down the rest of the site.
    pub fn new() -> Hasher {
        let processors = std::thread::available_parallelism().map_or(2, |n| n.get());
        let at_once = (processors / 2).max(1);
        Hasher {
            strangers: Semaphore::new(at_once + MOST_WAITING),
            known: Semaphore::new(at_once + MOST_WAITING),
            computing: Arc::new(Semaphore::new(at_once)),
        }
    }

    /// The hash of a new password of somebody with this address, as a PHC string; or why the password is refused.
    pub async fn make(&self, typed: &str, email: &str) -> Result<Result<String, NoPassword>, HashError> {
        let (typed, email) = (SecretString::from(typed), email.to_owned());
        self.run(Asker::Stranger, move || match Password::new(typed.expose_secret(), &email) {
            Ok(password) => hash(&password).map(Ok),
            Err(refused) => Ok(Err(refused)),
        })
        .await
    }

    /// How strong a password of somebody with this address would be.
    pub async fn judge(&self, typed: &str, email: &str) -> Result<Strength, HashError> {
        let (typed, email) = (SecretString::from(typed), email.to_owned());
        self.run(Asker::Stranger, move || Ok(Strength::of(typed.expose_secret(), &email))).await
    }

    /// Whether a password matches this hash. Without a hash, because there is no such account, it takes as long and is false.
    pub async fn verify(
        &self,
        asker: Asker,
        password: Password,
        stored: Option<String>,
    ) -> Result<bool, HashError> {
        self.run(asker, move || match stored {
            Some(stored) => match argon2()?.verify_password(password.expose().as_bytes(), stored.as_str()) {
                Ok(()) => Ok(true),
                Err(Argon2Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(error),
            },
            None => hash(&password).map(|_| false),
        })
        .await
    }

    /// Runs work on the blocking pool as soon as a permit is free.
    async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        work: impl FnOnce() -> Result<T, Argon2Error> + Send + 'static,
    ) -> Result<T, HashError> {
        let places = match asker {
            Asker::Stranger => &self.strangers,
            Asker::Known => &self.known,
        };
        let _admitted = places.try_acquire().map_err(|_| HashError::Busy)?;
        let permit = tokio::time::timeout(PATIENCE, self.computing.clone().acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(HashError::Busy) };
        let task = tokio::task::spawn_blocking(move || {
            // If the client disconnects, the work continues and keeps its permit.
            let _permit = permit;
            work()
        });
        task.await.map_err(HashError::Interrupted)?.map_err(HashError::Argon2)
    }
}

fn argon2() -> Result<Argon2<'static>, Argon2Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Argon2Error::Crypto)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Password) -> Result<String, Argon2Error> {
    let mut salt = [0; 16];
    rand::rng().fill_bytes(&mut salt);
    let hash: PasswordHash = argon2()?.hash_password_with_salt(password.expose().as_bytes(), &salt)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_stored_as_argon2id_with_owasps_parameters_and_a_salt_of_its_own() {
        let hasher = Hasher::new();
        let password = Password::typed("kelp orbit marzipan");
        let stored = hasher.make("kelp orbit marzipan", "").await.unwrap().unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert_ne!(hasher.make("kelp orbit marzipan", "").await.unwrap().unwrap(), stored);
        assert!(hasher.make("short", "").await.unwrap().is_err());
        assert!(hasher.verify(Asker::Stranger, password.clone(), Some(stored.clone())).await.unwrap());
        assert!(
            !hasher
                .verify(Asker::Stranger, Password::typed("kelp orbit marzipaN"), Some(stored))
                .await
                .unwrap()
        );
        assert!(!hasher.verify(Asker::Stranger, password.clone(), None).await.unwrap());
        assert!(matches!(
            hasher.verify(Asker::Stranger, password, Some("x".into())).await,
            Err(HashError::Argon2(_))
        ));
    }

    #[tokio::test]
    async fn more_strangers_than_may_wait_are_refused_at_once_and_known_browsers_are_not() {
        let hasher = Hasher::new();
        let all = hasher.strangers.available_permits() as u32;
        let held = hasher.strangers.acquire_many(all).await.unwrap();
        let typed = Password::typed("kelp orbit marzipan");
        assert!(matches!(hasher.verify(Asker::Stranger, typed.clone(), None).await, Err(HashError::Busy)));
        assert!(hasher.verify(Asker::Known, typed.clone(), None).await.is_ok());
        drop(held);
        assert!(hasher.verify(Asker::Stranger, typed, None).await.is_ok());
    }
}
