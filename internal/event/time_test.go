package event

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestAppendTime(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		nanos int64
		want  string
	}{
		{0, "1970-01-01T00:00:00Z"},
		{1, "1970-01-01T00:00:00.000000001Z"},
		{-1, "1969-12-31T23:59:59.999999999Z"},
		{1_725_532_200_120_000_000, "2024-09-05T10:30:00.12Z"},
		{math.MaxInt64, "2262-04-11T23:47:16.854775807Z"},
		{math.MinInt64, "1677-09-21T00:12:43.145224192Z"},
	} {
		if got := string(AppendTime(nil, tc.nanos)); got != tc.want {
			t.Errorf("AppendTime(%d) = %s, expected %s", tc.nanos, got, tc.want)
		}
		if got, ok := ParseTime(tc.want); !ok || got != tc.nanos {
			t.Errorf("ParseTime(%s) = %d, %v, expected %d", tc.want, got, ok, tc.nanos)
		}
	}
}

func TestTimesAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nanos := rapid.Int64().Draw(t, "nanos")
		if rapid.Bool().Draw(t, "whole second") {
			nanos -= nanos % nanosPerSecond
		}
		want := time.Unix(0, nanos).UTC().Format(time.RFC3339Nano)
		if got := string(AppendTime(nil, nanos)); got != want {
			t.Fatalf("AppendTime(%d) = %s, expected %s", nanos, got, want)
		}
		zone := time.FixedZone("", rapid.IntRange(-23*60, 23*60).Draw(t, "minutes east")*60)
		text := time.Unix(0, nanos).In(zone).Format(time.RFC3339Nano)
		if got, ok := ParseTime(text); !ok || got != nanos {
			t.Fatalf("ParseTime(%s) = %d, %v, expected %d", text, got, ok, nanos)
		}
	})
}

func TestParseTimeRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "2024-09-05", "2024-09-05T10:30:00", "2024-09-05 10:30:00Z", "2024-09-05T10:30:00.Z", "2024-09-05T10:30:00.1234567890Z",
		"2024-09-05T24:00:00Z", "2024-09-05T10:60:00Z", "2024-09-05T10:30:60Z", "2024-13-05T10:30:00Z", "2024-00-05T10:30:00Z",
		"2024-09-31T10:30:00Z", "2023-02-29T10:30:00Z", "1900-02-29T00:00:00Z", "2024-09-00T10:30:00Z",
		"2024-09-05T10:30:00+0200", "2024-09-05T10:30:00+24:00", "2024-09-05T10:30:00+02:60", "2024-09-05T10:30:00z", "2024-09-05T10:30:00.5",
		"2024-09-05T10:30:00ZZ", "2024-09-05T10:30:00Z ", "x024-09-05T10:30:00Z", "20x4-09-05T10:30:00Z", "2024-x9-05T10:30:00Z",
		"1677-09-21T00:12:43Z", "2262-04-11T23:47:17Z", "2262-04-11T23:47:16.854775808Z", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
	} {
		if got, ok := ParseTime(s); ok {
			t.Errorf("ParseTime(%q) = %d, expected it to refuse", s, got)
		}
	}
}

func TestSetTimeRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	var e Event
	edge := time.Date(2262, 4, 12, 1, 47, 16, 854775807, time.FixedZone("", 2*3600))
	if !e.SetTime(EventTime, edge) || !e.Time(EventTime).Equal(edge) {
		t.Errorf("the last time that fits: %v", e.Time(EventTime))
	}
	if e.SetTime(IngestTime, edge.Add(1)) || e.SetTime(IngestTime, time.Time{}) || e.Has(IngestTime) {
		t.Errorf("took a time that does not fit: %v", e.Time(IngestTime))
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2024-09-05T10:30:00.123Z")
	f.Add("2024-02-29T23:59:59+14:00")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseTime(s)
		if !ok {
			return
		}
		want, err := time.Parse(time.RFC3339Nano, s)
		if err != nil || want.UnixNano() != got {
			t.Fatalf("ParseTime(%q) = %d, the library says %d, %v", s, got, want.UnixNano(), err)
		}
	})
}
