//! What every page of the manager needs: the servers as last read, and the engine that changes their number.

use super::bounds::Bounds;
use super::known::Known;
use super::shown::moment;
use crate::scaling::{Described, EngineError};
use crate::web::error::WebError;
use crate::web::state::AppState;

/// Both, at a request.
pub(super) struct Current {
    pub(super) known: Known,
    pub(super) scaler: Scaler,
}

impl Current {
    pub(super) async fn of(state: &AppState) -> Result<Current, WebError> {
        let known = state.fleet.read(&state.store).await?;
        let scaler = Scaler::from(state.fleet.describe().await?);
        Ok(Current { known, scaler })
    }

    pub(super) fn bounds(&self) -> Bounds {
        Bounds::of(&self.known, self.scaler.described())
    }

    /// Whether the number of servers can be changed: the engine and the database answer.
    pub(super) fn can_change(&self) -> bool {
        self.scaler.described().is_some() && !self.known.outdated
    }
}

/// How old the data of a page are.
pub(super) struct Freshness {
    pub(super) outdated: bool,
    /// In UTC.
    pub(super) at: String,
}

impl Freshness {
    pub(super) fn of(known: &Known) -> Freshness {
        Freshness { outdated: known.outdated, at: moment(known.at()) }
    }
}

/// The engine that changes the number of servers, as pages describe it.
pub(super) enum Scaler {
    None,
    /// It does not answer; the sentence says why.
    Failed(String),
    Here(Described),
}

impl Scaler {
    pub(super) fn described(&self) -> Option<&Described> {
        match self {
            Scaler::Here(described) => Some(described),
            Scaler::None | Scaler::Failed(_) => None,
        }
    }
}

impl From<Option<Result<Described, EngineError>>> for Scaler {
    fn from(described: Option<Result<Described, EngineError>>) -> Scaler {
        match described {
            None => Scaler::None,
            Some(Ok(described)) => Scaler::Here(described),
            Some(Err(error)) => Scaler::Failed(error.to_string()),
        }
    }
}
