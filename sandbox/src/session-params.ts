// Reads and checks the body of POST /api/v2/sessions. Follows
// docs.flinks.com/api/pay/endpoints/geft/sessions-initiate, .../eft/v2/sessions-initiate and .../e-transfer/sessions-initiate.
// The limits of the first page apply to all three (inferred).
import { Fields, type Rule } from "./fields.ts";
import type { Settings } from "./options.ts";
import { personaOf } from "./scenarios.ts";
import type { SessionProduct } from "./types.ts";

/** The payor of a session, as sent. */
export interface Payor {
	firstName: string;
	lastName: string;
	middleName: string | null;
	email: string | null;
	phone: string | null;
	occupation: string | null;
	dateOfBirth: string | null;
	address: Record<(typeof ADDRESS)[number], string | null> | null;
}

/** The account that is paid. */
export interface PayeeAccount {
	institutionCode: string;
	transitNumber: string;
	accountNumber: string;
	accountLabel: string | null;
}

/** What a session was created with. */
export interface SessionParams {
	product: SessionProduct;
	direction: "DEBIT" | "CREDIT";
	referenceId: string | null;
	amount: number | null;
	payor: Payor;
	payee: { account: PayeeAccount } | null;
	/** As sent. */
	options: Record<string, unknown>;
	/** The limits of a Next Best Offer. */
	limits: { minimumAmount: number | null; maximumAmount: number | null };
	/** The language of the hosted page. */
	language: "EN" | "FR";
	sendInteracLink: boolean;
	showConsentScreen: boolean;
}

const ADDRESS = ["addressLine1", "addressLine2", "unit", "city", "province", "country", "postalCode"] as const;

const UP_TO_100: Rule = { pattern: /^[\s\S]{0,100}$/, message: "must have 100 characters at most" };
const ANY: Rule = { pattern: /^/, message: "" };
const EMAIL: Rule = {
	pattern: /^(?=.{3,100}$)[^\s@]+@[^\s@]+$/,
	message: "must be an e-mail address of 100 characters at most",
};
const PHONE: Rule = { pattern: /^\d{1,15}$/, message: "must have 15 digits at most, and nothing else" };
const PROVINCE: Rule = { pattern: /^[A-Za-z]{2}$/, message: "must have two letters" };
const POSTAL_CODE: Rule = { pattern: /^[A-Za-z0-9]{6}$/, message: "must have six characters, without a space" };
const INSTITUTION: Rule = { pattern: /^\d{3}$/, message: "must have three digits" };
const TRANSIT: Rule = { pattern: /^\d{5}$/, message: "must have five digits" };
const ACCOUNT: Rule = { pattern: /^\d{7,12}$/, message: "must have seven to twelve digits" };

/** Reads a body, or throws a refusal that names every wrong field. */
export function readSession(body: Record<string, unknown>, settings: Settings): SessionParams {
	const fields = new Fields(body);
	const type = fields.word("type", ["e-Transfer", "EFT"]);
	const options = fields.within("options");
	// Without it an EFT is a regular EFT (inferred).
	const guaranteed = options?.within("guarantee")?.boolean("enable") ?? false;
	// A wrong type is refused anyway; the other fields are then checked as for GEFT, which forbids least.
	const product = type === "EFT" && !guaranteed ? "EFT" : type === "e-Transfer" ? type : "GEFT";
	const directions =
		product === "e-Transfer" && settings.eTransferDirection === "DEBIT_or_CREDIT"
			? (["DEBIT", "CREDIT"] as const)
			: (["DEBIT"] as const);
	const direction = fields.word("direction", directions) ?? "DEBIT";
	fields.word("currency", ["CAD"]);
	const amount = readAmount(fields, settings);
	const referenceId = fields.text("referenceId", UP_TO_100);
	const payor = readPayor(fields, product, settings);
	const payee = readPayee(fields, product, settings);
	const notification = options?.within("notificationPreferences");
	const requested = notification?.has("language") ? notification.word("language", ["EN", "FR"]) : null;
	const language = personaOf({ product, referenceId })?.language ?? requested ?? "EN";
	const limits = options?.within("limits");
	const minimumAmount = limits?.number("minimumAmount") ?? null;
	const maximumAmount = limits?.number("maximumAmount") ?? null;
	const sendInteracLink = notification?.boolean("sendInteracLink") ?? false;
	const showConsentScreen = options?.boolean("showConsentScreen") ?? true;
	fields.throwIfInvalid();
	return {
		...{ product, direction, referenceId, amount, payor, payee, sendInteracLink, showConsentScreen, language },
		limits: { minimumAmount, maximumAmount },
		options: Object(fields.value("options")),
	};
}

/** An amount from 0.01 to 99999.99 in whole cents, checked as decimal text. */
function readAmount(fields: Fields, { sessionAmount }: Settings): number | null {
	const value = fields.value("amount");
	if (value === null) return null;
	if (typeof value !== "number" && !(typeof value === "string" && sessionAmount === "number_or_text")) {
		return fields.fail("amount", "must be a number");
	}
	const text = String(value);
	if (/^(0|[1-9]\d{0,4})(\.\d{1,2})?$/.test(text) && /[1-9]/.test(text)) return Number(text);
	return fields.fail("amount", "must be 0.01 to 99999.99, in whole cents");
}

function readPayor(fields: Fields, product: SessionProduct, settings: Settings): Payor {
	const payor = fields.within("payor");
	if (!payor && !fields.has("payor")) fields.fail("payor", "is required");
	const person = payor ?? new Fields({});
	const email = product === "e-Transfer" ? person.requiredText("email", EMAIL) : person.text("email", EMAIL);
	return {
		firstName: person.requiredText("firstName", UP_TO_100),
		lastName: person.requiredText("lastName", UP_TO_100),
		middleName: person.text("middleName", UP_TO_100),
		email,
		phone: person.text("phone", PHONE),
		occupation: person.text("occupation", ANY),
		dateOfBirth: readDate(person, "dateOfBirth"),
		address: readAddress(person, product === "GEFT" && settings.geftAddress === "required"),
	};
}

/** A day that exists, as YYYY-MM-DD. */
function readDate(fields: Fields, name: string): string | null {
	const date = fields.text(name, { pattern: /^\d{4}-\d{2}-\d{2}$/, message: "must be a date, YYYY-MM-DD" });
	if (date === null) return null;
	const parsed = new Date(`${date}T00:00:00Z`);
	const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
	return exists ? date : fields.fail(name, "must be a date that exists");
}

function readAddress(payor: Fields, required: boolean): Payor["address"] {
	const address = payor.within("address");
	if (!address) {
		if (required && !payor.has("address")) payor.fail("address", "is required");
		return null;
	}
	return {
		addressLine1: address.text("addressLine1", ANY),
		addressLine2: address.text("addressLine2", ANY),
		unit: address.text("unit", ANY),
		city: address.text("city", ANY),
		province: address.text("province", PROVINCE),
		country: address.text("country", ANY),
		postalCode: address.text("postalCode", POSTAL_CODE),
	};
}

/** Refused for a regular EFT; required if the client has no default account. */
function readPayee(fields: Fields, product: SessionProduct, { defaultAccount }: Settings): SessionParams["payee"] {
	if (product === "EFT") return fields.has("payee") ? fields.fail("payee", "is not supported for regular EFT") : null;
	const payee = fields.within("payee");
	const account = payee?.within("account");
	if (account) {
		return {
			account: {
				institutionCode: account.requiredText("institutionCode", INSTITUTION),
				transitNumber: account.requiredText("transitNumber", TRANSIT),
				accountNumber: account.requiredText("accountNumber", ACCOUNT),
				accountLabel: account.text("accountLabel", ANY),
			},
		};
	}
	if (!defaultAccount && !payee?.has("account")) fields.fail("payee", "is required: there is no default account");
	return null;
}
