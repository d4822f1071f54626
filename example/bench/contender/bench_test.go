package contender_test

import (
	"net/http"
	"testing"

	"github.com/sealedauth/auth/example/bench/contender"
)

// The benchmarks are for benchstat and profiles; the program in the folder above
// measures all contenders in turn, which noise disturbs less.

func BenchmarkDecode(b *testing.B) {
	perform(b, func(c contender.Contender, p *contender.Prepared, i int) error {
		_, err := c.Decode(p.Requests[i])
		return err
	})
}

func BenchmarkEncode(b *testing.B) {
	response := http.Header{}
	perform(b, func(c contender.Contender, p *contender.Prepared, i int) error {
		clear(response)
		return c.Encode(response, p.Requests[i].Header, p.Own[i])
	})
}

func BenchmarkDecodeParallel(b *testing.B) {
	each(b, func(name string, f func(*testing.B)) { b.Run(name, f) },
		func(b *testing.B, c contender.Contender, _ contender.Size, sessions []*contender.Session) {
			p, err := contender.Prepare(c, sessions)
			if err != nil {
				b.Fatal(err)
			}
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if _, err := c.Decode(p.Requests[i%contender.Users]); err != nil {
						b.Error(err)
					}
				}
			})
		})
}

func perform(b *testing.B, op func(c contender.Contender, p *contender.Prepared, i int) error) {
	each(b, func(name string, f func(*testing.B)) { b.Run(name, f) },
		func(b *testing.B, c contender.Contender, _ contender.Size, sessions []*contender.Session) {
			p, err := contender.Prepare(c, sessions)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := op(c, p, i%contender.Users); err != nil {
					b.Fatal(err)
				}
			}
		})
}
