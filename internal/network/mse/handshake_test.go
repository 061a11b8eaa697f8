package mse

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// receive runs Receive for the torrent that is here.
func receive(nc net.Conn, p Policy) (net.Conn, bool, error) {
	return Receive(nc, slices.Values([][20]byte{here}), p)
}

func TestUnknownTorrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pipe(t)
		s := shake(a, b, there, [][20]byte{here}, Required, Allowed)
		if !errors.Is(s.inErr, ErrTorrent) || s.outErr == nil {
			t.Errorf("errors: %v; %v", s.inErr, s.outErr)
		}
	})
}

// Either side waits ten seconds at most, whatever the other one has sent so far, and leaves nothing behind.
func TestStalls(t *testing.T) {
	starts := map[string][]byte{
		"nothing":           nil,
		"a part of a plain": []byte(plain[:7]),
		"a part of a key":   make([]byte, 50),
		"a key":             bytes.Repeat([]byte{7}, keySize),
		"some padding":      bytes.Repeat([]byte{7}, keySize+300),
	}
	for name, start := range starts {
		for _, calls := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				a, b := pipe(t)
				if _, err := a.Write(start); err != nil {
					t.Fatal(err)
				}
				go io.Copy(io.Discard, a)
				begin := time.Now()
				var err error
				if calls {
					_, err = Initiate(t.Context(), b, here, Required)
				} else {
					_, _, err = receive(b, Allowed)
				}
				if !errors.Is(err, ErrTimeout) {
					t.Errorf("%s, calls %v: %v", name, calls, err)
				}
				if took := time.Since(begin); took != timeLimit {
					t.Errorf("%s, calls %v: it took %v", name, calls, took)
				}
			})
		}
	}
}

// A byte now and then does not keep a handshake alive.
func TestTrickle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pipe(t)
		go func() {
			for {
				time.Sleep(time.Second)
				if _, err := a.Write([]byte{9}); err != nil {
					return
				}
			}
		}()
		if _, _, err := receive(b, Allowed); !errors.Is(err, ErrTimeout) {
			t.Error(err)
		}
		a.Close()
		time.Sleep(2 * time.Second)
	})
}

func TestEnds(t *testing.T) {
	tests := []struct {
		name string
		end  func(cancel context.CancelFunc, nc net.Conn)
		want error
	}{
		{"context", func(cancel context.CancelFunc, _ net.Conn) { cancel() }, context.Canceled},
		{"deadline", func(_ context.CancelFunc, nc net.Conn) { nc.SetDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"close", func(_ context.CancelFunc, nc net.Conn) { nc.Close() }, io.ErrClosedPipe},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, b := pipe(t)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(time.Second, func() { tt.end(cancel, b) })
				if _, err := Initiate(ctx, b, here, Required); !errors.Is(err, tt.want) {
					t.Errorf("%v, want %v", err, tt.want)
				}
			})
		})
	}
}

// The deadline that the caller has set is there after the handshake.
func TestKeepsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pipe(t)
		at := time.Now().Add(3 * time.Second)
		a.SetDeadline(at)
		b.SetDeadline(at)
		s := shake(a, b, here, [][20]byte{here}, Required, Required)
		if s.inErr != nil || s.outErr != nil {
			t.Fatal(s.inErr, s.outErr)
		}
		for _, nc := range []net.Conn{s.in, s.out} {
			if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || !time.Now().Equal(at) {
				t.Error(err, time.Until(at))
			}
		}
	})
}

// Garbage is told from a handshake, and is refused once more of it has come than padding can be.
func TestGarbage(t *testing.T) {
	garbage := make([]byte, 4096)
	rand.Read(garbage)
	for name, b := range map[string][]byte{
		"random": garbage, "zeros": make([]byte, 4096), "ones": bytes.Repeat([]byte{255}, 4096),
		"http": append([]byte("GET /announce HTTP/1.1\r\nHost: tracker\r\n\r\n"), garbage...),
	} {
		for _, calls := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				from, to := pipe(t)
				if _, err := from.Write(b); err != nil {
					t.Fatal(err)
				}
				go io.Copy(io.Discard, from)
				begin := time.Now()
				var err error
				if calls {
					_, err = Initiate(t.Context(), to, here, Preferred)
				} else {
					_, _, err = receive(to, Preferred)
				}
				if !errors.Is(err, ErrHandshake) || time.Since(begin) > 0 {
					t.Errorf("%s, calls %v: %v after %v", name, calls, err, time.Since(begin))
				}
			})
		}
	}
}

// caller does the first half of a handshake by hand, up to where it offers something.
func caller(t *testing.T, nc net.Conn) *handshake {
	t.Helper()
	h := &handshake{nc: nc}
	e := newExchange()
	if err := h.sendKey(e); err != nil {
		t.Fatal(err)
	}
	if err := h.readKey(e, nil); err != nil {
		t.Fatal(err)
	}
	h.in, h.out = cipher("keyB", h.secret, here), cipher("keyA", h.secret, here)
	return h
}

// offer is what a caller says then.
func (h *handshake) offer(constant [8]byte, methods uint32, pad uint16, initial []byte) error {
	req1, named := hash("req1", h.secret[:]), ask(h.secret, here)
	b := append(req1[:], named[:]...)
	b = append(b, constant[:]...)
	b = binary.BigEndian.AppendUint32(b, methods)
	b = binary.BigEndian.AppendUint16(b, pad)
	b = append(b, make([]byte, pad)...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(initial)))
	return h.write(append(b, initial...), 40)
}

func TestOffers(t *testing.T) {
	initial := bytes.Repeat([]byte("ahead"), 50)
	tests := []struct {
		name     string
		constant [8]byte
		methods  uint32
		pad      uint16
		initial  []byte
		policy   Policy
		chosen   uint32
		err      error
	}{
		{"payload ahead, encrypted", vc, 2, 512, initial, Allowed, 2, nil},
		{"payload ahead, in the clear", vc, 1, 0, initial, Preferred, 1, nil},
		{"both, allowed", vc, 3, 3, initial, Allowed, 1, nil},
		{"both, preferred", vc, 3, 3, nil, Preferred, 2, nil},
		{"more than there is", vc, 0xffffffff, 3, nil, Preferred, 2, nil},
		{"in the clear, encryption required", vc, 1, 3, nil, Required, 0, ErrPlain},
		{"nothing that is known", vc, 0xfffffffc, 0, nil, Allowed, 0, ErrPlain},
		{"another constant", [8]byte{1}, 3, 0, nil, Allowed, 0, ErrHandshake},
		{"too much padding", vc, 3, 513, nil, Allowed, 0, ErrHandshake},
		{"too much ahead", vc, 3, 0, make([]byte, maxInitial+1), Allowed, 0, ErrHandshake},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := pipe(t)
				go func() {
					h := caller(t, a)
					if err := h.offer(tt.constant, tt.methods, tt.pad, tt.initial); err != nil || tt.err != nil {
						return
					}
					mark := make([]byte, 8)
					h.in.XORKeyStream(mark, mark)
					if err := h.find(mark); err != nil {
						t.Error(err)
						return
					}
					reply, err := h.decrypt(6)
					if err != nil || binary.BigEndian.Uint32(reply) != tt.chosen {
						t.Errorf("chosen: %x, %v", reply, err)
					}
					h.write([]byte("more"), map[uint32]int{1: 4, 2: 0}[tt.chosen])
				}()
				nc, _, err := receive(b, tt.policy)
				if !errors.Is(err, tt.err) {
					t.Fatalf("%v, want %v", err, tt.err)
				}
				if tt.err != nil {
					return
				}
				want := string(tt.initial) + "more"
				got := make([]byte, len(want))
				if _, err := io.ReadFull(nc, got); err != nil || string(got) != want {
					t.Errorf("read %q, %v", got, err)
				}
				if tt.chosen == 1 && Unwrap(nc) != b {
					t.Error("the connection in the clear is not the one below")
				}
			})
		})
	}
}

// A side that was called may choose only what was offered.
func TestChosen(t *testing.T) {
	for chosen, fine := range map[uint32]bool{0: false, 1: false, 2: true, 3: false, 4: false} {
		synctest.Test(t, func(t *testing.T) {
			a, b := pipe(t)
			go func() {
				h := &handshake{nc: b}
				e := newExchange()
				if err := h.readKey(e, nil); err != nil {
					t.Error(err)
				}
				h.sendKey(e)
				h.in, h.out = cipher("keyA", h.secret, here), cipher("keyB", h.secret, here)
				reply := binary.BigEndian.AppendUint32(append([]byte(nil), vc[:]...), chosen)
				h.write(append(reply, 0, 0), 0)
				io.Copy(io.Discard, b)
			}()
			_, err := Initiate(t.Context(), a, here, Required)
			if fine != (err == nil) || err != nil && !errors.Is(err, ErrHandshake) {
				t.Errorf("chosen %d: %v", chosen, err)
			}
		})
	}
}

// A payload that goes with the handshake comes first, encrypted or not.
func TestPayloadAhead(t *testing.T) {
	for from := Off; from <= Required; from++ {
		for to := Allowed; to <= Preferred; to++ {
			synctest.Test(t, func(t *testing.T) {
				a, b := pipe(t)
				go func() {
					nc, err := InitiateWith(t.Context(), a, here, from, []byte(plain+"infohash"))
					if err != nil {
						t.Error(err)
						return
					}
					nc.Write([]byte(" and more"))
				}()
				nc, _, err := receive(b, to)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(plain)+17)
				if _, err := io.ReadFull(nc, got); err != nil || string(got) != plain+"infohash and more" {
					t.Errorf("%v to %v: %q, %v", from, to, got, err)
				}
			})
		}
	}
	a, _ := pipe(t)
	if _, err := InitiateWith(t.Context(), a, here, Required, make([]byte, maxInitial+1)); err == nil {
		t.Error("more than may go ahead was taken")
	}
}
