import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { check } from "./vectors.mjs";

test("every vector of the format", async () => {
	const file = new URL("../../../token/testdata/vectors.json", import.meta.url);
	const { checked, wrong } = await check(JSON.parse(await readFile(file, "utf8")));
	assert.deepEqual(wrong, []);
	assert.ok(checked > 190, `${checked} checks`);
});
