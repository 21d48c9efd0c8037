package main

import "github.com/goshawk-siem/goshawk/internal/sigma"

// explainedDetection is how a named detection of a rule fared on an event.
type explainedDetection struct {
	Detection string          `json:"detection"`
	Matched   bool            `json:"matched"`
	Items     []explainedItem `json:"items"`
}

// explainedItem is how an item of it fared.
type explainedItem struct {
	// Entry counts the entries of a detection that is a list, from 1.
	Entry   int      `json:"entry,omitempty"`
	Item    string   `json:"item"`
	Matched bool     `json:"matched"`
	Values  []string `json:"values,omitempty"`
}

// explain puts the items below their detections.
func explain(parts []sigma.Part) []explainedDetection {
	out := make([]explainedDetection, 0, 4)
	for i := range parts {
		p := &parts[i]
		if p.Item == "" {
			out = append(out, explainedDetection{Detection: p.Detection, Matched: p.Matched, Items: []explainedItem{}})
			continue
		}
		last := &out[len(out)-1]
		last.Items = append(last.Items, explainedItem{Entry: p.Entry, Item: p.Item, Matched: p.Matched, Values: p.Values})
	}
	return out
}
