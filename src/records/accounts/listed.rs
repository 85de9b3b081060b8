//! Lists of accounts in pages. Each page begins after the last address of the one before, so that each costs the same, however
//! many accounts there are.

use diesel::prelude::*;

use super::account::{Account, Row};
use crate::records::columns::without_nul;
use crate::records::error::RecordsError;
use crate::records::schema::accounts;
use crate::records::store::Store;

/// Accounts on a page.
const A_PAGE: usize = 50;

/// A page of accounts in the order of their addresses.
#[derive(Debug)]
pub struct AccountPage {
    pub accounts: Vec<Account>,
    /// The address after which the next page begins, if there is one.
    pub next: Option<String>,
}

impl Store {
    /// The accounts whose address contains this text, in lower case, from the first one after an address on.
    pub async fn accounts_page(&self, part: &str, after: &str) -> Result<AccountPage, RecordsError> {
        let (pattern, after) = (containing(&without_nul(part)), without_nul(after));
        let rows: Vec<(String, Row)> = self
            .read(move |connection| {
                Ok(accounts::table
                    .filter(accounts::email_key.gt(after))
                    .filter(accounts::email_key.like(pattern).escape('\\'))
                    .order(accounts::email_key)
                    .limit(A_PAGE as i64 + 1)
                    .select((accounts::email_key, Row::as_select()))
                    .load(connection)?)
            })
            .await?;
        let more = rows.len() > A_PAGE;
        let shown: Vec<(String, Row)> = rows.into_iter().take(A_PAGE).collect();
        let next = shown.last().map(|(key, _)| key.clone()).filter(|_| more);
        let accounts = shown.into_iter().map(|(_, row)| Ok(row.read()?.account));
        Ok(AccountPage { accounts: accounts.collect::<Result<_, RecordsError>>()?, next })
    }
}

/// The pattern of LIKE for texts that contain this one. The addresses are in lower case, and so is what is searched.
fn containing(part: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
