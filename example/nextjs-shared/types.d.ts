import type { DefaultSession } from "next-auth";

// What the Go server puts into the token, and shows of it in the session.
interface Shared {
  role?: string;
  nickname?: string;
  provider?: string;
  accessTokenExpires?: number; // milliseconds since 1970
}

declare module "next-auth" {
  interface Session {
    user: DefaultSession["user"] & Shared;
  }
}

declare module "@auth/core/jwt" {
  interface JWT extends Shared {
    accessToken?: string;
  }
}
