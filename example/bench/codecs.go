package main

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/sealedauth/auth/example/bench/contender"
)

// bySize are results for each size of the content.
type bySize map[string]*results

// codecs is what was measured of the codecs.
type codecs struct {
	contenders     []contender.Contender
	decode, encode bySize
	cookies        map[string]map[string]cookies // by size and name
}

// cookies is the size of what a browser sends.
type cookies struct{ bytes, count int }

func measureCodecs(rounds int, slot time.Duration) (*codecs, error) {
	all, err := contender.All()
	if err != nil {
		return nil, err
	}
	c := &codecs{all, bySize{}, bySize{}, map[string]map[string]cookies{}}
	for _, size := range contender.Sizes() {
		if err := c.measure(size, rounds, slot); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *codecs) measure(size contender.Size, rounds int, slot time.Duration) error {
	sessions, err := contender.Sessions(size)
	if err != nil {
		return err
	}
	var decode, encode []job
	sent := map[string]cookies{}
	response := http.Header{}
	for _, x := range c.contenders {
		p, err := contender.Prepare(x.Codec, sessions)
		if err != nil {
			return fmt.Errorf("%s: %w", x.Name, err)
		}
		decode = append(decode, job{x.Name, func(user int) error {
			_, err := x.Decode(p.Requests[user])
			return err
		}})
		encode = append(encode, job{x.Name, func(user int) error {
			clear(response)
			return x.Encode(response, p.Requests[user].Header, p.Own[user])
		}})
		line := p.Requests[0].Header.Get("Cookie")
		sent[x.Name] = cookies{len(line), len(p.Requests[0].Cookies())}
	}
	c.cookies[size.Name] = sent
	if c.decode[size.Name], err = interleave(decode, rounds, slot); err != nil {
		return fmt.Errorf("decode %s: %w", size.Name, err)
	}
	if c.encode[size.Name], err = interleave(encode, rounds, slot); err != nil {
		return fmt.Errorf("encode %s: %w", size.Name, err)
	}
	return nil
}

// bestPeer returns how much longer than the kit the fastest peer takes to decode.
func (c *codecs) bestPeer(size string) float64 {
	best := math.Inf(1)
	for _, x := range c.contenders {
		if x.Peer {
			best = min(best, c.decode[size].ratio(x.Name, contender.Kit))
		}
	}
	return best
}

// details returns a table for each direction and one of the sizes.
func (c *codecs) details() []table {
	sizes := table{title: "Cookies that a request carries, bytes / number", head: []string{"", "S", "M", "L"}}
	for _, x := range c.contenders {
		row := []string{x.Name}
		for _, size := range contender.Sizes() {
			s := c.cookies[size.Name][x.Name]
			row = append(row, fmt.Sprintf("%d / %d", s.bytes, s.count))
		}
		sizes.rows = append(sizes.rows, row)
	}
	return []table{
		c.decode.details("Decode: Cookie header → authenticated claims"),
		c.encode.details("Encode: claims → Set-Cookie"), sizes,
	}
}

// details returns a table of all jobs: the time, in terms of the limit, and memory.
func (b bySize) details(title string) table {
	t := table{title: title, head: []string{"", "S ns", "÷ 8b", "M ns", "÷ 8b", "L ns", "÷ 8b", "bytes of memory S / M / L", "allocations"}}
	for _, name := range b["S"].names {
		row := []string{name}
		for _, size := range contender.Sizes() {
			r := b[size.Name]
			row = append(row, fmt.Sprintf("%.0f", median(r.of[name].ns)), fmt.Sprintf("%.2f", r.ratio(name, contender.Limit)))
		}
		s, m, l := b["S"].of[name], b["M"].of[name], b["L"].of[name]
		t.rows = append(t.rows, append(row, fmt.Sprintf("%.0f / %.0f / %.0f", s.bytes, m.bytes, l.bytes),
			fmt.Sprintf("%.0f / %.0f / %.0f", s.allocs, m.allocs, l.allocs)))
	}
	return t
}
