package token_test

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/sealedauth/auth/token"
)

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	for _, n := range []int{0, 1, 2, 3, 15, 16, 17, 1000, 30000} {
		plain := strings.Repeat("x", n)
		sealed := seal(t, s, plain)
		opens(t, s, sealed, plain)
		opens(t, sealer(t, secretA), sealed, plain) // another instance
		if strings.Trim(sealed, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			t.Errorf("%d bytes: %q is not a cookie value", n, sealed)
		}
	}
}

// What Seal writes is what FORMAT.md says, and the other way round.
func TestSealerAgreesWithReference(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		day, _, plain, err := refA.open(seal(t, s, "hello"))
		if err != nil || day != firstDay || string(plain) != "hello" {
			t.Errorf("the reference opens %d, %q, %v", day, plain, err)
		}
		opens(t, s, refA.seal(firstDay, nonce, []byte("hello")), "hello")
	})
}

func TestSealTakesFreshNonces(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	seen := map[string]bool{}
	for range 2000 {
		n := strings.Split(seal(t, s, "x"), ".")[2]
		if seen[n] {
			t.Fatal("a nonce came twice")
		}
		seen[n] = true
	}
}

// Texts that can not be opened again are not sealed.
func TestSealBound(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	most := 0
	for n := 36500; n < 40000; n++ {
		sealed, err := s.Seal(make([]byte, n))
		if err == nil {
			if most = n; len(sealed) > token.MaxSealed {
				t.Fatalf("%d bytes are sealed in %d", n, len(sealed))
			}
			if n%100 == 0 {
				opens(t, s, sealed, string(make([]byte, n)))
			}
			continue
		}
		budget, ok := err.(*token.BudgetError)
		if !ok || sealed != "" || budget.Budget != token.MaxSealed || budget.Size <= token.MaxSealed || budget.Cookie != cookie {
			t.Fatalf("%d bytes: %q, %v", n, sealed, err)
		}
		break
	}
	if most < 36700 {
		t.Errorf("the most that can be sealed is %d bytes", most)
	}
}

// josed returns a JWE that go-jose made with the kit's own key of today, so that
// only the check of its header stands between it and the kit.
func josed(t *testing.T, enc jose.ContentEncryption, r jose.Recipient, compress jose.CompressionAlgorithm, plain []byte) string {
	t.Helper()
	options := (&jose.EncrypterOptions{Compression: compress}).WithHeader("kid", refA.kid(firstDay))
	e, err := jose.NewEncrypter(enc, r, options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := e.Encrypt(plain)
	if err != nil {
		t.Fatal(err)
	}
	return must(object.CompactSerialize())
}

// joseOpen opens as go-jose does, without the kit's own checks.
func joseOpen(sealed string, key []byte) ([]byte, error) {
	object, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	return object.Decrypt(key)
}

func TestS_70_AlgorithmAllowList(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, key, kid := sealer(t, secretA), refA.key(firstDay), refA.kid(firstDay)
		plain := []byte("never")
		recipient := func(alg jose.KeyAlgorithm) jose.Recipient {
			return jose.Recipient{Algorithm: alg, Key: key, PBES2Count: 1000}
		}
		// Everything here would open if its header were believed.
		for name, sealed := range map[string]string{
			"dir with A128CBC-HS256": josed(t, jose.A128CBC_HS256, recipient(jose.DIRECT), "", plain),
			"A256KW":                 josed(t, jose.A256GCM, recipient(jose.A256KW), "", plain),
			"A256GCMKW":              josed(t, jose.A256GCM, recipient(jose.A256GCMKW), "", plain),
			"PBES2":                  josed(t, jose.A256GCM, recipient(jose.PBES2_HS256_A128KW), "", plain),
		} {
			head, rest, _ := strings.Cut(sealed, ".")
			_, rest, _ = strings.Cut(rest, ".")
			refused(t, s, name, sealed, token.ReasonForm)
			refused(t, s, name+" without its key", head+".."+rest, token.ReasonForm)
		}
		gcm := must(cipher.NewGCM(block(key)))
		for _, header := range []string{
			`{"alg":"RSA-OAEP","enc":"A256GCM","kid":"K"}`, `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"K"}`, `{"alg":"RSA1_5","enc":"A256GCM","kid":"K"}`,
			`{"alg":"A128KW","enc":"A256GCM","kid":"K"}`, `{"alg":"ECDH-ES","enc":"A256GCM","kid":"K","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`,
			`{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","kid":"K","p2c":1000000,"p2s":"AAAAAAAAAAA"}`,
			`{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","kid":"K","p2c":2147483648,"p2s":"AAAAAAAAAAA"}`,
			`{"alg":"none","enc":"A256GCM","kid":"K"}`, `{"alg":"none","kid":"K"}`, `{"alg":"","enc":"A256GCM","kid":"K"}`, `{"alg":"HS256","kid":"K"}`,
			`{"alg":"dir","enc":"A256CBC-HS512","kid":"K"}`, `{"alg":"dir","enc":"A128GCM","kid":"K"}`, `{"alg":"dir","enc":"none","kid":"K"}`,
			`{"alg":"dir","kid":"K"}`, `{"enc":"A256GCM","kid":"K"}`, `{"alg":"DIR","enc":"A256GCM","kid":"K"}`, `{"alg":"dir","enc":"a256gcm","kid":"K"}`,
			`{"alg":"dir","enc":"A256GCM"}`, `{"kid":"K"}`, `{}`, `null`, `[]`, ``, `x`,
		} {
			header = strings.Replace(header, "K", kid, 1)
			refused(t, s, header, sealRaw(gcm, header, nonce, plain), token.ReasonForm)
			refused(t, s, header+" with a key", strings.Replace(sealRaw(gcm, header, nonce, plain), "..", ".AAAAAAAAAAA.", 1), token.ReasonForm)
			refused(t, s, header+" as a JWS", b64.EncodeToString([]byte(header))+".bmV2ZXI.", token.ReasonForm)
		}
		opens(t, s, sealRaw(gcm, refA.header(firstDay), nonce, plain), "never")
	})
}

// Costly algorithms are refused before they cost anything. go-jose alone would
// take half a second.
func TestS_70_RefusedAtOnce(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	header := `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","kid":"` + refA.kid(time.Now().Unix()/86400) + `","p2c":1000000,"p2s":"AAAAAAAAAAA"}`
	sealed := b64.EncodeToString([]byte(header)) + "." + strings.Repeat("A", 54) + ".AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA"
	fastest := time.Hour
	for range 3 {
		start := time.Now()
		refused(t, s, "PBES2", sealed, token.ReasonForm)
		fastest = min(fastest, time.Since(start))
	}
	if fastest > 10*time.Millisecond {
		t.Errorf("refusing takes %v", fastest)
	}
}

// Not parallel, since it counts what is allocated.
func TestS_71_NoCompression(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, key, plain := sealer(t, secretA), refA.key(firstDay), make([]byte, 200<<10)
		sealed := josed(t, jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: key}, jose.DEFLATE, plain)
		inflated, err := joseOpen(sealed, key)
		if err != nil || len(inflated) != len(plain) || len(sealed) > 4096 {
			t.Fatalf("this shows nothing: %d bytes inflate to %d, %v", len(sealed), len(inflated), err)
		}
		refused(t, s, "zip", sealed, token.ReasonForm)
		if n := allocated(func() { _, _ = s.Open(sealed) }); n > 4<<10 {
			t.Errorf("refusing allocates %d bytes", n)
		}
		head, _, _ := strings.Cut(seal(t, s, strings.Repeat("x", 1000)), ".")
		if header := string(must(b64.DecodeString(head))); header != refA.header(firstDay) {
			t.Errorf("Seal writes the header %s", header)
		}
	})
}

func TestS_72_HeaderMembers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, kid := sealer(t, secretA), refA.kid(firstDay)
		gcm := must(cipher.NewGCM(block(refA.key(firstDay))))
		id, day, _ := strings.Cut(kid, ".")
		for _, header := range []string{
			`{"alg":"dir","enc":"A256GCM","kid":"K","crit":["exp"],"exp":1}`, `{"alg":"dir","enc":"A256GCM","kid":"K","crit":[]}`,
			`{"alg":"dir","enc":"A256GCM","kid":"K","typ":"JWT"}`, `{"alg":"dir","cty":"JWT","enc":"A256GCM","kid":"K"}`,
			`{"alg":"dir","enc":"A256GCM","kid":"K","zip":"none"}`, `{"alg":"dir","enc":"A256GCM","kid":"K","x":null}`,
			`{"alg":"dir","enc":"A256GCM","kid":"K","kid":"K"}`, `{"alg":"none","alg":"dir","enc":"A256GCM","kid":"K"}`,
			`{"ALG":"dir","enc":"A256GCM","kid":"K"}`, `{"alg":"dir","Enc":"A256GCM","kid":"K"}`, `{"alg":"dir","enc":"A256GCM","KID":"K"}`,
			`{"alg":"dir","kid":"K","enc":"A256GCM"}`, `{"kid":"K","enc":"A256GCM","alg":"dir"}`, `{"alg":"dir","enc":"A256GCM","kid":"K",}`,
			`{ "alg":"dir","enc":"A256GCM","kid":"K"}`, `{"alg":"dir","enc":"A256GCM","kid":"K"} `, `{"alg":"dir","enc":"A256GCM","kid":"K"}{}`,
			`{"alg":"d\u0069r","enc":"A256GCM","kid":"K"}`, "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"K\"}\n", `["dir","A256GCM","K"]`,
		} {
			header = strings.ReplaceAll(header, "K", kid)
			refused(t, s, header, sealRaw(gcm, header, nonce, []byte("x")), token.ReasonForm)
		}
		for _, other := range []string{id, id + ".", id + ".0" + day, id + ".+" + day, id + ". " + day, id + "." + day + ".0", id + "." + day + ",",
			id + ".1e4", id + "." + day + "0000000000000000", "." + day, day, id + "-" + day, id + `.` + day + `","x":"`} {
			header := `{"alg":"dir","enc":"A256GCM","kid":"` + other + `"}`
			refused(t, s, header, sealRaw(gcm, header, nonce, []byte("x")), token.ReasonForm, token.ReasonKey)
		}
		opens(t, s, sealRaw(gcm, refA.header(firstDay), nonce, []byte("x")), "x")
	})
}

func TestS_73_Lengths(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, b := sealer(t, secretA), block(refA.key(firstDay))
		parts := strings.Split(refA.seal(firstDay, nonce, []byte("hello")), ".")
		text, tag := must(b64.DecodeString(parts[3])), must(b64.DecodeString(parts[4]))
		for _, n := range []int{0, 1, 4, 8, 12, 13, 14, 15, 17, 24, 32} {
			long := append(slices.Clone(tag), make([]byte, 16)...)[:n]
			refused(t, s, fmt.Sprintf("tag of %d bytes", n), strings.Join(append(slices.Clone(parts[:4]), b64.EncodeToString(long)), "."), token.ReasonForm)
		}
		for _, n := range []int{12, 13, 14, 15} { // valid for a reader that takes the tag's length from the text
			short := must(cipher.NewGCMWithTagSize(b, n))
			refused(t, s, fmt.Sprintf("own tag of %d bytes", n), sealRaw(short, refA.header(firstDay), nonce, []byte("hello")), token.ReasonForm)
		}
		for _, n := range []int{1, 8, 11, 13, 16, 32} {
			odd := must(cipher.NewGCMWithNonceSize(b, n))
			refused(t, s, fmt.Sprintf("nonce of %d bytes", n), sealRaw(odd, refA.header(firstDay), make([]byte, n), []byte("hello")), token.ReasonForm)
		}
		refused(t, s, "no nonce", strings.Join([]string{parts[0], "", "", parts[3], parts[4]}, "."), token.ReasonForm)
		moved := strings.Join([]string{parts[0], "", parts[2], b64.EncodeToString(append(text, tag...)), ""}, ".")
		refused(t, s, "tag in the ciphertext", moved, token.ReasonForm)
	})
}

// kinds are the cookies of the kit and what they are for, on https. The csrf
// cookie is signed, not sealed; here it is sealed to stand for a mistake.
var kinds = []struct {
	purpose token.Purpose
	cookie  string
}{
	{"session", "__Host-auth.session"},
	{"id-token", "__Secure-auth.id-token"},
	{"transaction", "__Secure-auth.tx"},
	{"refresh-failed", "__Host-auth.refresh-failed"},
	{"csrf", "__Host-auth.csrf"},
}

func TestS_74_PurposeSeparation(t *testing.T) {
	t.Parallel()
	k := ring(t, secretA)
	var sealers []*token.Sealer
	var signers []*token.Signer
	for _, purpose := range kinds {
		for _, name := range kinds { // also the right purpose under another name, and the other way round
			sealers = append(sealers, k.Sealer(purpose.purpose, name.cookie))
			signers = append(signers, k.Signer(purpose.purpose, name.cookie))
		}
	}
	for i := range sealers {
		sealed, sign := seal(t, sealers[i], "x"), signers[i].Sign("x")
		for j := range sealers {
			if i == j {
				opens(t, sealers[j], sealed, "x")
			} else {
				refused(t, sealers[j], fmt.Sprintf("%d under %d", i, j), sealed, token.ReasonKey)
			}
			if signers[j].Verify("x", sign) != (i == j) {
				t.Errorf("signature of %d under %d: %v", i, j, i != j)
			}
		}
	}
}

// The kid is public. Giving it another purpose's value does not help.
func TestS_74_ForgedKeyID(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := ring(t, secretA)
		for _, from := range kinds {
			ref := reference{secretA, audience, string(from.purpose), from.cookie}
			gcm := must(cipher.NewGCM(block(ref.key(firstDay))))
			for _, to := range kinds {
				if from == to {
					continue
				}
				wants := reference{secretA, audience, string(to.purpose), to.cookie}
				sealed := sealRaw(gcm, wants.header(firstDay), nonce, []byte("x"))
				refused(t, k.Sealer(to.purpose, to.cookie), string(from.purpose+" as "+to.purpose), sealed, token.ReasonSeal)
			}
		}
	})
}

func TestS_75_AppSeparation(t *testing.T) {
	bubble(t, func(t *testing.T) {
		audiences := []string{"", "https://app.example.com", "https://app.example.com:8443", "http://app.example.com", "http://localhost:3000",
			"https://app.example.co", "https://other.example"}
		for _, from := range audiences {
			sealed := seal(t, must(token.NewKeyring(from, secretA)).Sealer("session", cookie), "x")
			forged := must(cipher.NewGCM(block(reference{secretA, from, "session", cookie}.key(firstDay))))
			for _, to := range audiences {
				s := must(token.NewKeyring(to, secretA)).Sealer("session", cookie)
				if from == to {
					opens(t, s, sealed, "x")
					continue
				}
				refused(t, s, from+" at "+to, sealed, token.ReasonKey)
				header := reference{secretA, to, "session", cookie}.header(firstDay)
				refused(t, s, from+" at "+to+", forged kid", sealRaw(forged, header, nonce, []byte("x")), token.ReasonSeal)
			}
		}
	})
}

// A line break in the audience could make one label look like another.
func TestS_75_AudienceIsOneLine(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a\nb", "a\r", "\n"} {
		if _, err := token.NewKeyring(bad, secretA); err == nil {
			t.Errorf("audience %q is taken", bad)
		}
	}
}

// spare returns the last character of a base64url text with one of its unused
// bits set, which decoders ignore.
func spare(part string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, part[len(part)-1])
	return part[:len(part)-1] + digits[last|1:last|1+1]
}

// Each of these is another spelling of a text that opens. go-jose takes them.
func TestS_77_Canonical(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, key := sealer(t, secretA), refA.key(firstDay)
		parts := strings.Split(refA.seal(firstDay, nonce, []byte("hello")), ".")
		with := func(i int, part string) string {
			p := slices.Clone(parts)
			p[i] = part
			return strings.Join(p, ".")
		}
		text, tag := must(b64.DecodeString(parts[3])), must(b64.DecodeString(parts[4]))
		moved := with(3, b64.EncodeToString(text[:2]))
		moved = moved[:strings.LastIndexByte(moved, '.')+1] + b64.EncodeToString(append(slices.Clone(text[2:]), tag...))
		for name, sealed := range map[string]string{
			"boundary of ciphertext and tag moved": moved,
			"encrypted key":                        with(1, "AAAA"),
			"line break in the ciphertext":         with(3, parts[3][:2]+"\n"+parts[3][2:]),
			"carriage return in the tag":           with(4, parts[4]+"\r"),
			"line break in the nonce":              with(2, parts[2]+"\n"),
			"line break at the end":                with(4, parts[4]+"\n"),
			"line break at the start":              "\n" + with(0, parts[0]),
			"line break as encrypted key":          with(1, "\n"),
			"spare bits in the ciphertext":         with(3, spare(parts[3])),
			"spare bits in the tag":                with(4, spare(parts[4])),
		} {
			if plain, err := joseOpen(sealed, key); (err != nil || string(plain) != "hello") && name != "line break at the start" {
				t.Errorf("%s: go-jose refuses it by itself now: %q, %v", name, plain, err)
			}
			refused(t, s, name, sealed, token.ReasonForm)
		}
		for name, sealed := range map[string]string{
			"padding": with(4, parts[4]+"=="), "padding of the header": with(0, parts[0]+"="), "four parts": strings.Join(parts[:4], "."),
			"six parts": with(4, parts[4]+"."), "seven parts": with(4, parts[4]+".."), "space": " " + with(0, parts[0]), "space at the end": with(4, parts[4]) + " ",
			"plus": with(2, "+"+parts[2][1:]), "slash": with(2, "/"+parts[2][1:]), "NUL": with(3, parts[3]+"\x00"), "umlaut": with(3, "ä"+parts[3][2:]),
			"quotes": `"` + with(0, parts[0]) + `"`, "percent": with(2, "%2D"+parts[2][3:]), "JSON form": `{"protected":"` + parts[0] + `"}`,
			"a digit too few": with(3, parts[3][:5]),
		} {
			refused(t, s, name, sealed, token.ReasonForm)
		}
		opens(t, s, strings.Join(parts, "."), "hello")
	})
}

// No prefix opens, nothing longer, and nothing with one bit changed.
func TestOpenRefusesEveryChange(t *testing.T) {
	t.Parallel()
	s := sealer(t, secretA)
	sealed := seal(t, s, `{"sub":"google|42","role":"user"}`)
	for n := range len(sealed) {
		refused(t, s, fmt.Sprintf("cut to %d bytes", n), sealed[:n])
		refused(t, s, fmt.Sprintf("without its first %d bytes", n+1), sealed[n+1:])
		for bit := range 8 {
			changed := []byte(sealed)
			changed[n] ^= 1 << bit
			refused(t, s, fmt.Sprintf("bit %d of byte %d changed", bit, n), string(changed))
		}
	}
	for _, more := range []string{"A", "AA", ".", "=", "\n", " ", sealed, "." + sealed} {
		refused(t, s, "something follows", sealed+more)
		refused(t, s, "something comes first", more+sealed)
	}
	opens(t, s, sealed, `{"sub":"google|42","role":"user"}`)
}

func TestS_78_DailyKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		seen := map[string]bool{}
		for day := int64(firstDay); day < firstDay+5; day++ {
			for _, wait := range []time.Duration{0, oneDay - time.Nanosecond} { // the first and the last moment
				time.Sleep(wait)
				sealed := seal(t, s, "x")
				if got, _, _, err := refA.open(sealed); err != nil || got != day {
					t.Errorf("day %d: sealed for day %d, %v", day, got, err)
				}
				opens(t, s, sealed, "x")
			}
			if key := string(refA.key(day)); seen[key] {
				t.Errorf("day %d has the key of a day before", day)
			} else {
				seen[key] = true
			}
			time.Sleep(time.Nanosecond)
		}
		if s.Keys() != 5 {
			t.Errorf("%d keys for 5 days", s.Keys())
		}
	})
}

// The key of one day does not open what the kid says is of another.
func TestS_78_DayIsBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		yesterday := must(cipher.NewGCM(block(refA.key(firstDay - 1))))
		refused(t, sealer(t, secretA), "other day", sealRaw(yesterday, refA.header(firstDay), nonce, []byte("x")), token.ReasonSeal)
	})
}

func TestS_78_Window(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, test := range []struct {
			day  int64
			good bool
		}{
			{firstDay, true}, {firstDay + 1, true}, {firstDay + 2, false}, {firstDay + 1000, false}, {1 << 62, false}, {1<<63 - 1, false}, {-1 << 63, false},
			{firstDay - 1, true}, {firstDay - 400, true}, {firstDay - 401, false}, {0, false}, {-1, false},
		} {
			sealed := refA.seal(test.day, nonce, []byte("x"))
			if test.good {
				opens(t, sealer(t, secretA), sealed, "x")
				continue
			}
			s := sealer(t, secretA)
			refused(t, s, fmt.Sprintf("day %d", test.day), sealed, token.ReasonKey, token.ReasonForm)
			if s.Keys() != 0 {
				t.Errorf("day %d: a key was derived", test.day)
			}
		}
	})
}

// What a long-lived process has in its cache follows the same window, and the
// cache does not grow with the years.
func TestS_78_WindowOfCachedKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		sealed := seal(t, s, "x")
		time.Sleep(token.MaxDays * oneDay)
		opens(t, s, sealed, "x")
		time.Sleep(oneDay)
		refused(t, s, "after 401 days", sealed, token.ReasonKey)
		for range 900 {
			time.Sleep(oneDay)
			seal(t, s, "x")
		}
		if s.Keys() > token.MaxDays+2 {
			t.Errorf("%d keys are kept", s.Keys())
		}
	})
}

func TestS_79_KeyCommitment(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var many []string
		for i := range 200 {
			many = append(many, fmt.Sprintf("%s-%d", secretA, i))
		}
		if _, err := token.NewKeyring(audience, many...); err == nil {
			t.Error("200 secrets are taken")
		}
		if _, err := token.NewKeyring(audience, many[:token.MaxSecrets+1]...); err == nil {
			t.Errorf("%d secrets are taken", token.MaxSecrets+1)
		}
		s := sealer(t, many[:token.MaxSecrets]...)
		refused(t, s, "unknown secret", refA.seal(firstDay, nonce, []byte("x")), token.ReasonKey)
		if s.Keys() != 0 {
			t.Errorf("an unknown kid made %d keys", s.Keys())
		}
		// Both secrets are known, but the kid names one and the key is the other's.
		refB := reference{secretB, audience, "session", cookie}
		swapped := sealRaw(must(cipher.NewGCM(block(refB.key(firstDay)))), refA.header(firstDay), nonce, []byte("x"))
		both := sealer(t, secretA, secretB)
		refused(t, both, "kid of another secret", swapped, token.ReasonSeal)
		if both.Keys() != 1 {
			t.Errorf("one kid made %d keys", both.Keys())
		}
		opens(t, both, refB.seal(firstDay, nonce, []byte("x")), "x")
	})
}

// To the outside all failures are one. The reason is one word of a list, and the
// error never has a part of the text in it.
func TestS_85_OneError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		good := refA.seal(firstDay, nonce, []byte("x"))
		bad := strings.Replace(good, b64.EncodeToString(nonce), b64.EncodeToString(make([]byte, 12)), 1)
		for reason, sealed := range map[token.Reason]string{
			token.ReasonSize: strings.Repeat("A", token.MaxSealed+1), token.ReasonForm: "canary." + good, token.ReasonSeal: bad,
			token.ReasonKey: reference{secretB, audience, "session", cookie}.seal(firstDay, nonce, []byte("x")),
		} {
			_, err := s.Open(sealed)
			because(t, string(reason), err, reason)
			if got, want := err.Error(), "token: cannot be opened: "+string(reason); got != want {
				t.Errorf("error is %q, want %q", got, want)
			}
		}
	})
}

func TestS_86_WorkBound(t *testing.T) {
	s := sealer(t, secretA)
	for name, sealed := range map[string]string{
		"1 MiB of dots":     strings.Repeat(".", 1<<20),
		"1 MiB of letters":  strings.Repeat("A", 1<<20),
		"48 KiB of dots":    strings.Repeat(".", token.MaxSealed),
		"48 KiB of letters": strings.Repeat("A", token.MaxSealed),
		"long header":       strings.Repeat("A", token.MaxSealed-50) + "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
		"long encrypted key": b64.EncodeToString([]byte(refA.header(firstDay))) + "." + strings.Repeat("A", 40000) +
			".AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA",
		"foreign key": b64.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM","kid":"AAAAAA.10957"}`)) + "..AAAAAAAAAAAAAAAA." +
			strings.Repeat("A", 40000) + ".AAAAAAAAAAAAAAAAAAAAAA",
	} {
		refused(t, s, name, sealed, token.ReasonSize, token.ReasonForm, token.ReasonKey)
		if n := allocated(func() { _, _ = s.Open(sealed) }); n > 2<<10 {
			t.Errorf("%s: refusing allocates %d bytes", name, n)
		}
	}
	if s.Keys() != 0 {
		t.Errorf("%d keys were derived", s.Keys())
	}
}

// The most that is ever decoded is what this kit could have written.
func TestS_86_SizeBound(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		plain := bytes.Repeat([]byte("x"), 36770)
		for len(refA.seal(firstDay, nonce, plain)) < token.MaxSealed-1 {
			plain = append(plain, 'x')
		}
		opens(t, s, refA.seal(firstDay, nonce, plain), string(plain))
		refused(t, s, "longer than the bound", refA.seal(firstDay, nonce, append(plain, "xxx"...)), token.ReasonSize)
	})
}

// base64url has one spelling for every text, for all lengths and last bytes.
func TestCanonicalAgreesWithStrictBase64(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA)
		head := b64.EncodeToString([]byte(refA.header(firstDay)))
		for c := range 256 { // in the nonce and in the tag, where the length is fixed
			char := string([]byte{byte(c)})
			_, err := base64.RawURLEncoding.DecodeString("AAA" + char)
			good := err == nil && c != '\n' && c != '\r'
			for _, sealed := range []string{head + "..AAAA" + char + "AAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA", head + "..AAAAAAAAAAAAAAAA.AA.AAAA" + char + "AAAAAAAAAAAAAAAAA"} {
				_, err := s.Open(sealed)
				if formed := err.Error() == "token: cannot be opened: seal"; formed != good {
					t.Errorf("%q: %v, well formed should be %v", sealed[len(head):], err, good)
				}
			}
		}
		for _, stem := range []string{"", "A", "AB", "ABC", "ABCD", "ABCDE"} {
			for c := range 256 {
				part := stem + string([]byte{byte(c)})
				_, strict := base64.RawURLEncoding.Strict().DecodeString(part)
				good := strict == nil && c != '\n' && c != '\r' && c != '.'
				_, err := s.Open(head + "..AAAAAAAAAAAAAAAA." + part + ".AAAAAAAAAAAAAAAAAAAAAA")
				if formed := err.Error() == "token: cannot be opened: seal"; formed != good {
					t.Errorf("%q: %v, well formed should be %v", part, err, good)
				}
			}
		}
	})
}

func TestSealerConcurrently(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := sealer(t, secretA, secretB)
		var wait sync.WaitGroup
		for i := range 16 {
			wait.Go(func() {
				time.Sleep(time.Duration(i%4) * oneDay)
				for day := range int64(20) {
					opens(t, s, refA.seal(firstDay-day, nonce, []byte("x")), "x")
					opens(t, s, seal(t, s, "y"), "y")
				}
			})
		}
		wait.Wait()
		if n := s.Keys(); n != 20+3 {
			t.Errorf("%d keys, want 23: twenty days back, and three on", n)
		}
	})
}
