//! The pages of administrators: accounts, what is stored, and the log of what administrators did. They show no answers and no texts.

mod audit;
mod counted;
mod data;
mod download;
mod erase;
mod export;
mod failed;
mod invite;
mod link;
mod user;
mod users;

use actix_web::{HttpResponse, web};

use super::account::visitor::Administrator;
use super::page::see_other;
use super::route::{both, get, post};

pub use counted::LastCount;

/// The pages of administrators.
pub fn routes(table: &mut web::ServiceConfig) {
    table
        .service(get("/admin", home))
        .service(get("/admin/users", users::list))
        .service(both("/admin/invite", invite::ask, invite::invite))
        .service(get("/admin/users/{id}", user::show))
        .service(post("/admin/users/{id}/disable", user::disable))
        .service(post("/admin/users/{id}/enable", user::enable))
        .service(post("/admin/users/{id}/link", user::issue))
        .service(both("/admin/users/{id}/remove", user::ask_remove, user::remove))
        .service(get("/admin/data", data::show))
        .service(both("/admin/export", export::ask, export::export))
        .service(both("/admin/erase", erase::ask, erase::erase))
        .service(both("/admin/failed", failed::show, failed::try_again))
        .service(both("/admin/audit", audit::show, audit::export));
}

/// GET /admin
async fn home(_: Administrator) -> HttpResponse {
    see_other("/admin/users")
}
