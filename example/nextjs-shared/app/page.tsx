import { auth } from "@/auth";
import { Claims } from "./claims";
import { Account, Api, Browser, Nickname } from "./panels";

// A server component: it opens the cookie that the Go server has sealed.
export default async function Home() {
  const session = await auth();
  return (
    <>
      <header>
        <strong>
          Next.js <span>+</span> Go
        </strong>
        <Account />
      </header>
      <main>
        {session ? (
          <>
            <section className="card" id="server">
              <h2>
                Next.js, on the server <code>auth()</code>
              </h2>
              <Claims user={session.user} />
            </section>
            <Browser />
            <Api />
            <Nickname />
          </>
        ) : (
          <section className="hero">
            <h1>One session for both</h1>
            <p>
              The page is Next.js with <code>next-auth/react</code>. A Go server behind it signs you in, seals the cookie
              that both can open, and keeps the access token fresh.
            </p>
          </section>
        )}
      </main>
    </>
  );
}
