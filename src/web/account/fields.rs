//! The fields of an account's forms: as their pages show them.

/// A field as its page shows it.
pub struct Field {
    /// Its id and name.
    pub id: &'static str,
    pub label: &'static str,
    /// `type` of the input.
    pub kind: &'static str,
    pub autocomplete: &'static str,
    pub hint: &'static str,
    pub value: String,
    pub fault: Option<String>,
}

impl Field {
    pub fn email(value: &str) -> Field {
        Field {
            id: "email",
            label: "Email address",
            kind: "email",
            autocomplete: "username",
            hint: "",
            value: value.to_owned(),
            fault: None,
        }
    }

    /// The password of an account that exists. It is never shown again.
    pub fn password() -> Field {
        Field {
            id: "password",
            label: "Password",
            kind: "password",
            autocomplete: "current-password",
            hint: "",
            value: String::new(),
            fault: None,
        }
    }

    /// A password to be chosen. It is kept in the page while something is wrong with the form, so that it is not typed twice.
    pub fn new_password(value: &str) -> Field {
        Field {
            id: "new",
            label: "New password",
            kind: "password",
            autocomplete: "new-password",
            hint: "12 to 128 characters of any kind. A few words that have nothing to do with each other are a good choice.",
            value: value.to_owned(),
            fault: None,
        }
    }

    /// A code of six digits from an app, or a recovery code.
    pub fn code(label: &'static str, hint: &'static str) -> Field {
        Field {
            id: "code",
            label,
            kind: "text",
            autocomplete: "one-time-code",
            hint,
            value: String::new(),
            fault: None,
        }
    }

    pub fn with_value(mut self, value: &str) -> Field {
        value.clone_into(&mut self.value);
        self
    }
}
