//go:build interop

package interop

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"golang.org/x/time/rate"

	"github.com/shoal-project/shoal/internal/peer"
)

// storm appends what a peer sends that means no good: a message, or what passes for one.
type storm func(r *rand.Rand, b []byte) []byte

// noise is n bytes of anything.
func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func word(r *rand.Rand) []byte { return binary.BigEndian.AppendUint32(nil, r.Uint32()) }

// stormKinds are all that attackers do once the handshake is over.
var stormKinds = []storm{
	// Random bytes, messages of every kind with random content, and lengths that are wrong.
	func(r *rand.Rand, b []byte) []byte { return append(b, noise(r, 1000)...) },
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, peer.ID(r.IntN(25)), noise(r, r.IntN(60))...)
	},
	func(r *rand.Rand, b []byte) []byte { return append(append(b, word(r)...), byte(r.IntN(25))) },
	func(_ *rand.Rand, b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff, byte(peer.Piece)) },
	func(r *rand.Rand, b []byte) []byte {
		return append(binary.BigEndian.AppendUint32(b, 9+1<<17), append([]byte{byte(peer.Piece)}, noise(r, 50)...)...)
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, []peer.ID{peer.Have, peer.RequestID, peer.Cancel, peer.Choke, peer.Piece}[r.IntN(5)], noise(r, r.IntN(20))...)
	},
	// Valid, but absurd.
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, peer.RequestID, peer.Request{Index: uint32(r.IntN(50)), Length: 1 << 14})
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, peer.RequestID, peer.Request{Index: r.Uint32(), Begin: r.Uint32(), Length: r.Uint32()})
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, []peer.ID{peer.Cancel, peer.Reject}[r.IntN(2)], peer.Request{Index: uint32(r.IntN(50)), Length: 1 << 14})
	},
	func(r *rand.Rand, b []byte) []byte { return peer.AppendIndex(b, peer.Have, uint32(r.IntN(100))) },
	func(_ *rand.Rand, b []byte) []byte { return peer.AppendMessage(b, peer.HaveAll) },
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, peer.Bitfield, noise(r, r.IntN(200_000))...)
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, []peer.ID{peer.Interested, peer.NotInterested, peer.Choke, peer.Unchoke}[r.IntN(4)])
	},
	func(r *rand.Rand, b []byte) []byte { return append(b, 0, 0, 0, 0) },
	// Blocks that nobody asked for, all the same and wrong.
	func(r *rand.Rand, b []byte) []byte {
		payload := make([]byte, 8+1<<14)
		payload[3] = byte(r.IntN(100))
		return peer.AppendMessage(b, peer.Piece, payload...)
	},
	// The extension protocol.
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, 0, fmt.Appendf(nil, "d1:md6:%06di3e11:ut_metadatai1ee13:metadata_sizei%dee", r.IntN(1e6), []int{-1, 0, 1, 9 << 20, 1 << 40}[r.IntN(5)]))
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, byte(r.IntN(6)), append([]byte("d"), noise(r, r.IntN(1000))...))
	},
	func(r *rand.Rand, b []byte) []byte {
		b = peer.AppendExtended(b, 0, []byte("d1:md11:ut_metadatai1eee"))
		return peer.AppendExtended(b, peer.ExtMetadata, fmt.Appendf(nil, "d8:msg_typei0e5:piecei%dee", r.IntN(3)))
	},
	metadataBomb,
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, peer.ExtPEX, append([]byte("d5:added600:"), append(noise(r, 600), 'e')...))
	},
	func(r *rand.Rand, b []byte) []byte {
		b = peer.AppendExtended(b, 0, []byte("d1:md12:ut_holepunchi5eee"))
		return peer.AppendExtended(b, peer.ExtHolepunch, append([]byte{byte(r.IntN(3)), 0}, noise(r, 10)...))
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendDontHave(b, peer.ExtDontHave, uint32(r.IntN(100)))
	},
	func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, []peer.ID{peer.HashRequestID, peer.HashesID, peer.HashRejectID}[r.IntN(3)], noise(r, 48+32*r.IntN(8))...)
	},
}

// metadataBomb offers nine megabytes of metadata and sends them.
func metadataBomb(r *rand.Rand, b []byte) []byte {
	b = peer.AppendExtended(b, 0, []byte("d1:md11:ut_metadatai1ee13:metadata_sizei9437184ee"))
	data := fmt.Appendf(nil, "d8:msg_typei1e5:piecei%de10:total_sizei9437184ee", r.IntN(576))
	return peer.AppendExtended(b, peer.ExtMetadata, append(data, make([]byte, 1<<14)...))
}

// attack is everything that is thrown at one process: so many connections, and what they may send in all.
type attack struct {
	addr     string // of the victim
	infohash [20]byte
	pace     *rate.Limiter // bytes
}

// dial connects from an address of its own: bans are by address, and so is what one host may have of the places.
func (a *attack) dial(ctx context.Context, i int) (net.Conn, func()) {
	from := &net.TCPAddr{IP: net.IPv4(127, 0, byte(20+i%10), byte(1+i%250))}
	for ctx.Err() == nil {
		conn, err := (&net.Dialer{LocalAddr: from}).DialContext(ctx, "tcp", a.addr)
		if err == nil {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			return conn, func() { stop(); conn.Close() }
		}
		pause(ctx, 100*time.Millisecond)
	}
	return nil, nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// rage connects again and again and sends one kind of storm, without ever reading, until ctx ends.
func (a *attack) rage(ctx context.Context, i int) {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	for ctx.Err() == nil {
		conn, end := a.dial(ctx, i)
		if conn == nil {
			return
		}
		hs := peer.Handshake{Reserved: peer.Ours(false), InfoHash: a.infohash, PeerID: [20]byte(noise(r, 20))}
		err := hs.Write(conn)
		var b []byte
		for err == nil {
			b = b[:0]
			for len(b) < 16<<10 {
				b = stormKinds[i%len(stormKinds)](r, b)
			}
			for rest := len(b); rest > 0 && err == nil; rest -= a.pace.Burst() {
				err = a.pace.WaitN(ctx, min(rest, a.pace.Burst()))
			}
			if err == nil {
				_, err = conn.Write(b)
			}
		}
		end()
	}
}

// idle connects and says nothing, a part of the handshake, all of it, or a byte now and then, until the victim has enough of it.
func (a *attack) idle(ctx context.Context, i int) {
	r := rand.New(rand.NewPCG(uint64(i), 2))
	for ctx.Err() == nil {
		conn, end := a.dial(ctx, i)
		if conn == nil {
			return
		}
		first := append([]byte("\x13BitTorrent protocol\x00\x00\x00\x00\x00\x10\x00\x04"), append(a.infohash[:], noise(r, 20)...)...)
		switch i % 4 {
		case 0:
			first = first[:r.IntN(len(first))]
		case 1:
			for _, c := range first {
				if _, err := conn.Write([]byte{c}); err != nil {
					break
				}
				pause(ctx, time.Second)
			}
			first = []byte{0, 0, 1, 0, byte(peer.Extended)}
		}
		conn.Write(first)       //nolint:errcheck // what follows shows
		conn.Read(noise(r, 1))  //nolint:errcheck // the end is what is waited for
		conn.Read(noise(r, 68)) //nolint:errcheck // likewise
		end()
		pause(ctx, 20*time.Millisecond)
	}
}
