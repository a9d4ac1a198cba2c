// What is wrong with the settings of this deployment, on top of every view until it is right.

import { ask } from "./api.js";
import { $, element } from "./page.js";

/** Fills the notice; where every binding can be used there is none. */
export async function showSettings(signal) {
	const { bindings } = await ask("/config", { signal });
	const wrong = bindings.filter(({ why }) => why !== undefined);
	$("settings").replaceChildren(...(wrong.length > 0 ? [notice(wrong)] : []));
}

function notice(wrong) {
	const title = wrong.length === 1 ? "A setting cannot be used" : `${wrong.length} settings cannot be used`;
	const items = wrong.map(({ name, why, meanwhile }) =>
		element(
			"li",
			{},
			element("p", {}, element("code", {}, name), " ", why),
			element("p", { className: "note" }, `Meanwhile: ${meanwhile}`),
		),
	);
	return element(
		"section",
		{ className: "card attention refused", "aria-labelledby": "settings-title" },
		element("h2", { id: "settings-title" }, title),
		element("ul", { className: "settings" }, ...items),
	);
}
