package token_test

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

// The session cookies of both versions of Auth.js, under one secret.
var foreignForms = []foreignReference{
	{token.AuthJS, secretA, sharedCookie},
	{token.NextAuth4, secretA, ""},
}

// sealer returns what the kit has for what r describes.
func (r foreignReference) sealer(t testing.TB) *token.ForeignSealer {
	t.Helper()
	return foreignSealer(t, r.format, r.salt, r.secret)
}

func (r foreignReference) codec(t testing.TB, secrets ...string) *token.Codec {
	t.Helper()
	return must(token.NewForeignCodec(r.format, r.format.CookieName("session-token", true), token.Members{}, secrets...))
}

// What Seal writes is the one form in which Auth.js itself writes, and the other
// way round.
func TestForeignSealAndOpen(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		s := r.sealer(t)
		for _, n := range []int{0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 1000, 30000} {
			plain := value(n)
			sealed := seal(t, s, plain)
			opens(t, s, sealed, plain)
			parts := strings.Split(sealed, ".")
			if again := r.sealRaw(r.header(), must(b64.DecodeString(parts[2])), []byte(plain)); again != sealed {
				t.Errorf("%s, %d bytes:\n got %.300s\nwant %.300s", r.format, n, sealed, again)
			}
			opens(t, s, r.seal(plain), plain)
		}
	}
}

// Everything here would open if its header were believed. Auth.js v5 believes
// any order and any further members; nobody writes them.
func TestS_70_S_72_ForeignHeaders(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		enc, kid := "A256CBC-HS512", r.kid()
		if !r.cbc() {
			enc = "A256GCM"
		}
		for _, header := range []string{
			`{"alg":"none","enc":"E","kid":"K"}`, `{"alg":"none"}`, `{"alg":"","enc":"E"}`, `{"alg":"HS256"}`, `{"alg":"A256KW","enc":"E","kid":"K"}`,
			`{"alg":"RSA-OAEP","enc":"E","kid":"K"}`, `{"alg":"A256GCMKW","enc":"E","iv":"AAAA","tag":"AAAA"}`,
			`{"alg":"PBES2-HS512+A256KW","enc":"E","p2c":1000000,"p2s":"AAAAAAAAAAA"}`, `{"alg":"PBES2-HS512+A256KW","enc":"E","p2c":2147483648,"p2s":"AAAAAAAAAAA"}`,
			`{"alg":"ECDH-ES","enc":"E","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`, `{"alg":"DIR","enc":"E","kid":"K"}`, `{"alg":"dir","enc":"e"}`,
			`{"alg":"dir","enc":"A128CBC-HS256"}`, `{"alg":"dir","enc":"A192CBC-HS384"}`, `{"alg":"dir","enc":"A128GCM"}`, `{"alg":"dir","enc":"A192GCM"}`,
			`{"alg":"dir"}`, `{"enc":"E"}`, `{"kid":"K"}`, `{}`, `null`, `[]`, ``, `x`,
			// RFC 7516 section 4.1
			`{"alg":"dir","enc":"E","zip":"DEF"}`, `{"alg":"dir","enc":"E","zip":"DEF","kid":"K"}`, `{"alg":"dir","enc":"E","crit":["exp"],"exp":1}`,
			`{"alg":"dir","enc":"E","typ":"JWT"}`, `{"alg":"dir","enc":"E","cty":"JWT","kid":"K"}`, `{"enc":"E","alg":"dir"}`, `{"enc":"E","alg":"dir","kid":"K"}`,
			`{"kid":"K","alg":"dir","enc":"E"}`, `{"alg":"dir","alg":"dir","enc":"E"}`, `{"ALG":"dir","enc":"E"}`, `{"alg":"dir","Enc":"E"}`,
			`{"alg":"dir","enc":"E","KID":"K"}`, `{ "alg":"dir","enc":"E"}`, `{"alg":"dir","enc":"E"} `, `{"alg":"d\u0069r","enc":"E"}`,
			"{\"alg\":\"dir\",\"enc\":\"E\"}\n", `{"alg":"dir","enc":"E"}{}`, `{"alg":"dir","enc":"E",}`,
		} {
			header = strings.NewReplacer("E\"", enc+`"`, "K\"", kid+`"`).Replace(header)
			sealed := r.sealRaw(header, r.iv(), []byte("never"))
			refused(t, r.sealer(t), header, sealed, token.ReasonForm)
			refused(t, r.sealer(t), header+" with a key", strings.Replace(sealed, "..", ".AAAAAAAAAAA.", 1), token.ReasonForm)
			refused(t, r.sealer(t), header+" as a JWS", b64.EncodeToString([]byte(header))+".bmV2ZXI.", token.ReasonForm)
		}
		for _, header := range []string{ // these name a key, but none that there is
			`{"alg":"dir","enc":"E","kid":""}`, `{"alg":"dir","enc":"E","kid":"x"}`, `{"alg":"dir","enc":"E","kid":"K","kid":"K"}`, `{"alg":"dir","enc":"E","kid":"K","zip":"DEF"}`,
			`{"alg":"dir","enc":"E","kid":"K","crit":[]}`, `{"alg":"dir","enc":"E","kid":"K"} `, `{"alg":"dir","enc":"E","kid":"` + strings.Repeat("x", 5000) + `"}`,
		} {
			header = strings.NewReplacer("E\"", enc+`"`, "K\"", kid+`"`).Replace(header)
			refused(t, r.sealer(t), header, r.sealRaw(header, r.iv(), []byte("never")), token.ReasonKey)
		}
		opens(t, r.sealer(t), r.seal("x"), "x")
	}
}

// Not parallel, since it counts what is allocated.
func TestS_71_ForeignNoCompression(t *testing.T) {
	for _, r := range foreignForms {
		enc := jose.A256GCM
		if r.cbc() {
			enc = jose.A256CBC_HS512
		}
		e := must(jose.NewEncrypter(enc, jose.Recipient{Algorithm: jose.DIRECT, Key: r.key()}, &jose.EncrypterOptions{Compression: jose.DEFLATE}))
		sealed := must(must(e.Encrypt(make([]byte, 200<<10))).CompactSerialize())
		object := must(jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{enc}))
		if inflated := must(object.Decrypt(r.key())); len(inflated) != 200<<10 || len(sealed) > 4096 {
			t.Fatalf("this shows nothing: %d bytes inflate to %d", len(sealed), len(inflated))
		}
		s := r.sealer(t)
		refused(t, s, "zip", sealed, token.ReasonForm)
		if n := allocated(func() { _, _ = s.Open(sealed) }); n > 4<<10 {
			t.Errorf("refusing allocates %d bytes", n)
		}
		if sealed := seal(t, s, strings.Repeat("x", 3000)); len(sealed) < 4000 {
			t.Errorf("3000 times the same are sealed in %d bytes", len(sealed))
		}
	}
}

func TestS_73_ForeignLengths(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		s, parts := r.sealer(t), strings.Split(r.seal("hello"), ".")
		with := func(i int, part []byte) string {
			p := slices.Clone(parts)
			p[i] = b64.EncodeToString(part)
			return strings.Join(p, ".")
		}
		tag := must(b64.DecodeString(parts[4]))
		for _, n := range []int{0, 1, 4, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64} {
			if n != len(tag) {
				refused(t, s, fmt.Sprintf("tag of %d bytes", n), with(4, append(slices.Clone(tag), make([]byte, 64)...)[:n]), token.ReasonForm)
			}
			if n != len(r.iv()) {
				refused(t, s, fmt.Sprintf("nonce of %d bytes", n), with(2, append(slices.Clone(r.iv()), make([]byte, 64)...)[:n]), token.ReasonForm)
			}
		}
		if !r.cbc() {
			continue
		}
		// A ciphertext that is not whole blocks, and none at all.
		for n := range 40 {
			if n != 16 {
				refused(t, s, fmt.Sprintf("ciphertext of %d bytes", n), with(3, make([]byte, n)), token.ReasonSeal)
			}
		}
	}
}

// Each of these is another spelling of a text that opens.
func TestS_77_ForeignCanonical(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		s := r.sealer(t)
		plain := "hello, this is not a multiple of anything"
		parts := strings.Split(r.seal(plain), ".")
		with := func(i int, part string) string {
			p := slices.Clone(parts)
			p[i] = part
			return strings.Join(p, ".")
		}
		text, tag := must(b64.DecodeString(parts[3])), must(b64.DecodeString(parts[4]))
		moved := with(3, b64.EncodeToString(text[:2]))
		moved = moved[:strings.LastIndexByte(moved, '.')+1] + b64.EncodeToString(append(slices.Clone(text[2:]), tag...))
		for name, sealed := range map[string]string{
			"boundary of ciphertext and tag moved": moved, "encrypted key": with(1, "AAAA"), "line break as encrypted key": with(1, "\n"),
			"line break in the ciphertext": with(3, parts[3][:2]+"\n"+parts[3][2:]), "carriage return in the tag": with(4, parts[4]+"\r"),
			"line break in the nonce": with(2, parts[2]+"\n"), "line break at the end": with(4, parts[4]+"\n"), "line break at the start": "\n" + with(0, parts[0]),
			"line break in the header": with(0, parts[0][:5]+"\n"+parts[0][5:]), "padding": with(4, parts[4]+"="), "padding of the header": with(0, parts[0]+"="),
			"four parts": strings.Join(parts[:4], "."), "six parts": with(4, parts[4]+"."), "space": " " + with(0, parts[0]), "plus": with(2, "+"+parts[2][1:]),
			"slash": with(3, "/"+parts[3][1:]), "NUL": with(3, parts[3]+"\x00"), "quotes": `"` + with(0, parts[0]) + `"`, "percent": with(2, "%2D"+parts[2][3:]),
			"spare bits in the tag": with(4, spare(parts[4])), "JSON form": `{"protected":"` + parts[0] + `"}`,
		} {
			refused(t, s, name, sealed, token.ReasonForm)
		}
		if len(parts[3])%4 != 0 {
			refused(t, s, "spare bits in the ciphertext", with(3, spare(parts[3])), token.ReasonForm)
		}
		if len(parts[2])%4 != 0 {
			refused(t, s, "spare bits in the nonce", with(2, spare(parts[2])), token.ReasonForm)
		}
		opens(t, s, strings.Join(parts, "."), plain)
	}
}

// No prefix opens, nothing longer, and nothing with one bit changed.
func TestForeignOpenRefusesEveryChange(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		s, sealed := r.sealer(t), r.seal(`{"sub":"google|42"}`)
		for n := range len(sealed) {
			refused(t, s, fmt.Sprintf("cut to %d bytes", n), sealed[:n])
			refused(t, s, fmt.Sprintf("without its first %d bytes", n+1), sealed[n+1:])
			for bit := range 8 {
				changed := []byte(sealed)
				changed[n] ^= 1 << bit
				refused(t, s, fmt.Sprintf("bit %d of byte %d changed", bit, n), string(changed))
			}
		}
		for _, more := range []string{"A", ".", "=", "\n", sealed} {
			refused(t, s, "something follows", sealed+more)
			refused(t, s, "something comes first", more+sealed)
		}
		// The reason tells a changed text from one under another key if it can.
		changed := []byte(sealed)
		changed[len(changed)-8] ^= 1
		want := token.ReasonKey
		if r.cbc() {
			want = token.ReasonSeal
		}
		refused(t, s, "tampered", string(changed), want)
	}
}

// A cookie that is renamed is worthless: for Auth.js by its salt, which for the
// session of next-auth v4 is that it has none.
func TestS_74_ForeignPurposes(t *testing.T) {
	t.Parallel()
	for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
		salts := []string{"", "encodedState", "encodedWebauthnChallenge"}
		for _, kind := range []string{"session-token", "state", "nonce", "pkce.code_verifier", "callback-url"} {
			salts = append(salts, f.CookieName(kind, true), f.CookieName(kind, false))
		}
		for _, from := range salts {
			r := foreignReference{f, secretA, from}
			for _, to := range salts {
				s := foreignSealer(t, f, to, secretA)
				if from == to {
					opens(t, s, r.seal("x"), "x")
					continue
				}
				refused(t, s, from+" as "+to, r.seal("x"), token.ReasonKey)
				// Giving it the other one's kid does not help.
				forged := r.sealRaw(foreignReference{f, secretA, to}.header(), r.iv(), []byte("x"))
				refused(t, s, from+" as "+to+", forged", forged, token.ReasonSeal, token.ReasonKey)
			}
		}
	}
	// Neither form is the other, nor is the kit's own, under the same secret.
	native := seal(t, sealer(t, secretA), "x")
	for _, r := range foreignForms {
		refused(t, r.sealer(t), "native", native, token.ReasonKey, token.ReasonForm)
		refused(t, sealer(t, secretA), string(r.format), r.seal("x"), token.ReasonForm, token.ReasonKey)
		for _, other := range foreignForms {
			if other != r {
				refused(t, r.sealer(t), string(other.format), other.seal("x"), token.ReasonKey)
			}
		}
	}
}

// The time in the token decides. Auth.js gives its end 15 seconds, so the kit
// does, or a session would be good on one side only.
func TestS_76_ForeignTimes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		now := time.Now()
		for name, test := range map[string]struct {
			claims string
			reason token.Reason
		}{
			"good":                {`"iat":E+0,"exp":E+1`, ""},
			"ends now":            {`"iat":E+0,"exp":E+0`, ""},
			"ended just now":      {`"iat":E-99,"exp":E-14`, ""},
			"ended":               {`"iat":E-99,"exp":E-15`, token.ReasonExpired},
			"ended in 1970":       {`"iat":E-99,"exp":0`, token.ReasonExpired},
			"no end":              {`"iat":E+0`, token.ReasonContent},
			"end is null":         {`"iat":E+0,"exp":null`, token.ReasonContent},
			"end is a string":     {`"iat":E+0,"exp":"E+1"`, token.ReasonContent},
			"made a minute ahead": {`"exp":E+99,"iat":E+60`, ""},
			"made later":          {`"exp":E+99,"iat":E+61`, token.ReasonFuture},
			"valid in a minute":   {`"iat":E+0,"exp":E+99,"nbf":E+60`, ""},
			"valid later":         {`"iat":E+0,"exp":E+99,"nbf":E+61`, token.ReasonFuture},
			"later and over":      {`"exp":E-15,"iat":E+61`, token.ReasonExpired},
			"iat is no number":    {`"exp":E+99,"iat":"now"`, token.ReasonContent},
		} {
			for _, r := range foreignForms {
				json := `{"sub":"a",` + relative(test.claims, now) + `}`
				_, err := r.codec(t, secretA).Open(r.seal(json))
				if test.reason != "" {
					because(t, name, err, test.reason)
				} else if err != nil {
					t.Errorf("%s: %s: %v", name, json, err)
				}
			}
		}
	})
}

// A browser that keeps a cookie for ever does not keep the session.
func TestS_76_ForeignCookieOutlivesToken(t *testing.T) {
	for _, r := range foreignForms {
		synctest.Test(t, func(t *testing.T) {
			sealed := sealToken(t, r.codec(t, secretA), newToken())
			time.Sleep(30*oneDay + 15*time.Second - time.Nanosecond)
			if _, err := r.codec(t, secretA).Open(sealed); err != nil {
				t.Errorf("just before the end: %v", err)
			}
			time.Sleep(time.Nanosecond)
			_, err := r.codec(t, secretA).Open(sealed)
			because(t, "at the end", err, token.ReasonExpired)
		})
	}
}

// next-auth v4 has one key for ever, so all that keeps its nonces apart is that
// they are random; Auth.js has longer ones.
func TestS_78_ForeignNonces(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		s, seen := r.sealer(t), map[string]bool{}
		for range 300 {
			n := strings.Split(seal(t, s, "x"), ".")[2]
			if seen[n] || len(must(b64.DecodeString(n))) != len(r.iv()) {
				t.Fatalf("nonce %s", n)
			}
			seen[n] = true
		}
	}
}

func TestS_79_ForeignKeyCommitment(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range token.MaxSecrets {
		many = append(many, fmt.Sprintf("%s-%d", secretA, i))
	}
	for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
		if _, err := token.NewForeignCodec(f, sharedCookie, token.Members{}, append(many, secretA)...); err == nil {
			t.Errorf("%s: %d secrets are taken", f, len(many)+1)
		}
		salt := sharedCookie
		if f == token.NextAuth4 {
			salt = ""
		}
		tried := 0
		for header, keys := range foreignSealer(t, f, salt, many...).Keys() {
			tried = max(tried, len(keys))
			if strings.Contains(header, "kid") && len(keys) != 1 {
				t.Errorf("%s names %d keys", header, len(keys))
			}
		}
		if want := map[token.Format]int{token.AuthJS: 1, token.NextAuth4: 2}[f]; tried != want {
			t.Errorf("%s: %d keys are tried, want %d", f, tried, want)
		}
		for i, secret := range many {
			r := foreignReference{f, secret, salt}
			if f == token.AuthJS || i < 2 {
				opens(t, foreignSealer(t, f, salt, many...), r.seal("x"), "x")
			} else {
				refused(t, foreignSealer(t, f, salt, many...), "third secret", r.seal("x"), token.ReasonKey)
			}
		}
	}
	// The kid names one secret, and the key is that of another.
	a, b := foreignReference{token.AuthJS, secretA, sharedCookie}, foreignReference{token.AuthJS, secretB, sharedCookie}
	both := foreignSealer(t, token.AuthJS, sharedCookie, secretA, secretB)
	refused(t, both, "kid of another secret", b.sealRaw(a.header(), b.iv(), []byte("x")), token.ReasonSeal)
	refused(t, both, "unknown kid", a.sealRaw(`{"alg":"dir","enc":"A256CBC-HS512","kid":"`+b.kid()[1:]+`A"}`, a.iv(), []byte("x")), token.ReasonKey)
	opens(t, both, a.sealRaw(`{"alg":"dir","enc":"A256CBC-HS512"}`, a.iv(), []byte("x")), "x")
	refused(t, both, "second secret without a kid", b.sealRaw(`{"alg":"dir","enc":"A256CBC-HS512"}`, b.iv(), []byte("x")), token.ReasonKey)
	// A256GCM is read, with the beginning of the same key.
	gcm := must(cipher.NewGCM(block(a.key()[:32])))
	opens(t, both, sealRaw(gcm, `{"alg":"dir","enc":"A256GCM"}`, nonce, []byte("x")), "x")
	refused(t, both, "kid of the longer key", sealRaw(gcm, `{"alg":"dir","enc":"A256GCM","kid":"`+a.kid()+`"}`, nonce, []byte("x")), token.ReasonKey)
	refused(t, both, "the other form's nonce", sealRaw(must(cipher.NewGCMWithNonceSize(block(a.key()[:32]), 16)), `{"alg":"dir","enc":"A256GCM"}`, a.iv(), []byte("x")), token.ReasonForm)
}

func TestS_81_ForeignWeakSecrets(t *testing.T) {
	t.Parallel()
	for _, r := range foreignForms {
		for name, secrets := range map[string][]string{
			"none": nil, "empty": {""}, "short": {"changeme"}, "31 bytes": {secretA[:31]}, "repeats itself": {strings.Repeat("abcd", 20)},
			"hexadecimal, 16 bytes": {"00112233445566778899aabbccddeeff"}, "second": {secretA, "changeme"}, "third": {secretA, secretB, "x"},
		} {
			c, err := token.NewForeignCodec(r.format, sharedCookie, token.Members{}, secrets...)
			if c != nil || !errors.Is(err, token.ErrWeakSecret) || strings.Contains(err.Error(), "changeme") {
				t.Errorf("%s, %s: %v", r.format, name, err)
			}
		}
	}
}

// Rolling a new secret out signs nobody out, and no page becomes out of date
// before the old one is gone.
func TestS_83_ForeignRotation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		stages := [][]string{{secretA}, {secretA, secretB}, {secretB, secretA}, {secretB}}
		for _, r := range foreignForms {
			for i, from := range stages {
				for j, to := range stages {
					_, err := r.codec(t, to...).Open(sealToken(t, r.codec(t, from...), newToken()))
					if known := slices.Contains(to, from[0]); (err == nil) != known {
						t.Errorf("%s: sealed at stage %d, opened at %d: %v", r.format, i, j, err)
					}
					signed := token.NewForeignSigner(r.format, from...).Sign("x")
					good := token.NewForeignSigner(r.format, to...).Verify("x", signed)
					// Auth.js v5 signs with the whole list, of which somebody who
					// does not know one secret can make nothing.
					known := !slices.ContainsFunc(from, func(s string) bool { return !slices.Contains(to, s) })
					if r.format == token.NextAuth4 {
						known = slices.Contains(to, from[0])
					}
					if good != known {
						t.Errorf("%s: signed at stage %d, verified at %d: %v", r.format, i, j, good)
					}
				}
			}
		}
		// The same with more secrets: one is added at either end, and moved.
		three := []string{secretA, secretB, "third-" + secretA}
		for _, list := range [][]string{three[:1], three[1:2], three[2:], three[:2], three[1:], {three[1], three[2], three[0]}, {three[2], three[0], three[1]}} {
			for _, f := range []token.Format{token.AuthJS, token.NextAuth4} {
				if !token.NewForeignSigner(f, three...).Verify("x", token.NewForeignSigner(f, list...).Sign("x")) {
					t.Errorf("%s: what %d secrets signed is refused", f, len(list))
				}
			}
		}
		for _, key := range []string{"", ",", secretA + ",", "," + secretA, secretA + secretB, secretB + "," + secretA + ","} {
			if token.NewForeignSigner(token.AuthJS, secretA, secretB).Verify("x", token.NewForeignSigner(token.AuthJS, key).Sign("x")) {
				t.Errorf("what was signed with %q is accepted", key)
			}
		}
	})
}

func TestS_85_S_86_ForeignBounds(t *testing.T) {
	// Not parallel, since it counts what is allocated.
	for _, r := range foreignForms {
		s, good := r.sealer(t), r.seal("x")
		head, _, _ := strings.Cut(good, ".")
		for name, sealed := range map[string]string{
			"nothing": "", "1 MiB of dots": strings.Repeat(".", 1<<20), "1 MiB of letters": strings.Repeat("A", 1<<20),
			"48 KiB of dots": strings.Repeat(".", token.MaxSealed), "48 KiB of letters": strings.Repeat("A", token.MaxSealed),
			"long header":        strings.Repeat("A", token.MaxSealed-50) + good[len(head):],
			"long encrypted key": head + "." + strings.Repeat("A", 40000) + good[len(head)+1:],
			"long nonce":         head + ".." + strings.Repeat("A", 40000) + good[len(head)+1:],
			"foreign key":        b64.EncodeToString([]byte(`{"alg":"dir","enc":"A256CBC-HS512","kid":"x"}`)) + good[len(head):],
		} {
			_, err := s.Open(sealed)
			because(t, name, err, token.ReasonSize, token.ReasonForm, token.ReasonKey)
			if n := allocated(func() { _, _ = s.Open(sealed) }); n > 2<<10 {
				t.Errorf("%s: refusing allocates %d bytes", name, n)
			}
			var why *token.OpenError
			if !errors.As(err, &why) || err.Error() != "token: cannot be opened: "+string(why.Reason) {
				t.Errorf("%s: error is %v", name, err)
			}
		}
		plain := bytes.Repeat([]byte("x"), 36000)
		for len(r.seal(string(plain))) <= token.MaxSealed {
			opens(t, s, r.seal(string(plain)), string(plain))
			plain = append(plain, bytes.Repeat([]byte("x"), 97)...)
		}
		refused(t, s, "longer than the bound", r.seal(string(plain)), token.ReasonSize)
		var budget *token.BudgetError
		if sealed, err := s.Seal(plain); sealed != "" || !errors.As(err, &budget) || budget.Budget != token.MaxSealed {
			t.Errorf("%s: what is too long to be opened is sealed: %v", r.format, err)
		}
	}
	tok := newToken()
	claims.NewKey[[]string]("groups").Set(tok, slices.Repeat([]string{strings.Repeat("g", 1000)}, 40))
	var budget *token.BudgetError
	if _, err := shared(t, token.Members{}, secretA).Seal(tok); !errors.As(err, &budget) || budget.Parts[0].Name != "groups" || budget.Cookie != sharedCookie {
		t.Errorf("err = %v", err)
	}
}

// The digits of a number stay what they are, where JavaScript would round them,
// and whatever the claims say, the header lines are plain.
func TestS_137_S_138_ForeignThroughCookie(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, r := range foreignForms {
			j, c, b := foreignJar(r.format), r.codec(t, secretA), browser{}
			tok := newToken()
			tok.Name, tok.Account.ID = "a\x00b\r\nSet-Cookie: evil=1\u2028😀", "x\r\ny;z,\"\\"
			claims.NewKey[string]("note").Set(tok, strings.Repeat("\r\n;\x00", 300))
			for range 3 {
				response := http.Header{}
				writes(t, j, response, b.request(), sealToken(t, c, tok), tok.ExpiresAt)
				for _, line := range response["Set-Cookie"] {
					if strings.ContainsFunc(line, func(c rune) bool { return c < ' ' || c > '~' }) || strings.Contains(line, "evil") {
						t.Errorf("Set-Cookie: %q", line)
					}
				}
				b.take(t, response)
				var err error
				if tok, err = c.Open(must(j.Read(b.request()))); err != nil {
					t.Fatal(err)
				}
			}
			if raw, _ := tok.Raw("org"); string(raw) != strconv.Itoa(9007199254740993) || len(b) != 2 {
				t.Errorf("org = %s in %d cookies", raw, len(b))
			}
		}
	})
}
