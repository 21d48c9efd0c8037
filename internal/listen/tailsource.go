package listen

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzip"
)

// fileKey identifies a file as long as it exists. Once it is deleted another
// file may get the same key, so contents are compared as well.
type fileKey struct{ dev, ino uint64 }

// fileStat is what a look at a path tells.
type fileStat struct {
	key     fileKey
	size    int64
	changed time.Time
}

func statOf(info fs.FileInfo) (fileStat, bool) {
	sys, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() {
		return fileStat{}, false
	}
	key := fileKey{uint64(sys.Dev), sys.Ino} //nolint:unconvert // not uint64 everywhere
	return fileStat{key, info.Size(), info.ModTime()}, true
}

// statPath follows symbolic links. ok is false for what is not a regular file.
func statPath(path string) (s fileStat, ok bool, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileStat{}, false, err
	}
	s, ok = statOf(info)
	return s, ok, nil
}

// source is an open file's contents.
type source interface {
	// window reads the bytes at offset into buf and returns those that are
	// there. eof says that the file ends behind them for now.
	window(offset int64, buf []byte) (data []byte, eof bool, err error)
	close() error
}

// plainSource is a file as it is.
type plainSource struct{ file *os.File }

func (p plainSource) window(offset int64, buf []byte) ([]byte, bool, error) {
	n, err := p.file.ReadAt(buf, offset)
	if errors.Is(err, io.EOF) {
		return buf[:n], true, nil
	}
	return buf[:n], false, err
}

func (p plainSource) close() error { return p.file.Close() }

// gzipSource is a compressed file's contents. Reading forward is cheap, going
// back starts over. It keeps what window returned last.
type gzipSource struct {
	file *os.File
	z    *gzip.Reader
	// held are the bytes from base on.
	held []byte
	base int64
	end  bool
}

// window returns an error for a file that is damaged or not complete yet, along
// with what could be read before that.
func (g *gzipSource) window(offset int64, buf []byte) ([]byte, bool, error) {
	if g.z == nil || offset < g.base {
		if err := g.restart(); err != nil {
			return nil, false, err
		}
	}
	err := g.skipTo(offset)
	for err == nil && !g.end && len(g.held) < len(buf) {
		n := 0
		n, err = g.z.Read(buf[len(g.held):])
		// held is moved behind buf only now, so that buf can be the target.
		g.held = append(g.held, buf[len(g.held):len(g.held)+n]...)
		if errors.Is(err, io.EOF) {
			g.end, err = true, nil
		}
	}
	n := copy(buf, g.held)
	return buf[:n], g.end && n == len(g.held), err
}

func (g *gzipSource) restart() error {
	if _, err := g.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	z, err := gzip.NewReader(bufio.NewReader(g.file))
	if err != nil {
		g.z = nil
		return err
	}
	g.z, g.held, g.base, g.end = z, g.held[:0], 0, false
	return nil
}

// skipTo drops what is before offset.
func (g *gzipSource) skipTo(offset int64) error {
	if drop := min(offset-g.base, int64(len(g.held))); drop > 0 {
		g.held = g.held[:copy(g.held, g.held[drop:])]
		g.base += drop
	}
	if offset == g.base || g.end {
		return nil
	}
	n, err := io.CopyN(io.Discard, g.z, offset-g.base)
	g.base += n
	if errors.Is(err, io.EOF) {
		g.end, err = true, nil
	}
	return err
}

func (g *gzipSource) close() error { return g.file.Close() }

// openSource opens the file at path, if it is still the one with this key.
func openSource(path string, key fileKey, compressed bool) (source, error) {
	// Without O_NONBLOCK opening a named pipe that took the file's place would
	// wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if s, ok := statOf(info); !ok || s.key != key {
		return nil, errors.Join(errReplaced, file.Close())
	}
	if compressed {
		return &gzipSource{file: file}, nil
	}
	return plainSource{file}, nil
}

// errReplaced says that a path leads to another file than it did.
var errReplaced = errors.New("file was replaced")
