// A Worker for the tests: /vectors checks the vectors in this runtime, and every other
// path tells who is signed in, as an application's own Worker would.

import { reader } from "../index.mjs";
import vectors from "/vectors.json";
import { check } from "./vectors.mjs";

let read; // keeps the keys from one request to the next

export default {
	async fetch(request, env) {
		if (new URL(request.url).pathname === "/vectors") return Response.json(await check(vectors));
		read ??= reader({ secret: [env.AUTH_SECRET, env.AUTH_SECRET_1].filter(Boolean), audience: env.AUTH_URL, compress: env.COMPRESS === "1" });
		const session = await read(request.headers);
		if (!session) return Response.json({ error: "Unauthorized" }, { status: 401 });
		return Response.json({ session, provider: session.account.provider });
	},
};
