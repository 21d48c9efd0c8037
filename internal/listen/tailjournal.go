package listen

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The journal is what a Tail remembers across restarts: a file of lines, each a
// checksum and a JSON entry. Entries are appended and made durable in groups,
// one fsync for all files; when the file has grown it is written anew (temporary
// file, fsync, rename). A last line that is torn was never relied upon and is
// dropped; damage before the end is an error.
//
//	a3f1c2d4 {"file":{"id":"f06…","dev":…,"ino":…,"path":…,"head":…,"pos":…,"tail":…}}
//	77b2e690 {"pos":{"id":"f06…","pos":…,"tail":…}}       everything before pos is acknowledged
//	0d9e88f1 {"cut":{"id":"f06…","start":…,"end":…,"at":…}} the batch at start ends at end
type journal struct {
	path   string
	lock   *os.File
	file   *os.File
	buf    bytes.Buffer
	size   int64
	err    error
	synced time.Duration
}

// Limits of the journal.
const (
	// journalGrowth is how much is appended before the journal is written anew,
	// besides as much as a fresh one takes.
	journalGrowth = 4 << 20
	// maxEntry is the longest line of a journal, in bytes.
	maxEntry = 64 << 10
)

// entry is one line of the journal; one field is set.
type entry struct {
	File  *fileEntry `json:"file,omitempty"`
	Pos   *posEntry  `json:"pos,omitempty"`
	Cut   *cutEntry  `json:"cut,omitempty"`
	Drop  string     `json:"drop,omitempty"`
	Begun bool       `json:"begun,omitempty"`
}

type fileEntry struct {
	ID      string    `json:"id"`
	Dev     uint64    `json:"dev"`
	Ino     uint64    `json:"ino"`
	Path    string    `json:"path"`
	Head    []byte    `json:"head,omitempty"`
	Pos     int64     `json:"pos"`
	Tail    []byte    `json:"tail,omitempty"`
	Gzip    bool      `json:"gzip,omitempty"`
	Rotated bool      `json:"rotated,omitempty"`
	Done    bool      `json:"done,omitempty"`
	Gone    time.Time `json:"gone,omitzero"`
	Size    int64     `json:"size,omitempty"`
	Changed time.Time `json:"changed,omitzero"`
	Columns []byte    `json:"columns,omitempty"`
}

type posEntry struct {
	ID   string `json:"id"`
	Pos  int64  `json:"pos"`
	Tail []byte `json:"tail,omitempty"`
}

type cutEntry struct {
	ID    string    `json:"id"`
	Start int64     `json:"start"`
	End   int64     `json:"end"`
	At    time.Time `json:"at"`
	// Sum is the batch's checksum: other bytes at the same place, after the
	// file was replaced, must not come under its name. 0 where there is none.
	Sum uint64 `json:"sum,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openJournal locks and reads the journal at path; a missing one is empty. The
// caller writes it anew before appending.
func openJournal(path string) (*journal, []entry, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, nil, fmt.Errorf("make the folder of tail state: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("lock tail state: %w", err)
	}
	j := &journal{path: path, lock: lock}
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("lock tail state %s: another process uses it: %w", path, err), lock.Close())
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil, nil
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open tail state: %w", err), lock.Close())
	}
	entries, err := readJournal(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("read tail state %s: %w; move it away to start over, files are then read as never seen", path, err), lock.Close())
	}
	return j, entries, nil
}

// readJournal decodes all lines of r but a torn last one.
func readJournal(r io.Reader) ([]entry, error) {
	var entries []entry
	lines := bufio.NewReaderSize(r, maxEntry)
	var broken error
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return entries, nil // what is behind the last newline is torn
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		e, bad := decodeEntry(line)
		if bad == nil && broken != nil {
			return nil, broken // something whole follows: not torn but damaged
		}
		if bad != nil {
			if broken == nil {
				broken = fmt.Errorf("line %d: %w", number, bad)
			}
			continue
		}
		entries = append(entries, e)
	}
}

func decodeEntry(line []byte) (entry, error) {
	var e entry
	sum, text, found := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '})
	var want [4]byte
	if n, err := hex.Decode(want[:], sum[:min(len(sum), 8)]); err != nil || n != 4 || len(sum) != 8 || !found {
		return e, errors.New("has no checksum")
	}
	if got := checksum(text); !bytes.Equal(got[:], want[:]) {
		return e, errors.New("does not match its checksum")
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, fmt.Errorf("is not an entry: %w", err)
	}
	return e, e.check()
}

func (e entry) check() error {
	switch {
	case e.File != nil && (e.File.ID == "" || e.File.Pos < 0 || int64(len(e.File.Tail)) > e.File.Pos || len(e.File.Tail) > tailLength || len(e.File.Head) > headLength):
		return errors.New("file entry makes no sense")
	case e.Pos != nil && (e.Pos.Pos < 0 || int64(len(e.Pos.Tail)) > e.Pos.Pos || len(e.Pos.Tail) > tailLength):
		return errors.New("pos entry makes no sense")
	case e.Cut != nil && (e.Cut.Start < 0 || e.Cut.End <= e.Cut.Start):
		return errors.New("cut entry makes no sense")
	}
	return nil
}

func checksum(text []byte) [4]byte {
	sum := crc32.Checksum(text, castagnoli)
	return [4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}
}

// add appends an entry that the next commit makes durable; that also returns
// what went wrong here.
func (j *journal) add(e entry) { j.err = errors.Join(j.err, appendEntry(&j.buf, e)) }

func appendEntry(buf *bytes.Buffer, e entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode tail state: %w", err)
	}
	if len(text)+len("00000000 \n") > maxEntry {
		return fmt.Errorf("encode tail state: entry of %d bytes is too long", len(text))
	}
	sum := checksum(text)
	buf.WriteString(hex.EncodeToString(sum[:]))
	buf.WriteByte(' ')
	buf.Write(text)
	buf.WriteByte('\n')
	return nil
}

// commit makes all added entries durable.
func (j *journal) commit() error {
	if j.err != nil {
		return j.err
	}
	if j.buf.Len() == 0 {
		return nil
	}
	start := time.Now()
	n, err := j.file.Write(j.buf.Bytes())
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// What was written is in an unknown state; the next rewrite replaces
		// it. Until then nothing relies on it.
		j.size = 1 << 62
		return fmt.Errorf("write tail state %s: %w", j.path, err)
	}
	j.size += int64(n)
	j.buf.Reset()
	j.synced += time.Since(start)
	return nil
}

// rewrite replaces the journal by one that holds just entries.
func (j *journal) rewrite(entries []entry) error {
	var buf bytes.Buffer
	for _, e := range entries {
		if err := appendEntry(&buf, e); err != nil {
			return err
		}
	}
	file, err := replaceFile(j.path, buf.Bytes())
	if err != nil {
		return fmt.Errorf("write tail state: %w", err)
	}
	if j.file != nil {
		err = j.file.Close()
	}
	j.file, j.size = file, 0
	j.buf.Reset()
	return err
}

// replaceFile puts data in place of the file at path, durably, and returns it
// open for appending.
func replaceFile(path string, data []byte) (*os.File, error) {
	temp := path + ".tmp"
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func (j *journal) close() error {
	err := j.commit()
	return errors.Join(err, j.file.Close(), j.lock.Close())
}
