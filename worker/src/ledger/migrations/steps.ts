// The SQL of each step: step N makes schema N of schema N - 1. A released step is never changed.

import first from "./0001-first.ts";
import due from "./0002-due.ts";
import money from "./0003-money.ts";
import feed from "./0004-feed.ts";
import oneRow from "./0005-one-row.ts";

export const STEPS: readonly string[] = [first, due, money, feed, oneRow];
