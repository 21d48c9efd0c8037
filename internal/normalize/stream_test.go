package normalize

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/event"
	"github.com/goshawk-siem/goshawk/internal/format"
	"github.com/goshawk-siem/goshawk/internal/record"
)

// parsed parses a batch of source as a normalizer of sources does.
func parsed(t *testing.T, sources Sources, batch record.Batch) (*work, []event.Event) {
	t.Helper()
	reader, err := NewReader(sources, format.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	batch.ID, batch.Received = "b-1", time.Date(2024, 9, 5, 11, 0, 0, 0, time.UTC)
	how, err := reader.reading(&batch)
	if err != nil {
		t.Fatal(err)
	}
	w := new(work)
	w.parse(limits{record.MaxLine, 1 << 20}, &batch, how)
	var events []event.Event
	for line := range strings.Lines(string(w.out)) {
		var e event.Event
		if err := e.DecodeJSON(strings.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	if w.lines != len(events)+w.joined+len(w.dead) {
		t.Errorf("%d lines, but %d events, %d lines joined to them and %d dead letters", w.lines, len(events), w.joined, len(w.dead))
	}
	return w, events
}

const iisFields = "#Fields: date time c-ip cs-method cs-uri-stem sc-status"

func TestHeaderLinesHoldForTheLinesBehindThem(t *testing.T) {
	t.Parallel()
	row := "2024-09-05 10:30:00 192.0.2.1 GET / 200"
	for _, tt := range []struct {
		name    string
		source  Source
		columns string
		payload string
		events  int
		dead    []string // the columns of each dead letter
	}{
		{name: "in the batch", payload: iisFields + "\n" + row + "\n" + row, events: 3},
		{name: "behind the line", payload: row + "\n" + iisFields, events: 1, dead: []string{""}},
		{name: "from the stream", columns: iisFields, payload: row, events: 1},
		{name: "from the configuration", source: Source{Format: "iis_access", Columns: iisFields}, payload: row, events: 1},
		{name: "the stream before the configuration", source: Source{Format: "iis_access", Columns: "#Fields: time c-ip cs-method"}, columns: iisFields, payload: row, events: 1},
		{name: "the batch before the stream", columns: "#Fields: time c-ip cs-method", payload: iisFields + "\n" + row, events: 2},
		{name: "named", source: Source{Format: "iis_access"}, payload: iisFields + "\n" + row + "\nrubbish", events: 2, dead: []string{iisFields}},
		{name: "csv by its first line", source: Source{Format: "csv"}, payload: "time,name\n2024-09-05T10:30:00Z,a\n2024-09-05T10:30:00Z,b", events: 3},
		{name: "csv without", source: Source{Format: "csv"}, payload: "2024-09-05T10:30:00Z,a", dead: []string{""}},
		{name: "a table among other lines", payload: "timestamp,src_ip,dst_ip,username\n2024-09-05T10:30:00Z,192.0.2.1,,alice\nlevel=info msg=hello", events: 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, events := parsed(t, Sources{"s": tt.source}, record.Batch{Source: "s", Columns: tt.columns, Payload: tt.payload})
			if len(events) != tt.events {
				t.Errorf("%d events, want %d: %s %v", len(events), tt.events, w.out, w.dead)
			}
			var columns []string
			for _, letter := range w.dead {
				columns = append(columns, letter.Columns)
			}
			if !slices.Equal(columns, tt.dead) {
				t.Errorf("dead letters with columns %q, want %q", columns, tt.dead)
			}
		})
	}
}

// A letter's columns make the replayed line what it would have been.
func TestReaderUsesTheColumnsOfALetter(t *testing.T) {
	t.Parallel()
	reader, err := NewReader(nil, format.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	var e event.Event
	batch := record.Batch{Source: "s", Columns: iisFields, Received: time.Now()}
	if err := reader.Parse(&batch, "2024-09-05 10:30:00 192.0.2.1 GET / 200", &e); err != nil || e.Int(event.StatusCode) != 200 {
		t.Errorf("%v, status %d", err, e.Int(event.StatusCode))
	}
}

func TestColumnsInTheConfigurationAreChecked(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]Source{
		"":                                    {Format: "csv", Columns: "id,amount,city"},
		"are header lines of no format":       {Columns: "id,amount,city"},
		"does not name the columns of the fo": {Format: "zeek", Columns: iisFields},
	} {
		err := Sources{"s": s}.Validate(format.BuiltIn())
		if want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
}

func TestLinesThatHangTogetherAreOneRecord(t *testing.T) {
	t.Parallel()
	head := func(n int) string {
		return fmt.Sprintf("# Time: 2024-09-05T10:30:0%d.000000Z\n# User@Host: alice[alice] @ web01 [192.0.2.7]  Id:    10\n# Query_time: 2.500000  Lock_time: 0.000100 Rows_sent: 3  Rows_examined: 9\n", n)
	}
	slow := head(0) + "SET timestamp=1725532197;\nSELECT *\nFROM orders;\n" + head(1) + "SELECT 1;\n"
	for _, tt := range []struct {
		name, format, payload string
		numbers               []string
		raws                  []int // lines in each event's raw
		dead                  int
	}{
		{name: "slow queries", format: "mysql", payload: slow, numbers: []string{"b-1-1", "b-1-7"}, raws: []int{6, 4}},
		{name: "slow queries of any source", format: "auto", payload: slow, numbers: []string{"b-1-1", "b-1-7"}, raws: []int{6, 4}},
		{name: "carriage returns", format: "mysql", payload: strings.ReplaceAll(slow, "\n", "\r\n"), numbers: []string{"b-1-1", "b-1-7"}, raws: []int{6, 4}},
		{name: "statement", format: "postgresql", payload: "2024-09-05 10:30:00.123 UTC [812] LOG:  statement: SELECT 1\n\tFROM orders\n2024-09-05 10:30:01.123 UTC [812] LOG:  statement: SELECT 2", numbers: []string{"b-1-1", "b-1-3"}, raws: []int{2, 1}},
		{name: "no record", format: "postgresql", payload: "\tFROM orders\n\tWHERE", dead: 2},
		{name: "other lines", format: "auto", payload: "level=info msg=a\nlevel=info msg=b", numbers: []string{"b-1-1", "b-1-2"}, raws: []int{1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, events := parsed(t, nil, record.Batch{Source: "s", Format: tt.format, Payload: tt.payload})
			var numbers []string
			var raws []int
			for i := range events {
				numbers = append(numbers, events[i].Text(event.EventID))
				raws = append(raws, 1+strings.Count(events[i].Text(event.Raw), "\n"))
			}
			if !slices.Equal(numbers, tt.numbers) || !slices.Equal(raws, tt.raws) || len(w.dead) != tt.dead {
				t.Errorf("events %v of %v lines, %d dead letters; want %v of %v, %d", numbers, raws, len(w.dead), tt.numbers, tt.raws, tt.dead)
			}
		})
	}
}

// A record that grows without end is cut, and every line is in one event.
func TestRecordsAreBounded(t *testing.T) {
	t.Parallel()
	payload := "# Time: 2024-09-05T10:30:00.000000Z\n# User@Host: alice[alice] @ web01 [192.0.2.7]  Id:    10\n# Query_time: 2.5  Lock_time: 0.1 Rows_sent: 3  Rows_examined: 9\nSELECT 1" + strings.Repeat("\n, 2", 2*format.MaxJoinLines)
	w, events := parsed(t, nil, record.Batch{Source: "s", Format: "mysql", Payload: payload})
	if len(events) == 0 || w.joined != format.MaxJoinLines-1 {
		t.Errorf("%d lines were joined, want %d", w.joined, format.MaxJoinLines-1)
	}
}
