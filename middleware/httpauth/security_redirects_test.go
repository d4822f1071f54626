package httpauth_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// redirects is testdata/redirects.json: the list of section 7.1 of the checklist by
// its numbers, and what has to be honoured. example/e2e gives the same to a browser.
type redirects struct {
	Nasty   map[string][]string `json:"nasty"`   // targets that lead to the start page
	Queries map[string][]string `json:"queries"` // whole queries that do
	Good    map[string]string   `json:"good"`    // with what the browser is sent to
}

func redirectList() (list redirects) {
	text, err := os.ReadFile("testdata/redirects.json")
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		panic(err) // it is part of the source
	}
	list.Nasty["77"] = []string{"/" + strings.Repeat("a", 2048), "/" + strings.Repeat("a", 10000)}
	return list
}

// nasty are redirect targets that have to lead to the start page, whatever parser a
// browser has: literally, and decoded once more.
func nasty() (all []string) {
	for _, targets := range redirectList().Nasty {
		all = append(all, targets...)
	}
	for _, raw := range slices.Clone(all) {
		if decoded, err := url.PathUnescape(raw); err == nil && decoded != raw {
			all = append(all, decoded)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// good are targets that have to be honoured, with what the browser is sent to.
func good() map[string]string { return redirectList().Good }

// The list is the one of the checklist: each of its eighty numbers is there.
func TestS_110_TheListIsWhole(t *testing.T) {
	t.Parallel()
	list := redirectList()
	for n := 1; n <= 80; n++ {
		number := strconv.Itoa(n)
		ok := len(list.Nasty[number])+len(list.Queries[number]) > 0
		switch n {
		case 70, 71: // are allowed, since they stay on the application's own origin
			ok = list.Good[map[int]string{70: "?next=//evil.com", 71: "#//evil.com"}[n]] != ""
		}
		if !ok {
			t.Errorf("number %d of section 7.1 is missing", n)
		}
	}
	if n := len(nasty()); n < 110 {
		t.Errorf("only %d targets", n)
	}
}

// Numbers 75 to 77: two targets, a target under another name, and one that is longer
// than any request may be.
func TestS_110_S_112_NotOneTarget(t *testing.T) {
	t.Parallel()
	b := newApp(t).browser()
	for number, queries := range redirectList().Queries {
		for _, query := range queries {
			form, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(number, err)
			}
			if r := b.post("/auth/signout", form); r.location() != appURL+"/" {
				t.Errorf("%s in a form leads to %s", query, r.location())
			}
			if r := b.post("/auth/signout?"+query, nil); r.location() != appURL+"/" {
				t.Errorf("%s in a query leads to %s", query, r.location())
			}
		}
	}
	r := b.post("/auth/signout", url.Values{"callbackUrl": {"/" + strings.Repeat("a", 1000000)}})
	if r.StatusCode != http.StatusRequestEntityTooLarge || r.location() != "" {
		t.Errorf("a million characters: %d %s", r.StatusCode, r.location())
	}
}
