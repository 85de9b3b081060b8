//! The second factor: codes of six digits that change every 30 seconds (TOTP, RFC 6238), from a secret that an app keeps.

use rand::RngCore;
use totp_rs::{Builder, Secret, Totp};
use url::Url;

/// What the app shows beside the code.
const ISSUER: &str = "Calling";

/// The codes of one secret.
pub struct OneTime {
    codes: Totp,
    secret: String,
}

impl OneTime {
    /// A new secret of 160 bits in base32.
    pub fn new_secret() -> String {
        let mut bytes = [0; 20];
        rand::rng().fill_bytes(&mut bytes);
        Secret::from(bytes).to_base32()
    }

    /// `None` if the text is no secret.
    pub fn new(secret: &str) -> Option<OneTime> {
        let parsed = Secret::try_from_base32(secret).ok()?;
        let codes = Builder::new().with_secret(parsed).build().ok()?;
        Some(OneTime { codes, secret: secret.to_owned() })
    }

    /// The step in time of a code that is good at `now`, in seconds since 1970; `None` for any other. One step before and
    /// after counts too, since clocks differ. Spaces in the code do not count.
    pub fn step(&self, typed: &str, now: u64) -> Option<u64> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| self.codes.check(&code, now)).flatten()
    }

    /// The address that apps read from a QR code.
    pub fn address(&self, email: &str) -> String {
        let mut address = format!("otpauth://totp/{ISSUER}:");
        address.extend(url::form_urlencoded::byte_serialize(email.as_bytes()));
        // Apps expect %20 and not +, which an address may contain.
        let address = address.replace('+', "%20");
        match Url::parse_with_params(&address, [("secret", self.secret.as_str()), ("issuer", ISSUER)]) {
            Ok(url) => url.into(),
            Err(_) => address,
        }
    }

    /// The secret in groups of four, to be typed.
    pub fn spelled(&self) -> String {
        let groups =
            self.secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned());
        groups.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The secret of RFC 6238, appendix B, whose codes of eight digits end in these.
    const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let codes = OneTime::new(SECRET).unwrap();
        for (now, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924")] {
            assert_eq!(codes.step(code, now), Some(now / 30), "{code}");
            assert_eq!(codes.step(&format!("{} {}", &code[..3], &code[3..]), now + 30), Some(now / 30));
            assert_eq!(codes.step(code, now + 90), None, "too old");
        }
        for wrong in ["", "287083", "2870822", "28708a", "二八七〇"] {
            assert_eq!(codes.step(wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn apps_get_the_secret_with_the_address() {
        let secret = OneTime::new_secret();
        assert_eq!(secret.len(), 32);
        let address = OneTime::new(&secret).unwrap().address("jo+x@example.org");
        assert_eq!(
            address,
            format!("otpauth://totp/Calling:jo%2Bx%40example.org?secret={secret}&issuer=Calling")
        );
        assert!(OneTime::new("1").is_none());
    }
}
