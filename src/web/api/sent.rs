//! An answer that names a record's address, and the receipt that tells when it goes out.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::HttpRequest;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use crate::submissions::Receipt;
use crate::web::limits::connections::Connection;

/// The body of an answer whose head names a record's address. If the connection breaks before the head goes out, the record
/// is deleted.
pub struct Sent {
    body: BoxBody,
    receipt: Option<Pending>,
}

impl Sent {
    pub fn new(body: impl MessageBody + 'static, receipt: Pending) -> Sent {
        Sent { body: BoxBody::new(body), receipt: Some(receipt) }
    }
}

/// A receipt and the connection that its answer is sent on.
pub struct Pending {
    receipt: Receipt,
    connection: Option<Arc<Connection>>,
}

impl Pending {
    pub fn new(request: &HttpRequest, receipt: Receipt) -> Pending {
        Pending { receipt, connection: request.conn_data::<Arc<Connection>>().cloned() }
    }

    /// Notes that the answer is sent with the connection's next bytes.
    pub fn tell(self) {
        match self.connection {
            Some(connection) => connection.receipts.keep(self.receipt),
            // No connection of ours, as in tests without a server.
            None => self.receipt.sent(),
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
        // When a body is asked for its first part, the head is in the connection's buffer.
        if let Some(receipt) = self.receipt.take() {
            receipt.tell();
        }
        Pin::new(&mut self.body).poll_next(context)
    }
}
