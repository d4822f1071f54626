package token_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// testdata/authjs.json was made by running @auth/core 0.41.3 and next-auth
// 4.24.15. Whatever is in it is tested here: the tests follow the file, so that a
// section, a vector or a member that none of them knows makes them fail.

// authjsMade is the time at which the vectors were made, by their own iat.
const authjsMade = 1795447210

// whenMade runs a test at that time.
func whenMade(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(authjsMade, 0)))
		f(t)
	})
}

// sections are the sections of the file with the test of their vectors and how
// many of these there are at least.
func sections() map[string]section {
	return map[string]section{
		"key_derivation":  {7, each(testAuthJSKeys)},
		"v5":              {10, each(testAuthJSToken)},
		"v5_negative":     {7, each(testAuthJSRefused)},
		"v4":              {5, each(testNextAuthToken)},
		"v4_negative":     {3, each(testNextAuthRefused)},
		"check_cookies":   {3, each(testAuthJSCheckCookie)},
		"clock_tolerance": {1, each(testAuthJSTolerance)},
		"csrf":            {4, each(testAuthJSCSRF)},
		"chunking":        {13, each(testAuthJSChunks)},
	}
}

type section struct {
	least int
	test  func(t *testing.T, vector json.RawMessage)
}

// each makes a test of a vector's text from a test of what it says. Members that
// the test does not know are an error.
func each[V any](test func(t *testing.T, v V)) func(*testing.T, json.RawMessage) {
	return func(t *testing.T, text json.RawMessage) {
		t.Parallel()
		test(t, exactly[V](t, text))
	}
}

func exactly[V any](t *testing.T, text json.RawMessage) V {
	t.Helper()
	var v V
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// authjsFile returns the sections of the file.
func authjsFile(t testing.TB) map[string]json.RawMessage {
	t.Helper()
	var file map[string]json.RawMessage
	if err := json.Unmarshal(must(os.ReadFile("testdata/authjs.json")), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// authjsList returns the vectors of a section; clock_tolerance is just one.
func authjsList(t testing.TB, text json.RawMessage) []json.RawMessage {
	t.Helper()
	if text[0] == '{' {
		return []json.RawMessage{text}
	}
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// vectorNamed returns one vector, for those that build on another.
func vectorNamed[V any](t *testing.T, section, name string) V {
	t.Helper()
	list := authjsList(t, authjsFile(t)[section])
	i := slices.IndexFunc(list, func(text json.RawMessage) bool { return vectorName(t, text) == name })
	if i < 0 {
		t.Fatalf("there is no %s in %s", name, section)
	}
	return exactly[V](t, list[i])
}

func vectorName(t testing.TB, text json.RawMessage) string {
	t.Helper()
	var v struct{ Name string }
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v.Name
}

func TestAuthJSVectors(t *testing.T) {
	t.Parallel()
	file, tests := authjsFile(t), sections()
	var made time.Time
	if err := json.Unmarshal(file["generated_at"], &made); err != nil || made.Unix() != authjsMade {
		t.Errorf("the vectors were made at %v, %v", made, err)
	}
	for _, text := range []string{"about", "note", "generated_at"} {
		delete(file, text)
	}
	for _, name := range slices.Sorted(maps.Keys(file)) {
		s, known := tests[name]
		list := authjsList(t, file[name])
		if delete(tests, name); !known || len(list) < s.least {
			t.Errorf("section %s has %d vectors; a test for it: %v", name, len(list), known)
			continue
		}
		for i, text := range list {
			t.Run(fmt.Sprintf("%s/%d %s", name, i, vectorName(t, text)), func(t *testing.T) { s.test(t, text) })
		}
	}
	for name := range tests {
		t.Errorf("the file has no section %s", name)
	}
}

// secretList is a secret, or several.
type secretList []string

func (l *secretList) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*l = make([]string, 1)
		return json.Unmarshal(text, &(*l)[0])
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// strong reports whether the kit takes the secrets. The passphrase of most vectors
// has 15 different characters, which is one too few.
func (l secretList) strong() bool {
	return !slices.ContainsFunc(l, func(s string) bool { return token.CheckSecret(s) != nil })
}

// compact returns JSON as JSON.stringify has it.
func compact(text json.RawMessage) string {
	var b bytes.Buffer
	_ = json.Compact(&b, text)
	return b.String()
}

func object(text json.RawMessage) claims.Object {
	return must(claims.ParseObject([]byte(compact(text))))
}

// headerOf returns the text of the protected header.
func headerOf(t testing.TB, sealed string) string {
	t.Helper()
	head, _, _ := strings.Cut(sealed, ".")
	return string(must(b64.DecodeString(head)))
}

func foreignSealer(t testing.TB, f token.Format, salt string, secrets ...string) *token.ForeignSealer {
	t.Helper()
	return must(token.NewForeignSealer(f, salt, secrets...))
}

type authjsKeys struct {
	Family, Secret, Salt, Info string

	CBCKey string `json:"cbc_hs512_key_hex"`
	CBCKid string `json:"cbc_hs512_kid_sha512_thumbprint"`
	GCMKey string `json:"a256gcm_key_hex"`
	GCMKid string `json:"a256gcm_kid_sha256_thumbprint"`
}

func testAuthJSKeys(t *testing.T, v authjsKeys) {
	want := map[string][]string{`{"alg":"dir","enc":"A256GCM"}`: {v.GCMKey}}
	f, n := token.NextAuth4, 32
	if v.Family == "v5" {
		f, n = token.AuthJS, 64
		want[`{"alg":"dir","enc":"A256CBC-HS512"}`] = []string{v.CBCKey}
		want[`{"alg":"dir","enc":"A256CBC-HS512","kid":"`+v.CBCKid+`"}`] = []string{v.CBCKey}
		want[`{"alg":"dir","enc":"A256GCM","kid":"`+v.GCMKid+`"}`] = []string{v.GCMKey}
	}
	if got := foreignSealer(t, f, v.Salt, v.Secret).Keys(); !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("keys = %v, want %v", got, want)
	}
	ref := foreignReference{f, v.Secret, v.Salt}
	if got := hex.EncodeToString(ref.key()); got != v.CBCKey+strings.Repeat(v.GCMKey, 2-n/32) {
		t.Errorf("the reference derives %s", got)
	}
	key := must(hkdf.Key(sha256.New, []byte(v.Secret), []byte(v.Salt), v.Info, 32))
	if got := hex.EncodeToString(key); got != v.GCMKey {
		t.Errorf("the info gives %s", got)
	}
}

// jweVector is what the vectors of tokens have in common.
type jweVector struct {
	Name, Note, Salt string

	Cookie  string          `json:"cookie_name"`
	Input   json.RawMessage `json:"input_token"`
	MaxAge  int64           `json:"max_age"`
	Header  json.RawMessage `json:"protected_header"`
	Key     string          `json:"derived_key_hex"`
	Payload json.RawMessage
	JWE     string
	Length  int `json:"jwe_length"`
}

// opensWith opens the vector byte by byte and checks all that it says of itself.
func (v jweVector) opensWith(t *testing.T, s *token.ForeignSealer) {
	t.Helper()
	opens(t, s, v.JWE, compact(v.Payload))
	if header := headerOf(t, v.JWE); header != compact(v.Header) || !slices.Contains(s.Keys()[header], v.Key) || len(v.JWE) != v.Length {
		t.Errorf("header %s has keys %v", header, s.Keys()[header])
	}
	input, payload := object(v.Input), object(v.Payload)
	for _, name := range append(input.Names(), "iat", "exp", "jti") {
		raw, _ := payload.Raw(name)
		if want, ok := input.Raw(name); ok && string(raw) != string(want) || len(raw) == 0 {
			t.Errorf("%s is %s, was %s", name, raw, want)
		}
	}
	iat, _ := payload.Int("iat")
	if exp, _ := payload.Int("exp"); v.MaxAge != 0 && exp-iat != v.MaxAge || iat != authjsMade {
		t.Errorf("made at %d, ends at %d", iat, exp)
	}
}

// isSession opens the vector as a session and writes it again.
func (v jweVector) isSession(t *testing.T, f token.Format, secrets secretList) {
	t.Helper()
	whenMade(t, func(t *testing.T) {
		c := must(token.NewUncheckedCodec(f, v.Cookie, secrets...))
		if public, err := token.NewForeignCodec(f, v.Cookie, token.Members{}, secrets...); secrets.strong() {
			c = must(public, err)
		} else if !errors.Is(err, token.ErrWeakSecret) {
			t.Errorf("weak secrets: %v", err)
		}
		tok, err := c.Open(v.JWE)
		if object(v.Payload).String("sub") == "" {
			because(t, "nobody's", err, token.ReasonContent)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		saysAll(t, tok, object(v.Payload))
		sealed := sealToken(t, c, tok)
		if header, want := headerOf(t, sealed), (foreignReference{f, secrets[0], v.Salt}).header(); header != want {
			t.Errorf("header %s, want %s", header, want)
		}
		plain := must(foreignSealer(t, f, v.Salt, secrets[0]).Open(sealed))
		keepsAll(t, must(claims.ParseObject(plain)), object(v.Payload))
		if back, err := c.Open(sealed); err != nil || !back.Equal(tok) {
			t.Errorf("comes back as %+v, %v", back, err)
		}
	})
}

// saysAll fails unless a token has everything that a payload says.
func saysAll(t *testing.T, tok *token.Token, payload claims.Object) {
	t.Helper()
	o := tok.Object()
	for _, name := range payload.Names() {
		raw, _ := payload.Raw(name)
		got, _ := o.Raw(name)
		switch {
		case name == "accessToken":
			if tok.Account.AccessToken.Reveal() != payload.String(name) || len(got) > 0 {
				t.Errorf("access token = %q, claim %s", tok.Account.AccessToken.Reveal(), got)
			}
		case string(raw) == "null" && len(got) == 0: // of the profile
		case string(raw) != string(got):
			t.Errorf("%s = %s, want %s", name, got, raw)
		}
	}
	if tok.AuthTime.Unix() != authjsMade || tok.IssuedAt.Unix() != authjsMade || tok.Account.Provider != "" {
		t.Errorf("signed in at %v, account %+v", tok.AuthTime, tok.Account)
	}
}

// keepsAll fails unless what is written again says the same to Auth.js.
func keepsAll(t *testing.T, written, payload claims.Object) {
	t.Helper()
	for _, name := range payload.Names() {
		raw, _ := payload.Raw(name)
		if got, ok := written.Raw(name); string(got) != string(raw) && (ok || string(raw) != "null") {
			t.Errorf("%s is written as %s, was %s", name, got, raw)
		}
	}
	for _, name := range written.Names() {
		if _, ok := payload.Raw(name); !ok && name != "auth_time" {
			t.Errorf("%s was added", name)
		}
	}
}

type authjsToken struct {
	jweVector
	Sealing secretList `json:"secret_used_to_encode"`
	Opening secretList `json:"secrets_to_decode"`
}

func testAuthJSToken(t *testing.T, v authjsToken) {
	v.opensWith(t, foreignSealer(t, token.AuthJS, v.Salt, v.Opening...))
	v.isSession(t, token.AuthJS, v.Opening)
	if v.Cookie != v.Salt {
		t.Errorf("cookie %s with salt %s", v.Cookie, v.Salt)
	}
	// The kid finds the secret wherever it stands; without one only the first is tried.
	behind := foreignSealer(t, token.AuthJS, v.Salt, secretA, secretB, v.Sealing[0])
	if strings.Contains(headerOf(t, v.JWE), `"kid"`) {
		opens(t, behind, v.JWE, compact(v.Payload))
	} else {
		refused(t, behind, "not the first secret", v.JWE, token.ReasonKey)
		slices.Reverse(v.Opening)
		if s := foreignSealer(t, token.AuthJS, v.Salt, v.Opening...); len(v.Opening) > 1 {
			refused(t, s, "secrets the other way round", v.JWE, token.ReasonKey)
		}
	}
	refused(t, foreignSealer(t, token.AuthJS, v.Salt+"x", v.Opening...), "another cookie", v.JWE, token.ReasonKey)
	refused(t, foreignSealer(t, token.NextAuth4, "", v.Opening...), "as v4", v.JWE, token.ReasonKey, token.ReasonForm)
}

type authjsRefused struct{ Name, Note, Secret, Salt, JWE, Error string }

func testAuthJSRefused(t *testing.T, v authjsRefused) {
	reason, ok := map[string]token.Reason{
		"wrong-salt": token.ReasonKey, "wrong-secret": token.ReasonKey, "tampered-ciphertext": token.ReasonSeal, "expired-1h-ago": token.ReasonExpired,
		"enc-not-allowed": token.ReasonForm, "unknown-kid": token.ReasonKey, "v4-token-in-v5-decoder": token.ReasonKey,
	}[v.Name]
	if !ok || v.Error == "" {
		t.Fatal("there is no test for this vector")
	}
	if s := foreignSealer(t, token.AuthJS, v.Salt, v.Secret); reason != token.ReasonExpired {
		refused(t, s, "sealer", v.JWE, reason)
	} else if _, err := s.Open(v.JWE); err != nil {
		t.Errorf("what has ended is sealed correctly, but: %v", err)
	}
	whenMade(t, func(t *testing.T) {
		tok, err := must(token.NewUncheckedCodec(token.AuthJS, v.Salt, v.Secret)).Open(v.JWE)
		if because(t, "codec", err, reason); tok != nil {
			t.Errorf("opens as %+v", tok)
		}
	})
}

type nextAuthToken struct {
	jweVector
	Secret string
	Info   string `json:"hkdf_info"`
}

func testNextAuthToken(t *testing.T, v nextAuthToken) {
	v.opensWith(t, foreignSealer(t, token.NextAuth4, v.Salt, v.Secret))
	if key := must(hkdf.Key(sha256.New, []byte(v.Secret), []byte(v.Salt), v.Info, 32)); hex.EncodeToString(key) != v.Key {
		t.Errorf("the info gives %x", key)
	}
	if v.Salt == "" {
		v.isSession(t, token.NextAuth4, secretList{v.Secret})
	} else if v.Salt != v.Cookie {
		t.Errorf("cookie %s with salt %s", v.Cookie, v.Salt)
	}
	opens(t, foreignSealer(t, token.NextAuth4, v.Salt, secretA, v.Secret), v.JWE, compact(v.Payload))
	refused(t, foreignSealer(t, token.NextAuth4, v.Salt, secretA, secretB, v.Secret), "third secret", v.JWE, token.ReasonKey)
	refused(t, foreignSealer(t, token.NextAuth4, v.Salt+"x", v.Secret), "another cookie", v.JWE, token.ReasonKey)
	refused(t, foreignSealer(t, token.AuthJS, v.Cookie, v.Secret), "as v5", v.JWE, token.ReasonKey)
}

// The vectors of this section have no text: what does not open is said by their
// names, of tokens in other sections.
func testNextAuthRefused(t *testing.T, v struct{ Name, Error string }) {
	good := vectorNamed[nextAuthToken](t, "v4", "v4-plain-http")
	s, sealed := foreignSealer(t, token.NextAuth4, "", good.Secret), good.JWE
	opens(t, s, sealed, compact(good.Payload))
	switch v.Name {
	case "v4-wrong-secret":
		s = foreignSealer(t, token.NextAuth4, "", secretA)
	case "v4-wrong-salt":
		s = foreignSealer(t, token.NextAuth4, good.Cookie, good.Secret)
	case "v5-token-in-v4-decoder":
		sealed = vectorNamed[authjsToken](t, "v5", "v5-plain-http").JWE
	default:
		t.Fatal("there is no test for this vector")
	}
	refused(t, s, v.Error, sealed, token.ReasonKey)
}

type authjsCheckCookie struct {
	Cookie  string `json:"cookie_name"`
	Salt    string
	Secret  string
	Note    string
	Payload json.RawMessage
	JWE     string

	State        string          `json:"state_parameter"`
	StatePayload json.RawMessage `json:"state_parameter_payload"`
}

func testAuthJSCheckCookie(t *testing.T, v authjsCheckCookie) {
	opens(t, foreignSealer(t, token.AuthJS, v.Cookie, v.Secret), v.JWE, compact(v.Payload))
	refused(t, foreignSealer(t, token.AuthJS, "authjs.session-token", v.Secret), "as a session", v.JWE, token.ReasonKey)
	whenMade(t, func(t *testing.T) { // not even with its own key: it is nobody's
		_, err := must(token.NewUncheckedCodec(token.AuthJS, v.Cookie, v.Secret)).Open(v.JWE)
		because(t, "as a session", err, token.ReasonContent)
	})
	if v.Salt != v.Cookie {
		t.Errorf("cookie %s with salt %s", v.Cookie, v.Salt)
	}
	if v.State == "" {
		return
	}
	opens(t, foreignSealer(t, token.AuthJS, "encodedState", v.Secret), v.State, compact(v.StatePayload))
	if got := object(v.Payload).String("value"); got != v.State {
		t.Errorf("the cookie keeps %s", got)
	}
}

type authjsTolerance struct {
	Note, Secret, Salt, JWE string

	Accepted bool  `json:"accepted_10s_after_exp"`
	Until    int64 `json:"valid_while_now_less_than"`
	Payload  json.RawMessage
}

func testAuthJSTolerance(t *testing.T, v authjsTolerance) {
	opens(t, foreignSealer(t, token.AuthJS, v.Salt, v.Secret), v.JWE, compact(v.Payload))
	exp, _ := object(v.Payload).Int("exp")
	if v.Until != exp+15 || !v.Accepted {
		t.Fatalf("ends at %d, is accepted until %d", exp, v.Until)
	}
	synctest.Test(t, func(t *testing.T) {
		c := must(token.NewUncheckedCodec(token.AuthJS, v.Salt, v.Secret))
		open := func(at time.Time) error {
			time.Sleep(time.Until(at))
			_, err := c.Open(v.JWE)
			return err
		}
		for _, at := range []time.Time{time.Unix(exp, 0), time.Unix(exp+10, 0), time.Unix(v.Until, -1)} {
			if err := open(at); err != nil {
				t.Errorf("at %v: %v", at, err)
			}
		}
		because(t, "at the end", open(time.Unix(v.Until, 0)), token.ReasonExpired)
	})
}

type authjsCSRF struct {
	Secret secretList
	Note   string
	Hashed string `json:"secret_string_hashed"`
	Token  string `json:"csrf_token"`
	Hash   string
	Cookie string `json:"cookie_value"`
	Line   string `json:"set_cookie_value_encoded"`
}

func testAuthJSCSRF(t *testing.T, v authjsCSRF) {
	s := token.NewForeignSigner(token.AuthJS, v.Secret...)
	if got := s.Sign(v.Token); got != v.Hash || v.Cookie != v.Token+"|"+v.Hash || v.Line != v.Token+"%7C"+v.Hash {
		t.Errorf("Sign = %s", got)
	}
	if v.Hashed != strings.Join(v.Secret, ",") {
		t.Errorf("hashed with %q", v.Hashed)
	}
	for name, s := range map[string]*token.Signer{
		"itself":                s,
		"the joined list":       token.NewForeignSigner(token.AuthJS, v.Hashed),
		"a new secret in front": token.NewForeignSigner(token.AuthJS, append([]string{secretA}, v.Secret...)...),
		"a new secret behind":   token.NewForeignSigner(token.AuthJS, append(slices.Clone(v.Secret), secretA)...),
		"the same for v4":       token.NewForeignSigner(token.NextAuth4, v.Secret...),
	} {
		if !s.Verify(v.Token, v.Hash) {
			t.Errorf("%s: refused", name)
		}
		for _, bad := range []string{"", v.Hash[:62], v.Hash + "00", strings.Repeat("0", 64), v.Token} {
			if s.Verify(v.Token, bad) {
				t.Errorf("%s: %q is accepted", name, bad)
			}
		}
		if s.Verify(v.Token[1:]+"0", v.Hash) {
			t.Errorf("%s: another token is accepted", name)
		}
	}
	if token.NewForeignSigner(token.AuthJS, secretA, secretB).Verify(v.Token, v.Hash) {
		t.Error("other secrets: accepted")
	}
	// next-auth v4 knows one secret; of several here, the first one signs for it.
	if v4 := token.NewForeignSigner(token.NextAuth4, v.Secret...).Sign(v.Token); (v4 == v.Hash) != (len(v.Secret) == 1) {
		t.Errorf("v4 signs as %s", v4)
	}
	// The whole value goes into a cookie and comes back.
	j, b := token.Jar{Name: "__Host-authjs.csrf-token", Path: "/", Secure: true}, browser{}
	b.take(t, write(t, j, v.Line, nil))
	reads(t, j, "cookie", b.request(), v.Line)
	reads(t, j, "decoded by a proxy", cookies(j.Name+"="+v.Cookie), v.Cookie)
}

type authjsChunks struct {
	Name, Note, Secret, Salt string

	ChunkSize int `json:"chunk_size"`
	Overhead  int
	Payload   json.RawMessage
	JWE       string
	Length    int            `json:"jwe_length"`
	Cookies   []authjsCookie `json:"set_cookies"`
	Rejoined  bool           `json:"rejoined_equals_jwe"`
	Chunks    [][2]any       // names and lengths
	Joined    string
}

type authjsCookie struct {
	Name, Value string

	Length  int `json:"value_length"`
	Options struct {
		HTTPOnly, Secure bool
		SameSite, Path   string
		Expires          time.Time
		MaxAge           *int
	}
}

// foreignJar is the jar of the session of Auth.js on https.
func foreignJar(f token.Format) token.Jar {
	return token.Jar{Name: f.CookieName("session-token", true), Path: "/", Secure: true, SameSite: http.SameSiteLaxMode, Budget: 64 << 10, ChunkSize: f.ChunkSize()}
}

func testAuthJSChunks(t *testing.T, v authjsChunks) {
	f := token.AuthJS
	if strings.HasPrefix(v.Name, "v4") {
		f = token.NextAuth4
	}
	j, expires := foreignJar(f), time.Date(2075, 1, 1, 0, 0, 0, 0, time.UTC)
	whole := vectorNamed[authjsChunks](t, "chunking", "v5-chunked")
	held := browser{}
	for _, c := range whole.Cookies {
		held[c.Name] = c.Value
	}
	response := http.Header{}
	switch v.Name {
	case "v5-chunked", "v4-chunked":
		if v.ChunkSize != f.ChunkSize() || v.ChunkSize+v.Overhead != 4096 || len(v.JWE) != v.Length || !v.Rejoined {
			t.Errorf("chunks of %d and %d bytes", v.ChunkSize, v.Overhead)
		}
		opens(t, foreignSealer(t, f, v.Salt, v.Secret), v.JWE, compact(v.Payload))
		writes(t, j, response, nil, v.JWE, expires)
		sets(t, response, v.Cookies)
		b := browser{}
		for _, c := range v.Cookies {
			b[c.Name] = c.Value
		}
		reads(t, j, "what Auth.js wrote", b.request(), v.JWE)
	case "v5-chunked-to-single":
		writes(t, j, response, held.request(), "short", expires)
		sets(t, response, v.Cookies)
	case "v5-single-to-chunked":
		for i := range v.Cookies[1:] { // the vector leaves the values out
			v.Cookies[i+1].Value = whole.Cookies[i].Value
		}
		writes(t, j, response, cookies(j.Name+"=short"), whole.JWE, expires)
		sets(t, response, v.Cookies)
	case "v5-signout-clean":
		j.Delete(response, held.request())
		name, _, _ := strings.Cut(response["Set-Cookie"][0], "=")
		if response["Set-Cookie"] = response["Set-Cookie"][1:]; name != j.Name {
			t.Errorf("the first line is for %s, want the name that is always deleted", name)
		}
		sets(t, response, v.Cookies)
	case "v5-boundary-3936", "v5-boundary-3937", "v5-boundary-7872", "v5-boundary-7873", "v4-boundary-3933", "v4-boundary-3934":
		sum := 0
		for _, c := range v.Chunks {
			sum += int(c[1].(float64))
		}
		writes(t, j, response, nil, value(sum), expires)
		b := browser{}
		if b.take(t, response); len(b) != len(v.Chunks) {
			t.Errorf("%d cookies, want %d", len(b), len(v.Chunks))
		}
		for _, c := range v.Chunks {
			if name := c[0].(string); len(b[name]) != int(c[1].(float64)) {
				t.Errorf("%s has %d bytes, want %v", name, len(b[name]), c[1])
			}
		}
		reads(t, j, "back", b.request(), value(sum))
	case "v5-join-order-numeric", "v5-join-order-with-stale-base":
		// Auth.js puts a stale cookie without a number in front. That would sign
		// people out, so it is the chunks that count.
		want, stale := strings.CutPrefix(v.Joined, "base")
		line := ""
		for i, part := range want {
			line = fmt.Sprintf("%s.%d=%c; ", j.Name, i, part) + line
		}
		if stale {
			line += j.Name + "=base"
		}
		reads(t, j, v.Note, cookies(line), want)
	default:
		t.Fatal("there is no test for this vector")
	}
}

func writes(t *testing.T, j token.Jar, response, request http.Header, value string, expires time.Time) {
	t.Helper()
	if err := j.Write(response, request, value, expires); err != nil {
		t.Fatal(err)
	}
}

// sets fails unless a response sets and deletes just what Auth.js does. The order
// is not the same, and makes no difference to a browser. Where Auth.js saw no
// cookie, the kit also deletes the one that the new value does not use.
func sets(t *testing.T, response http.Header, want []authjsCookie) {
	t.Helper()
	lines := slices.Clone(response["Set-Cookie"])
	if len(lines) == len(want)+1 && want[0].Options.MaxAge == nil && strings.Contains(lines[0], "Max-Age=0;") {
		lines = lines[1:]
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	slices.Sort(lines)
	want = slices.SortedFunc(slices.Values(want), func(a, b authjsCookie) int { return strings.Compare(a.Name+"=", b.Name+"=") })
	for i, line := range lines {
		c, w := must(http.ParseSetCookie(line)), want[i]
		if c.Name != w.Name || c.Value != w.Value || len(c.Value) != w.Length {
			t.Errorf("line %d: %s with %d bytes, want %s with %d", i, c.Name, len(c.Value), w.Name, w.Length)
		}
		o := w.Options
		if c.HttpOnly != o.HTTPOnly || c.Secure != o.Secure || c.Path != o.Path || c.SameSite != http.SameSiteLaxMode || o.SameSite != "lax" || c.Domain != "" {
			t.Errorf("line %d: %s", i, line)
		}
		if deletes := c.MaxAge < 0; deletes != (o.MaxAge != nil) || !o.Expires.IsZero() && !c.Expires.Equal(o.Expires) {
			t.Errorf("line %d deletes: %v, until %v, want %v", i, deletes, c.Expires, o)
		}
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for f, want := range map[token.Format][4]string{
		token.AuthJS:    {"__Secure-authjs.session-token", "authjs.session-token", "__Host-authjs.csrf-token", "authjs.csrf-token"},
		token.NextAuth4: {"__Secure-next-auth.session-token", "next-auth.session-token", "__Host-next-auth.csrf-token", "next-auth.csrf-token"},
	} {
		got := [4]string{f.CookieName("session-token", true), f.CookieName("session-token", false), f.CookieName("csrf-token", true), f.CookieName("csrf-token", false)}
		if got != want || !f.Foreign() {
			t.Errorf("%s: %v, foreign: %v", f, got, f.Foreign())
		}
	}
	for _, f := range []token.Format{token.Native, "", "AuthJS"} {
		if _, err := token.NewForeignCodec(f, cookie, token.Members{}, secretA); err == nil || f.Foreign() {
			t.Errorf("%q is taken", f)
		}
	}
}
