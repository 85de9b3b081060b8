//! A result in one line, for lists of results. Contains none of the visitor's words.

use super::assessed::{ShownLevel, in_a_line};
use super::columns::{StoredKeyed, keyed_scores};
use super::stored::Stored;
use crate::assessment::Naming;
use crate::norm::Level;
use crate::personality::Trait;
use crate::records::{ListedRecord, OwnerKey, SharedRecord, Status};
use crate::web::address;
use crate::web::numbers::{day, percent};

/// A result in a list.
pub struct Brief {
    pub path: String,
    /// "November 30, 2026".
    pub day: String,
    /// Its result, or its progress.
    pub said: String,
}

impl Brief {
    pub fn new(listed: &ListedRecord) -> Brief {
        let said = match listed.status {
            Status::Queued | Status::Reading => "is being read".to_owned(),
            Status::Failed => "could not be read".to_owned(),
            Status::Done => in_brief(&listed.shown),
        };
        let read = listed.shown.finished_at.unwrap_or(listed.shown.created_at);
        Brief { path: address::result(&listed.key), day: day(read), said }
    }

    /// A result that could not be loaded.
    pub fn unread(number: usize, key: &OwnerKey) -> Brief {
        Brief {
            path: address::result(key),
            day: format!("Result {number}"),
            said: "cannot be looked up right now".to_owned(),
        }
    }
}

/// The type, and the traits that are above or below average.
pub fn in_brief(record: &SharedRecord) -> String {
    let stored = Stored(record);
    if let Ok(Some(assessment)) = stored.assessment() {
        let levels = levelled(|trait_| assessment.of(trait_).together.level);
        return format!("{}; {levels}", named(&assessment.naming));
    }
    let types = stored.profile().ok().map(|profile| {
        let (first, share) = profile.ranked_types()[0];
        format!("{first} first, at {}", percent(share))
    });
    let traits = match keyed_scores(record.keyed_scores.as_ref()) {
        Some(StoredKeyed::Normed(result)) => Some(levelled(|trait_| result.of(trait_).statements.level)),
        _ => None,
    };
    types.into_iter().chain(traits).collect::<Vec<_>>().join("; ")
}

fn named(naming: &Naming) -> String {
    match naming {
        Naming::One { mbti, .. } => mbti.to_string(),
        Naming::Two { first, second, .. } => format!("{first} or {second}"),
        Naming::None { .. } => "no type named".to_owned(),
    }
}

fn levelled(level: impl Fn(Trait) -> Level) -> String {
    in_a_line(Trait::ALL.map(|trait_| (trait_, ShownLevel::of(&level(trait_)))))
}
