//! The part of a finished result that rankings are computed from.

use crate::careers::{Filters, Person};
use crate::personality::InterestScores;
use crate::records::{OwnerKey, ShareKey, SharedRecord, Status};
use crate::survey::interests;
use crate::web::address;
use crate::web::error::WebError;
use crate::web::owned::owned;
use crate::web::result::stored::Stored;
use crate::web::state::AppState;

/// A finished result, as its owner or someone it is shared with sees it.
pub struct Settled {
    person: Person,
    /// The interests stored with it, if this visitor may see them.
    pub interests: Option<InterestScores>,
    /// The occupations on the result's shortlist; empty for anyone but the owner.
    pub shortlist: Vec<String>,
    /// Whether a model behind the profile is marked as interim.
    pub interim: bool,
    /// The version of the data behind the stored tables.
    pub stored_version: String,
    /// The path of the result.
    pub path: String,
}

impl Settled {
    /// # Errors
    /// [`WebError::NotFound`] if no finished result has this key.
    pub async fn of_owner(state: &AppState, key: &OwnerKey) -> Result<Settled, WebError> {
        let record = owned(state, key).await?;
        if record.status != Status::Done {
            return Err(WebError::NotFound);
        }
        let interests = record.added.interests.and_then(|interests| interests.measured);
        let settled = Settled::new(record.shown, interests, address::result(key))?;
        Ok(Settled { shortlist: record.added.shortlist, ..settled })
    }

    pub async fn of_share(state: &AppState, key: &str) -> Result<Settled, WebError> {
        let key = ShareKey::parse(key).ok_or(WebError::NotFound)?;
        let record = state.store.by_share(&key).await?.ok_or(WebError::NotFound)?;
        let interests = record.shared_interests;
        Settled::new(record, interests, address::shared(&key))
    }

    fn new(
        record: SharedRecord,
        interests: Option<InterestScores>,
        path: String,
    ) -> Result<Settled, WebError> {
        let person = Stored(&record).person().map_err(WebError::internal)?;
        let interim = Stored(&record).interim();
        let stored_version = record.data_version.unwrap_or_default();
        Ok(Settled { person, interests, shortlist: Vec::new(), interim, stored_version, path })
    }

    /// The person to rank for: the result's profile, with the interests and wishes of a request.
    pub fn person(&self, filters: &Filters) -> Person {
        let interests = filters.interests(self.interests, interests::ERROR);
        Person { interests, wishes: filters.wishes.clone(), ..self.person.clone() }
    }
}
