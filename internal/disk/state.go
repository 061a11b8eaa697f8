package disk

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// stateMagic opens a state file; the last byte is the version of the format.
const stateMagic = "shoalst\x01"

var errState = errors.New("not a state of this torrent")

// state is what is remembered of a download: which pieces were on disk and synced, and how the files looked then.
//
// A temporary file of the plain name, NAME.part, may also be somebody else's. Those that were there before the first run are
// listed.
//
// On disk: the magic, the infohash (20 bytes), the first 16 bytes of the SHA-256 of the target path, then as varints the number of
// pieces, of files, the bytes uploaded and downloaded, then the bitmap (8 bytes a word, little endian), the number of
// records, and for each record the distance to the file before, size, mtime and inode, then the number of files with a
// foreign NAME.part, and for each the distance to the one before; at the end the SHA-256 of it all.
type state struct {
	have                 bitmap
	records              []fileRecord
	foreign              []int
	uploaded, downloaded int64
}

type fileRecord struct {
	file int
	record
}

func stateHeader(info *metainfo.Info, target string) []byte {
	h, t := infoKey(info), sha256.Sum256([]byte(target))
	b := append([]byte(stateMagic), h[:]...)
	b = append(b, t[:16]...)
	b = binary.AppendUvarint(b, uint64(info.NumPieces()))
	return binary.AppendUvarint(b, uint64(len(info.Files)))
}

// encodeState gives the bytes of a state file.
func encodeState(info *metainfo.Info, target string, st *state) []byte {
	b := make([]byte, 0, 128+8*len(st.have)+24*len(st.records))
	b = append(b, stateHeader(info, target)...)
	b = binary.AppendUvarint(b, uint64(max(0, st.uploaded)))
	b = binary.AppendUvarint(b, uint64(max(0, st.downloaded)))
	for _, w := range st.have {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	b = binary.AppendUvarint(b, uint64(len(st.records)))
	last := -1
	for _, r := range st.records {
		b = binary.AppendUvarint(b, uint64(r.file-last))
		b = binary.AppendUvarint(b, uint64(r.size))
		b = binary.AppendVarint(b, r.mtime)
		b = binary.AppendUvarint(b, r.inode)
		last = r.file
	}
	b = binary.AppendUvarint(b, uint64(len(st.foreign)))
	last = -1
	for _, file := range st.foreign {
		b = binary.AppendUvarint(b, uint64(file-last))
		last = file
	}
	return signState(b)
}

func signState(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// decodeState reads a state file of this torrent at this target. Whatever is wrong with it gives an error.
func decodeState(info *metainfo.Info, target string, b []byte) (*state, error) {
	header := stateHeader(info, target)
	if len(b) < len(header)+sha256.Size || !bytes.HasPrefix(b, header) {
		return nil, errState
	}
	body, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, errState
	}
	d := decoder{b: body[len(header):]}
	st := &state{uploaded: d.count(), downloaded: d.count(), have: newBitmap(info.NumPieces())}
	for i := range st.have {
		st.have[i] = d.word()
	}
	if tail := info.NumPieces() % 64; tail != 0 && st.have[len(st.have)-1]>>tail != 0 {
		return nil, errState
	}
	d.files(len(info.Files), func(file int) {
		st.records = append(st.records, fileRecord{file, record{size: d.count(), mtime: d.signed(), inode: d.unsigned()}})
	})
	d.files(len(info.Files), func(file int) {
		st.foreign = append(st.foreign, file)
	})
	if d.bad || len(d.b) != 0 {
		return nil, errState
	}
	return st, nil
}

// decoder takes numbers off a slice; past its end, or at a malformed one, it turns bad.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) unsigned() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) signed() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count reads a number that is not negative as an int64.
func (d *decoder) count() int64 {
	v := int64(d.unsigned())
	if v < 0 {
		d.bad = true
		return 0
	}
	return v
}

// files reads an ascending list of files, out of so many; what belongs to each is read by f.
func (d *decoder) files(total int, f func(file int)) {
	last := int64(-1)
	for left := d.count(); left > 0; left-- {
		step := d.count()
		if d.bad || step < 1 || step > int64(total) || last+step >= int64(total) {
			d.bad = true
			return
		}
		last += step
		f(int(last))
	}
}

func (d *decoder) word() uint64 {
	if len(d.b) < 8 {
		d.bad, d.b = true, nil
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}
