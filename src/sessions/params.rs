//! The parameters of a v2 session, checked by product, and the body that is made of them.

use crate::amount::Amount;
use crate::checked_text::{CheckedText, Digits, Email, IsoDate, Line, PostalCode, Province};
use crate::error::Error;
use crate::funds;
use crate::input::{InputValue, InvalidValue, read};
use crate::json_value::JsonObject;
use serde::{Deserialize, Serialize};

/// The product that a session is for.
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

/// Flinks' names for the products.
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

/// The parameters of a session: the fields of all products. [`SessionParams::new`] refuses those that its product does not
/// have.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionParams {
    product: Product,
    /// The merchant's id of the payment, if there is one.
    pub reference_id: Option<CheckedText<Line<100>>>,
    #[serde(rename = "type")]
    kind: Option<Type>,
    direction: Option<Direction>,
    #[allow(dead_code, reason = "the one currency is always sent; it is read so that another one is refused")]
    currency: Option<Currency>,
    amount: Option<Amount>,
    options: Option<Options>,
    payor: Payor,
    payee: Option<Payee>,
}

/// The body that creates a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateBody<'params> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<&'params CheckedText<Line<100>>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_preferences: Option<JsonObject>,
}

/// For EFT, the options say whether it is guaranteed.
#[derive(Serialize)]
struct OptionsBody<'params> {
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee: Option<Guarantee>,
    #[serde(flatten)]
    params: Option<&'params Options>,
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
    first_name: CheckedText<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<CheckedText<Line<100>>>,
    last_name: CheckedText<Line<100>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<CheckedText<Email<254>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<CheckedText<Digits<1, 15>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    occupation: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<CheckedText<IsoDate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line1: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line2: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<CheckedText<Province>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<CheckedText<Line<100>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<CheckedText<PostalCode>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Payee {
    account: Account,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    institution_code: CheckedText<Digits<3, 3>>,
    transit_number: CheckedText<Digits<5, 5>>,
    account_number: CheckedText<Digits<7, 12>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_label: Option<CheckedText<Line<100>>>,
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
    /// Reads and checks the parameters. A guaranteed EFT is refused above `largest_geft`.
    ///
    /// # Errors
    /// `invalid_input`, with the path of the parameter in `field`.
    pub fn new(value: impl InputValue, largest_geft: Amount) -> Result<Self, Box<Error>> {
        let params: Self = read(value, &[]).map_err(InvalidValue::into_input_error)?;
        params.refuse_fields_of_other_products()?;
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
                Err(Error::input("type", "type must be Flinks' name for the product: leave it out."))
            }
            _ => Ok(params),
        }
    }

    fn refuse_fields_of_other_products(&self) -> Result<(), Box<Error>> {
        let Self { payor, options, .. } = self;
        let notifications = options.as_ref().and_then(|options| options.notification_preferences.as_ref());
        let e_transfer_only = [
            (matches!(self.direction, Some(Direction::Credit)), "direction"),
            (
                notifications.is_some_and(|notifications| notifications.send_interac_link.is_some()),
                "options.notificationPreferences.sendInteracLink",
            ),
        ];
        let eft_only = [
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
        let not_allowed = match self.product {
            Product::ETransfer => eft_only.as_slice(),
            Product::Eft if self.payee.is_some() => {
                return Err(Error::input(
                    "payee",
                    "payee is not supported for regular EFT, since Flinks pays to your own account: leave it out.",
                ));
            }
            Product::Eft | Product::Geft => e_transfer_only.as_slice(),
        };
        match not_allowed.iter().find(|(is_given, _)| *is_given) {
            Some((_, path)) => {
                Err(Error::input(*path, format!("{path} is not a field of this product: leave it out.")))
            }
            None => Ok(()),
        }
    }

    /// The body that creates the session.
    pub(super) fn body(&self) -> CreateBody<'_> {
        let guarantee = self.product.guarantee();
        let has_options = guarantee.is_some() || self.options.is_some();
        CreateBody {
            reference_id: self.reference_id.as_ref(),
            kind: self.product.kind(),
            direction: self.direction.unwrap_or(Direction::Debit),
            currency: Currency::Cad,
            amount: self.amount,
            options: has_options.then_some(OptionsBody { guarantee, params: self.options.as_ref() }),
            payor: &self.payor,
            payee: self.payee.as_ref(),
        }
    }
}
