package mse

import (
	"crypto/rc4"
	"net"
	"sync"
)

// maxChunk is how many bytes are encrypted for one write.
const maxChunk = 64 << 10

// Conn is a connection whose payload is encrypted with RC4. Its methods are safe for use by several goroutines.
// After a Write that failed all others fail: the other side could not decrypt what follows.
type Conn struct {
	net.Conn

	reading sync.Mutex
	in      *rc4.Cipher
	rest    []byte // came ahead, decrypted

	writing sync.Mutex
	out     *rc4.Cipher
	chunk   []byte
	failed  error
}

// Read decrypts in place what one read of the connection brings.
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.rest) > 0 {
		n := copy(p, c.rest)
		if c.rest = c.rest[n:]; len(c.rest) == 0 {
			c.rest = nil
		}
		return n, nil
	}
	n, err := c.Conn.Read(p)
	c.in.XORKeyStream(p[:n], p[:n])
	return n, err
}

// Write encrypts a copy of p and sends it.
func (c *Conn) Write(p []byte) (int, error) {
	n, err := c.WriteBuffers([][]byte{p})
	return int(n), err
}

// WriteBuffers is Write for several slices at once: many small ones go with one write of the connection. The slices stay as they are.
func (c *Conn) WriteBuffers(bufs [][]byte) (total int64, err error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	c.chunk = c.chunk[:0]
	for _, p := range bufs {
		for len(p) > 0 {
			n := min(len(p), maxChunk-len(c.chunk))
			at := len(c.chunk)
			c.chunk = append(c.chunk, p[:n]...)
			if c.failed == nil {
				c.out.XORKeyStream(c.chunk[at:], c.chunk[at:])
			}
			p = p[n:]
			if len(c.chunk) == maxChunk {
				if err := c.flush(&total); err != nil {
					return total, err
				}
			}
		}
	}
	err = c.flush(&total)
	return total, err
}

// flush sends what is encrypted.
func (c *Conn) flush(total *int64) error {
	if c.failed != nil {
		return c.failed
	}
	if len(c.chunk) == 0 {
		return nil
	}
	n, err := c.Conn.Write(c.chunk)
	*total += int64(n)
	c.chunk = c.chunk[:0]
	c.failed = err
	return err
}
