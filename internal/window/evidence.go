package window

import (
	"cmp"
	"slices"
	"strings"
)

// evidence is a log of the newest pieces of evidence of all groups, bounded in
// bytes. Each entry points at the group's entry before it, so keeping one costs no
// bookkeeping in the group but a number, and the oldest go by themselves.
type evidence struct {
	max, bytes int
	entries    []proof
	head       int
	// first is the number of entries[head]; numbers start at 1.
	first uint64
}

type proof struct {
	time     int64
	previous uint64
	text     string
}

// proofOverhead is what an entry costs beside its text.
const proofOverhead = 40

// push appends an entry and returns its number.
func (v *evidence) push(p proof) uint64 {
	if v.first == 0 {
		v.first = 1
	}
	v.bytes += len(p.text) + proofOverhead
	for v.bytes > v.max && v.head < len(v.entries) {
		v.bytes -= len(v.entries[v.head].text) + proofOverhead
		v.entries[v.head] = proof{}
		v.head++
		v.first++
	}
	if v.head > compactAt && v.head > len(v.entries)/2 {
		n := copy(v.entries, v.entries[v.head:])
		clear(v.entries[n:])
		v.entries, v.head = v.entries[:n], 0
	}
	v.entries = append(v.entries, p)
	return v.first + uint64(len(v.entries)-v.head) - 1
}

// at returns the entry of a number, or nil when it is gone.
func (v *evidence) at(number uint64) *proof {
	if number == 0 || number < v.first || number >= v.first+uint64(len(v.entries)-v.head) {
		return nil
	}
	return &v.entries[v.head+int(number-v.first)]
}

// keepEvidence keeps the evidence of c unless the open episode has enough, so that
// a flood for one episode doesn't wash away the evidence of the others.
func (e *Engine) keepEvidence(g *group, c *Contribution) {
	if c.Evidence == "" || len(c.Evidence)+proofOverhead > e.evidence.max {
		return
	}
	if n := len(g.episodes); n > 0 && c.Time < g.episodes[n-1].time+g.spec.Timespan {
		if g.episodes[n-1].evidence <= 0 {
			return
		}
		g.episodes[n-1].evidence--
	}
	g.newestEvidence = e.evidence.push(proof{time: c.Time, previous: g.newestEvidence, text: strings.Clone(c.Evidence)})
}

// evidenceOf returns what is kept of the contributions to ep, oldest first.
func (e *Engine) evidenceOf(g *group, ep *episode) []string {
	from, to := sub(ep.time, g.spec.Timespan), add(ep.time, g.spec.Timespan)
	var found [MaxEvidence]proof
	n := 0
	// Entries outside the episode are stepped over, but not for ever.
	for number, steps := g.newestEvidence, 0; n < MaxEvidence && steps < 4*MaxEvidence; steps++ {
		p := e.evidence.at(number)
		if p == nil {
			break
		}
		if p.time >= from && p.time < to {
			found[n] = *p
			n++
		}
		number = p.previous
	}
	if n == 0 {
		return nil
	}
	slices.Reverse(found[:n])
	slices.SortStableFunc(found[:n], func(a, b proof) int { return cmp.Compare(a.time, b.time) })
	out := make([]string, n)
	for i := range out {
		out[i] = found[i].text
	}
	return out
}
