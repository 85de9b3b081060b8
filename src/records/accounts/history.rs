//! Results that are kept in an account.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;

use crate::records::columns::{timestamp, typed, without_nul};
use crate::records::drafts::DELETED;
use crate::records::error::{RecordsError, Thing};
use crate::records::keys::OwnerKey;
use crate::records::record::{ListedRecord, SharedRow, Status};
use crate::records::schema::account_results as kept;
use crate::records::schema::personality_records::{self as records, dsl};
use crate::records::schema::{drafts, result_additions};
use crate::records::store::Store;

/// The most results that an account's list shows, the newest.
const MOST_LISTED: i64 = 500;

/// A result in an account.
#[derive(Clone, Debug)]
pub struct KeptResult {
    pub listed: ListedRecord,
    /// A name of the owner's choice.
    pub name: Option<String>,
    pub kept_at: DateTime<Utc>,
    /// The number of occupations on its shortlist.
    pub shortlisted: usize,
}

type Columns = (Option<String>, NaiveDateTime, String, String, Option<String>, SharedRow);

impl Store {
    /// Keeps the result that this key opens in an account. Keeping it again changes nothing.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the key opens nothing.
    pub async fn keep_result(&self, account: i64, key: &OwnerKey) -> Result<(), RecordsError> {
        let hash = key.hash();
        let now = timestamp(Utc::now());
        self.add(move |connection| {
            // Whoever keeps a result has its key, so that it is claimed.
            let of_owner = records::table.filter(dsl::owner_key_hash.eq(&hash));
            diesel::update(of_owner)
                .set(dsl::unclaimed_until.eq(None::<NaiveDateTime>))
                .execute(connection)?;
            let id: Option<i64> = records::table
                .filter(dsl::owner_key_hash.eq(&hash))
                .select(dsl::id)
                .first(connection)
                .optional()?;
            let id = id.ok_or(RecordsError::Missing(Thing::Result))?;
            let known: i64 = kept::table
                .filter(kept::account_id.eq(account).and(kept::record_id.eq(id)))
                .count()
                .get_result(connection)?;
            if known == 0 {
                diesel::insert_into(kept::table)
                    .values((kept::account_id.eq(account), kept::record_id.eq(id), kept::kept_at.eq(now)))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    /// The results in an account, the newest first.
    pub async fn kept_results(&self, account: i64) -> Result<Vec<KeptResult>, RecordsError> {
        let rows: Vec<Columns> = self
            .read(move |connection| {
                Ok(kept::table
                    .inner_join(records::table.left_join(result_additions::table))
                    .filter(kept::account_id.eq(account))
                    .order(kept::record_id.desc())
                    .limit(MOST_LISTED)
                    .select((
                        kept::name,
                        kept::kept_at,
                        dsl::owner_key_hash,
                        dsl::status,
                        result_additions::shortlist.nullable(),
                        SharedRow::as_select(),
                    ))
                    .load(connection)?)
            })
            .await?;
        let mut results = Vec::with_capacity(rows.len());
        for (name, kept_at, hash, status, shortlist, row) in rows {
            let id = row.id();
            let shortlist: Vec<String> = typed(id, "shortlist", shortlist)?.unwrap_or_default();
            let key = OwnerKey::of_account(id, hash);
            let listed = ListedRecord { key, status: Status::parse(&status, id)?, shown: row.read(None)? };
            if !self.is_expired(&listed.shown) {
                let (kept_at, shortlisted) = (kept_at.and_utc(), shortlist.len());
                results.push(KeptResult { listed, name, kept_at, shortlisted });
            }
        }
        Ok(results)
    }

    /// Opens the result with this id by the account in which it is kept; `None` if it is not.
    pub async fn kept_key(&self, account: i64, record: i64) -> Result<Option<OwnerKey>, RecordsError> {
        let hash: Option<String> = self
            .read(move |connection| {
                Ok(kept::table
                    .inner_join(records::table)
                    .filter(kept::account_id.eq(account).and(kept::record_id.eq(record)))
                    .select(dsl::owner_key_hash)
                    .first(connection)
                    .optional()?)
            })
            .await?;
        Ok(hash.map(|hash| OwnerKey::of_account(record, hash)))
    }

    /// Whether the result that this key opens is kept in an account.
    pub async fn is_kept(&self, account: i64, key: &OwnerKey) -> Result<bool, RecordsError> {
        let hash = key.hash();
        self.read(move |connection| {
            let rows: i64 = kept::table
                .inner_join(records::table)
                .filter(kept::account_id.eq(account).and(dsl::owner_key_hash.eq(hash)))
                .count()
                .get_result(connection)?;
            Ok(rows > 0)
        })
        .await
    }

    /// Gives a result in an account another name; `None` takes the name away.
    pub async fn name_result(
        &self,
        account: i64,
        record: i64,
        name: Option<String>,
    ) -> Result<(), RecordsError> {
        let name = name.map(|name| without_nul(&name));
        self.write(move |connection| {
            diesel::update(kept::table.find((account, record)))
                .set(kept::name.eq(&name))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Takes a result out of an account. It stays at its private address.
    pub async fn drop_kept(&self, account: i64, record: i64) -> Result<(), RecordsError> {
        self.write(move |connection| {
            diesel::delete(kept::table.find((account, record))).execute(connection)?;
            Ok(())
        })
        .await
    }

    /// Gives a result in an account another private address and returns its key. The former address and the share link no longer
    /// open it, and other accounts no longer have it.
    ///
    /// # Errors
    /// [`RecordsError::Missing`] if the account has no such result.
    pub async fn renew_address(&self, account: i64, record: i64) -> Result<OwnerKey, RecordsError> {
        let key = OwnerKey::random();
        let hash = key.hash();
        self.write(move |connection| {
            let own: i64 = kept::table
                .filter(kept::account_id.eq(account).and(kept::record_id.eq(record)))
                .count()
                .get_result(connection)?;
            if own == 0 {
                return Err(RecordsError::Missing(Thing::Result));
            }
            diesel::delete(kept::table)
                .filter(kept::record_id.eq(record).and(kept::account_id.ne(account)))
                .execute(connection)?;
            // Nor does the key of the draft that it came from.
            let draft: Option<String> =
                records::table.find(record).select(dsl::draft_key_hash).first(connection)?;
            if let Some(draft) = draft {
                diesel::update(drafts::table.filter(drafts::key_hash.eq(draft)))
                    .set(drafts::state.eq(DELETED))
                    .execute(connection)?;
            }
            diesel::update(result_additions::table.find(record))
                .set(result_additions::shared_interests.eq(None::<String>))
                .execute(connection)?;
            diesel::update(records::table.find(record))
                .set((
                    dsl::owner_key_hash.eq(&hash),
                    dsl::share_nonce.eq(None::<String>),
                    dsl::share_key_hash.eq(None::<String>),
                ))
                .execute(connection)?;
            Ok(())
        })
        .await?;
        Ok(key)
    }
}
