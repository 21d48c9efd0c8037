package listen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/goshawk-siem/goshawk/internal/record"
)

type reader interface{ Next() (Piece, error) }

// drain reads all of r, and puts the parts of long records together.
func drain(t *testing.T, r reader) (records []string, parts int) {
	t.Helper()
	var long []byte
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return records, parts
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Part == 0 {
			records = append(records, string(p.Data))
			continue
		}
		if len(p.Data) > MaxPart {
			t.Fatalf("part of %d bytes", len(p.Data))
		}
		parts++
		long = append(long, p.Data...)
		if p.Last {
			records = append(records, fmt.Sprintf("long:%d", len(long)))
			long = nil
		}
	}
}

func TestLineReader(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, tt := range []struct {
		name, in string
		want     []string
		parts    int
	}{
		{"nothing", "", nil, 0},
		{"endings", "a\nb\r\nc", []string{"a", "b", "c"}, 0},
		{"empty lines", "\n\r\n\na\n\n", []string{"a"}, 0},
		{"at the limit", x(100) + "\n" + x(101) + "\n", []string{x(100), "long:101"}, 1},
		{"one part exactly", x(MaxPart) + "\r\nb", []string{fmt.Sprint("long:", MaxPart), "b"}, 1},
		{"one byte more", x(MaxPart+1) + "\nb", []string{fmt.Sprint("long:", MaxPart+1), "b"}, 2},
		{"two bytes more", x(MaxPart+2) + "\nb", []string{fmt.Sprint("long:", MaxPart+2), "b"}, 2},
		{"two parts exactly", x(2*MaxPart) + "\nb", []string{fmt.Sprint("long:", 2*MaxPart), "b"}, 2},
		{"ends in a part", x(MaxPart + 1), []string{fmt.Sprint("long:", MaxPart+1)}, 2},
		{"NUL is a byte", "a\x00b\n", []string{"a\x00b"}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "halves": iotest.HalfReader(strings.NewReader(tt.in)), "with EOF": iotest.DataErrReader(strings.NewReader(tt.in))} {
				got, parts := drain(t, NewLineReader(r, 100))
				if diff := cmp.Diff(tt.want, got); diff != "" || parts != tt.parts {
					t.Errorf("%s: %d parts, want %d (-want +got):\n%s", name, parts, tt.parts, diff)
				}
			}
		})
	}
}

func TestFrameReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"counted", "5 <1>ab6 <1>abc", []string{"<1>ab", "<1>abc"}},
		{"counted with newline counted", "6 <1>ab\n5 <1>cd", []string{"<1>ab", "<1>cd"}},
		{"counted with newline behind", "5 <1>ab\n5 <1>cd\n", []string{"<1>ab", "<1>cd"}},
		{"lines", "<1>a\n<1>b\r\n<1>c\x00<1>d", []string{"<1>a", "<1>b", "<1>c", "<1>d"}},
		{"mixed", "<1>a\n5 <1>ab<1>c\n", []string{"<1>a", "<1>ab", "<1>c"}},
		{"a line of digits", "12345\n67 x\n", []string{"12345", "67 x"}},
		{"address", "192.0.2.1 - -\n", []string{"192.0.2.1 - -"}},
		{"leading zero", "05 <1>ab\n", []string{"05 <1>ab"}},
		{"huge count", "99999999999999999999 <1>a\nb\n", []string{"99999999999999999999 <1>a", "b"}},
		{"largest count", "999999999 <1>a", []string{"<1>a"}},
		{"count of zero", "0 <1>a\n", []string{"0 <1>a"}},
		{"cut in the count", "12", []string{"12"}},
		{"cut behind the count", "12 ", []string{"12 "}},
		{"cut in a message", "12 <1>abc", []string{"<1>abc"}},
		{"counted newlines only", "3 <\n\n<1>a\n", []string{"<", "<1>a"}},
		{"newlines inside", "8 <1>a\nb\nc", []string{"<1>a\nb\nc"}},
		{"long and counted", "150 <" + strings.Repeat("y", 149) + "<1>b\n", []string{"long:150", "<1>b"}},
		{"long line", strings.Repeat("y", 150) + "\n<1>b\n", []string{"long:150", "<1>b"}},
		{"several parts", fmt.Sprintf("%d <%s5 <1>ab", 3*MaxPart, strings.Repeat("y", 3*MaxPart-1)), []string{fmt.Sprint("long:", 3*MaxPart), "<1>ab"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.in), "bytes": iotest.OneByteReader(strings.NewReader(tt.in))} {
				got, _ := drain(t, NewFrameReader(r, 100))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// timeouts fails every other read.
type timeouts struct {
	r    io.Reader
	fail bool
}

var errTimeout = errors.New("timeout")

func (t *timeouts) Read(p []byte) (int, error) {
	if t.fail = !t.fail; t.fail {
		return 0, errTimeout
	}
	return t.r.Read(p)
}

func TestReadersGoOnAfterATimeout(t *testing.T) {
	t.Parallel()
	text := "5 <1>ab<1>line\n"
	for name, r := range map[string]reader{
		"frames": NewFrameReader(&timeouts{r: iotest.OneByteReader(strings.NewReader(text))}, 100),
		"lines":  NewLineReader(&timeouts{r: iotest.OneByteReader(strings.NewReader("<1>ab\n<1>line\n"))}, 100),
	} {
		var got []string
		for {
			p, err := r.Next()
			if errors.Is(err, errTimeout) {
				continue
			}
			if err != nil {
				break
			}
			got = append(got, string(p.Data))
		}
		if diff := cmp.Diff([]string{"<1>ab", "<1>line"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMessageReader(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"": nil, "\r\n\n": nil, "a\n b\n": {"a\n b"},
		strings.Repeat("x", 101):         {"long:101"},
		strings.Repeat("x", 2*MaxPart+7): {fmt.Sprint("long:", 2*MaxPart+7)},
	} {
		got, _ := drain(t, NewMessageReader(strings.NewReader(in), 100))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.20q (-want +got):\n%s", in, diff)
		}
	}
}

func TestDatagram(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]Piece{
		"a": {Data: []byte("a")}, "a\r\n\x00": {Data: []byte("a")}, "a\nb\n": {Data: []byte("a\nb"), Multi: true}, "\n": {Data: []byte{}},
	} {
		if diff := cmp.Diff(want, Datagram([]byte(in))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// endless is a line of a length.
type endless struct{ left int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.left)
	for i := range p[:n] {
		p[i] = 'e'
	}
	e.left -= n
	return int(n), nil
}

const endlessLine = 256 << 20

// A buffer that doubles up to its limit takes twice that, all in all.
func TestEndlessLineNeedsLittleMemory(t *testing.T) {
	for name, r := range map[string]reader{
		"lines":  NewLineReader(&endless{endlessLine}, record.MaxLine),
		"frames": NewFrameReader(&endless{endlessLine}, record.MaxLine),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read := 0
		for {
			p, err := r.Next()
			if err != nil {
				break
			}
			read += len(p.Data)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; read != endlessLine || used > 2<<20 {
			t.Errorf("%s: %d bytes read, %d allocated", name, read, used)
		}
	}
}

// Cutting must not depend on how the bytes come in, nor on what follows.
func TestCutBatchDependsOnBytesOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.OneOf(
			rapid.SampledFrom([]string{"", "\r", "a", "b\r", "\r\r"}),
			rapid.Custom(func(t *rapid.T) string { return strings.Repeat("q", rapid.IntRange(1, 90_000).Draw(t, "length")) }),
		)
		data := []byte(strings.Join(rapid.SliceOfN(line, 0, 40).Draw(t, "lines"), "\n") + "\n")
		whole := cutBatch(data, 80_000)
		short := data[:rapid.IntRange(0, len(data)).Draw(t, "seen")]
		if part := cutBatch(short, 80_000); part.kind == cutFull && (part.end != whole.end || part.lines != whole.lines || part.start != whole.start || whole.kind != cutFull) {
			t.Fatalf("seeing %d of %d bytes: %+v, seeing all: %+v", len(short), len(data), part, whole)
		}
		if whole.kind == cutFull || whole.kind == cutPartial {
			if n := countLines(data[whole.start:whole.end]); n != whole.lines {
				t.Fatalf("%d lines, counted %d", whole.lines, n)
			}
		}
	})
}

func TestCutterCutsAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b\r", strings.Repeat("c", 70_000), strings.Repeat("d", record.MaxBatchBytes)})).Draw(t, "lines")
		var c Cutter
		var got []string
		take := func() {
			payload, n := c.Take()
			if len(payload) > record.MaxBatchBytes+1 || n > record.MaxBatchLines {
				t.Fatalf("batch of %d bytes, %d lines", len(payload), n)
			}
			b := record.Batch{Payload: string(payload)}
			b.Lines(func(l record.Line) bool { got = append(got, l.Text); return true })
		}
		for _, l := range lines {
			if !c.Fits([]byte(l)) {
				take()
			}
			c.Add([]byte(l))
			if c.Full() {
				take()
			}
		}
		take()
		if len(lines) != len(got) || len(lines) > 0 && !cmp.Equal(lines, got) {
			t.Fatalf("%d lines in, %d out", len(lines), len(got))
		}
	})
}

func TestCheckGlob(t *testing.T) {
	t.Parallel()
	for pattern, ok := range map[string]bool{"/var/log/**/*.log": true, "a[": false, "": false, "{a,b}.log": true} {
		if err := CheckGlob(pattern); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"5 <1>ab", "<1>a\nb", "12 ", "999999999 <", "5 <1>ab\n\x00 7 <"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, _ := drain(t, NewFrameReader(bytes.NewReader(data), 50))
		bytewise, _ := drain(t, NewFrameReader(iotest.OneByteReader(bytes.NewReader(data)), 50))
		if !cmp.Equal(whole, bytewise) {
			t.Fatalf("in one read %q, byte by byte %q", whole, bytewise)
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add([]byte("plain\nlines"), "")
	f.Add([]byte("\x1f\x8b\x08\x00"), "gzip")
	f.Add([]byte("\x28\xb5\x2f\xfd\x04\x00"), "zstd")
	f.Fuzz(func(t *testing.T, data []byte, encoding string) {
		const limit = 1 << 20
		body, err := NewBody(bytes.NewReader(data), encoding, limit)
		if err != nil {
			if !errors.Is(err, ErrEncoding) {
				t.Fatal(err)
			}
			return
		}
		defer body.Close()
		n, err := io.Copy(io.Discard, body)
		if n > limit || err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLong) {
			t.Fatalf("%d bytes, %v", n, err)
		}
	})
}

func FuzzJournal(f *testing.F) {
	var buf bytes.Buffer
	for _, e := range []entry{{Begun: true}, {File: &fileEntry{ID: "f1", Path: "/a", Head: []byte("h"), Pos: 5, Tail: []byte("t")}}, {Pos: &posEntry{ID: "f1", Pos: 7}}, {Cut: &cutEntry{ID: "f1", Start: 7, End: 9}}, {Drop: "f1"}} {
		if err := appendEntry(&buf, e); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(buf.Bytes())
	f.Add([]byte("torn"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := readJournal(bytes.NewReader(data))
		if err != nil {
			return
		}
		tail := &Tail{files: map[fileKey]*tailed{}}
		tail.restore(entries)
		var again bytes.Buffer
		for _, e := range tail.snapshot() {
			if err := appendEntry(&again, e); err != nil {
				t.Fatal(err)
			}
		}
		back, err := readJournal(bytes.NewReader(again.Bytes()))
		if err != nil || len(back) != len(tail.snapshot()) {
			t.Fatalf("what was read can't be written and read again: %v", err)
		}
	})
}

func BenchmarkReaders(b *testing.B) {
	line := `192.0.2.17 - - [05/Sep/2024:10:30:00 +0000] "GET /index.html HTTP/1.1" 200 1234 "-" "curl/8.5.0"` + "\n"
	lines := strings.Repeat(line, 10_000)
	counted := strings.Repeat(fmt.Sprintf("%d <13>%s", len(line)+4, line), 10_000)
	for _, bb := range []struct {
		name, text string
		make       func(io.Reader) reader
	}{
		{"lines", lines, func(r io.Reader) reader { return NewLineReader(r, record.MaxLine) }},
		{"frames by line", lines, func(r io.Reader) reader { return NewFrameReader(r, record.MaxLine) }},
		{"frames by count", counted, func(r io.Reader) reader { return NewFrameReader(r, record.MaxLine) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.text)))
			b.ReportAllocs()
			for b.Loop() {
				r := bb.make(strings.NewReader(bb.text))
				for {
					if _, err := r.Next(); err != nil {
						break
					}
				}
			}
		})
	}
}
