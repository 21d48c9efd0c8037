package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

var awsWAF = &Format{
	Name:  "aws_waf",
	Title: "AWS WAF",
	Doc: "Requests that AWS WAF decided about, as its web ACLs log them. It promises a web ACL, an action and a request. " +
		"Source: https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
	Parse:    func(line string, c *Context, e *event.Event) error { return parseDocument(line, &wafDocument, c, e) },
	Match:    noText,
	document: &wafDocument,
}

var wafDocument = documentKind{
	keys:   []string{"webaclId", "terminatingRuleId"},
	claims: claimWAF,
	fill:   fillWAF,
}

var wafSources = []string{"webserver:aws:waf"}

var wafMapping = newMapping(
	nameGroup{rule{column: event.EventTime, as: asUTC}, []string{"timestamp"}},
	nameGroup{rule{column: event.RuleID, as: asText}, []string{"terminatingRuleId"}},
	nameGroup{rule{column: event.SourceIP, as: asIP}, []string{"httpRequest.clientIp"}},
	nameGroup{rule{column: event.HTTPMethod, as: asMethod}, []string{"httpRequest.httpMethod"}},
	nameGroup{rule{column: event.HTTPVersion, as: asVersion}, []string{"httpRequest.httpVersion"}},
	nameGroup{rule{column: event.HTTPHost, as: asText, rank: 1}, []string{"httpRequest.host"}},
	nameGroup{rule{column: event.StatusCode, as: asStatus}, []string{"responseCodeSent"}},
)

func claimWAF(o *object) int {
	m := o.find("httpRequest")
	if m == nil || m.kind != event.KindObject || !o.has("action") || !o.has("webaclId") {
		return 0
	}
	return 90
}

func fillWAF(o *object, c *Context, e *event.Event) error {
	o.flatten(wafMapping)
	uri, args := o.take("httpRequest.uri"), o.take("httpRequest.args")
	setWAFHeaders(o, e)
	setWAFRule(o, e)
	wafMapping.fill(o.members, c, e)
	if uri != "" {
		fillTarget(e, "", joinQuery(uri, args))
	}
	e.SetText(event.Vendor, "aws")
	e.SetText(event.Product, "waf")
	e.SetText(event.EventType, event.Firewall)
	e.SetList(event.LogSource, wafSources)
	switch word := o.text("action"); word {
	case "ALLOW", "COUNT":
		e.SetText(event.Action, "allow")
		e.SetText(event.Outcome, event.Success)
	case "BLOCK":
		e.SetText(event.Action, "deny")
		e.SetText(event.Outcome, event.Failure)
	default: // CAPTCHA and CHALLENGE: the client has to prove itself first
		e.SetText(event.Action, word)
		e.SetText(event.Outcome, event.Unknown)
	}
	region, account := arnPlace(o.text("webaclId"))
	e.SetText(event.CloudRegion, region)
	e.SetText(event.CloudAccount, account)
	return nil
}

func joinQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// arnPlace returns the region and the account of an Amazon resource name.
func arnPlace(arn string) (region, account string) {
	rest, ok := strings.CutPrefix(arn, "arn:")
	for range 2 { // the partition and the service
		_, rest, _ = strings.Cut(rest, ":")
	}
	region, rest, _ = strings.Cut(rest, ":")
	account, _, found := strings.Cut(rest, ":")
	if !ok || !found {
		return "", ""
	}
	return region, account
}

// setWAFHeaders takes the headers that have columns; the first of a name counts.
func setWAFHeaders(o *object, e *event.Event) {
	var space [4]member
	for header := range o.find("httpRequest.headers").elements() {
		if header.kind != event.KindObject {
			continue
		}
		j := jsonScanner{s: header.text, known: true}
		fields := j.object("", space[:0])
		value := scalarText(findMember(fields, "value"))
		switch name := scalarText(findMember(fields, "name")); {
		case strings.EqualFold(name, "host"):
			fillAbsent(e, event.HTTPHost, value)
		case strings.EqualFold(name, "user-agent"):
			fillAbsent(e, event.UserAgent, value)
		case strings.EqualFold(name, "referer"):
			fillAbsent(e, event.Referrer, value)
		}
	}
}

// setWAFRule takes the rule of a group that decided.
func setWAFRule(o *object, e *event.Event) {
	for group := range o.find("ruleGroupList").elements() {
		if rule := scalarText(group.inner("terminatingRule").inner("ruleId")); rule != "" {
			e.SetText(event.RuleName, rule)
			return
		}
	}
}
