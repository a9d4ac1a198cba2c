//! What a status of Flinks' means for the money: one pure, total table without a catch-all arm, so that the compiler asks
//! about every new word. Nothing else in the crate says that something is paid.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/e-transfer/get-payment-requests (the words of v1, and of the transactions
//! of a v2 e-Transfer), …/e-transfer/sessions-details, …/geft/sessions-status and …/geft/guarantee-confirm. Documented: the
//! words, and that a session's status is about its set-up. Inferred: that a guaranteed EFT which is completed has its
//! guarantee, since one without is `EFT0402`; and that what ends after it was money is a return.

use crate::open::Open;
use crate::text::{Rule, Text};
use serde::{Deserialize, Serialize};

/// Where the money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Funds {
    /// None has moved, as far as is known.
    None,
    /// A bank is asked for it, and may give it back for days: no money yet.
    Scheduled,
    /// Flinks answers for it.
    Guaranteed,
    /// It was paid out.
    Settled,
    /// It was scheduled, guaranteed or settled, and is gone.
    Returned,
}

impl Funds {
    /// Whether it is money.
    #[must_use]
    pub const fn are_paid(self) -> bool {
        match self {
            Self::Guaranteed | Self::Settled => true,
            Self::None | Self::Scheduled | Self::Returned => false,
        }
    }
}

/// What a payment was made with. No answer says it: who asks knows.
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

/// A status, of a payment or of one of its transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nobody has done anything yet.
    Initiated,
    /// The payor is at it, in v2.
    InProgress,
    /// The payor is at it, in v1.
    Processing,
    /// The payor's bank has the payor's word.
    Accepted,
    /// Flinks has dealt with it.
    Processed,
    /// It is paid out.
    Settled,
    /// The payor is through with the set-up of a session.
    Completed,
    /// It was cancelled, in either spelling.
    Cancelled,
    /// The payor did nothing in time.
    Expired,
    /// The payor said no at the bank.
    Declined,
    /// It failed.
    Failed,
    /// No page has the word.
    Other,
}

impl Word {
    /// The word, letter by letter.
    #[must_use]
    pub fn of(text: &str) -> Self {
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

/// Why a session is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Details {
    /// The answer does not say.
    Missing,
    /// `EFT0301`: the transaction is scheduled.
    Scheduled,
    /// `EFT0302`: the payor has not signed the agreement, and no money moves.
    SignaturePending,
    /// Anything else; no page has it beside `Completed`.
    Other,
}

impl Details {
    fn of(text: Option<&str>) -> Self {
        match text {
            None => Self::Missing,
            Some("EFT0301") => Self::Scheduled,
            Some("EFT0302") => Self::SignaturePending,
            Some(_) => Self::Other,
        }
    }
}

/// The transactions of an e-Transfer: the one that has come furthest, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transactions {
    /// None is listed.
    Missing,
    /// All have ended.
    Ended,
    /// One is under way, or has a word that no page has.
    Open,
    /// One is accepted.
    Accepted,
    /// One is processed.
    Processed,
    /// One is settled.
    Settled,
}

impl Transactions {
    fn of(schedule: Option<&Open>) -> Self {
        let listed = schedule.and_then(|schedule| schedule.get("transactions"));
        let Some(Open::List(listed)) = listed else { return Self::Missing };
        let word = |one: &Open| Word::of(one.get("status").and_then(Open::text).unwrap_or_default());
        listed.iter().map(|one| Self::one(word(one))).max().unwrap_or(Self::Missing)
    }

    const fn one(word: Word) -> Self {
        match word {
            Word::Cancelled | Word::Expired | Word::Declined | Word::Failed => Self::Ended,
            Word::Initiated | Word::InProgress | Word::Processing | Word::Completed | Word::Other => Self::Open,
            Word::Accepted => Self::Accepted,
            Word::Processed => Self::Processed,
            Word::Settled => Self::Settled,
        }
    }
}

/// What an answer says, as far as money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub word: Word,
    /// Its details.
    pub details: Details,
    /// Its transactions.
    pub transactions: Transactions,
    /// Whether it says that a guarantee is not there: not offered, or not accepted.
    pub is_guarantee_refused: bool,
}

impl Told {
    /// Of the texts and the open fields of an answer.
    #[must_use]
    pub fn of(status: &str, details: Option<&str>, schedule: Option<&Open>, guarantee: Option<&Open>) -> Self {
        let says_no = |name| guarantee.and_then(|guarantee| guarantee.get(name)).is_some_and(is_no);
        Self {
            word: Word::of(status),
            details: Details::of(details),
            transactions: Transactions::of(schedule),
            is_guarantee_refused: says_no("guaranteeOffered") || says_no("guaranteeAccepted"),
        }
    }
}

/// Whether it is anything but yes, which the pages write as `true` and as `"true"`, or not decided.
fn is_no(answer: &Open) -> bool {
    !matches!(answer, Open::Null | Open::Flag(true)) && answer.text() != Some("true")
}

/// What follows for the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// Where it is.
    pub funds: Funds,
    /// Whether it is money: by its funds and nothing else.
    pub paid: bool,
    /// Whether the pages have no word that follows.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// How far along a payment's way it is; nothing for what no page has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<u8>,
}

impl Meaning {
    const fn new(funds: Funds, is_final: bool, rank: Option<u8>) -> Self {
        Self { funds, paid: funds.are_paid(), is_final, rank }
    }

    /// No money, and more to come.
    const fn open(rank: u8) -> Self {
        Self::new(Funds::None, false, Some(rank))
    }
}

/// A word or a combination that no page has: never money, and never the last word.
const UNDOCUMENTED: Meaning = Meaning::new(Funds::None, false, None);
const COMPLETED: Meaning = Meaning::open(3);
const SCHEDULED: Meaning = Meaning::new(Funds::Scheduled, false, Some(4));
const ACCEPTED: Meaning = Meaning::new(Funds::Guaranteed, false, Some(5));
const PROCESSED: Meaning = Meaning::new(Funds::Guaranteed, false, Some(6));
/// Of an EFT: no page has a word that follows.
const GUARANTEED: Meaning = Meaning::new(Funds::Guaranteed, true, Some(6));
const SETTLED: Meaning = Meaning::new(Funds::Settled, true, Some(7));
const RETURNED: Meaning = Meaning::new(Funds::Returned, true, Some(8));

/// The table. `before` is what was known of the money: what ends after it was money, or was to be, is returned, and nothing
/// moves what is returned.
#[must_use]
pub const fn meaning(product: Option<Product>, told: Told, before: Funds) -> Meaning {
    let Told { word, details, transactions, is_guarantee_refused } = told;
    let meaning = match product {
        Some(Product::Interac) => payment_request(word, before),
        Some(Product::ETransfer) => session(word, transferred(transactions, before), unless_paid(transactions, before)),
        Some(Product::Eft) => session(word, set_up(details, false), ended(before)),
        Some(Product::Geft) => session(word, set_up(details, !is_guarantee_refused), ended(before)),
        None => session(word, set_up_or_transferred(told, before), unless_paid(transactions, before)),
    };
    match before {
        Funds::Returned => Meaning::new(Funds::Returned, true, meaning.rank),
        Funds::None | Funds::Scheduled | Funds::Guaranteed | Funds::Settled => meaning,
    }
}

const fn payment_request(word: Word, before: Funds) -> Meaning {
    match word {
        Word::Initiated => Meaning::open(0),
        Word::Processing => Meaning::open(1),
        Word::Accepted => ACCEPTED,
        Word::Processed => PROCESSED,
        Word::Settled => SETTLED,
        Word::Cancelled | Word::Expired | Word::Declined | Word::Failed => ended(before),
        Word::InProgress | Word::Completed | Word::Other => UNDOCUMENTED,
    }
}

/// A session of v2, whose own word is about the payor's way through the pages.
const fn session(word: Word, completed: Meaning, ended: Meaning) -> Meaning {
    match word {
        Word::Initiated => Meaning::open(0),
        Word::InProgress => Meaning::open(1),
        Word::Completed => completed,
        Word::Cancelled | Word::Expired | Word::Failed => ended,
        Word::Processing | Word::Accepted | Word::Processed | Word::Settled | Word::Declined | Word::Other => {
            UNDOCUMENTED
        }
    }
}

/// A completed e-Transfer: its money is told by its transactions.
const fn transferred(transactions: Transactions, before: Funds) -> Meaning {
    match transactions {
        Transactions::Missing | Transactions::Open => COMPLETED,
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
const fn set_up(details: Details, is_guaranteed: bool) -> Meaning {
    match details {
        Details::Scheduled if is_guaranteed => GUARANTEED,
        Details::Scheduled => SCHEDULED,
        Details::Missing | Details::SignaturePending => COMPLETED,
        Details::Other => UNDOCUMENTED,
    }
}

/// A completed session of nobody knows which product: an EFT has details and may be a regular one, an e-Transfer has none.
const fn set_up_or_transferred(told: Told, before: Funds) -> Meaning {
    match told.details {
        Details::Missing => transferred(told.transactions, before),
        Details::Scheduled | Details::SignaturePending | Details::Other => set_up(told.details, false),
    }
}

const fn ended(before: Funds) -> Meaning {
    match before {
        Funds::None => Meaning::new(Funds::None, true, Some(2)),
        Funds::Scheduled | Funds::Guaranteed | Funds::Settled | Funds::Returned => RETURNED,
    }
}

/// A session that has ended, unless a transaction of it says otherwise: no page has both.
const fn unless_paid(transactions: Transactions, before: Funds) -> Meaning {
    match transactions {
        Transactions::Missing | Transactions::Ended | Transactions::Open => ended(before),
        Transactions::Accepted | Transactions::Processed | Transactions::Settled => UNDOCUMENTED,
    }
}

/// An answer of Flinks' that somebody kept, or that came by a webhook.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    status: Text<FlinksWord>,
    status_details: Option<Text<FlinksWord>>,
    schedule: Option<Open>,
    guarantee_details: Option<Open>,
}

/// A word as Flinks gave it, whatever it is.
struct FlinksWord;

impl Rule for FlinksWord {
    fn remedy() -> String {
        "Flinks' own word, as text".to_owned()
    }

    fn takes(text: &str) -> bool {
        !text.is_empty()
    }
}

/// What is known beside it.
#[derive(Debug, Default, Deserialize)]
pub struct Known {
    product: Option<Product>,
    before: Option<Funds>,
}

impl Kept {
    /// What it means.
    #[must_use]
    pub fn meaning(&self, known: &Known) -> Meaning {
        let Self { status, status_details, schedule, guarantee_details } = self;
        let details = status_details.as_ref().map(Text::as_str);
        let told = Told::of(status.as_str(), details, schedule.as_ref(), guarantee_details.as_ref());
        meaning(known.product, told, known.before.unwrap_or(Funds::None))
    }
}
