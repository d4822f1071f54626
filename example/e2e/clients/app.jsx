// The pages of the tests, as an application with next-auth/react has them. Which
// version of next-auth that is, the bundler decides.
import { useEffect, useState } from "react"
import { createRoot } from "react-dom/client"
import { SessionProvider, getCsrfToken, getProviders, getSession, signIn, signOut, useSession } from "next-auth/react"

// What the tests call themselves.
window.client = { getCsrfToken, getProviders, getSession, signIn, signOut }

function Session({ required }) {
  const { data, status, update } = useSession({ required })
  useEffect(() => {
    window.client.update = update
  }, [update])
  return (
    <>
      <h1 id="status">{status}</h1>
      <pre id="session">{JSON.stringify(data, null, 2)}</pre>
    </>
  )
}

function Home() {
  return (
    <>
      <Session />
      <button id="sign-in" onClick={() => signIn()}>Sign in</button>
      <button id="sign-out" onClick={() => signOut()}>Sign out</button>
    </>
  )
}

// A sign-in page of the application's own.
function Login() {
  const [providers, setProviders] = useState({})
  useEffect(() => {
    getProviders().then(setProviders)
  }, [])
  const query = new URLSearchParams(location.search)
  const callbackUrl = query.get("callbackUrl") ?? "/"
  const submit = (event) => {
    event.preventDefault()
    signIn("credentials", { ...Object.fromEntries(new FormData(event.target)), callbackUrl })
  }
  return (
    <>
      <h1>Welcome back</h1>
      {query.has("error") && <p id="error">{[query.get("error"), query.get("code")].filter(Boolean).join(" ")}</p>}
      <form onSubmit={submit}>
        <input name="username" placeholder="User name" />
        <input name="password" placeholder="Password" type="password" />
        <button id="submit">Sign in</button>
      </form>
      {Object.values(providers).filter((p) => p.type !== "credentials").map((p) => (
        <button key={p.id} id={p.id} onClick={() => signIn(p.id, { callbackUrl })}>Continue with {p.name}</button>
      ))}
    </>
  )
}

const pages = { "/members": () => <Session required />, "/login": Login }
const Page = pages[location.pathname] ?? Home
const root = document.getElementById("root")
createRoot(root).render(
  <SessionProvider basePath={root.dataset.basePath}>
    <Page />
  </SessionProvider>,
)
