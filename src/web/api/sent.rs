//! A body that knows when it has been handed to the connection.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::submissions::Receipt;

/// The body of an answer that names a record's address. The record is kept once the body was taken to its end, and deleted
/// if the connection breaks before.
pub struct Sent {
    body: BoxBody,
    receipt: Option<Receipt>,
}

impl Sent {
    pub fn new(body: impl MessageBody + 'static, receipt: Receipt) -> Sent {
        Sent { body: BoxBody::new(body), receipt: Some(receipt) }
    }
}

impl MessageBody for Sent {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = ready!(Pin::new(&mut self.body).poll_next(context));
        if next.is_none()
            && let Some(receipt) = self.receipt.take()
        {
            receipt.told();
        }
        Poll::Ready(next)
    }
}
