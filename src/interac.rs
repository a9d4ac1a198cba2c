//! Interac e-Transfer request money, v1: `POST /api/v1/sessions/initiate`, `POST /api/v1/paymentrequests`,
//! `GET /api/v1/paymentrequests/{requestId}`, and its `POST …/cancel`.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/e-transfer/{sessions-initiate,post-payment-requests,get-payment-requests}.
//! Documented: paths, fields, the nine statuses. Inferred: camelCase keys in requests, any 2xx as success.

use crate::amount::Amount;
use crate::config::{AmountAs, Config};
use crate::error::Error;
use crate::host::{Body, Request};
use crate::json::{Json, ObjectText};
use crate::request::{get, post};
use crate::text::{is_email, is_line};
use crate::token::{AccessToken, RequestId, SessionId, SessionToken, SpentToken};

/// The parameters of a payment as the caller gave them, nothing checked yet.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "the fields are documented where the caller sees them, in the TypeScript types")]
pub struct GivenParams {
    pub reference_id: Json,
    pub amount: Json,
    pub customer_name: Json,
    pub customer_email: Json,
    pub client_uris: Json,
}

/// The parameters of a payment, checked.
#[derive(Clone, Debug)]
pub struct PaymentParams {
    /// The merchant's id of the payment.
    pub reference_id: String,
    amount: Amount,
    customer_name: String,
    customer_email: String,
    client_uris: Option<Json>,
}

/// What Flinks says of a payment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRequestStatus {
    /// The id that was asked for.
    pub request_id: String,
    /// Flinks' own word, also where it is one that no page documents.
    pub status: String,
    /// Whether the money is guaranteed or more: Accepted, Processed and Settled alone.
    pub paid: bool,
    /// Whether the status cannot change any more.
    pub is_final: bool,
    /// The merchant's id, where Flinks returns it.
    pub reference_id: Option<String>,
    /// The payor's link, where Flinks returns it.
    pub payment_link: Option<String>,
}

impl PaymentRequestStatus {
    /// Writes it as callers get it.
    pub fn write(&self, object: &mut ObjectText) {
        object.text("requestId", &self.request_id);
        object.text("status", &self.status);
        object.flag("paid", self.paid);
        object.flag("final", self.is_final);
        object.optional("referenceId", self.reference_id.as_deref());
        object.optional("paymentLink", self.payment_link.as_deref());
    }
}

impl PaymentParams {
    /// Checks the parameters.
    ///
    /// # Errors
    /// `invalid_input`, with the parameter's name in `field`.
    pub fn new(given: GivenParams) -> Result<Self, Box<Error>> {
        Ok(Self {
            reference_id: line(given.reference_id).ok_or_else(|| Error::input(
                "referenceId",
                "referenceId must be your own id of the payment: 1 to 255 characters, none of them a control character.",
            ))?,
            amount: amount(&given.amount)?,
            customer_name: line(given.customer_name).ok_or_else(|| Error::input(
                "customerName",
                "customerName must be the payor's name: 1 to 255 characters, none of them a control character.",
            ))?,
            customer_email: line(given.customer_email).filter(|email| is_email(email)).ok_or_else(|| Error::input(
                "customerEmail",
                "customerEmail must be an e-mail address, such as \"payor@example.com\".",
            ))?,
            client_uris: client_uris(given.client_uris)?,
        })
    }
}

fn line(given: Json) -> Option<String> {
    match given {
        Json::Text(text) if is_line(&text, 255) => Some(text),
        _ => None,
    }
}

fn amount(given: &Json) -> Result<Amount, Box<Error>> {
    let message = match given {
        Json::Text(text) => match Amount::parse(text) {
            Some(amount) => return Ok(amount),
            None => "amount must be Canadian dollars above zero, such as \"12.50\": up to 13 digits, up to 2 decimals.",
        },
        Json::Integer(_) | Json::Decimal(_) => {
            "amount must be text, such as \"12.50\": a JavaScript number cannot hold every amount of cents."
        }
        _ => "amount is required: Canadian dollars as text, such as \"12.50\".",
    };
    Err(Error::input("amount", message))
}

fn client_uris(given: Json) -> Result<Option<Json>, Box<Error>> {
    match given {
        Json::Null => Ok(None),
        Json::Object(_) if given.is_readable() => Ok(Some(given)),
        _ => Err(Error::input("clientUris", "clientUris must be an object of plain JSON, at most 8 levels deep.")),
    }
}

/// The request that starts a session. It takes the token, which can start no other from here on.
#[must_use]
pub fn initiate(config: &Config, token: AccessToken, params: &PaymentParams) -> (Request, SpentToken) {
    let token = token.spend();
    (post(config, "/api/v1/sessions/initiate", &token, session_body(config, params, "clientURIs")), token)
}

/// The request that starts a session and has Flinks e-mail its link to the payor. Its page calls the redirect object
/// `clientUrls`, and says that its `referenceId` may be missing: here it is required, since a lost answer must be looked
/// up by it.
#[must_use]
pub fn send_request(config: &Config, token: AccessToken, params: &PaymentParams) -> (Request, SpentToken) {
    let token = token.spend();
    (post(config, "/api/v1/sessions/sendrequest", &token, session_body(config, params, "clientUrls")), token)
}

fn session_body(config: &Config, params: &PaymentParams, redirects: &str) -> ObjectText {
    let amount = params.amount.to_text();
    let mut body = ObjectText::default();
    body.text("referenceId", &params.reference_id);
    match config.amount_as {
        AmountAs::Number => body.raw("amount", &amount),
        AmountAs::Text => body.text("amount", &amount),
    }
    body.text("customerName", &params.customer_name);
    body.text("customerEmail", &params.customer_email);
    body.json(redirects, params.client_uris.as_ref());
    body
}

/// The session of an answer to initiate.
#[must_use]
pub fn read_session(answer: &Json) -> Option<SessionId> {
    SessionId::parse(answer.get("sessionId")?.text()?)
}

/// The request that makes a session payable.
#[must_use]
pub fn payment_request(config: &Config, token: &SessionToken) -> Request {
    let mut body = ObjectText::default();
    body.text("sessionId", token.session_id().as_str());
    post(config, "/api/v1/paymentrequests", token, body)
}

/// The payment request of an answer; one rendering of the page calls it `id`.
#[must_use]
pub fn read_payment_request(answer: &Json) -> Option<RequestId> {
    RequestId::parse(request_id(answer)?.text()?)
}

/// The request that asks for the status. It starts nothing, so the token is only borrowed.
#[must_use]
pub fn status(config: &Config, token: &AccessToken, request_id: &RequestId) -> Request {
    get(config, &["/api/v1/paymentrequests/", request_id.as_str()].concat(), token)
}

/// The request that cancels a payment request. The path is documented for EFT; that it is the one which the changelog of
/// June 2026 means for e-Transfer is inferred.
#[must_use]
pub fn cancel(config: &Config, token: &AccessToken, request_id: &RequestId) -> Request {
    let path = ["/api/v1/paymentrequests/", request_id.as_str(), "/cancel"].concat();
    Request { body: Body::Empty, ..get(config, &path, token) }
}

/// What became of it, as JSON: any 2xx is a success, since no page says what its body is.
#[must_use]
pub fn read_cancelled(answer: &Json, asked: &RequestId) -> String {
    let mut cancelled = ObjectText::default();
    cancelled.text("requestId", asked.as_str());
    cancelled.optional("status", answer.get("status").and_then(Json::text));
    cancelled.end()
}

/// The status of an answer in either published shape. `None` if it has none, or is about another request.
#[must_use]
pub fn read_status(answer: &Json, asked: &RequestId) -> Option<PaymentRequestStatus> {
    let is_same = match request_id(answer) {
        Some(id) => id.text()?.eq_ignore_ascii_case(asked.as_str()),
        None => true,
    };
    let status = answer.get("status")?.text()?;
    let optional = |name| answer.get(name).and_then(Json::text).map(str::to_owned);
    (is_same && !status.is_empty()).then(|| PaymentRequestStatus {
        request_id: asked.as_str().to_owned(),
        paid: matches!(status, "Accepted" | "Processed" | "Settled"),
        is_final: matches!(status, "Settled" | "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed"),
        status: status.to_owned(),
        reference_id: optional("referenceId"),
        payment_link: optional("paymentLink"),
    })
}

/// Where the payor goes.
#[must_use]
pub fn app_url(config: &Config, session_id: &SessionId) -> String {
    [&config.base_url, "/app/?sessionId=", session_id.as_str()].concat()
}

fn request_id(answer: &Json) -> Option<&Json> {
    answer.get("requestId").or_else(|| answer.get("id"))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{GivenParams, PaymentParams, read_payment_request, read_session, read_status};
    use crate::json::Json;
    use crate::token::RequestId;

    fn answer(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap_or_default()
    }

    fn given() -> GivenParams {
        let text = |text: &str| Json::Text(text.to_owned());
        GivenParams {
            reference_id: text("User1234"),
            amount: text("12.50"),
            customer_name: text("Zoë"),
            customer_email: text("zoe@example.com"),
            client_uris: Json::Null,
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_amount() {
        let message = |amount| {
            let error = PaymentParams::new(GivenParams { amount, ..given() }).expect_err("refused");
            assert_eq!(error.field, Some("amount"));
            error.message
        };
        for number in [Json::Integer(12), Json::Decimal("12.5".to_owned())] {
            assert!(message(number).contains("JavaScript number"));
        }
        assert!(message(Json::Text("12.345".to_owned())).contains("above zero"));
        assert!(message(Json::Null).contains("required"));
    }

    #[test]
    fn only_three_words_mean_paid_and_six_are_final() {
        let asked = RequestId::parse("r-1").expect("an id");
        for (word, paid, is_final) in [
            ("Initiated", false, false),
            ("Pending", false, false),
            ("Accepted", true, false),
            ("Processed", true, false),
            ("Settled", true, true),
            ("Cancelled", false, true),
            ("Canceled", false, true),
            ("Expired", false, true),
            ("Declined", false, true),
            ("Failed", false, true),
            ("settled", false, false),
            ("Settled ", false, false),
            ("Paid", false, false),
        ] {
            let read = read_status(&answer(&format!(r#"{{"status":"{word}"}}"#)), &asked).expect("a status");
            assert_eq!((read.status.as_str(), read.paid, read.is_final), (word, paid, is_final));
        }
    }

    #[test]
    fn a_status_is_about_the_request_that_was_asked_for() {
        let asked = RequestId::parse("Ab-1").expect("an id");
        for same in [r#"{"requestId":"aB-1","status":"Settled"}"#, r#"{"id":"Ab-1","status":"Settled"}"#] {
            assert_eq!(read_status(&answer(same), &asked).expect("a status").request_id, "Ab-1");
        }
        for other in [
            r#"{"requestId":"Ab-2","status":"Settled"}"#,
            r#"{"requestId":"Ab-2","id":"Ab-1","status":"Settled"}"#,
            r#"{"requestId":null,"status":"Settled"}"#,
            r#"{"status":""}"#,
            r#"{"status":7}"#,
            "{}",
        ] {
            assert_eq!(read_status(&answer(other), &asked), None, "{other}");
        }
    }

    #[test]
    fn ids_of_answers_are_ids() {
        assert_eq!(read_session(&answer(r#"{"SessionId":"s-1"}"#)).expect("an id").as_str(), "s-1");
        assert_eq!(read_payment_request(&answer(r#"{"id":"r-1"}"#)).expect("an id").as_str(), "r-1");
        for text in [r#"{"sessionId":"s/1","requestId":"../r"}"#, r#"{"sessionId":1,"requestId":[]}"#, "[]", "null"] {
            assert_eq!((read_session(&answer(text)), read_payment_request(&answer(text))), (None, None), "{text}");
        }
    }
}
