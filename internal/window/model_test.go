package window

import (
	"slices"
	"sort"
	"strings"
)

// result is what a closed episode comes down to.
type result struct {
	Group       string
	Time, Start int64
	First, Last int64
	Count       int64
	Value       float64
	// fields is that of the completing contribution.
	fields string
}

// model computes the episodes of one spec the slow and obvious way, from all
// contributions at once.
func model(spec Spec, all []Contribution) []result {
	spec = spec.filled()
	groups := map[string][]Contribution{}
	for _, c := range all {
		key := strings.Join(c.Group, "|")
		groups[key] = append(groups[key], c)
	}
	var out []result
	for key, cs := range groups {
		sort.SliceStable(cs, func(i, j int) bool { return placeOf(cs[i]).compare(placeOf(cs[j])) < 0 })
		cs = slices.CompactFunc(cs, func(a, b Contribution) bool { return placeOf(a) == placeOf(b) })
		if spec.sliding() {
			out = append(out, modelSliding(spec, key, cs)...)
		} else {
			out = append(out, modelTumbling(spec, key, cs)...)
		}
	}
	sortResults(out)
	return out
}

func placeOf(c Contribution) place {
	return place{time: c.Time, order: c.Order, id: c.ID, rule: int32(c.Rule)}
}

func sortResults(rs []result) {
	sort.SliceStable(rs, func(i, j int) bool {
		if rs[i].Group != rs[j].Group {
			return rs[i].Group < rs[j].Group
		}
		return rs[i].Time < rs[j].Time
	})
}

func modelSliding(spec Spec, key string, cs []Contribution) []result {
	var out []result
	armed, fired := true, int64(0)
	for i, c := range cs {
		var window []Contribution
		for _, o := range cs[:i+1] {
			if o.Time >= c.Time-spec.Timespan {
				window = append(window, o)
			}
		}
		value := modelValue(spec, window)
		if !armed && c.Time >= fired+spec.Timespan {
			armed = true
		}
		switch {
		case !modelHolds(spec, value):
			armed = true
		case armed:
			armed, fired = false, c.Time
			out = append(out, result{
				Group: key, Time: c.Time, Start: c.Time - spec.Timespan, First: window[0].Time, Last: c.Time,
				Count: int64(len(window)), Value: value, fields: c.Fields,
			})
			continue
		}
		if n := len(out); n > 0 && c.Time < out[n-1].Time+spec.Timespan {
			out[n-1].Count++
			out[n-1].Last = c.Time
		}
	}
	return out
}

func modelTumbling(spec Spec, key string, cs []Contribution) []result {
	var out []result
	for len(cs) > 0 {
		end := cs[0].Time + spec.Timespan
		n := 0
		for n < len(cs) && cs[n].Time < end {
			n++
		}
		if value := modelValue(spec, cs[:n]); modelHolds(spec, value) {
			out = append(out, result{
				Group: key, Time: end, Start: end - spec.Timespan, First: cs[0].Time, Last: cs[n-1].Time, Count: int64(n), Value: value,
				fields: cs[n-1].Fields,
			})
		}
		cs = cs[n:]
	}
	return out
}

func modelHolds(spec Spec, value float64) bool {
	for _, t := range spec.Tests {
		if !t.holds(value) {
			return false
		}
	}
	return true
}

func modelValue(spec Spec, window []Contribution) float64 {
	distinct := map[string]bool{}
	rules := map[int]bool{}
	sum := 0.0
	var numbers []float64
	for _, c := range window {
		distinct[c.Value] = true
		rules[c.Rule] = true
		sum += c.Number
		numbers = append(numbers, c.Number)
	}
	slices.Sort(numbers)
	switch spec.Type {
	case EventCount:
		return float64(len(window))
	case ValueCount:
		return float64(len(distinct))
	case ValueSum:
		return sum
	case ValueAvg:
		return sum / float64(len(window))
	case ValueMedian:
		return modelPercentile(numbers, 50)
	case ValuePercentile:
		return modelPercentile(numbers, spec.Percentile)
	case Temporal:
		return float64(len(rules))
	default:
		return float64(longestChain(window, -1))
	}
}

// longestChain tries every choice of contributions whose rules grow.
func longestChain(window []Contribution, rule int) int {
	best := 0
	for i, c := range window {
		if c.Rule > rule {
			best = max(best, 1+longestChain(window[i+1:], c.Rule))
		}
	}
	return best
}

// modelPercentile interpolates between the closest ranks of sorted numbers.
func modelPercentile(sorted []float64, p float64) float64 {
	rank := p / 100 * float64(len(sorted)-1)
	low := int(rank)
	part := rank - float64(low)
	return sorted[low]*(1-part) + sorted[min(low+1, len(sorted)-1)]*part
}
