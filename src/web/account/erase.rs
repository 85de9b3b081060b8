//! Deletes what an account keeps.

use crate::web::error::WebError;
use crate::web::state::AppState;

/// Deletes every result in an account, also one that is being read.
pub async fn erase_results(state: &AppState, account: i64) -> Result<(), WebError> {
    loop {
        let kept = state.store.kept_results(account).await?;
        if kept.is_empty() {
            return Ok(());
        }
        for result in &kept {
            state.submissions.delete(&result.listed.key).await?;
        }
    }
}
