package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealedauth/auth/example/bench/contender"
	"github.com/sealedauth/auth/middleware"
	"github.com/sealedauth/auth/middleware/httpauth"
	"github.com/sealedauth/auth/providers"
)

const bare = "Echo without a session"

// measureEcho measures requests whose handler greets the person, without sockets.
func measureEcho(rounds int, slot time.Duration) (bySize, error) {
	all, err := contender.All()
	if err != nil {
		return nil, err
	}
	measured := bySize{}
	for _, size := range contender.Sizes() {
		sessions, err := contender.Sessions(size)
		if err != nil {
			return nil, err
		}
		kit, err := kitJob(sessions)
		if err != nil {
			return nil, err
		}
		jobs := []job{bareJob(), kit}
		for _, c := range all {
			if own, _ := c.Prepare(sessions[0]); own != any(sessions[0]) {
				continue // the handler would have to know its own type
			}
			j, err := codecJob(c, sessions)
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, j)
		}
		if measured[size.Name], err = interleave(jobs, rounds, slot); err != nil {
			return nil, err
		}
	}
	return measured, nil
}

func bareJob() job {
	e := echo.New()
	e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, "hello") })
	return requestJob(bare, e, []*http.Request{contender.Browse(nil)})
}

// kitJob is the whole middleware, not just its codec.
func kitJob(sessions []*contender.Session) (job, error) {
	a, err := httpauth.New(config("https://app.example.com"))
	if err != nil {
		return job{}, err
	}
	e := echo.New()
	e.Use(middleware.Mount(a))
	e.GET("/", func(c echo.Context) error {
		s, ok := middleware.Current(c)
		if !ok {
			return echo.ErrUnauthorized
		}
		return c.String(http.StatusOK, "hello "+s.User.Name)
	})
	var requests []*http.Request
	for _, s := range sessions {
		r, err := kitRequest(a, s)
		if err != nil {
			return job{}, err
		}
		requests = append(requests, r)
	}
	return requestJob(contender.Kit, e, requests), nil
}

// kitRequest returns a request of somebody who is signed in.
func kitRequest(a *httpauth.Auth, s *contender.Session) (*http.Request, error) {
	made, err := a.Cookies(contender.Token(s))
	response := http.Header{}
	for _, c := range made {
		response.Add("Set-Cookie", c.String())
	}
	return contender.Browse(response), err
}

func config(url string) httpauth.Config {
	return httpauth.Config{
		URL: url, Secrets: []string{"0aF9-kLm2-PqR7-sTu4-VwX1-yZb8-cDe5-GhI3"},
		Providers: []providers.Provider{google{}}, Logger: slog.New(slog.DiscardHandler),
	}
}

// google is a provider at which nobody signs in.
type google struct{}

func (google) Info() providers.Info { return providers.Info{ID: "google", Name: "Google"} }

func (google) AuthCodeURL(context.Context, providers.AuthRequest) (string, error) {
	return "", errors.ErrUnsupported
}

func (google) Exchange(context.Context, providers.Callback) (*providers.Identity, error) {
	return nil, errors.ErrUnsupported
}

// codecJob is the least middleware that a codec can have.
func codecJob(c contender.Contender, sessions []*contender.Session) (job, error) {
	p, err := contender.Prepare(c.Codec, sessions)
	if err != nil {
		return job{}, err
	}
	e := echo.New()
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(x echo.Context) error {
			if s, err := c.Decode(x.Request()); err == nil {
				x.Set("session", s)
			}
			return next(x)
		}
	})
	e.GET("/", func(x echo.Context) error {
		s, ok := x.Get("session").(*contender.Session)
		if !ok {
			return echo.ErrUnauthorized
		}
		return x.String(http.StatusOK, "hello "+s.Name)
	})
	return requestJob(c.Name, e, p.Requests), nil
}

func requestJob(name string, e *echo.Echo, requests []*http.Request) job {
	w := &recorder{header: http.Header{}}
	return job{name, func(user int) error {
		clear(w.header)
		w.greeted = false
		e.ServeHTTP(w, requests[user%len(requests)])
		if !w.greeted {
			return errors.New("the handler greets nobody")
		}
		return nil
	}}
}

// recorder is a response of which it is only known whether it greets.
type recorder struct {
	header  http.Header
	greeted bool
}

func (r *recorder) Header() http.Header { return r.header }
func (*recorder) WriteHeader(int)       {}

func (r *recorder) Write(p []byte) (int, error) {
	r.greeted = strings.HasPrefix(string(p), "hello")
	return len(p), nil
}
