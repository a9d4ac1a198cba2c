// The script of the page with the launcher: it notes each event.

import * as launcher from "/launcher.js";

const events = [];
Object.assign(window, { launcher, events, pay: document.getElementById("pay") });
for (const type of ["step", "status", "problem"])
	window.pay.addEventListener(type, ({ detail }) => events.push([type, { ...detail }]));
addEventListener("securitypolicyviolation", ({ violatedDirective }) => events.push(["violation", violatedDirective]));
window.ready = true;
