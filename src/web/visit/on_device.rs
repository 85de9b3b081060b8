//! What a page tells the script that keeps unsaved answers on the visitor's device.

use chrono::{DateTime, Utc};

/// How a device keeps answers that are not saved yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDevice {
    /// Tells the draft from others of the same device, and stays the same under a new key. It opens nothing. Empty on a page
    /// that is the same for everybody.
    pub draft: String,
    /// How long the device keeps an answer after its last change, at most.
    pub days: u32,
}

impl OnDevice {
    /// For a draft that was opened then.
    pub fn of_draft(created_at: DateTime<Utc>, days: u32) -> OnDevice {
        OnDevice { draft: format!("{:x}", created_at.timestamp_micros()), days }
    }

    /// For a page that shows nobody's answers.
    pub fn of_nobody(days: u32) -> OnDevice {
        OnDevice { draft: String::new(), days }
    }
}
