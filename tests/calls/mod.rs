//! Each call by its name, with what it gives by its type, for tests.
#![allow(dead_code, clippy::panic, reason = "no test makes every call, and one that gives something else is broken")]

use flinkspay_edge::config::Config;
use flinkspay_edge::error::Error;
use flinkspay_edge::host::Host;
use flinkspay_edge::interac::{CancelledPaymentRequest, PaymentParams, PaymentRequestStatus};
use flinkspay_edge::json::Json;
use flinkspay_edge::sequence::{Ask, Change, Create, Read, Reply, perform};
pub use flinkspay_edge::sequence::{
    CreatedPaymentRequest, CreatedSession, InitiatedSession, StartedPayment, WarmTokens,
};
use flinkspay_edge::sessions::{CancelledSession, ConfirmedGuarantee, SessionParams, SessionStatus};
use flinkspay_edge::token::{RequestId, SessionId, TokenPool};

macro_rules! calls {
    ($($name:ident($($given:ident: $type:ty),*) -> $reply:ident($gives:ty): $ask:expr;)*) => {$(
        pub async fn $name<H: Host>(
            host: &H,
            config: &Config,
            pool: &TokenPool,
            $($given: $type),*
        ) -> Result<$gives, Box<Error>> {
            match perform(host, config, pool, $ask).await? {
                Reply::$reply(reply) => Ok(reply),
                other => panic!("{other:?}"),
            }
        }
    )*};
}

calls! {
    start_payment(params: &PaymentParams) -> StartedPayment(StartedPayment):
        Ask::Create(Create::Payment(params.clone()));
    initiate_session(params: &PaymentParams) -> InitiatedSession(InitiatedSession):
        Ask::Create(Create::Session(params.clone()));
    send_request(params: &PaymentParams) -> InitiatedSession(InitiatedSession):
        Ask::Create(Create::Emailed(params.clone()));
    create_session(params: &SessionParams) -> CreatedSession(CreatedSession):
        Ask::Create(Create::V2(params.clone()));
    create_payment_request(id: &SessionId) -> CreatedPaymentRequest(CreatedPaymentRequest):
        Ask::CreatePaymentRequest(id.clone());
    cancel_payment_request(id: &RequestId) -> CancelledPaymentRequest(CancelledPaymentRequest):
        Ask::Change(Change::CancelPaymentRequest(id.clone()));
    cancel_session(id: &SessionId) -> CancelledSession(CancelledSession):
        Ask::Change(Change::CancelSession(id.clone()));
    confirm_guarantee(id: &SessionId, accepted: bool) -> ConfirmedGuarantee(ConfirmedGuarantee):
        Ask::Change(Change::ConfirmGuarantee(id.clone(), accepted));
    get_payment_request(id: &RequestId) -> PaymentRequestStatus(PaymentRequestStatus):
        Ask::Read(Read::PaymentRequest(id.clone()));
    get_session_status(id: &SessionId) -> SessionStatus(SessionStatus):
        Ask::Read(Read::SessionStatus(id.clone()));
    get_session_details(id: &SessionId) -> SessionDetails(Json):
        Ask::Read(Read::SessionDetails(id.clone()));
    wait_for_payment(id: &RequestId, interval_ms: u64) -> PaymentRequestStatus(PaymentRequestStatus):
        Ask::Wait(id.clone(), interval_ms);
    warm(count: usize) -> WarmTokens(WarmTokens):
        Ask::Warm(count);
}
