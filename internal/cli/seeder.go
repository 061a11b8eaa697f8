package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// seeder is one run of seed.
type seeder struct {
	env    Env
	o      *seedOptions
	term   *ui.IO
	engine *engine
	known  *recorder
	all    []*transfer
	report *report
}

func newSeeder(env Env, o *seedOptions, term *ui.IO, args []string) *seeder {
	s := &seeder{env: env, o: o, term: term, engine: newEngine(env, &o.network, term, o.term.verbose), known: &recorder{}}
	if o.policy.limited() { // what was sent before counts
		s.known = newRecorder(env, "seed", term)
	}
	for _, arg := range args {
		t := newTransfer(source{text: arg})
		t.serves = true
		s.all = append(s.all, t)
	}
	return s
}

// run makes what was named ready, one after the other because each takes all processors, and serves
// it.
func (s *seeder) run(ctx context.Context) error {
	defer s.known.close()
	if err := s.engine.prepare(ctx); err != nil {
		return err
	}
	defer onHangup(s.env, s.term, s.engine.setLimits)()
	s.report = newReport("seed", s.term, &s.o.term, len(s.all))
	if err := s.report.watch(ctx, s.o.term.watch); err != nil {
		return err
	}
	var serving sync.WaitGroup
	for _, t := range s.all {
		torrent, err := s.start(ctx, t)
		if err != nil {
			s.report.ended(t, err)
			continue
		}
		serving.Go(func() {
			s.o.policy.serve(ctx, t, torrent, s.served(t))
			err := remove(ctx, torrent)
			s.known.ended(ctx, t, err)
			s.report.ended(t, err)
		})
	}
	serving.Wait()
	s.engine.close()
	return s.report.close(s.all)
}

// start hashes or checks the content and hands the torrent to the session.
func (s *seeder) start(ctx context.Context, t *transfer) (*session.Torrent, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s.report.began(t)
	add, err := s.prepare(ctx, t)
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	ses, err := s.engine.open()
	if err != nil {
		return nil, err
	}
	add.SuperSeed = s.o.super
	attached := make(chan struct{})
	add.OnEvent = func(e session.Event) {
		<-attached
		if e.Kind == session.Seeding {
			s.known.seeding(t)
			t.completed(func() { s.announce(t, add.Metainfo, ses.Port()) })
			return
		}
		s.report.event(t, e)
	}
	torrent, err := ses.Add(add)
	if err != nil {
		return nil, err
	}
	s.enlist(t, &add)
	t.attach(torrent)
	s.known.began(t, torrent)
	s.report.added(t)
	close(attached)
	select {
	case <-t.done:
	case <-torrent.Done():
		return nil, advised(torrent.Err())
	case <-ctx.Done():
		if !t.isComplete() {
			return nil, context.Cause(ctx)
		}
		<-t.done // at the same time
	}
	return torrent, nil
}

// enlist says where the content lies, and how it would be asked for as a download: that is how it is
// remembered.
func (s *seeder) enlist(t *transfer, add *session.AddOptions) {
	dir := filepath.Dir(t.source.text)
	if t.given {
		dir = s.o.data
	}
	t.place(dir, add.Name)
	t.order = &order{
		o: &getOptions{}, env: s.env, verb: "seed", source: t.source, dir: add.Dir, policy: s.o.policy, seed: true, flags: s.o.given,
	}
	if add.Name != add.Metainfo.Info.Name {
		t.order.name = add.Name
	}
}

// served is for how long an earlier run that was stopped has served a torrent. One that had served it long
// enough does not count: this is meant to be another time.
func (s *seeder) served(t *transfer) time.Duration {
	if t.entry == nil || t.entry.Before().State != ledger.Seeding {
		return 0
	}
	return t.entry.Before().Seeded
}

// announce tells the world how to get it.
func (s *seeder) announce(t *transfer, m *metainfo.Metainfo, port uint16) {
	magnet := m.Magnet().String()
	s.report.seeding(t, magnet, port)
	if s.report.events == nil && !t.given {
		_, _ = fmt.Fprintln(s.term.Out, magnet)
	}
}

// prepare makes the torrent of a path, or loads one and checks the content.
func (s *seeder) prepare(ctx context.Context, t *transfer) (session.AddOptions, error) {
	arg := t.source.text
	if _, err := os.Stat(s.env.path(arg)); err != nil {
		return session.AddOptions{}, err
	}
	if isTorrentFile(s.env, arg, s.o.limit) {
		return s.check(ctx, t)
	}
	name := baseName(s.env.path(arg))
	o, err := s.o.create.options(s.env, arg, func(l metainfo.Lint) { s.term.Warn(name + ": " + l.Message) })
	if err != nil {
		return session.AddOptions{}, err
	}
	t.hashing(ui.Hashing, name)
	o.Progress = t.hashedTo
	m, err := metainfo.Create(ctx, o)
	if err != nil {
		return session.AddOptions{}, createFailure(ctx, err)
	}
	for _, w := range m.Warnings {
		s.term.Warn(name + ": " + w)
	}
	if err := s.o.save.save(s.env, ".", m); err != nil {
		return session.AddOptions{}, err
	}
	return served(m, filepath.Dir(absolute(o.Path)), name), nil
}

// check loads a torrent and hashes its content, so that what is wrong can be said file by file.
func (s *seeder) check(ctx context.Context, t *transfer) (session.AddOptions, error) {
	m, err := s.o.limit.load(s.env.path(t.source.text))
	if err != nil {
		return session.AddOptions{}, err
	}
	t.given = true
	t.hashing(ui.Checking, m.Info.Name)
	dir := s.env.path(s.o.data)
	r, err := metainfo.Verify(ctx, m.Info, filepath.Join(dir, m.Info.Name), metainfo.VerifyOptions{
		PieceLayers: m.PieceLayers, Progress: t.hashedTo, SkipExtra: true,
	})
	if errors.Is(err, os.ErrNotExist) {
		return session.AddOptions{}, hinted(fmt.Errorf("%w: %s is missing", errMismatch, filepath.Join(s.o.data, m.Info.Name)),
			"--data names the folder that the content lies in")
	}
	if err == nil {
		err = mismatch(m.Info, r)
	}
	return served(m, dir, ""), err
}

// served is what the session is told of content that was hashed just now.
func served(m *metainfo.Metainfo, dir, name string) session.AddOptions {
	return session.AddOptions{Metainfo: m, Dir: dir, Name: name, SeedOnly: true, Trusted: true, Keep: true}
}

// isTorrentFile says whether an argument of seed is a torrent and not content: a regular file that
// ends in .torrent and parses as one, or would if it were not too large.
func isTorrentFile(env Env, path string, limit torrentLimit) bool {
	if !strings.EqualFold(filepath.Ext(path), ".torrent") {
		return false
	}
	st, err := os.Stat(env.path(path))
	if err != nil || !st.Mode().IsRegular() {
		return false
	}
	_, err = limit.load(env.path(path))
	return err == nil || errors.Is(err, errTooLarge)
}

// absolute is a path from the root on.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
