// The unusable settings of this deployment, on top of every view until they are corrected.

import { callApi } from "./api.js";
import { $, element } from "./dom.js";

/** Shows the notice, where a binding is unusable. */
export async function showSettings(signal) {
	const { bindings } = await callApi("/config", { signal });
	const wrong = bindings.filter(({ why }) => why !== undefined);
	$("settings").replaceChildren(...(wrong.length > 0 ? [notice(wrong)] : []));
}

function notice(wrong) {
	const title = wrong.length === 1 ? "A setting is not valid" : `${wrong.length} settings are not valid`;
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
