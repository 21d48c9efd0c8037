package sigma

import "fmt"

// resolve replaces d's references, the ones in its aliases included, by ids.
// known maps ids and names to ids.
func (d *correlationDraft) resolve(known func(string) (string, bool)) *Error {
	for _, ref := range d.references {
		id, ok := known(ref.text)
		if !ok {
			return ref.errorf("correlation refers to %q, which is not a loaded rule or correlation", ref.text)
		}
		if contains(d.c.Rules, id) {
			return ref.errorf("correlation names the rule %q twice", ref.text)
		}
		d.c.Rules = append(d.c.Rules, id)
	}
	if (d.c.Type == Temporal || d.c.Type == TemporalOrdered) && !d.conditions {
		d.c.Condition = []Comparison{{GreaterEqual, float64(len(d.c.Rules))}}
	}
	return d.resolveAliases(known)
}

func (d *correlationDraft) resolveAliases(known func(string) (string, bool)) *Error {
	if d.aliases == nil {
		return nil
	}
	d.c.Aliases = make(map[string]map[string]string, len(d.aliases.keys))
	for i, alias := range d.aliases.keys {
		entries := d.aliases.items[i]
		if entries.kind != mapNode {
			return entries.errorf("alias %q is %s; expected a map of rule to field", alias, entries.is())
		}
		fields := make(map[string]string, len(entries.keys))
		for j, ref := range entries.keys {
			id, ok := known(ref)
			if !ok {
				return entries.keyNodes[j].errorf("alias %q refers to %q, which is not a loaded rule or correlation", alias, ref)
			}
			if v := entries.items[j]; v.kind == mapNode || v.kind == listNode || v.kind == nullNode || v.text == "" {
				return v.errorf("alias %q: field of %q is %s; expected a field name", alias, ref, v.is())
			}
			fields[id] = entries.items[j].text
		}
		for k, id := range d.c.Rules {
			if fields[id] == "" {
				return entries.errorf("alias %q has no field for the rule %q", alias, d.references[k].text)
			}
		}
		d.c.Aliases[alias] = fields
	}
	return nil
}

// orderCorrelations returns the drafts inner before outer and rejects, through
// reject, those with a reference that leads nowhere or back to themselves.
// Otherwise the order is that of the documents.
func orderCorrelations(drafts []*correlationDraft, rules map[string]string, reject func(*correlationDraft, *Error)) []*Correlation {
	o := ordering{rules: rules, drafts: map[string]*correlationDraft{}, state: map[*correlationDraft]visit{}, reject: reject}
	for _, d := range drafts {
		o.drafts[idKey(d.c.ID)] = d
	}
	for _, d := range drafts {
		if _, taken := o.drafts[d.c.Name]; !taken && d.c.Name != "" {
			o.drafts[d.c.Name] = d
		}
	}
	for _, d := range drafts {
		o.visit(d)
	}
	return o.out
}

type visit uint8

const (
	visiting visit = iota + 1
	accepted
	refused
)

type ordering struct {
	rules  map[string]string
	drafts map[string]*correlationDraft
	state  map[*correlationDraft]visit
	reject func(*correlationDraft, *Error)
	out    []*Correlation
}

func (o *ordering) draft(ref string) *correlationDraft {
	if d := o.drafts[idKey(ref)]; d != nil {
		return d
	}
	return o.drafts[ref]
}

func (o *ordering) known(ref string) (string, bool) {
	if id, ok := o.rules[idKey(ref)]; ok {
		return id, true
	}
	if id, ok := o.rules[ref]; ok {
		return id, true
	}
	if d := o.draft(ref); d != nil && o.state[d] == accepted {
		return d.c.ID, true
	}
	return "", false
}

// visit resolves d after everything it refers to. Chains of correlations are
// followed by recursion, at most as deep as there are correlations.
func (o *ordering) visit(d *correlationDraft) {
	if o.state[d] != 0 {
		return
	}
	o.state[d] = visiting
	var err *Error
	for _, ref := range d.references {
		inner := o.draft(ref.text)
		if inner == nil {
			continue
		}
		if o.visit(inner); o.state[inner] == visiting {
			err = ref.errorf("correlation refers to itself through %q", ref.text)
		}
	}
	if err == nil {
		err = d.resolve(o.known)
	}
	if err != nil {
		o.state[d] = refused
		o.reject(d, err)
		return
	}
	o.state[d] = accepted
	o.out = append(o.out, d.c)
}

// idKey is the form under which ids are looked up: UUIDs compare without regard
// to case.
func idKey(id string) string {
	if isUUID(id) {
		return fold(id)
	}
	return id
}

func duplicate(what, value string, first *Meta) string {
	return fmt.Sprintf("%s %q is taken by document %d of %s", what, value, first.Document, first.Path)
}
