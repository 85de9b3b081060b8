//! A cache of logits, so that a window that was read before is not read again. The result is exactly the same.
//!
//! For a model that reads answer by answer, a rated sentence is the same window in every text. Only logits are cached,
//! under a hash of the model and the token ids: neither words nor ids can be recovered.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::personality::ModelKind;

/// SHA-256 of a model's identity and a window's token ids.
pub(super) type Key = [u8; 32];

/// Bytes of an entry besides its logits: key, reference counts, and its slots in the cache's tables.
const ENTRY_BYTES: usize = 128;
/// Bytes of a typical row: 16 types.
const ROW_BYTES: usize = 16 * size_of::<f32>();

#[derive(Clone)]
struct InBytes;

impl Weighter<Key, Arc<[f32]>> for InBytes {
    fn weight(&self, _: &Key, row: &Arc<[f32]>) -> u64 {
        (ENTRY_BYTES + size_of_val(&**row)) as u64
    }
}

/// Logits by window, limited in bytes. Entries used once are evicted first (quick_cache's S3-FIFO), so that one visitor's
/// words do not push out the sentences that all texts share.
pub(super) struct Reuse {
    rows: Cache<Key, Arc<[f32]>, InBytes>,
}

impl Reuse {
    /// A cache of at most this many bytes; `None` if that holds no entry.
    pub fn new(bytes: usize) -> Option<Reuse> {
        let entries = bytes / (ENTRY_BYTES + ROW_BYTES);
        (entries > 0).then(|| Reuse { rows: Cache::with_weighter(entries, bytes as u64, InBytes) })
    }

    /// A window's key. `identity` names the weights and how they are computed: see
    /// [`Classifier::identity`](crate::models::Classifier::identity).
    pub fn key(which: ModelKind, identity: &str, ids: &[u32]) -> Key {
        let mut hash = Sha256::new();
        // The length separates the identity from the ids.
        hash.update([which.index() as u8]);
        hash.update((identity.len() as u64).to_le_bytes());
        hash.update(identity.as_bytes());
        let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        hash.update(&bytes);
        hash.finalize().into()
    }

    pub fn get(&self, key: &Key) -> Option<Arc<[f32]>> {
        self.rows.get(key)
    }

    /// Caches a window's logits, unless one of them is NaN or infinite, since that fault may be temporary.
    pub fn insert(&self, key: Key, row: &[f32]) {
        if row.iter().all(|logit| logit.is_finite()) {
            self.rows.insert(key, row.into());
        }
    }

    /// The number of cached windows, and the bytes that they take.
    pub fn size(&self) -> (usize, usize) {
        (self.rows.len(), usize::try_from(self.rows.weight()).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Key {
        Reuse::key(ModelKind::Mbti, "a model", &[1, n, 2])
    }

    #[test]
    fn keys_differ_by_model_identity_and_every_id() {
        let keys = [
            Reuse::key(ModelKind::Mbti, "a", &[1, 2]),
            Reuse::key(ModelKind::BigFive, "a", &[1, 2]),
            Reuse::key(ModelKind::Mbti, "b", &[1, 2]),
            Reuse::key(ModelKind::Mbti, "a", &[2, 1]),
            Reuse::key(ModelKind::Mbti, "a", &[1, 2, 0]),
            Reuse::key(ModelKind::Mbti, "a", &[513]),
            Reuse::key(ModelKind::Mbti, "a\u{1}\0\0\0", &[2]),
        ];
        for (place, one) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(one), "{place}");
        }
        assert_eq!(Reuse::key(ModelKind::Mbti, "a", &[1, 2]), keys[0]);
    }

    #[test]
    fn the_cache_stays_within_its_limit() {
        let bound = 200_000;
        let reuse = Reuse::new(bound).unwrap();
        for n in 0..50_000 {
            reuse.insert(key(n), &[n as f32; 16]);
        }
        let (entries, bytes) = reuse.size();
        assert!(bytes <= bound && bytes > bound / 2, "{bytes}");
        assert_eq!(bytes, entries * (ENTRY_BYTES + ROW_BYTES));
        assert!(Reuse::new(0).is_none());
    }

    #[test]
    fn windows_that_all_texts_share_outlive_windows_seen_once() {
        let reuse = Reuse::new(200_000).unwrap();
        for n in 0..300 {
            reuse.insert(key(n), &[n as f32; 16]);
        }
        for text in 0..200u32 {
            for n in 0..300 {
                if let Some(row) = reuse.get(&key(n)) {
                    assert_eq!(row[0], n as f32);
                } else {
                    reuse.insert(key(n), &[n as f32; 16]);
                }
            }
            // 50 windows that occur only in this text.
            for n in 0..50 {
                reuse.insert(key(1000 + text * 50 + n), &[0.0; 16]);
            }
        }
        let shared = (0..300).filter(|n| reuse.get(&key(*n)).is_some()).count();
        assert!(shared > 270, "{shared} of 300 shared sentences are left");
    }

    #[test]
    fn a_row_with_nan_is_not_cached() {
        let reuse = Reuse::new(10_000).unwrap();
        reuse.insert(key(1), &[0.0, f32::NAN]);
        assert!(reuse.get(&key(1)).is_none());
    }
}
