package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"
)

// Entry is the record of a transfer that this process works on. Its methods are safe for use by many goroutines.
type Entry struct {
	l      *Ledger
	before Record

	mu      sync.Mutex
	r       Record
	pending bool // it is not written yet: Flush or End will
	ended   bool
}

// Begin writes down that this process works on a transfer from now on. InfoHash, Verb, Output, Dir and how it was
// asked for come from r; ID, Added and the totals of earlier runs are filled in, and the state is Unfinished. ErrBusy
// where another process works on it; what that has written stays.
func (l *Ledger) Begin(r Record) (*Entry, error) {
	e, err := l.BeginLater(r)
	if err != nil {
		return nil, err
	}
	return e, e.Flush()
}

// BeginLater is Begin for a transfer that may be over in a moment, as most of many small ones are: nothing is
// written before Flush or End.
func (l *Ledger) BeginLater(r Record) (*Entry, error) {
	r = r.clone()
	r.ID = NewID(r.InfoHash, filepath.Join(r.Output, r.As))
	before, err := l.Get(r.ID)
	if err == nil && l.Busy(before) {
		return nil, fmt.Errorf("%w (process %d)", ErrBusy, before.Owner.PID)
	}
	if err != nil {
		before = Record{} // there was none, or it is damaged: this one takes its place
	}
	owner, err := l.owner()
	if err != nil {
		return nil, err
	}
	r.State, r.Code, r.Message, r.Owner = Unfinished, 0, "", owner
	r.Uploaded, r.Downloaded, r.Seeded = before.Uploaded, before.Downloaded, before.Seeded
	r.Added, r.Completed = before.Added, time.Time{}
	if r.Added.IsZero() {
		r.Added = time.Now()
	}
	return &Entry{l: l, before: before, r: r, pending: true}, nil
}

// Flush writes the record if it has not been written since BeginLater.
func (e *Entry) Flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.pending || e.ended {
		return nil
	}
	e.pending = false
	return e.write()
}

// owner is this process.
func (l *Ledger) owner() (Owner, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run == nil {
		run, err := begin(l.dir)
		if err != nil {
			return Owner{}, err
		}
		l.run = run
	}
	return Owner{PID: os.Getpid(), Run: l.run.name}, nil
}

// Before is the record that an earlier run had left; the zero value if there was none.
func (e *Entry) Before() Record { return e.before.clone() }

// Record is what was written last.
func (e *Entry) Record() Record {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.r.clone()
}

// Update changes the record and writes it if anything is different. ErrBusy where another process has taken the
// transfer over in the meantime: nothing is written then.
func (e *Entry) Update(change func(*Record)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.update(change)
}

// End is the last Update: nobody works on the transfer any more. Later calls do nothing.
func (e *Entry) End(change func(*Record)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pending = false
	err := e.update(func(r *Record) {
		change(r)
		r.Owner = Owner{}
	})
	e.ended = true
	return err
}

// update does the work of both. The lock is held.
func (e *Entry) update(change func(*Record)) error {
	if e.ended {
		return nil
	}
	next := e.r.clone()
	change(&next)
	next.ID, next.InfoHash, next.Added = e.r.ID, e.r.InfoHash, e.r.Added
	if reflect.DeepEqual(next, e.r) {
		return nil
	}
	if e.pending {
		e.r = next
		return nil
	}
	now, err := e.l.Get(e.r.ID)
	if err == nil && now.Owner != e.r.Owner && e.l.Busy(now) {
		return fmt.Errorf("%w (process %d)", ErrBusy, now.Owner.PID)
	}
	e.r = next
	return e.write()
}

// write replaces the file.
func (e *Entry) write() error {
	e.r.Changed = time.Now()
	path := e.l.path(e.r.ID)
	b, err := encode(e.r)
	if err == nil {
		err = replace(e.l.dir, path, b)
	}
	if err != nil {
		return fault("write", path, err)
	}
	return nil
}

// replace puts content into the place of a file, whole.
func replace(dir, path string, content []byte) error {
	f, err := os.CreateTemp(dir, "*"+tempSuffix) // readable by its owner alone
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
