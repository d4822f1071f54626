"use client";

import { useRouter } from "next/navigation";
import { signIn, signOut, useSession } from "next-auth/react";
import { useCallback, useEffect, useState } from "react";
import { Claims } from "./claims";

export function Account() {
  const { data: session, status } = useSession();
  if (status === "loading") return <span className="muted">…</span>;
  if (!session)
    return (
      <button id="signin" onClick={() => signIn()}>
        Sign in
      </button>
    );
  return (
    <>
      <span className="muted">{session.user.email}</span>
      <button className="plain" id="signout" onClick={() => signOut()}>
        Sign out
      </button>
    </>
  );
}

// The session as the Go server shows it to the browser.
export function Browser() {
  const { data: session } = useSession();
  return (
    <section className="card" id="browser">
      <h2>
        The browser <code>useSession()</code>
      </h2>
      {session && <Claims user={session.user} />}
    </section>
  );
}

// A JSON API of the Go server, behind auth.Require().
export function Api() {
  const router = useRouter();
  const { update } = useSession();
  const [answer, setAnswer] = useState("");
  const call = useCallback(async (path: string) => {
    const response = await fetch(path);
    setAnswer(`${response.status} ${JSON.stringify(await response.json(), null, 2)}`);
  }, []);
  useEffect(() => void call("/api/go/me"), [call]);
  async function again() {
    await call("/api/go/me"); // the access token is renewed on the way, if that is due
    await update(); // reads the session anew
    router.refresh();
  }
  return (
    <section className="card" id="api">
      <h2>
        The Go API <code>auth.Require()</code>
      </h2>
      <p className="row">
        <button id="me" onClick={again}>
          GET /api/go/me
        </button>
        <button className="plain" id="admin" onClick={() => call("/api/go/admin")}>
          GET /api/go/admin
        </button>
      </p>
      <pre>{answer}</pre>
    </section>
  );
}

// update() sends data to the Go server's JWT callback, which decides what
// becomes of it. Then Next.js renders the page anew, with the new cookie.
export function Nickname() {
  const router = useRouter();
  const { update } = useSession();
  async function save(form: FormData) {
    await update({ nickname: form.get("nickname") });
    router.refresh();
  }
  return (
    <section className="card">
      <h2>
        Change a claim <code>update()</code>
      </h2>
      <form className="row" action={save}>
        <input name="nickname" aria-label="Nickname" placeholder="A nickname" maxLength={40} required />
        <button id="save">Save</button>
      </form>
      <p className="muted">It is kept in the session itself. Neither side has a database.</p>
    </section>
  );
}
