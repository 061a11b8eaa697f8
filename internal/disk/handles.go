package disk

import (
	"errors"
	"os"
	"sync"
)

// handles are the open files of the process: the least recently used is closed when there are too many. A
// handle that is in use is pinned and stays. Nothing is opened, closed, read or written under the lock.
type handles struct {
	max int

	mu         sync.Mutex
	changed    sync.Cond // something was unpinned, opened or closed
	waiters    int
	open       int // including those being opened
	viewed     int // pinned by views
	head, tail *handle
}

// handle is one open file.
type handle struct {
	f        diskFile
	writable bool
	file     *file
	s        *Storage
	views    views
	table    *handles

	pins       int
	viewPins   int // of those, by views
	prev, next *handle
}

func newHandles(limit int) *handles {
	h := &handles{max: limit}
	h.changed.L = &h.mu
	return h
}

// acquire gives the pinned handle of file i of s, opening the file if need be.
func (t *handles) acquire(s *Storage, i int, write bool) (*handle, error) {
	f := &s.files[i]
	t.mu.Lock()
	for {
		if s.sealed {
			t.mu.Unlock()
			return nil, ErrClosed
		}
		if h := f.handle; h != nil && (h.writable || !write) {
			h.pins++
			t.toFront(h)
			t.mu.Unlock()
			return h, nil
		}
		if f.handle == nil && !f.opening {
			break
		}
		if f.handle != nil && f.handle.pins == 0 { // readable only, and it is to be written
			t.drop(f)
			continue
		}
		t.wait()
	}
	f.opening = true
	old := t.slot()
	t.mu.Unlock()

	if old != nil {
		old.close()
	}
	o, writable, err := s.openFile(i, write)

	t.mu.Lock()
	defer t.mu.Unlock()
	f.opening = false
	t.wake()
	if err != nil {
		t.open--
		return nil, err
	}
	h := &handle{f: o, writable: writable, file: f, s: s, pins: 1, table: t}
	f.handle = h
	t.pushFront(h)
	return h, nil
}

// release unpins a handle.
func (t *handles) release(h *handle) {
	t.mu.Lock()
	h.pins--
	if h.pins == 0 {
		t.wake()
	}
	t.mu.Unlock()
}

// acquireView gives a handle that stays pinned while its file is shown, for as long as the one who looks takes. Views pin at most half
// of all handles, so that everything else always finds one that comes free soon; ok is false where that many are
// pinned.
func (t *handles) acquireView(s *Storage, i int) (h *handle, ok bool) {
	t.mu.Lock()
	if s.files[i].handle == nil || s.files[i].handle.viewPins == 0 {
		ok = t.viewed < max(1, t.max/2)
	} else {
		ok = true
	}
	if ok {
		t.viewed++
	}
	t.mu.Unlock()
	if !ok {
		return nil, false
	}
	h, err := t.acquire(s, i, false)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.viewed--
		return nil, false
	}
	if h.viewPins > 0 {
		t.viewed-- // it is counted already
	}
	h.viewPins++
	return h, true
}

// Release ends a view.
func (h *handle) Release() {
	t := h.table
	t.mu.Lock()
	if h.viewPins--; h.viewPins == 0 {
		t.viewed--
	}
	t.mu.Unlock()
	t.release(h)
}

// close closes a handle that nobody uses.
func (h *handle) close() {
	h.views.drop()
	if h.writable {
		h.s.closing(h.file, h.f)
	}
	h.f.close()
}

// slot makes room for one more open file, waiting for one to be unpinned if it must. A handle that is
// returned has to be closed by the caller.
func (t *handles) slot() *handle {
	for {
		if t.open < t.max {
			t.open++
			return nil
		}
		for h := t.tail; h != nil; h = h.prev {
			if h.pins == 0 {
				t.remove(h)
				return h
			}
		}
		t.wait()
	}
}

// drop closes the handle of f, which must not be pinned; the lock is let go meanwhile.
func (t *handles) drop(f *file) {
	h := f.handle
	t.remove(h)
	f.opening = true
	t.mu.Unlock()
	h.close()
	t.mu.Lock()
	f.opening = false
	t.open--
	t.wake()
}

// hold closes the handle of f and keeps others from opening it until unhold is called.
func (t *handles) hold(f *file) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f.opening || f.handle != nil && f.handle.pins > 0 {
		t.wait()
	}
	if f.handle != nil {
		t.drop(f)
	}
	f.opening = true
}

// pause keeps f from being opened until unhold is called, so that its name can change; a handle that is open stays.
func (t *handles) pause(f *file) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f.opening {
		t.wait()
	}
	f.opening = true
}

func (t *handles) unhold(f *file) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.opening = false
	t.wake()
}

// closeAll closes every handle of s, for good: none is given out any more.
func (t *handles) closeAll(s *Storage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.sealed = true
	for i := range s.files {
		f := &s.files[i]
		for f.opening || f.handle != nil && f.handle.pins > 0 {
			t.wait()
		}
		if f.handle != nil {
			t.drop(f)
		}
	}
}

func (t *handles) wait() {
	t.waiters++
	t.changed.Wait()
	t.waiters--
}

func (t *handles) wake() {
	if t.waiters > 0 {
		t.changed.Broadcast()
	}
}

func (t *handles) toFront(h *handle) {
	if t.head == h {
		return
	}
	t.unlink(h)
	t.pushFront(h)
}

func (t *handles) pushFront(h *handle) {
	h.prev, h.next = nil, t.head
	if t.head != nil {
		t.head.prev = h
	}
	t.head = h
	if t.tail == nil {
		t.tail = h
	}
}

func (t *handles) remove(h *handle) {
	t.unlink(h)
	h.file.handle = nil
}

func (t *handles) unlink(h *handle) {
	if h.prev != nil {
		h.prev.next = h.next
	} else {
		t.head = h.next
	}
	if h.next != nil {
		h.next.prev = h.prev
	} else {
		t.tail = h.prev
	}
	h.prev, h.next = nil, nil
}

// isGone tells whether an error means that nothing is there.
func isGone(err error) bool { return errors.Is(err, os.ErrNotExist) }
