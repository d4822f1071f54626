// Seals and opens tokens with both generations of Auth.js: a line of JSON in, a
// line of JSON out.
//
//   {"lib":"v5","op":"encode","secret":["a"],"salt":"authjs.session-token","token":{...},"maxAge":60}
//   {"lib":"v4","op":"decode","secret":"a","token":"ey..."}
//   {"lib":"v5","op":"read","secret":["a"],"cookieName":"authjs.session-token","cookie":"..."}
import { createInterface } from 'node:readline'
import * as v5 from '@auth/core/jwt'
import v4 from 'next-auth/jwt'

const libs = { v5, v4 }

const answer = async ({ lib, op, cookie, ...params }) => {
  if (op !== 'read') return libs[lib][op](params)
  return libs[lib].getToken({ ...params, req: { headers: new Headers({ cookie }), cookies: cookies(cookie) } })
}

const cookies = line => Object.fromEntries(line.split('; ').map(pair => pair.split('=')))

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ value: await answer(JSON.parse(line)) ?? null }))
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.code ?? error.name}: ${error.message}` }))
  }
}
