// The answers about a v2 session, with the keys of Flinks' pages: docs.flinks.com/api/pay/endpoints/geft/sessions-status,
// .../geft/sessions-details, .../eft/v2/sessions-details and .../e-transfer/sessions-details.
import { reference, type Settings } from "./options.ts";
import { answeredAmount, type Session } from "./session.ts";

/** Every payor's account at the sandbox's bank. */
const ACCOUNT = {
	institutionCode: "777",
	transitNumber: "77777",
	accountNumber: "1111000",
	accountLabel: "Chequing",
	availableBalance: 5000,
};

/** The body of `/status`. */
export function statusBody(session: Session, settings: Settings) {
	const { sessionId, status } = session;
	const amount = answeredAmount(session);
	return { sessionId, ...reference(settings, session.referenceId), amount, status, ...detailsOf(session, settings) };
}

/** The body of `/cancel`. */
export function cancelBody(session: Session, settings: Settings) {
	const { sessionId, status } = session;
	return { sessionId, ...reference(settings, session.referenceId), status, ...detailsOf(session, settings) };
}

function detailsOf({ product, statusDetails }: Session, settings: Settings): { statusDetails?: string | null } {
	return product === "e-Transfer" && settings.eTransferStatusDetails === "omitted" ? {} : { statusDetails };
}

/** The body of `/details`. */
export function detailsBody(session: Session, settings: Settings) {
	return session.product === "e-Transfer" ? eTransferDetails(session, settings) : eftDetails(session, settings);
}

function eTransferDetails(session: Session, settings: Settings) {
	const { sessionId, status, direction, payor, payee } = session;
	const amount = answeredAmount(session);
	const isShown = session.transaction !== "Initiated" || settings.initiatedTransactions === "one";
	const statusDetails = settings.eTransferStatusDetails === "null" ? { statusDetails: null } : {};
	return {
		...{ sessionId, status, ...statusDetails, ...reference(settings, session.referenceId), amount },
		...{ type: "e-Transfer", direction, currency: "CAD" },
		payor: { email: payor.email, firstName: payor.firstName, lastName: payor.lastName },
		payee,
		schedule: { transactions: isShown ? [{ id: session.transactionId, status: session.transaction }] : [] },
		createdAt: createdAt(session),
	};
}

function eftDetails(session: Session, settings: Settings) {
	const { sessionId, status, statusDetails, direction, nameMatch } = session;
	const amount = answeredAmount(session);
	const shownDetails = settings.detailsStatusDetails ? { statusDetails } : {};
	return {
		...{ sessionId, status, ...shownDetails, step: step(session), ...reference(settings, session.referenceId), amount },
		...{ type: "EFT", direction, currency: "CAD" },
		options: options(session),
		payor: payor(session, settings),
		payee: session.product === "GEFT" ? session.payee : null,
		guaranteeDetails: session.product === "GEFT" ? guaranteeDetails(session) : null,
		userDetails: { matchingPerformed: nameMatch !== null, nameMatch },
		createdAt: createdAt(session),
	};
}

/** Flinks' page shows the steps `Start` and `Complete`. */
function step({ sessionId, status, statusDetails, nameMatch }: Session) {
	const current = status === "Initiated" || status === "InProgress" ? "Start" : "Complete";
	// These ids stay the same for a session. No call of the sandbox takes them.
	const aggregationRequestId = nameMatch === null ? null : `aggregation-${sessionId}`;
	return { current, aggregationRequestId, padId: statusDetails === "EFT0301" ? `pad-${sessionId}` : null };
}

/** Every option that the page shows, with the values of the create. */
function options({ options: given, product, showConsentScreen, limits, language }: Session) {
	const inner = (name: string): Record<string, unknown> => Object({ ...Object(given[name]) });
	const { mode = "JsEvents", urlSuccess = null, urlExit = null } = inner("redirectPreferences");
	return {
		guarantee: { enable: product === "GEFT" },
		notificationPreferences: { language },
		showConsentScreen,
		limits,
		amountModification: given.amountModification ?? null,
		redirectPreferences: { mode, urlSuccess, urlExit },
	};
}

function payor({ payor: { address, middleName: _, ...given }, nameMatch }: Session, { accountNumber }: Settings) {
	const shown = accountNumber === "full" ? ACCOUNT.accountNumber : `****${ACCOUNT.accountNumber.slice(-4)}`;
	// The account is known once the names were compared at the bank.
	return { ...given, account: nameMatch === null ? null : { ...ACCOUNT, accountNumber: shown }, address };
}

function guaranteeDetails({ guarantee, nameMatch, amount }: Session) {
	const risk = nameMatch === null ? null : guarantee.offered === true ? "Low" : "High";
	return {
		guaranteeOffered: guarantee.offered,
		guaranteeAccepted: guarantee.accepted,
		highestDebitAmountToGuarantee: guarantee.offered === true ? amount : null,
		overallRiskLevel: risk,
		transactionRiskLevel: risk,
		userRiskLevel: risk,
		otherRiskLevel: risk,
	};
}

/** With six digits after the point, as on Flinks' page. */
function createdAt(session: Session): string {
	return new Date(session.createdAt).toISOString().replace("Z", "000Z");
}
