package event

import (
	"strconv"
	"strings"
	"time"
)

// The samples are what the benchmarks and goldens share: a web request, a login
// and a document with much beyond the schema.

func sampleEvents() map[string]*Event {
	return map[string]*Event{"apache": apacheEvent(), "sshd": sshdEvent(), "extra": extraEvent()}
}

func newSample(line string, kind string, at time.Time) *Event {
	var e Event
	e.SetText(EventID, "tf3k2o-4x9f-17")
	e.SetText(EventType, kind)
	e.SetTime(EventTime, at)
	e.SetTime(IngestTime, at.Add(1234567*time.Microsecond))
	e.SetText(TimeQuality, TimeLogged)
	e.SetText(Raw, line)
	return &e
}

func apacheEvent() *Event {
	line := `203.0.113.77 - frank [05/Sep/2024:10:30:00 +0000] "GET /shop/items/4711?sort=price&page=3 HTTP/1.1" 200 18432 ` +
		`"https://www.example.com/shop/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"`
	e := newSample(line, HTTPAccess, time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC))
	e.SetText(Source, "web")
	e.SetText(Format, "apache_access")
	e.SetList(LogSource, []string{"webserver:apache:"})
	e.SetIP(SourceIP, "203.0.113.77")
	e.SetText(Outcome, Success)
	e.SetText(UserName, "frank")
	e.SetText(HTTPMethod, "GET")
	e.SetText(RequestPath, "/shop/items/4711?sort=price&page=3")
	e.SetText(URLPath, "/shop/items/4711")
	e.SetText(URLQuery, "sort=price&page=3")
	e.SetText(HTTPVersion, "1.1")
	e.SetInt(StatusCode, 200)
	e.SetInt(ResponseSizeBytes, 18432)
	e.SetText(UserAgent, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36")
	e.SetText(Referrer, "https://www.example.com/shop/")
	e.SetText(Vendor, "Apache")
	e.SetText(Product, "httpd")
	e.SetText(Message, "GET /shop/items/4711?sort=price&page=3 200")
	return e
}

func sshdEvent() *Event {
	line := `Sep  5 10:30:00 bastion sshd[8123]: Failed password for invalid user admin from 198.51.100.23 port 52144 ssh2`
	e := newSample(line, AuthLogin, time.Date(2024, 9, 5, 10, 30, 0, 0, time.UTC))
	e.SetText(Source, "bastion")
	e.SetText(Format, "sshd")
	e.SetList(LogSource, []string{":linux:sshd", ":linux:auth"})
	e.SetIP(SourceIP, "198.51.100.23")
	e.SetPort(SourcePort, 52144)
	e.SetText(Action, "login")
	e.SetText(Outcome, Failure)
	e.SetText(UserName, "admin")
	e.SetText(HostName, "bastion")
	e.SetText(ProcessName, "sshd")
	e.SetInt(ProcessID, 8123)
	e.SetText(Message, line[strings.Index(line, "Failed"):])
	e.SetExtraText("auth_method", "password")
	e.SetExtra("invalid_user", Value{KindBool, "true"})
	return e
}

func extraEvent() *Event {
	e := newSample(`{"app":"orders"}`, ServiceLog, time.Date(2024, 9, 5, 10, 30, 0, 123456789, time.UTC))
	e.SetText(Source, "orders")
	e.SetText(Format, "json")
	for i := range 60 {
		n := strconv.Itoa(i)
		switch i % 4 {
		case 0:
			e.SetExtraText("label_"+n, "value \"number\" "+n+" of the order")
		case 1:
			e.SetExtra("count_"+n, Value{KindNumber, n + "17.25"})
		case 2:
			e.SetExtra("item_"+n, Value{KindObject, `{"sku":"A-` + n + `","tags":["new","größer"],"price":{"net":10.5,"vat":0.19}}`})
		default:
			e.SetExtra("flag_"+n, Value{KindBool, "false"})
		}
	}
	return e
}
