package token

// lengths are those of the base64url texts of nonce and tag.
type lengths struct{ iv, tag int }

// gcm returns the lengths of A256GCM: a nonce of 96 bits and a tag of 128.
func gcm() lengths { return lengths{16, 22} }

// text is a text in either of its forms.
type text interface{ ~string | ~[]byte }

// canonical checks what follows the header and its dot: an empty key, a nonce, the
// ciphertext and a tag of exactly the right lengths, each in the one base64url
// spelling that its bytes have.
func canonical[T text](sealed T, from int, want lengths) bool {
	iv := from + len(".")
	dot := iv + want.iv
	last := len(sealed) - want.tag - len(".")
	return last > dot && sealed[from] == '.' && sealed[dot] == '.' && sealed[last] == '.' &&
		base64url(sealed[iv:dot]) && base64url(sealed[dot+1:last]) && base64url(sealed[last+1:])
}

// base64url reports whether s is unpadded base64url without foreign characters
// and without stray bits at its end. encoding/base64 skips line breaks, so it
// cannot be asked.
func base64url[T text](s T) bool {
	for i := range len(s) {
		if digit(s[i]) < 0 {
			return false
		}
	}
	switch len(s) % 4 {
	case 0:
		return true
	case 2:
		return digit(s[len(s)-1])&0b1111 == 0
	case 3:
		return digit(s[len(s)-1])&0b11 == 0
	}
	return false
}

func digit(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '-':
		return 62
	case c == '_':
		return 63
	}
	return -1
}
