// Checks the reader against token/testdata/vectors.json, in whatever runtime this is.

import { join, open } from "../index.mjs";

const toBytes = (hex) => Uint8Array.from(hex.match(/../g), (d) => parseInt(d, 16));
const toBase64url = (b) =>
	btoa(String.fromCharCode(...b)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// seal makes a value with a key of the vectors, so that it opens only if the reader
// derives the same one.
export async function seal({ seal_key, kid }, plaintext, zip = "") {
	const head = toBase64url(new TextEncoder().encode(`{"alg":"dir","enc":"A256GCM","kid":"${kid}"${zip}}`));
	const bytes = typeof plaintext === "string" ? new TextEncoder().encode(plaintext) : plaintext;
	const nonce = crypto.getRandomValues(new Uint8Array(12));
	const key = await crypto.subtle.importKey("raw", toBytes(seal_key), "AES-GCM", false, ["encrypt"]);
	const how = { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(head) };
	const out = new Uint8Array(await crypto.subtle.encrypt(how, key, bytes));
	return [head, "", toBase64url(nonce), toBase64url(out.subarray(0, -16)), toBase64url(out.subarray(-16))].join(".");
}

// The claims as JSON, those that do not show included.
const shown = (claims) =>
	claims && JSON.stringify({ ...claims, account: claims.account, accounts: claims.accounts }, sorted);

const sorted = (_, v) =>
	v && typeof v === "object" && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v;

export async function check(vectors) {
	const wrong = [];
	let checked = 0;
	const expect = (name, good) => {
		checked++;
		if (!good) wrong.push(name);
	};
	const opened = (v, value, more) =>
		open(`${v.cookie}=${value}`, {
			secret: v.secrets ?? v.secret, audience: v.audience, cookie: v.cookie, now: () => v.now ?? v.day * 86400, ...more });

	for (const v of vectors.keys) {
		const now = v.day * 86400;
		const claims = await opened(v, await seal(v, `{"sub":"a","exp":${now + 1},"account":{}}`));
		expect("key: " + v.name, v.purpose === "session" ? claims?.sub === "a" : claims === null);
	}
	for (const v of vectors.opens) {
		const claims = await opened(v, v.sealed);
		const good = v.purpose === "session" ? shown(claims) === shown(JSON.parse(v.plaintext)) : claims === null;
		expect("opens: " + v.name, good);
	}
	for (const v of vectors.refused) {
		expect("refused: " + v.name, (await opened(v, v.sealed)) === null);
		expect("refused where zip is allowed: " + v.name, (await opened(v, v.sealed, { compress: true })) === null);
	}
	for (const v of vectors.cookies) expect("cookies: " + v.name, join(v.cookie, v.headers) === v.value);
	for (const v of vectors.cookies_refused) expect("cookies refused: " + v.name, join(v.cookie, v.headers) === null);
	return { checked, wrong };
}
