package archive

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goshawk-siem/goshawk/internal/alert"
	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
)

func TestEventsAreStoredAndFound(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := testOptions(t.TempDir())
	startArchive(t, b, o)
	for n := range 20 {
		publish(t, b, eventsMessage(b, n, 10))
	}
	awaitIDs(t, o.Files.Folder, 200)

	var last SearchPage
	found := 0
	request := SearchRequest{Query: `source_ip:192.0.2.7 "batch 7"`, Since: "2026-03-01", Limit: 4}
	for {
		pages, err := ask(t, b, SubjectSearch, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range pages {
			last = SearchPage{}
			if err := json.Unmarshal(page, &last); err != nil {
				t.Fatal(err)
			}
			found += len(last.Events)
		}
		if last.Stats == nil {
			t.Fatal("the last page has no stats")
		}
		if request.Cursor = last.Cursor; last.Cursor == "" {
			break
		}
	}
	if found != 10 {
		t.Errorf("found %d events over all pages; want 10", found)
	}
}

func TestRequestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	startArchive(t, b, testOptions(t.TempDir()))
	for name, test := range map[string]struct {
		request any
		want    string
	}{
		"misspelt field": {SearchRequest{Query: "sorce_ip:192.0.2.1"}, "column 1: there is no field \"sorce_ip\"; did you mean source_ip"},
		"unknown key":    {map[string]any{"querry": "x"}, "unknown field \"querry\""},
		"version":        {SearchRequest{V: 9}, "speaks 1"},
		"time":           {SearchRequest{Since: "soon"}, "since: \"soon\" is not a time"},
		"order of times": {SearchRequest{Since: "2026-02-02", Until: "2026-02-01"}, "is not before until"},
		"limit":          {SearchRequest{Limit: 20_000}, "limit must be 1 to 10000"},
		"cursor":         {SearchRequest{Cursor: "x"}, "not one of this archive"},
		"column":         {SearchRequest{Fields: []string{"colour"}}, "no column \"colour\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ask(t, b, SubjectSearch, test.request)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v; want one that says %q", err, test.want)
			}
		})
	}
}

func TestRepeatsAndRestartsStoreOnce(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := testOptions(t.TempDir())
	stop := startArchive(t, b, o)
	for round := range 4 {
		for n := range 30 {
			m := eventsMessage(b, n, 5)
			// Another message id: the same batch under another sequence.
			m.ID = fmt.Sprintf("%s-%d", m.ID, round)
			publish(t, b, m)
		}
		if round == 1 {
			stop()
			stop = startArchive(t, b, o)
		}
	}
	awaitAcked(t, b)
	checkOnce(t, ids(t, o.Files.Folder), 150+b.Shards())
}

// awaitAcked publishes one more event to each shard and waits until it is found,
// and so is all that came before.
func awaitAcked(t *testing.T, b *bus.Bus) {
	t.Helper()
	for shard := range b.Shards() {
		last := eventsMessage(b, 1000+shard, 1)
		last.Subject = fmt.Sprintf("events.%d.web", shard)
		publish(t, b, last)
	}
	bustest.Eventually(t, "the last event of each shard", func() bool {
		pages, err := ask(t, b, SubjectSearch, SearchRequest{Query: "event_id:(t3k9x1-1000-1 OR t3k9x1-1001-1 OR t3k9x1-1002-1 OR t3k9x1-1003-1)"})
		if err != nil {
			t.Fatal(err)
		}
		var page SearchPage
		if err := json.Unmarshal(pages[len(pages)-1], &page); err != nil {
			t.Fatal(err)
		}
		return len(page.Events) == b.Shards()
	})
}

func TestTwoArchivesShareTheShards(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	one, two := bustest.Connect(t, server, bustest.Options()), bustest.Connect(t, server, bustest.Options())
	o := testOptions(t.TempDir())
	stop := startArchive(t, one, o)
	startArchive(t, two, o)
	for n := range 100 {
		publish(t, one, eventsMessage(one, n, 3))
	}
	awaitIDs(t, o.Files.Folder, 300)
	stop()
	// The other one takes over what this one owned.
	for n := range 100 {
		publish(t, two, eventsMessage(two, 200+n, 3))
	}
	awaitIDs(t, o.Files.Folder, 600)
}

func TestWhatIsNoEventBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := testOptions(t.TempDir())
	startArchive(t, b, o)
	bad := eventsMessage(b, 1, 1)
	bad.ID, bad.Data = "bad", []byte(`{"event_id":"x-1","source_ip":"not an address"}`+"\n")
	publish(t, b, bad, eventsMessage(b, 2, 1))
	awaitIDs(t, o.Files.Folder, 1)
	bustest.Eventually(t, "a dead letter", func() bool {
		messages, _, err := b.Messages(t.Context(), bus.Dead)
		if err != nil {
			t.Fatal(err)
		}
		return messages > 0
	})
}

func testAlert(n, revision int) alert.Alert {
	at := testStart.Add(time.Duration(n) * time.Minute)
	group := []alert.Group{{Name: "source_ip", Value: fmt.Sprintf("192.0.2.%d", n)}}
	return alert.Alert{
		ID: alert.NewID("rule-1", group, at), Revision: revision, RuleID: "rule-1", RuleName: "brute-force", Title: "Brute force",
		Level: alert.Levels[n%len(alert.Levels)], Group: group, Time: at, FirstSeen: at, LastSeen: at, Count: int64(revision),
	}
}

func publishAlert(t *testing.T, b *bus.Bus, stream bus.Stream, a alert.Alert) {
	t.Helper()
	data, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, b, bus.Msg{Subject: fmt.Sprintf("%s.%s.%s", stream, a.Level, a.RuleName), ID: fmt.Sprintf("%s-%d", a.ID, a.Revision), Data: data})
}

func askAlerts(t *testing.T, b *bus.Bus, r AlertsRequest) []alert.Alert {
	t.Helper()
	pages, err := ask(t, b, SubjectAlerts, r)
	if err != nil {
		t.Fatal(err)
	}
	var out []alert.Alert
	for _, page := range pages {
		for line := range strings.Lines(string(page)) {
			a, err := alert.Decode([]byte(line))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, a)
		}
	}
	return out
}

func TestAlertsAreReadInTheirLatestRevision(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	startArchive(t, b, testOptions(t.TempDir()))
	for n := range 30 {
		publishAlert(t, b, bus.Alerts, testAlert(n, 1))
		publishAlert(t, b, bus.Updates, testAlert(n, 3))
		publishAlert(t, b, bus.Updates, testAlert(n, 2))
	}
	bustest.Eventually(t, "30 alerts in revision 3", func() bool {
		list := askAlerts(t, b, AlertsRequest{})
		for _, a := range list {
			if a.Revision != 3 {
				return false
			}
		}
		return len(list) == 30
	})
	if got := len(askAlerts(t, b, AlertsRequest{Level: alert.High})); got != 12 {
		t.Errorf("%d alerts of level high and above; want 12", got)
	}
	if got := askAlerts(t, b, AlertsRequest{ID: testAlert(4, 1).ID}); len(got) != 1 || got[0].Count != 3 {
		t.Errorf("alert by id: %+v; want its third revision alone", got)
	}
	if got := len(askAlerts(t, b, AlertsRequest{Since: "2026-03-01T10:20:00Z", Rule: "Brute-Force"})); got != 10 {
		t.Errorf("%d alerts since 10:20; want 10", got)
	}
}

func TestStatsCountEvents(t *testing.T) {
	t.Parallel()
	b := bustest.Start(t)
	o := testOptions(t.TempDir())
	startArchive(t, b, o)
	publish(t, b, eventsMessage(b, 1, 7), eventsMessage(b, 2, 5))
	awaitIDs(t, o.Files.Folder, 12)
	pages, err := ask(t, b, SubjectStats, struct{}{})
	if err != nil {
		t.Fatal(err)
	}
	var got StatsAnswer
	if err := json.Unmarshal(pages[0], &got); err != nil {
		t.Fatal(err)
	}
	if got.V != Version || got.Events != 12 || got.Segments == 0 || got.Bytes == 0 || len(got.Positions) != 2 {
		t.Errorf("stats %+v; want 12 events of 2 shards", got)
	}
}
