// A reader of the format, written from FORMAT.md with WebCrypto alone, so that it
// runs in browsers, Node, Deno, Bun and Workers. It checks the vectors:
//
//	node check.mjs vectors.json

const utf8 = new TextEncoder();
const maxValue = 49152;

const fromHex = (s) => Uint8Array.from(s.match(/../g) ?? [], (d) => parseInt(d, 16));
const toHex = (b) => Array.from(b, (d) => d.toString(16).padStart(2, "0")).join("");
const toBase64url = (b) =>
	btoa(String.fromCharCode(...b)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// fromBase64url returns null for all but the one spelling of some bytes.
function fromBase64url(s) {
	if (!/^[A-Za-z0-9_-]*$/.test(s) || s.length % 4 === 1) return null;
	const bytes = Uint8Array.from(atob(s.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
	return toBase64url(bytes) === s ? bytes : null;
}

// Section 5.

async function derive(secret, label, bytes) {
	const key = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, ["deriveBits"]);
	const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode(label) };
	return new Uint8Array(await crypto.subtle.deriveBits(how, key, bytes * 8));
}

const label = (kind, p, ...more) => ["sealedauth v1", kind, p.purpose, p.cookie, p.audience, ...more].join("\n");

const keyID = async (secret, p) => toBase64url(await derive(secret, label("id", p), 6)).slice(0, 6);

// Section 4. Returns the plaintext, or null.
async function open(value, secrets, place, now) {
	if (value.length > maxValue) return null;
	const parts = value.split(".");
	if (parts.length !== 5 || parts[1] !== "" || parts[2].length !== 16 || parts[4].length !== 22) return null;
	const [head, , nonce, text, tag] = parts.map(fromBase64url);
	if (!head || !nonce || !text || !tag) return null;
	const header = /^\{"alg":"dir","enc":"A256GCM","kid":"([A-Za-z0-9_-]{6})\.(0|-?[1-9][0-9]{0,14})"\}$/.exec(
		String.fromCharCode(...head));
	if (!header) return null;
	const day = Number(header[2]);
	const today = Math.floor(now / 86400);
	if (day < today - 400 || day > today + 1) return null;
	for (const secret of secrets) {
		if ((await keyID(secret, place)) !== header[1]) continue;
		const raw = await derive(secret, label("seal", place, header[2]), 32);
		const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
		const how = { name: "AES-GCM", iv: nonce, additionalData: utf8.encode(parts[0]), tagLength: 128 };
		try {
			const plain = await crypto.subtle.decrypt(how, key, new Uint8Array([...text, ...tag]));
			return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(plain);
		} catch {
			return null;
		}
	}
	return null;
}

// Sections 6 and 7, as far as JSON.parse goes. Returns the session, or null.
function session(plain, now) {
	let s;
	try {
		s = JSON.parse(plain);
	} catch {
		return null;
	}
	const object = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
	const absent = (v) => v === undefined;
	const string = (v) => typeof v === "string";
	const time = (v) => typeof v === "number" && v >= 0 && v < 253402300800;
	if (!object(s) || ("v" in s && s.v !== 1)) return null;
	const all = (o, names, ...types) => names.every((n) => types.some((is) => is(o[n])));
	if (!string(s.sub) || s.sub === "" || !time(s.exp) || !object(s.account)) return null;
	if (!all(s, ["iss", "jti"], absent, string)) return null;
	if (!all(s, ["iat", "nbf", "auth_time"], absent, time)) return null;
	if (!all(s, ["name", "email", "picture"], absent, string, (v) => v === null)) return null;
	if (!all(s, ["aud"], absent, string, (v) => Array.isArray(v) && v.every(string))) return null;
	const account = ["provider", "id", "type", "access_token", "refresh_token", "token_type", "scope"];
	if (!all(s.account, account, absent, string)) return null;
	if (!all(s.account, ["expires_at", "expires_in"], absent, Number.isInteger)) return null;
	const early = (v) => v !== undefined && Math.floor(v) > now + 60;
	return Math.floor(s.exp) <= now || early(s.iat) || early(s.nbf) ? null : s;
}

// Section 3. Returns the value, or null.
function join(name, headers) {
	const found = new Map();
	for (const part of headers.flatMap((h) => h.split(";"))) {
		const pair = part.replace(/^[ \t]+|[ \t]+$/g, "");
		const at = pair.indexOf("=");
		const key = pair.slice(0, at);
		const rest = key === name ? "" : key.startsWith(name + ".") ? key.slice(name.length + 1) : null;
		if (at < 0 || rest === null || !(rest === "" || /^[1-9][0-9]?$/.test(rest))) continue;
		const n = Number(rest);
		const value = pair.slice(at + 1);
		if (n < 16 && found.has(n) && found.get(n) !== value) return null;
		found.set(n, value);
	}
	const chunk = (v) => /^([2-9]|1[0-6])\.([^.]{6})\.(.*)$/s.exec(v ?? "");
	if (!found.has(0)) return null;
	const first = chunk(found.get(0));
	if (!first) return found.get(0);
	let value = first[3];
	for (let n = 1; n < Number(first[1]); n++) {
		const c = chunk(found.get(n));
		if (!c || c[1] !== first[1] || c[2] !== first[2]) return null;
		value += c[3];
	}
	return value.length > maxValue ? null : value;
}

// Section 9.
async function verify(secrets, place, text, signature) {
	for (const secret of secrets) {
		const raw = await derive(secret, label("sign", place), 32);
		const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
		if (await crypto.subtle.verify("HMAC", key, fromHex(signature), utf8.encode(text))) return true;
	}
	return false;
}

async function check(vectors) {
	const wrong = [];
	let checked = 0;
	const expect = (name, good) => {
		checked++;
		if (!good) wrong.push(name);
	};
	for (const v of vectors.keys) {
		expect(v.name + ": id", toHex(await derive(v.secret, label("id", v), 6)) === v.id_bytes);
		expect(v.name + ": kid", (await keyID(v.secret, v)) + "." + v.day === v.kid);
		expect(v.name + ": labels", label("seal", v, v.day) === v.seal_label && label("sign", v) === v.sign_label);
		expect(v.name + ": seal", toHex(await derive(v.secret, v.seal_label, 32)) === v.seal_key);
		expect(v.name + ": sign", toHex(await derive(v.secret, v.sign_label, 32)) === v.sign_key);
	}
	for (const v of vectors.signatures) {
		expect(v.name, (await verify(v.secrets, v, v.text, v.signature)) === v.valid);
	}
	for (const v of vectors.opens) {
		const plain = await open(v.sealed, v.secrets, v, v.now);
		expect(v.name, plain === v.plaintext);
		expect(v.name + ": content", v.purpose === "session" ? session(plain, v.now) : JSON.parse(plain).exp > v.now);
	}
	for (const v of vectors.refused) {
		if (v.strict) continue; // JSON.parse takes them
		const plain = await open(v.sealed, v.secrets, v, v.now);
		expect(v.name, plain === (v.plaintext ?? null) && (plain === null || session(plain, v.now) === null));
	}
	for (const v of vectors.cookies) expect(v.name, join(v.cookie, v.headers) === v.value);
	for (const v of vectors.cookies_refused) expect(v.name, join(v.cookie, v.headers) === null);
	return { checked, wrong };
}

if (!globalThis.crypto?.subtle) {
	console.log("no WebCrypto here; Node has it since version 20");
	process.exit(2);
}
const { readFile } = await import("node:fs/promises");
const { checked, wrong } = await check(JSON.parse(await readFile(process.argv[2], "utf8")));
for (const name of wrong) console.error("wrong:", name);
console.log(wrong.length === 0 ? `all vectors hold (${checked} checks)` : `${wrong.length} of ${checked} checks fail`);
process.exit(wrong.length === 0 ? 0 : 1);
