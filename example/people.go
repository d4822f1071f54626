package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sealedauth/auth/providers"
	"github.com/sealedauth/auth/providers/providertest"
)

// people are the accounts of the demo provider.
func people() []providertest.User {
	var groups []string
	for i := range 160 {
		groups = append(groups, fmt.Sprintf("department-%03d/readers", i))
	}
	return []providertest.User{
		{Subject: "alice", Name: "Alice Arendt", Email: "alice@example.com", About: "administrator"},
		{Subject: "bob", Name: "Bob Baker", Email: "bob@example.com", About: "member"},
		{Subject: "carol", Name: "Carol Chen", Email: "carol@example.com", About: "in 160 groups, so her session takes two cookies",
			Claims: map[string]any{"groups": groups}},
	}
}

// database stands for the application's own: it knows what role somebody has and
// since when they have been here. The kit itself needs none.
type database struct {
	mu    sync.Mutex
	users map[string]person
}

type person struct {
	Email     string
	Role      string
	CreatedAt time.Time
}

// findOrCreate returns the person with this id, who is new at the first sign-in.
func (d *database) findOrCreate(_ context.Context, id string, u *providers.User) (person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.users[id]
	if !ok {
		p = person{Email: u.Email, Role: "member", CreatedAt: time.Now().UTC().Truncate(time.Second)}
		if id == "demo|alice" {
			p.Role = "admin"
		}
		d.users[id] = p
	}
	return p, nil
}

// journal keeps what happened last to each person, for their home page.
type journal struct {
	mu      sync.Mutex
	entries map[string][]entry
}

type entry struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func (j *journal) add(person, text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	entries := append([]entry{{time.Now(), text}}, j.entries[person]...)
	j.entries[person] = entries[:min(len(entries), 8)]
}

func (j *journal) of(person string) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]entry{}, j.entries[person]...)
}
