// Shows what the server says about the session. It reads /api/status like any
// script would; the middleware renews the access token on the way.
const $ = id => document.getElementById(id)
let expires = 0

async function refresh() {
  const r = await fetch('/api/status')
  if (!r.ok) { location.reload(); return }
  const s = await r.json()
  expires = Date.parse(s.session.user.accessTokenExpires)
  $('bytes').textContent = s.cookieBytes.toLocaleString('en')
  $('cookies').textContent = s.cookies + (s.cookies === 1 ? ' cookie' : ' cookies')
  $('session').textContent = JSON.stringify(s.session, null, 2)
  $('claims').textContent = JSON.stringify(s.claims, null, 2)
  $('journal').replaceChildren(...s.journal.map(e => {
    const li = document.createElement('li')
    li.textContent = new Date(e.at).toLocaleTimeString() + '  ' + e.text
    return li
  }))
}

function tick() {
  if (Number.isNaN(expires)) {
    $('left').textContent = '∞'
    $('unit').textContent = ' the provider gave it no end'
    return
  }
  const left = Math.max(0, Math.round((expires - Date.now()) / 1000))
  $('left').textContent = left
  $('bar').style.width = Math.min(100, left / 30 * 100) + '%'
}

$('call').addEventListener('click', async () => {
  const r = await fetch('/api/profile')
  $('profile').textContent = JSON.stringify(await r.json(), null, 2)
  $('profile').hidden = false
})

$('rename').addEventListener('submit', async e => {
  e.preventDefault()
  await fetch('/api/nickname', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ nickname: $('nickname').value }),
  })
  refresh()
})

refresh().then(tick)
setInterval(refresh, 2000)
setInterval(tick, 250)
