package format

import (
	"strings"
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func TestSameAuditSerial(t *testing.T) {
	t.Parallel()
	f := func(first, line string, want bool) {
		t.Helper()
		if got := sameAuditSerial(first, line); got != want {
			t.Errorf("%q and %q: got %v", first, line, got)
		}
	}
	const first = "type=SYSCALL msg=audit(1725532200.123:4711): arch=c000003e"
	f(first, "type=EXECVE msg=audit(1725532200.123:4711): argc=1", true)
	f(first, "type=EXECVE msg=audit(1725532200.123:4712): argc=1", false)
	f(first, "type=EXECVE msg=audit(1725532201.123:4711): argc=1", false)
	f(first, "node=db01 type=EXECVE msg=audit(1725532200.123:4711): argc=1", false)
	f("node=db01 "+first, "node=db01 type=CWD msg=audit(1725532200.123:4711): cwd=\"/\"", true)
	f("node=db01 "+first, "node=db02 type=CWD msg=audit(1725532200.123:4711): cwd=\"/\"", false)
	f("Sep  5 10:30:00 web01 audispd: "+first, "Sep  5 10:30:01 web01 audispd: type=CWD msg=audit(1725532200.123:4711): cwd=\"/\"", true)
	f(first, "----", false)
	f("", "", false)
}

// The names that SigmaHQ's rules for auditd use lead somewhere.
func TestAuditdAnswersSigmaNames(t *testing.T) {
	t.Parallel()
	line := "type=SYSCALL msg=audit(1725532200.123:4711): arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=1 ppid=1 pid=2 " +
		"auid=0 uid=33 gid=33 euid=33 tty=pts1 ses=1 comm=\"touch\" exe=\"/usr/bin/touch\" key=\"susp_activity\"\n" +
		"type=EXECVE msg=audit(1725532200.123:4711): argc=2 a0=\"touch\" a1=\"/tmp/.x\"\n" +
		"type=PATH msg=audit(1725532200.123:4711): item=0 name=\"/etc/issue\" nametype=CREATE"
	e, err := read(auditdFormat, line, &Context{Received: defaultReceived})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"type": `["SYSCALL","EXECVE","PATH"]`, "a0": "touch", "a1": "/tmp/.x", "euid": "33", "comm": "touch", "key": "susp_activity",
		"name": "/etc/issue", "nametype": "CREATE", "SYSCALL": "execve", "exe": "/usr/bin/touch", "CommandLine": "touch /tmp/.x", "Image": "/usr/bin/touch",
	} {
		if got := sigmaValue(e, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// sigmaValue resolves a field name of a Sigma rule as the detector does, for the
// event's own log sources.
func sigmaValue(e *event.Event, name string) string {
	for c := range event.NumColumns {
		info := c.Info()
		for _, row := range info.Sigma {
			if e.Has(c) && info.Type == event.Text && rowNames(row, name, e) {
				return e.Text(c)
			}
		}
	}
	if c, ok := event.ByName(name); ok && e.Has(c) && c.Info().Type == event.Text {
		return e.Text(c)
	}
	v, _ := e.ExtraField(name)
	return v.Text
}

func rowNames(row event.SigmaName, name string, e *event.Event) bool {
	for _, n := range row.Names {
		if n != name {
			continue
		}
		for _, s := range e.List(event.LogSource) {
			category, rest, _ := strings.Cut(s, ":")
			product, service, _ := strings.Cut(rest, ":")
			if row.Matches(category, product, service) {
				return true
			}
		}
	}
	return false
}
