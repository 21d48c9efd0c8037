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
	if len(strangers) == 0 {
		return
	}
	live := t.liveByLog()
	for _, s := range strangers {
		if t.files[s.stat.key] != nil {
			continue
		}
		f, verdict := t.compare(s, live[logOf(s.path)])
		switch {
		case verdict == copyOfGone:
			t.adopt(f, s)
		case verdict == copyOfLive && t.postpone(s, f):
		default:
			t.welcome(s)
		}
	}
}

// liveByLog returns the files that something was read of, by logOf.
func (t *Tail) liveByLog() map[string][]*tailed {
	live := map[string][]*tailed{}
	for _, f := range t.files {
		if f.pos > 0 {
			live[logOf(f.path)] = append(live[logOf(f.path)], f)
		}
	}
	return live
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
func (t *Tail) compare(s stranger, live []*tailed) (*tailed, verdict) {
	p := probe{tail: t, stranger: s}
	defer p.close()
	log := logOf(s.path)
	for _, f := range slices.Backward(t.gone) {
		if (f.pos >= headLength || older(s.path, f.path)) && log == logOf(f.path) && p.holds(f) {
			return f, copyOfGone
		}
	}
	for _, f := range live {
		if older(s.path, f.path) && (p.holds(f) || p.begins(f)) {
			return f, copyOfLive
		}
	}
	return nil, unknownContents
}

// logOf is the same for files of the same log, as far as their names tell: the
// folder and the name's first word.
func logOf(path string) string {
	folder, name := filepath.Split(path)
	return folder + firstWord(name)
}

// firstWord is the part of a name that rotation leaves alone: "app" of app.log,
// app.log.1 and app-20240905.log.gz.
func firstWord(name string) string {
	if name == "" {
		return name
	}
	if i := strings.IndexAny(name[1:], ".-_"); i >= 0 {
		return name[:i+1]
	}
	return name
}

// older reports whether a's name says that it is a rotated b.
func older(a, b string) bool {
	// Both are in the same folder.
	return len(a) > len(b) || strings.HasSuffix(a, ".gz")
}

// probe reads a stranger's bytes.
type probe struct {
	tail     *Tail
	stranger stranger
	source   source
	head     []byte
	opened   bool
}

// open reads the stranger's first bytes. It returns false when it can't be read
// now.
func (p *probe) open() bool {
	if p.opened {
		return p.source != nil
	}
	p.opened = true
	source, err := openSource(p.stranger.path, p.stranger.stat.key, p.stranger.gzip())
	if err != nil {
		return false
	}
	head, _, err := source.window(0, make([]byte, headLength))
	if err != nil {
		_ = source.close() // opened for reading
		return false
	}
	p.source, p.head = source, head
	return true
}

// holds reports whether the stranger begins with all that was read of f.
func (p *probe) holds(f *tailed) bool {
	if f.pos == 0 || !p.stranger.gzip() && p.stranger.stat.size < f.pos || !p.open() || !bytes.HasPrefix(p.head, f.head) {
		return false
	}
	last, _, err := p.source.window(f.pos-int64(len(f.tail)), p.tail.scratch[:len(f.tail)])
	return err == nil && bytes.Equal(last, f.tail)
}

// begins reports whether the stranger is shorter than what was read of f, and
// equal as far as it goes: a copy that is being made, or an old one.
func (p *probe) begins(f *tailed) bool {
	size := p.stranger.stat.size
	if p.stranger.gzip() || f.gzip || size >= f.pos || !p.open() || !bytes.HasPrefix(f.head, p.head[:min(len(p.head), len(f.head))]) {
		return false
	}
	original, err := openSource(f.path, f.key, false)
	if err != nil {
		return false
	}
	defer original.close() //nolint:errcheck // opened for reading
	offset := max(0, size-tailLength)
	mine, _, err := p.source.window(offset, make([]byte, size-offset))
	if err != nil {
		return false
	}
	other, _, err := original.window(offset, make([]byte, size-offset))
	return err == nil && bytes.Equal(mine, other)
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
	f.changed, f.grew = true, t.now
	t.wake(f)
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
	equal := f.pos
	if !s.gzip() {
		equal = min(equal, s.stat.size)
	}
	return equal >= headLength || t.now.Sub(p.since) < copyWait
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
