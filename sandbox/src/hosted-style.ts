// The hosted page's style, as text: the sandbox is one module wherever it runs, and has no files to serve. The sandbox's
// own; Flinks dresses its page for each client.

/** The style of the hosted page. */
export const STYLE = `:root {
	color-scheme: light dark;
	--paper: #f5f4f0;
	--card: #ffffff;
	--ink: #1d1f24;
	--soft: #5d616b;
	--line: #dcdad3;
	--accent: #1f5f4f;
	--on-accent: #ffffff;
	--label: #fff1cf;
	--label-ink: #5b4300;
	--alarm: #a3261b;
}
@media (prefers-color-scheme: dark) {
	:root {
		--paper: #15171b;
		--card: #1e2127;
		--ink: #eceae4;
		--soft: #a6a9b1;
		--line: #353941;
		--accent: #7fd1b9;
		--on-accent: #0d211b;
		--label: #3a2f12;
		--label-ink: #f7dfa3;
		--alarm: #ff9a8d;
	}
}
* {
	box-sizing: border-box;
}
body {
	margin: 0;
	background: var(--paper);
	color: var(--ink);
	font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
}
.label {
	margin: 0;
	padding: 0.6rem 1rem;
	background: var(--label);
	color: var(--label-ink);
	font-size: 0.875rem;
	text-align: center;
}
main {
	width: min(100% - 2rem, 30rem);
	margin: 1.25rem auto;
	padding: 1.5rem;
	background: var(--card);
	border: 1px solid var(--line);
	border-radius: 0.9rem;
	overflow-wrap: anywhere;
}
h1 {
	margin: 0 0 0.75rem;
	font-size: 1.35rem;
	line-height: 1.25;
	letter-spacing: -0.01em;
}
h1:focus {
	outline: none;
}
h2 {
	margin: 1.5rem 0 0.5rem;
	font-size: 1rem;
}
p {
	margin: 0 0 1rem;
}
.amount {
	margin: 0 0 1rem;
	font-size: 2.5rem;
	font-weight: 650;
	line-height: 1.1;
	letter-spacing: -0.03em;
	font-variant-numeric: tabular-nums;
}
.amount span {
	color: var(--soft);
	font-size: 1rem;
	font-weight: 500;
	letter-spacing: 0;
}
dl {
	margin: 0 0 1.25rem;
	padding: 0.25rem 0;
	border-block: 1px solid var(--line);
}
dt {
	padding-top: 0.4rem;
	color: var(--soft);
	font-size: 0.8125rem;
}
dd {
	margin: 0;
	padding-bottom: 0.4rem;
}
code {
	color: var(--ink);
	font: 0.875rem/1.4 ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace;
}
.actions {
	display: grid;
	gap: 0.6rem;
}
button {
	min-height: 2.75rem;
	padding: 0.5rem 1rem;
	background: transparent;
	border: 1px solid var(--line);
	border-radius: 0.6rem;
	color: var(--ink);
	font: inherit;
	font-weight: 550;
	cursor: pointer;
}
button:hover {
	border-color: var(--accent);
}
button.primary {
	background: var(--accent);
	border-color: var(--accent);
	color: var(--on-accent);
}
button.primary:hover {
	filter: brightness(1.08);
}
button:disabled {
	opacity: 0.5;
	cursor: default;
}
button:focus-visible {
	outline: 3px solid var(--accent);
	outline-offset: 2px;
}
.bank {
	display: flex;
	align-items: center;
	gap: 0.8rem;
	width: 100%;
	margin-bottom: 1.25rem;
	padding: 0.8rem;
	text-align: left;
}
.bank span {
	display: grid;
	place-items: center;
	width: 2.4rem;
	height: 2.4rem;
	background: var(--accent);
	border-radius: 0.5rem;
	color: var(--on-accent);
	font-size: 0.875rem;
	font-weight: 650;
}
.status {
	color: var(--soft);
}
.status strong {
	color: var(--ink);
}
label {
	display: grid;
	gap: 0.25rem;
	margin-bottom: 0.9rem;
	color: var(--soft);
	font-size: 0.875rem;
}
input {
	min-height: 2.75rem;
	padding: 0.5rem 0.75rem;
	background: transparent;
	border: 1px solid var(--line);
	border-radius: 0.6rem;
	color: var(--ink);
	font: inherit;
	font-size: 1rem;
}
input:focus-visible,
summary:focus-visible {
	outline: 3px solid var(--accent);
	outline-offset: 2px;
}
details {
	margin-top: 1.25rem;
	color: var(--soft);
	font-size: 0.875rem;
}
summary {
	padding: 0.4rem 0;
	cursor: pointer;
}
#problem {
	margin: 1rem 0 0;
	color: var(--alarm);
}
#problem:empty {
	margin: 0;
}
`;
