//! Interac e-Transfer request money, v1: `POST /api/v1/sessions/initiate`, `POST /api/v1/paymentrequests`,
//! `GET /api/v1/paymentrequests/{requestId}`, and its `POST …/cancel`.
//!
//! Follows docs.flinks.com/api/pay/endpoints/e-transfer/{sessions-initiate,post-payment-requests,get-payment-requests}.
//! Documented: paths, fields, the nine statuses. Inferred: camelCase keys in requests, any 2xx as success.

use crate::amount::{Amount, Money};
use crate::checked_text::{CheckedText, Email, Line};
use crate::config::{AmountAs, Config};
use crate::error::Error;
use crate::funds::{Funds, Meaning, Product, StatusReport, meaning};
use crate::host::{Json, Request};
use crate::ids::{RequestId, SessionId};
use crate::input::{InputValue, InvalidValue, read};
use crate::json_value::JsonObject;
use crate::request::{get, post, post_empty};
use crate::serde_fields::{lenient_field, strict_field};
use crate::token::{AccessToken, ReadToken, SessionToken, SpentToken};
use serde::{Deserialize, Serialize};

/// The parameters of a payment, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentParams {
    /// The merchant's id of the payment.
    pub reference_id: CheckedText<Line<255>>,
    amount: Amount,
    customer_name: CheckedText<Line<255>>,
    customer_email: CheckedText<Email<254>>,
    client_uris: Option<JsonObject>,
}

/// The body that starts a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionBody<'params> {
    reference_id: &'params CheckedText<Line<255>>,
    amount: AmountAsConfigured,
    customer_name: &'params CheckedText<Line<255>>,
    customer_email: &'params CheckedText<Email<254>>,
    #[serde(rename = "clientURIs", skip_serializing_if = "Option::is_none")]
    client_uris: Option<&'params JsonObject>,
    /// The name of the same field on the page of sendrequest.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_urls: Option<&'params JsonObject>,
}

/// The body that makes a session payable.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentRequestBody<'session> {
    session_id: &'session SessionId,
}

/// The answer to a step that creates a session; keys in any case.
#[derive(Deserialize)]
pub struct CreatedSession {
    #[serde(rename = "sessionId", alias = "SessionId", alias = "sessionid", alias = "SESSIONID")]
    session_id: SessionId,
}

/// The answer to a payment request. One rendering of the page calls its id `id`.
#[derive(Deserialize)]
pub struct CreatedPaymentRequest {
    #[serde(rename = "requestId", alias = "RequestId", alias = "requestid", alias = "REQUESTID")]
    #[serde(default, deserialize_with = "strict_field")]
    request_id: Option<RequestId>,
    #[serde(alias = "Id", alias = "ID", default, deserialize_with = "strict_field")]
    id: Option<RequestId>,
}

/// The answer with the status, in either published shape.
#[derive(Deserialize)]
pub struct StatusAnswer {
    #[serde(rename = "requestId", alias = "RequestId", alias = "requestid", alias = "REQUESTID")]
    #[serde(default, deserialize_with = "strict_field")]
    request_id: Option<String>,
    #[serde(alias = "Id", alias = "ID", default, deserialize_with = "strict_field")]
    id: Option<String>,
    #[serde(alias = "Status", alias = "STATUS")]
    status: String,
    #[serde(rename = "referenceId", alias = "ReferenceId", alias = "referenceid", alias = "REFERENCEID")]
    #[serde(default, deserialize_with = "lenient_field")]
    reference_id: Option<String>,
    #[serde(alias = "Amount", alias = "AMOUNT", default, deserialize_with = "lenient_field")]
    amount: Option<Money>,
    #[serde(rename = "paymentLink", alias = "PaymentLink", alias = "paymentlink", alias = "PAYMENTLINK")]
    #[serde(default, deserialize_with = "lenient_field")]
    payment_link: Option<String>,
}

/// The answer to a cancellation. No page documents its body.
#[derive(Deserialize)]
pub struct CancelAnswer {
    #[serde(alias = "Status", alias = "STATUS", default, deserialize_with = "lenient_field")]
    status: Option<String>,
}

/// The status of a payment request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequestStatus {
    /// The id that was requested.
    pub request_id: String,
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
    /// Canadian dollars, where Flinks returns the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// The payor's link, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_link: Option<String>,
}

/// A payment request that was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelledPaymentRequest {
    /// The id that was cancelled.
    pub request_id: String,
    /// Flinks' own word, where its answer has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

impl PaymentParams {
    /// Reads and checks the parameters.
    ///
    /// # Errors
    /// `invalid_input`, with the parameter's name in `field`.
    pub fn new(value: impl InputValue) -> Result<Self, Box<Error>> {
        read(value, &[]).map_err(InvalidValue::into_input_error)
    }
}

/// The amount, in the form of the option `amountAs`.
#[derive(Serialize)]
#[serde(untagged)]
enum AmountAsConfigured {
    Number(Amount),
    Text(String),
}

/// The request that starts a session. It spends the token.
#[must_use]
pub fn initiate<J: Json>(config: &Config, token: AccessToken, params: &PaymentParams) -> (Request<J>, SpentToken) {
    let token = token.spend();
    let body = SessionBody { client_uris: params.client_uris.as_ref(), ..session_body(config, params) };
    (post(config, "/api/v1/sessions/initiate", &token, &body), token)
}

/// The request that starts a session and makes Flinks e-mail its link to the payor. Flinks lets `referenceId` be missing; it
/// is required here, since after a lost answer the payment can only be found by it.
#[must_use]
pub fn send_request<J: Json>(config: &Config, token: AccessToken, params: &PaymentParams) -> (Request<J>, SpentToken) {
    let token = token.spend();
    let body = SessionBody { client_urls: params.client_uris.as_ref(), ..session_body(config, params) };
    (post(config, "/api/v1/sessions/sendrequest", &token, &body), token)
}

fn session_body<'params>(config: &Config, params: &'params PaymentParams) -> SessionBody<'params> {
    SessionBody {
        reference_id: &params.reference_id,
        amount: match config.amount_as {
            AmountAs::Number => AmountAsConfigured::Number(params.amount),
            AmountAs::String => AmountAsConfigured::Text(params.amount.to_string()),
        },
        customer_name: &params.customer_name,
        customer_email: &params.customer_email,
        client_uris: None,
        client_urls: None,
    }
}

/// Reads the session's id.
#[must_use]
pub fn read_session(answer: CreatedSession) -> SessionId {
    answer.session_id
}

/// The request that makes a session payable.
#[must_use]
pub fn payment_request<J: Json>(config: &Config, token: &SessionToken) -> Request<J> {
    post(config, "/api/v1/paymentrequests", token, &PaymentRequestBody { session_id: token.session_id() })
}

/// Reads the payment request's id.
#[must_use]
pub fn read_payment_request(answer: CreatedPaymentRequest) -> Option<RequestId> {
    answer.request_id.or(answer.id)
}

/// The request for the status.
#[must_use]
pub fn status<J>(config: &Config, token: &ReadToken, request_id: &RequestId) -> Request<J> {
    get(config, &format!("/api/v1/paymentrequests/{}", request_id.as_str()), token)
}

/// The request that cancels a payment request. The path is documented for EFT; that the changelog of June 2026 means the same
/// one for e-Transfer is inferred.
#[must_use]
pub fn cancel<J>(config: &Config, token: &AccessToken, request_id: &RequestId) -> Request<J> {
    post_empty(config, &format!("/api/v1/paymentrequests/{}/cancel", request_id.as_str()), token)
}

/// Reads the answer to a cancellation: any 2xx is a success, whether its body can be read or not.
#[must_use]
pub fn read_cancelled(answer: Option<CancelAnswer>, asked: &RequestId) -> CancelledPaymentRequest {
    let status = answer.and_then(|answer| answer.status);
    CancelledPaymentRequest { request_id: asked.as_str().to_owned(), status }
}

/// Reads the status. `None` if there is none, or if the answer is about another payment request.
#[must_use]
pub fn read_status(answer: StatusAnswer, asked: &RequestId) -> Option<PaymentRequestStatus> {
    let is_about = answer.request_id.or(answer.id).is_none_or(|id| id.eq_ignore_ascii_case(asked.as_str()));
    let status = answer.status;
    let report = StatusReport::new(&status, None, None, None);
    let Meaning { funds, paid, is_final, .. } = meaning(Some(Product::Interac), report, Funds::None);
    (is_about && !status.is_empty()).then(|| PaymentRequestStatus {
        request_id: asked.as_str().to_owned(),
        funds,
        paid,
        is_final,
        status,
        reference_id: answer.reference_id,
        amount: answer.amount.filter(Money::is_amount),
        payment_link: answer.payment_link,
    })
}

/// The page where the payor pays.
#[must_use]
pub fn app_url(config: &Config, session_id: &SessionId) -> String {
    format!("{}/app/?sessionId={}", config.base_url, session_id.as_str())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{PaymentParams, PaymentRequestStatus};
    use crate::amount::Money;
    use crate::ids::RequestId;
    use crate::json_input::{JsonInput, with, without};
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    fn answer<T: DeserializeOwned>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }

    fn read_status(text: &str, asked: &RequestId) -> Option<PaymentRequestStatus> {
        super::read_status(answer(text)?, asked)
    }

    fn valid() -> Value {
        json!({ "referenceId": "User1234", "amount": "12.50", "customerName": "Zoë", "customerEmail": "zoe@example.com" })
    }

    #[test]
    fn an_amount_must_be_text_above_zero() {
        let message = |given| {
            let error = PaymentParams::new(JsonInput::from(given)).expect_err("refused");
            assert_eq!(error.field.as_deref(), Some("amount"));
            error.message
        };
        for amount in [
            json!(12),
            json!(12.5),
            json!("12.345"),
            json!("0"),
            json!(null),
            json!(true),
            json!(["1"]),
            json!({ "a": 1 }),
        ] {
            let message = message(with(&valid(), "amount", amount));
            assert!(
                message.starts_with("amount must be Canadian dollars above zero as text, such as \"12.50\""),
                "{message}"
            );
            assert!(message.contains("JavaScript number"));
        }
        assert!(message(without(&valid(), "amount")).starts_with("amount must be Canadian dollars"));
    }

    #[test]
    fn an_amount_in_an_answer_is_text_or_left_out() {
        let asked = RequestId::parse("r-1").expect("an id");
        for (amount, read) in
            [("12.5", Some("12.50")), ("\"7\"", Some("7.00")), ("0", None), ("null", None), ("[]", None)]
        {
            let status =
                read_status(&format!(r#"{{"status":"Settled","amount":{amount}}}"#), &asked).expect("a status");
            assert_eq!(status.amount.as_ref().map(Money::as_str), read, "{amount}");
        }
    }

    #[test]
    fn a_status_of_another_payment_request_is_not_read() {
        let asked = RequestId::parse("Ab-1").expect("an id");
        for same in [r#"{"requestId":"aB-1","status":"Settled"}"#, r#"{"id":"Ab-1","status":"Settled"}"#] {
            assert_eq!(read_status(same, &asked).expect("a status").request_id, "Ab-1");
        }
        for other in [
            r#"{"requestId":"Ab-2","status":"Settled"}"#,
            r#"{"requestId":"Ab-2","id":"Ab-1","status":"Settled"}"#,
            r#"{"requestId":7,"status":"Settled"}"#,
            r#"{"requestId":null,"status":"Settled"}"#,
            r#"{"id":null,"status":"Settled"}"#,
            r#"{"requestId":"Ab-1","RequestId":"Ab-1","status":"Settled"}"#,
            r#"{"status":"Settled","Status":"Settled"}"#,
            r#"{"status":""}"#,
            r#"{"status":7}"#,
            "{}",
        ] {
            assert_eq!(read_status(other, &asked), None, "{other}");
        }
    }

    #[test]
    fn invalid_ids_in_answers_are_not_read() {
        let session = |text: &str| answer(text).map(super::read_session);
        let request = |text: &str| answer(text).and_then(super::read_payment_request);
        assert_eq!(session(r#"{"SessionId":"s-1"}"#).expect("an id").as_str(), "s-1");
        assert_eq!(request(r#"{"id":"r-1"}"#).expect("an id").as_str(), "r-1");
        for text in [r#"{"sessionId":"s/1","requestId":"../r"}"#, r#"{"sessionId":1,"requestId":[]}"#, "[]", "null"] {
            assert_eq!((session(text), request(text)), (None, None), "{text}");
        }
    }
}
