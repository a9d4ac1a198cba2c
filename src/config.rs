//! What a client is built with: the options as given, each checked once, with the field and the remedy in the error.
//!
//! Where Flinks' public pages leave something open, the option with its default stands here and nowhere else.

use crate::error::Error;
use crate::json::Json;
use crate::secret::Secret;
use crate::text::{digits, is_label, labels};

/// The options as the caller gave them, nothing checked yet.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "the fields are documented where the caller sees them, in the TypeScript types")]
pub struct Options {
    pub base_url: Json,
    pub username: Json,
    pub password: Json,
    pub timeout_ms: Json,
    pub deadline_ms: Json,
    pub warm_tokens: Json,
    pub instance: Json,
    pub client_id: Json,
    pub credentials_in: Json,
    pub basic_encoding: Json,
    pub token_header: Json,
    pub amount_as: Json,
}

/// The options, checked.
#[derive(Debug)]
pub struct Config {
    /// An origin without a trailing slash.
    pub base_url: String,
    /// The user name, called Client ID on newer pages.
    pub username: Secret,
    /// The password, called Client Secret on newer pages.
    pub password: Secret,
    /// Milliseconds for one step.
    pub timeout_ms: u64,
    /// Milliseconds for a whole call.
    pub deadline_ms: u64,
    /// How many tokens `warm` keeps ready.
    pub warm_tokens: usize,
    /// The `BaseURI` header.
    pub instance: Option<String>,
    /// The `x-client-id` header of v2.
    pub client_id: Option<String>,
    /// How the credentials travel.
    pub credentials: Credentials,
    /// Which header carries the token.
    pub token_header: TokenHeader,
    /// How v1 sends the amount.
    pub amount_as: AmountAs,
}

/// How the credentials travel to authorize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// HTTP Basic over the UTF-8 bytes of `user:password`, as the vendor's curl lines show it.
    BasicRaw,
    /// HTTP Basic with both form-encoded first (RFC 6749, section 2.3.1).
    BasicRfc6749,
    /// The form fields `Username` and `Password`, as one generated page lists them.
    Form,
}

/// Which header carries the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenHeader {
    /// `Authorization: Bearer …`, the only one in a request that the vendor wrote for v1.
    Authorization,
    /// `BearerToken: Bearer …`, named second-hand from the vendor's OpenAPI text.
    BearerToken,
}

/// How v1 sends the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountAs {
    /// A JSON number, since the prose calls it a decimal.
    Number,
    /// JSON text, as one second-hand source has it.
    Text,
}

impl Config {
    /// Checks the options.
    ///
    /// # Errors
    /// `invalid_config`, with the option's name in `field`.
    pub fn new(options: Options) -> Result<Self, Box<Error>> {
        let credentials = credentials(&options)?;
        Ok(Self {
            base_url: base_url(&options.base_url)?,
            username: username(options.username, credentials)?,
            password: credential("password", options.password)?,
            timeout_ms: milliseconds("timeoutMs", &options.timeout_ms, 8_000)?,
            deadline_ms: milliseconds("deadlineMs", &options.deadline_ms, 25_000)?,
            warm_tokens: warm_count(&options.warm_tokens, 0).ok_or_else(|| {
                Error::config(
                    "warmTokens",
                    "warmTokens must be a whole number from 0 to 100: how many tokens warm() keeps ready.",
                )
            })?,
            instance: header("instance", options.instance)?,
            client_id: header("clientId", options.client_id)?,
            credentials,
            token_header: match choice("tokenHeader", &options.token_header, ["authorization", "bearertoken"])? {
                Choice::First => TokenHeader::Authorization,
                Choice::Second => TokenHeader::BearerToken,
            },
            amount_as: match choice("amountAs", &options.amount_as, ["number", "string"])? {
                Choice::First => AmountAs::Number,
                Choice::Second => AmountAs::Text,
            },
        })
    }
}

fn credentials(options: &Options) -> Result<Credentials, Box<Error>> {
    let place = choice("credentialsIn", &options.credentials_in, ["basic", "form"])?;
    let encoding = choice("basicEncoding", &options.basic_encoding, ["raw", "rfc6749"])?;
    Ok(match (place, encoding) {
        (Choice::First, Choice::First) => Credentials::BasicRaw,
        (Choice::First, Choice::Second) => Credentials::BasicRfc6749,
        (Choice::Second, _) => Credentials::Form,
    })
}

fn base_url(given: &Json) -> Result<String, Box<Error>> {
    const REMEDY: &str = "baseUrl must be the origin that Flinks gave you, such as \"https://pay.example.com\": https (http \
        only on 127.0.0.1, [::1] or localhost), with no user name, path, query or fragment.";
    let text = given.text().ok_or_else(|| Error::config("baseUrl", REMEDY))?;
    let origin = text.strip_suffix('/').unwrap_or(text);
    if is_origin(origin.as_bytes()) { Ok(origin.to_ascii_lowercase()) } else { Err(Error::config("baseUrl", REMEDY)) }
}

/// Takes a small part of what URL parsers take, so that none of them can read another host out of it.
fn is_origin(text: &[u8]) -> bool {
    let (secure, authority) = match (text.strip_prefix(b"https://"), text.strip_prefix(b"http://")) {
        (Some(authority), _) => (true, authority),
        (None, Some(authority)) => (false, authority),
        (None, None) => return false,
    };
    let colon = authority.iter().rposition(|byte| *byte == b':');
    let (host, port) = match colon.and_then(|colon| authority.split_at_checked(colon)) {
        // The colons of an IPv6 address stand within brackets.
        Some((host, [_, port @ ..])) if !port.ends_with(b"]") => (host, Some(port)),
        _ => (authority, None),
    };
    let is_loopback = host == b"127.0.0.1" || host == b"[::1]" || host == b"localhost";
    port.is_none_or(is_port) && (is_loopback || (secure && is_host(host)))
}

fn is_port(text: &[u8]) -> bool {
    digits(text).is_some_and(|port| (1..=65_535).contains(&port))
}

fn is_host(text: &[u8]) -> bool {
    match text.strip_prefix(b"[") {
        Some(rest) => rest.strip_suffix(b"]").is_some_and(is_ipv6),
        None => is_ipv4(text) || is_name(text),
    }
}

/// Eight groups of hexadecimal digits, or fewer around `::` (RFC 4291, section 2.2, without an IPv4 address in it).
fn is_ipv6(text: &[u8]) -> bool {
    let gap = text.windows(2).position(|pair| pair == b"::").and_then(|at| text.split_at_checked(at));
    match gap {
        None => groups(text) == Some(8),
        Some((head, rest)) => {
            let counts = groups(head).zip(groups(rest.strip_prefix(b"::").unwrap_or_default()));
            counts.is_some_and(|(head, tail)| head.saturating_add(tail) < 8)
        }
    }
}

/// How many groups there are, if each is one.
fn groups(text: &[u8]) -> Option<usize> {
    let is_group = |part: &[u8]| (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_hexdigit);
    if text.is_empty() {
        return Some(0);
    }
    text.split(|byte| *byte == b':').try_fold(0, |count: usize, part| is_group(part).then(|| count.saturating_add(1)))
}

/// Four numbers, none of them written as octal.
fn is_ipv4(text: &[u8]) -> bool {
    let is_byte =
        |part: &[u8]| digits(part).is_some_and(|byte| byte < 256) && (part.len() == 1 || !part.starts_with(b"0"));
    labels(text).all(is_byte) && labels(text).count() == 4
}

/// A host name. URL parsers read one whose last label is a number as an IPv4 address, however it is spelt, so that
/// `127.1` would be another host than it says.
fn is_name(text: &[u8]) -> bool {
    // RFC 1123, section 2.1.
    let is_host_label = |label: &[u8]| {
        let has_these = label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        is_label(label) && label.len() <= 63 && has_these
    };
    let last = labels(text).next_back().and_then(<[u8]>::first);
    text.len() <= 253 && labels(text).all(is_host_label) && last.is_some_and(u8::is_ascii_alphabetic)
}

fn username(given: Json, credentials: Credentials) -> Result<Secret, Box<Error>> {
    let username = credential("username", given)?;
    // RFC 7617, section 2: the first colon ends the user name.
    if credentials == Credentials::BasicRaw && username.expose().bytes().any(|byte| byte == b':') {
        return Err(Error::config(
            "username",
            "username must have no colon with HTTP Basic; set basicEncoding to \"rfc6749\" if Flinks decodes it.",
        ));
    }
    Ok(username)
}

fn credential(field: &'static str, given: Json) -> Result<Secret, Box<Error>> {
    const REMEDY: &str = "username and password must be text from a secret, neither empty nor with control characters.";
    let Json::Text(text) = given else { return Err(Error::config(field, REMEDY)) };
    let secret = Secret::new(text);
    let allowed = !secret.expose().is_empty() && !secret.expose().chars().any(char::is_control);
    if allowed { Ok(secret) } else { Err(Error::config(field, REMEDY)) }
}

/// It goes into a header as it is: visible ASCII (RFC 9110, section 5.5).
fn header(field: &'static str, given: Json) -> Result<Option<String>, Box<Error>> {
    match given {
        Json::Null => Ok(None),
        Json::Text(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(text)),
        _ => Err(Error::config(
            field,
            "instance and clientId must be what Flinks gave you: text of visible ASCII alone.",
        )),
    }
}

fn milliseconds(field: &'static str, given: &Json, default: u64) -> Result<u64, Box<Error>> {
    match *given {
        Json::Null => Ok(default),
        Json::Integer(ms) if ms >= 1 => Ok(ms.unsigned_abs()),
        _ => Err(Error::config(field, "timeoutMs and deadlineMs must be whole numbers of milliseconds from 1.")),
    }
}

/// How many tokens to keep ready, or the default where nothing is given. More than 100 would be a flood of requests.
#[must_use]
pub fn warm_count(given: &Json, default: usize) -> Option<usize> {
    match *given {
        Json::Null => Some(default),
        Json::Integer(count @ 0..=100) => usize::try_from(count).ok(),
        _ => None,
    }
}

/// One of two words; the first is the default.
enum Choice {
    First,
    Second,
}

fn choice(field: &'static str, given: &Json, [first, second]: [&str; 2]) -> Result<Choice, Box<Error>> {
    match given {
        Json::Null => Ok(Choice::First),
        Json::Text(text) if text == first => Ok(Choice::First),
        Json::Text(text) if text == second => Ok(Choice::Second),
        _ => Err(Error::config(field, "This option takes two words alone; its documentation names them.")),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{Config, Options};
    use crate::json::Json;

    fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    fn options(base_url: &str) -> Options {
        Options { base_url: text(base_url), username: text("user"), password: text("pass"), ..Options::default() }
    }

    fn refused_field(options: Options) -> Option<&'static str> {
        Config::new(options).err().and_then(|error| error.field)
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
            assert_eq!(Config::new(options(given)).expect(given).base_url, kept);
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
            assert_eq!(refused_field(options(given)), Some("baseUrl"), "{given:?}");
        }
    }

    #[test]
    fn names_the_option_that_is_wrong() {
        let good = || options("https://pay.example.com");
        assert_eq!(refused_field(Options { base_url: Json::Integer(1), ..good() }), Some("baseUrl"));
        assert_eq!(refused_field(Options { username: Json::Null, ..good() }), Some("username"));
        assert_eq!(refused_field(Options { username: text("a:b"), ..good() }), Some("username"));
        assert_eq!(refused_field(Options { username: text("a\n"), ..good() }), Some("username"));
        assert_eq!(refused_field(Options { password: text(""), ..good() }), Some("password"));
        assert_eq!(refused_field(Options { password: text("a\u{7f}"), ..good() }), Some("password"));
        assert_eq!(refused_field(Options { timeout_ms: Json::Integer(0), ..good() }), Some("timeoutMs"));
        assert_eq!(refused_field(Options { timeout_ms: text("8000"), ..good() }), Some("timeoutMs"));
        assert_eq!(
            refused_field(Options { deadline_ms: Json::Decimal("0.5".to_owned()), ..good() }),
            Some("deadlineMs")
        );
        for count in [Json::Integer(-1), Json::Integer(101), Json::Decimal("0.5".to_owned()), text("1")] {
            assert_eq!(refused_field(Options { warm_tokens: count, ..good() }), Some("warmTokens"));
        }
        assert_eq!(refused_field(Options { instance: text("a b"), ..good() }), Some("instance"));
        assert_eq!(refused_field(Options { client_id: text(""), ..good() }), Some("clientId"));
        assert_eq!(refused_field(Options { credentials_in: text("body"), ..good() }), Some("credentialsIn"));
        assert_eq!(refused_field(Options { basic_encoding: text(""), ..good() }), Some("basicEncoding"));
        assert_eq!(refused_field(Options { token_header: text("Bearer"), ..good() }), Some("tokenHeader"));
        assert_eq!(refused_field(Options { amount_as: Json::Bool(true), ..good() }), Some("amountAs"));
    }

    #[test]
    fn a_colon_in_the_user_name_is_fine_where_it_is_encoded() {
        let username = || text("a:b");
        let rfc6749 =
            Options { username: username(), basic_encoding: text("rfc6749"), ..options("https://pay.example.com") };
        let form = Options { username: username(), credentials_in: text("form"), ..options("https://pay.example.com") };
        assert_eq!(refused_field(rfc6749), None);
        assert_eq!(refused_field(form), None);
    }

    #[test]
    fn prints_no_credentials() {
        let canaries =
            Options { username: text("canary-u"), password: text("canary-p"), ..options("https://pay.example.com") };
        let printed = format!("{:?}", Config::new(canaries).expect("a config"));
        assert!(!printed.contains("canary"), "{printed}");
    }

    #[test]
    fn takes_what_the_documentation_names() {
        use super::{AmountAs, Credentials, TokenHeader};
        let config = Config::new(options("https://pay.example.com")).expect("a config");
        assert_eq!((config.timeout_ms, config.deadline_ms, config.instance), (8_000, 25_000, None));
        assert_eq!(config.warm_tokens, 0);
        let warm = Options { warm_tokens: Json::Integer(100), ..options("https://pay.example.com") };
        assert_eq!(Config::new(warm).expect("a config").warm_tokens, 100);
        assert_eq!(config.credentials, Credentials::BasicRaw);
        assert_eq!((config.token_header, config.amount_as), (TokenHeader::Authorization, AmountAs::Number));

        let with = |credentials_in, basic_encoding, token_header, amount_as| {
            Config::new(Options {
                timeout_ms: Json::Integer(1),
                deadline_ms: Json::Integer(i64::MAX),
                instance: text("!~"),
                client_id: text("c-1"),
                credentials_in: text(credentials_in),
                basic_encoding: text(basic_encoding),
                token_header: text(token_header),
                amount_as: text(amount_as),
                ..options("https://pay.example.com")
            })
            .expect("a config")
        };
        let firsts = with("basic", "raw", "authorization", "number");
        assert_eq!((firsts.timeout_ms, firsts.deadline_ms), (1, 9_223_372_036_854_775_807));
        assert_eq!((firsts.instance.as_deref(), firsts.client_id.as_deref()), (Some("!~"), Some("c-1")));
        assert_eq!(firsts.credentials, Credentials::BasicRaw);
        assert_eq!((firsts.token_header, firsts.amount_as), (TokenHeader::Authorization, AmountAs::Number));
        let seconds = with("form", "rfc6749", "bearertoken", "string");
        assert_eq!(seconds.credentials, Credentials::Form);
        assert_eq!((seconds.token_header, seconds.amount_as), (TokenHeader::BearerToken, AmountAs::Text));
        assert_eq!(with("basic", "rfc6749", "authorization", "number").credentials, Credentials::BasicRfc6749);
    }

    #[test]
    fn takes_names_and_ports_up_to_their_limits() {
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(61));
        for host in [longest.as_str(), "a", "pay-1.example", "pay.example.com:1", "pay.example.com:65535"] {
            assert_eq!(refused_field(options(&format!("https://{host}"))), None, "{host}");
        }
        for host in [&format!("{longest}a"), &"a".repeat(64), "pay-.example", "pay_1.example", "[::1]x", "[::1]:"] {
            assert_eq!(refused_field(options(&format!("https://{host}"))), Some("baseUrl"), "{host}");
        }
    }
}
