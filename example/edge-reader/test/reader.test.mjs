import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { inspect } from "node:util";
import { deflateRawSync } from "node:zlib";
import { join, open, reader } from "../index.mjs";
import { seal } from "./vectors.mjs";

const { keys } = JSON.parse(await readFile(new URL("../../../token/testdata/vectors.json", import.meta.url), "utf8"));
const key = keys.find((k) => k.name === "session on https");
const now = key.day * 86400 + 100;
const options = { secret: key.secret, audience: key.audience, now: () => now };
const claims = { sub: "google|42", exp: now + 1, role: "admin", account: { provider: "google", access_token: "at-secret" } };

const cookie = async (plain, k = key) => `${k.cookie}=${await seal(k, typeof plain === "string" ? plain : JSON.stringify(plain))}`;
// opens tells whether a session with further members opens.
const opens = async (further) => (await open(await cookie(`{"sub":"a","exp":${now + 9},"account":{}${further}}`), options)) !== null;

test("cookies in every shape that runtimes have", async () => {
	const line = await cookie(claims);
	for (const shape of [line, [line], ["a=b", line, line], new Headers({ cookie: line })]) {
		assert.equal((await open(shape, options)).role, "admin");
	}
	for (const shape of ["", [], null, undefined, new Headers()]) assert.equal(await open(shape, options), null);
	await assert.rejects(open({}, options), TypeError);
	await assert.rejects(open({ get: () => ({ name: "cookie", value: line }) }, options), TypeError);
});

test("the provider's tokens are there and do not show", async () => {
	const session = await open(await cookie({ ...claims, accounts: [{ access_token: "at-other" }] }), options);
	assert.equal(session.account.access_token, "at-secret");
	assert.equal(session.accounts[0].access_token, "at-other");
	for (const text of [JSON.stringify(session), JSON.stringify({ ...session }), inspect(session)]) {
		assert.match(text, /google\|42/);
		assert.doesNotMatch(text, /at-/);
	}
});

test("the cookie is that of the scheme, the name, or the full name, and no other", async () => {
	const local = keys.find((k) => k.name === "session on http");
	const shared = keys.find((k) => k.name === "session with Domain");
	const line = await cookie(claims, local);
	const there = { ...options, audience: local.audience };
	assert.ok(await open(line, there));
	assert.equal(await open(line, options), null);
	assert.equal(await open(line, { ...there, name: "other" }), null);
	assert.ok(await open(await cookie(claims, shared), { ...options, cookie: shared.cookie }));
	assert.equal(await open(await cookie(claims, shared), options), null);
});

test("mistakes in the options are told, not taken for no session", () => {
	const wrong = [undefined, {}, { ...options, secret: "short" }, { ...options, secret: [] }, { ...options, secret: [key.secret, undefined] },
		{ ...options, audience: undefined }, { ...options, audience: "" }];
	for (const o of wrong) assert.throws(() => reader(o), TypeError);
});

test("a reader opens under each of its secrets, on each day, and again", async () => {
	const next = keys.find((k) => k.name === "the same, next day");
	const other = keys.find((k) => k.name === "the same, other secret");
	const read = reader({ ...options, secret: [other.secret, key.secret] });
	for (const k of [key, other, next, key, other, next]) assert.ok(await read(await cookie(claims, k)), k.name);
	assert.equal(await reader({ ...options, secret: other.secret })(await cookie(claims)), null);
	const changed = (await cookie(claims)).replace(/.(?=[^.]{22}$)/, (c) => (c === "A" ? "B" : "A"));
	assert.equal(await read(changed), null);
});

test("a session ends by the clock, with the same reader", async () => {
	let clock = now;
	const read = reader({ ...options, now: () => clock });
	const line = await cookie(claims);
	assert.ok(await read(line));
	clock = now + 1;
	assert.equal(await read(line), null);
	clock = (key.day + 401) * 86400;
	assert.equal(await read(await cookie({ ...claims, exp: clock + 9 })), null);
});

test("types, members and limits", async () => {
	const good = [`,"name":null`, `,"aud":"a"`, `,"aud":["a"]`, `,"gen":1795000000000`, `,"SUB":1`, `,"x":-0.5e-3`, `,"x":"\\ud83d\\ude00"`,
		`,"iat":${now + 60}.9`, `,"accounts":[{"id":"a"}]`, `,"x":${"[".repeat(31)}1${"]".repeat(31)}`, `,"x":[${"1,".repeat(1994)}1]`, ` , "__proto__" : 1 `];
	for (const further of good) assert.ok(await opens(further), further);
	const bad = [`,"name":1`, `,"aud":[1]`, `,"aud":{}`, `,"gen":1.5`, `,"gen":"1"`, `,"v":1.0`, `,"v":null`, `,"iat":1e3`, `,"iat":"1"`, `,"x":01`, `,"x":+1`,
		`,"accounts":[{"id":1}]`, `,"accounts":[null]`, `,"accounts":{}`, `,"x":${"[".repeat(32)}${"]".repeat(32)}`, `,"x":[${"1,".repeat(1996)}1]`,
		`,"x":"\\udc00"`, `,"x":"\\x"`, `,"x":"\t"`, `,"x":-0.0`, `,"x":1.`, `,"x":NaN`, `,"x":nul`, `,"x"`, `,`, `,"x":[1,]`, `,"x":{"a":1,"\\u0061":2}`, `}{`];
	for (const further of bad) assert.ok(!(await opens(further)), further);
});

test("account members", async () => {
	for (const text of [`{"id":1}`, `{"expires_at":"1"}`, `{"expires_at":1.5}`, `{"expires_at":99999999999999999999}`, `{"dpop_key":[]}`, `{"sid":true}`, `[]`, `"a"`]) {
		assert.equal(await open(await cookie(`{"sub":"a","exp":${now + 9},"account":${text}}`), options), null, text);
	}
});

test("text that is not UTF-8 is refused", async () => {
	const bytes = new TextEncoder().encode(`{"sub":"a?","exp":${now + 9},"account":{}}`);
	bytes[9] = 0xff;
	assert.equal(await open(`${key.cookie}=${await seal(key, bytes)}`, options), null);
});

test("a mark of byte order is refused", async () => {
	assert.equal(await open(await cookie("\ufeff" + JSON.stringify(claims)), options), null);
});

test("values end at 48 KiB, whole or in pieces", async () => {
	const sized = async (bytes) => (await cookie({ ...claims, x: "x".repeat(bytes) })).slice(key.cookie.length + 1);
	const rest = (await sized(0)).length;
	for (const [bytes, good] of [[Math.floor((49152 - rest) * 0.75) - 3, true], [Math.floor((49152 - rest) * 0.75) + 3, false]]) {
		const value = await sized(bytes);
		const part = Math.ceil(value.length / 15);
		const pieces = Array.from({ length: 15 }, (_, n) => `${key.cookie}${n ? "." + n : ""}=15.abcdef.${value.slice(n * part, (n + 1) * part)}`);
		for (const line of [`${key.cookie}=${value}`, pieces.join("; ")]) {
			assert.equal((await open(line, options)) !== null, good, `${value.length} bytes`);
		}
		assert.equal(join(key.cookie, [pieces.join(";")]), good ? value : null);
	}
});

test("compressed sessions open where they are asked for, if they are one whole stream", async () => {
	const asked = { ...options, compress: true };
	const plain = Buffer.from(JSON.stringify({ ...claims, x: "x".repeat(5000) }));
	const sealed = async (bytes) => `${key.cookie}=${await seal(key, bytes, `,"zip":"DEF"`)}`;
	const packed = deflateRawSync(plain);
	assert.equal((await open(await sealed(packed), asked)).sub, "google|42");
	assert.ok(await open(await cookie(claims), asked));
	assert.equal(await open(await sealed(packed), options), null);
	const bomb = deflateRawSync(Buffer.from(JSON.stringify({ ...claims, x: "x".repeat(65536) })));
	for (const bad of [packed.subarray(0, -1), Buffer.concat([packed, Buffer.from("x")]), Buffer.concat([packed, packed]), plain, Buffer.alloc(0), bomb]) {
		assert.equal(await open(await sealed(bad), asked), null);
	}
});
