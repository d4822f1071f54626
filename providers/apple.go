package providers

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/claims"
	"github.com/sealedauth/auth/token"
)

const (
	appleIssuer     = "https://appleid.apple.com"
	appleSecretLife = 5 * time.Minute // six months are the most that Apple takes
	maxAppleUser    = 2 << 10         // bytes of what comes along with a first sign-in
)

// AppleKey is the key by which an application proves to Apple what it is, in place of a
// client secret. It prints as its id only.
type AppleKey struct {
	TeamID string        // of the developer account: ten characters
	KeyID  string        // of the key: ten characters
	Key    crypto.Signer `json:"-"` // ECDSA on P-256; [ParseAppleKey] reads the file. It may stay in a key management service
}

// Format prints the id only, whatever the verb.
func (k AppleKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "Apple key "+k.KeyID) }

// ParseAppleKey reads a key file as Apple gives it out once, AuthKey_<key id>.p8.
func ParseAppleKey(file []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(file)
	if block == nil {
		return nil, errors.New("providers: apple: the key is not PEM text, with -----BEGIN PRIVATE KEY----- in a line of its own")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(*ecdsa.PrivateKey)
	if err != nil || !ok || signer.Curve != elliptic.P256() { // the error may tell parts of the key
		return nil, errors.New("providers: apple: the key is not a private key of ECDSA on P-256 in PKCS #8")
	}
	return signer, nil
}

// Apple is sign-in with Apple. Register, at
// https://developer.apple.com/account/resources/identifiers, an App ID with "Sign in with
// Apple" and for it a Services ID, which is the client id, with the return URL
// <your URL>/auth/callback/apple; and under Keys a key for it. Apple wants https and a
// host name, not even localhost.
//
// The name comes at the first sign-in only, through the browser and unsigned: keep it
// then. The e-mail address may be one of Apple's relays, to which only senders get
// through that are registered. A refresh token comes with every sign-in and does not
// expire; access tokens are of no use. The answer is a cross-site POST.
//
// In the environment AUTH_APPLE_SECRET is the key file, with AUTH_APPLE_TEAM and
// AUTH_APPLE_KEYID, or a client secret that was made of it, which expires.
//
// https://developer.apple.com/documentation/signinwithapplerestapi
func Apple(clientID string, key AppleKey, options ...Option) Provider {
	return newApple(clientID, key, key.check(), options...)
}

// apple is a client that also takes the name that comes along with the code.
type apple struct{ openID }

func newApple(clientID string, key AppleKey, problem error, options ...Option) Provider {
	c := appleConfig(clientID)
	c.err = problem
	c.mint = func() (token.Secret, error) { return key.secret(clientID, time.Now()) }
	return apple{OIDC(c, options...).(openID)}
}

// appleFromEnv makes the provider of the key file, or of a client secret as Auth.js has
// it.
func appleFromEnv(e environment) Provider {
	if e.secret != "" && !strings.Contains(e.secret, "-----BEGIN") {
		c := appleConfig(e.id)
		c.ClientSecret = e.secret
		return apple{OIDC(c).(openID)}
	}
	key := AppleKey{TeamID: e.get("TEAM"), KeyID: e.get("KEYID")}
	var err error
	if e.secret != "" { // some files of variables cannot have line breaks
		key.Key, err = ParseAppleKey([]byte(strings.ReplaceAll(e.secret, `\n`, "\n")))
	}
	if err == nil {
		err = key.check()
	}
	return newApple(e.id, key, err)
}

func appleConfig(clientID string) Config {
	return Config{
		ID: "apple", Name: "Apple",
		ClientID:  clientID,
		Issuer:    appleIssuer,
		AuthStyle: oauth2.AuthStyleInParams,
		Scopes:    []string{"openid", "email", "name"},
		FormPost:  true, // Apple demands it for name and e-mail address
		Dialect:   Dialect{Denied: []string{"user_cancelled_authorize"}, LooseTrue: true},
		Style:     Style{Background: "#000000", Text: "#ffffff"},
		Facts: Facts{
			Docs:    "https://developer.apple.com/documentation/signinwithapplerestapi",
			Console: "https://developer.apple.com/account/resources/identifiers",
			Refresh: yes, Rotation: no, Revocation: yes, Logout: no,
			Email: "email_verified; it may be a relay of Apple's", Subject: "text, the same in all applications of a team",
			Note: "the name comes at the first sign-in only, unsigned",
		},
	}
}

// check says what is missing.
func (k AppleKey) check() error {
	var problems []error
	if k.TeamID == "" {
		problems = append(problems, errors.New("AppleKey.TeamID is empty; set it, or AUTH_APPLE_TEAM, to the id of the team in Apple's developer account"))
	}
	if k.KeyID == "" {
		problems = append(problems, errors.New("AppleKey.KeyID is empty; set it, or AUTH_APPLE_KEYID, to the id of the key in Apple's developer account"))
	}
	if k.Key == nil {
		return errors.Join(append(problems, errors.New("AppleKey.Key is nil; ParseAppleKey reads it from the .p8 file, which AUTH_APPLE_SECRET holds in the environment"))...)
	}
	if public, ok := k.Key.Public().(*ecdsa.PublicKey); !ok || public.Curve != elliptic.P256() {
		problems = append(problems, errors.New("AppleKey.Key is not of ECDSA on P-256"))
	}
	return errors.Join(problems...)
}

// secret makes a client secret, which is good for a few requests.
//
// https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
func (k AppleKey) secret(clientID string, now time.Time) (token.Secret, error) {
	if k.Key == nil { // of which Check tells
		return token.Secret{}, errors.New("there is no key")
	}
	payload, err := json.Marshal(map[string]any{
		"iss": k.TeamID, "sub": clientID, "aud": appleIssuer,
		"iat": now.Add(-skew).Unix(), "exp": now.Add(appleSecretLife).Unix(), // clocks differ
	})
	if err != nil {
		return token.Secret{}, err
	}
	options := (&jose.SignerOptions{}).WithHeader("kid", k.KeyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: cryptosigner.Opaque(k.Key)}, options)
	if err != nil {
		return token.Secret{}, err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return token.Secret{}, err
	}
	text, err := jws.CompactSerialize()
	return token.NewSecret(text), err
}

// Exchange implements Provider.
func (a apple) Exchange(ctx context.Context, c Callback) (*Identity, error) {
	id, err := a.openID.Exchange(ctx, c)
	if err != nil {
		return nil, err
	}
	if id.User.Name == "" {
		id.User.Name = appleName(c.Params.Get("user"))
	}
	return id, nil
}

// appleName returns the name in what comes along with a first sign-in. The browser could
// have changed it, as the person could have told another name; so nothing else is taken
// from there, the e-mail address least of all.
func appleName(user string) string {
	if len(user) > maxAppleUser {
		return ""
	}
	o, err := claims.ParseObject([]byte(user))
	if err != nil {
		return ""
	}
	name := compose(o, "name.firstName name.lastName")
	if strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
