package providers_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/sealedauth/auth/providers"
)

func weComEntry() entry {
	return entry{
		make: func(o ...providers.Option) providers.Provider {
			return providers.WeCom("app", "secret", "1000002", o...)
		},
		authorize: "https://login.work.weixin.qq.com/wwlogin/sso/login?agentid=1000002&appid=app&login_type=CorpApp&no_pkce=1",
		other:     &weComPeer{},
		user: providers.User{
			ID: "zhangsan", Name: "张三", Email: "zhangsan@qyycs2.wecom.work", Image: "https://wework.qpic.cn/bizmail/xxx/0",
		},
	}
}

// weComPeer is WeCom, whose app asks with a token of its own.
type weComPeer struct {
	member string // what it says of whose code it is; a member if empty

	mu    sync.Mutex
	codes map[string]bool
}

func (p *weComPeer) isGood(string) bool { return false }

func (p *weComPeer) signIn(authURL string) (url.Values, error) {
	u, err := url.Parse(authURL)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	if q.Get("appid") != "app" || q.Get("agentid") != "1000002" || q.Get("login_type") != "CorpApp" || q.Get("redirect_uri") == "" {
		return nil, fmt.Errorf("not a sign-in: %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.codes == nil {
		p.codes = map[string]bool{}
	}
	code := rand.Text()
	p.codes[code] = true
	return url.Values{"code": {code}, "state": {q.Get("state")}, "appid": {"app"}}, nil
}

// ServeHTTP implements http.Handler.
func (p *weComPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q, code := r.URL.Query(), ""
	answer := `{"errcode":40014,"errmsg":"invalid access_token"}`
	switch place := r.Host + r.URL.Path; {
	case r.Method != http.MethodGet || r.Header.Get("Authorization") != "":
	case place == "qyapi.weixin.qq.com/cgi-bin/gettoken":
		answer = `{"errcode":40001,"errmsg":"invalid credential"}`
		if q.Get("corpid") == "app" && q.Get("corpsecret") == "secret" {
			answer = `{"errcode":0,"errmsg":"ok","access_token":"accesstoken000001","expires_in":7200}`
		}
	case q.Get("access_token") != "accesstoken000001":
	case place == "qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo":
		code = q.Get("code")
		answer = `{"errcode":40029,"errmsg":"invalid code, hint: [1699948127], from ip: 10.0.0.1"}`
		if p.codes[code] {
			answer = `{"errcode":0,"errmsg":"ok","userid":"zhangsan","user_ticket":"USER_TICKET"}`
			if p.member != "" {
				answer = p.member
			}
		}
		delete(p.codes, code)
	case place == "qyapi.weixin.qq.com/cgi-bin/user/get" && q.Get("userid") == "zhangsan":
		answer = `{"errcode":0,"errmsg":"ok","userid":"zhangsan","name":"张三","department":[1,2],"position":"后台工程师","gender":"1",
			"email":"zhangsan@gzdev.com","biz_mail":"zhangsan@qyycs2.wecom.work","avatar":"https://wework.qpic.cn/bizmail/xxx/0","status":1}`
	}
	replyJSON(answer)(w, r)
}

// Who scans the code without being a member of the company is not let in, and what the
// app knows does not get out.
func TestWeComIsForMembers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		member, secret string
		kind           error
		why            string
	}{
		"a customer":     {`{"errcode":0,"errmsg":"ok","openid":"OPENID","external_userid":"EXTERNAL_USERID"}`, "secret", providers.ErrDenied, "not a member"},
		"an empty id":    {`{"errcode":0,"errmsg":"ok","userid":""}`, "secret", providers.ErrDenied, "not a member"},
		"someone else":   {`{"errcode":0,"errmsg":"ok","userid":"lisi"}`, "secret", providers.ErrRejected, "40014"},
		"a wrong secret": {"", "wrong", providers.ErrRejected, "40001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer := &weComPeer{member: c.member}
			p := providers.WeCom("app", c.secret, "1000002")
			ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: serve(peer.ServeHTTP)})
			req := newRequest()
			location, err := p.AuthCodeURL(ctx, req)
			if err != nil {
				t.Fatal(err)
			}
			params, err := peer.signIn(location)
			if err != nil {
				t.Fatal(err)
			}
			id, err := p.Exchange(ctx, providers.Callback{Params: params, RedirectURL: req.RedirectURL, Verifier: req.Verifier})
			refused(t, id, err, c.kind, c.why)
		})
	}
	if err := providers.WeCom("app", "secret", "").(providers.Checker).Check(); err == nil {
		t.Error("no agent is needed")
	}
}

func TestWeComFromTheEnvironment(t *testing.T) {
	t.Setenv("AUTH_WECOM_ID", "ww1")
	t.Setenv("AUTH_WECOM_SECRET", "secret")
	t.Setenv("AUTH_WECOM_AGENT", "1000002")
	found, err := providers.FromEnv()
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", err, found)
	}
	if err := found[0].(providers.Checker).Check(); err != nil {
		t.Error(err)
	}
	location, err := found[0].AuthCodeURL(t.Context(), newRequest())
	if q := parseURL(t, location).Query(); err != nil || q.Get("agentid") != "1000002" || q.Get("appid") != "ww1" {
		t.Errorf("%v, %s", err, location)
	}
}
