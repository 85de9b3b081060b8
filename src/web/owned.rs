//! The key in an owner's address, and the record that it opens.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};

use super::account::visitor::Visitor;
use super::error::WebError;
use super::state::AppState;
use crate::records::{OwnerKey, Record};

/// The key of an address `/results/{key}…`: a private key, or the number of a result in the account of whoever is logged in.
///
/// A malformed key gets the same answer as an unknown one.
pub struct Owner(pub OwnerKey);

impl FromRequest for Owner {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Owner, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let text = request.match_info().get("key").unwrap_or_default();
        let Some(record) = OwnerKey::kept_id(text) else {
            let key = OwnerKey::parse(text).map(Owner).ok_or(WebError::NotFound);
            return Box::pin(std::future::ready(key));
        };
        let (request, visitor) = (request.clone(), Visitor::from_request(request, payload));
        Box::pin(async move {
            let account = visitor.await?.session.account.id;
            let state = request.app_data::<web::Data<AppState>>().cloned();
            let state = state.ok_or_else(|| WebError::internal("the application has no state"))?;
            state.store.kept_key(account, record).await?.map(Owner).ok_or(WebError::NotFound)
        })
    }
}

/// The record that a key opens.
///
/// # Errors
/// [`WebError::NotFound`] if the key opens nothing.
pub async fn owned(state: &AppState, key: &OwnerKey) -> Result<Record, WebError> {
    state.store.by_owner(key).await?.ok_or(WebError::NotFound)
}
