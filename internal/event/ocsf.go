package event

import (
	"strconv"
	"strings"
)

const ocsfVersion = "1.3.0"

// ocsfSteps holds the documents of the classes by class_uid.
var ocsfSteps = func() map[int64][]step {
	out := make(map[int64][]step)
	for _, c := range []*class{
		&baseEvent, &processActivity, &detectionFinding, &accountChange, &authentication, &authorizeSession,
		&networkActivity, &httpActivity, &dnsActivity, &apiActivity,
	} {
		out[c.uid] = newOCSFSteps(c)
	}
	return out
}()

// AppendOCSF appends e as an event of the Open Cybersecurity Schema Framework,
// version 1.3, on one line. The class follows from event_type; an event that
// lacks what its class must have is a base event. Times are milliseconds since
// 1970. What the class has no attribute for stands in "unmapped" under its
// column's name, the extra fields in "unmapped.extra". Keys are sorted.
func (e *Event) AppendOCSF(dst []byte) []byte {
	return appendDocument(dst, e, ocsfSteps[classOf(e).uid])
}

func classOf(e *Event) *class {
	k := kindOf(e)
	if k == nil || k.class.fits != nil && !k.class.fits(e) {
		return &baseEvent
	}
	return k.class
}

func newOCSFSteps(c *class) []step {
	steps := append(classSteps(c), metadataSteps()...)
	steps = append(steps, extraStep("unmapped.extra"))
	for col := range NumColumns {
		place := c.place(col)
		switch {
		case place == "", place == "status_id", col == Vendor, col == Product, col == Severity:
			// Written by a step of its own.
		case types[col] == Time:
			steps = append(steps, millisStep(place, col))
		default:
			steps = append(steps, columnStep(place, col))
		}
	}
	switch c {
	case &detectionFinding:
		steps = append(steps,
			textStep("finding_info.title", findingTitle),
			textStep("finding_info.uid", func(e *Event) string { return firstText(e, EventID, RuleID) }),
			intStep("finding_info.analytic.type_id", hasRule, func(*Event) int64 { return 1 }))
	case &dnsActivity:
		steps = append(steps, step{path("answers"), func(e *Event) bool { return e.Has(DNSAnswer) }, func(dst []byte, e *Event) []byte {
			return appendObjects(dst, "rdata", e.List(DNSAnswer))
		}})
	case &networkActivity:
		steps = append(steps, controlSteps()...)
	}
	if hasString(c.roots, "connection_info") {
		steps = append(steps, intStep("connection_info.direction_id", func(e *Event) bool {
			return e.Has(NetworkProtocol) || e.Has(NetworkDirection)
		}, directionID))
	}
	return sortSteps(steps)
}

// classSteps write what every class must have.
func classSteps(c *class) []step {
	return []step{
		constantStep("category_uid", strconv.FormatInt(c.category, 10)),
		constantStep("category_name", strconv.Quote(c.categoryName)),
		constantStep("class_uid", strconv.FormatInt(c.uid, 10)),
		constantStep("class_name", strconv.Quote(c.name)),
		intStep("activity_id", always, func(e *Event) int64 { return c.activity(e).id }),
		textStep("activity_name", func(e *Event) string { return c.activity(e).name }),
		intStep("type_uid", always, func(e *Event) int64 { return c.uid*100 + c.activity(e).id }),
		intStep("severity_id", always, func(e *Event) int64 { return severityID(e, c) }),
		textStep("severity", func(e *Event) string { return e.Text(Severity) }),
		intStep("status_id", always, func(e *Event) int64 { return statusID(e, c) }),
		intStep("device.type_id", func(e *Event) bool { return e.Has(HostName) }, func(*Event) int64 { return 0 }),
	}
}

func metadataSteps() []step {
	return []step{
		constantStep("metadata.version", `"`+ocsfVersion+`"`),
		{path("metadata.profiles"), hasProfile, appendProfiles},
		textStep("metadata.product.vendor_name", func(e *Event) string { return orElse(e.Text(Vendor), "Unknown") }),
		textStep("metadata.product.name", func(e *Event) string { return orElse(firstText(e, Product, Format), "Unknown") }),
	}
}

// controlSteps write what a firewall decided, by the profile security_control.
func controlSteps() []step {
	return []step{
		intStep("action_id", decided, controlID),
		intStep("disposition_id", decided, controlID),
	}
}

func decided(e *Event) bool { return e.Text(Action) == Allow || e.Text(Action) == Deny }

// controlID is both the action, 1 allowed and 2 denied, and the disposition, 1
// allowed and 2 blocked.
func controlID(e *Event) int64 {
	if e.Text(Action) == Allow {
		return 1
	}
	return 2
}

func hasProfile(e *Event) bool { return hasCloud(e) || hasHost(e) || hasControl(e) }

func hasCloud(e *Event) bool { return e.Has(CloudAccount) || e.Has(CloudRegion) }

// hasHost reports whether device or actor are there, which most classes only
// have by the profile host.
func hasHost(e *Event) bool {
	return e.Has(HostName) || e.Has(UserName) || e.Has(ProcessName) || e.Has(ProcessID) || e.Has(CommandLine) || e.Has(ParentProcessName)
}

func hasControl(e *Event) bool { return classOf(e) == &networkActivity && (decided(e) || hasRule(e)) }

func hasRule(e *Event) bool { return e.Has(RuleName) || e.Has(RuleID) }

func appendProfiles(dst []byte, e *Event) []byte {
	start := len(dst)
	if hasCloud(e) {
		dst = append(dst, `,"cloud"`...)
	}
	if hasHost(e) {
		dst = append(dst, `,"host"`...)
	}
	if hasControl(e) {
		dst = append(dst, `,"security_control"`...)
	}
	dst[start] = '['
	return append(dst, ']')
}

func millisStep(dotted string, c Column) step {
	return intStep(dotted, func(e *Event) bool { return e.Has(c) }, func(e *Event) int64 {
		millis, _ := floorDiv(e.Int(c), 1_000_000)
		return millis
	})
}

// severityID translates the words that products use. A finding without one is
// of unknown severity, anything else is informational.
func severityID(e *Event, c *class) int64 {
	switch strings.ToLower(e.Text(Severity)) {
	case "":
		if c == &detectionFinding {
			return 0
		}
		return 1
	case "informational", "information", "info":
		return 1
	case "low":
		return 2
	case "medium", "moderate":
		return 3
	case "high":
		return 4
	case "critical":
		return 5
	case "fatal":
		return 6
	default:
		return 99
	}
}

// statusID is 1 success, 2 failure; for a finding 1 is new.
func statusID(e *Event, c *class) int64 {
	switch {
	case c == &detectionFinding, e.Text(Outcome) == Success:
		return 1
	case e.Text(Outcome) == Failure:
		return 2
	default:
		return 0
	}
}

func directionID(e *Event) int64 {
	switch e.Text(NetworkDirection) {
	case Inbound:
		return 1
	case Outbound:
		return 2
	case Internal:
		return 3
	case External:
		return 99
	default:
		return 0
	}
}

func findingTitle(e *Event) string {
	return orElse(firstText(e, RuleName, Message, RuleID), "Unknown")
}

func firstText(e *Event, cs ...Column) string {
	for _, c := range cs {
		if s := e.Text(c); s != "" {
			return s
		}
	}
	return ""
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
