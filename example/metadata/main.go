// Command metadata prints what an OpenID provider says about itself, to be given to the
// kit by providers.WithMetadata, so that no instance has to fetch it:
//
//	go run ./example/metadata https://accounts.google.com > metadata.json
//	go run ./example/metadata -keys https://accounts.google.com > keys.json
//
// The second is for providers.WithKeys. Keys that are given are never fetched anew, so
// it is only for providers whose keys you change yourself.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const limit = 1 << 20 // bytes of a document

func main() {
	keys := flag.Bool("keys", false, "print the key set instead of the metadata")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(os.Stderr, "usage: metadata [-keys] <issuer>, such as https://accounts.google.com")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, flag.Arg(0), *keys); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "metadata:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, issuer string, keys bool) error {
	document, err := fetch(strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration")
	if err != nil {
		return err
	}
	var said struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(document, &said); err != nil {
		return errors.New("the metadata is no JSON object")
	}
	if said.Issuer != issuer {
		return fmt.Errorf("the metadata is of %q; name that issuer, to the letter, if it is the one you mean", said.Issuer)
	}
	if keys {
		if document, err = fetch(said.JWKSURI); err != nil {
			return err
		}
	}
	_, err = w.Write(document)
	return err
}

// fetch fetches a document, by TLS unless it is on this machine.
func fetch(where string) ([]byte, error) {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%q is not a URL such as https://accounts.google.com", where)
	}
	if u.Scheme != "https" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return nil, fmt.Errorf("%s has to be https", where)
	}
	client := http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Get(where)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", where, err)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s answers %s", where, resp.Status)
	case !json.Valid(body):
		return nil, fmt.Errorf("%s is no JSON", where)
	}
	return body, nil
}
