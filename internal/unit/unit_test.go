package unit

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	_ encoding.TextUnmarshaler = new(Bytes)
	_ encoding.TextUnmarshaler = new(Duration)
	_ encoding.TextUnmarshaler = new(Secret)
)

func TestParseBytes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     Bytes
		wantErr  string
	}{
		{name: "plain number", in: "4096", want: 4096},
		{name: "zero", in: "0", want: 0},
		{name: "binary unit", in: "64MiB", want: 64 << 20},
		{name: "space before the unit", in: " 64 MiB ", want: 64 << 20},
		{name: "any case", in: "64mib", want: 64 << 20},
		{name: "decimal unit", in: "10GB", want: 10_000_000_000},
		{name: "bytes by name", in: "12B", want: 12},
		{name: "fraction", in: "1.5GiB", want: 3 << 29},
		{name: "fraction with zeros", in: "1.50kB", want: 1500},
		{name: "tebibytes", in: "2TiB", want: 2 << 40},
		{name: "largest", in: "1048576TiB", want: MaxBytes},
		{name: "past the largest", in: "1152921504606846977", wantErr: "too large"},
		{name: "part of a byte", in: "0.3KiB", wantErr: "not a whole number of bytes"},
		{name: "ambiguous unit", in: "64M", wantErr: `unknown unit "M"`},
		{name: "unit of time", in: "64s", wantErr: `unknown unit "s"`},
		{name: "no number", in: "MiB", wantErr: "not a size"},
		{name: "empty", in: "", wantErr: "not a size"},
		{name: "negative", in: "-1", wantErr: "not a size"},
		{name: "two points", in: "1.2.3MiB", wantErr: "not a size"},
		{name: "point without digits", in: "1.MiB", wantErr: "not a size"},
		{name: "too large as a number", in: "99999999999999999999", wantErr: "too large"},
		{name: "too large by its unit", in: "8388608TiB", wantErr: "too large"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseBytes(tc.in)
			checkParse(t, got, err, tc.want, tc.wantErr)
		})
	}
}

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in string
		want     Duration
		wantErr  string
	}{
		{name: "seconds", in: "30s", want: Duration(30 * time.Second)},
		{name: "zero without unit", in: "0", want: 0},
		{name: "milliseconds", in: "20ms", want: Duration(20 * time.Millisecond)},
		{name: "minutes are not milliseconds", in: "20m", want: Duration(20 * time.Minute)},
		{name: "two parts", in: "1h30m", want: Duration(90 * time.Minute)},
		{name: "parts with space", in: "1h 30m", want: Duration(90 * time.Minute)},
		{name: "days", in: "7d", want: 7 * Day},
		{name: "weeks and days", in: "2w1d", want: 15 * Day},
		{name: "fraction", in: "1.5d", want: Duration(36 * time.Hour)},
		{name: "microseconds in both spellings", in: "1us1µs", want: Duration(2 * time.Microsecond)},
		{name: "nanoseconds", in: "5ns", want: 5},
		{name: "no unit", in: "30", wantErr: "has no unit after 30"},
		{name: "no unit after the second part", in: "1h30", wantErr: "has no unit after 30"},
		{name: "unknown unit", in: "30sec", wantErr: `unknown unit "sec"`},
		{name: "months", in: "3M", wantErr: `unknown unit "M"`},
		{name: "negative", in: "-5s", wantErr: "not a duration"},
		{name: "empty", in: "", wantErr: "not a duration"},
		{name: "word", in: "soon", wantErr: "not a duration"},
		{name: "part of a nanosecond", in: "1.5ns", wantErr: "finer than a nanosecond"},
		{name: "too long", in: "20000w", wantErr: "too long"},
		{name: "too long in sum", in: "4000w4000w", wantErr: "too long"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseDuration(tc.in)
			checkParse(t, got, err, tc.want, tc.wantErr)
		})
	}
}

func checkParse[T comparable](t *testing.T, got T, err error, want T, wantErr string) {
	t.Helper()
	if wantErr == "" {
		if err != nil || got != want {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), wantErr) {
		t.Fatalf("got %v, error %v; want an error with %q", got, err, wantErr)
	}
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		got  fmt.Stringer
		want string
	}{
		{Bytes(0), "0B"},
		{Bytes(1500), "1500B"},
		{64 * MiB, "64MiB"},
		{1536 * MiB, "1536MiB"},
		{2 * TiB, "2TiB"},
		{Duration(0), "0s"},
		{30 * Day, "30d"},
		{Duration(90 * time.Minute), "1h30m"},
		{Duration(time.Hour), "1h"},
		{25 * Duration(time.Hour), "25h"},
		{-2 * Day, "-2d"},
		{Duration(time.Minute), "1m"},
		{10 * Duration(time.Hour), "10h"},
		{Duration(20 * time.Millisecond), "20ms"},
		{Duration(-time.Second), "-1s"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			if got := tc.got.String(); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestBytesReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Bytes(rapid.Int64Range(0, int64(MaxBytes)).Draw(t, "size"))
		var got Bytes
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Fatalf("%d is written %q and read as %d, %v", want, want, got, err)
		}
	})
}

func TestDurationReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := Duration(rapid.Int64Range(0, int64(MaxDuration)).Draw(t, "duration"))
		var got Duration
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Fatalf("%d is written %q and read as %d, %v", want, want, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"64MiB", "1.5GiB", "0", "", "1h30m", "7d", "1.5ns", "9223372036854775807", "0.000000001w", "1µs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := ParseBytes(s); err == nil {
			again, err := ParseBytes(b.String())
			if err != nil || again != b || b < 0 {
				t.Errorf("%q is %d, written %q, read as %d, %v", s, b, b, again, err)
			}
		}
		if d, err := ParseDuration(s); err == nil {
			again, err := ParseDuration(d.String())
			if err != nil || again != d || d < 0 {
				t.Errorf("%q is %d, written %q, read as %d, %v", s, d, d, again, err)
			}
		}
	})
}
