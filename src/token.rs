//! Access tokens. One token may start one session (docs.flinks.com/api/pay/endpoints/authorize/authorize), and the compiler
//! proves it: a token is a value that is moved into the request that creates a session, and what comes back can be sent with
//! that session only. A token for reads has given up that right. `tests/compile_fail` shows what does not compile.

use crate::ids::SessionId;
use crate::secret::Secret;

/// Milliseconds on the host's clock, since the Unix epoch.
pub type Millis = u64;

/// A token that has not been sent yet.
pub type AccessToken = Token<Unspent>;

/// A token that was moved into a request that may create a session. It cannot be sent again until that session is known,
/// and never if it stays unknown.
pub type SpentToken = Token<Spent>;

/// A token and the one session that it may be sent with.
pub type SessionToken = Token<SessionId>;

/// A token for reads, which can start no session any more.
pub type ReadToken = Token<ReadOnly>;

/// A token: its text, its lifetime, and what became of its right to start a session.
#[derive(Debug)]
pub struct Token<Right> {
    text: Secret,
    asked_at: Millis,
    dead_at: Millis,
    pooled: bool,
    right: Right,
}

/// The right to start one session is unused.
#[derive(Debug)]
pub struct Unspent(());

/// The right to start one session is used.
#[derive(Debug)]
pub struct Spent(());

/// The right to start one session was given up.
#[derive(Debug)]
pub struct ReadOnly(());

impl<Right> Token<Right> {
    /// Whether it may be sent now. If the clock was set back to before the token was requested, its age is not known, so it
    /// counts as dead.
    #[must_use]
    pub const fn is_alive(&self, now: Millis) -> bool {
        self.asked_at <= now && now < self.dead_at
    }

    /// Milliseconds since it was requested.
    #[must_use]
    pub const fn age_ms(&self, now: Millis) -> u64 {
        now.saturating_sub(self.asked_at)
    }

    /// The value of the header that carries it.
    #[must_use]
    pub fn bearer(&self) -> Secret {
        Secret::concat(&["Bearer ", self.text.expose()])
    }

    /// Whether it comes from the pool.
    #[must_use]
    pub const fn is_pooled(&self) -> bool {
        self.pooled
    }

    fn with<Other>(self, right: Other) -> Token<Other> {
        let Self { text, asked_at, dead_at, pooled, right: _ } = self;
        Token { text, asked_at, dead_at, pooled, right }
    }
}

impl AccessToken {
    /// A token from the answer to a request that was sent at `asked_at`, valid for `expires_in` seconds from then. `None` if
    /// it has characters that RFC 6750, section 2.1, does not allow in a header, or more than 8192 of them.
    #[must_use]
    pub fn new(text: String, asked_at: Millis, expires_in: u64) -> Option<Self> {
        // Wrapped first, so that a refused token is overwritten too.
        let text = Secret::new(text);
        let life = expires_in.saturating_mul(1_000);
        let margin = (life / 2).min(30_000);
        let dead_at = asked_at.saturating_add(life.saturating_sub(margin));
        is_b64token(text.expose()).then_some(Self { text, asked_at, dead_at, pooled: false, right: Unspent(()) })
    }

    /// Spends the token on the one request that starts a session with it.
    #[must_use]
    pub fn spend(self) -> SpentToken {
        self.with(Spent(()))
    }

    /// Gives up the right to start a session, so that it may read anything, any number of times, until it is dead.
    #[must_use]
    pub fn for_reading(self) -> ReadToken {
        self.with(ReadOnly(()))
    }

    /// Binds an unspent token to a session that exists already.
    #[must_use]
    pub fn for_session(self, session_id: SessionId) -> SessionToken {
        self.with(session_id)
    }

    /// The same, marked as one from the pool.
    #[must_use]
    pub(crate) fn into_pooled(self) -> Self {
        Self { pooled: true, ..self }
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

/// RFC 6750, section 2.1: `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`.
fn is_b64token(text: &str) -> bool {
    let mut body = text.as_bytes();
    while let [rest @ .., b'='] = body {
        body = rest;
    }
    !body.is_empty()
        && text.len() <= 8_192
        && body
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/'))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::{AccessToken, SessionId};

    fn token(text: &str) -> Option<AccessToken> {
        AccessToken::new(text.to_owned(), 0, 299)
    }

    #[test]
    fn dies_at_request_start_plus_life_minus_margin() {
        for (expires_in, dead_at) in [(299, 269_000), (599, 569_000), (60, 30_000), (20, 10_000), (1, 500)] {
            let token = AccessToken::new("t".to_owned(), 1_000, expires_in).expect("a token");
            assert!(token.is_alive(1_000));
            assert!(token.is_alive(1_000 + dead_at - 1));
            assert!(!token.is_alive(1_000 + dead_at));
            assert!(!token.is_alive(999), "the clock was set back");
        }
    }

    #[test]
    fn the_longest_life_does_not_overflow() {
        let token = AccessToken::new("t".to_owned(), u64::MAX, u64::MAX).expect("a token");
        assert!(!token.is_alive(u64::MAX));
    }

    #[test]
    fn refuses_text_that_a_header_cannot_carry() {
        for text in ["84002b62-a47e-45a6-97dd-306a8f9721d7", "a.b_c~d+e/f==", &"a".repeat(8_192)] {
            assert!(token(text).is_some(), "{text}");
        }
        for text in ["", "=", "a b", "a\r\nb", "a=b", "é", "😀", &"a".repeat(8_193)] {
            assert!(token(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn debug_prints_no_token() {
        let printed = format!("{:?}", token("canary").expect("a token"));
        assert!(printed.contains("[secret]") && !printed.contains("canary"), "{printed}");
    }

    #[test]
    fn keeps_its_age_and_lifetime_when_it_is_bound_to_a_session() {
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
