//! The options of a client, each checked once; the error has the option's name and what it must be.
//!
//! What Flinks' public pages leave open is an option here, with its default.

use crate::amount::Amount;
use crate::checked_text::{CheckedText, TextRule};
use crate::error::Error;
use crate::input::{InputValue, Integer, InvalidValue, MAX_SAFE_INTEGER, read};
use crate::origin::Origin;
use crate::secret::Secret;
use serde::Deserialize;

/// The options as the caller gives them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    base_url: CheckedText<Origin>,
    username: Secret,
    password: Secret,
    timeout_ms: Option<Integer<1, MAX_SAFE_INTEGER>>,
    deadline_ms: Option<Integer<1, MAX_SAFE_INTEGER>>,
    warm_tokens: Option<WarmCount>,
    instance: Option<CheckedText<VisibleAscii>>,
    client_id: Option<CheckedText<VisibleAscii>>,
    credentials_in: Option<CredentialsIn>,
    basic_encoding: Option<BasicEncoding>,
    token_header: Option<TokenHeader>,
    amount_as: Option<AmountAs>,
    largest_geft_amount: Option<Amount>,
}

/// How many tokens to keep ready. More would flood Flinks with requests.
pub type WarmCount = Integer<0, 100>;

/// The options, checked.
#[derive(Debug)]
pub struct Config {
    /// An origin without a trailing slash.
    pub base_url: String,
    /// The user name, called Client ID on newer pages.
    pub username: Secret,
    /// The password, called Client Secret on newer pages.
    pub password: Secret,
    /// The time limit of one step.
    pub timeout_ms: u64,
    /// The time limit of a whole call.
    pub deadline_ms: u64,
    /// How many tokens `warm` keeps ready.
    pub warm_tokens: u64,
    /// The `BaseURI` header.
    pub instance: Option<String>,
    /// The `x-client-id` header of v2.
    pub client_id: Option<String>,
    /// How the credentials are sent.
    pub credentials: Credentials,
    /// Which header carries the token.
    pub token_header: TokenHeader,
    /// How v1 sends the amount.
    pub amount_as: AmountAs,
    /// The largest amount of a guaranteed EFT.
    pub largest_geft_amount: Amount,
}

/// How the credentials are sent to authorize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// HTTP Basic over the UTF-8 bytes of `user:password`, as the vendor's curl lines show it.
    BasicRaw,
    /// HTTP Basic with both form-encoded first (RFC 6749, section 2.3.1).
    BasicRfc6749,
    /// The form fields `Username` and `Password`, as one generated page lists them.
    Form,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CredentialsIn {
    #[default]
    Basic,
    Form,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum BasicEncoding {
    #[default]
    Raw,
    Rfc6749,
}

/// Which header carries the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenHeader {
    /// `Authorization: Bearer …`, the only one in a request that the vendor wrote for v1.
    #[default]
    Authorization,
    /// `BearerToken: Bearer …`, named second-hand from the vendor's OpenAPI text.
    BearerToken,
}

/// How v1 sends the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmountAs {
    /// A JSON number, since the prose calls it a decimal.
    #[default]
    Number,
    /// JSON text, as one second-hand source has it.
    String,
}

impl Config {
    /// Reads and checks the options. `host_options` are names of options that the host reads itself.
    ///
    /// # Errors
    /// `invalid_config`, with the option's name in `field`.
    pub fn new(given: impl InputValue, host_options: &'static [&'static str]) -> Result<Self, Box<Error>> {
        let options: Options = read(given, host_options).map_err(InvalidValue::into_config_error)?;
        let credentials = match (options.credentials_in.unwrap_or_default(), options.basic_encoding.unwrap_or_default())
        {
            (CredentialsIn::Form, _) => Credentials::Form,
            (CredentialsIn::Basic, BasicEncoding::Rfc6749) => Credentials::BasicRfc6749,
            (CredentialsIn::Basic, BasicEncoding::Raw) => Credentials::BasicRaw,
        };
        // RFC 7617, section 2: the first colon ends the user name.
        if credentials == Credentials::BasicRaw && options.username.expose().contains(':') {
            return Err(Error::config(
                "username",
                "username has a colon, which HTTP Basic does not allow: set basicEncoding to \"rfc6749\" if Flinks decodes it.",
            ));
        }
        let base_url = options.base_url.as_str();
        Ok(Self {
            base_url: base_url.strip_suffix('/').unwrap_or(base_url).to_ascii_lowercase(),
            username: options.username,
            password: options.password,
            timeout_ms: options.timeout_ms.map_or(8_000, |Integer(ms)| ms),
            deadline_ms: options.deadline_ms.map_or(25_000, |Integer(ms)| ms),
            warm_tokens: options.warm_tokens.map_or(0, |Integer(count)| count),
            instance: options.instance.map(|text| text.as_str().to_owned()),
            client_id: options.client_id.map(|text| text.as_str().to_owned()),
            credentials,
            token_header: options.token_header.unwrap_or_default(),
            amount_as: options.amount_as.unwrap_or_default(),
            largest_geft_amount: options.largest_geft_amount.unwrap_or(Amount::LARGEST_GEFT),
        })
    }
}

/// Text that goes into a header as it is: visible ASCII (RFC 9110, section 5.5).
struct VisibleAscii;

impl TextRule for VisibleAscii {
    fn requirement() -> String {
        "the text that Flinks gave you: visible ASCII characters only".to_owned()
    }

    fn accepts(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::Config;
    use crate::error::Error;
    use crate::json_input::{JsonInput, with, without};
    use serde_json::{Value, json};

    fn options(base_url: &str) -> Value {
        json!({ "baseUrl": base_url, "username": "user", "password": "pass" })
    }

    /// Valid options with these changes.
    fn with_all(others: &[(&str, Value)]) -> Value {
        let set = |options, (name, value): &(&str, Value)| with(&options, name, value.clone());
        others.iter().fold(options("https://pay.example.com"), set)
    }

    fn config(options: Value) -> Result<Config, Box<Error>> {
        Config::new(JsonInput::from(options), &["fetch"])
    }

    fn refused_field(options: Value) -> Option<String> {
        config(options).err().and_then(|error| error.field).map(std::borrow::Cow::into_owned)
    }

    fn refuses(name: &str, value: Value) {
        let given = with_all(&[(name, value)]);
        assert_eq!(refused_field(given.clone()).as_deref(), Some(name), "{given}");
    }

    #[test]
    fn takes_origins() {
        for (given, kept) in [
            ("https://pay.example.com", "https://pay.example.com"),
            ("https://Pay.Example.com/", "https://pay.example.com"),
            ("https://pay.example.com:8443", "https://pay.example.com:8443"),
            ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
            ("https://[::]", "https://[::]"),
            ("https://[1:2:3:4:5:6:7::]", "https://[1:2:3:4:5:6:7::]"),
            ("https://[1:2:3:4:5:6:7:8]", "https://[1:2:3:4:5:6:7:8]"),
            ("http://127.0.0.1:8788", "http://127.0.0.1:8788"),
            ("http://[::1]", "http://[::1]"),
            ("http://localhost:1/", "http://localhost:1"),
            ("https://192.0.2.1", "https://192.0.2.1"),
            ("https://0x7f.example", "https://0x7f.example"),
        ] {
            assert_eq!(config(options(given)).expect(given).base_url, kept);
        }
    }

    #[test]
    fn refuses_what_is_no_origin() {
        for given in [
            "",
            "pay.example.com",
            "http://pay.example.com",
            "ftp://pay.example.com",
            "HTTPS://pay.example.com",
            "https://",
            "https:///",
            "https://user@pay.example.com",
            "https://pay.example@evil.test/",
            "https://evil.test\\@pay.example/",
            "https://pay.example.com/api",
            "https://pay.example.com//",
            "https://pay.example.com?x",
            "https://pay.example.com#x",
            "https://pay.example.com:0",
            "https://pay.example.com:65536",
            "https://pay.example.com:",
            "https://pay.example.com:+1",
            "https://pay..example.com",
            "https://-pay.example.com",
            "https://päy.example.com",
            "https://pay.example.com\n",
            " https://pay.example.com",
            "https://[::1",
            "https://[x]",
            "https://[]",
            "https://[:]",
            "https://[:::]",
            "https://[1::2::3]",
            "https://[12345::]",
            "https://[1:2:3:4:5:6:7]",
            "https://[1:2:3:4:5:6:7::8]",
            "https://[1:2:3:4:5:6:7:8:9]",
            "http://127.0.0.1.evil.test",
            "http://localhost.evil.test",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://0300.0.2.1",
            "https://192.0.2.256",
            "https://pay.example.0x1",
        ] {
            assert_eq!(refused_field(options(given)).as_deref(), Some("baseUrl"), "{given:?}");
        }
    }

    #[test]
    fn names_the_option_that_is_wrong() {
        refuses("baseUrl", json!(1));
        for wrong in [json!(null), json!("a:b"), json!("a\n"), json!(7)] {
            refuses("username", wrong);
        }
        for wrong in [json!(""), json!("a\u{7f}"), json!(["a"])] {
            refuses("password", wrong);
        }
        for name in ["timeoutMs", "deadlineMs"] {
            for wrong in
                [json!(0), json!("8000"), json!(0.5), json!(null), json!(9_007_199_254_740_992_u64), json!(true)]
            {
                refuses(name, wrong);
            }
        }
        for count in [json!(-1), json!(101), json!(0.5), json!("1"), json!(null)] {
            refuses("warmTokens", count);
        }
        refuses("instance", json!("a b"));
        refuses("clientId", json!(""));
        refuses("credentialsIn", json!("body"));
        refuses("basicEncoding", json!(""));
        refuses("tokenHeader", json!("Bearer"));
        refuses("amountAs", json!(true));
        for wrong in [json!(99_999.99), json!("0"), json!("1.001"), json!(null)] {
            refuses("largestGeftAmount", wrong);
        }
        for name in ["instance", "clientId", "credentialsIn", "basicEncoding", "tokenHeader", "amountAs"] {
            refuses(name, json!(null));
        }
        for name in ["baseUrl", "username", "password"] {
            assert_eq!(refused_field(without(&with_all(&[]), name)).as_deref(), Some(name));
        }
    }

    #[test]
    fn names_an_unknown_option() {
        for name in ["timeoutMS", "baseURL", "base_url", "user", ""] {
            refuses(name, json!(null));
        }
        assert_eq!(refused_field(with_all(&[("fetch", json!(1))])), None, "the host reads it");
        let error = config(with_all(&[("timeoutMS", json!(1))])).expect_err("refused");
        assert!(error.message.starts_with("timeoutMS is not known here: use one of baseUrl, username, "), "{error}");
        assert!(error.message.ends_with(", largestGeftAmount, fetch."), "{error}");
    }

    #[test]
    fn says_what_an_option_must_be() {
        for (name, value, says) in [
            (
                "baseUrl",
                json!("http://pay.example.com"),
                "baseUrl must be the origin that Flinks gave you, such as \"https://pay.example.com\": https (http only on \
                 127.0.0.1, [::1] or localhost), with no user name, path, query or fragment.",
            ),
            ("tokenHeader", json!("Bearer"), "tokenHeader must be \"authorization\" or \"bearertoken\"."),
            (
                "instance",
                json!("two words"),
                "instance must be the text that Flinks gave you: visible ASCII characters only.",
            ),
            ("credentialsIn", json!(7), "credentialsIn must be \"basic\" or \"form\"."),
            ("timeoutMs", json!(0), "timeoutMs must be a whole number from 1 to 9007199254740991."),
            ("warmTokens", json!(101), "warmTokens must be a whole number from 0 to 100."),
            (
                "password",
                json!(""),
                "password must be text, neither empty nor with control characters: check that the binding or secret is set.",
            ),
        ] {
            assert_eq!(config(with_all(&[(name, value)])).expect_err("refused").message, says);
        }
    }

    #[test]
    fn a_colon_in_the_user_name_is_allowed_where_it_is_encoded() {
        let username = || ("username", json!("a:b"));
        assert_eq!(refused_field(with_all(&[username(), ("basicEncoding", json!("rfc6749"))])), None);
        assert_eq!(refused_field(with_all(&[username(), ("credentialsIn", json!("form"))])), None);
    }

    #[test]
    fn prints_no_credentials() {
        let canaries = with_all(&[("username", json!("canary-u")), ("password", json!("canary-p"))]);
        let printed = format!("{:?}", config(canaries).expect("a config"));
        assert!(!printed.contains("canary"), "{printed}");
    }

    #[test]
    fn takes_the_documented_values_and_defaults() {
        use super::{AmountAs, Credentials, TokenHeader};
        let defaults = config(options("https://pay.example.com")).expect("a config");
        assert_eq!((defaults.timeout_ms, defaults.deadline_ms, defaults.instance), (8_000, 25_000, None));
        assert_eq!((defaults.warm_tokens, defaults.largest_geft_amount.to_string()), (0, "99999.99".to_owned()));
        let largest =
            config(with_all(&[("largestGeftAmount", json!("100000"))])).expect("a config").largest_geft_amount;
        assert_eq!(largest.to_string(), "100000.00");
        assert_eq!(config(with_all(&[("warmTokens", json!(100))])).expect("a config").warm_tokens, 100);
        assert_eq!(defaults.credentials, Credentials::BasicRaw);
        assert_eq!((defaults.token_header, defaults.amount_as), (TokenHeader::Authorization, AmountAs::Number));

        let with = |credentials_in: &str, basic_encoding: &str, token_header: &str, amount_as: &str| {
            config(with_all(&[
                ("timeoutMs", json!(1)),
                ("deadlineMs", json!(9_007_199_254_740_991_u64)),
                ("instance", json!("!~")),
                ("clientId", json!("c-1")),
                ("credentialsIn", json!(credentials_in)),
                ("basicEncoding", json!(basic_encoding)),
                ("tokenHeader", json!(token_header)),
                ("amountAs", json!(amount_as)),
            ]))
            .expect("a config")
        };
        let basic = with("basic", "raw", "authorization", "number");
        assert_eq!((basic.timeout_ms, basic.deadline_ms), (1, 9_007_199_254_740_991));
        assert_eq!((basic.instance.as_deref(), basic.client_id.as_deref()), (Some("!~"), Some("c-1")));
        assert_eq!(basic.credentials, Credentials::BasicRaw);
        assert_eq!((basic.token_header, basic.amount_as), (TokenHeader::Authorization, AmountAs::Number));
        let form = with("form", "rfc6749", "bearertoken", "string");
        assert_eq!(form.credentials, Credentials::Form);
        assert_eq!((form.token_header, form.amount_as), (TokenHeader::BearerToken, AmountAs::String));
        assert_eq!(with("basic", "rfc6749", "authorization", "number").credentials, Credentials::BasicRfc6749);
    }

    #[test]
    fn takes_host_names_and_ports_up_to_their_limits() {
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(61));
        for host in [longest.as_str(), "a", "pay-1.example", "pay.example.com:1", "pay.example.com:65535"] {
            assert_eq!(refused_field(options(&format!("https://{host}"))), None, "{host}");
        }
        for host in [&format!("{longest}a"), &"a".repeat(64), "pay-.example", "pay_1.example", "[::1]x", "[::1]:"] {
            assert_eq!(refused_field(options(&format!("https://{host}"))).as_deref(), Some("baseUrl"), "{host}");
        }
    }
}
