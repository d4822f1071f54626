// A certified OpenID provider with refresh rotation and reuse detection, for the
// end-to-end tests. Settings come from the environment; GET /counts tells how
// often each grant was used. With GROUPS, everybody is in so many of them.
import Provider from 'oidc-provider'

const { PORT, REDIRECT_URI, LOGOUT_URI, AT_TTL = '30', GROUPS = '0' } = process.env
const issuer = `http://localhost:${PORT}`
const groups = Number(GROUPS) ? Array.from({ length: Number(GROUPS) }, (_, i) => `department-${String(i).padStart(3, '0')}`) : undefined
const counts = {}

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'example',
    client_secret: 'p@ss:w%rd+ for tests only',
    redirect_uris: [REDIRECT_URI],
    post_logout_redirect_uris: [LOGOUT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Person ${id}`, email: `${id}@example.com`, email_verified: true, groups }),
  }),
  rotateRefreshToken: true,
  ttl: { AccessToken: Number(AT_TTL), IdToken: 600, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  cookies: { keys: ['for tests only'] },
})

const count = name => { counts[name] = (counts[name] ?? 0) + 1 }
provider.on('grant.success', ctx => count(ctx.oidc.params.grant_type))
provider.on('grant.error', ctx => count('error'))
provider.on('grant.revoked', () => count('revoked'))
provider.use(async (ctx, next) => {
  if (ctx.path === '/counts') { ctx.body = counts } else await next()
})

provider.listen(Number(PORT), 'localhost', () => console.log('listening'))
