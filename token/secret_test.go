package token_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

const canary = "canary-5f2c"

// canaryToken has the canary in every place that must not be seen.
func canaryToken() *token.Token {
	tok := newToken()
	tok.Account.AccessToken = token.NewSecret("a-" + canary)
	tok.Account.RefreshToken = token.NewSecret("r-" + canary)
	tok.Account.IDToken = token.NewSecret("i-" + canary)
	return tok
}

// silent fails if a text gives the canary away, in any notation of it.
func silent(t *testing.T, what, text string) {
	t.Helper()
	for _, seen := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("% x", canary),
		strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]"), b64.EncodeToString([]byte(canary))[:12]} {
		if strings.Contains(text, seen) {
			t.Errorf("%s: %s", what, text)
			return
		}
	}
}

var verbs = []string{"%v", "%+v", "%#v", "%s", "%+s", "%q", "%x", "%X", "% x", "%#x", "%d", "%t", "%p", "%c", "%U", "%e", "%T", "%20v", "%.3s", "%!"}

func TestS_142_Fmt(t *testing.T) {
	t.Parallel()
	tok := canaryToken()
	secret := token.NewSecret(canary)
	for _, v := range []any{
		secret, &secret, []token.Secret{secret}, map[string]token.Secret{"k": secret}, map[token.Secret]int{secret: 1}, struct{ S token.Secret }{secret},
		struct{ s token.Secret }{secret}, struct{ s *token.Secret }{&secret}, any(secret), [1]any{secret},
		tok, *tok, tok.Account, &tok.Account, []*token.Token{tok}, struct{ t token.Token }{*tok}, struct{ a token.Account }{tok.Account},
		fmt.Errorf("no: %v", secret), errors.Join(fmt.Errorf("no: %+v", tok)),
	} {
		for _, verb := range verbs {
			silent(t, fmt.Sprintf("%s of %T", verb, v), fmt.Sprintf(verb, v))
		}
		silent(t, "Sprint", fmt.Sprint(v))
		silent(t, "Sprintln", fmt.Sprintln(v))
	}
	for _, verb := range verbs[:12] {
		if got := fmt.Sprintf(verb, secret); got != "[redacted]" {
			t.Errorf("%s = %q, want [redacted]", verb, got)
		}
		if got := fmt.Sprintf(verb, token.Secret{}); got != "" {
			t.Errorf("%s of the empty secret = %q", verb, got)
		}
	}
}

func TestS_142_Encodings(t *testing.T) {
	t.Parallel()
	tok := canaryToken()
	secret := token.NewSecret(canary)
	for _, v := range []any{secret, &secret, tok, *tok, tok.Account, map[string]any{"s": secret}, map[token.Secret]string{secret: "x"}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Errorf("json of %T: %v", v, err)
		}
		silent(t, fmt.Sprintf("json of %T", v), string(text))
	}
	type element struct {
		Attribute token.Secret `xml:",attr"`
		Text      token.Secret
	}
	for _, v := range []any{secret, &secret, tok.Account, element{secret, secret}} {
		text, err := xml.Marshal(v)
		if err != nil {
			t.Errorf("xml of %T: %v", v, err)
		}
		silent(t, fmt.Sprintf("xml of %T", v), string(text))
	}
	if text := string(must(json.Marshal(secret))); text != `"[redacted]"` {
		t.Errorf("json = %s", text)
	}
	if text := string(must(secret.MarshalText())); text != "[redacted]" {
		t.Errorf("text = %s", text)
	}
}

func TestS_142_Slog(t *testing.T) {
	t.Parallel()
	tok := canaryToken()
	secret := token.NewSecret(canary)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		log := slog.New(handler(&b))
		log.With("with", secret, "withToken", tok).WithGroup("g").Info("x", "secret", secret, "pointer", &secret, "token", tok, "value", *tok,
			"account", tok.Account, "list", []any{secret, tok}, slog.Group("group", "secret", secret), "any", struct{ S token.Secret }{secret})
		silent(t, name, b.String())
		if !strings.Contains(b.String(), "secret=[redacted]") && !strings.Contains(b.String(), `"secret":"[redacted]"`) {
			t.Errorf("%s: %s", name, b.String())
		}
	}
}

// Handlers that do not ask for text or JSON see it redacted as well.
func TestS_142_SlogValue(t *testing.T) {
	t.Parallel()
	v := slog.AnyValue(token.NewSecret(canary)).Resolve()
	if v.Kind() != slog.KindString || v.String() != "[redacted]" {
		t.Errorf("LogValue = %v, %s", v.Kind(), v)
	}
}

// As JSON a token is its claims, as the application's log may show them.
func TestTokenJSON(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const want = `{"sub":"google|42","exp":949276800,"iat":946684800,"jti":"s1","auth_time":946684800,"name":"Ada Lovelace",` +
			`"email":"ada@example.com","picture":"https://op.example/ada.png","role":"admin","org":9007199254740993}`
		if got := string(must(json.Marshal(canaryToken()))); got != want {
			t.Errorf("JSON = %s", got)
		}
		if got := string(must(json.Marshal(*canaryToken()))); got != want {
			t.Errorf("JSON of the value = %s", got)
		}
	})
}

func TestSecret(t *testing.T) {
	t.Parallel()
	a, b, none := token.NewSecret("a"), token.NewSecret("b"), token.NewSecret("")
	if a.Reveal() != "a" || none.Reveal() != "" || (token.Secret{}).Reveal() != "" {
		t.Error("Reveal does not return the text")
	}
	if a.IsZero() || !none.IsZero() || !(token.Secret{}).IsZero() {
		t.Error("IsZero is wrong")
	}
	if !a.Equal(a) || !a.Equal(token.NewSecret("a")) || a.Equal(b) || a.Equal(none) || none.Equal(a) || !none.Equal(token.Secret{}) || a.Equal(token.NewSecret("aa")) {
		t.Error("Equal is wrong")
	}
	text := "before"
	s := token.NewSecret(text)
	text = "after"
	if s.Reveal() != "before" || text != "after" {
		t.Error("the secret follows a variable")
	}
	var nobody *token.Secret
	silent(t, "nil", fmt.Sprintf("%v", nobody))
}

// No error of the package carries a part of a token, of a secret or of a cookie.
func TestS_141_ErrorsTellNothing(t *testing.T) {
	t.Parallel()
	for name, err := range failures(t) {
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		for cause := err; cause != nil; cause = errors.Unwrap(cause) {
			silent(t, name, fmt.Sprintf("%v %+v %#v", cause, cause, cause))
		}
	}
}

// failures returns an error from every way in which the package can fail, with
// the canary in all that went in.
func failures(t *testing.T) map[string]error {
	t.Helper()
	all := map[string]error{}
	secret := func(secrets ...string) error {
		_, err := token.NewKeyring(canary+"\n", secrets...)
		return err
	}
	all["weak secret"], all["audience"] = secret(canary), secret(secretA)
	s := sealer(t, secretA)
	c := token.NewCodec(s)
	good := sealToken(t, c, canaryToken())
	for name, sealed := range map[string]string{
		"form": canary, "header": b64.EncodeToString([]byte(canary)) + good[strings.Index(good, ".."):], "cut": good[:len(good)-1],
		"foreign": seal(t, sealer(t, secretB), canary), "not JSON": seal(t, s, canary), "not claims": seal(t, s, `{"sub":["`+canary+`"]}`),
		"account":    seal(t, s, `{"sub":"a","exp":4000000000,"account":{"access_token":{"x":"`+canary+`"}}}`),
		"expires_at": seal(t, s, `{"sub":"a","exp":4000000000,"account":{"expires_at":"`+canary+`"}}`),
		"version":    seal(t, s, `{"v":"`+canary+`"}`), "expired": seal(t, s, `{"sub":"`+canary+`","exp":1,"account":{}}`),
		"size": strings.Repeat(canary, 10000),
	} {
		_, all["open, "+name] = c.Open(sealed)
	}
	for name, change := range map[string]func(*token.Token){
		"no subject": func(tok *token.Token) { tok.Subject = "" }, "no end": func(tok *token.Token) { tok.ExpiresAt = time.Time{} },
		"too many":  func(tok *token.Token) { claims.NewKey[[]int]("l").Set(tok, make([]int, 1999)) },
		"too large": func(tok *token.Token) { tok.Account.AccessToken = token.NewSecret(strings.Repeat(canary, 5000)) },
		"no JSON":   func(tok *token.Token) { claims.NewKey[any]("f").Set(tok, map[string]any{canary: func() {}}) },
	} {
		tok := canaryToken()
		change(tok)
		_, all["seal, "+name] = c.Seal(tok)
	}
	j := hostJar()
	_, all["chunks"] = j.Read(cookies(cookie + "=2.abcdef." + canary))
	_, all["conflict"] = j.Read(cookies(cookie + "=" + canary + "; " + cookie + "=x" + canary))
	all["budget"] = j.Write(nil, nil, strings.Repeat(canary, 5000), time.Time{})
	all["value"] = j.Write(nil, nil, canary+" ", time.Time{})
	all["chunk as value"] = j.Write(nil, nil, "2.abcdef."+canary, time.Time{})
	return all
}
