//! Interac e-Transfer request money, v1: `POST /api/v1/sessions/initiate`, `POST /api/v1/paymentrequests`,
//! `GET /api/v1/paymentrequests/{requestId}`, and its `POST …/cancel`.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/e-transfer/{sessions-initiate,post-payment-requests,get-payment-requests}.
//! Documented: paths, fields, the nine statuses. Inferred: camelCase keys in requests, any 2xx as success.

use crate::amount::Amount;
use crate::answer::{if_readable, if_there};
use crate::config::{AmountAs, Config};
use crate::error::Error;
use crate::funds::{Funds, Meaning, Product, Told, meaning};
use crate::host::{Json, Request};
use crate::input::{Given, Refused, read};
use crate::open::{Money, Open, an_object};
use crate::request::{get, post, post_nothing};
use crate::text::{Email, Line, Text};
use crate::token::{AccessToken, ReadToken, RequestId, SessionId, SessionToken, SpentToken};
use serde::{Deserialize, Serialize, Serializer};

/// The parameters of a payment, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentParams {
    /// The merchant's id of the payment.
    pub reference_id: Text<Line<255>>,
    amount: Amount,
    customer_name: Text<Line<255>>,
    customer_email: Text<Email<254>>,
    #[serde(deserialize_with = "an_object")]
    client_uris: Option<Open>,
}

/// What starts a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionBody<'params> {
    reference_id: &'params Text<Line<255>>,
    amount: AmountAsConfigured,
    customer_name: &'params Text<Line<255>>,
    customer_email: &'params Text<Email<254>>,
    #[serde(rename = "clientURIs", skip_serializing_if = "Option::is_none")]
    client_uris: Option<&'params Open>,
    /// What the page of sendrequest calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_urls: Option<&'params Open>,
}

/// What makes a session payable.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentRequestBody<'session> {
    session_id: &'session SessionId,
}

/// The session of an answer; keys in any case.
#[derive(Deserialize)]
pub struct CreatedSession {
    #[serde(rename = "sessionId", alias = "SessionId", alias = "sessionid", alias = "SESSIONID")]
    session_id: SessionId,
}

/// The payment request of an answer, which one rendering of the page calls `id`.
#[derive(Deserialize)]
pub struct CreatedPaymentRequest {
    #[serde(rename = "requestId", alias = "RequestId", alias = "requestid", alias = "REQUESTID")]
    #[serde(default, deserialize_with = "if_there")]
    request_id: Option<RequestId>,
    #[serde(alias = "Id", alias = "ID", default, deserialize_with = "if_there")]
    id: Option<RequestId>,
}

/// The status of an answer, in either published shape.
#[derive(Deserialize)]
pub struct StatusAnswer {
    #[serde(rename = "requestId", alias = "RequestId", alias = "requestid", alias = "REQUESTID")]
    #[serde(default, deserialize_with = "if_there")]
    request_id: Option<String>,
    #[serde(alias = "Id", alias = "ID", default, deserialize_with = "if_there")]
    id: Option<String>,
    #[serde(alias = "Status", alias = "STATUS")]
    status: String,
    #[serde(rename = "referenceId", alias = "ReferenceId", alias = "referenceid", alias = "REFERENCEID")]
    #[serde(default, deserialize_with = "if_readable")]
    reference_id: Option<String>,
    #[serde(alias = "Amount", alias = "AMOUNT", default, deserialize_with = "if_readable")]
    amount: Option<Money>,
    #[serde(rename = "paymentLink", alias = "PaymentLink", alias = "paymentlink", alias = "PAYMENTLINK")]
    #[serde(default, deserialize_with = "if_readable")]
    payment_link: Option<String>,
}

/// What became of a payment request that was to be cancelled: no page says what the body is.
#[derive(Deserialize)]
pub struct CancelAnswer {
    #[serde(alias = "Status", alias = "STATUS", default, deserialize_with = "if_readable")]
    status: Option<String>,
}

/// What Flinks says of a payment request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequestStatus {
    /// The id that was asked for.
    pub request_id: String,
    /// Flinks' own word, also where it is one that no page documents.
    pub status: String,
    /// Where the money is.
    pub funds: Funds,
    /// Whether it is money, by its funds.
    pub paid: bool,
    /// Whether no status follows that Flinks documents.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// Canadian dollars, where Flinks says how many.
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
    pub fn new(given: impl Given) -> Result<Self, Box<Error>> {
        read(given, &[]).map_err(invalid)
    }
}

/// A parameter that is not what it must be.
#[must_use]
pub fn invalid(refused: Refused) -> Box<Error> {
    let message = refused.to_string();
    Error::input(refused.path, message)
}

/// The amount, as the options say that v1 sends it.
enum AmountAsConfigured {
    Number(Amount),
    Text(Amount),
}

impl Serialize for AmountAsConfigured {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(amount) => amount.serialize(serializer),
            Self::Text(amount) => serializer.collect_str(amount),
        }
    }
}

/// The request that starts a session. It takes the token, which can start no other from here on.
#[must_use]
pub fn initiate<J: Json>(config: &Config, token: AccessToken, params: &PaymentParams) -> (Request<J>, SpentToken) {
    let token = token.spend();
    let body = SessionBody { client_uris: params.client_uris.as_ref(), ..session_body(config, params) };
    (post(config, "/api/v1/sessions/initiate", &token, &body), token)
}

/// The request that starts a session and has Flinks e-mail its link to the payor. Its page says that its `referenceId` may
/// be missing: here it is required, since a lost answer must be looked up by it.
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
            AmountAs::String => AmountAsConfigured::Text(params.amount),
        },
        customer_name: &params.customer_name,
        customer_email: &params.customer_email,
        client_uris: None,
        client_urls: None,
    }
}

/// The session of an answer.
#[must_use]
pub fn read_session(answer: CreatedSession) -> SessionId {
    answer.session_id
}

/// The request that makes a session payable.
#[must_use]
pub fn payment_request<J: Json>(config: &Config, token: &SessionToken) -> Request<J> {
    post(config, "/api/v1/paymentrequests", token, &PaymentRequestBody { session_id: token.session_id() })
}

/// The payment request of an answer.
#[must_use]
pub fn read_payment_request(answer: CreatedPaymentRequest) -> Option<RequestId> {
    answer.request_id.or(answer.id)
}

/// The request that asks for the status. It starts nothing, so the token is only borrowed.
#[must_use]
pub fn status<J>(config: &Config, token: &ReadToken, request_id: &RequestId) -> Request<J> {
    get(config, &format!("/api/v1/paymentrequests/{}", request_id.as_str()), token)
}

/// The request that cancels a payment request. The path is documented for EFT; that it is the one which the changelog of
/// June 2026 means for e-Transfer is inferred.
#[must_use]
pub fn cancel<J>(config: &Config, token: &AccessToken, request_id: &RequestId) -> Request<J> {
    post_nothing(config, &format!("/api/v1/paymentrequests/{}/cancel", request_id.as_str()), token)
}

/// What became of it: any 2xx is a success, whether its body can be read or not.
#[must_use]
pub fn read_cancelled(answer: Option<CancelAnswer>, asked: &RequestId) -> CancelledPaymentRequest {
    let status = answer.and_then(|answer| answer.status);
    CancelledPaymentRequest { request_id: asked.as_str().to_owned(), status }
}

/// The status of an answer. `None` if it has none, or is about another request.
#[must_use]
pub fn read_status(answer: StatusAnswer, asked: &RequestId) -> Option<PaymentRequestStatus> {
    let is_about = answer.request_id.or(answer.id).is_none_or(|id| id.eq_ignore_ascii_case(asked.as_str()));
    let status = answer.status;
    let told = Told::of(&status, None, None, None);
    let Meaning { funds, paid, is_final, .. } = meaning(Some(Product::Interac), told, Funds::None);
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

/// Where the payor goes.
#[must_use]
pub fn app_url(config: &Config, session_id: &SessionId) -> String {
    format!("{}/app/?sessionId={}", config.base_url, session_id.as_str())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{PaymentParams, PaymentRequestStatus};
    use crate::given::{Plain, with, without};
    use crate::open::Money;
    use crate::token::RequestId;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    fn answer<T: DeserializeOwned>(text: &str) -> Option<T> {
        serde_json::from_str(text).ok()
    }

    fn read_status(text: &str, asked: &RequestId) -> Option<PaymentRequestStatus> {
        super::read_status(answer(text)?, asked)
    }

    fn given() -> Value {
        json!({ "referenceId": "User1234", "amount": "12.50", "customerName": "Zoë", "customerEmail": "zoe@example.com" })
    }

    #[test]
    fn says_what_is_wrong_with_an_amount() {
        let message = |given| {
            let error = PaymentParams::new(Plain::from(given)).expect_err("refused");
            assert_eq!(error.field.as_deref(), Some("amount"));
            error.message
        };
        for amount in [json!(12), json!(12.5), json!("12.345"), json!(null)] {
            let message = message(with(&given(), "amount", amount));
            assert!(
                message.starts_with("amount must be Canadian dollars above zero as text, such as \"12.50\""),
                "{message}"
            );
            assert!(message.contains("JavaScript number"));
        }
        assert!(message(without(&given(), "amount")).starts_with("amount must be Canadian dollars"));
    }

    #[test]
    fn an_amount_is_text_or_left_out() {
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
    fn a_status_is_about_the_request_that_was_asked_for() {
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
    fn ids_of_answers_are_ids() {
        let session = |text: &str| answer(text).map(super::read_session);
        let request = |text: &str| answer(text).and_then(super::read_payment_request);
        assert_eq!(session(r#"{"SessionId":"s-1"}"#).expect("an id").as_str(), "s-1");
        assert_eq!(request(r#"{"id":"r-1"}"#).expect("an id").as_str(), "r-1");
        for text in [r#"{"sessionId":"s/1","requestId":"../r"}"#, r#"{"sessionId":1,"requestId":[]}"#, "[]", "null"] {
            assert_eq!((session(text), request(text)), (None, None), "{text}");
        }
    }
}
