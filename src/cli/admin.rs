//! `calling admin`: the first administrator, a way back in for one who is locked out, and an export of everything.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;

use super::outcome::{failed, print, shown, wrong_setting};
use crate::accounts::Email;
use crate::config::{Database, PublicUrl};
use crate::records::{
    Act, Audited, DatabaseUrl, ExportPlace, LinkPurpose, NewAccount, PoolConfig, RecordsError, Role, Store,
};
use crate::startup::StartError;
use crate::telemetry::sentence;
use crate::web::link_address;

/// How long the link is good.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Subcommand, Debug)]
pub enum Work {
    /// Make somebody an administrator, and print a link with which they choose their password. Run it again for a new link
    Create(Box<Arguments>),
    /// Write everything that is stored to standard output, a JSON object a line, without keys and passwords
    Export(Box<ExportArguments>),
}

#[derive(Args, Debug)]
pub struct Arguments {
    /// Their email address. If it has an account, that becomes an administrator's
    #[arg(value_name = "EMAIL")]
    email: Email,
    /// Take their second factor away, if they have lost the app with it: they set up another at the next login
    #[arg(long)]
    new_second_factor: bool,
    /// Address that visitors type, such as https://calling.example.org, with which the link begins
    #[arg(long, env = "CALLING_PUBLIC_URL", value_name = "URL")]
    public_url: Option<PublicUrl>,
    #[command(flatten)]
    database: Database,
}

#[derive(Args, Debug)]
pub struct ExportArguments {
    /// With what people wrote and answered, which the export of the administrators' pages never has
    #[arg(long)]
    texts: bool,
    #[command(flatten)]
    database: Database,
}

pub fn run(work: &Work) -> ExitCode {
    let database = match work {
        Work::Create(arguments) => &arguments.database,
        Work::Export(arguments) => &arguments.database,
    };
    let store = match connect(database) {
        Ok(store) => store,
        Err(error) => return wrong_setting(error.sentence()),
    };
    let system = actix_web::rt::System::new();
    match work {
        Work::Create(arguments) => match system.block_on(create(&store, arguments)) {
            Ok(lines) => shown(print(&lines)),
            Err(error) => failed(sentence(&error)),
        },
        Work::Export(arguments) => match system.block_on(export(&store, arguments.texts)) {
            Ok(written) => shown(written),
            Err(error) => failed(sentence(&error)),
        },
    }
}

/// Writes everything, a page at a time. The inner error is that of standard output.
async fn export(store: &Store, texts: bool) -> Result<std::io::Result<()>, RecordsError> {
    let subject = if texts { "everything, with answers and texts" } else { "everything" };
    store.audit(Audited::at_command_line(Act::Export, subject)).await?;
    let mut place = Some(ExportPlace::START);
    while let Some(at) = place {
        let (rows, next) = store.export_page(at, texts).await?;
        if !rows.is_empty() {
            let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
            if let Err(error) = print(&lines.join("\n")) {
                return Ok(Err(error));
            }
        }
        place = next;
    }
    Ok(Ok(()))
}

/// The store of this database.
///
/// # Errors
/// If the setting is wrong.
pub(super) fn connect(database: &Database) -> Result<Store, StartError> {
    let url = DatabaseUrl::parse(database.database_url.expose_secret())?;
    let config = PoolConfig {
        timeout: database.database_timeout,
        migrate: !database.no_migrate,
        ..PoolConfig::default()
    };
    Ok(Store::connect(url, config)?)
}

/// Makes the account or changes its role. Returns what to print.
async fn create(store: &Store, arguments: &Arguments) -> Result<String, RecordsError> {
    let email = &arguments.email;
    let id = match store.account_by_email(&email.key()).await? {
        Some(known) => {
            let id = known.account.id;
            if known.account.role != Role::Administrator {
                store.make_administrator(id).await?;
            }
            if arguments.new_second_factor {
                store.drop_factor(id).await?;
            }
            id
        }
        None => {
            let new = NewAccount {
                email: email.as_str().to_owned(),
                email_key: email.key(),
                password: None,
                role: Role::Administrator,
                codes: Vec::new(),
            };
            store.create_account(new).await?
        }
    };
    let random_id = store.account(id).await?.account.random_id;
    let audited = Audited::at_command_line(Act::MakeAdministrator, random_id);
    let token = store.issue_link(id, LinkPurpose::SetPassword, LIFETIME, Some(audited)).await?;
    let path = link_address(&token);
    Ok(match &arguments.public_url {
        Some(url) => format!(
            "{} is an administrator. This link sets their password, once, within 24 hours:\n{}{path}",
            email.as_str(),
            url.origin()
        ),
        None => format!(
            "{} is an administrator. This address of your site sets their password, once, within 24 hours:\n{path}",
            email.as_str()
        ),
    })
}
