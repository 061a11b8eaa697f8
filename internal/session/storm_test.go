package session

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// storm is what a peer sends that means no good, message after message.
type storm func(r *rand.Rand, b []byte) []byte

// garbage is n bytes of anything.
func garbage(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

var storms = map[string]storm{
	"bytes": func(r *rand.Rand, b []byte) []byte { return append(b, garbage(r, 1000)...) },
	"kinds": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, peer.ID(r.IntN(25)), garbage(r, r.IntN(40))...)
	},
	"long messages that stay short": func(r *rand.Rand, b []byte) []byte {
		return append(b, 0, 0, 0xff, 0xff, byte(peer.Extended), 0)
	},
	"requests": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, peer.RequestID, peer.Request{Index: uint32(r.IntN(50)), Begin: 0, Length: 1 << 14})
	},
	"absurd requests": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, peer.RequestID, peer.Request{Index: r.Uint32(), Begin: r.Uint32(), Length: r.Uint32()})
	},
	"haves":     func(r *rand.Rand, b []byte) []byte { return peer.AppendIndex(b, peer.Have, uint32(r.IntN(40))) },
	"have alls": func(_ *rand.Rand, b []byte) []byte { return peer.AppendMessage(b, peer.HaveAll) },
	"early bitfields": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, peer.Bitfield, garbage(r, 1+r.IntN(200_000))...)
	},
	"interest": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, []peer.ID{peer.Interested, peer.NotInterested}[r.IntN(2)])
	},
	"unchokes": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, []peer.ID{peer.Choke, peer.Unchoke}[r.IntN(2)])
	},
	"blocks": func(r *rand.Rand, b []byte) []byte {
		payload := make([]byte, 8+1<<14)
		payload[3] = byte(r.IntN(40))
		return peer.AppendMessage(b, peer.Piece, payload...)
	},
	"handshakes": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, 0, fmt.Appendf(nil, "d1:md6:%06d%si3ee13:metadata_sizei%dee", r.IntN(1e6), "i1e11:ut_metadata", 9<<20))
	},
	"metadata requests": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, peer.ExtMetadata, fmt.Appendf(nil, "d8:msg_typei0e5:piecei%dee", r.IntN(3)))
	},
	"metadata": func(r *rand.Rand, b []byte) []byte {
		b = peer.AppendExtended(b, 0, []byte("d1:md11:ut_metadatai1ee13:metadata_sizei9437184ee"))
		data := fmt.Appendf(nil, "d8:msg_typei1e5:piecei%de10:total_sizei9437184ee", r.IntN(576))
		return peer.AppendExtended(b, peer.ExtMetadata, append(data, make([]byte, 1<<14)...))
	},
	"pex": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendExtended(b, peer.ExtPEX, append([]byte("d5:added60:"), append(garbage(r, 60), 'e')...))
	},
	"holepunch": func(r *rand.Rand, b []byte) []byte {
		b = peer.AppendExtended(b, 0, []byte("d1:md12:ut_holepunchi5eee"))
		return peer.AppendExtended(b, peer.ExtHolepunch, append([]byte{byte(r.IntN(2)), 0}, garbage(r, 10)...))
	},
	"dont haves": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendDontHave(b, peer.ExtDontHave, uint32(r.IntN(40)))
	},
	"hashes": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendMessage(b, peer.HashRequestID, garbage(r, 48)...)
	},
	"keep alives": func(_ *rand.Rand, b []byte) []byte { return append(b, 0, 0, 0, 0) },
	"rejects": func(r *rand.Rand, b []byte) []byte {
		return peer.AppendRequest(b, peer.Reject, peer.Request{Index: uint32(r.IntN(40)), Length: 1 << 14})
	},
}

// blow connects again and again and sends a storm, without ever reading, until ctx ends.
func blow(ctx context.Context, addr string, hash metainfo.Hash, s storm, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, 300<<10)
	for ctx.Err() == nil {
		nc, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+seed%200))}}).DialContext(ctx, "tcp", addr)
		if err != nil {
			continue
		}
		stop := context.AfterFunc(ctx, func() { nc.Close() })
		hs := peer.Handshake{Reserved: peer.Ours(false), InfoHash: hash, PeerID: [20]byte(garbage(r, 20))}
		err = hs.Write(nc)
		for err == nil {
			b = b[:0] // its own memory must not be what is measured
			for len(b) < 16<<10 {
				b = s(r, b)
			}
			_, err = nc.Write(b)
		}
		stop()
		nc.Close()
	}
}

// loiter connects and says nothing, or very little.
func loiter(ctx context.Context, addr string, first []byte) {
	for ctx.Err() == nil {
		nc, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, 1)}}).DialContext(ctx, "tcp", addr)
		if err != nil {
			continue
		}
		stop := context.AfterFunc(ctx, func() { nc.Close() })
		nc.Write(first) //nolint:errcheck // it is of no interest
		var b [1]byte
		nc.Read(b[:]) //nolint:errcheck // the end is what is waited for
		stop()
		nc.Close()
	}
}

// peak follows how much memory is in use until ctx ends, garbage not counted.
func peak(ctx context.Context) <-chan int64 {
	out := make(chan int64, 1)
	go func() {
		t := time.NewTicker(100 * time.Millisecond)
		defer t.Stop()
		var most int64
		for {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, int64(m.HeapAlloc+m.StackInuse))
			select {
			case <-t.C:
			case <-ctx.Done():
				out <- most
				return
			}
		}
	}()
	return out
}

// Whatever a peer sends, a download from honest peers goes on, and so does seeding to them; memory stays within bounds.
// SHOAL_STORM=60s has each kind rage that long, alone; without it all of them do together, for a moment.
func TestStorms(t *testing.T) {
	src := t.TempDir()
	m := content(t, src, 8<<20)
	long, err := time.ParseDuration(os.Getenv("SHOAL_STORM"))
	calm := weather(t, m, src, max(time.Second, long), nil)
	check := func(name string, last time.Duration, attack func(ctx context.Context, addr string, i int)) {
		t.Run(name, func(t *testing.T) {
			if most := weather(t, m, src, last, attack); most > calm+bothSides {
				t.Errorf("%d MiB at most, %d in calm weather", most>>20, calm>>20)
			}
		})
	}
	idlers := func(ctx context.Context, addr string, i int) {
		loiter(ctx, addr, []byte("\x13BitTorrent protocol")[:i%20])
	}
	if err != nil {
		names := slices.Sorted(maps.Keys(storms))
		check("all", 0, func(ctx context.Context, addr string, i int) {
			if i < len(names) {
				blow(ctx, addr, m.Info.InfoHash(), storms[names[i]], uint64(i))
			} else {
				idlers(ctx, addr, i)
			}
		})
		return
	}
	for name, s := range storms {
		check(name, long, func(ctx context.Context, addr string, i int) {
			if i < 8 {
				blow(ctx, addr, m.Info.InfoHash(), s, uint64(i))
			}
		})
	}
	check("idlers", long, idlers)
}

// bothSides is what a storm may cost: the attackers are in this process too, with their buffers and half a thousand
// connections.
const bothSides = 100 << 20

// weather runs a magnet download from one honest peer to the next through a session that is under attack all the time: it
// fetches metadata, then data, then seeds. It returns how much memory was in use at most.
func weather(t *testing.T, m *metainfo.Metainfo, src string, last time.Duration, attack func(ctx context.Context, addr string, i int)) int64 {
	ctx, cancel := context.WithCancel(context.Background())
	victim := start(t)
	addr := fmt.Sprintf("127.0.0.1:%d", victim.Port())
	runtime.GC()
	most := peak(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	for i := range 500 {
		if attack != nil {
			work.Go(func() { attack(ctx, addr, i) })
		}
	}
	honest, other := seed(t, m, src), start(t)
	for end := time.Now().Add(last); ; {
		dst, far := t.TempDir(), t.TempDir()
		complete := make(chan struct{})
		tor := add(t, victim, AddOptions{Magnet: m.Magnet(), Dir: dst, Peers: []string{honest}, Keep: true, OnEvent: func(e Event) {
			if e.Kind == Complete {
				close(complete)
			}
		}})
		select {
		case <-complete:
		case <-tor.Done():
			t.Fatal(tor.Err())
		}
		next := add(t, other, AddOptions{Metainfo: m, Dir: far, Peers: []string{addr}})
		<-next.Done()
		if err := next.Err(); err != nil {
			t.Fatal(err)
		}
		same(t, filepath.Join(src, "data.bin"), filepath.Join(far, "data.bin"))
		if err := tor.Remove(ctx); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			break
		}
	}
	cancel()
	return <-most
}
