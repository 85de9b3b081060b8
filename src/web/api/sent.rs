//! A body that knows when it has been handed to the connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::submissions::Receipt;
use crate::web::limits::connections::Connection;

/// The body of an answer that names a record's address. The record is kept once the body was taken to its end, and deleted
/// if the connection breaks before.
pub struct Sent {
    body: BoxBody,
    receipt: Option<Pending>,
}

impl Sent {
    pub fn new(body: impl MessageBody + 'static, receipt: Pending) -> Sent {
        Sent { body: BoxBody::new(body), receipt: Some(receipt) }
    }
}

/// A receipt and the connection that its answer goes out on.
pub struct Pending {
    receipt: Receipt,
    connection: Option<Arc<Connection>>,
}

impl Pending {
    pub fn new(request: &HttpRequest, receipt: Receipt) -> Pending {
        Pending { receipt, connection: request.conn_data::<Arc<Connection>>().cloned() }
    }

    /// The answer goes out with the connection's next bytes.
    pub fn tell(self) {
        match self.connection {
            Some(connection) => connection.tell_with_next_write(self.receipt),
            // No connection of ours, as in tests without a server.
            None => self.receipt.told(),
        }
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
            receipt.tell();
        }
        Poll::Ready(next)
    }
}
