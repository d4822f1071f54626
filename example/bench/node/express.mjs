// A server with nothing but @auth/express. SESSIONS is JSON: what the tokens of each
// size say. It prints, as one line of JSON, its URL and a Cookie header for each, and
// ends when its input does.
import { encode } from '@auth/core/jwt'
import { ExpressAuth } from '@auth/express'
import google from '@auth/express/providers/google'
import express from 'express'

const secret = '0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3'
const name = 'authjs.session-token'
const chunk = 3936 // as Auth.js splits it

const cookie = async token => {
  const value = await encode({ token, secret, salt: name, maxAge: 8 * 60 * 60 })
  if (value.length <= chunk) return `${name}=${value}`
  return value.match(new RegExp(`.{1,${chunk}}`, 'g')).map((part, i) => `${name}.${i}=${part}`).join('; ')
}

const app = express()
app.use('/auth', ExpressAuth({
  trustHost: true, secret, session: { strategy: 'jwt' },
  providers: [google({ clientId: 'app', clientSecret: 'secret' })],
}))

const cookies = {}
for (const [size, token] of Object.entries(JSON.parse(process.env.SESSIONS))) cookies[size] = await cookie(token)

const server = app.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, cookies }))
})
process.stdin.resume().on('end', () => process.exit())
