//! A new password for somebody who forgot theirs, by a recovery code.

use actix_web::{HttpRequest, HttpResponse, web};

use super::busy::unless_busy;
use super::fields::Field;
use super::form_page::{FormPage, Further};
use super::visitor::{AccountsOn, second_step};
use super::{guessing, posted, recover_mail, start};
use crate::accounts::Email;
use crate::records::{RecoveryCode, Role};
use crate::web::early::Early;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
use crate::web::page::see_other;
use crate::web::state::AppState;

fn recover_page(state: &AppState, email: &str, code: &str, chosen: &str) -> FormPage {
    let hint = "Six groups of four, from the list that was shown when you made your account. Capitals and hyphens do not matter.";
    let fields = vec![
        Field::email(email),
        Field::code("Recovery code", hint).with_value(code),
        Field::new_password(chosen),
    ];
    let lede = "Set a new password with one of your recovery codes. Each code works once. If you have none left, the \
                operator of this site can give you a link.";
    let mut page = FormPage::new("Recover your account", lede, "/recover", fields, "Set my new password");
    page.measures = true;
    if state.mailing.is_some() {
        page.further.push(Further { path: recover_mail::PATH.to_owned(), text: "Send me a link by mail" });
    }
    page
}

/// GET /recover
pub async fn ask(_: AccountsOn, state: web::Data<AppState>) -> Result<HttpResponse, WebError> {
    recover_page(&state, "", "", "").shown()
}

/// POST /recover. A wrong address and a wrong code get the same answer.
pub async fn recover(
    _: AccountsOn,
    request: HttpRequest,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, Early> {
    let [typed, code, chosen] = ["email", "code", "new"].map(|field| value(&form, field));
    let again = || recover_page(&state, typed, code, chosen);
    posted::only_measured(&state, &form, typed, again).await?;
    let email = typed.parse::<Email>();
    let parsed = RecoveryCode::parse(code);
    let password = unless_busy(state.hasher.make(chosen, typed).await, again)?;
    let (email, parsed, password) = match (email, parsed, password) {
        (Ok(email), Some(parsed), Ok(password)) => (email, parsed, password),
        (email, parsed, password) => {
            let mut page = again();
            page.fields[0].fault = email.err().map(|error| error.to_string());
            page.fields[1].fault = parsed
                .is_none()
                .then(|| "A recovery code has 24 letters and digits, and this one does not.".to_owned());
            page.fields[2].fault = password.err().map(|error| error.to_string());
            return Err(page.again());
        }
    };
    // A code has 120 random bits. So attempts from many networks find none, and cannot delay the owner here.
    let guessed = guessing::by_network(&request, &state, format!("recovery of {}", email.key()));
    guessing::take(&state, &guessed, again)?;
    let known = state.store.account_by_email(&email.key()).await?.map(|known| known.account);
    let account = known.filter(|account| !account.disabled);
    let recovered =
        state.store.recover(account.as_ref().map(|account| account.id), &parsed, password).await?;
    let Some(account) = account.filter(|_| recovered) else {
        let mut page = again();
        page.fault = Some(
            "This email address and this code do not belong together, or the code was used before."
                .to_owned(),
        );
        return Err(page.again());
    };
    state.attempts.was_right(&guessed);
    let to =
        if account.role == Role::Administrator { second_step(&account) } else { "/account?done=password" };
    let mut answer = see_other(to);
    start::session(&request, &state, &account, &mut answer).await?;
    Ok(answer)
}
