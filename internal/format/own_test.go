package format

import (
	"testing"

	"github.com/goshawk-siem/goshawk/internal/event"
)

const doorYAML = `name: door
title: Door controllers
zone: Europe/Berlin
envelope: syslog
programs: [doord]
patterns:
  - name: badge
    dissect: '%{event_time} door %{door} badge=%{badge} user=%{text:user_name*} from %{endpoint:source_ip} result=%{verdict} %{int:tries} %{text:note}'
    set: {event_type: AUTH_LOGIN}
  - name: plain
    regexp: 'alarm (?P<code>\d+)(?: by (?P<user_name>\S+))?: (?P<message>.*)'
    set: {event_type: SYSTEM_LOG}
fields:
  event_time: {layouts: ["%d.%m.%Y %H:%M:%S", iso8601]}
  verdict:
    to: action
    values: {OPENED: allow, REFUSED: deny}
  code: event_code
set:
  vendor: acme
  product: door
  logsource: [":door:"]
rules:
  - when: {verdict: OPENED}
    set: {outcome: success}
  - when: {verdict: [REFUSED, "TIMEOUT*"], tries: ">= 3"}
    set: {outcome: failure, severity: high, extra.lockout: true}
match:
  contains: [" badge="]
samples:
  - line: '05.09.2024 12:30:00 door Main badge=0x17 user=alice from x from 192.0.2.7:4711 result=REFUSED 3 again'
    want:
      event_time: 2024-09-05T10:30:00Z
      event_type: AUTH_LOGIN
      source_ip: 192.0.2.7
      source_port: 4711
      user_name: alice from x
      action: deny
      outcome: failure
      severity: high
      extra.door: Main
      extra.verdict: REFUSED
      extra.lockout: true
      extra.tries: 3
      vendor: acme
      logsource: ":door:"
  - line: 'Sep  5 12:30:00 gw01 doord[17]: alarm 12 by bob: smoke: in hall'
    zone: Europe/Berlin
    want: {host_name: gw01, process_id: 17, event_code: "12", user_name: bob, message: "smoke: in hall", event_type: SYSTEM_LOG, event_time: 2024-09-05T10:30:00Z}
  - line: 'alarm x'
    refused: true
  - line: 'Sep  5 12:30:00 gw01 other[17]: alarm 12 by bob: smoke: in hall'
    refused: true
`

func mustOwn(tb testing.TB, yaml string) *Own {
	tb.Helper()
	o, err := ReadOwn("own.yaml", []byte(yaml))
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func TestOwnSamples(t *testing.T) {
	t.Parallel()
	o := mustOwn(t, doorYAML)
	for i := range o.Samples {
		for _, bad := range o.Samples[i].Check(o) {
			t.Errorf("line %d: %s", o.Samples[i].Number, bad)
		}
	}
	var e event.Event
	if err := o.Parse(o.Samples[0].Line, &o.Samples[0].Context, &e); err != nil {
		t.Fatal(err)
	}
	t.Log(string(e.AppendJSON(nil)))
}
