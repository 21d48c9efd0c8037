package format

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func nanosOf(t *testing.T, s string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UnixNano()
}

func TestCLFTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"05/Sep/2024:10:30:00 +0000", "2024-09-05T10:30:00Z"},
		{"05/Sep/2024:10:30:00 +0200", "2024-09-05T08:30:00Z"},
		{"31/Dec/2024:23:30:00 -0130", "2025-01-01T01:00:00Z"},
		{"29/Feb/2024:00:00:00 +0000", "2024-02-29T00:00:00Z"},
		{"31/Dec/2016:23:59:60 +0000", "2017-01-01T00:00:00Z"},
		{"01/Jan/2017:01:59:60 +0200", "2017-01-01T00:00:00Z"},
		{"31/Dec/2016:22:59:60 +0000", ""},
		{"29/Feb/2023:00:00:00 +0000", ""},
		{"31/Feb/2024:00:00:00 +0000", ""},
		{"00/Sep/2024:10:30:00 +0000", ""},
		{"05/Sept/2024:10:30:00 +0000", ""},
		{"05/Xyz/2024:10:30:00 +0000", ""},
		{"05/Sep/2024:24:30:00 +0000", ""},
		{"05/Sep/2024:10:60:00 +0000", ""},
		{"05/Sep/2024:10:30:00 +2400", ""},
		{"05/Sep/2024:10:30:00 0000", ""},
		{"05/Sep/2024:10:30:00 +00:00", ""},
		{"05/Sep/1024:10:30:00 +0000", ""},
		{"05/Sep/2024:10:30:00", ""},
		{"", ""},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, ok := clfTime(tt.in)
			if ok != (tt.want != "") {
				t.Fatalf("clfTime(%q): ok = %v", tt.in, ok)
			}
			if ok && got != nanosOf(t, tt.want) {
				t.Fatalf("clfTime(%q) = %v, want %s", tt.in, time.Unix(0, got).UTC(), tt.want)
			}
		})
	}
}

func TestISOTime(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("east", 7200)
	for _, tt := range []struct {
		in   string
		want string
		n    int
	}{
		{"2024-09-05T10:30:00Z", "2024-09-05T10:30:00Z", 20},
		{"2024-09-05t10:30:00z", "2024-09-05T10:30:00Z", 20},
		{"2024-09-05T10:30:00.123456789Z rest", "2024-09-05T10:30:00.123456789Z", 30},
		{"2024-09-05T10:30:00.1234567891Z", "2024-09-05T10:30:00.123456789Z", 31},
		{"2024-09-05T10:30:00,5+02:00]", "2024-09-05T08:30:00.5Z", 27},
		{"2024-09-05 10:30:00 +0200 x", "2024-09-05T08:30:00Z", 25},
		{"2024-09-05 10:30:00-07", "2024-09-05T17:30:00Z", 22},
		{"2024-09-05 10:30:00 UTC x", "2024-09-05T10:30:00Z", 23},
		{"2024-09-05 10:30:00 UTCx", "2024-09-05T08:30:00Z", 19},
		{"2024/09/05 10:30:00 x", "2024-09-05T08:30:00Z", 19},
		{"2024-09-05T10:30:00", "2024-09-05T08:30:00Z", 19},
		{"2024-09-05 10:30:00 Zebra", "2024-09-05T08:30:00Z", 19},
		{"2024-09-05 10:30:00.", "2024-09-05T08:30:00Z", 19},
		{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", 20},
		{"2024-09-05x10:30:00", "", 0},
		{"2024-09/05 10:30:00", "", 0},
		{"2024-13-05T10:30:00Z", "", 0},
		{"2024-02-30T10:30:00Z", "", 0},
		{"2024-09-05T10:30", "", 0},
		{"", "", 0},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, n, ok := isoTime(tt.in, berlin)
			if ok != (tt.want != "") {
				t.Fatalf("isoTime(%q): ok = %v", tt.in, ok)
			}
			if ok && (got != nanosOf(t, tt.want) || n != tt.n) {
				t.Fatalf("isoTime(%q) = %v, %d, want %s, %d", tt.in, time.Unix(0, got).UTC(), n, tt.want, tt.n)
			}
		})
	}
}

func TestBSDTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, received, want string }{
		{"two spaces", "Sep  5 10:30:00 host", "2024-09-05T10:30:01Z", "2024-09-05T10:30:00Z"},
		{"one space", "Sep 5 10:30:00 host", "2024-09-05T10:30:01Z", "2024-09-05T10:30:00Z"},
		{"leading zero", "Sep 05 10:30:00", "2024-09-05T10:30:01Z", "2024-09-05T10:30:00Z"},
		{"two digits", "Sep 15 10:30:00.25 h", "2024-09-15T10:30:01Z", "2024-09-15T10:30:00.25Z"},
		{"year", "Sep 15 2021 10:30:00: h", "2024-09-15T10:30:01Z", "2021-09-15T10:30:00Z"},
		{"new year's eve", "Dec 31 23:59:59 h", "2025-01-01T00:00:01Z", "2024-12-31T23:59:59Z"},
		{"new year's day", "Jan  1 00:00:01 h", "2024-12-31T23:59:59Z", "2025-01-01T00:00:01Z"},
		{"half a year ago", "Mar  6 10:30:00", "2024-09-04T10:30:00Z", "2024-03-06T10:30:00Z"},
		{"leap day", "Feb 29 10:30:00", "2024-03-01T00:00:00Z", "2024-02-29T10:30:00Z"},
		{"leap day read a year later", "Feb 29 10:30:00", "2025-03-01T00:00:00Z", "2024-02-29T10:30:00Z"},
		{"no such day", "Feb 30 10:30:00", "2024-03-01T00:00:00Z", ""},
		{"no such month", "Foo  5 10:30:00", "2024-03-01T00:00:00Z", ""},
		{"no such hour", "Feb  5 25:30:00", "2024-03-01T00:00:00Z", ""},
		{"day zero", "Feb  0 10:30:00", "2024-03-01T00:00:00Z", ""},
		{"three digits", "Feb 123 10:30:00", "2024-03-01T00:00:00Z", ""},
		{"cut", "Feb 12 10:30:0", "2024-03-01T00:00:00Z", ""},
		{"empty", "", "2024-03-01T00:00:00Z", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := Context{Received: time.Unix(0, nanosOf(t, tt.received))}
			got, _, ok := bsdTime(tt.in, &c)
			if ok != (tt.want != "") {
				t.Fatalf("bsdTime(%q): ok = %v", tt.in, ok)
			}
			if ok && got != nanosOf(t, tt.want) {
				t.Fatalf("bsdTime(%q) = %v, want %s", tt.in, time.Unix(0, got).UTC(), tt.want)
			}
		})
	}
}

func TestEpochTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"1725532200", "2024-09-05T10:30:00Z"},
		{"1725532200.5", "2024-09-05T10:30:00.5Z"},
		{"1725532200.123456789", "2024-09-05T10:30:00.123456789Z"},
		{"1725532200123", "2024-09-05T10:30:00.123Z"},
		{"1725532200123.5", "2024-09-05T10:30:00.1235Z"},
		{"1725532200123456", "2024-09-05T10:30:00.123456Z"},
		{"1725532200123456789", "2024-09-05T10:30:00.123456789Z"},
		{"1.7255322e9", "2024-09-05T10:30:00Z"},
		{"1.7255322005E+09", "2024-09-05T10:30:00.5Z"},
		{"100000000", "1973-03-03T09:46:40Z"},
		{"99999999", ""},
		{"0", ""},
		{"12.5", ""},
		{"-1725532200", ""},
		{"1725532200.", ""},
		{"1725532200,5", ""},
		{"1725532200x", ""},
		{"9223372036854775808", ""},
		{"99999999999", ""},
		{"1e300", ""},
		{"", ""},
	} {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			got, ok := epochTime(tt.in)
			if ok != (tt.want != "") {
				t.Fatalf("epochTime(%q) = %v, %v", tt.in, got, ok)
			}
			if ok && got != nanosOf(t, tt.want) {
				t.Fatalf("epochTime(%q) = %v, want %s", tt.in, time.Unix(0, got).UTC(), tt.want)
			}
		})
	}
}

// The calendar by hand agrees with the standard library's for every time that
// an event can hold.
func TestTimesAgreeWithStandardLibrary(t *testing.T) {
	t.Parallel()
	low := time.Date(1679, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	high := time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC).Unix()
	rapid.Check(t, func(t *rapid.T) {
		offset := rapid.IntRange(-23*60, 23*60).Draw(t, "offset minutes") * 60
		at := time.Unix(rapid.Int64Range(low, high).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).
			In(time.FixedZone("", offset))
		if got, ok := clfTime(at.Format("02/Jan/2006:15:04:05 -0700")); !ok || got != at.Truncate(time.Second).UnixNano() {
			t.Fatalf("clfTime of %v = %d, %v", at, got, ok)
		}
		if got, ok := rfc3339Time(at.Format(time.RFC3339Nano), nil); !ok || got != at.UnixNano() {
			t.Fatalf("rfc3339Time of %v = %d, %v", at, got, ok)
		}
	})
}

// A time without a year is never further from its reception than the same time
// in a neighbouring year, and never more than a week after it.
func TestBSDTimeIsNearest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		received := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "received"), 0).UTC()
		logged := received.Add(time.Duration(rapid.Int64Range(-250*86400, 250*86400).Draw(t, "age")) * time.Second)
		text := logged.Format(time.Stamp)
		got, n, ok := bsdTime(text, &Context{Received: received})
		if !ok || n != len(text) {
			t.Fatalf("bsdTime(%q) = %d, %d, %v", text, got, n, ok)
		}
		want, best := time.Time{}, time.Duration(math.MaxInt64)
		for y := received.Year() - 8; y <= received.Year()+8; y++ {
			at := time.Date(y, logged.Month(), logged.Day(), logged.Hour(), logged.Minute(), logged.Second(), 0, time.UTC)
			if d := received.Sub(at).Abs(); at.Day() == logged.Day() && d < best && at.Sub(received) <= 7*24*time.Hour {
				want, best = at, d
			}
		}
		if got != want.UnixNano() {
			t.Fatalf("bsdTime(%q) received %v = %v, want %v", text, received, time.Unix(0, got).UTC(), want)
		}
	})
}
