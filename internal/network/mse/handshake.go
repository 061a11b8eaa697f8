package mse

import (
	"bytes"
	"context"
	"crypto/rc4"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	maxPad     = 512
	maxInitial = 8 << 10          // bytes of payload that may be sent ahead
	timeLimit  = 10 * time.Second // for the whole handshake
)

// vc is the verification constant.
var vc [8]byte

// handshake is one under way.
type handshake struct {
	nc     net.Conn
	secret [keySize]byte
	in     *rc4.Cipher // of what they send
	out    *rc4.Cipher
}

// within runs a handshake on nc, and cuts it short at the time limit or when ctx is done: then the connection's deadline
// is past. Otherwise the deadline is the caller's.
func within(ctx context.Context, nc net.Conn, run func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeLimit, ErrTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		nc.SetDeadline(time.Unix(1, 0)) //nolint:errcheck // a closed connection has ended the handshake
	})
	err := run()
	if !stop() {
		return context.Cause(ctx)
	}
	return err
}

// find reads up to the end of mark, which must come after at most maxPad bytes, and nothing beyond it.
func (h *handshake) find(mark []byte) error {
	buf := make([]byte, 0, maxPad+len(mark))
	for !bytes.HasSuffix(buf, mark) {
		// Not a byte less than this can be missing.
		n := len(mark) - overlap(buf, mark)
		if len(buf)+n > cap(buf) {
			return fmt.Errorf("%w: no end of its padding", ErrHandshake)
		}
		buf = buf[:len(buf)+n]
		if _, err := io.ReadFull(h.nc, buf[len(buf)-n:]); err != nil {
			return err
		}
	}
	return nil
}

// overlap is the length of the longest end of b that mark begins with.
func overlap(b, mark []byte) int {
	n := min(len(b), len(mark)-1)
	for !bytes.HasPrefix(mark, b[len(b)-n:]) {
		n--
	}
	return n
}

// decrypt reads n encrypted bytes.
func (h *handshake) decrypt(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(h.nc, b); err != nil {
		return nil, err
	}
	h.in.XORKeyStream(b, b)
	return b, nil
}

// skipPad reads padding of a length that was told, and n bytes after it, which it returns.
func (h *handshake) skipPad(length uint16, n int) ([]byte, error) {
	if length > maxPad {
		return nil, fmt.Errorf("%w: %d bytes of padding", ErrHandshake, length)
	}
	b, err := h.decrypt(int(length) + n)
	if err != nil {
		return nil, err
	}
	return b[length:], nil
}

// write sends bytes, encrypted from the one at on.
func (h *handshake) write(b []byte, from int) error {
	if h.out != nil {
		h.out.XORKeyStream(b[from:], b[from:])
	}
	_, err := h.nc.Write(b)
	return err
}

// done makes the connection for the payload: initial has come ahead.
func (h *handshake) done(m method, initial []byte) net.Conn {
	if m == stream {
		return &Conn{Conn: h.nc, in: h.in, out: h.out, rest: initial}
	}
	return replay(h.nc, initial)
}
