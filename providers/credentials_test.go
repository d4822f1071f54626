package providers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

// authorizer is a provider whose function answers this, and records what it was
// asked.
func authorizer(id *providers.Identity, err error) (p providers.Authorizer, asked *[]providers.Submission) {
	asked = new([]providers.Submission)
	made := providers.Credentials(providers.CredentialsConfig{
		Authorize: func(_ context.Context, s providers.Submission) (*providers.Identity, error) {
			*asked = append(*asked, s)
			return id, err
		},
	})
	return made.(providers.Authorizer), asked
}

func TestCredentialsInfo(t *testing.T) {
	t.Parallel()
	p := providers.Credentials(providers.CredentialsConfig{})
	if info := p.Info(); info != (providers.Info{ID: "credentials", Name: "Credentials", Protocol: providers.CredentialsProtocol}) {
		t.Errorf("info %+v", info)
	}
	names := func(fields []providers.Field) (names []string) {
		for _, f := range fields {
			names = append(names, f.Name+" "+f.Type+" "+f.Autocomplete)
		}
		return names
	}
	if got := names(p.(providers.Authorizer).Fields()); !slices.Equal(got, []string{"username  username", "password password current-password"}) {
		t.Errorf("fields %q", got)
	}
	style := providers.Style{Background: "#123456", Text: "#ffffff"}
	p = providers.Credentials(providers.CredentialsConfig{ID: "staff", Name: "Staff", Style: style, Fields: []providers.Field{{Name: "badge"}}})
	if info := p.Info(); info != (providers.Info{ID: "staff", Name: "Staff", Protocol: providers.CredentialsProtocol, Style: style}) {
		t.Errorf("info %+v", info)
	}
	if got := names(p.(providers.Authorizer).Fields()); !slices.Equal(got, []string{"badge  "}) {
		t.Errorf("fields %q", got)
	}
	if got := providers.Credentials(providers.CredentialsConfig{Fields: []providers.Field{}}).(providers.Authorizer).Fields(); len(got) != 0 {
		t.Errorf("fields %q, though there are to be none", got)
	}
}

func TestCredentialsCheck(t *testing.T) {
	t.Parallel()
	const badName = "has a name that a form of the kit cannot have"
	field := func(name, kind string) []providers.Field { return []providers.Field{{Name: name, Type: kind}} }
	for name, tc := range map[string]struct {
		fields []providers.Field
		why    string
	}{
		"default":        {nil, ""},
		"none":           {[]providers.Field{}, ""},
		"without a type": {field("a", ""), ""},
		"text":           {field("a", "text"), ""},
		"email":          {field("a", "email"), ""},
		"tel":            {field("a", "tel"), ""},
		"number":         {field("a", "number"), ""},
		"password":       {field("a", "password"), ""},
		"hidden":         {field("a", "hidden"), `field "a" has the type "hidden"; it has to be text, email, tel, number or password`},
		"file":           {field("a", "file"), `field "a" has the type "file"`},
		"markup":         {field("a", `text" autofocus onfocus="x`), `has the type "text\" autofocus onfocus=\"x"`},
		"twice":          {[]providers.Field{{Name: "a"}, {Name: "b"}, {Name: "a"}}, `field "a" is there twice; give one another name`},
		"all characters": {field("User.name_1-x", ""), ""},
		"64 characters":  {field(strings.Repeat("a", 64), ""), ""},
		"65 characters":  {field(strings.Repeat("a", 65), ""), badName},
		"no name":        {field("", ""), `field "" ` + badName},
		"digit first":    {field("1a", ""), badName},
		"space":          {field("a b", ""), badName},
		"quote":          {field(`a"b`, ""), badName},
		"line break":     {field("a\n", ""), badName},
		"not ASCII":      {field("näme", ""), badName},
		"csrfToken":      {field("csrfToken", ""), badName},
		"callbackUrl":    {field("callbackUrl", ""), badName},
		"json":           {field("json", ""), badName},
		"redirect":       {field("redirect", ""), badName},
		"redirectTo":     {field("redirectTo", ""), badName},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := providers.CredentialsConfig{ID: "staff", Fields: tc.fields}
			c.Authorize = func(context.Context, providers.Submission) (*providers.Identity, error) { return nil, nil }
			err := providers.Credentials(c).(providers.Checker).Check()
			if tc.why != "" {
				refused(t, nil, err, providers.ErrConfig, "providers: staff: configuration: provider is not configured: field ")
				refused(t, nil, err, providers.ErrConfig, tc.why)
			} else if err != nil {
				t.Fatal(err)
			}
			c.Authorize = nil
			refused(t, nil, providers.Credentials(c).(providers.Checker).Check(), providers.ErrConfig,
				"Authorize is nil; set it to the function that checks the credentials")
		})
	}
}

// What the function gets is what was typed in: not the fields of the protocol,
// and none that stands twice, since parsers differ on which of them counts.
func TestCredentialsSubmission(t *testing.T) {
	t.Parallel()
	p, asked := authorizer(&providers.Identity{User: providers.User{ID: "1"}}, nil)
	request := httptest.NewRequest(http.MethodPost, "/auth/callback/credentials", nil)
	values := url.Values{
		"username": {"alice"}, "password": {""}, "CSRFToken": {"other case"}, "twice": {"a", "b"}, "never": {},
		"csrfToken": {"x"}, "callbackUrl": {"x"}, "json": {"true"}, "redirect": {"false"}, "redirectTo": {"/"},
	}
	before := values.Encode()
	id, err := p.Authorize(t.Context(), providers.Submission{Values: values, Request: request})
	if err != nil || id.User.ID != "1" {
		t.Fatal(id, err)
	}
	s := (*asked)[0]
	if got := s.Values.Encode(); got != "CSRFToken=other+case&password=&username=alice" {
		t.Errorf("values %q", got)
	}
	if s.Request != request || s.Get("username") != "alice" || s.Get("twice") != "" || s.Get("csrfToken") != "" {
		t.Errorf("submission %v", s)
	}
	if values.Encode() != before {
		t.Error("the caller's form was changed")
	}
}

// Anything but an identity refuses the person, and an identity beside an error
// is none.
func TestCredentialsAuthorize(t *testing.T) {
	t.Parallel()
	alice := &providers.Identity{User: providers.User{ID: "1"}}
	down := errors.New("the database is down")
	secondFactor := &providers.CredentialsError{Code: "second_factor_required"}
	for name, tc := range map[string]struct {
		id        *providers.Identity
		err, want error
	}{
		"identity":           {alice, nil, nil},
		"neither":            {nil, nil, providers.ErrCredentials},
		"wrong":              {nil, providers.ErrCredentials, providers.ErrCredentials},
		"wrong, wrapped":     {nil, fmt.Errorf("x: %w", providers.ErrCredentials), providers.ErrCredentials},
		"wrong, with a code": {nil, secondFactor, secondFactor},
		"cannot be checked":  {nil, down, down},
		"both":               {alice, down, down},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := authorizer(tc.id, tc.err)
			id, err := p.Authorize(t.Context(), providers.Submission{})
			if !errors.Is(err, tc.want) || (id != nil) != (tc.want == nil) {
				t.Fatal(id, err)
			}
			if wrong := strings.HasPrefix(name, "wrong") || name == "neither"; errors.Is(err, providers.ErrCredentials) != wrong {
				t.Fatalf("%v is about the credentials: %v", err, !wrong)
			}
		})
	}
}

func TestCredentialsError(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("login: %w", &providers.CredentialsError{Code: "locked"})
	var e *providers.CredentialsError
	if !errors.Is(err, providers.ErrCredentials) || !errors.As(err, &e) || e.Code != "locked" || err.Error() != "login: credentials are not valid: locked" {
		t.Fatal(err)
	}
	if errors.As(providers.ErrCredentials, &e) {
		t.Fatal("the sentinel has a code")
	}
}

// Nobody is sent anywhere, and nobody comes back with an answer.
func TestCredentialsHaveNoRedirects(t *testing.T) {
	t.Parallel()
	p := providers.Credentials(providers.CredentialsConfig{})
	if u, err := p.AuthCodeURL(t.Context(), newRequest()); u != "" || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "credentials") {
		t.Error(u, err)
	}
	if id, err := p.Exchange(t.Context(), goodCallback()); id != nil || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "credentials") {
		t.Error(id, err)
	}
	for name, can := range map[string]bool{
		"refresh": is[providers.Refresher](p), "revoke": is[providers.Revoker](p), "log out": is[providers.LogoutURLer](p),
	} {
		if can {
			t.Errorf("it claims to %s", name)
		}
	}
}

func is[T any](v any) bool { _, ok := v.(T); return ok }

// S-142: what was typed in is not printed, however somebody tries.
func TestS_142_SubmissionIsRedacted(t *testing.T) {
	t.Parallel()
	request := httptest.NewRequest(http.MethodPost, "/auth/callback/credentials?canary", strings.NewReader("password=canary"))
	request.Form = url.Values{"password": {"canary"}}
	request.Header.Set("Cookie", "canary=canary")
	for _, s := range []providers.Submission{
		{Values: url.Values{"username": {"canary"}, "password": {"canary"}}, Request: request},
		{Values: url.Values{"username": {"canary"}, "password": {"canary"}}},
	} {
		if got := fmt.Sprint(s); got != "submission [password username]" {
			t.Fatal(got)
		}
		for name, v := range map[string]any{
			"value": s, "pointer": &s, "list": []providers.Submission{s}, "map": map[string]*providers.Submission{"s": &s},
			"nested": struct{ S providers.Submission }{s}, "error": fmt.Errorf("login of %v: %w", s, providers.ErrCredentials),
		} {
			var printed bytes.Buffer
			for _, verb := range strings.Fields("%v %+v %#v %s %q %x %X %d %t %T") {
				fmt.Fprintf(&printed, verb, v)
			}
			if asJSON, err := json.Marshal(v); err == nil {
				printed.Write(asJSON)
			}
			for _, h := range []slog.Handler{slog.NewTextHandler(&printed, nil), slog.NewJSONHandler(&printed, nil)} {
				slog.New(h).Info("x", "v", v, slog.Group("g", "v", v))
			}
			for _, form := range []string{"canary", fmt.Sprintf("%x", "canary"), fmt.Sprintf("%X", "canary"), "99 97 110 97 114 121"} {
				if strings.Contains(printed.String(), form) {
					t.Errorf("%s shows what was typed in: %s", name, &printed)
				}
			}
		}
	}
	if got := fmt.Sprint(providers.Submission{}); got != "submission []" {
		t.Error(got)
	}
}
