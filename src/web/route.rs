//! Routes: which methods a path takes.

use actix_web::{Handler, Resource, Responder, web};

/// The paths that programs post JSON to. Their errors are always JSON, and they use no cookies.
pub const API_PATHS: [&str; 3] = ["/classify_mbti", "/classify_big_five", "/get_career_recommendations"];

/// A path for GET and HEAD. Other methods get 405 with `Allow`.
pub fn get<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// A path for POST. Other methods get 405 with `Allow`.
pub fn post<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::post().to(handler))
}

/// A path for both [`get`] and [`post`]: a page with a form that posts to the same path.
pub fn both<Read, ReadArgs, Write, WriteArgs>(path: &str, read: Read, write: Write) -> Resource
where
    Read: Handler<ReadArgs> + Clone,
    ReadArgs: actix_web::FromRequest + 'static,
    Read::Output: Responder + 'static,
    Write: Handler<WriteArgs>,
    WriteArgs: actix_web::FromRequest + 'static,
    Write::Output: Responder + 'static,
{
    get(path, read).route(web::post().to(write))
}
