package ledger

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const someHash = "0123456789abcdef0123456789abcdef01234567"

// root begins absolute paths on this system.
var root = func() string {
	if runtime.GOOS == "windows" {
		return `C:\`
	}
	return "/"
}()

func sample() Record {
	return Record{
		InfoHash: someHash, Name: "name\x1b[31m", Verb: "get", Source: "magnet:?xt=urn:btih:" + someHash,
		Output: filepath.Join(root, "srv", "in"), Dir: root, Flags: map[string][]string{"select": {"1", "*.iso"}}, Labels: []string{"nightly"},
	}
}

func begun(t *testing.T, l *Ledger, r Record) *Entry {
	t.Helper()
	e, err := l.Begin(r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRecordIsReadBack(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	e := begun(t, l, sample())
	if err := e.Update(func(r *Record) { r.Total, r.Verified, r.Target = 10, 5, filepath.Join(root, "srv", "in", "x") }); err != nil {
		t.Fatal(err)
	}
	all, passed := Open(dir).All()
	if len(all) != 1 || len(passed) != 0 {
		t.Fatalf("%v, %v", all, passed)
	}
	got, want := all[0], e.Record()
	if !got.Added.Equal(want.Added) || !got.Changed.Equal(want.Changed) {
		t.Errorf("times %v and %v, want %v and %v", got.Added, got.Changed, want.Added, want.Changed)
	}
	got.Added, got.Changed, want.Added, want.Changed = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read  %+v\nwrote %+v", got, want)
	}
	if got.State != Unfinished || got.Owner.PID != os.Getpid() || !Open(dir).Busy(got) || !l.Busy(got) {
		t.Errorf("%+v", got)
	}
	fi, err := os.Stat(l.path(got.ID))
	if err != nil || runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	l.Close()
	if Open(dir).Busy(got) {
		t.Error("busy after the end")
	}
}

// A transfer that goes on keeps what is counted over all runs, and takes the new wishes.
func TestBeginAgain(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	first := begun(t, l, sample())
	err := first.End(func(r *Record) {
		r.State, r.Uploaded, r.Downloaded, r.Seeded, r.Completed = Complete, 7, 8, time.Hour, time.Now()
	})
	if err != nil {
		t.Fatal(err)
	}
	wish := sample()
	wish.Flags = map[string][]string{"select": {"2"}}
	second := begun(t, l, wish)
	r := second.Record()
	if r.Uploaded != 7 || r.Downloaded != 8 || r.Seeded != time.Hour || !r.Added.Equal(first.Record().Added) {
		t.Errorf("totals are lost: %+v", r)
	}
	if r.State != Unfinished || !r.Completed.IsZero() || r.Flags["select"][0] != "2" {
		t.Errorf("%+v", r)
	}
	if second.Before().State != Complete {
		t.Errorf("before: %+v", second.Before())
	}
	if err := first.Update(func(r *Record) { r.State = Failed }); err != nil || second.Record().State != Unfinished {
		t.Error("an ended entry has written")
	}
	l.Close()
}

// Another process that is at work keeps others off, and one that was killed does not.
func TestOtherProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), hold+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "begun <nil>\n" {
		t.Fatalf("%q, %v", line, err)
	}
	l := Open(dir)
	defer l.Close()
	all, _ := l.All()
	if len(all) != 1 || !l.Busy(all[0]) || all[0].Owner.PID != cmd.Process.Pid {
		t.Fatalf("%+v", all)
	}
	if _, err := l.Begin(sample()); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) {
		t.Errorf("begin: %v", err)
	}
	if err := l.Forget(all[0].ID); !errors.Is(err, ErrBusy) {
		t.Errorf("forget: %v", err)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if l.Busy(all[0]) {
		t.Error("busy after a kill")
	}
	lock := filepath.Join(l.dir, all[0].Owner.Run+lockSuffix)
	if _, err := os.Stat(lock); err != nil {
		t.Fatal(err)
	}
	fresh := Open(dir)
	defer fresh.Close()
	begun(t, fresh, sample())
	if _, err := os.Stat(lock); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the lock of the killed process was not swept away:", err)
	}
}

// Whoever finds that its transfer was taken over writes no more.
func TestTakenOver(t *testing.T) {
	dir := t.TempDir()
	first := Open(dir)
	e := begun(t, first, sample())
	run := first.run
	first.run = nil
	run.end() // as if it had been killed
	second := Open(dir)
	defer second.Close()
	begun(t, second, sample())
	if err := e.Update(func(r *Record) { r.State = Failed }); !errors.Is(err, ErrBusy) {
		t.Errorf("update: %v", err)
	}
	if r, err := second.Get(e.Record().ID); err != nil || r.State != Unfinished {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestForget(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	e := begun(t, l, sample())
	id := e.Record().ID
	if err := l.Forget(id); !errors.Is(err, ErrBusy) {
		t.Errorf("while at work: %v", err)
	}
	if err := e.End(func(r *Record) { r.State = Complete }); err != nil {
		t.Fatal(err)
	}
	if err := l.Forget(id); err != nil {
		t.Error(err)
	}
	for _, unknown := range []string{id, "", "../x", "x", someHash} {
		if err := l.Forget(unknown); !errors.Is(err, ErrUnknown) {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if all, passed := l.All(); len(all)+len(passed) != 0 {
		t.Errorf("%v %v", all, passed)
	}
	l.Close()
	left, err := os.ReadDir(l.dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Whatever lies in the folder, the good records are found and each bad one is told of.
func TestDamagedFolder(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	defer l.Close()
	good := begun(t, l, sample()).Record()
	whole, err := os.ReadFile(l.path(good.ID))
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		NewID(strings.Repeat("1", 40), root): "",
		NewID(strings.Repeat("2", 40), root): string(whole), // of another transfer
		NewID(strings.Repeat("3", 40), root): string(whole[:len(whole)/2]),
		NewID(strings.Repeat("4", 40), root): "\x00\x00\x00\x00",
		NewID(strings.Repeat("5", 40), root): "null",
		NewID(strings.Repeat("6", 40), root): "[]",
		NewID(strings.Repeat("7", 40), root): strings.Repeat(" ", maxRecord+10) + string(whole),
		NewID(strings.Repeat("8", 40), root): strings.Repeat("[", 20000),
		"foreign":                            string(whole),
		"..":                                 string(whole),
	}
	for id, text := range bad {
		if err := os.WriteFile(l.path(id), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{NewID(strings.Repeat("9", 40), root) + suffix, "some folder"} {
		if err := os.Mkdir(filepath.Join(l.dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(l.dir, "README"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	all, passed := l.All()
	if len(all) != 1 || all[0].ID != good.ID {
		t.Errorf("records: %+v", all)
	}
	if want := len(bad) + 1; len(passed) != want {
		t.Errorf("%d passed over, want %d: %v", len(passed), want, passed)
	}
	for _, err := range passed {
		var f *FileError
		if !errors.As(err, &f) || !errors.Is(err, ErrDamaged) {
			t.Errorf("%v", err)
		}
	}
	// a damaged record is no obstacle, and can be dropped
	if err := os.WriteFile(l.path(good.ID), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Begin(sample()); err != nil {
		t.Error(err)
	}
	if err := l.Forget(NewID(strings.Repeat("1", 40), root)); err != nil {
		t.Error(err)
	}
}

// A file of a later version is passed over, not misread; one with fields of a later kind is read.
func TestVersions(t *testing.T) {
	r := sample()
	r.ID, r.State = NewID(r.InfoHash, r.Output), Unfinished
	b, err := encode(r)
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(b), `"v": 1`, `"v": 2`, 1)
	if _, err := decode(r.ID, []byte(newer)); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	more := strings.Replace(string(b), `"v": 1`, `"v": 1, "mood": {"good": true}`, 1)
	if _, err := decode(r.ID, []byte(more)); err != nil {
		t.Error(err)
	}
	none := strings.Replace(string(b), `"v": 1`, `"w": 1`, 1)
	if _, err := decode(r.ID, []byte(none)); !errors.Is(err, ErrDamaged) {
		t.Error(err)
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, change := range map[string]func(*Record){
		"id":         func(r *Record) { r.ID = "x" },
		"infohash":   func(r *Record) { r.InfoHash = strings.Repeat("f", 40) },
		"state":      func(r *Record) { r.State = "tired" },
		"output":     func(r *Record) { r.Output = "here" },
		"dir":        func(r *Record) { r.Dir = "" },
		"target":     func(r *Record) { r.Target = "../../etc" },
		"total":      func(r *Record) { r.Total = -1 },
		"verified":   func(r *Record) { r.Verified = r.Total + 1 },
		"uploaded":   func(r *Record) { r.Uploaded = -1 },
		"downloaded": func(r *Record) { r.Downloaded = -1 },
		"seeded":     func(r *Record) { r.Seeded = -1 },
		"eternity":   func(r *Record) { r.Seeded = 1<<63 - 1 },
		"owner":      func(r *Record) { r.Owner = Owner{PID: 1, Run: "../../run-1-0123456789abcdef"} },
		"flag":       func(r *Record) { r.Flags = map[string][]string{"--Output": nil} },
	} {
		r := sample()
		r.ID, r.State = NewID(r.InfoHash, r.Output), Unfinished
		if err := check(r, r.ID); err != nil {
			t.Fatal(err)
		}
		id := r.ID
		change(&r)
		if check(r, id) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Readers see whole records only, whoever writes.
func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	l := Open(dir)
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			r := sample()
			r.InfoHash = fmt.Sprintf("%040x", i)
			e, err := l.Begin(r)
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 20 {
				if err := e.Update(func(r *Record) { r.Total, r.Verified = 100, int64(n) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { work.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		if _, passed := l.All(); len(passed) > 0 {
			t.Fatal(passed)
		}
	}
	l.Close()
}

func TestFindAndShort(t *testing.T) {
	ids := func(hashes ...string) (all []Record) {
		for i, h := range hashes {
			all = append(all, Record{InfoHash: h, ID: NewID(h, fmt.Sprint("/", i))})
		}
		return all
	}
	a, b, c := "aaaaaaaa00"+strings.Repeat("0", 30), "aaaaaaaa01"+strings.Repeat("0", 30), "bbbb"+strings.Repeat("0", 36)
	records := ids(a, b, c, c)
	short := Short(records)
	if short[0] != a[:10] || short[1] != b[:10] || short[2] != records[2].ID || short[3] != records[3].ID {
		t.Errorf("%q", short)
	}
	if one := Short(records[:1]); one[0] != a[:8] {
		t.Errorf("%q", one)
	}
	for i, s := range short {
		if r, err := Find(records, strings.ToUpper(s)); err != nil || r.ID != records[i].ID {
			t.Errorf("%s: %v, %v", s, r.ID, err)
		}
	}
	for prefix, want := range map[string]error{"": ErrUnknown, "c": ErrUnknown, "aaaa": ErrAmbiguous, c: ErrAmbiguous, a: nil, "aaaaaaaa00": nil} {
		if _, err := Find(records, prefix); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", prefix, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	r := sample()
	r.ID, r.State = NewID(r.InfoHash, r.Output), Unfinished
	b, err := encode(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(`{"v":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(r.ID, b)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := encode(got)
		if err != nil {
			t.Skip(err) // grows over the limit by being written in full
		}
		back, err := decode(r.ID, again)
		if err != nil {
			t.Fatal(err)
		}
		if third, err := encode(back); err != nil || !bytes.Equal(third, again) {
			t.Fatalf("%s\n%s\n%v", again, third, err)
		}
	})
}

// What is over in a moment is written once, and what lasts when it is asked for.
func TestBeginLater(t *testing.T) {
	l := Open(t.TempDir())
	defer l.Close()
	e, err := l.BeginLater(sample())
	if err != nil {
		t.Fatal(err)
	}
	id := e.Record().ID
	if err := e.Update(func(r *Record) { r.Name = "later" }); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Get(id); !errors.Is(err, ErrUnknown) {
		t.Errorf("written at once: %v", err)
	}
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	if r, err := l.Get(id); err != nil || r.Name != "later" || !l.Busy(r) {
		t.Errorf("after Flush: %+v, %v", r, err)
	}
	if err := e.Update(func(r *Record) { r.Name = "at once" }); err != nil {
		t.Fatal(err)
	}
	if r, _ := l.Get(id); r.Name != "at once" {
		t.Errorf("after Update: %+v", r)
	}
	if err := e.End(func(r *Record) { r.State = Complete }); err != nil {
		t.Fatal(err)
	}
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}

	e, err = l.BeginLater(sample())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.End(func(r *Record) { r.State, r.Uploaded = Complete, 7 }); err != nil {
		t.Fatal(err)
	}
	if r, err := l.Get(id); err != nil || r.State != Complete || r.Uploaded != 7 || l.Busy(r) {
		t.Errorf("after End alone: %+v, %v", r, err)
	}
}
