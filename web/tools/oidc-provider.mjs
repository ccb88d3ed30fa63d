// A real OpenID Connect provider on this machine, for tests and for trying single sign-on: `node tools/oidc-provider.mjs
// PORT REDIRECT_URI`. Whoever signs in is whom they say they are: the sign-in's name is the subject and, where it is an
// address, a verified one. `unverified-…` is an address nobody has looked at.
import { Provider } from 'oidc-provider'

const [port, redirectUri] = process.argv.slice(2)
const issuer = `http://127.0.0.1:${port}`

const claimsOf = (id) => ({ sub: id, email: id.includes('@') ? id : undefined, email_verified: id.includes('@') && !id.startsWith('unverified-') })

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'matinee', client_secret: 'the-secret-of-this-test', redirect_uris: [redirectUri],
      grant_types: ['authorization_code'], response_types: ['code'],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: [] },
  cookies: { keys: ['of-this-test'] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  features: { devInteractions: { enabled: true } },
})

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'))
