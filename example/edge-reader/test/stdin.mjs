// Opens what comes on standard input, a JSON of {cookies, options} on each line, and
// answers on a line each; for the tests in Go.

import { createInterface } from "node:readline";
import { open } from "../index.mjs";

for await (const line of createInterface({ input: process.stdin })) {
	const { cookies, options, now } = JSON.parse(line);
	const session = await open(cookies, now ? { ...options, now: () => now } : options);
	console.log(JSON.stringify(session && { ...session, account: session.account }));
}
