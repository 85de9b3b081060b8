//! A QR code as one SVG path, for the address on a printed page.

use qrcode::{Color, QrCode};

/// The dark modules, each one unit wide and high, in a view box of `size` with the quiet zone: a line through the middle of
/// each row of them, to be drawn one unit wide.
pub struct QrPath {
    pub size: usize,
    /// The path's `d`.
    pub path: String,
}

/// Light modules on each side, as the standard requires.
const QUIET_ZONE: usize = 4;

impl QrPath {
    /// None for a text that is too long for a QR code, about 2,900 bytes.
    pub fn new(text: &str) -> Option<QrPath> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for y in 0..width {
            let dark = |x: usize| x < width && code[(x, y)] == Color::Dark;
            let mut x = 0;
            while x < width {
                let run = (x..).take_while(|x| dark(*x)).count();
                if run > 0 {
                    path += &format!("M{} {}.5h{run}", x + QUIET_ZONE, y + QUIET_ZONE);
                }
                x += run.max(1);
            }
        }
        Some(QrPath { size: width + 2 * QUIET_ZONE, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_square_of_modules() {
        let qr = QrPath::new("https://calling.example/results/qaumtvdDPu4HZTI07aq6VuInaMc28_mIBdfH8Sl1bVs")
            .unwrap();
        // Version 5 (37 modules) holds 84 bytes at medium error correction.
        assert_eq!(qr.size, 37 + 8);
        // The finder pattern's corner.
        assert!(qr.path.starts_with("M4 4.5h7M"), "{}", &qr.path[..30]);
        assert!(QrPath::new(&"x".repeat(5_000)).is_none());
    }
}
