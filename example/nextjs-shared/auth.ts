import NextAuth from "next-auth";

// Reads the session that the Go server writes, with the same AUTH_SECRET. There
// are no providers and no route handlers here: the Go server answers everything
// under /api/auth. And there is no jwt callback: only one side may renew the
// provider's tokens, and that is the Go server.
export const { auth } = NextAuth({
  providers: [],
  callbacks: {
    session({ session, token }) {
      const { role, nickname, provider, accessTokenExpires } = token;
      return { ...session, user: { ...session.user, role, nickname, provider, accessTokenExpires } };
    },
  },
});
