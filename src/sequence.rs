//! The sequences of requests, written once over the trait [`Host`]: authorize, and then what the token is for.
//!
//! No promise, signal or answer outlives a call; tokens do, in the pool.

mod call;

use crate::checked_text::CheckedText;
use crate::config::Config;
use crate::error::{Error, Step};
use crate::host::{Host, Json, Request};
use crate::ids::{RequestId, SessionId};
use crate::interac::{self, CancelledPaymentRequest, PaymentParams, PaymentRequestStatus};
use crate::sessions::{
    self, CancelledSession, ConfirmedGuarantee, Product, SessionDetails, SessionParams, SessionStatus,
};
use crate::token::{AccessToken, ReadToken, SpentToken};
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

/// The calls of one client. Each fails with the error of its step, with the reference id or the session id that it was given,
/// and with the id of the session that it has created.
pub struct Calls<'client, H> {
    host: &'client H,
    config: &'client Config,
    pool: &'client TokenPool,
}

#[allow(clippy::missing_errors_doc, reason = "the type has it for all of them")]
impl<'client, H: Host> Calls<'client, H> {
    /// The calls of a client with these options and tokens.
    pub const fn new(host: &'client H, config: &'client Config, pool: &'client TokenPool) -> Self {
        Self { host, config, pool }
    }

    /// Authorize, initiate, payment request.
    pub async fn start_payment(&self, params: &PaymentParams) -> Result<StartedPayment, Box<Error>> {
        let call = self.begin(Some(params.reference_id.as_str()));
        let token = call.create(Step::Initiate, &|token| interac::initiate(self.config, token, params)).await?;
        let session_id = token.session_id().clone();
        let request_id = call.payment_request(token).await?;
        Ok(StartedPayment {
            app_url: interac::app_url(self.config, &session_id),
            session_id: session_id.as_str().to_owned(),
            request_id: request_id.as_str().to_owned(),
            reference_id: params.reference_id.as_str().to_owned(),
        })
    }

    /// Authorize, initiate.
    pub async fn initiate_session(&self, params: &PaymentParams) -> Result<InitiatedSession, Box<Error>> {
        self.start_session(Step::Initiate, params, &|token| interac::initiate(self.config, token, params)).await
    }

    /// Authorize, sendrequest: Flinks e-mails the link to the payor.
    pub async fn send_request(&self, params: &PaymentParams) -> Result<InitiatedSession, Box<Error>> {
        self.start_session(Step::SendRequest, params, &|token| interac::send_request(self.config, token, params)).await
    }

    async fn start_session(
        &self,
        step: Step,
        params: &PaymentParams,
        request: &dyn Fn(AccessToken) -> (Request<H::Json>, SpentToken),
    ) -> Result<InitiatedSession, Box<Error>> {
        let call = self.begin(Some(params.reference_id.as_str()));
        let token = call.create(step, request).await?;
        Ok(InitiatedSession {
            session_id: token.session_id().as_str().to_owned(),
            reference_id: params.reference_id.as_str().to_owned(),
        })
    }

    /// Authorize, payment request for a session that exists, with an unspent token.
    pub async fn create_payment_request(&self, session_id: &SessionId) -> Result<CreatedPaymentRequest, Box<Error>> {
        let call = self.begin_for(session_id);
        let token = call.token().await?;
        let request_id = call.payment_request(token.for_session(session_id.clone())).await?;
        Ok(CreatedPaymentRequest { request_id: request_id.as_str().to_owned() })
    }

    /// Authorize, v2 session.
    pub async fn create_session(&self, params: &SessionParams) -> Result<CreatedSession, Box<Error>> {
        let reference_id = params.reference_id.as_ref().map(CheckedText::as_str);
        let call = self.begin(reference_id);
        let token = call.create(Step::Session, &|token| sessions::create(self.config, token, params)).await?;
        Ok(CreatedSession {
            app_url: interac::app_url(self.config, token.session_id()),
            session_id: token.session_id().as_str().to_owned(),
            reference_id: reference_id.map(str::to_owned),
        })
    }

    /// Status of a v2 session, with the token that reads share; authorize first where there is none.
    pub async fn get_session_status(
        &self,
        session_id: &SessionId,
        product: Option<Product>,
    ) -> Result<SessionStatus, Box<Error>> {
        let request = |token: &ReadToken| sessions::status(self.config, token, session_id);
        let read = |answer: Option<H::Json>| sessions::read_status(answer?.read()?, session_id, product);
        self.begin_for(session_id).read(Step::SessionStatus, &request, read).await
    }

    /// Details of a v2 session, with the token that reads share; authorize first where there is none.
    pub async fn get_session_details(
        &self,
        session_id: &SessionId,
        product: Option<Product>,
    ) -> Result<SessionDetails, Box<Error>> {
        let request = |token: &ReadToken| sessions::details(self.config, token, session_id);
        let read = |answer: Option<H::Json>| sessions::read_details(answer?.read()?, session_id, product);
        self.begin_for(session_id).read(Step::SessionDetails, &request, read).await
    }

    /// Authorize, cancel a v2 session.
    pub async fn cancel_session(&self, session_id: &SessionId) -> Result<CancelledSession, Box<Error>> {
        let call = self.begin_for(session_id);
        let token = call.token().await?.for_session(session_id.clone());
        let sent = call.send_once(Step::Cancel, &token, sessions::cancel(self.config, &token)).await;
        call.read_answer(sent, |answer| sessions::read_cancelled(answer?.read()?, session_id))
    }

    /// Authorize, accept or refuse the guarantee of a v2 session.
    pub async fn confirm_guarantee(
        &self,
        session_id: &SessionId,
        accepted: bool,
    ) -> Result<ConfirmedGuarantee, Box<Error>> {
        let call = self.begin_for(session_id);
        let token = call.token().await?.for_session(session_id.clone());
        let request = sessions::confirm_guarantee(self.config, &token, accepted);
        let sent = call.send_once(Step::Guarantee, &token, request).await;
        call.read_answer(sent, |answer| sessions::read_confirmed(answer?.read()?, session_id))
    }

    /// Authorize, cancel a payment request of v1.
    pub async fn cancel_payment_request(&self, request_id: &RequestId) -> Result<CancelledPaymentRequest, Box<Error>> {
        let call = self.begin(None);
        let token = call.token().await?;
        let sent = call.send_once(Step::Cancel, &token, interac::cancel(self.config, &token, request_id)).await;
        call.read_answer(sent, |answer| Some(interac::read_cancelled(answer.and_then(Json::read), request_id)))
    }

    /// Polls the status until it is final, every `interval_ms` and up to a tenth more, so that many callers do not poll at the
    /// same time. Each poll has the configured deadline, the waiting has none. After an error that is retryable it polls on,
    /// not before `Retry-After`.
    pub async fn wait_for_payment(
        &self,
        request_id: &RequestId,
        interval_ms: u64,
    ) -> Result<PaymentRequestStatus, Box<Error>> {
        loop {
            let wait_ms = match self.get_payment_request(request_id).await {
                Ok(status) if status.is_final => return Ok(status),
                Ok(_) => interval_ms,
                Err(error) if error.retryable => interval_ms.max(error.retry_after_ms.unwrap_or(0).into()),
                Err(error) => return Err(error),
            };
            let jitter_ms = (interval_ms / 10).saturating_mul(u64::from(self.host.random())) >> 32;
            if let Err(interrupt) = self.host.sleep(wait_ms.saturating_add(jitter_ms)).await {
                return Err(self.begin(None).interrupted(Step::Status, interrupt));
            }
        }
    }

    /// Status of a payment request, with the token that reads share; authorize first where there is none.
    pub async fn get_payment_request(&self, request_id: &RequestId) -> Result<PaymentRequestStatus, Box<Error>> {
        let request = |token: &ReadToken| interac::status(self.config, token, request_id);
        let read = |answer: Option<H::Json>| interac::read_status(answer?.read()?, request_id);
        self.begin(None).read(Step::Status, &request, read).await
    }

    /// Authorize, until the pool has `count` tokens that are ready or being fetched; at most `count` times, so that it ends
    /// even if every token is dead on arrival. Tokens that were fetched before an error are kept.
    pub async fn warm(&self, count: u64) -> Result<WarmTokens, Box<Error>> {
        let call = self.begin(None);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for _ in 0..count {
            let Some(reservation) = self.pool.reserve(self.host.now(), count) else { break };
            reservation.fill(call.authorize(|_, _| true).await?, self.host.now());
        }
        Ok(WarmTokens { ready: self.pool.ready(self.host.now()) })
    }

    /// Begins a call that is not about a session that exists yet.
    fn begin<'call>(&'call self, reference_id: Option<&'call str>) -> Call<'call, H> {
        Call::new(self.host, self.config, self.pool, reference_id)
    }

    fn begin_for(&self, session_id: &SessionId) -> Call<'_, H> {
        let call = self.begin(None);
        call.set_session_id(session_id);
        call
    }
}
