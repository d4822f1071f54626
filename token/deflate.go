package token

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

const (
	deflateLevel = 6
	maxInflated  = 64 << 10 // bytes; what is larger is no session, whatever it was before
)

// NewCompressingCodec returns a codec like that of [NewCodec], which also opens tokens
// that are compressed (zip DEF, RFC 7516 section 4.1.3), and writes them so where that
// saves a cookie. Every instance has to open them before one writes them. The sealer is
// not to be used by anything else.
//
// It is off unless it is asked for, because the length of a cookie then depends on what
// is in it: whoever can choose one claim and see the length of the traffic, can find out
// by many tries whether another claim resembles it (CRIME). A session whose claims are
// chosen by the provider and the application alone tells nothing that way.
func NewCompressingCodec(s *Sealer) *Codec {
	s.inflates = true
	c := NewCodec(s)
	c.deflate = new(deflate)
	return c
}

// deflate compresses and decompresses, with memory that is used again.
type deflate struct{ writers, readers sync.Pool }

// compress appends the compressed form of plain.
func (d *deflate) compress(dst, plain []byte) ([]byte, error) {
	out := bytes.NewBuffer(dst)
	w, ok := d.writers.Get().(*flate.Writer)
	if ok {
		w.Reset(out)
	} else {
		var err error
		if w, err = flate.NewWriter(out, deflateLevel); err != nil {
			return nil, err
		}
	}
	defer d.writers.Put(w)
	_, err := w.Write(plain)
	err = errors.Join(err, w.Close())
	return out.Bytes(), err
}

// decompress returns what was compressed, if that is a whole stream and nothing else.
func (d *deflate) decompress(packed []byte) (string, error) {
	in := bytes.NewReader(packed)
	r, ok := d.readers.Get().(io.ReadCloser)
	if ok {
		if err := r.(flate.Resetter).Reset(in, nil); err != nil { //nolint:forcetypeassert // it is one of flate's
			return "", err
		}
	} else {
		r = flate.NewReader(in)
	}
	defer d.readers.Put(r)
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, maxInflated+1))
	if err != nil || n > maxInflated || in.Len() > 0 {
		return "", errInflate
	}
	return out.String(), nil
}

var errInflate = errors.New("token: not the compressed form of a session")
