//! Accounts: registering, logging in and out, the account's own pages, and who a request comes from.

mod agent;
mod busy;
mod codes;
pub mod confirm;
mod delete;
mod email;
pub mod erase;
mod factor;
pub mod fields;
pub mod form_page;
mod guessing;
mod history;
mod link;
mod login;
mod mailed;
mod overview;
mod password;
mod posted;
mod recover;
mod recover_mail;
mod register;
mod results;
mod sessions;
mod start;
pub mod visitor;

use actix_web::web;

use super::route::{both, get, post};

pub use link::address as link_address;

/// The pages of accounts.
pub fn routes(table: &mut web::ServiceConfig) {
    table
        .service(both("/register", register::ask, register::register))
        .service(both("/login", login::ask, login::log_in))
        .service(both("/login/code", factor::ask, factor::check))
        .service(post("/logout", login::log_out))
        .service(both("/recover", recover::ask, recover::recover))
        .service(both(recover_mail::PATH, recover_mail::ask, recover_mail::send))
        .service(both("/link/{token}", link::ask, link::follow))
        .service(both("/results/{key}/keep", history::ask, history::keep))
        .service(get("/account", overview::show))
        .service(post("/account/results", results::change))
        .service(both("/account/password", password::ask, password::change))
        .service(both("/account/email", email::ask, email::change))
        .service(post("/account/sessions", sessions::end))
        .service(both("/account/codes", codes::ask, codes::renew))
        .service(both("/account/second-factor", factor::set_up, factor::confirm))
        .service(both("/account/delete", delete::ask, delete::delete));
}
