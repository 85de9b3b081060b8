//! The settings that administrators made for all servers, in one row.

use diesel::prelude::*;

use crate::records::audit::{self, Audited};
use crate::records::columns::typed;
use crate::records::connection::DbConnection;
use crate::records::error::RecordsError;
use crate::records::schema::fleet_settings as settings;
use crate::records::store::Store;
use crate::scaling::Policy;

/// The only row's id.
const ROW: i32 = 1;

/// These settings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FleetSettings {
    /// The number of servers that was set last.
    pub desired: Option<u32>,
    pub policy: Option<Policy>,
}

impl Store {
    /// Stores the desired number of servers. `audited` is noted with it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn set_desired(&self, servers: u32, audited: Option<Audited>) -> Result<(), RecordsError> {
        self.write(move |connection| {
            store_desired(connection, servers)?;
            audited.iter().try_for_each(|audited| audit::note(connection, audited))
        })
        .await
    }

    /// Stores the policy. `audited` is noted with it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn set_policy(&self, policy: &Policy, audited: Option<Audited>) -> Result<(), RecordsError> {
        let text = serde_json::to_string(policy)
            .map_err(|_| RecordsError::Invalid("the policy cannot be written as JSON"))?;
        self.write(move |connection| {
            ensure_row(connection)?;
            diesel::update(settings::table.find(ROW)).set(settings::policy.eq(&text)).execute(connection)?;
            audited.iter().try_for_each(|audited| audit::note(connection, audited))
        })
        .await
    }
}

pub(super) fn load(connection: &mut DbConnection) -> Result<FleetSettings, RecordsError> {
    let row: Option<(Option<i32>, Option<String>)> = settings::table
        .find(ROW)
        .select((settings::desired, settings::policy))
        .first(connection)
        .optional()?;
    let Some((desired, policy)) = row else { return Ok(FleetSettings::default()) };
    Ok(FleetSettings {
        desired: desired.map(i32::unsigned_abs),
        policy: typed(ROW.into(), "fleet_settings.policy", policy)?,
    })
}

pub(super) fn store_desired(connection: &mut DbConnection, servers: u32) -> Result<(), RecordsError> {
    let servers = i32::try_from(servers).map_err(|_| RecordsError::Invalid("too many servers"))?;
    ensure_row(connection)?;
    diesel::update(settings::table.find(ROW)).set(settings::desired.eq(servers)).execute(connection)?;
    Ok(())
}

fn ensure_row(connection: &mut DbConnection) -> Result<(), RecordsError> {
    let insert = "INSERT INTO fleet_settings (id) VALUES (1) ON CONFLICT DO NOTHING";
    match connection {
        DbConnection::Postgres(c) => diesel::sql_query(insert).execute(c)?,
        DbConnection::Sqlite(c) => diesel::sql_query(insert).execute(c)?,
    };
    Ok(())
}
