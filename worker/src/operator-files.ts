/// <reference path="./text-files.d.ts" />
// The files of the operator's page, as text: they are bundled with the code.

import apiJs from "../public/operator/api.js" with { type: "text" };
import attentionJs from "../public/operator/attention.js" with { type: "text" };
import domJs from "../public/operator/dom.js" with { type: "text" };
import iconSvg from "../public/operator/icon.svg" with { type: "text" };
import indexHtml from "../public/operator/index.html" with { type: "text" };
import labelsJs from "../public/operator/labels.js" with { type: "text" };
import listJs from "../public/operator/list.js" with { type: "text" };
import operatorCss from "../public/operator/operator.css" with { type: "text" };
import operatorJs from "../public/operator/operator.js" with { type: "text" };
import paymentJs from "../public/operator/payment.js" with { type: "text" };
import settingsJs from "../public/operator/settings.js" with { type: "text" };

export const FILES: Readonly<Record<string, string>> = {
	"api.js": apiJs,
	"attention.js": attentionJs,
	"icon.svg": iconSvg,
	"index.html": indexHtml,
	"list.js": listJs,
	"operator.css": operatorCss,
	"operator.js": operatorJs,
	"dom.js": domJs,
	"payment.js": paymentJs,
	"settings.js": settingsJs,
	"labels.js": labelsJs,
};
