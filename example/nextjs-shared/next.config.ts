import type { NextConfig } from "next";

// Where the Go server is. The browser never sees this address: it sends
// everything to Next.js, so both sides are one origin with one set of cookies.
const go = process.env.GO_URL ?? "http://127.0.0.1:4000";

const config: NextConfig = {
  rewrites: async () => [
    { source: "/api/auth/:path*", destination: `${go}/api/auth/:path*` },
    { source: "/api/go/:path*", destination: `${go}/api/go/:path*` },
  ],
};

export default config;
