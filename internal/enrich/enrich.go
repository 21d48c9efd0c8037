package enrich

import (
	"slices"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// Enricher adds to events. Load makes one. It is safe for concurrent use.
type Enricher struct {
	geo        []*geoFile
	tables     []*table
	indicators *indicators
	scopes     bool
	agents     *agentCache
	// addresses remembers what addresses give; it is nil where no option looks at
	// them.
	addresses *addressCache
	stats     Stats
}

// Stats say what an Enricher holds.
type Stats struct {
	// GeoFiles, Rows and Indicators count what was loaded.
	GeoFiles, Rows, Indicators int
	// Bytes is about how much memory it takes.
	Bytes int64
}

// Stats returns what e holds.
func (e *Enricher) Stats() Stats { return e.stats }

// Apply adds to ev what the files know of it. It changes nothing that the line
// said. A nil Enricher does nothing.
func (e *Enricher) Apply(ev *event.Event) {
	if e == nil {
		return
	}
	if e.addresses != nil {
		e.address(ev, &sourceSide)
		e.address(ev, &destinationSide)
	}
	for _, t := range e.tables {
		t.apply(ev)
	}
	if e.indicators != nil {
		e.indicators.apply(ev)
	}
	if e.agents != nil && (ev.Has(event.UserAgent) || ev.Text(event.EventType) == event.HTTPAccess) {
		ev.SetExtraText("user_agent_class", e.agents.class(ev.Text(event.UserAgent)))
	}
}

// side is one end of a connection in an event.
type side struct {
	name                       string
	ip, country, asName, asNum event.Column
}

var (
	sourceSide      = side{"source", event.SourceIP, event.SourceCountry, event.SourceASName, event.SourceASNumber}
	destinationSide = side{"destination", event.DestinationIP, event.DestinationCountry, event.DestinationASName, event.DestinationASNumber}
)

// address adds what is known of the address at one end.
func (e *Enricher) address(ev *event.Event, s *side) {
	text := ev.Text(s.ip)
	if text == "" {
		return
	}
	facts := e.addresses.get(text, e.lookUp)
	if facts.country != "" && !ev.Has(s.country) {
		ev.SetText(s.country, facts.country)
	}
	if facts.asName != "" && !ev.Has(s.asName) {
		ev.SetText(s.asName, facts.asName)
	}
	if facts.asNumber != 0 && !ev.Has(s.asNum) {
		ev.SetInt(s.asNum, facts.asNumber)
	}
	if facts.city != "" {
		ev.SetExtraText(s.name+"_city", facts.city)
	}
	if facts.scope != "" && e.scopes {
		ev.Append(event.Tags, s.name+"_"+facts.scope)
	}
	if facts.list != "" {
		mark(ev, facts.indicator, facts.list)
	}
}

// mark notes that value stands in list: the first one in the columns, all in the
// tags.
func mark(ev *event.Event, value, list string) {
	if !ev.Has(event.ThreatIndicator) {
		ev.SetText(event.ThreatIndicator, value)
		ev.SetText(event.ThreatList, list)
	}
	tag := "threat:" + list
	if slices.Contains(ev.List(event.Tags), tag) {
		return
	}
	ev.Append(event.Tags, tag)
}
