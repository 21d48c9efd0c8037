package format

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// innerReaders are the functions that must leave the event alone where they do
// not take a message.
func innerReaders() map[string]func(string, *Context, *event.Event) bool {
	readers := map[string]func(string, *Context, *event.Event) bool{"pam": readPAM, "postgres csv": readPostgresCSV}
	for _, p := range append([]*payload{&linuxAuthPayload, &iptablesPayload}, payloads...) {
		readers[p.format+" "+p.what] = p.read
	}
	return readers
}

// A message that is refused, golden lines cut off at every byte among them,
// leaves nothing behind for the format that is tried next.
func TestRefusedMessagesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	c := Context{Received: defaultReceived}
	readers := innerReaders()
	for _, f := range table {
		for _, g := range goldens(t, f) {
			messages := []string{g.line}
			var v envelope
			if v.read(g.line, &c) == nil {
				messages = append(messages, v.message)
			}
			for _, message := range messages {
				for n := range min(len(message), 300) {
					checkNoTrace(t, readers, message[:n+1], &c)
				}
			}
		}
	}
}

func checkNoTrace(t *testing.T, readers map[string]func(string, *Context, *event.Event) bool, message string, c *Context) {
	t.Helper()
	for name, read := range readers {
		var e event.Event
		if read(message, c, &e) {
			continue
		}
		for column := range e.Columns {
			t.Fatalf("%s refuses %q, but sets %s", name, message, column)
		}
		if len(e.Extra) > 0 {
			t.Fatalf("%s refuses %q, but sets extra.%s", name, message, e.Extra[0].Name)
		}
	}
}

// A message says the same with its syslog header and without it.
func TestBareMessagesReadAsWrappedOnes(t *testing.T) {
	t.Parallel()
	own := []event.Column{
		event.EventTime, event.TimeQuality, event.HostName, event.ProcessName, event.ProcessID, event.LogLevel, event.Message, event.Raw,
	}
	for _, f := range []*Format{sshdFormat, sudoFormat, linuxAuthFormat, iptablesFormat} {
		for _, g := range goldenLines(t, f) {
			var v envelope
			if !hasEnvelope(g.line) || v.read(g.line, &g.context) != nil || v.module != "" {
				continue
			}
			wrapped, err := read(f, g.line, &g.context)
			if err != nil {
				t.Fatal(err)
			}
			bare, err := read(f, v.message, &g.context)
			if err != nil {
				if !wrapped.Has(event.Action) && f != iptablesFormat {
					continue // only the header told whose message it is
				}
				t.Errorf("%s: without its header: %v", g.path, err)
				continue
			}
			for _, column := range own {
				wrapped.Clear(column)
				bare.Clear(column)
			}
			if a, b := string(wrapped.AppendJSON(nil)), string(bare.AppendJSON(nil)); a != b {
				t.Errorf("%s: with header\n%s\nwithout\n%s", g.path, a, b)
			}
		}
	}
}

// The words of one program in the mouth of another are only text.
func TestOtherProgramsCannotSpeakForOne(t *testing.T) {
	t.Parallel()
	f := func(line string) {
		t.Helper()
		e, err := read(syslogFormat, line, &Context{Received: defaultReceived})
		if err != nil {
			t.Fatal(err)
		}
		if e.Has(event.SourceIP) || e.Has(event.UserName) || strings.HasPrefix(e.Text(event.EventType), "AUTH") {
			t.Errorf("%s\nbecame %s", line, e.AppendJSON(nil))
		}
	}
	f("Sep  5 10:30:00 web01 shop[1]: Failed password for root from 203.0.113.66 port 22 ssh2")
	f("Sep  5 10:30:00 web01 shop[1]: alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/sh")
	f("Sep  5 10:30:00 web01 shop[1]: (root) CMD (/bin/sh)")
	f("Sep  5 10:30:00 web01 shop[1]: DROP IN=eth0 OUT= MAC= SRC=203.0.113.66 DST=192.0.2.1 PROTO=TCP")
	f("Sep  5 10:30:00 web01 shop[1]: FATAL:  password authentication failed for user \"root\"")
	f("Sep  5 10:30:00 web01 sudo: Failed password for root from 203.0.113.66 port 22 ssh2")
}
