// What the servers of both generations share: their settings, the callbacks as
// the guides of Auth.js have them, and how they start and end.
import { createServer } from 'node:http'

// SETTINGS is JSON: issuer, secrets (the first one seals), and if wanted pad
// (bytes to add to each token), refresh (renew access tokens here too), guide
// (keep the tokens under the names of the v5 guide), plain (no callbacks) and url
// (what browsers see, if that is something before this server).
export const settings = JSON.parse(process.env.SETTINGS)

export const client = { clientId: 'app', clientSecret: 'secret' }
export const scope = 'openid profile email offline_access'
export const checks = ['pkce', 'state', 'nonce']

// people can sign in with the password "wonderland".
export const authorize = ({ username, password }) =>
  password === 'wonderland' ? { id: username, name: 'Alice Example', email: `${username}@example.com` } : null

// names are the members that the provider's tokens are kept in, and what a second
// is in the unit of their end.
const names = settings.guide
  ? { access: 'access_token', refresh: 'refresh_token', expires: 'expires_at', second: 1 }
  : { access: 'accessToken', refresh: 'refreshToken', expires: 'accessTokenExpires', second: 1000 }

const tokens = t => ({
  [names.access]: t.access_token,
  [names.refresh]: t.refresh_token,
  [names.expires]: t.expires_at * names.second,
})

const jwt = async ({ token, account, trigger, session }) => {
  if (account) return { ...token, ...tokens(account), provider: account.provider, pad: 'x'.repeat(settings.pad ?? 0) }
  if (trigger === 'update') return { ...token, ...session }
  if (!settings.refresh || Date.now() < token[names.expires] * 1000 / names.second) return token
  return { ...token, ...await renew(token[names.refresh]) }
}

const renew = async refreshToken => {
  const response = await fetch(`${settings.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token', refresh_token: refreshToken,
      client_id: client.clientId, client_secret: client.clientSecret,
    }),
  })
  const answer = await response.json()
  if (!response.ok) return { error: 'RefreshTokenError' }
  return tokens({ refresh_token: refreshToken, ...answer, expires_at: Math.floor(Date.now() / 1000) + answer.expires_in })
}

// The session shows the whole token, so that a test sees what was read.
const session = ({ session, token }) => ({ ...session, accessToken: token[names.access], provider: token.provider, token })

export const callbacks = settings.plain ? {} : { jwt, session }

// serve starts a server on a free port, hands its URL to whoever started it, and
// ends with them.
export const serve = handler => {
  const server = createServer((req, res) => {
    handler(req, res).catch(error => {
      console.error(error)
      res.writeHead(500).end()
    })
  })
  server.listen(0, '127.0.0.1', () => {
    const url = `http://localhost:${server.address().port}`
    settings.url ??= url
    process.env.NEXTAUTH_URL = settings.url // which v4 reads at each request
    console.log(url)
  })
  process.stdin.resume().on('end', () => process.exit())
}

export const read = async req => {
  const chunks = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks)
}
