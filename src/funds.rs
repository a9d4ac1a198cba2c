//! What a Flinks status means for the money: one pure, total table without a catch-all arm, so that the compiler asks about
//! every new status. Nothing else in the crate decides that something is paid.
//!
//! Follows docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests (the statuses of v1, and of the transactions
//! of a v2 e-Transfer), …/e-transfer/sessions-details, …/geft/sessions-status and …/geft/guarantee-confirm. Documented: the
//! statuses, and that a session's status is about its set-up. Inferred: that a completed guaranteed EFT has its guarantee,
//! since one without it is `EFT0402`; and that a payment which ends after it was paid was returned.

use crate::checked_text::{CheckedText, TextRule};
use crate::json_value::JsonValue;
use serde::{Deserialize, Serialize};

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Funds {
    /// None has moved, as far as is known.
    None,
    /// A debit was sent to the payor's bank, which may return it for days: no money yet.
    Scheduled,
    /// Flinks guarantees it.
    Guaranteed,
    /// It was paid out.
    Settled,
    /// It was scheduled, guaranteed or settled, and was taken back.
    Returned,
}

impl Funds {
    /// Whether the payment counts as paid.
    #[must_use]
    pub const fn are_paid(self) -> bool {
        match self {
            Self::Guaranteed | Self::Settled => true,
            Self::None | Self::Scheduled | Self::Returned => false,
        }
    }
}

/// How a payment is made. No answer from Flinks says it; only the caller knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// A payment request of v1.
    Interac,
    /// An e-Transfer of v2.
    ETransfer,
    /// A regular EFT.
    Eft,
    /// A guaranteed EFT.
    Geft,
}

/// The status of a payment or of one of its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The payor has not begun.
    Initiated,
    /// The payor has begun, in v2.
    InProgress,
    /// The payor has begun, in v1.
    Processing,
    /// The payor accepted it at the bank.
    Accepted,
    /// Flinks has processed it.
    Processed,
    /// It is paid out.
    Settled,
    /// The payor has completed the set-up of a session.
    Completed,
    /// It was cancelled, in either spelling.
    Cancelled,
    /// The payor did not act in time.
    Expired,
    /// The payor declined it at the bank.
    Declined,
    /// It failed.
    Failed,
    /// Any other text: undocumented.
    Other,
}

impl Status {
    /// Reads a status; upper and lower case count.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "Initiated" => Self::Initiated,
            "InProgress" => Self::InProgress,
            "Processing" => Self::Processing,
            "Accepted" => Self::Accepted,
            "Processed" => Self::Processed,
            "Settled" => Self::Settled,
            "Completed" => Self::Completed,
            "Cancelled" | "Canceled" => Self::Cancelled,
            "Expired" => Self::Expired,
            "Declined" => Self::Declined,
            "Failed" => Self::Failed,
            _ => Self::Other,
        }
    }
}

/// The `statusDetails` of a completed session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusDetails {
    /// The answer has none.
    Missing,
    /// `EFT0301`: the transaction is scheduled.
    Scheduled,
    /// `EFT0302`: the payor has not signed the agreement, so no money moves.
    SignaturePending,
    /// Any other: undocumented beside `Completed`.
    Other,
}

impl StatusDetails {
    fn parse(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some("EFT0301") => Self::Scheduled,
            Some("EFT0302") => Self::SignaturePending,
            Some(_) => Self::Other,
        }
    }
}

/// The transactions of an e-Transfer: the one that is furthest along, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transactions {
    /// None is listed.
    Missing,
    /// All have ended.
    Ended,
    /// One is under way, or its status is undocumented.
    Pending,
    /// One is accepted.
    Accepted,
    /// One is processed.
    Processed,
    /// One is settled.
    Settled,
}

impl Transactions {
    fn read(schedule: Option<&JsonValue>) -> Self {
        let listed = schedule.and_then(|schedule| schedule.get("transactions"));
        let Some(JsonValue::List(listed)) = listed else { return Self::Missing };
        let status_of =
            |one: &JsonValue| Status::parse(one.get("status").and_then(JsonValue::as_str).unwrap_or_default());
        listed.iter().map(|one| Self::from_status(status_of(one))).max().unwrap_or(Self::Missing)
    }

    const fn from_status(status: Status) -> Self {
        match status {
            Status::Cancelled | Status::Expired | Status::Declined | Status::Failed => Self::Ended,
            Status::Initiated | Status::InProgress | Status::Processing | Status::Completed | Status::Other => {
                Self::Pending
            }
            Status::Accepted => Self::Accepted,
            Status::Processed => Self::Processed,
            Status::Settled => Self::Settled,
        }
    }
}

/// The parts of an answer that say where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The status.
    pub status: Status,
    /// The status details.
    pub details: StatusDetails,
    /// The transactions.
    pub transactions: Transactions,
    /// Whether the guarantee was not offered, or not accepted.
    pub is_guarantee_refused: bool,
}

impl StatusReport {
    /// Reads the fields of an answer.
    #[must_use]
    pub fn new(
        status: &str,
        details: Option<&str>,
        schedule: Option<&JsonValue>,
        guarantee: Option<&JsonValue>,
    ) -> Self {
        let is_refused = |name| guarantee.and_then(|guarantee| guarantee.get(name)).is_some_and(is_not_true);
        Self {
            status: Status::parse(status),
            details: StatusDetails::parse(details),
            transactions: Transactions::read(schedule),
            is_guarantee_refused: is_refused("guaranteeOffered") || is_refused("guaranteeAccepted"),
        }
    }
}

/// Whether a decision was made and is not yes, which the pages write as `true` and as `"true"`.
fn is_not_true(answer: &JsonValue) -> bool {
    !matches!(answer, JsonValue::Null | JsonValue::Bool(true)) && answer.as_str() != Some("true")
}

/// What a status means for the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// Where the money is.
    pub funds: Funds,
    /// Whether the payment counts as paid: by its funds and nothing else.
    pub paid: bool,
    /// Whether Flinks documents no status after this one.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// How far along the payment is; `None` where that is undocumented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u8>,
}

impl Meaning {
    const fn new(funds: Funds, is_final: bool, rank: Option<u8>) -> Self {
        Self { funds, paid: funds.are_paid(), is_final, rank }
    }

    /// No money yet, and not the last status.
    const fn pending(rank: u8) -> Self {
        Self::new(Funds::None, false, Some(rank))
    }
}

/// A status or a combination that no page documents: never paid and never final.
const UNDOCUMENTED: Meaning = Meaning::new(Funds::None, false, None);
const COMPLETED: Meaning = Meaning::pending(3);
const SCHEDULED: Meaning = Meaning::new(Funds::Scheduled, false, Some(4));
const ACCEPTED: Meaning = Meaning::new(Funds::Guaranteed, false, Some(5));
const PROCESSED: Meaning = Meaning::new(Funds::Guaranteed, false, Some(6));
/// Of an EFT: no page documents a status after this one.
const GUARANTEED: Meaning = Meaning::new(Funds::Guaranteed, true, Some(6));
const SETTLED: Meaning = Meaning::new(Funds::Settled, true, Some(7));
const RETURNED: Meaning = Meaning::new(Funds::Returned, true, Some(8));

/// The table. `before` is where the money was before: a payment that ends after it was scheduled or paid is returned, and a
/// returned one stays returned.
#[must_use]
pub const fn meaning(product: Option<Product>, report: StatusReport, before: Funds) -> Meaning {
    let StatusReport { status, details, transactions, is_guarantee_refused } = report;
    let meaning = match product {
        Some(Product::Interac) => payment_request(status, before),
        Some(Product::ETransfer) => {
            session(status, completed_e_transfer(transactions, before), ended_e_transfer(transactions, before))
        }
        Some(Product::Eft) => session(status, completed_eft(details, false), ended(before)),
        Some(Product::Geft) => session(status, completed_eft(details, !is_guarantee_refused), ended(before)),
        None => session(status, completed_unknown_product(report, before), ended_e_transfer(transactions, before)),
    };
    match before {
        Funds::Returned => Meaning::new(Funds::Returned, true, meaning.rank),
        Funds::None | Funds::Scheduled | Funds::Guaranteed | Funds::Settled => meaning,
    }
}

const fn payment_request(status: Status, before: Funds) -> Meaning {
    match status {
        Status::Initiated => Meaning::pending(0),
        Status::Processing => Meaning::pending(1),
        Status::Accepted => ACCEPTED,
        Status::Processed => PROCESSED,
        Status::Settled => SETTLED,
        Status::Cancelled | Status::Expired | Status::Declined | Status::Failed => ended(before),
        Status::InProgress | Status::Completed | Status::Other => UNDOCUMENTED,
    }
}

/// A v2 session, whose own status is about the payor's way through the pages.
const fn session(status: Status, completed: Meaning, ended: Meaning) -> Meaning {
    match status {
        Status::Initiated => Meaning::pending(0),
        Status::InProgress => Meaning::pending(1),
        Status::Completed => completed,
        Status::Cancelled | Status::Expired | Status::Failed => ended,
        Status::Processing
        | Status::Accepted
        | Status::Processed
        | Status::Settled
        | Status::Declined
        | Status::Other => UNDOCUMENTED,
    }
}

/// A completed e-Transfer: its transactions say where the money is.
const fn completed_e_transfer(transactions: Transactions, before: Funds) -> Meaning {
    match transactions {
        Transactions::Missing | Transactions::Pending => COMPLETED,
        Transactions::Ended => match before {
            Funds::None | Funds::Scheduled => COMPLETED,
            Funds::Guaranteed | Funds::Settled | Funds::Returned => RETURNED,
        },
        Transactions::Accepted => ACCEPTED,
        Transactions::Processed => PROCESSED,
        Transactions::Settled => SETTLED,
    }
}

/// A completed EFT.
const fn completed_eft(details: StatusDetails, is_guaranteed: bool) -> Meaning {
    match details {
        StatusDetails::Scheduled if is_guaranteed => GUARANTEED,
        StatusDetails::Scheduled => SCHEDULED,
        StatusDetails::Missing | StatusDetails::SignaturePending => COMPLETED,
        StatusDetails::Other => UNDOCUMENTED,
    }
}

/// A completed session of an unknown product: an EFT has details and may be a regular one, an e-Transfer has none.
const fn completed_unknown_product(report: StatusReport, before: Funds) -> Meaning {
    match report.details {
        StatusDetails::Missing => completed_e_transfer(report.transactions, before),
        StatusDetails::Scheduled | StatusDetails::SignaturePending | StatusDetails::Other => {
            completed_eft(report.details, false)
        }
    }
}

const fn ended(before: Funds) -> Meaning {
    match before {
        Funds::None => Meaning::new(Funds::None, true, Some(2)),
        Funds::Scheduled | Funds::Guaranteed | Funds::Settled | Funds::Returned => RETURNED,
    }
}

/// An ended session that may be an e-Transfer: with a paid transaction it contradicts itself, which no page documents.
const fn ended_e_transfer(transactions: Transactions, before: Funds) -> Meaning {
    match transactions {
        Transactions::Missing | Transactions::Ended | Transactions::Pending => ended(before),
        Transactions::Accepted | Transactions::Processed | Transactions::Settled => UNDOCUMENTED,
    }
}

/// An answer from Flinks that the caller has kept, or the event of a webhook.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptAnswer {
    status: CheckedText<FlinksText>,
    status_details: Option<CheckedText<FlinksText>>,
    schedule: Option<JsonValue>,
    guarantee_details: Option<JsonValue>,
}

/// A status as Flinks wrote it, documented or not.
struct FlinksText;

impl TextRule for FlinksText {
    fn requirement() -> String {
        "the text that Flinks sent, unchanged".to_owned()
    }

    fn accepts(text: &str) -> bool {
        !text.is_empty()
    }
}

/// What the caller knows beside it.
#[derive(Debug, Deserialize)]
pub struct KnownFunds {
    product: Option<Product>,
    before: Option<Funds>,
}

impl KeptAnswer {
    /// What it means for the money.
    #[must_use]
    pub fn meaning(&self, known: &KnownFunds) -> Meaning {
        let Self { status, status_details, schedule, guarantee_details } = self;
        let details = status_details.as_ref().map(CheckedText::as_str);
        let report = StatusReport::new(status.as_str(), details, schedule.as_ref(), guarantee_details.as_ref());
        meaning(known.product, report, known.before.unwrap_or(Funds::None))
    }
}
