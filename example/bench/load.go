package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// connections is how many clients ask at the same time.
const connections = 16

// load asks for the session until a time, and returns how many answers came.
func load(address, cookie string, until time.Time) (int64, error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, err
	}
	request := fmt.Sprintf("GET /auth/session HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n\r\n", u.Host, cookie)
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var wait sync.WaitGroup
	for range connections {
		wait.Go(func() {
			n, err := ask(u.Host, request, until)
			if done.Add(n); err != nil {
				failed.Store(&err)
			}
		})
	}
	wait.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return done.Load(), nil
}

// ask sends a request again and again on one connection. The client of net/http would
// cost more than the server that is measured.
func ask(host, request string, until time.Time) (n int64, err error) {
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.Replace(host, "localhost", "127.0.0.1", 1))
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 16<<10)
	for ; time.Now().Before(until); n++ {
		if _, err := io.WriteString(conn, request); err != nil {
			return n, err
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			return n, err
		}
		if answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "ada00@example.com") {
			return n, fmt.Errorf("GET /auth/session: %s %q", answer.Status, body)
		}
	}
	return n, nil
}
