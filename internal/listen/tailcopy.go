package listen

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stranger is a file that is not known by its key.
type stranger struct {
	path string
	stat fileStat
}

func (s stranger) gzip() bool { return strings.HasSuffix(s.path, ".gz") }

// meet takes strangers in: as another place of contents that are known, later,
// or as new files.
func (t *Tail) meet(strangers []stranger) {
	for _, s := range strangers {
		if t.files[s.stat.key] != nil {
			continue
		}
		switch f, verdict := t.compare(s); verdict {
		case copyOfGone:
			t.adopt(f, s)
		case copyOfLive:
			if t.postpone(s, f) {
				continue
			}
			t.welcome(s)
		case unknownContents:
			t.welcome(s)
		}
	}
}

type verdict int

const (
	unknownContents verdict = iota
	copyOfGone
	copyOfLive
)

// compare looks for known contents in s. Only files of related names in the same
// folder come into question, and equal bytes must be many unless the name itself
// says that it was rotated: different files often begin alike.
func (t *Tail) compare(s stranger) (*tailed, verdict) {
	var p probe
	defer p.close()
	for _, f := range slices.Backward(t.gone) {
		if related(s.path, f.path) && (f.pos >= headLength || older(s.path, f.path)) && p.holds(t, s, f, false) {
			return f, copyOfGone
		}
	}
	for _, f := range t.files {
		if older(s.path, f.path) && related(s.path, f.path) && f.pos > 0 && p.holds(t, s, f, true) {
			return f, copyOfLive
		}
	}
	return nil, unknownContents
}

// related reports whether a and b are in the same folder and have names that may
// be of the same log: the first word of both is the same.
func related(a, b string) bool {
	return filepath.Dir(a) == filepath.Dir(b) && firstWord(filepath.Base(a)) == firstWord(filepath.Base(b))
}

// firstWord is the part of a name that rotation leaves alone: "app" of app.log,
// app.log.1 and app-20240905.log.gz.
func firstWord(name string) string {
	if i := strings.IndexAny(name[1:], ".-_"); i >= 0 {
		return name[:i+1]
	}
	return name
}

// older reports whether a's name says that it is a rotated b.
func older(a, b string) bool {
	return len(filepath.Base(a)) > len(filepath.Base(b)) || strings.HasSuffix(a, ".gz")
}

// probe reads a stranger's bytes.
type probe struct {
	source source
	failed bool
}

// holds reports whether s begins with what was read of f. growing says that s
// may still be shorter than that: a copy is being made.
func (p *probe) holds(t *Tail, s stranger, f *tailed, growing bool) bool {
	short := !s.gzip() && s.stat.size < f.pos
	if f.pos == 0 || short && !growing {
		return false
	}
	if p.source == nil && !p.failed {
		source, err := openSource(s.path, s.stat.key, s.gzip())
		p.source, p.failed = source, err != nil
	}
	if p.failed {
		return false
	}
	head, _, err := p.source.window(0, t.scratch[:len(f.head)])
	if short {
		return err == nil && bytes.HasPrefix(f.head, head)
	}
	if err != nil || !bytes.Equal(head, f.head) {
		return false
	}
	tail, _, err := p.source.window(f.pos-int64(len(f.tail)), t.scratch[:len(f.tail)])
	return err == nil && bytes.Equal(tail, f.tail)
}

func (p *probe) close() {
	if p.source != nil {
		_ = p.source.close() // opened for reading
	}
}

// adopt goes on with the contents of f, which has gone, in s.
func (t *Tail) adopt(f *tailed, s stranger) {
	if err := t.closeFile(f); err != nil {
		t.report(f, err)
	}
	t.gone = slices.DeleteFunc(t.gone, func(g *tailed) bool { return g == f })
	f.key, f.path, f.stat, f.gzip = s.stat.key, s.path, s.stat, s.gzip()
	f.rotated, f.finished, f.gone, f.failed = older(s.path, f.path) || f.rotated || f.gzip, false, time.Time{}, false
	f.changed, f.more, f.grew = true, true, t.now
	t.files[f.key] = f
	delete(t.postponed, s.stat.key)
}

// postpone reports whether s, a copy of the live file f, is to be left alone:
// for a while always, and for ever when enough of it is equal.
func (t *Tail) postpone(s stranger, f *tailed) bool {
	p, known := t.postponed[s.stat.key]
	if !known {
		p = postponed{since: t.now}
		t.postponed[s.stat.key] = p
	}
	return f.pos >= headLength || t.now.Sub(p.since) < copyWait
}

// forgetCopies drops postponed files that have gone.
func (t *Tail) forgetCopies(strangers []stranger) {
	if len(t.postponed) == 0 {
		return
	}
	present := map[fileKey]bool{}
	for _, s := range strangers {
		present[s.stat.key] = true
	}
	for key := range t.postponed {
		if !present[key] {
			delete(t.postponed, key)
		}
	}
}
