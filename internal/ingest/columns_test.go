package ingest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/bustest"
	"github.com/goshawk-siem/goshawk/internal/record"
)

const (
	fieldsLine = "#Fields: date time c-ip cs-method cs-uri-stem sc-status"
	fieldsRow  = "2024-09-05 10:30:00 192.0.2.1 GET / 200"
)

// columnsOf returns what the messages say of header lines, in order.
func (c *collector) columnsOf() []string {
	var out []string
	for _, m := range c.messages() {
		value := ""
		if v := m.header[record.HeaderColumns]; len(v) > 0 {
			value = record.DecodeColumns(v[0])
		}
		out = append(out, value)
	}
	slices.Sort(out)
	return out
}

func TestHTTPBodiesKeepTheirHeaderLines(t *testing.T) {
	t.Parallel()
	table := "time,name\tand more,user"
	for _, tt := range []struct {
		name, source string
		headers      []string
		first        string
		want         []string
	}{
		{name: "of any format", source: "web", first: fieldsLine, want: []string{"", fieldsLine, fieldsLine}},
		{name: "of a table", source: "csv", first: "time,name,user", want: []string{"", "time,name,user", "time,name,user"}},
		{name: "from the sender", source: "csv", headers: []string{record.HeaderColumns, record.EncodeColumns(table)}, first: "a,b,c", want: []string{table, table, table}},
		{name: "of a format without", source: "logfmt", first: fieldsLine, want: []string{"", "", ""}},
		{name: "none", source: "web", first: "hello, world", want: []string{"", "", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := bustest.Start(t)
			c := collect(t, b)
			r := startOn(t, b, httpOptions())
			body := tt.first + strings.Repeat("\n"+fieldsRow, 2*record.MaxBatchLines)
			if got := r.post(t, rawPath+tt.source, strings.NewReader(body), tt.headers...); got.status != 202 || got.Batches != 3 {
				t.Fatalf("%+v", got)
			}
			c.wait(t, 2*record.MaxBatchLines+1)
			if got := c.columnsOf(); !slices.Equal(got, tt.want) {
				t.Errorf("messages have the columns %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHTTPRefusesTooManyHeaderLines(t *testing.T) {
	t.Parallel()
	r := start(t, httpOptions())
	if got := r.post(t, rawPath+"web", strings.NewReader("x"), record.HeaderColumns, strings.Repeat("a ", record.MaxColumns)); got.status != 400 && got.status != 431 {
		t.Errorf("%+v", got)
	}
}

// A file that is read on after a restart still has its header lines.
func TestFilesKeepTheirHeaderLinesOverARestart(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "u_ex.log")
	o := fileOptions(t, filepath.Join(folder, "*.log"))
	o.Files[0].Format = "iis_access"
	c := collect(t, b)
	appendFile(t, path, fieldsLine+"\n"+fieldsRow+"\n")
	r := startOn(t, b, o)
	c.wait(t, 2)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	appendFile(t, path, fieldsRow+"\n")
	startOn(t, b, o)
	c.wait(t, 3)
	if got, want := c.columnsOf(), []string{"", fieldsLine}; !slices.Equal(got, want) {
		t.Errorf("messages have the columns %q, want %q", got, want)
	}
}

func TestStreamsKeepTheirHeaderLines(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	c := collect(t, b)
	r := startOn(t, b, syslogOptions(ProtocolTCP))
	conn := dial(t, "tcp", r.addr())
	for i, text := range []string{fieldsLine, fieldsRow} {
		if _, err := conn.Write([]byte(text + "\n")); err != nil {
			t.Fatal(err)
		}
		c.wait(t, i+1)
	}
	if got, want := c.columnsOf(), []string{"", fieldsLine}; !slices.Equal(got, want) {
		t.Errorf("messages have the columns %q, want %q", got, want)
	}
}
