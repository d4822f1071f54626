import { type NextRequest, NextResponse } from "next/server";

const go = process.env.GO_URL ?? "http://127.0.0.1:4000";

// Before Next.js renders a page, the Go server brings the session up to date: it
// renews the access token if that is due. What it writes goes to the browser with
// the page, and to the components that render it.
export async function proxy(request: NextRequest) {
  const lines = await freshen(request);
  for (const line of lines) {
    const [name, value] = line.split(";", 1)[0].split(/=(.*)/s);
    if (value) request.cookies.set(name, value);
    else request.cookies.delete(name);
  }
  const response = NextResponse.next({ request });
  for (const line of lines) response.headers.append("set-cookie", line);
  if (lines.length) response.headers.set("cache-control", "private, no-store"); // also where the page is static
  return response;
}

// freshen returns the cookies that the Go server sets. While it does not answer,
// the session is what it was.
async function freshen(request: NextRequest): Promise<string[]> {
  const headers = new Headers();
  for (const name of ["cookie", "sec-fetch-dest", "sec-purpose", "purpose"]) {
    const value = request.headers.get(name);
    if (value) headers.set(name, value);
  }
  if (!headers.has("cookie")) return [];
  try {
    return (await fetch(`${go}/api/auth/session`, { headers, signal: AbortSignal.timeout(5000) })).headers.getSetCookie();
  } catch {
    return [];
  }
}

export const config = { matcher: "/((?!api/|_next/|favicon.ico).*)" };
