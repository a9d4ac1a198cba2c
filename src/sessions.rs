//! v2 sessions, for Interac e-Transfer, EFT and guaranteed EFT (GEFT): `POST /api/v2/sessions`, and of one session
//! `GET …/status`, `GET …/details`, `POST …/cancel`, `POST …/guarantees/confirm`.
//!
//! Follows docs.flinks.com/api/pay/endpoints/{e-transfer,eft/v2,geft}. Documented: paths, fields, and the limits of
//! EFT and GEFT. Inferred: that the limits of names and bank accounts are the same for e-Transfer. `options.amountModification`
//! is not offered, since nothing public says what it may be on create.

mod params;

use crate::amount::Money;
use crate::config::Config;
use crate::funds::{Funds, Meaning, StatusReport, meaning};
use crate::host::{HeaderValue, Json, Request};
use crate::ids::SessionId;
use crate::json_value::JsonValue;
use crate::request::{get, post, post_empty};
use crate::secret::Secret;
use crate::serde_fields::{lenient_field, strict_field};
use crate::token::{AccessToken, ReadToken, SessionToken, SpentToken};
pub use params::{Product, SessionParams};
use serde::{Deserialize, Deserializer, Serialize};

/// The body that accepts or refuses a guarantee.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GuaranteeBody {
    guarantee_accepted: bool,
}

/// The fields of an answer about a session, or of a webhook: the status, the details and the event have most in common. Keys
/// in any case at the top level, and as Flinks writes them below. It is written as the part of the details that no status has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct SessionAnswer {
    #[serde(rename = "sessionId", alias = "SessionId", alias = "sessionid", alias = "SESSIONID")]
    #[serde(default, deserialize_with = "strict_field", skip_serializing)]
    session_id: Option<String>,
    #[serde(alias = "Status", alias = "STATUS", default, deserialize_with = "lenient_field", skip_serializing)]
    status: Option<String>,
    #[serde(rename = "referenceId", alias = "ReferenceId", alias = "referenceid", alias = "REFERENCEID")]
    #[serde(default, deserialize_with = "lenient_field", skip_serializing)]
    reference_id: Option<String>,
    #[serde(alias = "Amount", alias = "AMOUNT", default, deserialize_with = "lenient_field", skip_serializing)]
    amount: Option<Money>,
    #[serde(rename = "statusDetails", alias = "StatusDetails", alias = "statusdetails", alias = "STATUSDETAILS")]
    #[serde(default, deserialize_with = "lenient_field", skip_serializing)]
    status_details: Option<String>,
    #[serde(alias = "Step", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    step: Option<JsonValue>,
    #[serde(rename = "type", alias = "Type")]
    #[serde(default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    kind: Option<JsonValue>,
    #[serde(alias = "Direction", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    direction: Option<JsonValue>,
    #[serde(alias = "Currency", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    currency: Option<JsonValue>,
    #[serde(alias = "Options", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    options: Option<JsonValue>,
    #[serde(alias = "Payor", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    payor: Option<JsonValue>,
    #[serde(alias = "Payee", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    payee: Option<JsonValue>,
    #[serde(rename = "guaranteeDetails", alias = "GuaranteeDetails")]
    #[serde(default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    guarantee_details: Option<JsonValue>,
    #[serde(rename = "userDetails", alias = "UserDetails")]
    #[serde(default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    user_details: Option<JsonValue>,
    #[serde(alias = "Schedule", default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    schedule: Option<JsonValue>,
    #[serde(rename = "createdAt", alias = "CreatedAt")]
    #[serde(default, deserialize_with = "detail", skip_serializing_if = "Option::is_none")]
    created_at: Option<JsonValue>,
    /// The name of an event, where it is not in `type`.
    #[serde(alias = "Event", default, deserialize_with = "lenient_field", skip_serializing)]
    event: Option<String>,
    #[serde(rename = "eventType", alias = "EventType", default, deserialize_with = "lenient_field", skip_serializing)]
    event_type: Option<String>,
    #[serde(alias = "When", default, deserialize_with = "lenient_field", skip_serializing)]
    when: Option<String>,
}

/// The fields of the details that hold money.
const MONEY: [&str; 5] =
    ["amount", "minimumAmount", "maximumAmount", "availableBalance", "highestDebitAmountToGuarantee"];

/// A field of the details, with its money as text.
fn detail<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<JsonValue>, D::Error> {
    Ok(lenient_field(deserializer)?.map(|value: JsonValue| value.with_money_as_text(&MONEY)))
}

impl SessionAnswer {
    /// The name of an event.
    #[must_use]
    pub fn event_name(&self) -> Option<&str> {
        self.kind.as_ref().and_then(JsonValue::as_str).or(self.event.as_deref()).or(self.event_type.as_deref())
    }

    /// When an event happened, as Flinks writes it.
    #[must_use]
    pub fn when(&self) -> Option<&str> {
        self.when.as_deref()
    }

    /// The session that it is about.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id.as_deref().and_then(SessionId::parse)
    }
}

/// The status of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionStatus {
    /// The id that was requested.
    pub session_id: String,
    /// Flinks' own word, documented or not.
    pub status: String,
    /// Where the money is.
    pub funds: Funds,
    /// Whether it is paid, by its funds.
    pub paid: bool,
    /// Whether Flinks documents no status after this one.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// Canadian dollars, once they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The reason, such as `EFT0301`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<String>,
}

/// Everything that Flinks documents about a session, under its own names, with money as text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SessionDetails {
    /// The status.
    #[serde(flatten)]
    pub session: SessionStatus,
    #[serde(flatten)]
    others: SessionAnswer,
}

/// A session that was cancelled. Flinks spells it `Cancelled` for e-Transfer and `Canceled` for EFT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelledSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// Flinks' own word.
    pub status: String,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// `EFT0501`, for EFT and GEFT only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<String>,
}

/// A guarantee that was accepted or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmedGuarantee {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
}

/// The request that starts a session. It spends the token.
#[must_use]
pub fn create<J: Json>(config: &Config, token: AccessToken, params: &SessionParams) -> (Request<J>, SpentToken) {
    let token = token.spend();
    (with_client_id(config, post(config, "/api/v2/sessions", &token, &params.body())), token)
}

/// The request for the status.
#[must_use]
pub fn status<J>(config: &Config, token: &ReadToken, session_id: &SessionId) -> Request<J> {
    with_client_id(config, get(config, &path(session_id, "/status"), token))
}

/// The request for the details.
#[must_use]
pub fn details<J>(config: &Config, token: &ReadToken, session_id: &SessionId) -> Request<J> {
    with_client_id(config, get(config, &path(session_id, "/details"), token))
}

/// The request that cancels the token's session. It has no body.
#[must_use]
pub fn cancel<J>(config: &Config, token: &SessionToken) -> Request<J> {
    with_client_id(config, post_empty(config, &path(token.session_id(), "/cancel"), token))
}

/// The request that accepts or refuses the guarantee of the token's session.
#[must_use]
pub fn confirm_guarantee<J: Json>(config: &Config, token: &SessionToken, accepted: bool) -> Request<J> {
    let body = GuaranteeBody { guarantee_accepted: accepted };
    with_client_id(config, post(config, &path(token.session_id(), "/guarantees/confirm"), token, &body))
}

fn path(session_id: &SessionId, tail: &str) -> String {
    format!("/api/v2/sessions/{}{tail}", session_id.as_str())
}

fn with_client_id<J>(config: &Config, mut request: Request<J>) -> Request<J> {
    if let Some(client_id) = &config.client_id {
        request.headers.push(("x-client-id", HeaderValue::Secret(Secret::new(client_id.clone()))));
    }
    request
}

/// Reads the status. No answer says its `product`: only the caller knows it. `None` if there is no status, or if the answer
/// is about another session.
#[must_use]
pub fn read_status(answer: SessionAnswer, asked: &SessionId, product: Option<Product>) -> Option<SessionStatus> {
    let SessionAnswer { session_id, status, reference_id, amount, status_details, schedule, guarantee_details, .. } =
        answer;
    let status = status.filter(|status| !status.is_empty() && is_about(session_id.as_deref(), asked))?;
    let status_details = status_details.filter(|details| !details.is_empty());
    let report = StatusReport::new(&status, status_details.as_deref(), schedule.as_ref(), guarantee_details.as_ref());
    let Meaning { funds, paid, is_final, .. } = meaning(product.map(Into::into), report, Funds::None);
    Some(SessionStatus {
        session_id: asked.as_str().to_owned(),
        funds,
        paid,
        is_final,
        status,
        reference_id,
        amount: amount.filter(Money::is_amount),
        status_details,
    })
}

/// Reads the details; `None` as for [`read_status`].
#[must_use]
pub fn read_details(answer: SessionAnswer, asked: &SessionId, product: Option<Product>) -> Option<SessionDetails> {
    Some(SessionDetails { session: read_status(answer.clone(), asked, product)?, others: answer })
}

/// Reads the answer to a cancellation.
#[must_use]
pub fn read_cancelled(answer: SessionAnswer, asked: &SessionId) -> Option<CancelledSession> {
    let SessionStatus { session_id, status, reference_id, status_details, .. } = read_status(answer, asked, None)?;
    Some(CancelledSession { session_id, status, reference_id, status_details })
}

/// Reads the answer to a confirmed guarantee.
#[must_use]
pub fn read_confirmed(answer: SessionAnswer, asked: &SessionId) -> Option<ConfirmedGuarantee> {
    is_about(answer.session_id.as_deref(), asked)
        .then(|| ConfirmedGuarantee { session_id: asked.as_str().to_owned(), reference_id: answer.reference_id })
}

fn is_about(answered: Option<&str>, asked: &SessionId) -> bool {
    answered.is_none_or(|id| id.eq_ignore_ascii_case(asked.as_str()))
}
