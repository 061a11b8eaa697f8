//go:build interop

package interop

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// zeroPeer is a peer that has every torrent there is, all of it zeros, and the metadata of those that it was told of.
type zeroPeer struct {
	addr  string
	infos map[[20]byte]string
}

// newZeroPeer starts one on the address 127.0.0.last.
func newZeroPeer(t *testing.T, last int, torrents []hostile) *zeroPeer {
	t.Helper()
	z := &zeroPeer{infos: map[[20]byte]string{}}
	for _, x := range torrents {
		z.infos[x.hash()] = x.info
	}
	h := lab.Loopback(t, last)
	z.addr = fmt.Sprintf("%s:%d", h.Addr, lab.Port)
	l := h.Listen(lab.Port)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = z.serve(conn) // why it ends is of no interest
			}()
		}
	}()
	return z
}

// isV2 tells whether an info dictionary is of version 2 alone.
func (x hostile) isV2() bool {
	return strings.Contains(x.info, "12:meta versioni2e") && !strings.Contains(x.info, "6:pieces")
}

// hash is the infohash as handshakes have it.
func (x hostile) hash() (h [20]byte) {
	if x.isV2() {
		sum := sha256.Sum256([]byte(x.info))
		copy(h[:], sum[:])
		return h
	}
	return sha1.Sum([]byte(x.info))
}

// magnet is the link to the torrent.
func (x hostile) magnet() string {
	if x.isV2() {
		sum := sha256.Sum256([]byte(x.info))
		return "magnet:?xt=urn:btmh:1220" + hex.EncodeToString(sum[:])
	}
	sum := sha1.Sum([]byte(x.info))
	return "magnet:?xt=urn:btih:" + hex.EncodeToString(sum[:])
}

var theirMetadata = regexp.MustCompile(`11:ut_metadatai(\d+)e`)

func (z *zeroPeer) serve(conn net.Conn) error {
	in := bufio.NewReader(conn)
	hello, err := peer.ReadHandshake(in)
	if err != nil {
		return err
	}
	info := z.infos[hello.InfoHash]
	ours := peer.Handshake{Reserved: peer.Ours(false), InfoHash: hello.InfoHash, PeerID: [20]byte([]byte("-XX0001-zerozerozero"))}
	if err := ours.Write(conn); err != nil {
		return err
	}
	b := peer.AppendMessage(nil, peer.HaveAll)
	b = peer.AppendExtended(b, 0, fmt.Appendf(nil, "d1:md11:ut_metadatai3ee13:metadata_sizei%dee", len(info)))
	if _, err := conn.Write(peer.AppendMessage(b, peer.Unchoke)); err != nil {
		return err
	}
	number := 0
	for {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return err
		}
		m := make([]byte, min(binary.BigEndian.Uint32(head[:]), 1<<20))
		if _, err := io.ReadFull(in, m); err != nil {
			return err
		}
		var answer []byte
		switch {
		case len(m) == 13 && peer.ID(m[0]) == peer.RequestID:
			n := min(binary.BigEndian.Uint32(m[9:]), 1<<17)
			answer = peer.AppendMessage(nil, peer.Piece, append(append([]byte(nil), m[1:9]...), make([]byte, n)...)...)
		case len(m) > 2 && peer.ID(m[0]) == peer.Extended && m[1] == 0:
			if found := theirMetadata.FindSubmatch(m); found != nil {
				number, _ = strconv.Atoi(string(found[1]))
			}
		case len(m) > 2 && peer.ID(m[0]) == peer.Extended && m[1] == 3:
			answer = metadataPart(info, m[2:], byte(number))
		}
		if _, err := conn.Write(answer); err != nil {
			return err
		}
	}
}

var wantedPart = regexp.MustCompile(`5:piecei(\d+)e`)

// metadataPart answers one request of BEP 9.
func metadataPart(info string, request []byte, number byte) []byte {
	found := wantedPart.FindSubmatch(request)
	if found == nil || number == 0 {
		return nil
	}
	n, _ := strconv.Atoi(string(found[1]))
	from := min(n<<14, len(info))
	part := info[from:min(from+1<<14, len(info))]
	return peer.AppendExtended(nil, number, fmt.Appendf(nil, "d8:msg_typei1e5:piecei%de10:total_sizei%dee%s", n, len(info), part))
}
