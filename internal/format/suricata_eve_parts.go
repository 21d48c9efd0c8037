package format

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// dns reads a query or an answer: version 1 and 2 name what was asked in rrname
// and rrtype, version 3 in a list of queries. The parts of a list stay in extra
// only where a column does not hold all of it.
func (v *eve) dns(prefix string) {
	e := v.e
	e.SetText(event.Action, v.take(prefix+"type"))
	v.question(v.find(prefix + "queries"))
	if name := v.take(prefix + "rrname"); name != "" {
		e.SetText(event.DNSQuery, name)
	}
	if kind := v.take(prefix + "rrtype"); kind != "" {
		e.SetText(event.DNSType, kind)
	}
	switch code := v.text(prefix + "rcode"); code {
	case "":
	case "NOERROR":
		e.SetText(event.Outcome, event.Success)
	default:
		e.SetText(event.Outcome, event.Failure)
	}
	var answers []string
	for one := range v.find(prefix + "answers").elements() {
		if data := scalarText(one.inner("rdata")); data != "" && len(answers) < maxListed {
			answers = append(answers, data)
		}
	}
	if answers == nil {
		answers = v.grouped(v.find(prefix + "grouped"))
	}
	if answers == nil {
		if data := v.take(prefix + "rdata"); data != "" {
			answers = []string{data}
		}
	}
	e.SetList(event.DNSAnswer, answers)
}

// question reads the first of the queries; a message with two is not known in
// the wild.
func (v *eve) question(queries *member) {
	for one := range queries.elements() {
		v.e.SetText(event.DNSQuery, scalarText(one.inner("rrname")))
		v.e.SetText(event.DNSType, scalarText(one.inner("rrtype")))
		return
	}
}

// grouped reads answers that are grouped by type: {"A":["192.0.2.1"]}.
func (v *eve) grouped(m *member) (answers []string) {
	for _, group := range m.fields() {
		for one := range group.elements() {
			if data := scalarText(one); data != "" && len(answers) < maxListed {
				answers = append(answers, data)
			}
		}
	}
	return answers
}

// mail reads sender and recipients: those of the SMTP session, which decide where
// a mail goes, before those that the mail names.
func (v *eve) mail() {
	e := v.e
	from := v.take("smtp.mail_from")
	if from == "" {
		from = v.take("email.from")
	}
	e.SetText(event.EmailFrom, mailAddress(from))
	list := v.find("smtp.rcpt_to")
	if list == nil {
		list = v.find("email.to")
	}
	for one := range list.elements() {
		if to := mailAddress(scalarText(one)); to != "" && len(e.List(event.EmailTo)) < maxListed {
			e.Append(event.EmailTo, to)
		}
	}
	if e.Has(event.EmailTo) && list.kind == event.KindArray {
		list.done = true
	}
}

// mailAddress takes the address out of "Alice <alice@example.com>".
func mailAddress(s string) string {
	open, shut := strings.LastIndexByte(s, '<'), strings.LastIndexByte(s, '>')
	if open >= 0 && shut > open {
		return s[open+1 : shut]
	}
	return s
}
