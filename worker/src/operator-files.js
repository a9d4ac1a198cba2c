// The files of the operator's page, as text: they go along with the code, wherever that is deployed.
// In JavaScript, since a compiler would take them for modules.

import apiJs from "../public/operator/api.js" with { type: "text" };
import attentionJs from "../public/operator/attention.js" with { type: "text" };
import iconSvg from "../public/operator/icon.svg" with { type: "text" };
import indexHtml from "../public/operator/index.html" with { type: "text" };
import listJs from "../public/operator/list.js" with { type: "text" };
import operatorCss from "../public/operator/operator.css" with { type: "text" };
import operatorJs from "../public/operator/operator.js" with { type: "text" };
import pageJs from "../public/operator/page.js" with { type: "text" };
import paymentJs from "../public/operator/payment.js" with { type: "text" };
import settingsJs from "../public/operator/settings.js" with { type: "text" };
import wordsJs from "../public/operator/words.js" with { type: "text" };

/** By their names under `/operator/`. */
export const FILES = {
	"api.js": apiJs,
	"attention.js": attentionJs,
	"icon.svg": iconSvg,
	"index.html": indexHtml,
	"list.js": listJs,
	"operator.css": operatorCss,
	"operator.js": operatorJs,
	"page.js": pageJs,
	"payment.js": paymentJs,
	"settings.js": settingsJs,
	"words.js": wordsJs,
};
