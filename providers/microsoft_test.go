package providers_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/sealedauth/auth/providers"
)

const (
	entra   = "https://login.microsoftonline.com/"
	tenantA = "aaaaaaaa-0000-0000-0000-000000000001"
	tenantB = "bbbbbbbb-0000-0000-0000-000000000002"
	tenantX = "cccccccc-0000-0000-0000-000000000003" // of somebody else
)

// entraRig is a server in Microsoft's place, which signs for every tenant with
// the same keys and names no issuer in its callbacks.
func entraRig(t testing.TB, tenant string, options ...providers.Option) *rig {
	r := newRig(t, func(s *setup) {
		s.op.Issuer = entra + tenant + "/v2.0"
		s.make = func() providers.Provider { return providers.MicrosoftEntraID("app", "secret", tenant, options...) }
	})
	r.op.EditMetadata = func(document map[string]any) {
		delete(document, "authorization_response_iss_parameter_supported")
		if tenant == "organizations" || tenant == "common" {
			document["issuer"] = entra + "{tenantid}/v2.0"
		}
	}
	return r
}

// signInFrom signs in with an ID token that has these claims.
func (r *rig) signInFrom(set members) (*providers.Identity, error) {
	r.edit(set)
	cb := r.callback(newRequest())
	cb.Params.Del("iss")
	return r.exchange(cb)
}

func TestMicrosoftEntraID(t *testing.T) {
	t.Parallel()
	r := entraRig(t, tenantA)
	if info := r.p.Info(); info.ID != "microsoft-entra-id" || info.Name != "Microsoft" || info.Protocol != providers.OpenIDConnect {
		t.Errorf("info %+v", info)
	}
	if err := r.p.(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
	if q := r.authorize(newRequest()).Query(); q.Get("scope") != "openid profile email offline_access" || q.Has("prompt") {
		t.Errorf("authorization request %v", q)
	}
	id, err := r.signInFrom(members{"tid": tenantA, "oid": "o-1", "email": "mail@anybody.example", "email_verified": nil})
	if err != nil {
		t.Fatal(err)
	}
	// Entra lets a tenant's admin set any address, so none of them is verified:
	// the nOAuth class of mistakes.
	if id.User.ID != "alice" || id.Account.ID != "alice" || id.User.EmailVerified {
		t.Errorf("user %+v", id.User)
	}
	if n := r.strangers("login.microsoftonline.com"); n != 0 {
		t.Errorf("%d requests to other hosts, such as for a photo", n)
	}
	if _, err := r.refresh(id.Account); err != nil {
		t.Error(err)
	}
}

// In a national cloud the tenant is its issuer's URL, as AUTH_MICROSOFT_ENTRA_ID_ISSUER
// has it too.
func TestMicrosoftNationalClouds(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://login.microsoftonline.us/" + tenantA + "/v2.0":         "https://login.microsoftonline.us/" + tenantA + "/v2.0",
		"https://login.microsoftonline.us/" + tenantA + "/v2.0/":        "https://login.microsoftonline.us/" + tenantA + "/v2.0",
		"https://login.microsoftonline.us/" + tenantA:                   "https://login.microsoftonline.us/" + tenantA + "/v2.0",
		"https://login.partner.microsoftonline.cn/" + tenantA + "/v2.0": "https://login.partner.microsoftonline.cn/" + tenantA + "/v2.0",
		entra + tenantA + "/v2.0":                                       entra + tenantA + "/v2.0",
		tenantA:                                                         entra + tenantA + "/v2.0",
	} {
		t.Run(given, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(s *setup) {
				s.op.Issuer = want
				s.make = func() providers.Provider { return providers.MicrosoftEntraID("app", "secret", given) }
			})
			if err := r.p.(providers.Checker).Check(); err != nil {
				t.Fatal(err)
			}
			r.mustSignIn()
			r.edit(members{"iss": entra + tenantX + "/v2.0"})
			id, err := r.signIn()
			refused(t, id, err, providers.ErrIDToken, otherIssuer)
		})
	}
	t.Run("several tenants", func(t *testing.T) {
		t.Parallel()
		const cloud = "https://login.microsoftonline.us/"
		r := newRig(t, func(s *setup) {
			s.op.Issuer = cloud + "organizations/v2.0"
			s.make = func() providers.Provider {
				return providers.MicrosoftEntraID("app", "secret", cloud+"organizations/v2.0", providers.WithTenants(tenantA))
			}
		})
		r.describe(members{"issuer": cloud + "{tenantid}/v2.0", "authorization_response_iss_parameter_supported": nil})
		if _, err := r.signInFrom(members{"iss": cloud + tenantA + "/v2.0", "tid": tenantA}); err != nil {
			t.Fatal(err)
		}
		id, err := r.signInFrom(members{"iss": entra + tenantA + "/v2.0", "tid": tenantA}) // of the global cloud
		refused(t, id, err, providers.ErrIDToken, "a tenant that is not let in")
	})
	t.Run("without its scheme", func(t *testing.T) {
		t.Parallel()
		err := providers.MicrosoftEntraID("app", "secret", "login.microsoftonline.us/"+tenantA+"/v2.0").(providers.Checker).Check()
		want := `Issuer "login.microsoftonline.us/` + tenantA + `/v2.0" is not an absolute URL; set it, or AUTH_MICROSOFT_ENTRA_ID_ISSUER`
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatal(err)
		}
	})
}

// A single tenant is a single issuer.
func TestS_2_SingleTenant(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]members{
		"other tenant":          {"iss": entra + tenantX + "/v2.0", "tid": tenantX},
		"other tenant, own tid": {"iss": entra + tenantX + "/v2.0", "tid": tenantA},
		"template":              {"iss": entra + "{tenantid}/v2.0", "tid": tenantA},
		"common":                {"iss": entra + "common/v2.0", "tid": tenantA},
		"version 1":             {"iss": "https://sts.windows.net/" + tenantA + "/", "tid": tenantA},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, err := entraRig(t, tenantA).signInFrom(set)
			refused(t, id, err, providers.ErrIDToken, otherIssuer)
		})
	}
}

// With an endpoint for all tenants, those who get in are listed, and tid and iss
// have to be of the same one.
func TestS_2_MultiTenant(t *testing.T) {
	t.Parallel()
	const why = "it is of a tenant that is not let in"
	for name, tc := range map[string]struct {
		set members
		why string
	}{
		"first":                   {members{"iss": entra + tenantA + "/v2.0", "tid": tenantA}, ""},
		"second":                  {members{"iss": entra + tenantB + "/v2.0", "tid": tenantB}, ""},
		"foreign":                 {members{"iss": entra + tenantX + "/v2.0", "tid": tenantX}, why},
		"foreign, claims listed":  {members{"iss": entra + tenantX + "/v2.0", "tid": tenantA}, why},
		"foreign tid":             {members{"iss": entra + tenantA + "/v2.0", "tid": tenantX}, why},
		"two listed, mixed":       {members{"iss": entra + tenantA + "/v2.0", "tid": tenantB}, why},
		"no tid":                  {members{"iss": entra + tenantA + "/v2.0", "tid": nil}, why},
		"empty tid":               {members{"iss": entra + "/v2.0", "tid": ""}, why},
		"tid of another type":     {members{"iss": entra + tenantA + "/v2.0", "tid": []string{tenantA}}, why},
		"tid of another case":     {members{"iss": entra + strings.ToUpper(tenantA) + "/v2.0", "tid": strings.ToUpper(tenantA)}, why},
		"TID":                     {members{"iss": entra + tenantA + "/v2.0", "TID": tenantA}, why},
		"template":                {members{"iss": entra + "{tenantid}/v2.0", "tid": "{tenantid}"}, why},
		"template, listed tid":    {members{"iss": entra + "{tenantid}/v2.0", "tid": tenantA}, why},
		"other host":              {members{"iss": "https://evil.example/" + tenantA + "/v2.0", "tid": tenantA}, why},
		"two tenants in a row":    {members{"iss": entra + tenantX + "/" + tenantA + "/v2.0", "tid": tenantA}, why},
		"tenant is half a path":   {members{"iss": entra + tenantA + "/v2.0", "tid": tenantA + "/v2.0"}, why},
		"tid only in user info":   {members{"iss": entra + tenantA + "/v2.0", "name": nil}, why},
		"other audience, tid ok":  {members{"iss": entra + tenantA + "/v2.0", "tid": tenantA, "aud": "other"}, otherClient},
		"personal accounts' tid":  {members{"iss": entra + "9188040d-6c67-4c5b-b112-36a304b66dad/v2.0", "tid": "9188040d-6c67-4c5b-b112-36a304b66dad"}, why},
		"issuer of version 1":     {members{"iss": "https://sts.windows.net/" + tenantA + "/", "tid": tenantA}, why},
		"issuer with a slash":     {members{"iss": entra + tenantA + "/v2.0/", "tid": tenantA}, why},
		"issuer is missing":       {members{"iss": nil, "tid": tenantA}, why},
		"issuer of another type":  {members{"iss": []string{entra + tenantA + "/v2.0"}, "tid": tenantA}, unreadable},
		"listed only as a prefix": {members{"iss": entra + tenantA + "0/v2.0", "tid": tenantA + "0"}, why},
	} {
		for _, endpoint := range []string{"organizations", "common"} {
			t.Run(name+" "+endpoint, func(t *testing.T) {
				t.Parallel()
				r := entraRig(t, endpoint, providers.WithTenants(tenantA, tenantB))
				r.answers["userinfo"] = replyJSON(`{"sub":"alice","name":"Alice","tid":"` + tenantA + `"}`)
				id, err := r.signInFrom(tc.set)
				if tc.why != "" {
					refused(t, id, err, providers.ErrIDToken, tc.why)
					if len(r.to("/"+endpoint+"/v2.0/userinfo")) != 0 {
						t.Fatal("user info was asked for")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				r.op.EditIDToken = func(claims map[string]any) { claims["iss"], claims["tid"] = entra+tenantX+"/v2.0", tenantX }
				_, err = r.refresh(id.Account)
				refused(t, nil, err, providers.ErrIdentityChanged, otherIssuer)
			})
		}
	}
}

// An issuer in the callback of such a provider has to be one of the listed ones
// (S-46).
func TestS_46_MultiTenantIssuer(t *testing.T) {
	t.Parallel()
	for iss, ok := range map[string]bool{
		entra + tenantA + "/v2.0": true, entra + tenantB + "/v2.0": true,
		entra + tenantX + "/v2.0": false, entra + "{tenantid}/v2.0": false, "https://evil.example": false, entra + "organizations/v2.0": false,
	} {
		t.Run(iss, func(t *testing.T) {
			t.Parallel()
			r := entraRig(t, "organizations", providers.WithTenants(tenantA, tenantB))
			r.op.EditIDToken = func(claims map[string]any) { claims["iss"], claims["tid"] = entra+tenantA+"/v2.0", tenantA }
			cb := r.callback(newRequest())
			cb.Params.Set("iss", iss)
			id, err := r.exchange(cb)
			if !ok {
				refused(t, id, err, providers.ErrCallback, "another issuer")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// Without a list, every organisation in the world could sign in.
func TestS_2_TenantsHaveToBeListed(t *testing.T) {
	t.Parallel()
	for tenant, why := range map[string]string{
		"organizations": "list those to let in with WithTenants", "common": "list those to let in with WithTenants",
		"": "Issuer is empty; set it, or AUTH_MICROSOFT_ENTRA_ID_ISSUER",
	} {
		err := providers.MicrosoftEntraID("app", "secret", tenant).(providers.Checker).Check()
		if !errors.Is(err, providers.ErrConfig) || !strings.Contains(err.Error(), why) {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
	r := entraRig(t, "organizations") // and if nobody asked Check
	id, err := r.signInFrom(members{"iss": entra + tenantA + "/v2.0", "tid": tenantA})
	refused(t, id, err, providers.ErrIDToken, otherIssuer)
	if err := entraRig(t, "organizations", providers.WithTenants(tenantA)).p.(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
}
