//! The table of funds as a page for people, `docs/funds.md`: this test writes it with
//! `UPDATE_DOCS=1 cargo test --test funds` and otherwise fails where the code and the page differ. What Flinks' documents say
//! is repeated here, answer by answer, independently of the code.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

mod json_input;

use flinkspay_edge::funds::{
    Funds, KeptAnswer, KnownFunds, Meaning, Product, Status, StatusDetails, StatusReport, Transactions, meaning,
};
use flinkspay_edge::input::{read, read_ignoring_unknown};
use json_input::{JsonInput, with, without};
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

const STATUSES: &[Status] = each!(Status:
    Initiated InProgress Processing Accepted Processed Settled Completed Cancelled Expired Declined Failed Other);
const DETAILS: &[StatusDetails] = each!(StatusDetails: Missing Scheduled SignaturePending Other);
const TRANSACTIONS: &[Transactions] = each!(Transactions: Missing Ended Pending Accepted Processed Settled);
const FUNDS: &[Funds] = each!(Funds: None Scheduled Guaranteed Settled Returned);
const NAMED: &[Product] = each!(Product: Interac ETransfer Eft Geft);

/// One input of the table.
#[derive(Clone, Copy, Debug)]
struct Input {
    product: Option<Product>,
    report: StatusReport,
    before: Funds,
}

impl Input {
    const fn answer(self) -> Meaning {
        meaning(self.product, self.report, self.before)
    }
}

/// All inputs of the table.
fn inputs() -> Vec<Input> {
    let mut all = Vec::new();
    for product in NAMED.iter().copied().map(Some).chain([None]) {
        for &status in STATUSES {
            for &details in DETAILS {
                for &transactions in TRANSACTIONS {
                    for is_guarantee_refused in [false, true] {
                        let report = StatusReport { status, details, transactions, is_guarantee_refused };
                        all.extend(FUNDS.iter().map(|&before| Input { product, report, before }));
                    }
                }
            }
        }
    }
    all
}

/// A row of the page: its inputs, in words and as a condition, and the page of docs.flinks.com that documents it.
struct Row {
    product: &'static str,
    says: &'static str,
    page: &'static str,
    is_about: fn(Input) -> bool,
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

/// Whether money was scheduled or paid before.
const fn was_expected(Input { before, .. }: Input) -> bool {
    matches!(before, Funds::Scheduled | Funds::Guaranteed | Funds::Settled)
}

const fn was_paid(Input { before, .. }: Input) -> bool {
    matches!(before, Funds::Guaranteed | Funds::Settled)
}

/// Whether the transactions decide: for an e-Transfer, and for an unknown product without the details of an EFT.
fn is_transfer(Input { product, report, .. }: Input) -> bool {
    product == E_TRANSFER || (product.is_none() && report.details == StatusDetails::Missing)
}

fn is_completed_eft(input: Input, details: StatusDetails) -> bool {
    let Input { product, report, .. } = input;
    product != INTERAC && !is_transfer(input) && report.status == Status::Completed && report.details == details
}

fn is_completed_transfer(input: Input, transactions: Transactions) -> bool {
    is_transfer(input) && input.report.status == Status::Completed && input.report.transactions == transactions
}

const fn has_paid_transaction(Input { report, .. }: Input) -> bool {
    matches!(report.transactions, Transactions::Accepted | Transactions::Processed | Transactions::Settled)
}

const fn has_ended(Input { report, .. }: Input) -> bool {
    matches!(report.status, Status::Cancelled | Status::Expired | Status::Failed)
}

/// An ended session with a paid transaction.
fn is_contradiction(input: Input) -> bool {
    let may_have_transactions = input.product == E_TRANSFER || input.product.is_none();
    may_have_transactions && has_ended(input) && has_paid_transaction(input)
}

fn is_ended_v1(input: Input) -> bool {
    input.product == INTERAC && (has_ended(input) || input.report.status == Status::Declined)
}

fn is_ended_session(input: Input) -> bool {
    input.product != INTERAC && has_ended(input) && !is_contradiction(input)
}

fn is_v1(input: Input, status: Status) -> bool {
    input.product == INTERAC && input.report.status == status
}

fn is_session(input: Input, status: Status) -> bool {
    input.product != INTERAC && input.report.status == status
}

/// The rows, in the order of a payment. Inputs that were returned before are in none of them.
const ROWS: &[Row] = &[
    Row { product: "v1", says: "`Initiated`", page: V1, is_about: |it| is_v1(it, Status::Initiated) },
    Row { product: "v1", says: "`Processing`", page: V1, is_about: |it| is_v1(it, Status::Processing) },
    Row { product: "v1", says: "`Accepted`", page: V1, is_about: |it| is_v1(it, Status::Accepted) },
    Row { product: "v1", says: "`Processed`", page: V1, is_about: |it| is_v1(it, Status::Processed) },
    Row { product: "v1", says: "`Settled`", page: V1, is_about: |it| is_v1(it, Status::Settled) },
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
    Row { product: "any v2", says: "`Initiated`", page: SESSIONS, is_about: |it| is_session(it, Status::Initiated) },
    Row { product: "any v2", says: "`InProgress`", page: SESSIONS, is_about: |it| is_session(it, Status::InProgress) },
    Row {
        product: "e-Transfer",
        says: "`Completed`; no transaction is listed, or one is under way",
        page: TRANSFERS,
        is_about: |it| {
            is_completed_transfer(it, Transactions::Missing) || is_completed_transfer(it, Transactions::Pending)
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
        is_about: |it| is_completed_eft(it, StatusDetails::SignaturePending),
    },
    Row {
        product: "any EFT",
        says: "`Completed` without details",
        page: SESSIONS,
        is_about: |it| is_completed_eft(it, StatusDetails::Missing),
    },
    Row {
        product: "regular EFT",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| it.product == EFT && is_completed_eft(it, StatusDetails::Scheduled),
    },
    Row {
        product: "not known",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| it.product.is_none() && is_completed_eft(it, StatusDetails::Scheduled),
    },
    Row {
        product: "guaranteed EFT",
        says: "`Completed` and `EFT0301`",
        page: SESSIONS,
        is_about: |it| {
            it.product == GEFT && is_completed_eft(it, StatusDetails::Scheduled) && !it.report.is_guarantee_refused
        },
    },
    Row {
        product: "guaranteed EFT",
        says: "the same; the details say that the guarantee was not offered, or not accepted",
        page: GUARANTEE,
        is_about: |it| {
            it.product == GEFT && is_completed_eft(it, StatusDetails::Scheduled) && it.report.is_guarantee_refused
        },
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
        is_about: |it| is_completed_eft(it, StatusDetails::Other),
    },
    Row {
        product: "any",
        says: "any other status, or a status of another product",
        page: NO_PAGE,
        is_about: |it| match it.report.status {
            Status::Other => true,
            Status::InProgress | Status::Completed => it.product == INTERAC,
            Status::Processing | Status::Accepted | Status::Processed | Status::Settled | Status::Declined => {
                it.product != INTERAC
            }
            Status::Initiated | Status::Cancelled | Status::Expired | Status::Failed => false,
        },
    },
];

/// The inputs that were not returned before.
fn unreturned() -> impl Iterator<Item = Input> {
    inputs().into_iter().filter(|it| it.before != Funds::Returned)
}

fn answer_of(row: &Row) -> Meaning {
    let mut answers = unreturned().filter(|&it| (row.is_about)(it)).map(Input::answer);
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

const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
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
fn every_input_is_in_one_row() {
    for input in unreturned() {
        let rows: Vec<_> = ROWS.iter().filter(|row| (row.is_about)(input)).map(|row| row.says).collect();
        assert_eq!(rows.len(), 1, "{input:?} is in {rows:?}");
    }
}

#[test]
fn paid_follows_from_funds_and_nothing_undocumented_is_paid_or_final() {
    for input in inputs() {
        let Meaning { funds, paid, is_final, rank } = input.answer();
        assert_eq!(paid, matches!(funds, Funds::Guaranteed | Funds::Settled), "{input:?}");
        let was_returned = input.before == Funds::Returned;
        assert_eq!(
            was_returned,
            was_returned && funds == Funds::Returned && is_final,
            "a returned payment stays returned"
        );
        if (input.report.status == Status::Other || rank.is_none()) && !was_returned {
            assert_eq!((funds, is_final, rank), (Funds::None, false, None), "{input:?}");
        }
        assert!(funds != Funds::Scheduled || !is_final, "what is scheduled may be returned");
    }
}

#[test]
fn what_is_known_before_makes_nothing_money() {
    for input in inputs() {
        let unknown = Input { before: Funds::None, ..input }.answer();
        let known = input.answer();
        assert!(known == unknown || known.funds == Funds::Returned, "{input:?}");
        assert!(input.before != Funds::None || known.funds != Funds::Returned, "{input:?}");
    }
}

/// Without its product, no EFT is paid.
#[test]
fn without_its_product_no_eft_is_paid() {
    for input in inputs().into_iter().filter(|it| it.product != GEFT && it.report.details == StatusDetails::Scheduled) {
        let is_eft = input.product == EFT || input.product.is_none();
        assert!(!(is_eft && input.answer().paid), "{input:?}");
    }
}

#[test]
fn ranks_rise_along_a_payment() {
    let rank = |product, status, details, transactions, before| {
        let report = StatusReport { status, details, transactions, is_guarantee_refused: false };
        meaning(product, report, before).rank.expect("a documented status")
    };
    let (no_details, no_transactions) = (StatusDetails::Missing, Transactions::Missing);
    let of_v1 = |status, before| rank(INTERAC, status, no_details, no_transactions, before);
    let of_transfer = |transactions| rank(E_TRANSFER, Status::Completed, no_details, transactions, Funds::None);
    let of_eft = |product, details| rank(product, Status::Completed, details, no_transactions, Funds::None);
    let paths: [Vec<u8>; 3] = [
        [Status::Initiated, Status::Processing, Status::Failed, Status::Accepted, Status::Processed, Status::Settled]
            .into_iter()
            .map(|status| of_v1(status, Funds::None))
            .chain([of_v1(Status::Failed, Funds::Settled)])
            .collect(),
        [Transactions::Pending, Transactions::Accepted, Transactions::Processed, Transactions::Settled]
            .map(of_transfer)
            .to_vec(),
        vec![
            rank(EFT, Status::Initiated, no_details, no_transactions, Funds::None),
            rank(EFT, Status::InProgress, no_details, no_transactions, Funds::None),
            rank(EFT, Status::Expired, no_details, no_transactions, Funds::None),
            of_eft(EFT, StatusDetails::SignaturePending),
            of_eft(EFT, StatusDetails::Scheduled),
            of_eft(GEFT, StatusDetails::Scheduled),
            rank(GEFT, Status::Failed, no_details, no_transactions, Funds::Guaranteed),
        ],
    ];
    for path in paths {
        assert!(path.is_sorted_by(|one, next| one < next), "{path:?}");
    }
}

/// The meaning of an answer as JSON.
fn meaning_of(answer: &Value, known: &Value) -> Meaning {
    let kept: KeptAnswer = read_ignoring_unknown(JsonInput::from(answer.clone())).expect("an answer");
    let known: KnownFunds = read(JsonInput::from(known.clone()), &[]).expect("what is known");
    kept.meaning(&known)
}

/// Every documented status: the product, the answer, the funds, whether it is final, and its rank.
#[test]
fn documented_statuses_mean_what_the_contract_says() {
    let completed = |details: &str| json!({ "status": "Completed", "statusDetails": details, "amount": "500.00" });
    let transferred = |words: &[&str]| {
        let transactions: Vec<_> = words.iter().map(|word| json!({ "id": "t", "status": word })).collect();
        json!({ "status": "Completed", "schedule": { "transactions": transactions } })
    };
    let guarantee = |says: Value| with(&completed("EFT0301"), "guaranteeDetails", says);
    let ended = |status: &str, details: &str| json!({ "status": status, "statusDetails": details });
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
        let read = meaning_of(&answer, &known);
        assert_eq!(serde_json::to_value(read.funds).expect("a word"), json!(funds), "{product} {answer}");
        assert_eq!((read.is_final, read.rank), (is_final, rank), "{product} {answer}");
    }
}

#[test]
fn a_payment_that_ends_after_it_was_paid_is_returned() {
    let failed = json!({ "status": "Failed", "statusDetails": "901" });
    let transferred = json!({ "status": "Completed", "schedule": { "transactions": [{ "status": "Failed" }] } });
    let after = |answer: &Value, product: &str, before: &str| {
        let Meaning { funds, is_final, rank, .. } =
            meaning_of(answer, &json!({ "product": product, "before": before }));
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
    // It stays returned, even if Flinks then calls it settled: that must be looked up.
    let settled = json!({ "status": "Settled" });
    assert_eq!(after(&settled, "interac", "returned"), (Funds::Returned, true, Some(7)));
    assert_eq!(after(&settled, "interac", "none"), (Funds::Settled, true, Some(7)), "settled after it had ended");
}

#[test]
fn kept_answers_are_read_or_refused_by_field() {
    let answer =
        json!({ "type": "SessionSetupStatusChanged", "sessionId": "s-1", "status": "Completed", "paid": false });
    assert_eq!(meaning_of(&answer, &json!({})).funds, Funds::None, "other fields are ignored");
    let refused = |answer: Value| read_ignoring_unknown::<KeptAnswer>(JsonInput::from(answer)).expect_err("refused");
    let why = refused(with(&answer, "status", json!(7))).to_string();
    assert_eq!(why, "status must be the text that Flinks sent, unchanged.");
    for (given, path) in [
        (without(&answer, "status"), "status"),
        (with(&answer, "status", json!(7)), "status"),
        (with(&answer, "status", json!("")), "status"),
        (with(&answer, "statusDetails", json!(null)), "statusDetails"),
        (json!("Settled"), "status"),
    ] {
        assert_eq!(refused(given.clone()).path, path, "{given}");
    }
    let refused = |known: Value| read::<KnownFunds>(JsonInput::from(known), &[]).expect_err("refused");
    assert_eq!(refused(json!({ "product": "card" })).path, "product");
    assert_eq!(refused(json!({ "before": "paid" })).path, "before");
    assert_eq!(refused(json!({ "Product": "geft" })).path, "Product");
    assert!(
        refused(json!({ "product": 1 })).to_string().ends_with("\"interac\", \"e-transfer\", \"eft\" or \"geft\".")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_undocumented_status_is_never_paid_or_final(status in "\\PC{0,12}", details in "\\PC{0,8}", before in 0..4_usize) {
        prop_assume!(Status::parse(&status) == Status::Other);
        for product in NAMED.iter().copied().map(Some).chain([None]) {
            let report = StatusReport::new(&status, Some(&details), None, None);
            let Meaning { funds, paid, is_final, rank } = meaning(product, report, FUNDS[before]);
            prop_assert_eq!((funds, paid, is_final, rank), (Funds::None, false, false, None));
        }
    }
}
