//! Access tokens as values that are moved. One token may start one session (docs.flinks.com/api/pay/endpoints/authorize/authorize),
//! and here the compiler proves it: what creates a session takes the token away from its owner, and what comes back fits
//! that session alone. `tests/compile_fail` shows what does not compile.

use crate::secret::Secret;

/// Milliseconds on the host's clock, since the Unix epoch.
pub type Millis = u64;

/// A token that has started nothing yet.
pub type AccessToken = Token<Unspent>;

/// A token that was moved into a request which may create a session. Nobody can send it again until that session is
/// known; if the session never is, the token is lost with it.
pub type SpentToken = Token<Spent>;

/// A token together with the one session that it may be sent with.
pub type SessionToken = Token<SessionId>;

/// The text of a token, when it may be sent, and what has become of its right to start a session.
#[derive(Debug)]
pub struct Token<Right> {
    text: Secret,
    asked_at: Millis,
    dead_at: Millis,
    right: Right,
}

/// The right to start one session, unused.
#[derive(Debug)]
pub struct Unspent(());

/// The right to start one session, used up.
#[derive(Debug)]
pub struct Spent(());

impl<Right> Token<Right> {
    /// Whether it may be sent now. A clock that was set back before the token was asked for proves nothing, so the token
    /// counts as dead then.
    #[must_use]
    pub const fn is_alive(&self, now: Millis) -> bool {
        self.asked_at <= now && now < self.dead_at
    }

    /// Milliseconds since it was asked for.
    #[must_use]
    pub const fn age_ms(&self, now: Millis) -> u64 {
        now.saturating_sub(self.asked_at)
    }

    /// The value of the header that carries it.
    #[must_use]
    pub fn bearer(&self) -> Secret {
        Secret::concat(&["Bearer ", self.text.expose()])
    }

    fn with<Other>(self, right: Other) -> Token<Other> {
        Token { text: self.text, asked_at: self.asked_at, dead_at: self.dead_at, right }
    }
}

impl AccessToken {
    /// A token from an answer to a request that was sent at `asked_at`, good for `expires_in` seconds from then. `None` if
    /// it has characters that RFC 6750, section 2.1, does not allow in a header, or more than 8192 of them.
    #[must_use]
    pub fn new(text: String, asked_at: Millis, expires_in: u64) -> Option<Self> {
        // Wrapped first, so that a refused token is overwritten too.
        let text = Secret::new(text);
        let life = expires_in.saturating_mul(1_000);
        let margin = (life / 2).min(30_000);
        let dead_at = asked_at.saturating_add(life.saturating_sub(margin));
        is_b64token(text.expose()).then_some(Self { text, asked_at, dead_at, right: Unspent(()) })
    }

    /// Gives the token up to the one request that starts a session with it.
    #[must_use]
    pub fn spend(self) -> SpentToken {
        self.with(Spent(()))
    }

    /// Binds a token that has started nothing to a session that exists already.
    #[must_use]
    pub fn for_session(self, session_id: SessionId) -> SessionToken {
        self.with(session_id)
    }
}

impl SpentToken {
    /// Binds the token to the session that it has started.
    #[must_use]
    pub fn for_session(self, session_id: SessionId) -> SessionToken {
        self.with(session_id)
    }
}

impl SessionToken {
    /// The session that it may be sent with.
    #[must_use]
    pub const fn session_id(&self) -> &SessionId {
        &self.right
    }
}

/// Flinks' id of a session: 1 to 64 ASCII letters, digits and hyphens, since it goes into URLs and bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionId(String);

/// Flinks' id of a payment request: 1 to 64 ASCII letters, digits and hyphens, since it goes into URLs and bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl SessionId {
    /// `None` for what is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RequestId {
    /// `None` for what is no id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// RFC 6750, section 2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty()
        && text.len() <= 8_192
        && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{AccessToken, SessionId};

    fn token(text: &str) -> Option<AccessToken> {
        AccessToken::new(text.to_owned(), 0, 299)
    }

    #[test]
    fn dies_at_request_start_plus_life_less_margin() {
        for (expires_in, dead_at) in [(299, 269_000), (599, 569_000), (60, 30_000), (20, 10_000), (1, 500)] {
            let token = AccessToken::new("t".to_owned(), 1_000, expires_in).expect("a token");
            assert!(token.is_alive(1_000));
            assert!(token.is_alive(1_000 + dead_at - 1));
            assert!(!token.is_alive(1_000 + dead_at));
            assert!(!token.is_alive(999), "the clock was set back");
        }
    }

    #[test]
    fn an_endless_life_does_not_overflow() {
        let token = AccessToken::new("t".to_owned(), u64::MAX, u64::MAX).expect("a token");
        assert!(!token.is_alive(u64::MAX));
    }

    #[test]
    fn takes_only_what_a_header_can_carry() {
        for text in ["84002b62-a47e-45a6-97dd-306a8f9721d7", "a.b_c~d+e/f==", &"a".repeat(8_192)] {
            assert!(token(text).is_some(), "{text}");
        }
        for text in ["", "=", "a b", "a\r\nb", "a=b", "é", "😀", &"a".repeat(8_193)] {
            assert!(token(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn ids_have_no_path_characters() {
        for text in ["6c376ebd-1670-49e3-9148-26c1360f98d3", "A1", &"a".repeat(64)] {
            assert!(SessionId::parse(text).is_some(), "{text}");
        }
        for text in ["", "../x", "a/b", "a?b", "a#b", "a%2e", "a.b", "a b", "é", &"a".repeat(65)] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn prints_nothing_of_itself() {
        let printed = format!("{:?}", token("canary").expect("a token"));
        assert!(printed.contains("[secret]") && !printed.contains("canary"), "{printed}");
    }

    #[test]
    fn tells_its_age_and_keeps_its_times_whatever_it_is_bound_to() {
        let ages = |age: fn(&AccessToken) -> u64| age(&AccessToken::new("t".to_owned(), 1_000, 60).expect("a token"));
        assert_eq!(ages(|token| token.age_ms(1_000)), 0);
        assert_eq!(ages(|token| token.age_ms(3_500)), 2_500);
        assert_eq!(ages(|token| token.age_ms(999)), 0, "the clock was set back");

        let session_id = SessionId::parse("s-1").expect("an id");
        let token = AccessToken::new("t".to_owned(), 1_000, 60).expect("a token");
        let token = token.spend().for_session(session_id.clone());
        assert_eq!(token.session_id(), &session_id);
        assert_eq!((token.age_ms(3_500), token.bearer().expose()), (2_500, "Bearer t"));
        assert!(token.is_alive(30_999) && !token.is_alive(31_000) && !token.is_alive(999));
    }
}
