package dht

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"
)

// tokenTime is how long one secret signs tokens. The one before it is still honoured, so that a token
// is good for five to ten minutes, as BEP 5 describes.
const tokenTime = 5 * time.Minute

// tokens issues the tokens that prove, in an announce, that its sender reads what is sent to its
// address. The zero value is ready for use.
type tokens struct {
	mu        sync.Mutex
	secret    [16]byte
	last      [16]byte
	changedAt time.Time
}

func (t *tokens) secrets() (now, last [16]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch age := time.Since(t.changedAt); {
	case age >= 2*tokenTime:
		rand.Read(t.secret[:])
		fallthrough // a secret this old signed nothing that is still good
	case age >= tokenTime:
		t.last = t.secret
		rand.Read(t.secret[:])
		t.changedAt = time.Now()
	}
	return t.secret, t.last
}

func sign(secret [16]byte, to netip.Addr) []byte {
	h := hmac.New(sha256.New, secret[:])
	h.Write(to.AsSlice())
	return h.Sum(nil)[:8]
}

// issue returns the token for the node at an address.
func (t *tokens) issue(to netip.Addr) []byte {
	now, _ := t.secrets()
	return sign(now, to)
}

// valid reports whether a token was issued to that address lately.
func (t *tokens) valid(token []byte, from netip.Addr) bool {
	now, last := t.secrets()
	return hmac.Equal(token, sign(now, from)) || hmac.Equal(token, sign(last, from))
}
