//! The sequences of requests, written once over the trait [`Host`]: authorize, and then what the token is for.
//!
//! No promise, signal or answer outlives a call; tokens do, in the pool.

mod call;

use crate::checked_text::CheckedText;
use crate::config::Config;
use crate::decision::Step;
use crate::error::Error;
use crate::host::{Host, Json};
use crate::ids::{RequestId, SessionId};
use crate::interac::{self, CancelledPaymentRequest, PaymentParams, PaymentRequestStatus};
use crate::sessions::{
    self, CancelledSession, ConfirmedGuarantee, Product, SessionDetails, SessionParams, SessionStatus,
};
use crate::token::ReadToken;
use crate::token_pool::TokenPool;
use call::Call;
use serde::Serialize;

/// A payment that the payor can make now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartedPayment {
    /// Flinks' id of the session.
    pub session_id: String,
    /// Flinks' id of the payment request.
    pub request_id: String,
    /// The merchant's id, as sent.
    pub reference_id: String,
    /// The page where the payor pays.
    pub app_url: String,
}

/// A session that cannot be paid yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InitiatedSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, as sent.
    pub reference_id: String,
}

/// A v2 session, which the payor can open now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, where one was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// The page where the payor pays.
    pub app_url: String,
}

/// A payment request that was created for a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedPaymentRequest {
    /// Flinks' id of the payment request.
    pub request_id: String,
}

/// The tokens that are kept ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmTokens {
    /// How many are alive now.
    pub ready: usize,
}

/// Authorize, initiate, payment request.
///
/// # Errors
/// The step's error, with the reference id, and with the session id once there is one.
pub async fn start_payment<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<StartedPayment, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::Initiate, unspent, &|token| interac::initiate(config, token, params)).await?;
    let session_id = token.session_id().clone();
    let request_id = call.payment_request(token).await?;
    Ok(StartedPayment {
        app_url: interac::app_url(config, &session_id),
        session_id: session_id.as_str().to_owned(),
        request_id: request_id.as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, initiate.
///
/// # Errors
/// The step's error, with the reference id.
pub async fn initiate_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<InitiatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::Initiate, unspent, &|token| interac::initiate(config, token, params)).await?;
    Ok(InitiatedSession {
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, payment request for a session that exists, with an unspent token.
///
/// # Errors
/// The step's error, with the session id.
pub async fn create_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
) -> Result<CreatedPaymentRequest, Box<Error>> {
    let call = Call::for_session(host, config, pool, session_id);
    let token = call.token().await?;
    let request_id = call.payment_request(token.for_session(session_id.clone())).await?;
    Ok(CreatedPaymentRequest { request_id: request_id.as_str().to_owned() })
}

/// Authorize, sendrequest: Flinks e-mails the link to the payor.
///
/// # Errors
/// The step's error, with the reference id.
pub async fn send_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &PaymentParams,
) -> Result<InitiatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, Some(params.reference_id.as_str()));
    let unspent = call.token().await?;
    let token = call.create(Step::SendRequest, unspent, &|token| interac::send_request(config, token, params)).await?;
    Ok(InitiatedSession {
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_str().to_owned(),
    })
}

/// Authorize, v2 session.
///
/// # Errors
/// The step's error, with the reference id where there is one.
pub async fn create_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    params: &SessionParams,
) -> Result<CreatedSession, Box<Error>> {
    let call = Call::new(host, config, pool, params.reference_id.as_ref().map(CheckedText::as_str));
    let unspent = call.token().await?;
    let token = call.create(Step::Session, unspent, &|token| sessions::create(config, token, params)).await?;
    Ok(CreatedSession {
        app_url: interac::app_url(config, token.session_id()),
        session_id: token.session_id().as_str().to_owned(),
        reference_id: params.reference_id.as_ref().map(|id| id.as_str().to_owned()),
    })
}

/// Status of a v2 session, with the token that reads share; authorize first where there is none.
///
/// # Errors
/// The step's error, with the session id.
pub async fn get_session_status<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    product: Option<Product>,
) -> Result<SessionStatus, Box<Error>> {
    let call = Call::for_session(host, config, pool, session_id);
    let request = |token: &ReadToken| sessions::status(config, token, session_id);
    let read = |answer: Option<H::Json>| sessions::read_status(answer?.read()?, session_id, product);
    call.read(Step::SessionStatus, &request, read).await
}

/// Details of a v2 session, with the token that reads share; authorize first where there is none.
///
/// # Errors
/// The step's error, with the session id.
pub async fn get_session_details<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    product: Option<Product>,
) -> Result<SessionDetails, Box<Error>> {
    let call = Call::for_session(host, config, pool, session_id);
    let request = |token: &ReadToken| sessions::details(config, token, session_id);
    let read = |answer: Option<H::Json>| sessions::read_details(answer?.read()?, session_id, product);
    call.read(Step::SessionDetails, &request, read).await
}

/// Authorize, cancel a v2 session.
///
/// # Errors
/// The step's error, with the session id.
pub async fn cancel_session<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
) -> Result<CancelledSession, Box<Error>> {
    let call = Call::for_session(host, config, pool, session_id);
    let token = call.token().await?.for_session(session_id.clone());
    let request = sessions::cancel(config, &token);
    let sent = call.send_once(Step::Cancel, &token, request).await;
    call.read_answer(sent, |answer| sessions::read_cancelled(answer?.read()?, session_id))
}

/// Authorize, accept or refuse the guarantee of a v2 session.
///
/// # Errors
/// The step's error, with the session id.
pub async fn confirm_guarantee<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    session_id: &SessionId,
    accepted: bool,
) -> Result<ConfirmedGuarantee, Box<Error>> {
    let call = Call::for_session(host, config, pool, session_id);
    let token = call.token().await?.for_session(session_id.clone());
    let request = sessions::confirm_guarantee(config, &token, accepted);
    let sent = call.send_once(Step::Guarantee, &token, request).await;
    call.read_answer(sent, |answer| sessions::read_confirmed(answer?.read()?, session_id))
}

/// Authorize, cancel a payment request of v1.
///
/// # Errors
/// The step's error.
pub async fn cancel_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
) -> Result<CancelledPaymentRequest, Box<Error>> {
    let call = Call::new(host, config, pool, None);
    let token = call.token().await?;
    let request = interac::cancel(config, &token, request_id);
    let sent = call.send_once(Step::Cancel, &token, request).await;
    call.read_answer(sent, |answer| Some(interac::read_cancelled(answer.and_then(Json::read), request_id)))
}

/// Polls the status until it is final, every `interval_ms` and up to a tenth more, so that many callers do not poll at the
/// same time. Each poll has the configured deadline, the waiting has none. After an error that is retryable it polls on, not
/// before `Retry-After`.
///
/// # Errors
/// The first error that is not retryable.
pub async fn wait_for_payment<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
    interval_ms: u64,
) -> Result<PaymentRequestStatus, Box<Error>> {
    loop {
        let wait_ms = match Call::new(host, config, pool, None).status(request_id).await {
            Ok(status) if status.is_final => return Ok(status),
            Ok(_) => interval_ms,
            Err(error) if error.retryable => interval_ms.max(error.retry_after_ms.unwrap_or(0).into()),
            Err(error) => return Err(error),
        };
        let jitter_ms = (interval_ms / 10).saturating_mul(u64::from(host.random())) >> 32;
        if let Err(interrupt) = host.sleep(wait_ms.saturating_add(jitter_ms)).await {
            return Err(Call::new(host, config, pool, None).interrupted(Step::Status, interrupt));
        }
    }
}

/// Status of a payment request, with the token that reads share; authorize first where there is none.
///
/// # Errors
/// The step's error.
pub async fn get_payment_request<H: Host>(
    host: &H,
    config: &Config,
    pool: &TokenPool,
    request_id: &RequestId,
) -> Result<PaymentRequestStatus, Box<Error>> {
    Call::new(host, config, pool, None).status(request_id).await
}

/// Authorize, until the pool has `count` tokens that are ready or being fetched; at most `count` times, so that it ends even
/// if every token is dead on arrival.
///
/// # Errors
/// Authorize's error. Tokens that were fetched before it are kept.
pub async fn warm<H: Host>(host: &H, config: &Config, pool: &TokenPool, count: u64) -> Result<WarmTokens, Box<Error>> {
    let call = Call::new(host, config, pool, None);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    for _ in 0..count {
        let Some(reservation) = pool.reserve(host.now(), count) else { break };
        reservation.fill(call.authorize(|_, _| true).await?, host.now());
    }
    Ok(WarmTokens { ready: pool.ready(host.now()) })
}
