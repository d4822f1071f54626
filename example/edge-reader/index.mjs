// Opens the sessions of github.com/sealedauth/auth outside of Go, on WebCrypto alone:
// in Workers, in Next.js middleware, in Node, Deno and Bun. It follows token/FORMAT.md,
// whose sections are named here, and checks testdata/vectors.json in its tests.

const maxValue = 49152; // bytes of a sealed value
const maxInflated = 65536;
const maxDays = 400;
const utf8 = new TextEncoder();

/** Opens the session in some cookies once. See index.d.mts. */
export const open = (cookies, options) => reader(options)(cookies);

/** Returns a function that opens sessions and keeps their keys. See index.d.mts. */
export function reader(options) {
	const { secrets, place, compress, now } = settle(options);
	// Workers do not let one request wait for a promise of another, so what is kept
	// is never a promise.
	let roots = null;
	const keys = new Map();

	async function keyFor({ id, day, header }) {
		const known = keys.get(header);
		if (known) return known;
		roots ??= await Promise.all(secrets.map((s) => rootOf(s, place)));
		const root = roots.find((r) => r.id === id);
		return root ? sealKey(root, place, day) : null;
	}

	return async (cookies) => {
		const value = join(place.cookie, lines(cookies));
		const seconds = Math.floor(now());
		const parts = value === null ? null : parse(value, seconds, compress);
		const key = parts && (await keyFor(parts));
		const plain = key && (await decrypt(parts, key));
		if (!plain) return null;
		// Anybody can name any day of the last 400, so only a key that opens is kept.
		keys.set(parts.header, key);
		const text = await textOf(plain, parts.zip);
		return text === null ? null : session(text, seconds);
	};
}

function settle({ secret, audience, name = "auth", cookie, compress = false, now = () => Date.now() / 1000 } = {}) {
	const secrets = Array.isArray(secret) ? secret : [secret];
	if (secrets.length === 0 || secrets.some((s) => typeof s !== "string" || utf8.encode(s).length < 32)) {
		throw new TypeError("edge-reader: secret has to be the application's AUTH_SECRET, of at least 32 bytes, or several");
	}
	if (typeof audience !== "string" || audience === "") {
		throw new TypeError("edge-reader: audience has to be the application's origin, such as https://app.example.com");
	}
	// One name is looked for and no other: whoever can plant a cookie without the
	// prefix could else plant a session.
	cookie ??= (audience.startsWith("http://") ? "" : "__Host-") + name + ".session";
	return { secrets, place: { cookie, audience }, compress, now };
}

// Section 2: one line for each header.
function lines(cookies) {
	if (cookies === null || cookies === undefined) return [];
	if (typeof cookies === "string") return [cookies];
	if (Array.isArray(cookies)) return cookies;
	const line = typeof cookies.get === "function" ? cookies.get("cookie") : cookies;
	if (typeof line === "string") return [line];
	if (line === null) return [];
	throw new TypeError("edge-reader: cookies have to be the Cookie header, or the request's Headers");
}

/** Section 3: returns the value that stands in some cookies, or null. See index.d.mts. */
export function join(name, headers) {
	const found = find(name, headers);
	const chunk = (n) => /^([2-9]|1[0-6])\.([^.]{6})\.(.*)$/s.exec(found?.get(n) ?? "");
	const first = chunk(0);
	if (!first) return found?.get(0) ?? null;
	let value = first[3];
	for (let n = 1; n < Number(first[1]); n++) {
		const next = chunk(n);
		if (!next || next[1] !== first[1] || next[2] !== first[2]) return null;
		value += next[3];
	}
	return value.length > maxValue ? null : value;
}

// find returns the cookies of a name by their numbers, or null if one has two values.
function find(name, headers) {
	const found = new Map();
	for (const part of headers.flatMap((line) => line.split(";"))) {
		const pair = part.replace(/^[ \t]+|[ \t]+$/g, "");
		const equals = pair.indexOf("=");
		if (equals < 0 || !pair.startsWith(name)) continue;
		const number = /^(?:\.([1-9][0-9]?))?$/.exec(pair.slice(name.length, equals));
		if (!number) continue;
		const n = Number(number[1] ?? 0);
		const value = pair.slice(equals + 1);
		if (n < 16 && found.has(n) && found.get(n) !== value) return null;
		found.set(n, value);
	}
	return found;
}

// Section 4. Returns the parts of a value, or null.
function parse(value, now, compress) {
	if (value.length > maxValue) return null;
	const parts = value.split(".");
	if (parts.length !== 5 || parts[1] !== "" || parts[2].length !== 16 || parts[4].length !== 22) return null;
	const [head, , nonce, text, tag] = parts.map(fromBase64url);
	if (!head || !nonce || !text || !tag) return null;
	const form = /^\{"alg":"dir","enc":"A256GCM","kid":"([\w-]{6})\.(0|[1-9][0-9]{0,9})"(,"zip":"DEF")?\}$/;
	const header = form.exec(String.fromCharCode(...head.subarray(0, 200)));
	if (!header || (header[3] && !compress)) return null;
	const day = Number(header[2]);
	const today = Math.floor(now / 86400);
	if (day < today - maxDays || day > today + 1) return null;
	return { header: parts[0], id: header[1], day, zip: Boolean(header[3]), nonce, sealed: new Uint8Array([...text, ...tag]) };
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// fromBase64url returns null for all but the one spelling of some bytes: bits at the
// end that say nothing have to be zero.
function fromBase64url(s) {
	const unused = [0, 63, 15, 3][s.length % 4];
	if (!/^[\w-]*$/.test(s) || alphabet.indexOf(s.at(-1) ?? "A") & unused || s.length % 4 === 1) return null;
	return Uint8Array.from(atob(s.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

// Section 5.
async function rootOf(secret, place) {
	const key = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, ["deriveBits", "deriveKey"]);
	const bytes = new Uint8Array(await crypto.subtle.deriveBits(hkdf("id", place), key, 48));
	const text = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
	return { key, id: text.slice(0, 6) };
}

const sealKey = (root, place, day) =>
	crypto.subtle.deriveKey(hkdf("seal", place, day), root.key, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);

function hkdf(kind, { cookie, audience }, ...more) {
	const info = utf8.encode(["sealedauth v1", kind, "session", cookie, audience, ...more].join("\n"));
	return { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
}

async function decrypt({ header, nonce, sealed }, key) {
	const how = { name: "AES-GCM", iv: nonce, additionalData: utf8.encode(header), tagLength: 128 };
	try {
		return new Uint8Array(await crypto.subtle.decrypt(how, key, sealed));
	} catch {
		return null;
	}
}

async function textOf(plain, zip) {
	try {
		const bytes = zip ? await inflate(plain) : plain;
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return null;
	}
}

// inflate throws unless the bytes are one whole stream, and nothing more.
async function inflate(packed) {
	const bytes = await pull(packed);
	// Some runtimes say nothing about what follows a stream, others nothing about an
	// end that is missing. In the first case it is whole without its last byte too.
	const shorter = await pull(packed.subarray(0, -1)).catch(() => null);
	if (shorter) throw new Error("something follows the stream");
	return bytes;
}

async function pull(packed) {
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
	const out = [];
	let size = 0;
	for (let next = await stream.read(); !next.done; next = await stream.read()) {
		size += next.value.length;
		if (size > maxInflated) {
			await stream.cancel();
			throw new RangeError("too much for a session");
		}
		out.push(next.value);
	}
	return new Uint8Array(await new Blob(out).arrayBuffer());
}

// Section 6. Returns the claims, or null.
function session(text, now) {
	let whole;
	try {
		whole = json(text);
	} catch {
		return null;
	}
	const { members } = whole;
	if (!members || (members.get("v")?.raw ?? "1") !== "1" || !wellTyped(members)) return null;
	const seconds = (name) => Math.floor(Number(members.get(name)?.raw ?? 0));
	if (seconds("exp") <= now || seconds("iat") > now + 60 || seconds("nbf") > now + 60) return null;
	const claims = JSON.parse(text);
	// The provider's tokens stay out of JSON.stringify, spreads and most logs.
	for (const name of ["account", "accounts"]) {
		if (members.has(name)) Object.defineProperty(claims, name, { enumerable: false });
	}
	return claims;
}

const isString = ({ raw }) => raw[0] === '"';
const isText = (node) => isString(node) || node.raw === "null";
const isTime = ({ raw }) => /^[0-9]+(\.[0-9]+)?$/.test(raw) && Number(raw) < 253402300800;
const isInteger = ({ raw }) => /^-?[0-9]+$/.test(raw) && BigInt.asIntN(64, BigInt(raw)) === BigInt(raw);
const isAccount = ({ members }) => members !== undefined && typed(members, inAccount);

const inSession = {
	iss: isString, sub: isString, jti: isString, exp: isTime, nbf: isTime, iat: isTime, auth_time: isTime,
	name: isText, email: isText, picture: isText, gen: isInteger, account: isAccount,
	aud: (node) => isString(node) || Boolean(node.items?.every(isString)),
	accounts: ({ items }) => Boolean(items?.every(isAccount)),
};

const inAccount = {
	provider: isString, id: isString, type: isString, sid: isString, access_token: isString, refresh_token: isString,
	dpop_key: isString, token_type: isString, scope: isString,
	auth_time: isInteger, session_expiry: isInteger, expires_at: isInteger, expires_in: isInteger,
};

const typed = (members, types) => Object.entries(types).every(([name, is]) => !members.has(name) || is(members.get(name)));

const wellTyped = (members) =>
	["sub", "exp", "account"].every((name) => members.has(name)) && members.get("sub").raw !== '""' && typed(members, inSession);

// The lexical grammar of RFC 8259.
const lexical = {
	space: /[ \t\n\r]*/y,
	string: /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y,
	number: /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y,
	word: /true|false|null/y,
};

// Section 7. Returns the tree of a text: each value's own text, and what is in it. Where
// JSON.parse would take the last of two members or round a time, this throws. The limits
// in bytes are missing since no session can be that long.
function json(text) {
	let at = 0;
	let members = 0;

	const refuse = () => {
		throw new SyntaxError("not a session");
	};
	const skip = (kind) => {
		lexical[kind].lastIndex = at;
		const found = lexical[kind].exec(text)?.[0];
		at += found?.length ?? 0;
		return found ?? refuse();
	};
	const take = (c) => {
		skip("space");
		if (text[at] !== c) return false;
		at++;
		return true;
	};
	const string = () => {
		skip("space");
		const said = JSON.parse(skip("string"));
		return /[\ud800-\udfff]/u.test(said) ? refuse() : said; // half a pair
	};

	// series reads what stands between brackets, one by one.
	function series(end, one) {
		for (let first = true; !take(end); first = false) {
			if ((!first && !take(",")) || ++members > 2000) refuse();
			one();
		}
	}

	function value(depth) {
		skip("space");
		const start = at;
		const node = {};
		if (depth > 32 && /[[{]/.test(text[at])) refuse();
		if (take("{")) {
			node.members = new Map();
			series("}", () => {
				const name = string();
				if (node.members.has(name) || !take(":")) refuse();
				node.members.set(name, value(depth + 1));
			});
		} else if (take("[")) {
			node.items = [];
			series("]", () => node.items.push(value(depth + 1)));
		} else if (text[at] === '"') {
			string();
		} else if (/[-0-9]/.test(text[at])) {
			const n = Number(skip("number"));
			if (!Number.isFinite(n) || Object.is(n, -0)) refuse();
		} else {
			skip("word");
		}
		node.raw = text.slice(start, at);
		return node;
	}

	const whole = value(1);
	skip("space");
	return at === text.length ? whole : refuse();
}
