//! Each call by its name, with what it gives by its type, for tests.
#![allow(dead_code, clippy::panic, reason = "no test makes every call, and one that gives something else is broken")]

use flinkspay_edge::config::Config;
use flinkspay_edge::error::Error;
use flinkspay_edge::host::Host;
use flinkspay_edge::interac::PaymentParams;
use flinkspay_edge::sequence::{Ask, Change, Create, Read, perform};
use flinkspay_edge::sessions::SessionParams;
use flinkspay_edge::token::{RequestId, SessionId, TokenPool};
use serde::Deserialize;
use serde_json::Value;

macro_rules! replies {
    ($($name:ident { $($field:ident: $type:ty),* })*) => {$(
        /// What the call gives, these fields and no others.
        #[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $(pub $field: $type),*
        }
    )*};
}

replies! {
    StartedPayment { session_id: String, request_id: String, reference_id: String, app_url: String }
    InitiatedSession { session_id: String, reference_id: String }
    CreatedSession { session_id: String, reference_id: Option<String>, app_url: String }
    CreatedPaymentRequest { request_id: String }
    CancelledPaymentRequest { request_id: String, status: Option<String> }
    CancelledSession {
        session_id: String, status: String, reference_id: Option<String>, status_details: Option<String>
    }
    ConfirmedGuarantee { session_id: String, reference_id: Option<String> }
    WarmTokens { ready: u32 }
}

/// The status of a payment request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaymentRequestStatus {
    pub request_id: String,
    pub status: String,
    pub paid: bool,
    #[serde(rename = "final")]
    pub is_final: bool,
    pub reference_id: Option<String>,
    pub payment_link: Option<String>,
}

/// The status of a session of v2.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionStatus {
    pub session_id: String,
    pub status: String,
    pub paid: bool,
    #[serde(rename = "final")]
    pub is_final: bool,
    pub reference_id: Option<String>,
    pub amount: Option<String>,
    pub status_details: Option<String>,
}

macro_rules! calls {
    ($($name:ident($($given:ident: $type:ty),*) -> $gives:ty: $ask:expr;)*) => {$(
        pub async fn $name<H: Host>(
            host: &H,
            config: &Config,
            pool: &TokenPool,
            $($given: $type),*
        ) -> Result<$gives, Box<Error>> {
            let reply = perform(host, config, pool, $ask).await?;
            Ok(serde_json::from_str(&reply).unwrap_or_else(|error| panic!("{error}: {reply}")))
        }
    )*};
}

calls! {
    start_payment(params: &PaymentParams) -> StartedPayment:
        Ask::Create(Create::Payment(params.clone()));
    initiate_session(params: &PaymentParams) -> InitiatedSession:
        Ask::Create(Create::Session(params.clone()));
    send_request(params: &PaymentParams) -> InitiatedSession:
        Ask::Create(Create::Emailed(params.clone()));
    create_session(params: &SessionParams) -> CreatedSession:
        Ask::Create(Create::V2(params.clone()));
    create_payment_request(id: &SessionId) -> CreatedPaymentRequest:
        Ask::CreatePaymentRequest(id.clone());
    cancel_payment_request(id: &RequestId) -> CancelledPaymentRequest:
        Ask::Change(Change::CancelPaymentRequest(id.clone()));
    cancel_session(id: &SessionId) -> CancelledSession:
        Ask::Change(Change::CancelSession(id.clone()));
    confirm_guarantee(id: &SessionId, accepted: bool) -> ConfirmedGuarantee:
        Ask::Change(Change::ConfirmGuarantee(id.clone(), accepted));
    get_payment_request(id: &RequestId) -> PaymentRequestStatus:
        Ask::Read(Read::PaymentRequest(id.clone()));
    get_session_status(id: &SessionId) -> SessionStatus:
        Ask::Read(Read::SessionStatus(id.clone()));
    get_session_details(id: &SessionId) -> Value:
        Ask::Read(Read::SessionDetails(id.clone()));
    wait_for_payment(id: &RequestId, interval_ms: u64) -> PaymentRequestStatus:
        Ask::Read(Read::FinalPaymentRequest(id.clone(), interval_ms));
    warm(count: usize) -> WarmTokens:
        Ask::Warm(count);
}
