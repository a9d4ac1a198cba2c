// The style of the sandbox's own page, as text: the sandbox is one module wherever it runs, and has no files to serve.

/** Light and dark, wide and narrow. */
export const STYLE = `:root {
	color-scheme: light dark;
	--paper: #f5f4f0;
	--card: #ffffff;
	--ink: #1d1f24;
	--soft: #5d616b;
	--line: #e2e0d9;
	--accent: #1f5f4f;
	--on-accent: #ffffff;
	--label: #fff1cf;
	--label-ink: #5b4300;
	--good: #e0f1ea;
	--good-ink: #14513f;
	--bad: #fbe6e3;
	--bad-ink: #8f2118;
	--wait: #eceef3;
	--wait-ink: #3f4757;
	--alarm: #a3261b;
	--mono: ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
	:root {
		--paper: #15171b;
		--card: #1e2127;
		--ink: #eceae4;
		--soft: #a6a9b1;
		--line: #32363e;
		--accent: #7fd1b9;
		--on-accent: #0d211b;
		--label: #3a2f12;
		--label-ink: #f7dfa3;
		--good: #1b3a31;
		--good-ink: #a5e5d1;
		--bad: #45211d;
		--bad-ink: #ffb9af;
		--wait: #2c313b;
		--wait-ink: #cfd5e2;
		--alarm: #ff9a8d;
	}
}
* {
	box-sizing: border-box;
}
[hidden] {
	display: none !important;
}
body {
	margin: 0;
	background: var(--paper);
	color: var(--ink);
	font: 0.9375rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
}
.label {
	margin: 0;
	padding: 0.5rem 1rem;
	background: var(--label);
	color: var(--label-ink);
	font-size: 0.875rem;
	text-align: center;
}
main {
	width: min(100% - 2rem, 84rem);
	margin: 1.5rem auto 3rem;
}
header {
	display: flex;
	flex-wrap: wrap;
	align-items: end;
	justify-content: space-between;
	gap: 1rem 3rem;
	margin-bottom: 0.75rem;
}
header > div {
	flex: 1 1 22rem;
}
h1 {
	margin: 0 0 0.35rem;
	font-size: 1.9rem;
	line-height: 1.15;
	letter-spacing: -0.025em;
}
h2 {
	margin: 0;
	font-size: 1.05rem;
	letter-spacing: -0.005em;
}
h3 {
	margin: 0;
	font-size: 1rem;
}
h3:focus {
	outline: none;
}
p {
	margin: 0;
}
header p,
.note,
.about,
.empty {
	color: var(--soft);
}
.clock h2 {
	color: var(--soft);
	font-size: 0.8125rem;
	font-weight: 500;
}
.clock time {
	color: var(--ink);
	font-size: 1.6rem;
	font-weight: 650;
	font-variant-numeric: tabular-nums;
	letter-spacing: -0.02em;
}
.clock .actions {
	margin-top: 0.3rem;
}
#said {
	min-height: 1.5rem;
	margin-bottom: 0.5rem;
	color: var(--accent);
	font-weight: 550;
}
#problem {
	margin-bottom: 0.75rem;
	color: var(--alarm);
	font-weight: 550;
}
#problem:empty {
	margin: 0;
}
.columns {
	display: grid;
	grid-template-columns: minmax(0, 1.9fr) minmax(0, 1fr);
	gap: 1rem;
	align-items: start;
}
.columns > div {
	display: grid;
	gap: 1rem;
	min-width: 0;
}
.card {
	min-width: 0;
	padding: 1.1rem 1.25rem;
	background: var(--card);
	border: 1px solid var(--line);
	border-radius: 0.9rem;
}
.title {
	display: flex;
	flex-wrap: wrap;
	align-items: center;
	justify-content: space-between;
	gap: 0.5rem 1rem;
	margin-bottom: 0.75rem;
}
.count {
	display: inline-block;
	min-width: 1.5rem;
	padding: 0 0.4rem;
	background: var(--wait);
	border-radius: 1rem;
	color: var(--wait-ink);
	font-size: 0.8125rem;
	font-weight: 550;
	text-align: center;
}
.actions {
	display: flex;
	flex-wrap: wrap;
	align-items: center;
	gap: 0.4rem;
}
.actions select {
	width: auto;
}
.actions > span {
	color: var(--soft);
	font-size: 0.875rem;
}
button,
.button {
	display: inline-flex;
	align-items: center;
	justify-content: center;
	min-height: 2.1rem;
	padding: 0.3rem 0.75rem;
	background: transparent;
	border: 1px solid var(--line);
	border-radius: 0.5rem;
	color: var(--ink);
	font: inherit;
	font-size: 0.875rem;
	font-weight: 550;
	text-decoration: none;
	cursor: pointer;
}
button:hover,
.button:hover {
	border-color: var(--accent);
}
.primary {
	background: var(--accent);
	border-color: var(--accent);
	color: var(--on-accent);
}
.primary:hover {
	filter: brightness(1.08);
}
button:focus-visible,
a:focus-visible,
select:focus-visible,
input:focus-visible,
summary:focus-visible,
.scroll:focus-visible {
	outline: 3px solid var(--accent);
	outline-offset: 2px;
}
a {
	color: var(--accent);
}
.button {
	color: var(--ink);
}
#payments {
	margin: 0;
	padding: 0;
	list-style: none;
}
#payments li {
	padding: 0.9rem 0;
	border-top: 1px solid var(--line);
}
#payments li:last-child {
	padding-bottom: 0;
}
@media (prefers-reduced-motion: no-preference) {
	.fresh .pill {
		animation: arrive 0.6s ease-out;
	}
	@keyframes arrive {
		from {
			transform: scale(1.25);
		}
	}
}
.line {
	display: flex;
	flex-wrap: wrap;
	align-items: baseline;
	gap: 0.2rem 0.75rem;
}
.amount {
	font-variant-numeric: tabular-nums;
}
.pill {
	display: inline-block;
	padding: 0.05rem 0.55rem;
	border-radius: 1rem;
	font-size: 0.8125rem;
	font-weight: 600;
	white-space: nowrap;
}
.good {
	background: var(--good);
	color: var(--good-ink);
}
.bad {
	background: var(--bad);
	color: var(--bad-ink);
}
.wait {
	background: var(--wait);
	color: var(--wait-ink);
}
.detail {
	color: var(--soft);
	font-size: 0.8125rem;
}
#payments dl {
	display: flex;
	flex-wrap: wrap;
	gap: 0 1.25rem;
	margin: 0.15rem 0 0.5rem;
	font-size: 0.8125rem;
}
#payments dl div {
	display: flex;
	flex-wrap: wrap;
	gap: 0 0.4rem;
}
dt {
	color: var(--soft);
}
dd {
	margin: 0;
	overflow-wrap: anywhere;
}
code {
	font: 0.8125rem/1.4 var(--mono);
	overflow-wrap: anywhere;
}
.scroll {
	max-height: 26rem;
	overflow: auto;
	border-radius: 0.25rem;
}
table {
	width: 100%;
	border-collapse: collapse;
	font-size: 0.875rem;
	font-variant-numeric: tabular-nums;
}
caption {
	padding-bottom: 0.4rem;
	color: var(--soft);
	font-size: 0.8125rem;
	text-align: left;
}
th {
	position: sticky;
	top: 0;
	background: var(--card);
	color: var(--soft);
	font-size: 0.8125rem;
	font-weight: 500;
}
th,
td {
	padding: 0.35rem 0.75rem 0.35rem 0;
	border-bottom: 1px solid var(--line);
	text-align: left;
	vertical-align: baseline;
}
td:first-child {
	color: var(--soft);
	white-space: nowrap;
}
td code,
td > span {
	white-space: nowrap;
}
tbody tr:last-child td {
	border-bottom: 0;
}
form {
	display: flex;
	flex-wrap: wrap;
	align-items: end;
	gap: 0.5rem;
	margin-bottom: 0.75rem;
}
label {
	display: grid;
	flex: 1 1 7rem;
	gap: 0.15rem;
	color: var(--soft);
	font-size: 0.8125rem;
}
.short {
	flex: 0 0 4.5rem;
}
select,
input {
	width: 100%;
	min-height: 2.1rem;
	padding: 0.25rem 0.5rem;
	background: var(--card);
	border: 1px solid var(--line);
	border-radius: 0.5rem;
	color: var(--ink);
	font: inherit;
	font-size: 0.875rem;
}
.note {
	margin-bottom: 0.6rem;
	font-size: 0.875rem;
	overflow-wrap: anywhere;
}
.note:empty {
	display: none;
}
details.card {
	margin-top: 1rem;
}
summary {
	font-weight: 600;
	cursor: pointer;
}
.reference {
	display: grid;
	grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr));
	gap: 1rem 2.5rem;
	margin-top: 1rem;
}
.reference dl {
	margin: 0.35rem 0 1.25rem;
}
.reference dl div {
	padding: 0.3rem 0;
	border-bottom: 1px solid var(--line);
}
@media (max-width: 60rem) {
	.columns {
		grid-template-columns: minmax(0, 1fr);
	}
}
@media (max-width: 40rem) {
	main {
		width: calc(100% - 1.25rem);
		margin-top: 1rem;
	}
	h1 {
		font-size: 1.5rem;
	}
	.card {
		padding: 0.9rem;
	}
	button,
	.button,
	select,
	input {
		min-height: 2.6rem;
	}
}
`;
