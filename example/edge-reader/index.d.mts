/** Opens the sessions of github.com/sealedauth/auth in edge functions. */

export interface Options {
	/** The application's AUTH_SECRET, or all of its secrets while they are rotated, in any order. */
	secret: string | readonly string[];
	/**
	 * The origin of the application's AUTH_URL, such as https://app.example.com, without
	 * a slash at the end; or its Config.Audience, if it has set one.
	 */
	audience: string;
	/** Its Config.Name. Default "auth". */
	name?: string;
	/**
	 * The full name of the cookie. Default __Host-<name>.session, or <name>.session for an
	 * audience that begins with http://. With Config.CookieDomain it is __Secure-<name>.session.
	 */
	cookie?: string;
	/** Whether to open compressed sessions, as Config.Compress does. Default false. */
	compress?: boolean;
	/** Seconds since 1970, for tests. Default the clock. */
	now?: () => number;
}

/** An account at a provider, with its tokens. */
export interface Account {
	provider?: string;
	id?: string;
	type?: string;
	sid?: string;
	auth_time?: number;
	session_expiry?: number;
	access_token?: string;
	refresh_token?: string;
	dpop_key?: string;
	token_type?: string;
	/** Seconds since 1970. This reader renews nothing, so look at it before access_token is used. */
	expires_at?: number;
	expires_in?: number;
	scope?: string;
}

/** What a session says. */
export interface Session {
	sub: string;
	/** Seconds since 1970, as all times. */
	exp: number;
	iss?: string;
	aud?: string | string[];
	nbf?: number;
	iat?: number;
	jti?: string;
	auth_time?: number;
	name?: string | null;
	email?: string | null;
	picture?: string | null;
	gen?: number;
	/** Not enumerable, as accounts: JSON.stringify and spreads leave the provider's tokens out. */
	readonly account: Account;
	/** Accounts that were connected later. */
	readonly accounts?: Account[];
	/** The application's own claims. Numbers beyond 2^53 are rounded. */
	[claim: string]: unknown;
}

/**
 * Where the cookies are: the Headers of a request, its Cookie header, or several of them.
 * Give the lines one by one where the runtime has them: some join them with a comma.
 */
export type Cookies = { get(name: string): string | null } | string | readonly string[] | null | undefined;

/**
 * Opens the session in some cookies. It is null for everything that is no good session,
 * and throws for nothing but options that are wrong.
 */
export function open(cookies: Cookies, options: Options): Promise<Session | null>;

/** Returns a function that does the same, and keeps the keys from one call to the next. */
export function reader(options: Options): (cookies: Cookies) => Promise<Session | null>;

/** Returns the value that stands in the cookies of a name, in one piece, or null. It opens nothing. */
export function join(name: string, headers: readonly string[]): string | null;
