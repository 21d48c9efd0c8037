package listen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Errors of a body, told apart by the answer that they deserve.
var (
	// ErrEncoding is matched when a body's encoding is none that is understood.
	ErrEncoding = errors.New("unknown content encoding")
	// ErrTooLong is matched when a body is longer than allowed, inflated or not.
	ErrTooLong = errors.New("body is too long")
	// ErrDamaged is matched when a body can't be inflated: it is cut short or
	// was never compressed.
	ErrDamaged = errors.New("body can't be decompressed")
)

// Encodings are the content encodings that Body understands, besides none.
const Encodings = "gzip, zstd"

// Body inflates a body. It never hands out more than limit bytes, nor holds more
// than a decoder's window, so that a bomb costs its sender more than us.
type Body struct {
	plain   io.Reader
	limit   int64
	read    int64
	release func()
}

// NewBody returns a reader of r, whose content encoding is "gzip", "zstd",
// "identity" or "", in any case. Errors of r itself come through. Close it.
func NewBody(r io.Reader, encoding string, limit int64) (*Body, error) {
	b := &Body{plain: r, limit: limit, release: func() {}}
	source := &sourceErrors{r: r}
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return b, nil
	case "gzip", "x-gzip":
		b.plain = &lazyGzip{source: bufio.NewReader(source)}
	case "zstd":
		z, err := zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(MaxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, fmt.Errorf("start zstd: %w", err)
		}
		b.plain, b.release = z, z.Close
	default:
		return nil, fmt.Errorf("%w %q: expected one of %s, or none", ErrEncoding, encoding, Encodings)
	}
	b.plain = &decoder{r: b.plain, source: source}
	return b, nil
}

// Read reads inflated bytes. Its errors match ErrTooLong, ErrDamaged, or are
// those of the reader below.
func (b *Body) Read(p []byte) (int, error) {
	if b.read > b.limit {
		return 0, b.tooLong()
	}
	// One byte more than allowed tells a body that ends at the limit from one
	// that goes on.
	if room := b.limit - b.read + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := b.plain.Read(p)
	b.read += int64(n)
	if b.read > b.limit {
		return n - 1, b.tooLong()
	}
	return n, err
}

func (b *Body) tooLong() error {
	return fmt.Errorf("%w: more than %d bytes after decompression; send it in several requests", ErrTooLong, b.limit)
}

// Bytes returns how many inflated bytes were read.
func (b *Body) Bytes() int64 { return min(b.read, b.limit) }

// Close frees the decoder. It does not close the reader below.
func (b *Body) Close() { b.release() }

// sourceErrors remembers the error of a reader below a decoder, which would
// otherwise look like damage.
type sourceErrors struct {
	r   io.Reader
	err error
}

func (s *sourceErrors) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// decoder marks a decoder's own errors.
type decoder struct {
	r      io.Reader
	source *sourceErrors
}

func (d *decoder) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case d.source.err != nil:
		return n, d.source.err
	default:
		return n, fmt.Errorf("%w: %v", ErrDamaged, err)
	}
}

// lazyGzip reads the gzip header with the first Read: a constructor that blocks
// on a slow sender could not be given a deadline.
type lazyGzip struct {
	source *bufio.Reader
	z      *gzip.Reader
}

func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.z == nil {
		z, err := gzip.NewReader(g.source)
		if errors.Is(err, io.EOF) {
			// An empty body is no damage, a compressed one that stops in its
			// header is: gzip tells them apart as EOF and ErrUnexpectedEOF.
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		g.z = z
	}
	return g.z.Read(p)
}
