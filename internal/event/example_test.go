package event_test

import (
	"errors"
	"fmt"
	"io"

	"github.com/goshawk-siem/goshawk/internal/event"
)

func Example() {
	var e event.Event
	e.SetText(event.EventType, event.HTTPAccess)
	e.SetText(event.HTTPMethod, "GET")
	e.SetInt(event.StatusCode, 404)
	if !e.SetIP(event.SourceIP, "unknown") {
		e.SetExtraText("client_host", "unknown")
	}
	fmt.Println(string(e.AppendJSON(nil)))
	// Output: {"event_type":"HTTP_ACCESS","http_method":"GET","status_code":404,"extra":{"client_host":"unknown"}}
}

func ExampleDecoder() {
	var d event.Decoder
	var e event.Event
	d.Reset(`{"source_ip":"192.0.2.1","source_port":80}
{"source_ip":"192.0.2.2","source_port":"http"}
{"source_ip":"192.0.2.3"}`)
	for {
		err := d.Next(&e)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(e.Text(event.SourceIP), e.Has(event.SourcePort))
	}
	// Output:
	// 192.0.2.1 true
	// decode event: line 2: source_port: expected a number, found '"' at byte 39
	// 192.0.2.3 false
}

func ExampleByName() {
	c, ok := event.ByName("request_path")
	fmt.Println(ok, c.Info().Type, c.Info().ECS)
	// Output: true text url.original
}
