// A server with nothing but NextAuth v4, as an API route of Next.js calls it.
import { parse as parseQuery } from 'node:querystring'
import nextAuth from 'next-auth'
import credentials from 'next-auth/providers/credentials'
import { authorize, callbacks, checks, client, read, scope, serve, settings } from './common.mjs'

const options = () => ({
  secret: settings.secrets[0],
  session: { strategy: 'jwt' },
  providers: [
    {
      id: 'acme', name: 'Acme', type: 'oauth', idToken: true, checks, authorization: { params: { scope } },
      wellKnown: `${settings.issuer}/.well-known/openid-configuration`,
      ...client, client: { id_token_signed_response_alg: 'ES256' },
      profile: p => ({ id: p.sub, name: p.name, email: p.email, image: p.picture }),
    },
    credentials.default({ id: 'password', name: 'Password', credentials: { username: {}, password: { type: 'password' } }, authorize }),
  ],
  callbacks,
})

// withNext adds to a request and a response what Next.js does for API routes.
const withNext = async (req, res) => {
  const url = new URL(req.url, 'http://localhost')
  const [, , , ...nextauth] = url.pathname.split('/') // after /api/auth
  req.query = { ...Object.fromEntries(url.searchParams), nextauth }
  req.cookies = Object.fromEntries((req.headers.cookie ?? '').split('; ').filter(Boolean).map(pair => {
    const [name, ...value] = pair.split('=')
    return [name, decodeURIComponent(value.join('='))]
  }))
  const text = (await read(req)).toString()
  req.body = req.headers['content-type']?.includes('json') ? JSON.parse(text) : { ...parseQuery(text) }
  res.status = code => Object.assign(res, { statusCode: code })
  res.send = body => {
    if (typeof body === 'object') return res.json(body)
    if (body && !res.hasHeader('content-type')) res.setHeader('content-type', 'text/html; charset=utf-8')
    return res.end(body)
  }
  res.json = body => res.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(body))
}

const handle = nextAuth.default

serve(async (req, res) => {
  await withNext(req, res)
  await handle(req, res, options())
})
