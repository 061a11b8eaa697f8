//go:build interop

package mse_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/network/utp"
	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const (
	pieceLength = 1 << 20
	block       = 16 << 10
	pipeline    = 128 // requests
	fileSize    = 24 << 20
)

// libtorrent over TCP and uTP, in the clear and encrypted, gives all its data to us and takes all from us.
func TestLibtorrent(t *testing.T) {
	lab.Libtorrent{}.Need(t)
	host := 40
	for _, over := range []string{"tcp", "utp"} {
		for _, p := range []mse.Policy{mse.Off, mse.Allowed, mse.Preferred, mse.Required} {
			var extra []string
			if over == "utp" {
				extra = append(extra, "--utp")
			}
			if p != mse.Off {
				extra = append(extra, "--encrypted")
			}
			host += 2
			ours, theirs := host, host+1
			if p != mse.Allowed { // that would call them in the clear
				t.Run(fmt.Sprint("from it over ", over, " with ", p), func(t *testing.T) { fetchFrom(t, ours, theirs, over, p, extra) })
			}
			t.Run(fmt.Sprint("to it over ", over, " with ", p), func(t *testing.T) { serveTo(t, ours, theirs, over, p, extra) })
		}
	}
}

// content makes a torrent.
func content(t *testing.T, h *lab.Host) (tor lab.Torrent, infohash [20]byte, data []byte) {
	t.Helper()
	path := lab.WriteFile(t, t.TempDir(), "file.bin", fileSize)
	tor = lab.Libtorrent{}.Create(h, path, pieceLength)
	if _, err := hex.Decode(infohash[:], []byte(tor.InfoHash)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return tor, infohash, data
}

// socket opens a uTP socket on a host of the loopback.
func socket(t *testing.T, host int) *utp.Mux {
	t.Helper()
	pc, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.%d:%d", host, lab.Port))
	if err != nil {
		t.Fatal(err)
	}
	m := utp.New(pc, utp.Options{})
	t.Cleanup(func() { m.Close(); pc.Close() })
	return m
}

func fetchFrom(t *testing.T, ours, theirs int, over string, p mse.Policy, extra []string) {
	h := lab.Loopback(t, theirs)
	tor, infohash, data := content(t, h)
	seeder := lab.Libtorrent{}.Seed(h, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: extra})
	ctx := lab.Within(t, 60*time.Second)
	if err := seeder.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort(fmt.Sprintf("%s:%d", h.Addr, lab.Port))
	var nc net.Conn
	var err error
	if over == "utp" {
		nc, err = socket(t, ours).Dial(ctx, addr)
	} else {
		nc, err = net.Dial("tcp", addr.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(40 * time.Second))
	start := time.Now()
	conn, err := mse.Initiate(ctx, nc, infohash, p)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fetch(conn, infohash)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, data) {
		t.Error("the data is wrong")
	}
	t.Logf("%T: %.0f MB/s", conn, fileSize/time.Since(start).Seconds()/1e6)
}

func serveTo(t *testing.T, ours, theirs int, over string, p mse.Policy, extra []string) {
	h := lab.Loopback(t, theirs)
	tor, infohash, data := content(t, h)
	addr := fmt.Sprintf("127.0.0.%d:%d", ours, lab.Port)
	var l net.Listener
	var err error
	if over == "utp" {
		l = socket(t, ours)
	} else if l, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() {
		nc, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		defer nc.Close()
		nc.SetDeadline(time.Now().Add(40 * time.Second))
		conn, encrypted, err := mse.Receive(nc, slices.Values([][20]byte{infohash}), p)
		if err == nil {
			t.Logf("%T, encrypted: %v", conn, encrypted)
			err = serve(conn, infohash, data)
		}
		served <- err
	}()
	start := time.Now()
	dir := t.TempDir()
	getter := lab.Libtorrent{}.Get(h, lab.Job{Source: tor.File, Dir: dir, Peers: []string{addr}, Extra: extra})
	ctx := lab.Within(t, 60*time.Second)
	if err := getter.Complete(ctx); err != nil {
		select {
		case e := <-served:
			t.Fatal(err, e)
		default:
			t.Fatal(err)
		}
	}
	t.Logf("%.0f MB/s, its start included", fileSize/time.Since(start).Seconds()/1e6)
	getter.Kill()
	<-served
	if err := lab.Same(filepath.Dir(tor.Content), dir, func(name string, _ int64) bool { return name == "file.bin.torrent" }); err != nil {
		t.Error(err)
	}
}

func greet(rw io.ReadWriter, infohash [20]byte) error {
	hello := append([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x00\x00\x00"), infohash[:]...)
	hello = append(hello, "-XX0001-abcdefghijkl"...)
	if _, err := rw.Write(hello); err != nil {
		return err
	}
	theirs := make([]byte, len(hello))
	if _, err := io.ReadFull(rw, theirs); err != nil {
		return fmt.Errorf("read handshake: %w", err)
	}
	if !bytes.Equal(theirs[28:48], infohash[:]) {
		return errors.New("another infohash")
	}
	return nil
}

// message reads one message; a keep-alive is nil.
func message(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint32(n[:]))
	_, err := io.ReadFull(r, b)
	return b, err
}

// fetch is the least that gets a file.
func fetch(rw io.ReadWriter, infohash [20]byte) ([]byte, error) {
	if err := greet(rw, infohash); err != nil {
		return nil, err
	}
	if _, err := rw.Write([]byte{0, 0, 0, 1, 2}); err != nil {
		return nil, err
	}
	data := make([]byte, fileSize)
	asked, got := 0, 0
	for unchoked := false; got < fileSize; {
		b, err := message(rw)
		if err != nil {
			return nil, fmt.Errorf("after %d bytes: %w", got, err)
		}
		if len(b) == 1 && b[0] == 1 {
			unchoked = true
		}
		if len(b) > 9 && b[0] == 7 {
			at := int(binary.BigEndian.Uint32(b[1:]))*pieceLength + int(binary.BigEndian.Uint32(b[5:]))
			got += copy(data[at:], b[9:])
		}
		var requests []byte
		for unchoked && asked < fileSize && asked-got < pipeline*block {
			requests = append(requests, 0, 0, 0, 13, 6)
			requests = binary.BigEndian.AppendUint32(requests, uint32(asked/pieceLength))
			requests = binary.BigEndian.AppendUint32(requests, uint32(asked%pieceLength))
			requests = binary.BigEndian.AppendUint32(requests, block)
			asked += block
		}
		if len(requests) > 0 {
			if _, err := rw.Write(requests); err != nil {
				return nil, err
			}
		}
	}
	return data, nil
}

// serve is the least that gives a file.
func serve(rw io.ReadWriter, infohash [20]byte, data []byte) error {
	if err := greet(rw, infohash); err != nil {
		return err
	}
	pieces := len(data) / pieceLength
	bits := append(binary.BigEndian.AppendUint32(nil, uint32(1+pieces/8)), 5)
	if _, err := rw.Write(append(bits, bytes.Repeat([]byte{255}, pieces/8)...)); err != nil {
		return err
	}
	for {
		b, err := message(rw)
		if err != nil {
			return err
		}
		switch {
		case len(b) == 1 && b[0] == 2:
			_, err = rw.Write([]byte{0, 0, 0, 1, 1})
		case len(b) == 13 && b[0] == 6:
			at := int(binary.BigEndian.Uint32(b[1:]))*pieceLength + int(binary.BigEndian.Uint32(b[5:]))
			n := int(binary.BigEndian.Uint32(b[9:]))
			head := append(binary.BigEndian.AppendUint32(nil, uint32(9+n)), 7)
			_, err = rw.Write(append(append(head, b[1:9]...), data[at:at+n]...))
		}
		if err != nil {
			return err
		}
	}
}
