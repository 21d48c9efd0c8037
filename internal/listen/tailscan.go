package listen

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// Scan looks at all paths: it finds new files, follows renamed ones, and notices
// which have grown, were truncated or have gone.
func (t *Tail) Scan(now time.Time) error {
	t.now = now
	paths, err := t.paths()
	if err != nil {
		return err
	}
	seen := make(map[fileKey]bool, len(paths))
	var strangers []stranger
	for _, path := range paths {
		s, ok, err := statPath(path)
		if err != nil || !ok || seen[s.key] {
			continue // gone since, a folder or a device, or a link to one we have
		}
		seen[s.key] = true
		if f := t.files[s.key]; f != nil && t.recognize(f, path, s) {
			continue
		}
		strangers = append(strangers, stranger{path, s})
	}
	t.findMissing(seen)
	t.meet(strangers)
	t.forgetCopies(strangers)
	t.forgetGone()
	t.begin()
	return t.commit()
}

// Touch looks at one path that is said to have grown.
func (t *Tail) Touch(path string, now time.Time) {
	t.now = now
	s, ok, err := statPath(path)
	if err != nil || !ok {
		return
	}
	if f := t.files[s.key]; f != nil {
		t.grown(f, s)
	}
}

// Folders returns the folders whose changes matter.
func (t *Tail) Folders() []string {
	var folders []string
	for _, pattern := range t.opts.Paths {
		base, _ := doublestar.SplitPattern(filepath.ToSlash(pattern))
		folders = append(folders, filepath.FromSlash(base))
	}
	for _, f := range t.files {
		folders = append(folders, filepath.Dir(f.path))
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}

// paths returns what the globs lead to.
func (t *Tail) paths() ([]string, error) {
	var all []string
	for _, pattern := range t.opts.Paths {
		found, err := doublestar.FilepathGlob(pattern)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// recognize updates a file that is at path with what a look told. It returns
// false when a compressed file's key now belongs to another file.
func (t *Tail) recognize(f *tailed, path string, s fileStat) bool {
	if f.path != path {
		if !t.sameFile(f.path, f.key) {
			// A link or a second name changes nothing, a rename does.
			f.rotated = true
			f.path, f.changed = path, true
		}
	}
	if f.gzip && f.finished && (f.stat.size != s.size || !f.stat.changed.Equal(s.changed)) {
		t.leave(f)
		return false
	}
	t.grown(f, s)
	return true
}

func (t *Tail) sameFile(path string, key fileKey) bool {
	s, ok, err := statPath(path)
	return err == nil && ok && s.key == key
}

// grown notes a file's new size.
func (t *Tail) grown(f *tailed, s fileStat) {
	before := f.stat
	f.stat = s
	if f.gzip {
		if !f.finished {
			t.wake(f)
		}
		return
	}
	if s.size < f.pos {
		t.restart(f)
		return
	}
	if s.size != before.size || f.grew.IsZero() {
		f.grew = t.now
	}
	// A file of the same size may have been written anew: its time tells.
	if s.size > f.pos || f.failed || !s.changed.Equal(before.changed) && f.pos > 0 {
		t.wake(f)
	}
}

// restart starts over with a file whose contents were replaced. What it had
// before is kept in mind: copytruncate leaves it in a copy.
func (t *Tail) restart(f *tailed) {
	t.leave(f)
	fresh := &tailed{id: newFileID(), key: f.key, path: f.path, gzip: f.gzip, stat: f.stat, grew: t.now, changed: true}
	t.files[f.key] = fresh
	t.wake(fresh)
}

// leave moves f to those that have gone.
func (t *Tail) leave(f *tailed) {
	if err := t.closeFile(f); err != nil {
		t.report(f, err)
	}
	t.vanish(f)
}

// vanish does as leave, and keeps the file open if it is.
func (t *Tail) vanish(f *tailed) {
	if t.files[f.key] == f {
		delete(t.files, f.key)
	}
	f.gone, f.changed, f.failed = t.now, true, false
	f.more = false
	if f.source != nil {
		t.wake(f)
	}
	t.gone = append(t.gone, f)
	// Before anything of the file that takes its key: see place.
	t.note(f)
}

// findMissing looks for files that no glob leads to any more: mostly they were
// renamed within their folder.
func (t *Tail) findMissing(seen map[fileKey]bool) {
	folders := map[string]map[fileKey]string{}
	for key, f := range t.files {
		if seen[key] {
			continue
		}
		if s, ok, err := statPath(f.path); err == nil && ok && s.key == key {
			t.grown(f, s)
			continue
		}
		if path, ok := t.lookFor(f, folders); ok {
			f.path, f.rotated, f.changed, f.grew = path, true, true, t.now
			t.wake(f)
			continue
		}
		t.vanish(f)
	}
}

// lookFor searches f's folder for its key; folders keeps what was read.
func (t *Tail) lookFor(f *tailed, folders map[string]map[fileKey]string) (string, bool) {
	folder := filepath.Dir(f.path)
	keys, ok := folders[folder]
	if !ok {
		keys = keysIn(folder)
		folders[folder] = keys
	}
	path, ok := keys[f.key]
	return path, ok
}

func keysIn(folder string) map[fileKey]string {
	keys := map[fileKey]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return keys // the folder is gone, and its files with it
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if s, ok, err := statPath(path); err == nil && ok && e.Type()&fs.ModeSymlink == 0 {
			keys[s.key] = path
		}
	}
	return keys
}

// elsewhere reports whether f still exists, though its path leads to another
// file: Scan will find it.
func (t *Tail) elsewhere(f *tailed) bool {
	return f.source == nil && !t.sameFile(f.path, f.key)
}

// welcome begins with a file that was never seen.
func (t *Tail) welcome(s stranger) {
	delete(t.postponed, s.stat.key)
	f := &tailed{
		id: newFileID(), key: s.stat.key, path: s.path, gzip: s.gzip(), stat: s.stat, grew: t.now,
		rotated: t.looksRotated(s.path), changed: true,
	}
	t.files[f.key] = f
	if s.stat.size > 0 {
		t.wake(f)
	}
	if t.opts.FromEnd && !t.begun {
		t.skipToEnd(f)
	}
}

// looksRotated reports whether path is a known or existing file's name with
// something behind it: nobody writes to app.log.1 beside an app.log.
func (t *Tail) looksRotated(path string) bool {
	stem := strings.TrimSuffix(path, filepath.Ext(path))
	if stem == "" || stem == path {
		return false
	}
	_, ok, err := statPath(stem)
	return err == nil && ok
}

// skipToEnd puts the position behind the last complete line.
func (t *Tail) skipToEnd(f *tailed) {
	if f.gzip {
		f.finished, f.more = true, false
		return
	}
	if err := t.openFile(f); err != nil {
		t.report(f, err)
		return
	}
	offset := max(0, f.stat.size-int64(len(t.scratch)))
	last, _, err := f.source.window(offset, t.scratch[:f.stat.size-offset])
	if err != nil {
		t.report(f, err)
		return
	}
	end := bytes.LastIndexByte(last, '\n') + 1
	f.moveTo(offset+int64(end), lastBytes(nil, last[:end]))
	head, _, err := f.source.window(0, t.scratch[:min(headLength, f.pos)])
	if err != nil {
		t.report(f, err)
	}
	f.head = bytes.Clone(head)
}

// begin notes that the first Scan is over: what comes now is new.
func (t *Tail) begin() {
	if t.begun {
		return
	}
	t.begun = true
	for _, f := range t.files {
		t.note(f)
	}
	t.journal.add(entry{Begun: true})
}

// forgetGone drops what went long ago, and the oldest of too many.
func (t *Tail) forgetGone() {
	excess := len(t.gone) - maxGone
	kept := t.gone[:0]
	for i, f := range t.gone {
		busy := f.source != nil || len(f.flight) > 0
		if !busy && (i < excess || t.now.Sub(f.gone) > goneWait) {
			t.journal.add(entry{Drop: f.id})
			continue
		}
		kept = append(kept, f)
	}
	t.gone = kept
}
