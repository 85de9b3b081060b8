//! The policy: a form, and charts of a simulation of it before it is applied.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::chart::{Chart, Unit};
use super::current::{Current, Freshness, Scaler};
use super::draft::{Draft, raw};
use super::guard::Reader;
use super::size::apply;
use crate::records::Act;
use crate::scaling::{
    Algorithm, Fault, Field, MINUTES, Minute, Policy, PolicyKept, RawPolicy, Scenario, settled,
};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::Form;
use crate::web::page::{Keeping, page, see_other};
use crate::web::state::AppState;

/// One field of the form.
struct Input {
    field: Field,
    value: String,
    hint: &'static str,
    fault: Option<String>,
}

/// The simulation of one kind of load.
struct Drawn {
    title: &'static str,
    about: String,
    /// Whether the number of servers settles, and at which.
    outcome: String,
    charts: [Chart; 2],
}

#[derive(Template)]
#[template(path = "manager_policy.html")]
struct PolicyPage {
    fresh: Freshness,
    scaler: Scaler,
    inputs: Vec<Input>,
    faults: Vec<String>,
    /// Why a valid policy was not applied.
    failed: Option<String>,
    /// Whether these are the values in force.
    in_force: bool,
    /// A number of servers at which a single one may be added and removed again and again.
    small_swing: Option<u32>,
    algorithm: Algorithm,
    drawn: Vec<Drawn>,
}

impl PolicyPage {
    fn applicable(&self) -> bool {
        self.scaler.described().is_some() && !self.fresh.outdated
    }
}

/// GET /manager/policy: the policy in force or, with fields in the address, a draft of another.
pub async fn show(
    state: web::Data<AppState>,
    query: web::Query<Vec<(String, String)>>,
    _reader: Reader,
) -> Result<HttpResponse, WebError> {
    let draft = (!query.is_empty()).then(|| raw(&query));
    answer(&state, StatusCode::OK, draft, None).await
}

/// POST /manager/policy: applies the posted policy.
pub async fn set(
    admin: Administrator,
    state: web::Data<AppState>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let _alone = state.fleet.changing.lock().await;
    let typed = raw(&form);
    let Ok(policy) = Policy::parse(&typed) else {
        return answer(&state, StatusCode::UNPROCESSABLE_ENTITY, Some(typed), None).await;
    };
    let current = Current::of(&state).await?;
    if !current.can_change() {
        return answer(&state, StatusCode::CONFLICT, Some(typed), None).await;
    }
    let kept = match state.fleet.call(move |engine| engine.set_policy(&policy)).await? {
        Some(Ok(kept)) => kept,
        Some(Err(error)) => {
            let failed = Some(format!("The policy was not applied: {error}."));
            return answer(&state, StatusCode::BAD_GATEWAY, Some(typed), failed).await;
        }
        None => return Err(WebError::NotFound),
    };
    let words = serde_json::to_string(&policy).map_err(WebError::internal)?;
    let audited = admin.account.did(Act::SetPolicy, words);
    state.store.set_policy(&policy, Some(audited)).await?;
    tracing::info!(?policy, "an administrator set the policy");
    // An engine that applies policies also enforces their bounds.
    let desired = current.bounds().desired;
    let within = desired.clamp(policy.least(), policy.most());
    if kept == PolicyKept::BoundsOnly
        && within != desired
        && let Some(failed) = apply(&state, &admin, within).await?
    {
        return answer(&state, StatusCode::BAD_GATEWAY, Some(typed), Some(failed)).await;
    }
    Ok(see_other("/manager/policy"))
}

async fn answer(
    state: &AppState,
    status: StatusCode,
    typed: Option<RawPolicy>,
    failed: Option<String>,
) -> Result<HttpResponse, WebError> {
    let Current { known, scaler } = Current::of(state).await?;
    let draft = Draft::new(typed, &known, &scaler);
    let shown = PolicyPage {
        fresh: Freshness::of(&known),
        scaler,
        inputs: inputs(&draft.typed, draft.faults()),
        faults: draft.faults().iter().map(Fault::to_string).collect(),
        failed,
        in_force: draft.is_in_force(),
        small_swing: draft.valid().and_then(|policy| policy.small_swing()),
        algorithm: draft.algorithm,
        drawn: draft.simulated().iter().map(|(load, minutes)| drawn(*load, minutes)).collect(),
    };
    page(status, Keeping::Unlisted, &shown)
}

fn inputs(typed: &RawPolicy, faults: &[Fault]) -> Vec<Input> {
    let fields = [
        (Field::Grow, &typed.grow, "Mean CPU in percent above which servers are added."),
        (Field::Shrink, &typed.shrink, "Mean CPU in percent at or below which servers are removed."),
        (Field::Expand, &typed.expand, "Growing multiplies the number of servers by this."),
        (
            Field::ShrinkRatio,
            &typed.shrink_ratio,
            "Shrinking takes away this share of the servers, 0.1 for a tenth.",
        ),
        (Field::Least, &typed.least, "There are never fewer."),
        (Field::Most, &typed.most, "There are never more."),
    ];
    let fault = |field: Field| faults.iter().find(|fault| fault.field == field).map(Fault::to_string);
    fields
        .into_iter()
        .map(|(field, value, hint)| Input { field, value: value.clone(), hint, fault: fault(field) })
        .collect()
}

fn drawn(scenario: Scenario, minutes: &[Minute]) -> Drawn {
    let (id, title) = match scenario {
        Scenario::Steady => ("steady", "Steady load"),
        Scenario::Rising => ("rising", "Rising load"),
        Scenario::Falling => ("falling", "Falling load"),
    };
    let busy = |minute: Option<&Minute>| minute.map(|minute| format!("{:.1}", minute.load / 100.0));
    let about = match (busy(minutes.first()), busy(minutes.last())) {
        (Some(first), Some(last)) if first == last => {
            format!("As much work as keeps {first} servers fully busy.")
        }
        (Some(first), Some(last)) => {
            format!("From as much work as keeps {first} servers fully busy to {last}.")
        }
        _ => String::new(),
    };
    let times: Vec<String> = (0..MINUTES).map(|minute| minute.to_string()).collect();
    let chart = |of: &str, title: &str, unit, value: fn(&Minute) -> f64| {
        let values: Vec<Option<f64>> = minutes.iter().map(|minute| Some(value(minute))).collect();
        Chart::new(format!("{id}-{of}"), format!("{title}, {id} load"), unit, "minute", &times, &values)
    };
    Drawn {
        title,
        about,
        outcome: outcome(minutes),
        charts: [
            chart("servers", "Servers", Unit::Count, |minute| f64::from(minute.servers)),
            chart("cpu", "Mean CPU", Unit::Share, |minute| minute.cpu / 100.0),
        ],
    }
}

fn outcome(minutes: &[Minute]) -> String {
    let counts = || minutes.iter().map(|minute| minute.servers);
    let changes = minutes.windows(2).filter(|pair| pair[0].servers != pair[1].servers).count();
    let range = format!("between {} and {}", counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    match settled(minutes) {
        Some(1) => format!("It ends with one server, after {changes} changes, {range}."),
        Some(servers) => format!("It ends with {servers} servers, after {changes} changes, {range}."),
        None => format!("It still changes at the end of the hour: {changes} changes, {range}."),
    }
}
