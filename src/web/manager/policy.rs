//! The policy: a form, and charts of a simulation of it before it is applied.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::chart::{Chart, Unit};
use super::current::{Current, Freshness, Scaler};
use super::guard::Reader;
use super::size::apply;
use crate::records::Act;
use crate::scaling::{
    Algorithm, Fault, Field, MINUTES, Minute, Policy, PolicyKept, RawPolicy, Scenario, settled, simulate,
};
use crate::web::account::visitor::Administrator;
use crate::web::error::WebError;
use crate::web::form::{Form, value};
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
    draft: Option<RawPolicy>,
    failed: Option<String>,
) -> Result<HttpResponse, WebError> {
    let Current { known, scaler } = Current::of(state).await?;
    let set = known.settings().policy;
    let typed = draft.unwrap_or_else(|| set.unwrap_or_default().raw());
    let algorithm = scaler.described().and_then(|described| described.algorithm).unwrap_or(Algorithm::Steps);
    let parsed = Policy::parse(&typed);
    let faults = parsed.as_ref().err().cloned().unwrap_or_default();
    let policy = parsed.ok();
    let shown = PolicyPage {
        fresh: Freshness::of(&known),
        scaler,
        inputs: inputs(&typed, &faults),
        faults: faults.iter().map(Fault::to_string).collect(),
        failed,
        in_force: policy.is_some() && policy == set,
        small_swing: policy.and_then(|policy| policy.small_swing()),
        algorithm,
        drawn: policy
            .map(|policy| Scenario::ALL.map(|load| drawn(&policy, algorithm, load)).into())
            .unwrap_or_default(),
    };
    page(status, Keeping::Unlisted, &shown)
}

fn raw(fields: &[(String, String)]) -> RawPolicy {
    let of = |field: Field| value(fields, field.id()).to_owned();
    RawPolicy {
        grow: of(Field::Grow),
        shrink: of(Field::Shrink),
        expand: of(Field::Expand),
        shrink_ratio: of(Field::ShrinkRatio),
        least: of(Field::Least),
        most: of(Field::Most),
    }
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

fn drawn(policy: &Policy, algorithm: Algorithm, scenario: Scenario) -> Drawn {
    let loads = scenario.loads(policy);
    let minutes = simulate(policy, algorithm, scenario.start(policy), &loads);
    let (id, title) = match scenario {
        Scenario::Steady => ("steady", "Steady load"),
        Scenario::Rising => ("rising", "Rising load"),
        Scenario::Falling => ("falling", "Falling load"),
    };
    let about = match (loads.first(), loads.last()) {
        (Some(first), Some(last)) if first == last => {
            format!("As much work as keeps {:.1} servers fully busy.", first / 100.0)
        }
        (Some(first), Some(last)) => {
            format!(
                "From as much work as keeps {:.1} servers fully busy to {:.1}.",
                first / 100.0,
                last / 100.0
            )
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
        outcome: outcome(&minutes),
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
