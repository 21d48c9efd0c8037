package format

import (
	"testing"
	"time"
)

func TestOwnLayouts(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := Context{Received: defaultReceived}
	const want = "2024-09-05T10:30:00Z"
	for _, tc := range []struct {
		layout, text string
		zone         *time.Location
		want         string // "" is no time
	}{
		{"%d.%m.%Y %H:%M:%S", "05.09.2024 10:30:00", nil, want},
		{"%d.%m.%Y %H:%M:%S", "5.9.2024 12:30:00", berlin, want},
		{"%Y%m%d%H%M%S", "20240905103000", nil, want},
		{"%Y%m%d%H%M%S", "2024095103000", nil, ""},
		{"%y%m%d %H:%M:%S", "240905 10:30:00", nil, want},
		{"%b %e %H:%M:%S", "Sep  5 10:30:00", nil, want},
		{"%d %B %Y %I:%M:%S %p", "05 September 2024 10:30:00 AM", nil, want},
		{"%d/%b/%Y:%H:%M:%S %z", "05/Sep/2024:12:30:00 +0200", nil, want},
		{"%d %b %H:%M:%S %z", "05 Sep 12:30:00 +0200", nil, want},
		{"%a %b %d %H:%M:%S %Z %Y", "Thu Sep 05 10:30:00 UTC 2024", nil, want},
		{"%a %b %d %H:%M:%S %Z %Y", "Thu Sep 05 12:30:00 CEST 2024", berlin, want},
		{"%a %b %d %H:%M:%S %Z %Y", "Thu Sep 05 12:30:00 CEST 2024", nil, ""},
		{"%F %T.%f", "2024-09-05 10:30:00.25", nil, "2024-09-05T10:30:00.25Z"},
		{"%F %T,%L", "2024-09-05 10:30:00,250", nil, "2024-09-05T10:30:00.25Z"},
		{"%F %T,%L", "2024-09-05 10:30:00,25", nil, ""},
		{"%Y %j %H:%M", "2024 249 10:30", nil, want},
		{"%Y %j %H:%M", "2023 366 10:30", nil, ""},
		{"%s", "1725532200", nil, want},
		{"@%s.%f", "@1725532200.25", nil, "2024-09-05T10:30:00.25Z"},
		{"02.01.2006 15:04:05", "05.09.2024 10:30:00", nil, want},
		{"Jan _2 15:04:05", "Sep  5 10:30:00", nil, want},
		{"Jan 2, 2006 3:04:05 PM", "Sep 5, 2024 10:30:00 AM", nil, want},
		{"2006-01-02T15:04:05.000Z07:00", "2024-09-05T12:30:00.000+02:00", nil, want},
		{"2006/01/02 15:04:05.999", "2024/09/05 10:30:00", nil, want},
		{"2006/01/02 15:04:05.999", "2024/09/05 10:30:00.5", nil, "2024-09-05T10:30:00.5Z"},
		{"Mon Jan 2 15:04:05 2006", "Thu Sep 5 10:30:00 2024", nil, want},
		{"epoch", "1725532200.5", nil, "2024-09-05T10:30:00.5Z"},
		{"epoch_ms", "1725532200000", nil, want},
		{"epoch_ns", "1725532200000000000", nil, want},
		{"auto", "1725532200123", nil, "2024-09-05T10:30:00.123Z"},
		{"auto", "Sep  5 10:30:00", nil, want},
		{"rfc3164", "Sep  5 10:30:00", nil, want},
		{"iso8601", "2024-09-05T12:30:00+02:00", nil, want},
		{"clf", "05/Sep/2024:10:30:00 +0000", nil, want},
		{"%d.%m.%Y %H:%M:%S", "31.02.2024 10:30:00", nil, ""},
		{"%d.%m.%Y %H:%M:%S", "05.09.2024 25:30:00", nil, ""},
		{"%I:%M %p %d.%m.%Y", "13:30 PM 05.09.2024", nil, ""},
		{"%I:%M %p %d.%m.%Y", "12:30 am 05.09.2024", nil, "2024-09-05T00:30:00Z"},
		{"%b %d %H:%M", "Feb 29 10:30", nil, "2024-02-29T10:30:00Z"},
	} {
		layout, bad := parseLayout(tc.layout)
		if bad != "" {
			t.Errorf("%s: %s", tc.layout, bad)
			continue
		}
		nanos, n, ok := layout.read(tc.text, &c, tc.zone)
		got := ""
		if ok && n == len(tc.text) {
			got = time.Unix(0, nanos).UTC().Format(time.RFC3339Nano)
		}
		if got != tc.want {
			t.Errorf("%s reads %q as %q, want %q", tc.layout, tc.text, got, tc.want)
		}
	}
	for _, layout := range []string{"", "%Y", "%H:%M", "%Q %d", "%", "hello", "%d %H", "2006"} {
		if _, bad := parseLayout(layout); bad == "" {
			t.Errorf("%q is taken for a layout", layout)
		}
	}
}
