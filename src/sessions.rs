//! Sessions of v2, for Interac e-Transfer, EFT and guaranteed EFT (GEFT): `POST /api/v2/sessions`, and of one session
//! `GET …/status`, `GET …/details`, `POST …/cancel`, `POST …/guarantees/confirm`.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/{e-transfer,eft/v2,geft}. Documented: paths, fields, and the limits of
//! EFT and GEFT. Inferred: that the limits of names and bank accounts are the same for e-Transfer. Left out, since nothing
//! public says what it may be on create: `options.amountModification`.

use crate::amount::Amount;
use crate::config::Config;
use crate::error::Error;
use crate::host::{Body, Request};
use crate::json::{Entries, Json, ObjectText};
use crate::request::{get, post};
use crate::secret::Secret;
use crate::text::{digits, is_email, is_line};
use crate::token::{AccessToken, SessionId, SessionToken, SpentToken};
use std::borrow::Cow;

/// The most that a guaranteed EFT may be about, in cents.
const GEFT_MOST_CENTS: u64 = 9_999_999;

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Product {
    ETransfer,
    Eft,
    Geft,
}

/// The parameters of a session, checked, as the body that is sent.
#[derive(Clone, Debug)]
pub struct SessionParams {
    /// The merchant's id of the payment, if there is one.
    pub reference_id: Option<String>,
    body: ObjectText,
}

/// What Flinks says of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// The id that was asked for.
    pub session_id: String,
    /// Flinks' own word, also where it is one that no page documents.
    pub status: String,
    /// Whether the payment is made: `Completed` with `EFT0301`, or an e-Transfer whose transaction is Accepted, Processed
    /// or Settled.
    pub paid: bool,
    /// Whether the status cannot change any more.
    pub is_final: bool,
    /// The merchant's id, where Flinks returns it.
    pub reference_id: Option<String>,
    /// Canadian dollars, once they are known.
    pub amount: Option<String>,
    /// Why it is so, such as `EFT0301`.
    pub status_details: Option<String>,
}

impl SessionStatus {
    /// Writes it as callers get it.
    pub fn write(&self, object: &mut ObjectText) {
        object.text("sessionId", &self.session_id);
        object.text("status", &self.status);
        object.flag("paid", self.paid);
        object.flag("final", self.is_final);
        object.optional("referenceId", self.reference_id.as_deref());
        object.optional("amount", self.amount.as_deref());
        object.optional("statusDetails", self.status_details.as_deref());
    }
}

/// What a field of the parameters may be.
enum Rule {
    /// One line of text of at most so many characters.
    Line(usize),
    /// An e-mail address of at most so many characters.
    Email(usize),
    /// So many digits at least and at most.
    Digits(usize, usize),
    /// A province, as two letters.
    Province,
    /// A postal code, as six letters and digits without a space.
    PostalCode,
    /// A day, as `1985-03-15`.
    Day,
    /// `true` or `false`.
    Flag,
    /// Canadian dollars as text.
    Money,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object of these fields and no others.
    Object(&'static [Field]),
    /// An object that is passed on as it is.
    Open,
}

/// A field of the parameters, named by its path.
struct Field {
    path: &'static str,
    required: bool,
    rule: Rule,
}

const fn required(path: &'static str, rule: Rule) -> Field {
    Field { path, required: true, rule }
}

const fn optional(path: &'static str, rule: Rule) -> Field {
    Field { path, required: false, rule }
}

const E_TRANSFER: &[Field] = &[
    required("product", Rule::Word(&["e-transfer"])),
    optional("referenceId", Rule::Line(100)),
    optional("amount", Rule::Money),
    optional("direction", Rule::Word(&["DEBIT", "CREDIT"])),
    optional(
        "options",
        Rule::Object(&[optional(
            "options.notificationPreferences",
            Rule::Object(&[
                optional("options.notificationPreferences.sendInteracLink", Rule::Flag),
                optional("options.notificationPreferences.language", Rule::Word(LANGUAGES)),
            ]),
        )]),
    ),
    required(
        "payor",
        Rule::Object(&[
            required("payor.firstName", Rule::Line(100)),
            optional("payor.middleName", Rule::Line(100)),
            required("payor.lastName", Rule::Line(100)),
            required("payor.email", Rule::Email(254)),
        ]),
    ),
    optional("payee", Rule::Object(&[required("payee.account", Rule::Object(ACCOUNT))])),
];

const EFT: &[Field] = &[
    required("product", Rule::Word(&["eft"])),
    optional("referenceId", Rule::Line(100)),
    optional("amount", Rule::Money),
    optional("options", Rule::Object(EFT_OPTIONS)),
    required("payor", Rule::Object(EFT_PAYOR)),
];

const GEFT: &[Field] = &[
    required("product", Rule::Word(&["geft"])),
    optional("referenceId", Rule::Line(100)),
    optional("amount", Rule::Money),
    optional("options", Rule::Object(EFT_OPTIONS)),
    required("payor", Rule::Object(EFT_PAYOR)),
    optional("payee", Rule::Object(&[required("payee.account", Rule::Object(ACCOUNT))])),
];

const LANGUAGES: &[&str] = &["EN", "FR"];

const EFT_OPTIONS: &[Field] = &[
    optional(
        "options.notificationPreferences",
        Rule::Object(&[optional("options.notificationPreferences.language", Rule::Word(LANGUAGES))]),
    ),
    optional("options.showConsentScreen", Rule::Flag),
    optional(
        "options.limits",
        Rule::Object(&[
            optional("options.limits.minimumAmount", Rule::Money),
            optional("options.limits.maximumAmount", Rule::Money),
        ]),
    ),
    optional("options.redirectPreferences", Rule::Open),
];

const EFT_PAYOR: &[Field] = &[
    required("payor.firstName", Rule::Line(100)),
    required("payor.lastName", Rule::Line(100)),
    optional("payor.email", Rule::Email(100)),
    optional("payor.phone", Rule::Digits(1, 15)),
    optional("payor.occupation", Rule::Line(100)),
    optional("payor.dateOfBirth", Rule::Day),
    optional(
        "payor.address",
        Rule::Object(&[
            optional("payor.address.addressLine1", Rule::Line(100)),
            optional("payor.address.addressLine2", Rule::Line(100)),
            optional("payor.address.unit", Rule::Line(100)),
            optional("payor.address.city", Rule::Line(100)),
            optional("payor.address.province", Rule::Province),
            optional("payor.address.country", Rule::Line(100)),
            optional("payor.address.postalCode", Rule::PostalCode),
        ]),
    ),
];

const ACCOUNT: &[Field] = &[
    required("payee.account.institutionCode", Rule::Digits(3, 3)),
    required("payee.account.transitNumber", Rule::Digits(5, 5)),
    required("payee.account.accountNumber", Rule::Digits(7, 12)),
    optional("payee.account.accountLabel", Rule::Line(100)),
];

impl Field {
    /// The last part of the path.
    fn name(&self) -> &'static str {
        let dot = self.path.bytes().rposition(|byte| byte == b'.');
        dot.and_then(|dot| self.path.get(dot.saturating_add(1)..)).unwrap_or(self.path)
    }

    fn check(&self, given: &Json) -> Result<Json, Box<Error>> {
        if let Rule::Object(fields) = self.rule {
            return check_all(self.path, fields, given).map(Json::Object);
        }
        self.rule.takes(given).ok_or_else(|| Error::input(self.path, self.rule.remedy()))
    }
}

impl Rule {
    /// The value as it is sent.
    fn takes(&self, given: &Json) -> Option<Json> {
        let text = given.text().unwrap_or_default();
        let fits = match self {
            Self::Line(most) => is_line(text, *most),
            Self::Email(most) => text.len() <= *most && is_email(text),
            Self::Digits(least, most) => (*least..=*most).contains(&text.len()) && digits(text.as_bytes()).is_some(),
            Self::Province => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
            Self::PostalCode => text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            Self::Day => is_day(text),
            Self::Word(words) => words.contains(&text),
            Self::Flag => matches!(given, Json::Bool(_)),
            Self::Money => return Amount::parse(text).map(|amount| Json::Decimal(amount.to_text())),
            Self::Object(_) | Self::Open => matches!(given, Json::Object(_)) && given.is_readable(),
        };
        fits.then(|| given.clone())
    }

    const fn remedy(&self) -> &'static str {
        match self {
            Self::Line(_) => "This must be one line of text: 1 to 100 characters, none of them a control character.",
            Self::Email(_) => "This must be an e-mail address, such as \"payor@example.com\", and not too long.",
            Self::Digits(1, _) => "This must be text of 1 to 15 digits, nothing between them.",
            Self::Digits(3, _) => "This must be text of 3 digits.",
            Self::Digits(5, _) => "This must be text of 5 digits.",
            Self::Digits(_, _) => "This must be text of 7 to 12 digits.",
            Self::Province => "This must be a province as two letters, such as \"QC\".",
            Self::PostalCode => {
                "This must be a postal code of 6 letters and digits without a space, such as \"H2Y1C6\"."
            }
            Self::Day => "This must be a day, such as \"1985-03-15\".",
            Self::Flag => "This must be true or false.",
            Self::Money => {
                "This must be Canadian dollars above zero as text, such as \"12.50\": a JavaScript number cannot hold every \
                 amount of cents."
            }
            Self::Word(_) => "This takes a few words alone; its documentation names them.",
            Self::Object(_) | Self::Open => "This must be an object of plain JSON.",
        }
    }
}

/// Checks an object: no field that is not known, since it would be lost without a word, and each that is known.
fn check_all(path: &'static str, fields: &'static [Field], given: &Json) -> Result<Entries, Box<Error>> {
    let Json::Object(entries) = given else {
        return Err(Error::input(path, Rule::Open.remedy()));
    };
    let is_known = |name: &str| fields.iter().any(|field| field.name() == name);
    if entries.iter().any(|(name, value)| *value != Json::Null && !is_known(name)) {
        return Err(Error::input(path, "This has a field that this product does not have, or that is misspelt."));
    }
    let mut checked = Vec::new();
    for field in fields {
        let value = entries.iter().find_map(|(name, value)| (*name == field.name()).then_some(value));
        match value {
            None | Some(Json::Null) if !field.required => {}
            value => checked.push((Cow::Borrowed(field.name()), field.check(value.unwrap_or(&Json::Null))?)),
        }
    }
    Ok(checked)
}

/// `YYYY-MM-DD`.
fn is_day(text: &str) -> bool {
    let mut parts = text.as_bytes().split(|byte| *byte == b'-').map(|part| (part.len(), digits(part)));
    matches!(parts.next(), Some((4, Some(1000..))))
        && matches!(parts.next(), Some((2, Some(1..=12))))
        && matches!(parts.next(), Some((2, Some(1..=31))))
        && parts.next().is_none()
}

impl SessionParams {
    /// Checks the parameters, given as plain JSON.
    ///
    /// # Errors
    /// `invalid_input`, with the path of the parameter in `field`.
    pub fn new(given: &Json) -> Result<Self, Box<Error>> {
        let product = match given.get("product").and_then(Json::text) {
            Some("e-transfer") => Product::ETransfer,
            Some("eft") => Product::Eft,
            Some("geft") => Product::Geft,
            _ => return Err(Error::input("product", "product must be \"e-transfer\", \"eft\" or \"geft\".")),
        };
        if product == Product::Eft && given.get("payee").is_some_and(|payee| *payee != Json::Null) {
            return Err(Error::input(
                "payee",
                "payee is not supported for regular EFT: Flinks pays to your own account.",
            ));
        }
        let fields = match product {
            Product::ETransfer => E_TRANSFER,
            Product::Eft => EFT,
            Product::Geft => GEFT,
        };
        Self::build(product, check_all("product", fields, given)?)
    }

    fn build(product: Product, checked: Entries) -> Result<Self, Box<Error>> {
        let checked = Json::Object(checked);
        let amount = checked.get("amount");
        if let (Product::Geft, Some(Json::Decimal(text))) = (product, amount)
            && Amount::parse(text).is_none_or(|amount| amount.cents() > GEFT_MOST_CENTS)
        {
            return Err(Error::input("amount", "amount must be at most \"99999.99\" for a guaranteed EFT."));
        }
        let text = |name| checked.get(name).and_then(Json::text);
        let mut body = ObjectText::default();
        body.optional("referenceId", text("referenceId"));
        body.text("type", if product == Product::ETransfer { "e-Transfer" } else { "EFT" });
        body.text("direction", text("direction").unwrap_or("DEBIT"));
        body.text("currency", "CAD");
        body.json("amount", amount);
        match product {
            Product::ETransfer => body.json("options", checked.get("options")),
            Product::Eft | Product::Geft => body.raw("options", &eft_options(product, checked.get("options"))),
        }
        for name in ["payor", "payee"] {
            body.json(name, checked.get(name));
        }
        Ok(Self { reference_id: text("referenceId").map(str::to_owned), body })
    }
}

/// For EFT the options say whether it is a guaranteed one.
fn eft_options(product: Product, given: Option<&Json>) -> String {
    let mut guarantee = ObjectText::default();
    guarantee.flag("enable", product == Product::Geft);
    let mut options = ObjectText::default();
    options.raw("guarantee", &guarantee.end());
    if let Some(Json::Object(given)) = given {
        for (name, value) in given {
            options.json(name, Some(value));
        }
    }
    options.end()
}

/// The request that starts a session. It takes the token, which can start no other from here on.
#[must_use]
pub fn create(config: &Config, token: AccessToken, params: &SessionParams) -> (Request, SpentToken) {
    let token = token.spend();
    (as_client(config, post(config, "/api/v2/sessions", &token, params.body.clone())), token)
}

/// The request that asks for the status.
#[must_use]
pub fn status(config: &Config, token: &AccessToken, session_id: &SessionId) -> Request {
    as_client(config, get(config, &path(session_id, "/status"), token))
}

/// The request that asks for the details.
#[must_use]
pub fn details(config: &Config, token: &AccessToken, session_id: &SessionId) -> Request {
    as_client(config, get(config, &path(session_id, "/details"), token))
}

/// The request that cancels the token's session. It has no body.
#[must_use]
pub fn cancel(config: &Config, token: &SessionToken) -> Request {
    as_client(config, Request { body: Body::Empty, ..get(config, &path(token.session_id(), "/cancel"), token) })
}

/// The request that accepts or refuses the guarantee of the token's session.
#[must_use]
pub fn confirm_guarantee(config: &Config, token: &SessionToken, accepted: bool) -> Request {
    let mut body = ObjectText::default();
    body.flag("guaranteeAccepted", accepted);
    as_client(config, post(config, &path(token.session_id(), "/guarantees/confirm"), token, body))
}

fn path(session_id: &SessionId, tail: &str) -> String {
    ["/api/v2/sessions/", session_id.as_str(), tail].concat()
}

fn as_client(config: &Config, mut request: Request) -> Request {
    if let Some(client_id) = &config.client_id {
        request.headers.push(("x-client-id", Secret::new(client_id.clone())));
    }
    request
}

/// The status of an answer. `None` if it has none, or is about another session.
#[must_use]
pub fn read_status(answer: &Json, asked: &SessionId) -> Option<SessionStatus> {
    let status = text_of(answer, "status").filter(|status| !status.is_empty() && is_about(answer, asked))?;
    let status_details = text_of(answer, "statusDetails");
    Some(SessionStatus {
        session_id: asked.as_str().to_owned(),
        paid: status == "Completed" && (status_details.as_deref() == Some("EFT0301") || has_paid_transaction(answer)),
        is_final: matches!(
            status.as_str(),
            "Completed" | "Settled" | "Cancelled" | "Canceled" | "Expired" | "Declined" | "Failed"
        ),
        status,
        reference_id: text_of(answer, "referenceId"),
        amount: answer.get("amount").and_then(Json::amount),
        status_details,
    })
}

/// The money of an e-Transfer is told by its transactions: the session's own status is the payor's way through the page.
fn has_paid_transaction(answer: &Json) -> bool {
    let transactions = answer.get("schedule").and_then(|schedule| schedule.get("transactions"));
    let Some(Json::List(transactions)) = transactions else { return false };
    transactions.iter().any(|transaction| {
        matches!(transaction.get("status").and_then(Json::text), Some("Accepted" | "Processed" | "Settled"))
    })
}

/// What else Flinks documents of a session.
const DETAILS: [&str; 11] = [
    "step",
    "type",
    "direction",
    "currency",
    "options",
    "payor",
    "payee",
    "guaranteeDetails",
    "userDetails",
    "schedule",
    "createdAt",
];

/// Where money stands in them.
const MONEY: [&str; 5] =
    ["amount", "minimumAmount", "maximumAmount", "availableBalance", "highestDebitAmountToGuarantee"];

/// Writes the details of an answer: the status, and the other documented fields under Flinks' names, with money as text.
/// `None` as for [`read_status`].
pub fn read_details(answer: &Json, asked: &SessionId, details: &mut ObjectText) -> Option<()> {
    read_status(answer, asked)?.write(details);
    for name in DETAILS {
        details.json(name, answer.get(name).map(|value| with_money_as_text(name, value)).as_ref());
    }
    Some(())
}

/// Answers lie at most eight levels deep, so this ends.
fn with_money_as_text(name: &str, value: &Json) -> Json {
    match value {
        // A balance may be zero or below, which is no amount to pay.
        Json::Integer(_) | Json::Decimal(_) if MONEY.contains(&name) => {
            value.amount().or_else(|| value.decimal()).map_or(Json::Null, Json::Text)
        }
        Json::List(items) => Json::List(items.iter().map(|item| with_money_as_text("", item)).collect()),
        Json::Object(entries) => {
            let entries = entries.iter().map(|(name, value)| (name.clone(), with_money_as_text(name, value)));
            Json::Object(entries.collect())
        }
        other => other.clone(),
    }
}

/// What became of a session that was to be cancelled, as JSON. Flinks spells it `Cancelled` for e-Transfer and `Canceled`
/// for EFT.
#[must_use]
pub fn read_cancelled(answer: &Json, asked: &SessionId) -> Option<String> {
    let status = read_status(answer, asked)?;
    let mut cancelled = ObjectText::default();
    cancelled.text("sessionId", &status.session_id);
    cancelled.text("status", &status.status);
    cancelled.optional("referenceId", status.reference_id.as_deref());
    cancelled.optional("statusDetails", status.status_details.as_deref());
    Some(cancelled.end())
}

/// The session whose guarantee was confirmed, as JSON.
#[must_use]
pub fn read_confirmed(answer: &Json, asked: &SessionId) -> Option<String> {
    let is_object = matches!(answer, Json::Object(_));
    (is_object && is_about(answer, asked)).then(|| {
        let mut confirmed = ObjectText::default();
        confirmed.text("sessionId", asked.as_str());
        confirmed.optional("referenceId", answer.get("referenceId").and_then(Json::text));
        confirmed.end()
    })
}

fn is_about(answer: &Json, asked: &SessionId) -> bool {
    match answer.get("sessionId") {
        Some(id) => id.text().is_some_and(|id| id.eq_ignore_ascii_case(asked.as_str())),
        None => true,
    }
}

fn text_of(answer: &Json, name: &str) -> Option<String> {
    answer.get(name).and_then(Json::text).map(str::to_owned)
}
