//! The table of funds as one page that a person can read, `docs/funds.md`: this test writes it with
//! `UPDATE_DOCS=1 cargo test --test funds` and otherwise fails where the code and the page differ. What the documents say
//! stands here a second time, answer by answer, away from the code.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod given;

use flinkspay_edge::funds::{Details, Funds, Kept, Known, Meaning, Product, Told, Transactions, Word, meaning};
use flinkspay_edge::input::{read, read_part};
use given::{Plain, with, without};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fmt::Write;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/funds.md");

/// All values of an enum. One that is missing here does not compile.
macro_rules! each {
    ($type:ident: $($value:ident)*) => {{
        const fn listed(value: $type) -> $type {
            match value { $($type::$value => value),* }
        }
        &[$(listed($type::$value)),*]
    }};
}

const WORDS: &[Word] = each!(Word:
    Initiated InProgress Processing Accepted Processed Settled Completed Cancelled Expired Declined Failed Other);
const DETAILS: &[Details] = each!(Details: Missing Scheduled SignaturePending Other);
const TRANSACTIONS: &[Transactions] = each!(Transactions: Missing Ended Open Accepted Processed Settled);
const FUNDS: &[Funds] = each!(Funds: None Scheduled Guaranteed Settled Returned);
const NAMED: &[Product] = each!(Product: Interac ETransfer Eft Geft);

/// What can be asked of the table.
#[derive(Clone, Copy, Debug)]
struct Question {
    product: Option<Product>,
    told: Told,
    before: Funds,
}

impl Question {
    const fn answer(self) -> Meaning {
        meaning(self.product, self.told, self.before)
    }
}

/// Everything that can be asked of it.
fn questions() -> Vec<Question> {
    let mut all = Vec::new();
    for product in NAMED.iter().copied().map(Some).chain([None]) {
        for &word in WORDS {
            for &details in DETAILS {
                for &transactions in TRANSACTIONS {
                    for is_guarantee_refused in [false, true] {
                        let told = Told { word, details, transactions, is_guarantee_refused };
                        all.extend(FUNDS.iter().map(|&before| Question { product, told, before }));
                    }
                }
            }
        }
    }
    all
}

/// A row of the page: what it is about, in words and as a condition, and the page of docs.flinks.com that has it.
struct Row {
    product: &'static str,
    says: &'static str,
    page: &'static str,
    is_about: fn(Question) -> bool,
}

const V1: &str = "api/pay/endpoints/e-transfer/get-payment-requests";
const TRANSFERS: &str = "api/pay/endpoints/e-transfer/sessions-details";
const SESSIONS: &str = "api/pay/endpoints/geft/sessions-status";
const GUARANTEE: &str = "api/pay/endpoints/geft/guarantee-confirm";
const FAILURES: &str = "guides/pay/eft/failure-scenarios";
const NO_PAGE: &str = "";

const INTERAC: Option<Product> = Some(Product::Interac);
const E_TRANSFER: Option<Product> = Some(Product::ETransfer);
const EFT: Option<Product> = Some(Product::Eft);
const GEFT: Option<Product> = Some(Product::Geft);

/// Whether something was money, or was to be.
const fn was_expected(Question { before, .. }: Question) -> bool {
    matches!(before, Funds::Scheduled | Funds::Guaranteed | Funds::Settled)
}

const fn was_paid(Question { before, .. }: Question) -> bool {
    matches!(before, Funds::Guaranteed | Funds::Settled)
}

/// Whether the transactions speak: of an e-Transfer, and of what has no details as EFTs have.
fn is_transfer(Question { product, told, .. }: Question) -> bool {
    product == E_TRANSFER || (product.is_none() && told.details == Details::Missing)
}

fn is_completed_eft(question: Question, details: Details) -> bool {
    let Question { product, told, .. } = question;
    product != INTERAC && !is_transfer(question) && told.word == Word::Completed && told.details == details
}

fn is_completed_transfer(question: Question, transactions: Transactions) -> bool {
    is_transfer(question) && question.told.word == Word::Completed && question.told.transactions == transactions
}

const fn has_paid_transaction(Question { told, .. }: Question) -> bool {
    matches!(told.transactions, Transactions::Accepted | Transactions::Processed | Transactions::Settled)
}

const fn has_ended(Question { told, .. }: Question) -> bool {
    matches!(told.word, Word::Cancelled | Word::Expired | Word::Failed)
}

/// An ended session in which a transaction is paid all the same.
fn is_contradiction(question: Question) -> bool {
    let may_have_transactions = question.product == E_TRANSFER || question.product.is_none();
    may_have_transactions && has_ended(question) && has_paid_transaction(question)
}

fn is_ended_v1(question: Question) -> bool {
    question.product == INTERAC && (has_ended(question) || question.told.word == Word::Declined)
}

fn is_ended_session(question: Question) -> bool {
    question.product != INTERAC && has_ended(question) && !is_contradiction(question)
}

fn is_v1(question: Question, word: Word) -> bool {
    question.product == INTERAC && question.told.word == word
}

fn is_session(question: Question, word: Word) -> bool {
    question.product != INTERAC && question.told.word == word
}

/// The rows, in the order of a payment. What was returned before is in none of them.
const ROWS: &[Row] = &[
    Row { product: "v1", says: "`Initiated`", page: V1, is_about: |it| is_v1(it, Word::Initiated) },
    Row { product: "v1", says: "`Processing`", page: V1, is_about: |it| is_v1(it, Word::Processing) },
    Row { product: "v1", says: "`Accepted`", page: V1, is_about: |it| is_v1(it, Word::Accepted) },
    Row { product: "v1", says: "`Processed`", page: V1, is_about: |it| is_v1(it, Word::Processed) },
    Row { product: "v1", says: "`Settled`", page: V1, is_about: |it| is_v1(it, Word::Settled) },
    Row {
        product: "v1",
        says: "`Cancelled`, `Canceled`, `Expired`, `Declined`, `Failed`",
        page: V1,
        is_about: |it| is_ended_v1(it) && !was_expected(it),
    },
    Row {
        product: "v1",
        says: "the same, after it was scheduled, guaranteed or settled",
        page: V1,
        is_about: |it| is_ended_v1(it) && was_expected(it),
    },
    Row { product: "any v2", says: "`Initiated`", page: SESSIONS, is_about: |it| is_session(it, Word::Initiated) },
    Row { product: "any v2", says: "`InProgress`", page: SESSIONS, is_about: |it| is_session(it, Word::InProgress) },
    Row {
        product: "e-Transfer",
        says: "`Completed`; no transaction is listed, or one is under way",
        page: TRANSFERS,
        is_about: |it| {
            is_completed_transfer(it, Transactions::Missing) || is_completed_transfer(it, Transactions::Open)
        },
    },
    Row {
        product: "e-Transfer",
        says: "`Completed`; all transactions have ended",
        page: TRANSFERS,
        is_about: |it| is_completed_transfer(it, Transactions::Ended) && !was_paid(it),
    },
    Row {
        product: "e-Transfer",
        says: "the same, after it was guaranteed or settled",
        page: TRANSFERS,
        is_about: |it| is_completed_transfer(it, Transactions::Ended) && was_paid(it),
    },
    Row {
        product: "e-Transfer",
        says: "`Completed`; a transaction is `Accepted`",
        page: TRANSFERS,
        is_about: |it| is_completed_transfer(it, Transactions::Accepted),
    },
    Row {
        product: "e-Transfer",
        says: "`Completed`; a transaction is `Processed`",
        page: TRANSFERS,
        is_about: |it| is_completed_transfer(it, Transactions::Processed),
    },
    Row {
        product: "e-Transfer",
        says: "`Completed`; a transaction is `Settled`",
        page: TRANSFERS,
        is_about: |it| is_completed_transfer(it, Transactions::Settled),
    },
    Row {
        product: "any EFT",
        says: "`Completed` and `EFT0302`: the payor has not signed",
        page: SESSIONS,
        is_about: |it| is_completed_eft(it, Details::SignaturePending),
    },
    Row {
        product: "any EFT",
        says: "`Completed` without details",
        page: SESSIONS,
        is_about: |it| is_completed_eft(it, Details::Missing),
    },
    Row {
        product: "regular EFT",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| it.product == EFT && is_completed_eft(it, Details::Scheduled),
    },
    Row {
        product: "not known",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| it.product.is_none() && is_completed_eft(it, Details::Scheduled),
    },
    Row {
        product: "guaranteed EFT",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| it.product == GEFT && is_completed_eft(it, Details::Scheduled) && !it.told.is_guarantee_refused,
    },
    Row {
        product: "guaranteed EFT",
        says: "the same; the details say that the guarantee was not offered, or not accepted",
        page: GUARANTEE,
        is_about: |it| it.product == GEFT && is_completed_eft(it, Details::Scheduled) && it.told.is_guarantee_refused,
    },
    Row {
        product: "any v2",
        says: "`Cancelled`, `Canceled`, `Expired`, `Failed`",
        page: SESSIONS,
        is_about: |it| is_ended_session(it) && !was_expected(it),
    },
    Row {
        product: "any v2",
        says: "the same, after it was scheduled, guaranteed or settled; an EFT says why by a return code",
        page: FAILURES,
        is_about: |it| is_ended_session(it) && was_expected(it),
    },
    Row {
        product: "e-Transfer",
        says: "the same, though a transaction is paid",
        page: NO_PAGE,
        is_about: is_contradiction,
    },
    Row {
        product: "any EFT",
        says: "`Completed` with any other details",
        page: NO_PAGE,
        is_about: |it| is_completed_eft(it, Details::Other),
    },
    Row {
        product: "any",
        says: "any other status, or a status of another product",
        page: NO_PAGE,
        is_about: |it| match it.told.word {
            Word::Other => true,
            Word::InProgress | Word::Completed => it.product == INTERAC,
            Word::Processing | Word::Accepted | Word::Processed | Word::Settled | Word::Declined => {
                it.product != INTERAC
            }
            Word::Initiated | Word::Cancelled | Word::Expired | Word::Failed => false,
        },
    },
];

/// What can be asked where nothing was returned before.
fn unreturned() -> impl Iterator<Item = Question> {
    questions().into_iter().filter(|it| it.before != Funds::Returned)
}

fn answer_of(row: &Row) -> Meaning {
    let mut answers = unreturned().filter(|&it| (row.is_about)(it)).map(Question::answer);
    let first = answers.next().expect("a row is about something");
    assert!(answers.all(|other| other == first), "{}: {} means more than one thing", row.product, row.says);
    first
}

fn page() -> String {
    let mut page = String::from(
        "# Every status of Flinks, and where its money is\n\n\
         `tests/funds.rs` writes this page from `src/funds.rs`. `funds` says where the money is, and `paid` is true for\n\
         `guaranteed` and `settled` alone:\n\n\
         - `none`: none has moved, as far as is known.\n\
         - `scheduled`: the payor's bank will be debited. It may return the debit for days, and nothing public says from when on\n\
         \x20 it may not: do not hand out what you cannot get back.\n\
         - `guaranteed`: Flinks answers for it, and pays it out at the end of a day.\n\
         - `settled`: it is paid out.\n\
         - `returned`: it was one of these three, and is gone. Nothing changes that.\n\n\
         `final` means that Flinks' pages have no status that follows; money that is final can still be `returned`. The rank says\n\
         how far along a payment is: an answer of a lower rank than one before is an older one. No answer of v2 names its product:\n\
         give it to `getSessionStatus`, `getSessionDetails` and `fundsOf`; without it a scheduled debit is never money. With Next\n\
         Best Offer a guaranteed EFT may be for another amount than was asked, and `amount` is what Flinks says now.\n\n\
         The statuses are documented, on the pages of docs.flinks.com that are named. Inferred: a completed guaranteed EFT has its\n\
         guarantee, since one without fails as `EFT0402`; the transactions of an e-Transfer have the statuses of v1; and what ends\n\
         after it was money is a return.\n\n\
         | product | Flinks says | `funds` | `paid` | `final` | rank | page |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in ROWS {
        let Meaning { funds, paid, is_final, rank } = answer_of(row);
        let funds = serde_json::to_value(funds).expect("a word");
        let (funds, rank) = (funds.as_str().expect("text"), rank.map_or(String::new(), |rank| rank.to_string()));
        let (paid, is_final) = (yes(paid), yes(is_final));
        let Row { product, says, page: at, .. } = row;
        let at = if *at == NO_PAGE { "none" } else { at };
        writeln!(page, "| {product} | {says} | `{funds}` | {paid} | {is_final} | {rank} | {at} |").expect("text");
    }
    page
}

const fn yes(it_is: bool) -> &'static str {
    if it_is { "yes" } else { "no" }
}

#[test]
fn the_page_says_what_the_code_does() {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, page()).expect("the page can be written");
    }
    let written = std::fs::read_to_string(PAGE).expect("the page can be read");
    assert_eq!(written, page(), "run UPDATE_DOCS=1 cargo test --test funds, and read what it changed");
}

#[test]
fn everything_that_can_be_asked_stands_in_one_row() {
    for question in unreturned() {
        let rows: Vec<_> = ROWS.iter().filter(|row| (row.is_about)(question)).map(|row| row.says).collect();
        assert_eq!(rows.len(), 1, "{question:?} is in {rows:?}");
    }
}

#[test]
fn paid_follows_from_funds_and_nothing_undocumented_is_money_or_final() {
    for question in questions() {
        let Meaning { funds, paid, is_final, rank } = question.answer();
        assert_eq!(paid, matches!(funds, Funds::Guaranteed | Funds::Settled), "{question:?}");
        let was_returned = question.before == Funds::Returned;
        assert_eq!(
            was_returned,
            was_returned && funds == Funds::Returned && is_final,
            "nothing moves what is returned"
        );
        if (question.told.word == Word::Other || rank.is_none()) && !was_returned {
            assert_eq!((funds, is_final, rank), (Funds::None, false, None), "{question:?}");
        }
        assert!(funds != Funds::Scheduled || !is_final, "what is scheduled may be returned");
    }
}

#[test]
fn what_is_known_before_makes_nothing_money() {
    for question in questions() {
        let unknown = Question { before: Funds::None, ..question }.answer();
        let known = question.answer();
        assert!(known == unknown || known.funds == Funds::Returned, "{question:?}");
        assert!(question.before != Funds::None || known.funds != Funds::Returned, "{question:?}");
    }
}

/// What is given of an EFT is money for a guaranteed one alone.
#[test]
fn without_its_product_no_eft_is_paid() {
    for question in questions().into_iter().filter(|it| it.product != GEFT && it.told.details == Details::Scheduled) {
        let is_eft = question.product == EFT || question.product.is_none();
        assert!(!(is_eft && question.answer().paid), "{question:?}");
    }
}

#[test]
fn ranks_rise_along_a_payment() {
    let rank = |product, word, details, transactions, before| {
        let told = Told { word, details, transactions, is_guarantee_refused: false };
        meaning(product, told, before).rank.expect("a documented word")
    };
    let (no_details, no_transactions) = (Details::Missing, Transactions::Missing);
    let of_v1 = |word, before| rank(INTERAC, word, no_details, no_transactions, before);
    let of_transfer = |transactions| rank(E_TRANSFER, Word::Completed, no_details, transactions, Funds::None);
    let of_eft = |product, details| rank(product, Word::Completed, details, no_transactions, Funds::None);
    let ways: [Vec<u8>; 3] = [
        [Word::Initiated, Word::Processing, Word::Failed, Word::Accepted, Word::Processed, Word::Settled]
            .into_iter()
            .map(|word| of_v1(word, Funds::None))
            .chain([of_v1(Word::Failed, Funds::Settled)])
            .collect(),
        [Transactions::Open, Transactions::Accepted, Transactions::Processed, Transactions::Settled]
            .map(of_transfer)
            .to_vec(),
        vec![
            rank(EFT, Word::Initiated, no_details, no_transactions, Funds::None),
            rank(EFT, Word::InProgress, no_details, no_transactions, Funds::None),
            rank(EFT, Word::Expired, no_details, no_transactions, Funds::None),
            of_eft(EFT, Details::SignaturePending),
            of_eft(EFT, Details::Scheduled),
            of_eft(GEFT, Details::Scheduled),
            rank(GEFT, Word::Failed, no_details, no_transactions, Funds::Guaranteed),
        ],
    ];
    for way in ways {
        assert!(way.is_sorted_by(|one, next| one < next), "{way:?}");
    }
}

/// Of an answer as it is written, for callers.
fn of(answer: &Value, known: &Value) -> Meaning {
    let kept: Kept = read_part(Plain::from(answer.clone())).expect("an answer");
    let known: Known = read(Plain::from(known.clone()), &[]).expect("what is known");
    kept.meaning(&known)
}

/// What the pages have, word by word: the product, the answer, the funds, whether it is final, and its rank.
#[test]
fn the_words_of_the_documents_mean_what_the_contract_says() {
    let completed = |details: &str| json!({ "status": "Completed", "statusDetails": details, "amount": "500.00" });
    let transferred = |words: &[&str]| {
        let transactions: Vec<_> = words.iter().map(|word| json!({ "id": "t", "status": word })).collect();
        json!({ "status": "Completed", "schedule": { "transactions": transactions } })
    };
    let guarantee = |says: Value| with(&completed("EFT0301"), "guaranteeDetails", says);
    let ended = |word: &str, details: &str| json!({ "status": word, "statusDetails": details });
    for (product, answer, funds, is_final, rank) in [
        ("interac", json!({ "status": "Initiated" }), "none", false, Some(0)),
        ("interac", json!({ "status": "Processing" }), "none", false, Some(1)),
        ("interac", json!({ "status": "Accepted" }), "guaranteed", false, Some(5)),
        ("interac", json!({ "status": "Processed" }), "guaranteed", false, Some(6)),
        ("interac", json!({ "status": "Settled" }), "settled", true, Some(7)),
        ("interac", json!({ "status": "Cancelled" }), "none", true, Some(2)),
        ("interac", json!({ "status": "Canceled" }), "none", true, Some(2)),
        ("interac", json!({ "status": "Expired" }), "none", true, Some(2)),
        ("interac", json!({ "status": "Declined" }), "none", true, Some(2)),
        ("interac", json!({ "status": "Failed" }), "none", true, Some(2)),
        ("interac", json!({ "status": "settled" }), "none", false, None),
        ("interac", json!({ "status": "Settled " }), "none", false, None),
        ("interac", completed("EFT0301"), "none", false, None),
        ("e-transfer", json!({ "status": "Settled" }), "none", false, None),
        ("e-transfer", json!({ "status": "Declined" }), "none", false, None),
        ("e-transfer", json!({ "status": "Completed" }), "none", false, Some(3)),
        ("e-transfer", json!({ "status": "Completed", "schedule": null }), "none", false, Some(3)),
        ("e-transfer", json!({ "status": "Completed", "schedule": { "transactions": {} } }), "none", false, Some(3)),
        ("e-transfer", transferred(&[]), "none", false, Some(3)),
        ("e-transfer", transferred(&["Initiated"]), "none", false, Some(3)),
        ("e-transfer", transferred(&["Failed", "Declined"]), "none", false, Some(3)),
        ("e-transfer", transferred(&["Accepted"]), "guaranteed", false, Some(5)),
        ("e-transfer", transferred(&["Failed", "Processed", "Initiated"]), "guaranteed", false, Some(6)),
        ("e-transfer", transferred(&["Processed", "Settled"]), "settled", true, Some(7)),
        ("e-transfer", transferred(&["settled"]), "none", false, Some(3)),
        ("e-transfer", with(&transferred(&["Processed"]), "status", json!("InProgress")), "none", false, Some(1)),
        ("e-transfer", with(&transferred(&["Processed"]), "status", json!("Failed")), "none", false, None),
        ("e-transfer", with(&transferred(&["Failed"]), "status", json!("Failed")), "none", true, Some(2)),
        ("e-transfer", json!({ "status": "Cancelled" }), "none", true, Some(2)),
        ("eft", completed("EFT0301"), "scheduled", false, Some(4)),
        ("eft", completed("EFT0302"), "none", false, Some(3)),
        ("eft", json!({ "status": "Completed" }), "none", false, Some(3)),
        ("eft", transferred(&["Settled"]), "none", false, Some(3)),
        ("eft", completed("EFT0999"), "none", false, None),
        ("geft", json!({ "status": "Initiated", "statusDetails": "EFT0101" }), "none", false, Some(0)),
        ("geft", json!({ "status": "InProgress" }), "none", false, Some(1)),
        ("geft", completed("EFT0301"), "guaranteed", true, Some(6)),
        (
            "geft",
            guarantee(json!({ "guaranteeOffered": true, "guaranteeAccepted": true })),
            "guaranteed",
            true,
            Some(6),
        ),
        ("geft", guarantee(json!({ "guaranteeAccepted": "true" })), "guaranteed", true, Some(6)),
        ("geft", guarantee(json!({ "guaranteeAccepted": null })), "guaranteed", true, Some(6)),
        ("geft", guarantee(json!(null)), "guaranteed", true, Some(6)),
        ("geft", guarantee(json!({ "guaranteeAccepted": false })), "scheduled", false, Some(4)),
        ("geft", guarantee(json!({ "GuaranteeAccepted": "False" })), "scheduled", false, Some(4)),
        (
            "geft",
            guarantee(json!({ "guaranteeOffered": false, "guaranteeAccepted": true })),
            "scheduled",
            false,
            Some(4),
        ),
        ("geft", guarantee(json!({ "guaranteeAccepted": 0 })), "scheduled", false, Some(4)),
        ("geft", completed("EFT0302"), "none", false, Some(3)),
        ("geft", completed("eft0301"), "none", false, None),
        ("geft", ended("Failed", "EFT0401"), "none", true, Some(2)),
        ("geft", ended("Failed", "EFT0402"), "none", true, Some(2)),
        ("geft", ended("Failed", "EFT0403"), "none", true, Some(2)),
        ("geft", ended("Failed", "EFT0404"), "none", true, Some(2)),
        ("geft", ended("Canceled", "EFT0501"), "none", true, Some(2)),
        ("geft", ended("Expired", "EFT0601"), "none", true, Some(2)),
        ("geft", ended("Paid", "EFT0301"), "none", false, None),
        ("geft", ended("Settled", "EFT0301"), "none", false, None),
        ("", completed("EFT0301"), "scheduled", false, Some(4)),
        ("", guarantee(json!({ "guaranteeAccepted": true })), "scheduled", false, Some(4)),
        ("", completed("EFT0302"), "none", false, Some(3)),
        ("", transferred(&["Processed"]), "guaranteed", false, Some(6)),
        ("", with(&transferred(&["Settled"]), "statusDetails", json!("EFT0301")), "scheduled", false, Some(4)),
        ("", json!({ "status": "Settled" }), "none", false, None),
        ("", json!({ "status": "Accepted" }), "none", false, None),
        ("", ended("Failed", "901"), "none", true, Some(2)),
    ] {
        let known = if product.is_empty() { json!({}) } else { json!({ "product": product }) };
        let read = of(&answer, &known);
        assert_eq!(serde_json::to_value(read.funds).expect("a word"), json!(funds), "{product} {answer}");
        assert_eq!((read.is_final, read.rank), (is_final, rank), "{product} {answer}");
    }
}

#[test]
fn money_that_is_gone_is_returned() {
    let failed = json!({ "status": "Failed", "statusDetails": "901" });
    let transferred = json!({ "status": "Completed", "schedule": { "transactions": [{ "status": "Failed" }] } });
    let after = |answer: &Value, product: &str, before: &str| {
        let Meaning { funds, is_final, rank, .. } = of(answer, &json!({ "product": product, "before": before }));
        (funds, is_final, rank)
    };
    let returned = (Funds::Returned, true, Some(8));
    for product in ["interac", "e-transfer", "eft", "geft"] {
        for before in ["scheduled", "guaranteed", "settled", "returned"] {
            assert_eq!(after(&failed, product, before), returned, "{product} {before}");
        }
        assert_eq!(after(&failed, product, "none"), (Funds::None, true, Some(2)), "{product}");
        assert_eq!(after(&json!({ "status": "Paid" }), product, "guaranteed"), (Funds::None, false, None), "{product}");
    }
    assert_eq!(after(&transferred, "e-transfer", "guaranteed"), returned);
    assert_eq!(after(&transferred, "e-transfer", "none"), (Funds::None, false, Some(3)));
    // It does not come back to life: whoever hears of money after a return has it looked up.
    let settled = json!({ "status": "Settled" });
    assert_eq!(after(&settled, "interac", "returned"), (Funds::Returned, true, Some(7)));
    assert_eq!(after(&settled, "interac", "none"), (Funds::Settled, true, Some(7)), "money after an end is believed");
}

#[test]
fn what_callers_give_is_read_or_refused() {
    let answer =
        json!({ "type": "SessionSetupStatusChanged", "sessionId": "s-1", "status": "Completed", "paid": false });
    assert_eq!(of(&answer, &json!({})).funds, Funds::None, "other fields are nobody's business");
    let refused = |answer: Value| read_part::<Kept>(Plain::from(answer)).expect_err("refused");
    let why = refused(with(&answer, "status", json!(7))).to_string();
    assert_eq!(why, "status must be Flinks' own word, as text.");
    for (given, path) in [
        (without(&answer, "status"), "status"),
        (with(&answer, "status", json!(7)), "status"),
        (with(&answer, "status", json!("")), "status"),
        (with(&answer, "statusDetails", json!(null)), "statusDetails"),
        (json!("Settled"), "status"),
    ] {
        assert_eq!(refused(given.clone()).path, path, "{given}");
    }
    let refused = |known: Value| read::<Known>(Plain::from(known), &[]).expect_err("refused");
    assert_eq!(refused(json!({ "product": "card" })).path, "product");
    assert_eq!(refused(json!({ "before": "paid" })).path, "before");
    assert_eq!(refused(json!({ "Product": "geft" })).path, "Product");
    assert!(
        refused(json!({ "product": 1 })).to_string().ends_with("\"interac\", \"e-transfer\", \"eft\" or \"geft\".")
    );
}

/// Where the words of statuses stand in what is shipped: a second list of them would be a second table.
#[test]
fn no_other_file_knows_the_words() {
    let words = ["Accepted", "Processed", "Settled", "Completed", "Declined", "EFT0301", "EFT0302"];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let folders = [folder.to_owned(), format!("{folder}/wasm")];
    let mut knowing = Vec::new();
    for path in folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("a folder")) {
        let path = path.expect("an entry").path();
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        let shipped = source.split("#[cfg(all(test").next().expect("text");
        if words.iter().any(|word| shipped.contains(&format!("\"{word}\""))) {
            knowing.push(path.file_name().expect("a name").to_owned());
        }
    }
    assert_eq!(knowing, ["funds.rs"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_unknown_word_is_never_money_or_final(word in "\\PC{0,12}", details in "\\PC{0,8}", before in 0..4_usize) {
        prop_assume!(Word::of(&word) == Word::Other);
        for product in NAMED.iter().copied().map(Some).chain([None]) {
            let told = Told::of(&word, Some(&details), None, None);
            let Meaning { funds, paid, is_final, rank } = meaning(product, told, FUNDS[before]);
            prop_assert_eq!((funds, paid, is_final, rank), (Funds::None, false, false, None));
        }
    }
}
