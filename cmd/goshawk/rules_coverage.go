package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// rulesCoverageCmd is `goshawk rules coverage`.
type rulesCoverageCmd struct {
	chosenRules

	Name string `default:"Goshawk" help:"Name of the layer."`
}

// Help is what kong prints below the usage.
func (c *rulesCoverageCmd) Help() string {
	return `Prints a layer for the ATT&CK Navigator (https://mitre-attack.github.io/attack-navigator/): each technique that rules are tagged
with, and how many rules there are.`
}

// navigatorLayer is a layer of the ATT&CK Navigator, format 4.5.
type navigatorLayer struct {
	Name        string               `json:"name"`
	Versions    map[string]string    `json:"versions"`
	Domain      string               `json:"domain"`
	Description string               `json:"description"`
	Techniques  []navigatorTechnique `json:"techniques"`
	Gradient    navigatorGradient    `json:"gradient"`
}

type navigatorTechnique struct {
	ID      string `json:"techniqueID"`
	Score   int    `json:"score"`
	Comment string `json:"comment"`
}

type navigatorGradient struct {
	Colors []string `json:"colors"`
	Min    int      `json:"minValue"`
	Max    int      `json:"maxValue"`
}

// maxComment is how many titles a technique's comment lists.
const maxComment = 10

// Run prints the layer.
func (c *rulesCoverageCmd) Run(a *app) error {
	set, err := c.load(nil)
	if err != nil {
		return err
	}
	titles := map[string][]string{}
	for _, l := range allRules(set) {
		for _, id := range techniques(l.meta.Tags) {
			titles[id] = append(titles[id], l.meta.Title)
		}
	}
	layer := navigatorLayer{
		Name: c.Name, Versions: map[string]string{"layer": "4.5"}, Domain: "enterprise-attack",
		Description: fmt.Sprintf("%d rules loaded", len(set.Rules())+len(set.Correlations())), Techniques: []navigatorTechnique{},
		Gradient: navigatorGradient{Colors: []string{"#cfe8ff", "#08519c"}, Min: 1, Max: 1},
	}
	for id, names := range titles {
		layer.Gradient.Max = max(layer.Gradient.Max, len(names))
		comment := strings.Join(names[:min(len(names), maxComment)], "\n")
		layer.Techniques = append(layer.Techniques, navigatorTechnique{ID: id, Score: len(names), Comment: comment})
	}
	slices.SortFunc(layer.Techniques, func(a, b navigatorTechnique) int { return strings.Compare(a.ID, b.ID) })
	encoder := json.NewEncoder(a.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(layer); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	_, err = fmt.Fprintf(a.Stderr, "%d techniques\n", len(layer.Techniques))
	return err
}

// techniques returns the techniques among tags, T1059.001 for attack.t1059.001.
func techniques(tags []string) []string {
	var out []string
	for _, tag := range tags {
		id, ok := strings.CutPrefix(strings.ToLower(tag), "attack.t")
		if !ok || len(id) < 4 || strings.Trim(id[:4], "0123456789") != "" {
			continue
		}
		if id = "T" + id; !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
