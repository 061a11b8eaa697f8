package mse

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// recorded is a connection that says what it was given, then ends.
type recorded struct {
	io.Reader
}

func (recorded) Write(p []byte) (int, error)      { return len(p), nil }
func (recorded) Close() error                     { return nil }
func (recorded) LocalAddr() net.Addr              { return nil }
func (recorded) RemoteAddr() net.Addr             { return nil }
func (recorded) SetDeadline(time.Time) error      { return nil }
func (recorded) SetReadDeadline(time.Time) error  { return nil }
func (recorded) SetWriteDeadline(time.Time) error { return nil }

// Whatever comes, a plain handshake is recognised, nothing else is, and no byte of a plain one is lost.
func FuzzReceive(f *testing.F) {
	f.Add([]byte(plain+"12345678"), 1)
	f.Add(bytes.Repeat([]byte{7}, 700), 2)
	f.Add([]byte{}, 3)
	f.Fuzz(func(t *testing.T, b []byte, policy int) {
		p := Policy(policy & 3)
		nc, encrypted, err := receive(recorded{bytes.NewReader(b)}, p)
		isPlain := bytes.HasPrefix(b, []byte(plain)) && p != Required
		if (err == nil) != isPlain || encrypted {
			t.Fatalf("%v: %v, encrypted %v", p, err, encrypted)
		}
		if err == nil {
			if got, err := io.ReadAll(nc); err != nil || !bytes.Equal(got, b) {
				t.Fatalf("%q became %q, %v", b, got, err)
			}
		}
	})
}

// The part of the handshake that follows the key exchange, with the secret known.
func FuzzOffer(f *testing.F) {
	good := append(append([]byte(nil), vc[:]...), 0, 0, 0, 3, 0, 2, 9, 9, 0, 3, 'a', 'b', 'c', 'd')
	f.Add(good)
	f.Add(good[:10])
	f.Fuzz(func(t *testing.T, b []byte) {
		sent := bytes.Clone(b)
		cipher("keyA", [keySize]byte{}, here).XORKeyStream(sent, sent)
		h := handshake{nc: recorded{bytes.NewReader(sent)}, in: cipher("keyA", [keySize]byte{}, here)}
		offered, initial, err := h.readOffer()
		if err != nil {
			return
		}
		if len(initial) > maxInitial || !bytes.Contains(b, initial) || !bytes.HasPrefix(b, vc[:]) {
			t.Fatalf("%x: offered %d, ahead %x", b, offered, initial)
		}
	})
}
