package session

import (
	"errors"
	"io"
	"net"
	"testing"
)

// Whoever has said nothing yet goes when the session does, and whoever comes then goes at once.
func TestLobbyCloses(t *testing.T) {
	l := new(lobby)
	here, there := net.Pipe()
	leave := l.enter(here)
	l.close()
	late, other := net.Pipe()
	l.enter(late)()
	leave()
	for _, end := range []net.Conn{there, other} {
		if _, err := end.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("read from a guest: %v", err)
		}
	}
	if len(l.guests) > 0 {
		t.Errorf("%d guests are left", len(l.guests))
	}
}
