// A server with nothing but Auth.js v5.
import { Auth } from '@auth/core'
import Credentials from '@auth/core/providers/credentials'
import { authorize, callbacks, checks, client, read, scope, serve, settings } from './common.mjs'

const config = () => ({
  basePath: '/api/auth', // as next-auth v5 has it
  trustHost: true,
  secret: settings.secrets,
  session: { strategy: 'jwt' },
  providers: [
    { id: 'acme', name: 'Acme', type: 'oidc', issuer: settings.issuer, ...client, checks, authorization: { params: { scope } } },
    Credentials({ id: 'password', name: 'Password', credentials: { username: {}, password: { type: 'password' } }, authorize }),
  ],
  callbacks,
})

serve(async (req, res) => {
  const body = await read(req)
  const request = new Request(settings.url + req.url, {
    method: req.method, headers: req.headers, ...(body.length && { body }),
  })
  const response = await Auth(request, config())
  for (const [name, value] of response.headers) if (name !== 'set-cookie') res.setHeader(name, value)
  res.setHeader('set-cookie', response.headers.getSetCookie())
  res.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()))
})
