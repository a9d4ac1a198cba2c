// Mistakes that would lose or double a payment, or tell a merchant wrongly what became of one; `tests/seeded-bugs.mjs`
// makes each in a copy of the crate. An edit replaces a text that stands in its file exactly once.

/**
 * @typedef {{ file: string; find: string; replace: string }} Edit
 * @typedef {{ name: string; edits: Edit[] }} Bug
 */

const table = "src/decision.rs";
const sequence = "src/sequence.rs";
const token = "src/token.rs";
const funds = "src/funds.rs";

/** @type {Bug[]} */
export const bugs = [
	{
		name: "a token that was refused is sent again with the next session",
		edits: [
			{
				// The compiler forbids this, so the bug needs a copy of the token first.
				file: token,
				find: "impl SpentToken {\n",
				replace: `impl SpentToken {
    /// The same token, unspent.
    #[must_use]
    pub fn again(&self) -> AccessToken {
        let text = Secret::new(self.text.expose().to_owned());
        Token { text, asked_at: self.asked_at, dead_at: self.dead_at, pooled: false, right: Unspent(()) }
    }

`,
			},
			{
				file: sequence,
				find: "unspent = self.new_token().await?;",
				replace: "unspent = token.again();",
			},
		],
	},
	{
		name: "a payment request is repeated after a 503",
		edits: [
			{
				file: sequence,
				find: "        let sent = self.once(Step::PaymentRequest, &token, request).await;\n",
				replace: `        let mut sent = self.once(Step::PaymentRequest, &token, request).await;
        if matches!(&sent.result, Ok(Answer { status: 503, .. })) {
            let again = interac::payment_request(self.config, &token);
            sent = self.once(Step::PaymentRequest, &token, again).await;
        }
`,
			},
		],
	},
	{
		name: "a 5xx to what moves money is called rejected",
		edits: [
			{
				file: table,
				find: "Refusal::Redirect | Refusal::Unavailable | Refusal::Impossible => after_sending(creates),",
				replace: `Refusal::Redirect | Refusal::Impossible => after_sending(creates),
            Refusal::Unavailable => Outcome::Rejected,`,
			},
		],
	},
	{
		name: "initiate is repeated after a lost answer",
		edits: [
			{
				file: table,
				find: "        (Effect::Token | Effect::Payment | Effect::Nothing, _) => Again::Never,",
				replace: `        (Effect::Payment, Code::Network) if matches!(step, Step::Initiate) => Again::WithNewToken,
        (Effect::Token | Effect::Payment | Effect::Nothing, _) => Again::Never,`,
			},
		],
	},
	{
		name: "an e-mailed request is repeated after a 401",
		edits: [
			{
				file: table,
				find: "if matches!(step, Step::Initiate | Step::Session) => Again::WithNewToken,",
				replace: "if matches!(step, Step::Initiate | Step::Session | Step::SendRequest) => Again::WithNewToken,",
			},
		],
	},
	{
		name: "a 401 is answered with new tokens without end",
		edits: [
			{ file: sequence, find: "Err(miss) if number == 1 && miss", replace: "Err(miss) if miss" },
			{ file: sequence, find: "if is_refused && !token_was_refused {", replace: "if is_refused {" },
		],
	},
	{
		name: "a token that died on the way to the payment request is sent",
		edits: [
			{
				file: sequence,
				find: "        if !token.is_alive(self.host.now()) {\n",
				replace: "        if !token.is_alive(0) && false {\n",
			},
		],
	},
	{
		name: "a token is sent although the clock stands before it was asked for",
		edits: [{ file: token, find: "self.asked_at <= now && now < self.dead_at", replace: "now < self.dead_at" }],
	},
	{
		name: "a token is sent up to its last second",
		edits: [{ file: token, find: "(life / 2).min(30_000)", replace: "(life / 2).min(0)" }],
	},
	{
		name: "a token that reads share is sent though it died meanwhile",
		edits: [
			{
				file: token,
				find: "self.reading.take().filter(|token| token.is_alive(now));",
				replace: "self.reading.take().filter(|_| now > 0);",
			},
		],
	},
	{
		name: "each read asks for a token of its own",
		edits: [
			{
				file: token,
				find: "            self.reading.set(Some(Rc::clone(&token)));\n",
				replace: "            self.reading.take();\n",
			},
		],
	},
	{
		name: "a token that was refused stays with those who read",
		edits: [{ file: sequence, find: "                self.pool.unshare(&token);\n", replace: "" }],
	},
	{
		name: "a read that is refused throws away what another shares",
		edits: [
			{
				file: token,
				find: "self.reading.take().filter(|token| !Rc::ptr_eq(token, refused));",
				replace: "self.reading.take().filter(|_| Rc::strong_count(refused) == 0);",
			},
		],
	},
	{
		name: "after a 401 a read takes what another shares",
		edits: [
			{
				file: sequence,
				find: "(token_was_refused, shared) = (true, None);",
				replace: "(token_was_refused, shared) = (true, self.pool.reading(self.host.now()));",
			},
		],
	},
	{
		name: "a token that started a session is shared by reads",
		edits: [
			{
				// The compiler forbids this, so the bug needs a copy of the token first.
				file: token,
				find: "    pub fn unshare(&self,",
				replace: `    pub fn share_spent(&self, token: &SpentToken) {
        let text = Secret::new(token.text.expose().to_owned());
        let (asked_at, dead_at, pooled) = (token.asked_at, token.dead_at, token.pooled);
        self.reading.set(Some(Rc::new(Token { text, asked_at, dead_at, pooled, right: Reading(()) })));
    }

    /// As it was.
    pub fn unshare(&self,`,
			},
			{
				file: sequence,
				find: "                    return Ok(token.for_session(session_id));\n",
				replace: `                    self.pool.share_spent(&token);
                    return Ok(token.for_session(session_id));
`,
			},
		],
	},
	{
		name: "a call that was ended on the way is called not sent",
		edits: [
			{
				file: table,
				find: "Lost::During(interrupt) => Self::Unanswered(Silence::Ended(interrupt)),",
				replace: "Lost::During(interrupt) => Self::NotSent(interrupt),",
			},
		],
	},
	{
		name: "a step may take longer than the deadline leaves",
		edits: [
			{
				file: sequence,
				find: "let limit_ms = remaining_ms.min(self.config.timeout_ms);",
				replace: "let limit_ms = self.config.timeout_ms;",
			},
		],
	},
	{
		name: "requests leave after the deadline",
		edits: [
			{
				file: sequence,
				find: "let result = if remaining_ms == 0 {\n",
				replace: "let result = if remaining_ms == u64::MAX {\n",
			},
		],
	},
	{
		name: "refused credentials are sent again",
		edits: [
			{
				file: table,
				find: "        (Effect::Nothing, Code::TokenRejected) => Again::WithNewToken,",
				replace: `        (Effect::Token, Code::CredentialsRejected) => Again::AfterPause,
        (Effect::Nothing, Code::TokenRejected) => Again::WithNewToken,`,
			},
		],
	},
	{
		name: "Retry-After is not waited for",
		edits: [{ file: sequence, find: "jitter_ms.max(miss.retry_after_ms.unwrap_or(0))", replace: "jitter_ms" }],
	},
	{
		name: "reads are tried ten times",
		edits: [{ file: sequence, find: "const TRIES: u32 = 3;", replace: "const TRIES: u32 = 10;" }],
	},
	{
		name: "an unknown payment is told without its session",
		edits: [{ file: sequence, find: "                    self.knows(&session_id);\n", replace: "" }],
	},
	{
		name: "the pool hands the same token out twice",
		edits: [
			{
				// The compiler forbids this, so the bug needs a copy of the token first.
				file: token,
				find: "        let token = alive.next();\n        self.tokens.set(alive.collect());\n",
				replace: `        let token = alive.next();
        let mut left: Vec<_> = alive.collect();
        if let Some(Token { text, asked_at, dead_at, pooled, .. }) = &token {
            let text = Secret::new(text.expose().to_owned());
            left.push(Token { text, asked_at: *asked_at, dead_at: *dead_at, pooled: *pooled, right: Unspent(()) });
        }
        self.tokens.set(left);
`,
			},
		],
	},
	{
		name: "the pool is not emptied after a 401",
		edits: [{ file: sequence, find: "            self.pool.empty();\n", replace: "" }],
	},
	{
		name: "the pool hands out tokens that died in it",
		edits: [
			{
				file: token,
				find: "into_iter().filter(|token| token.is_alive(now));",
				replace: "into_iter().filter(|_| now > 0);",
			},
		],
	},
	{
		name: "a token that was read with goes into the pool",
		edits: [
			{
				// The compiler forbids this, so the bug needs a copy of the token first.
				file: token,
				find: "        let token = Rc::new(token.for_reading());\n",
				replace: `        let text = Secret::new(token.text.expose().to_owned());
        let (asked_at, dead_at) = (token.asked_at, token.dead_at);
        self.look(|tokens| tokens.push(Token { text, asked_at, dead_at, pooled: true, right: Unspent(()) }));
        let token = Rc::new(token.for_reading());
`,
			},
		],
	},
	{
		name: "a token is asked for although one is ready",
		edits: [
			{
				file: sequence,
				find: "            Some(token) => Ok(token),\n            None => self.new_token().await,",
				replace: "            Some(_) | None => self.new_token().await,",
			},
		],
	},
	{
		name: "who warms the pool does not count what others fetch for it",
		edits: [{ file: token, find: "self.ready(now).saturating_add(self.fetching.get());", replace: "self.ready(now);" }],
	},
	{
		name: "whoever gives up warming the pool leaves a place taken",
		edits: [
			{
				file: token,
				find: "        self.0.fetching.set(self.0.fetching.get().saturating_sub(1));\n",
				replace: "        let _ = &self.0;\n",
			},
		],
	},
	{
		name: "after a 401 another token of the pool is taken",
		edits: [{ file: sequence, find: "unspent = self.new_token().await?;", replace: "unspent = self.token().await?;" }],
	},
	{
		name: "what is scheduled counts as paid",
		edits: [
			{
				file: funds,
				find: "            Self::Guaranteed | Self::Settled => true,\n            Self::None | Self::Scheduled | Self::Returned => false,",
				replace:
					"            Self::Scheduled | Self::Guaranteed | Self::Settled => true,\n            Self::None | Self::Returned => false,",
			},
		],
	},
];
