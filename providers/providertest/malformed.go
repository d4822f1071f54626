package providertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"strings"
	"time"
)

// Malformation is a way in which a token can be bad. All but those of the
// signature are signed with the provider's own key: nothing but the check for
// just this finds them out.
type Malformation struct {
	Name string

	// Edit makes the bad token of a good one of the server.
	Edit func(s *Server, token string) string
}

// Apply makes every ID token of the server bad in this way. Call it before
// serving; it sets [Server.EditTokens].
func (m Malformation) Apply(s *Server) {
	s.EditTokens = func(answer map[string]any) {
		if good, ok := answer["id_token"].(string); ok {
			answer["id_token"] = m.Edit(s, good)
		}
	}
}

// Malformed returns the ways in which the ID token of a sign-in can be bad, for
// tests that loop over them: none of these lets anybody in, and none is followed
// by a request with its access token.
func Malformed() []Malformation {
	return append(malformed("at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt"),
		claim("sub missing", set{"sub": nil}),
		claim("sub empty", set{"sub": ""}),
		claim("sub of 256 characters", set{"sub": strings.Repeat("a", 256)}),
		claim("exp missing", set{"exp": nil}),
		claim("nonce missing", set{"nonce": nil}),
		claim("nonce of another sign-in", set{"nonce": "another"}),
		claim("at_hash of another token", set{"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
		Malformation{"logout token in its place", func(s *Server, _ string) string { return s.LogoutToken(nil) }},
	)
}

// MalformedLogout returns the ways in which a logout token can be bad, which sign
// nobody out. Among them are those of the OpenID Foundation's conformance suite.
func MalformedLogout() []Malformation {
	event := map[string]any{logoutEvent: set{}}
	return append(malformed("at+jwt", "dpop+jwt", "secevent+jwt"),
		claim("events missing", set{"events": nil}),
		claim("events empty", set{"events": set{}}),
		claim("events of another kind", set{"events": set{"https://schemas.openid.net/secevent/risc/event-type/account-disabled": set{}}}),
		claim("events of several kinds", set{"events": set{logoutEvent: set{}, "urn:example:event": set{}}}),
		claim("events an array", set{"events": []any{event}}),
		claim("events a text", set{"events": logoutEvent}),
		claim("event true", set{"events": set{logoutEvent: true}}),
		claim("event in another case", set{"events": set{strings.ToUpper(logoutEvent): set{}}}),
		claim("nonce", set{"nonce": "a-nonce"}),
		claim("nonce null", set{"nonce": json.RawMessage("null")}),
		claim("neither sub nor sid", set{"sub": nil, "sid": nil}),
		claim("sub and sid empty", set{"sub": "", "sid": ""}),
		claim("sid a number", set{"sid": 5}),
		claim("jti missing", set{"jti": nil}),
		Malformation{"ID token in its place", func(s *Server, token string) string {
			key := s.SigningKey()
			payload := edited(payloadOf(token), set{"events": nil, "nonce": "a-nonce", "jti": nil})
			return Forge(string(edited(headerOf(token), set{"typ": nil})), payload, key.Algorithm, key.Key)
		}},
	)
}

// malformed returns what makes every kind of token bad; the types are those of
// other kinds.
func malformed(types ...string) []Malformation {
	all := []Malformation{
		claim("iss of another", set{"iss": "https://evil.example"}),
		claim("iss missing", set{"iss": nil}),
		claim("aud of another", set{"aud": "another"}),
		claim("aud missing", set{"aud": nil}),
		claim("aud empty", set{"aud": []string{}}),
		{"aud of several, no azp", func(s *Server, token string) string {
			var own struct{ Aud string }
			_ = json.Unmarshal(payloadOf(token), &own)
			return resign(s, token, edited(payloadOf(token), set{"aud": []string{own.Aud, "another"}}))
		}},
		claim("azp of another", set{"azp": "another"}),
		claim("iat missing", set{"iat": nil}),
		claim("iat in the future", set{"iat": fromNow(time.Hour)}),
		claim("iat long ago", set{"iat": fromNow(-time.Hour)}),
		claim("expired", set{"exp": fromNow(-time.Hour)}),
		claim("exp a text", set{"exp": "tomorrow"}),
		claim("not before the future", set{"nbf": fromNow(time.Hour)}),
		claim("sub a number", set{"sub": 5}),
		claim("SUB beside sub", set{"SUB": "mallory"}),
		claim("Aud in place of aud", set{"aud": nil, "Aud": "app"}),
		{"sub twice", func(s *Server, token string) string {
			return resign(s, token, append(bytes.TrimSuffix(payloadOf(token), []byte("}")), `,"sub":"mallory"}`...))
		}},
		{"payload an array", func(s *Server, token string) string { return resign(s, token, []byte("[]")) }},
	}
	all = append(all, header("typ a number", set{"typ": 5}))
	for _, typ := range types {
		all = append(all, header("typ "+typ, set{"typ": typ}))
	}
	return append(all, misSigned()...)
}

// misSigned returns what is wrong with signatures and forms.
func misSigned() []Malformation {
	unsigned := func(name, alg string) Malformation {
		return Malformation{name, func(_ *Server, token string) string {
			return Forge(fmt.Sprintf(`{"alg":%q}`, alg), payloadOf(token), alg, nil)
		}}
	}
	return []Malformation{
		unsigned("alg none", "none"),
		unsigned("alg nOnE", "nOnE"),
		{"signature missing", func(_ *Server, token string) string { return token[:strings.LastIndexByte(token, '.')+1] }},
		{"signature of another payload", func(_ *Server, token string) string {
			p := strings.Split(token, ".")
			return p[0] + "." + encode(edited(payloadOf(token), set{"sub": "mallory"})) + "." + p[2]
		}},
		{"HS256 with the public key", func(s *Server, token string) string {
			key := s.SigningKey()
			der, _ := x509.MarshalPKIXPublicKey(key.Public().Key)
			secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
			return Forge(string(edited(headerOf(token), set{"alg": "HS256"})), payloadOf(token), "HS256", secret)
		}},
		{"foreign key under the known kid", func(_ *Server, token string) string {
			return Forge(string(headerOf(token)), payloadOf(token), "ES256", foreignKey())
		}},
		{"unknown kid", func(_ *Server, token string) string {
			return Forge(string(edited(headerOf(token), set{"kid": "unknown"})), payloadOf(token), "ES256", foreignKey())
		}},
		{"key in the header", func(s *Server, token string) string {
			key := foreignKey()
			jwk := s.SigningKey()
			jwk.Key = key.Public()
			return Forge(string(edited(headerOf(token), set{"jwk": jwk})), payloadOf(token), "ES256", key)
		}},
		header("crit", set{"crit": []string{"x"}, "x": true}),
		{"JSON serialisation", func(_ *Server, token string) string {
			p := strings.Split(token, ".")
			return fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, p[1], p[0], p[2])
		}},
		{"encrypted", func(*Server, string) string {
			return encode([]byte(`{"alg":"dir","enc":"A256GCM"}`)) + "..AAAA.AAAA.AAAA"
		}},
		{"no token", func(*Server, string) string { return "no-token" }},
	}
}

// set is claims or header parameters to set; nil leaves one out.
type set map[string]any

// fromNow is a time that counts from the provider's clock.
type fromNow time.Duration

// claim is a token with other claims.
func claim(name string, claims set) Malformation {
	return Malformation{name, func(s *Server, token string) string {
		changes := maps.Clone(claims)
		for name, value := range claims {
			if d, ok := value.(fromNow); ok {
				changes[name] = s.Clock().Add(time.Duration(d)).Unix()
			}
		}
		return resign(s, token, edited(payloadOf(token), changes))
	}}
}

// header is a token with other header parameters.
func header(name string, params set) Malformation {
	return Malformation{name, func(s *Server, token string) string {
		key := s.SigningKey()
		return Forge(string(edited(headerOf(token), params)), payloadOf(token), key.Algorithm, key.Key)
	}}
}

// resign signs another payload under the header of a token.
func resign(s *Server, token string, payload []byte) string {
	key := s.SigningKey()
	return Forge(string(headerOf(token)), payload, key.Algorithm, key.Key)
}

// edited returns a JSON object with these changes.
func edited(object []byte, changes set) []byte {
	o := map[string]any{}
	_ = json.Unmarshal(object, &o)
	for name, value := range changes {
		if o[name] = value; value == nil {
			delete(o, name)
		}
	}
	text, _ := json.Marshal(o) // of JSON values
	return text
}

// foreignKey returns a key that is nobody's.
func foreignKey() *ecdsa.PrivateKey {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // crypto/rand does not fail
	return key
}
