package lsd

import (
	"reflect"
	"strings"
	"testing"
)

func hash(i int) (h [20]byte) {
	h[0], h[1], h[19] = byte(i>>8), byte(i), 7
	return h
}

const hex1 = "0001000000000000000000000000000000000007"

func TestMessageFits(t *testing.T) {
	m := message{host: group6.String(), port: 65535, cookie: strings.Repeat("c", 22)}
	for i := range maxHashes {
		m.hashes = append(m.hashes, hash(i))
	}
	b := m.append(nil)
	if len(b) > maxSent {
		t.Errorf("%d infohashes make %d bytes", maxHashes, len(b))
	}
	got, ok := parseMessage(b)
	got.host = m.host
	if !ok || !reflect.DeepEqual(got, m) {
		t.Errorf("read as %+v %v", got, ok)
	}
}

func TestMessageForm(t *testing.T) {
	m := message{host: group4.String(), port: 6881, hashes: [][20]byte{hash(1)}, cookie: "abc"}
	want := "BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\ncookie: abc\r\n\r\n\r\n"
	if got := string(m.append(nil)); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseMessage(t *testing.T) {
	one := message{port: 6881, hashes: [][20]byte{hash(1)}}
	withCookie := one
	withCookie.cookie = "xyz"
	for name, tt := range map[string]struct {
		in   string
		want message
	}{
		"plain":                {"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\n\r\n\r\n", one},
		"other case, no space": {"BT-SEARCH * HTTP/1.1\r\nPORT:6881\r\nINFOHASH:" + strings.ToUpper(hex1) + "\r\nCookie: xyz\r\n\r\n\r\n", withCookie},
		"bare line ends":       {"BT-SEARCH * HTTP/1.1\nPort: 6881\nInfohash: " + hex1 + "\n\n", one},
		"no end":               {"BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1, one},
		"bad infohash besides": {"BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1[1:] + "\r\nInfohash: " + strings.Repeat("z", 40) + "\r\nInfohash: " + hex1 + "\r\n\r\n", one},
		"unknown headers":      {"BT-SEARCH * HTTP/1.1\r\nX: y\r\nnonsense\r\n: \r\nPort: 6881\r\nInfohash: " + hex1 + "\r\n\r\n", one},
		"after the end":        {"BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\n\r\nPort: 1\r\n", one},
	} {
		if got, ok := parseMessage([]byte(tt.in)); !ok || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v %v", name, got, ok)
		}
	}
	for name, in := range map[string]string{
		"nothing":       "",
		"other method":  "M-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\n\r\n",
		"no port":       "BT-SEARCH * HTTP/1.1\r\nInfohash: " + hex1 + "\r\n\r\n",
		"port 0":        "BT-SEARCH * HTTP/1.1\r\nPort: 0\r\nInfohash: " + hex1 + "\r\n\r\n",
		"port too big":  "BT-SEARCH * HTTP/1.1\r\nPort: 65536\r\nInfohash: " + hex1 + "\r\n\r\n",
		"port signed":   "BT-SEARCH * HTTP/1.1\r\nPort: +1\r\nInfohash: " + hex1 + "\r\n\r\n",
		"no infohash":   "BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\n\r\n",
		"long infohash": "BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1 + "00\r\n\r\n",
		"too large":     "BT-SEARCH * HTTP/1.1\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\nX: " + strings.Repeat("x", maxReceived) + "\r\n\r\n",
	} {
		if got, ok := parseMessage([]byte(in)); ok {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\nInfohash: " + hex1 + "\r\ncookie: xyz\r\n\r\n\r\n"))
	f.Add([]byte("BT-SEARCH * HTTP/1.1\nport:1\ninfohash:" + hex1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := parseMessage(b)
		if !ok {
			return
		}
		if m.port == 0 || len(m.hashes) == 0 || len(m.hashes) > maxReceived/40 || len(m.cookie) > maxCookie {
			t.Fatalf("%q is read as %+v", b, m)
		}
		m.hashes = m.hashes[:min(len(m.hashes), maxHashes)]
		if strings.ContainsAny(m.cookie, "\r\n") {
			t.Skip("a bare CR within a line")
		}
		again, ok := parseMessage(m.append(nil))
		if !ok || !reflect.DeepEqual(again, m) {
			t.Fatalf("%+v is read again as %+v", m, again)
		}
	})
}
