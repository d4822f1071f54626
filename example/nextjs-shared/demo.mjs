// Starts both sides with one secret, which lasts until they end.
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";

const env = {
  AUTH_SECRET: randomBytes(33).toString("base64"),
  AUTH_URL: "http://localhost:3000",
  NEXT_TELEMETRY_DISABLED: "1",
  ...process.env,
};
const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const options = { cwd: path("."), env, stdio: "inherit" };
const go = path(process.platform === "win32" ? "node_modules/.go-side.exe" : "node_modules/.go-side");

execFileSync("go", ["build", "-o", go, "."], options);
const sides = [
  spawn(go, options),
  spawn(process.execPath, [path("node_modules/next/dist/bin/next"), "dev"], options),
];
for (const side of sides) side.on("exit", () => sides.forEach((other) => other.kill()));
