package token_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

var update = flag.Bool("update", false, "write testdata/vectors.json anew")

const vectorsFile = "testdata/vectors.json"

// vectors is the content of testdata/vectors.json. FORMAT.md explains it.
type vectors struct {
	Format     string         `json:"format"`
	Note       string         `json:"note"`
	Keys       []keyVector    `json:"keys"`
	Signatures []signVector   `json:"signatures"`
	Opens      []sealedVector `json:"opens"`
	Refused    []sealedVector `json:"refused"`
	Cookies    []cookieVector `json:"cookies"`
	NoCookies  []cookieVector `json:"cookies_refused"`
}

// place says whose keys they are.
type place struct {
	Audience string `json:"audience"`
	Purpose  string `json:"purpose"`
	Cookie   string `json:"cookie"`
}

type keyVector struct {
	Name   string `json:"name"`
	Secret string `json:"secret"`
	place
	Day       int64  `json:"day"`
	Root      string `json:"root"`
	IDLabel   string `json:"id_label"`
	IDBytes   string `json:"id_bytes"`
	Kid       string `json:"kid"`
	SealLabel string `json:"seal_label"`
	SealKey   string `json:"seal_key"`
	SignLabel string `json:"sign_label"`
	SignKey   string `json:"sign_key"`
}

type signVector struct {
	Name    string   `json:"name"`
	Secrets []string `json:"secrets"`
	place
	Text      string `json:"text"`
	Signature string `json:"signature"`
	Valid     bool   `json:"valid"`
}

type sealedVector struct {
	Name    string   `json:"name"`
	Secrets []string `json:"secrets"`
	place
	Now       int64  `json:"now"`
	Nonce     string `json:"nonce,omitempty"`
	Header    string `json:"header,omitempty"`
	Plaintext string `json:"plaintext,omitempty"`
	Written   bool   `json:"written,omitempty"` // the plaintext is just what the kit writes
	Reason    string `json:"reason,omitempty"`
	Strict    bool   `json:"strict,omitempty"` // takes a JSON parser that refuses what most do not
	Sealed    string `json:"sealed"`
}

type cookieVector struct {
	Name    string   `json:"name"`
	Cookie  string   `json:"cookie"`
	Headers []string `json:"headers"`
	Value   string   `json:"value,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// noon is the time at which most vectors are read: on the first day that a
// synctest bubble knows.
const noon = firstDay*86400 + 43200

func (r reference) place() place { return place{r.audience, r.purpose, r.cookie} }

// fixedNonce makes the file the same each time. Writers must never do so.
func fixedNonce(name string) []byte {
	sum := sha256.Sum256([]byte("nonce of " + name))
	return sum[:12]
}

func makeVectors() vectors {
	return vectors{
		Format: "sealedauth v1",
		Note: "See FORMAT.md. The secrets are published, so never use them. The nonces are not random here, only so that this file can be made again: " +
			"go test ./token -run TestVectorsFile -update",
		Keys: keyVectors(), Signatures: signVectors(), Opens: openVectors(),
		Refused:   append(refusedTexts(), refusedPayloads()...),
		Cookies:   cookieVectors(),
		NoCookies: refusedCookies(),
	}
}

var (
	refB      = reference{secretB, audience, "session", cookie}
	refLocal  = reference{secretA, "http://localhost:3000", "session", "auth.session"}
	refDomain = reference{secretA, audience, "session", "__Secure-auth.session"}
	refOthers = []reference{
		{secretA, audience, "id-token", "__Secure-auth.id-token"},
		{secretA, audience, "transaction", "__Secure-auth.tx"},
		{secretA, audience, "refresh-failed", "__Host-auth.refresh-failed"},
		{secretA, audience, "csrf", "__Host-auth.csrf"},
		{secretA, audience, "csrf-proof", "__Host-auth.csrf"},
		{secretA, audience, "signed-out", "__Host-auth.signed-out"},
		{secretA, audience, "refreshed", "auth"},
	}
)

func keyVectors() []keyVector {
	list := []keyVector{
		keysOf("session on https", refA, firstDay), keysOf("the same, next day", refA, firstDay+1), keysOf("the same, other secret", refB, firstDay),
		keysOf("session on http", refLocal, firstDay), keysOf("session with Domain", refDomain, firstDay),
	}
	for _, r := range refOthers {
		list = append(list, keysOf(r.purpose, r, firstDay))
	}
	return list
}

func keysOf(name string, r reference, day int64) keyVector {
	sealLabel := r.label("seal", fmt.Sprint(day))
	return keyVector{
		Name: name, Secret: r.secret, place: r.place(), Day: day,
		Root:    hex.EncodeToString(must(hkdf.Extract(sha256.New, []byte(r.secret), nil))),
		IDLabel: r.label("id"), IDBytes: hex.EncodeToString(r.material(r.label("id"), 6)), Kid: r.kid(day),
		SealLabel: sealLabel, SealKey: hex.EncodeToString(r.key(day)),
		SignLabel: r.label("sign"), SignKey: hex.EncodeToString(r.material(r.label("sign"), 32)),
	}
}

func signVectors() []signVector {
	r := refOthers[3]
	other := r
	other.secret = secretB
	const text = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
	both := []string{secretA, secretB}
	return []signVector{
		{"csrf", both, r.place(), text, r.sign(text), true},
		{"second secret", both, r.place(), text, other.sign(text), true},
		{"removed secret", both[:1], r.place(), text, other.sign(text), false},
		{"other text", both, r.place(), text[1:] + "1", r.sign(text), false},
		{"other cookie", both, place{audience, "csrf", "auth.csrf"}, text, r.sign(text), false},
		{"cut", both, r.place(), text, r.sign(text)[:62], false},
	}
}

// opensAt returns a vector of a text that opens.
func opensAt(name string, r reference, day int64, plain string) sealedVector {
	n := fixedNonce(name)
	return sealedVector{
		Name: name, Secrets: []string{secretA, secretB}, place: r.place(), Now: noon,
		Nonce: hex.EncodeToString(n), Header: r.header(day), Plaintext: plain, Sealed: r.seal(day, n, []byte(plain)),
	}
}

const (
	leastPayload = `{"sub":"google|42","exp":946728001,"account":{"provider":"","id":""}}`
	fullPayload  = `{"iss":"https://app.example.com","sub":"google|110248495921238986420","aud":["app","api"],"exp":949320000,"nbf":946728000,` +
		`"iat":946728000,"jti":"4BRQXNVTGZ2ZPWLC6HLRGIY3QS","auth_time":946720000,"name":"Ada <Löve> \"😀\"","email":"ada@example.com",` +
		`"picture":"https://op.example/ada.png?s=96&v=2","role":"admin","teams":["core","ops"],"org":{"id":9007199254740993},` +
		`"account":{"provider":"google","id":"110248495921238986420","type":"oidc","access_token":"ya29.A0","refresh_token":"1//0g",` +
		`"token_type":"Bearer","expires_at":946731600,"expires_in":3600,"scope":"openid email profile"}}`
)

func openVectors() []sealedVector {
	written := func(v sealedVector) sealedVector {
		v.Written = true
		return v
	}
	list := []sealedVector{
		written(opensAt("least", refA, firstDay, leastPayload)),
		written(opensAt("complete", refA, firstDay, fullPayload)),
		written(opensAt("second secret", refB, firstDay, leastPayload)),
		written(opensAt("http on localhost", refLocal, firstDay, leastPayload)),
		written(opensAt("cookie with Domain", refDomain, firstDay, leastPayload)),
		written(opensAt("sealed yesterday", refA, firstDay-1, leastPayload)),
		written(opensAt("sealed 400 days ago", refA, firstDay-400, leastPayload)),
		written(opensAt("sealed by a clock that is a day ahead", refA, firstDay+1, leastPayload)),
		written(opensAt("made a minute ahead", refA, firstDay, `{"sub":"a","exp":946729000,"nbf":946728060,"iat":946728060,"account":{"provider":"","id":""}}`)),
		opensAt("version 1", refA, firstDay, `{"v":1,"sub":"a","exp":946729000,"account":{}}`),
		opensAt("fraction of a second", refA, firstDay, `{"sub":"a","exp":946728001.9,"account":{}}`),
		opensAt("audience as text", refA, firstDay, `{"sub":"a","aud":"app","exp":946729000,"account":{}}`),
		opensAt("null in the profile", refA, firstDay, `{"sub":"a","name":null,"exp":946729000,"account":{}}`),
		opensAt("white space and escapes", refA, firstDay, " {\n\t\"s\\u0075b\" : \"\\u0061\\ud83d\\ude00\", \"exp\":946729000, \"account\" : { } } "),
		opensAt("unknown members", refA, firstDay, `{"sub":"a","exp":946729000,"future":{"x":[1,null]},"account":{"future":true}}`),
		opensAt("other spellings are unknown members", refA, firstDay, `{"sub":"a","SUB":"b","exp":946729000,"EXP":1,"Account":null,"account":{"ID":1}}`),
	}
	for i, plain := range []string{
		`{"value":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln","exp":947289600}`,
		`{"value":{"state":"XQ5V","verifier":"dBjf","nonce":"n-0S6","provider":"google","redirect":"https://app.example.com/auth/callback/google",` +
			`"target":"https://app.example.com/","started":946728000000000000},"exp":946728900}`,
		`{"value":{"rt":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08","at":946728000},"exp":946731600}`,
	} {
		list = append(list, opensAt(refOthers[i].purpose, refOthers[i], firstDay, plain))
	}
	return list
}

// refusedText returns a vector of a text that is not sealed as it should be.
func refusedText(reason, name, sealed string) sealedVector {
	return sealedVector{Name: name, Secrets: []string{secretA, secretB}, place: refA.place(), Now: noon, Reason: reason, Sealed: sealed}
}

func refusedTexts() []sealedVector {
	const plain = leastPayload + " " // so that the ciphertext has spare bits in base64url
	good := refA.seal(firstDay, fixedNonce("refused"), []byte(plain))
	parts := strings.Split(good, ".")
	key := refA.key(firstDay)
	gcm := must(cipher.NewGCM(block(key)))
	with := func(i int, part string) string {
		return strings.Join(append(append(append([]string(nil), parts[:i]...), part), parts[i+1:]...), ".")
	}
	under := func(header string) string {
		return sealRaw(gcm, strings.ReplaceAll(header, "KID", refA.kid(firstDay)), fixedNonce("refused"), []byte(plain))
	}
	text, tag := must(b64.DecodeString(parts[3])), must(b64.DecodeString(parts[4]))
	changed := func(bytes []byte) string { return b64.EncodeToString(append([]byte{bytes[0] ^ 1}, bytes[1:]...)) }
	moved := strings.Join([]string{parts[0], "", parts[2], b64.EncodeToString(text[:len(text)-3]), b64.EncodeToString(append(text[len(text)-3:], tag...))}, ".")
	return []sealedVector{
		refusedText("form", "nothing", ""),
		refusedText("form", "four parts", strings.Join(parts[:4], ".")),
		refusedText("form", "six parts", good+"."),
		refusedText("form", "an encrypted key", with(1, "AAAA")),
		refusedText("form", "padding", good+"=="),
		refusedText("form", "line break", with(3, parts[3][:8]+"\n"+parts[3][8:])),
		refusedText("form", "standard base64", with(2, "+/"+parts[2][2:])),
		refusedText("form", "spare bits in the ciphertext", with(3, spare(parts[3]))),
		refusedText("form", "spare bits in the tag", with(4, spare(parts[4]))),
		refusedText("form", "boundary of ciphertext and tag moved", moved),
		refusedText("form", "tag of 12 bytes", sealRaw(must(cipher.NewGCMWithTagSize(block(key), 12)), refA.header(firstDay), fixedNonce("refused"), []byte(plain))),
		refusedText("form", "nonce of 16 bytes", sealRaw(must(cipher.NewGCMWithNonceSize(block(key), 16)), refA.header(firstDay), make([]byte, 16), []byte(plain))),
		refusedText("form", "header in another order", under(`{"alg":"dir","kid":"KID","enc":"A256GCM"}`)),
		refusedText("form", "header with white space", under(`{"alg": "dir","enc":"A256GCM","kid":"KID"}`)),
		refusedText("form", "header with typ", under(`{"alg":"dir","enc":"A256GCM","kid":"KID","typ":"JWT"}`)),
		refusedText("form", "header with crit", under(`{"alg":"dir","crit":["exp"],"enc":"A256GCM","exp":1,"kid":"KID"}`)),
		refusedText("form", "header with zip", under(`{"alg":"dir","enc":"A256GCM","kid":"KID","zip":"DEF"}`)),
		refusedText("form", "header with a member twice", under(`{"alg":"dir","enc":"A256GCM","kid":"x","kid":"KID"}`)),
		refusedText("form", "alg none", under(`{"alg":"none","enc":"A256GCM","kid":"KID"}`)),
		refusedText("form", "alg A256KW", under(`{"alg":"A256KW","enc":"A256GCM","kid":"KID"}`)),
		refusedText("form", "enc A256CBC-HS512", under(`{"alg":"dir","enc":"A256CBC-HS512","kid":"KID"}`)),
		refusedText("form", "no kid", under(`{"alg":"dir","enc":"A256GCM"}`)),
		refusedText("form", "kid without a day", under(`{"alg":"dir","enc":"A256GCM","kid":"`+refA.kid(firstDay)[:6]+`"}`)),
		refusedText("form", "day with a leading zero", under(`{"alg":"dir","enc":"A256GCM","kid":"`+refA.kid(firstDay)[:7]+`010957"}`)),
		refusedText("form", "a signed token", b64.EncodeToString([]byte(`{"alg":"HS256"}`))+".e30.AAAA"),
		refusedText("key", "unknown secret", reference{"x" + secretA, audience, "session", cookie}.seal(firstDay, nonce, []byte(plain))),
		refusedText("key", "another application", refLocal.seal(firstDay, nonce, []byte(plain))),
		refusedText("key", "another cookie", refDomain.seal(firstDay, nonce, []byte(plain))),
		refusedText("key", "another purpose", reference{secretA, audience, "id-token", cookie}.seal(firstDay, nonce, []byte(plain))),
		refusedText("key", "sealed 401 days ago", refA.seal(firstDay-401, nonce, []byte(plain))),
		refusedText("key", "sealed by a clock that is two days ahead", refA.seal(firstDay+2, nonce, []byte(plain))),
		refusedText("seal", "ciphertext changed", with(3, changed(text))),
		refusedText("seal", "tag changed", with(4, changed(tag))),
		refusedText("seal", "nonce changed", with(2, changed(fixedNonce("refused")))),
		refusedText("seal", "kid of another day", b64.EncodeToString([]byte(refA.header(firstDay-1)))+good[len(parts[0]):]),
		refusedText("seal", "kid of another secret", b64.EncodeToString([]byte(refB.header(firstDay)))+good[len(parts[0]):]),
		refusedText("seal", "key of another purpose under this kid", sealRaw(must(cipher.NewGCM(block(refDomain.key(firstDay)))), refA.header(firstDay), nonce, []byte(plain))),
	}
}

// refusedPayload returns a vector of a text that decrypts to something which is
// not a valid session.
func refusedPayload(reason, name, plain string) sealedVector {
	v := opensAt(name, refA, firstDay, plain)
	v.Reason = reason
	return v
}

func refusedPayloads() []sealedVector {
	strict := func(v sealedVector) sealedVector {
		v.Strict = true
		return v
	}
	return []sealedVector{
		refusedPayload("expired", "ends now", `{"sub":"a","exp":946728000,"account":{}}`),
		refusedPayload("expired", "ended", `{"sub":"a","exp":946727999,"account":{}}`),
		refusedPayload("expired", "ends now, with a fraction", `{"sub":"a","exp":946728000.9,"account":{}}`),
		refusedPayload("future", "made more than a minute ahead", `{"sub":"a","exp":946729000,"iat":946728061,"account":{}}`),
		refusedPayload("future", "not yet valid", `{"sub":"a","exp":946729000,"nbf":946728061,"account":{}}`),
		refusedPayload("version", "version 2", `{"v":2,"sub":"a","exp":946729000,"account":{}}`),
		refusedPayload("version", "version as text", `{"v":"1","sub":"a","exp":946729000,"account":{}}`),
		refusedPayload("content", "no subject", `{"exp":946729000,"account":{}}`),
		refusedPayload("content", "empty subject", `{"sub":"","exp":946729000,"account":{}}`),
		refusedPayload("content", "subject of another spelling", `{"Sub":"a","exp":946729000,"account":{}}`),
		refusedPayload("content", "subject is a number", `{"sub":1,"exp":946729000,"account":{}}`),
		refusedPayload("content", "no end", `{"sub":"a","account":{}}`),
		refusedPayload("content", "end as text", `{"sub":"a","exp":"946729000","account":{}}`),
		refusedPayload("content", "end after the year 9999", `{"sub":"a","exp":253402300800,"account":{}}`),
		refusedPayload("content", "negative start", `{"sub":"a","exp":946729000,"iat":-1,"account":{}}`),
		refusedPayload("content", "no account", `{"sub":"a","exp":946729000}`),
		refusedPayload("content", "account is null", `{"sub":"a","exp":946729000,"account":null}`),
		refusedPayload("content", "account id is a number", `{"sub":"a","exp":946729000,"account":{"id":1}}`),
		refusedPayload("content", "not an object", `["sub"]`),
		refusedPayload("content", "something follows", `{"sub":"a","exp":946729000,"account":{}}{}`),
		refusedPayload("content", "an envelope", `{"value":"x","exp":946729000}`),
		strict(refusedPayload("content", "a member twice", `{"sub":"a","sub":"b","exp":946729000,"account":{}}`)),
		strict(refusedPayload("content", "a member twice by an escape", `{"sub":"a","s\u0075b":"b","exp":946729000,"account":{}}`)),
		strict(refusedPayload("content", "a member twice inside", `{"sub":"a","exp":946729000,"account":{},"x":[{"y":1,"y":2}]}`)),
		strict(refusedPayload("content", "33 levels", `{"sub":"a","exp":946729000,"account":{},"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`}`)),
		strict(refusedPayload("content", "half a surrogate pair", `{"sub":"a\ud800","exp":946729000,"account":{}}`)),
		strict(refusedPayload("content", "negative zero", `{"sub":"a","exp":946729000,"account":{},"x":-0}`)),
		strict(refusedPayload("content", "number beyond float64", `{"sub":"a","exp":946729000,"account":{},"x":1e400}`)),
		strict(refusedPayload("content", "end with an exponent", `{"sub":"a","exp":9.46729e8,"account":{}}`)),
	}
}

// sealedLong is a session that takes two cookies.
func sealedLong() string {
	plain := strings.Replace(fullPayload, "ya29.A0", strings.Repeat("ya29.A0", 400), 1)
	return refA.seal(firstDay, fixedNonce("long"), []byte(plain))
}

func cookieVectors() []cookieVector {
	c := func(name, value string, headers ...string) cookieVector {
		return cookieVector{Name: name, Cookie: cookie, Headers: headers, Value: value}
	}
	long := sealedLong()
	p := chunk(cookie, "Zk3_-q", long, 3900)
	a, b, d := cookie+"=3.abcdef.A", cookie+".1=3.abcdef.B", cookie+".2=3.abcdef.C"
	return []cookieVector{
		c("one cookie", "eyJh..x.y.z", "theme=dark; "+cookie+"=eyJh..x.y.z; lang=de"),
		c("a session in two cookies", long, strings.Join(p, "; ")),
		c("in another order", "ABC", d+"; theme=dark; "+a+"; "+b),
		c("in several headers", "ABC", b, d+"; "+a),
		c("each cookie twice", "ABC", a+"; "+b+"; "+d, d+"; "+a+"; "+b),
		c("without spaces", "ABC", a+";"+b+";"+d),
		c("sixteen cookies", strings.Repeat("x", 16), strings.Join(chunk(cookie, "AAAAAA", strings.Repeat("x", 16), 1), "; ")),
		c("empty parts", "A", cookie+"=2.abcdef.; "+cookie+".1=2.abcdef.A"),
		c("dots in parts", "A..B.C", cookie+"=2.abcdef.A.; "+cookie+".1=2.abcdef..B.C"),
		c("left over from a longer value", "AB", cookie+"=2.abcdef.A; "+cookie+".1=2.abcdef.B; "+cookie+".2=4.uvwxyz.C; "+cookie+".3=4.uvwxyz.D"),
		c("left over beside one cookie", "eyJh..x.y.z", cookie+".1=3.abcdef.B; "+cookie+"=eyJh..x.y.z"),
		c("names that only resemble it", "AB", cookie+"=2.abcdef.A; "+cookie+".01=x; "+cookie+".0=x; "+cookie+"-evil=x; "+strings.ToUpper(cookie)+"=x; "+
			cookie+".1x=x; "+cookie+".100=x; "+cookie+".1=2.abcdef.B; auth.session=x"),
		c("count of one is no chunk", "1.abcdef.A", cookie+"=1.abcdef.A"),
		c("count of seventeen is no chunk", "17.abcdef.A", cookie+"=17.abcdef.A"),
		c("count with a leading zero is no chunk", "02.abcdef.A", cookie+"=02.abcdef.A"),
		c("set of five characters is no chunk", "2.abcde.A", cookie+"=2.abcde.A"),
	}
}

func refusedCookies() []cookieVector {
	c := func(reason, name string, headers ...string) cookieVector {
		return cookieVector{Name: name, Cookie: cookie, Headers: append([]string{}, headers...), Reason: reason}
	}
	a, b, d := cookie+"=3.abcdef.A", cookie+".1=3.abcdef.B", cookie+".2=3.abcdef.C"
	return []cookieVector{
		c("none", "no headers"),
		c("none", "other cookies only", "auth.session=x; "+cookie+".0=x; "+cookie+"x=y"),
		c("conflict", "two values", cookie+"=A; "+cookie+"=B"),
		c("conflict", "two values in two headers", cookie+"=A", cookie+"=B"),
		c("conflict", "two values of a chunk", a+"; "+b+"; "+cookie+".1=3.abcdef.X; "+d),
		c("conflict", "a whole value and a chunk", cookie+"=A; "+a+"; "+b+"; "+d),
		c("chunks", "first is missing", b+"; "+d),
		c("chunks", "middle is missing", a+"; "+d),
		c("chunks", "last is missing", a+"; "+b),
		c("chunks", "of two sets", a+"; "+cookie+".1=3.abcdeX.B; "+d),
		c("chunks", "of two counts", a+"; "+cookie+".1=2.abcdef.B; "+d),
		c("chunks", "one is no chunk", a+"; "+cookie+".1=B; "+d),
		c("chunks", "one is empty", a+"; "+cookie+".1=; "+d),
	}
}

// The file is what the code above makes of the format, byte by byte. This test
// is not parallel, so that with -update it comes before those that read the file.
func TestVectorsFile(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(makeVectors()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(vectorsFile, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if committed, err := os.ReadFile(vectorsFile); err != nil || !bytes.Equal(committed, b.Bytes()) {
		t.Errorf("%s differs from what the format says, %v; a change of the format needs a new major version", vectorsFile, err)
	}
}

// committed returns the vectors as they are published.
func committed(t *testing.T) vectors {
	t.Helper()
	var v vectors
	text, err := os.ReadFile(vectorsFile)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (p place) ring(t *testing.T, secrets ...string) *token.Keyring {
	t.Helper()
	return must(token.NewKeyring(p.Audience, secrets...))
}

func TestVectorKeys(t *testing.T) {
	t.Parallel()
	for _, v := range committed(t).Keys {
		k := v.ring(t, v.Secret)
		purpose, name, aud, day := v.Purpose, v.Cookie, v.Audience, fmt.Sprint(v.Day)
		for label, test := range map[string]struct {
			text, want string
			got        []byte
		}{
			"id":   {v.IDLabel, v.IDBytes, k.Derive(6, "id", purpose, name, aud)},
			"seal": {v.SealLabel, v.SealKey, k.Derive(32, "seal", purpose, name, aud, day)},
			"sign": {v.SignLabel, v.SignKey, k.Derive(32, "sign", purpose, name, aud)},
		} {
			if hex.EncodeToString(test.got) != test.want {
				t.Errorf("%s, %s: %x, want %s", v.Name, label, test.got, test.want)
			}
			root := must(hex.DecodeString(v.Root))
			if again := must(hkdf.Expand(sha256.New, root, test.text, len(test.got))); hex.EncodeToString(again) != test.want {
				t.Errorf("%s, %s: the label gives %x, want %s", v.Name, label, again, test.want)
			}
		}
	}
}

func TestVectorSignatures(t *testing.T) {
	t.Parallel()
	for _, v := range committed(t).Signatures {
		s := v.ring(t, v.Secrets...).Signer(token.Purpose(v.Purpose), v.Cookie)
		if got := s.Verify(v.Text, v.Signature); got != v.Valid {
			t.Errorf("%s: Verify = %v", v.Name, got)
		}
		if v.Name == "csrf" && s.Sign(v.Text) != v.Signature {
			t.Errorf("%s: Sign = %s", v.Name, s.Sign(v.Text))
		}
	}
}

// at runs f when the clock shows the vector's time.
func (v sealedVector) at(t *testing.T, f func(t *testing.T, s *token.Sealer)) {
	t.Helper()
	t.Run(v.Name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(time.Unix(v.Now, 0)))
			f(t, v.ring(t, v.Secrets...).Sealer(token.Purpose(v.Purpose), v.Cookie))
		})
	})
}

func TestVectorsOpen(t *testing.T) {
	t.Parallel()
	for _, v := range committed(t).Opens {
		v.at(t, func(t *testing.T, s *token.Sealer) {
			opens(t, s, v.Sealed, v.Plaintext)
			if v.Purpose != "session" {
				return
			}
			tok, err := token.NewCodec(s).Open(v.Sealed)
			if err != nil {
				t.Fatal(err)
			}
			if want := must(claims.ParseObject([]byte(v.Plaintext))).String("sub"); tok.Subject != want {
				t.Errorf("Subject = %q, want %q", tok.Subject, want)
			}
			if v.Written {
				v.rewrites(t, s, tok)
			}
		})
	}
}

// rewrites fails unless the kit writes the token just as the vector has it, but
// for the nonce, the day and the secret.
func (v sealedVector) rewrites(t *testing.T, s *token.Sealer, tok *token.Token) {
	t.Helper()
	ref := reference{v.Secrets[0], v.Audience, v.Purpose, v.Cookie}
	day, _, plain, err := ref.open(sealToken(t, token.NewCodec(s), tok))
	if err != nil || day != v.Now/86400 || string(plain) != v.Plaintext {
		t.Errorf("written on day %d, %v:\n got %s\nwant %s", day, err, plain, v.Plaintext)
	}
}

func TestVectorsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range committed(t).Refused {
		v.at(t, func(t *testing.T, s *token.Sealer) {
			tok, err := token.NewCodec(s).Open(v.Sealed)
			because(t, v.Name, err, token.Reason(v.Reason))
			if tok != nil {
				t.Errorf("opens as %+v", tok)
			}
			if v.Plaintext != "" { // what is wrong is inside
				opens(t, s, v.Sealed, v.Plaintext)
			}
		})
	}
}

func TestVectorCookies(t *testing.T) {
	t.Parallel()
	v := committed(t)
	for _, c := range v.Cookies {
		reads(t, token.Jar{Name: c.Cookie}, c.Name, cookies(c.Headers...), c.Value)
	}
	reasons := map[string]error{"none": token.ErrNoCookie, "conflict": token.ErrConflict, "chunks": token.ErrChunks}
	for _, c := range v.NoCookies {
		unread(t, token.Jar{Name: c.Cookie}, c.Name, cookies(c.Headers...), reasons[c.Reason])
	}
}
