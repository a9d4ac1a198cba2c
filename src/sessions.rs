//! Sessions of v2, for Interac e-Transfer, EFT and guaranteed EFT (GEFT): `POST /api/v2/sessions`, and of one session
//! `GET …/status`, `GET …/details`, `POST …/cancel`, `POST …/guarantees/confirm`.
//!
//! Answers to docs.flinks.com/api/pay/endpoints/{e-transfer,eft/v2,geft}. Documented: paths, fields, and the limits of
//! EFT and GEFT. Inferred: that the limits of names and bank accounts are the same for e-Transfer. Left out, since nothing
//! public says what it may be on create: `options.amountModification`.

use crate::amount::Amount;
use crate::answer::{if_readable, if_there};
use crate::config::Config;
use crate::error::Error;
use crate::funds::{self, Funds, Meaning, Told, meaning};
use crate::host::{HeaderValue, Json, Request};
use crate::input::{Given, read};
use crate::interac::invalid;
use crate::open::{Money, Open, an_object};
use crate::request::{get, post, post_nothing};
use crate::secret::Secret;
use crate::text::{Day, Digits, Email, Line, PostalCode, Province, Text};
use crate::token::{AccessToken, ReadToken, SessionId, SessionToken, SpentToken};
use serde::{Deserialize, Serialize};

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// An Interac e-Transfer.
    ETransfer,
    /// A regular EFT.
    Eft,
    /// A guaranteed EFT.
    Geft,
}

impl From<Product> for funds::Product {
    fn from(product: Product) -> Self {
        match product {
            Product::ETransfer => Self::ETransfer,
            Product::Eft => Self::Eft,
            Product::Geft => Self::Geft,
        }
    }
}

/// What Flinks calls the products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
enum Type {
    #[serde(rename = "e-Transfer")]
    ETransfer,
    #[serde(rename = "EFT")]
    Eft,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Direction {
    Debit,
    Credit,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Currency {
    Cad,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Language {
    En,
    Fr,
}

/// The parameters of a session, checked: all that any product has. [`SessionParams::new`] refuses what one does not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionParams {
    product: Product,
    /// The merchant's id of the payment, if there is one.
    pub reference_id: Option<Text<Line<100>>>,
    #[serde(rename = "type")]
    kind: Option<Type>,
    direction: Option<Direction>,
    #[allow(dead_code, reason = "the one currency is sent anyway; it is read so that another one is refused")]
    currency: Option<Currency>,
    amount: Option<Amount>,
    options: Option<Options>,
    payor: Payor,
    payee: Option<Payee>,
}

/// The body that creates a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateBody<'params> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<&'params Text<Line<100>>>,
    #[serde(rename = "type")]
    kind: Type,
    direction: Direction,
    currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<OptionsBody<'params>>,
    payor: &'params Payor,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'params Payee>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_preferences: Option<NotificationPreferences>,
    #[serde(skip_serializing_if = "Option::is_none")]
    show_consent_screen: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Limits>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "an_object")]
    redirect_preferences: Option<Open>,
}

/// For EFT the options say whether it is a guaranteed one.
#[derive(Serialize)]
struct OptionsBody<'params> {
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee: Option<Guarantee>,
    #[serde(flatten)]
    given: Option<&'params Options>,
}

#[derive(Serialize)]
struct Guarantee {
    enable: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct NotificationPreferences {
    #[serde(skip_serializing_if = "Option::is_none")]
    send_interac_link: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Limits {
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_amount: Option<Amount>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Payor {
    first_name: Text<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<Text<Line<100>>>,
    last_name: Text<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Text<Email<254>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<Text<Digits<1, 15>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occupation: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<Text<Day>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "Flinks' names")]
struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line1: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line2: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<Text<Province>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<Text<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<Text<PostalCode>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Payee {
    account: Account,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "Flinks' names")]
struct Account {
    institution_code: Text<Digits<3, 3>>,
    transit_number: Text<Digits<5, 5>>,
    account_number: Text<Digits<7, 12>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_label: Option<Text<Line<100>>>,
}

impl Product {
    const fn kind(self) -> Type {
        match self {
            Self::ETransfer => Type::ETransfer,
            Self::Eft | Self::Geft => Type::Eft,
        }
    }

    const fn guarantee(self) -> Option<Guarantee> {
        match self {
            Self::ETransfer => None,
            Self::Eft => Some(Guarantee { enable: false }),
            Self::Geft => Some(Guarantee { enable: true }),
        }
    }
}

impl SessionParams {
    /// Reads and checks the parameters. No guaranteed EFT may be about more than `largest_geft`.
    ///
    /// # Errors
    /// `invalid_input`, with the path of the parameter in `field`.
    pub fn new(given: impl Given, largest_geft: Amount) -> Result<Self, Box<Error>> {
        let params: Self = read(given, &[]).map_err(invalid)?;
        params.refuse_what_the_product_has_not()?;
        let email = params.payor.email.as_ref();
        match params.product {
            Product::ETransfer if email.is_none() => Err(Error::input(
                "payor.email",
                "payor.email must be an e-mail address, such as \"payor@example.com\".",
            )),
            Product::Eft | Product::Geft if email.is_some_and(|email| email.as_str().len() > 100) => {
                Err(Error::input("payor.email", "payor.email must be an e-mail address of at most 100 characters."))
            }
            Product::Geft if params.amount.is_some_and(|amount| amount > largest_geft) => Err(Error::input(
                "amount",
                format!("amount must be at most \"{largest_geft}\" for a guaranteed EFT (option largestGeftAmount)."),
            )),
            _ if params.kind.is_some_and(|kind| kind != params.product.kind()) => {
                Err(Error::input("type", "type must be what the product is sent as: leave it out."))
            }
            _ => Ok(params),
        }
    }

    fn refuse_what_the_product_has_not(&self) -> Result<(), Box<Error>> {
        let Self { payor, options, .. } = self;
        let notified = options.as_ref().and_then(|options| options.notification_preferences.as_ref());
        let of_e_transfer = [
            (matches!(self.direction, Some(Direction::Credit)), "direction"),
            (
                notified.is_some_and(|notified| notified.send_interac_link.is_some()),
                "options.notificationPreferences.sendInteracLink",
            ),
        ];
        let of_eft = [
            (payor.phone.is_some(), "payor.phone"),
            (payor.occupation.is_some(), "payor.occupation"),
            (payor.date_of_birth.is_some(), "payor.dateOfBirth"),
            (payor.address.is_some(), "payor.address"),
            (
                options.as_ref().is_some_and(|options| options.show_consent_screen.is_some()),
                "options.showConsentScreen",
            ),
            (options.as_ref().is_some_and(|options| options.limits.is_some()), "options.limits"),
            (
                options.as_ref().is_some_and(|options| options.redirect_preferences.is_some()),
                "options.redirectPreferences",
            ),
        ];
        let foreign = match self.product {
            Product::ETransfer => of_eft.as_slice(),
            Product::Eft if self.payee.is_some() => {
                return Err(Error::input(
                    "payee",
                    "payee is not supported for regular EFT: Flinks pays to your own account.",
                ));
            }
            Product::Eft | Product::Geft => of_e_transfer.as_slice(),
        };
        match foreign.iter().find(|(is_given, _)| *is_given) {
            Some((_, path)) => Err(Error::input(*path, format!("{path} is not a field of this product."))),
            None => Ok(()),
        }
    }

    fn body(&self) -> CreateBody<'_> {
        let guarantee = self.product.guarantee();
        let has_options = guarantee.is_some() || self.options.is_some();
        CreateBody {
            reference_id: self.reference_id.as_ref(),
            kind: self.product.kind(),
            direction: self.direction.unwrap_or(Direction::Debit),
            currency: Currency::Cad,
            amount: self.amount,
            options: has_options.then_some(OptionsBody { guarantee, given: self.options.as_ref() }),
            payor: &self.payor,
            payee: self.payee.as_ref(),
        }
    }
}

/// The body that decides about a guarantee.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GuaranteeBody {
    guarantee_accepted: bool,
}

/// What Flinks answers about a session, or tells of it in a webhook: the status, the details and the event have fields in
/// common. Keys in any case at the top, and below as Flinks writes them.
#[derive(Clone, Deserialize)]
pub struct SessionAnswer {
    #[serde(rename = "sessionId", alias = "SessionId", alias = "sessionid", alias = "SESSIONID")]
    #[serde(default, deserialize_with = "if_there")]
    session_id: Option<String>,
    #[serde(alias = "Status", alias = "STATUS", default, deserialize_with = "if_readable")]
    status: Option<String>,
    #[serde(rename = "referenceId", alias = "ReferenceId", alias = "referenceid", alias = "REFERENCEID")]
    #[serde(default, deserialize_with = "if_readable")]
    reference_id: Option<String>,
    #[serde(alias = "Amount", alias = "AMOUNT", default, deserialize_with = "if_readable")]
    amount: Option<Money>,
    #[serde(rename = "statusDetails", alias = "StatusDetails", alias = "statusdetails", alias = "STATUSDETAILS")]
    #[serde(default, deserialize_with = "if_readable")]
    status_details: Option<String>,
    #[serde(alias = "Step", default, deserialize_with = "if_readable")]
    step: Option<Open>,
    #[serde(rename = "type", alias = "Type", default, deserialize_with = "if_readable")]
    kind: Option<Open>,
    #[serde(alias = "Direction", default, deserialize_with = "if_readable")]
    direction: Option<Open>,
    #[serde(alias = "Currency", default, deserialize_with = "if_readable")]
    currency: Option<Open>,
    #[serde(alias = "Options", default, deserialize_with = "if_readable")]
    options: Option<Open>,
    #[serde(alias = "Payor", default, deserialize_with = "if_readable")]
    payor: Option<Open>,
    #[serde(alias = "Payee", default, deserialize_with = "if_readable")]
    payee: Option<Open>,
    #[serde(rename = "guaranteeDetails", alias = "GuaranteeDetails", default, deserialize_with = "if_readable")]
    guarantee_details: Option<Open>,
    #[serde(rename = "userDetails", alias = "UserDetails", default, deserialize_with = "if_readable")]
    user_details: Option<Open>,
    #[serde(alias = "Schedule", default, deserialize_with = "if_readable")]
    schedule: Option<Open>,
    #[serde(rename = "createdAt", alias = "CreatedAt", default, deserialize_with = "if_readable")]
    created_at: Option<Open>,
    /// What an event calls itself, where it is not `type`.
    #[serde(alias = "Event", default, deserialize_with = "if_readable")]
    event: Option<String>,
    #[serde(rename = "eventType", alias = "EventType", default, deserialize_with = "if_readable")]
    event_type: Option<String>,
    #[serde(alias = "When", default, deserialize_with = "if_readable")]
    when: Option<String>,
}

impl SessionAnswer {
    /// What an event calls itself.
    #[must_use]
    pub fn event_name(&self) -> Option<&str> {
        self.kind.as_ref().and_then(Open::text).or(self.event.as_deref()).or(self.event_type.as_deref())
    }

    /// When an event happened, as Flinks writes it.
    #[must_use]
    pub fn when(&self) -> Option<&str> {
        self.when.as_deref()
    }

    /// The session that it is about.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        self.session_id.as_deref().and_then(SessionId::parse)
    }
}

/// What Flinks says of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionStatus {
    /// The id that was asked for.
    pub session_id: String,
    /// Flinks' own word, also where it is one that no page documents.
    pub status: String,
    /// Where the money is.
    pub funds: Funds,
    /// Whether it is money, by its funds.
    pub paid: bool,
    /// Whether no status follows that Flinks documents.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// Canadian dollars, once they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// Why it is so, such as `EFT0301`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<String>,
}

/// All that Flinks documents of a session, under its names, with money as text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDetails {
    /// The status.
    #[serde(flatten)]
    pub session: SessionStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Open>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payor: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee_details: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_details: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<Open>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Open>,
}

/// A session that was cancelled. Flinks spells it `Cancelled` for e-Transfer and `Canceled` for EFT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelledSession {
    /// Flinks' id of the session.
    pub session_id: String,
    /// Flinks' own word.
    pub status: String,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
    /// `EFT0501`, of EFT and GEFT alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_details: Option<String>,
}

/// A guarantee that was accepted or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfirmedGuarantee {
    /// Flinks' id of the session.
    pub session_id: String,
    /// The merchant's id, where Flinks returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference_id: Option<String>,
}

/// The request that starts a session. It takes the token, which can start no other from here on.
#[must_use]
pub fn create<J: Json>(config: &Config, token: AccessToken, params: &SessionParams) -> (Request<J>, SpentToken) {
    let token = token.spend();
    (as_client(config, post(config, "/api/v2/sessions", &token, &params.body())), token)
}

/// The request that asks for the status.
#[must_use]
pub fn status<J>(config: &Config, token: &ReadToken, session_id: &SessionId) -> Request<J> {
    as_client(config, get(config, &path(session_id, "/status"), token))
}

/// The request that asks for the details.
#[must_use]
pub fn details<J>(config: &Config, token: &ReadToken, session_id: &SessionId) -> Request<J> {
    as_client(config, get(config, &path(session_id, "/details"), token))
}

/// The request that cancels the token's session. It has no body.
#[must_use]
pub fn cancel<J>(config: &Config, token: &SessionToken) -> Request<J> {
    as_client(config, post_nothing(config, &path(token.session_id(), "/cancel"), token))
}

/// The request that accepts or refuses the guarantee of the token's session.
#[must_use]
pub fn confirm_guarantee<J: Json>(config: &Config, token: &SessionToken, accepted: bool) -> Request<J> {
    let body = GuaranteeBody { guarantee_accepted: accepted };
    as_client(config, post(config, &path(token.session_id(), "/guarantees/confirm"), token, &body))
}

fn path(session_id: &SessionId, tail: &str) -> String {
    format!("/api/v2/sessions/{}{tail}", session_id.as_str())
}

fn as_client<J>(config: &Config, mut request: Request<J>) -> Request<J> {
    if let Some(client_id) = &config.client_id {
        request.headers.push(("x-client-id", HeaderValue::Hidden(Secret::new(client_id.clone()))));
    }
    request
}

/// The status of an answer, whose `product` only the caller knows. `None` if it has none, or is about another session.
#[must_use]
pub fn read_status(answer: SessionAnswer, asked: &SessionId, product: Option<Product>) -> Option<SessionStatus> {
    let SessionAnswer { session_id, status, reference_id, amount, status_details, schedule, guarantee_details, .. } =
        answer;
    let status = status.filter(|status| !status.is_empty() && is_about(session_id.as_deref(), asked))?;
    let status_details = status_details.filter(|details| !details.is_empty());
    let told = Told::of(&status, status_details.as_deref(), schedule.as_ref(), guarantee_details.as_ref());
    let Meaning { funds, paid, is_final, .. } = meaning(product.map(Into::into), told, Funds::None);
    Some(SessionStatus {
        session_id: asked.as_str().to_owned(),
        funds,
        paid,
        is_final,
        status,
        reference_id,
        amount: amount.filter(Money::is_amount),
        status_details,
    })
}

/// Where money stands in the details.
const MONEY: [&str; 5] =
    ["amount", "minimumAmount", "maximumAmount", "availableBalance", "highestDebitAmountToGuarantee"];

/// The details of an answer. `None` as for [`read_status`].
#[must_use]
pub fn read_details(answer: SessionAnswer, asked: &SessionId, product: Option<Product>) -> Option<SessionDetails> {
    let open = |given: Option<Open>| given.map(|given| given.with_money_as_text(&MONEY));
    Some(SessionDetails {
        session: read_status(answer.clone(), asked, product)?,
        step: open(answer.step),
        kind: open(answer.kind),
        direction: open(answer.direction),
        currency: open(answer.currency),
        options: open(answer.options),
        payor: open(answer.payor),
        payee: open(answer.payee),
        guarantee_details: open(answer.guarantee_details),
        user_details: open(answer.user_details),
        schedule: open(answer.schedule),
        created_at: open(answer.created_at),
    })
}

/// What became of a session that was to be cancelled.
#[must_use]
pub fn read_cancelled(answer: SessionAnswer, asked: &SessionId) -> Option<CancelledSession> {
    let SessionStatus { session_id, status, reference_id, status_details, .. } = read_status(answer, asked, None)?;
    Some(CancelledSession { session_id, status, reference_id, status_details })
}

/// The session whose guarantee was confirmed.
#[must_use]
pub fn read_confirmed(answer: SessionAnswer, asked: &SessionId) -> Option<ConfirmedGuarantee> {
    is_about(answer.session_id.as_deref(), asked)
        .then(|| ConfirmedGuarantee { session_id: asked.as_str().to_owned(), reference_id: answer.reference_id })
}

fn is_about(answered: Option<&str>, asked: &SessionId) -> bool {
    answered.is_none_or(|id| id.eq_ignore_ascii_case(asked.as_str()))
}
