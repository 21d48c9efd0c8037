// Package alert holds the Alert: what a rule found, for whom, when and how
// often, with the evidence and what to look at next. It is the payload of
// siem.alerts.> and siem.updates.>.
//
// An alert is an episode. Its identity is derived from rule, group and window,
// so computing it again after a crash gives the same id; what happens later in
// the same episode raises Revision under the same id.
package alert

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// MaxEvidence is how many event ids and raw lines an alert carries.
const MaxEvidence = 20

// The levels, as in Sigma.
const (
	Informational = "informational"
	Low           = "low"
	Medium        = "medium"
	High          = "high"
	Critical      = "critical"
)

// Levels lists the levels, least first.
var Levels = [...]string{Informational, Low, Medium, High, Critical}

// Group is one group-by name and the value it has in this episode.
type Group struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Alert is one episode of one rule for one group.
type Alert struct {
	// ID is NewID of the rule, the group and the window's start.
	ID string `json:"id"`
	// Revision is 1 for the alert itself and grows with each update.
	Revision int `json:"revision"`
	// Closed says that the episode is over and no revision will follow.
	Closed bool `json:"closed,omitempty"`
	// RuleID and RuleName identify the rule, Title is for people.
	RuleID      string `json:"rule_id"`
	RuleName    string `json:"rule_name,omitempty"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	// Level is one of Levels.
	Level string `json:"level"`
	// Tags are the rule's tags, ATT&CK techniques among them ("attack.t1110").
	Tags []string `json:"tags,omitempty"`
	// Group holds the values that the episode is about, in the rule's order.
	Group []Group `json:"group,omitempty"`
	// Time is when the condition was met, in event time.
	Time time.Time `json:"time"`
	// FirstSeen and LastSeen are the first and the last contributing event.
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	// WindowStart and WindowEnd bound the window that met the condition.
	WindowStart time.Time `json:"window_start"`
	WindowEnd   time.Time `json:"window_end"`
	// Count is the number of contributing events of the episode so far.
	Count int64 `json:"count"`
	// Value is what the rule's condition was compared with.
	Value float64 `json:"value"`
	// Events holds the ids of up to MaxEvidence contributing events.
	Events []string `json:"events,omitempty"`
	// Raw holds their lines.
	Raw []string `json:"raw,omitempty"`
	// FalsePositives and References come from the rule.
	FalsePositives []string `json:"false_positives,omitempty"`
	References     []string `json:"references,omitempty"`
	// Next says what to look at next, as commands to paste.
	Next []string `json:"next,omitempty"`
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns the id of the episode of rule and group whose window starts at
// windowStart: 26 characters, the same for the same arguments everywhere.
func NewID(rule string, group []Group, windowStart time.Time) string {
	// Lengths make the text unambiguous: no value can look like two.
	text := fmt.Appendf(nil, "%d:%s %d", len(rule), rule, windowStart.UnixMilli())
	for _, g := range group {
		text = fmt.Appendf(text, " %d:%s=%d:%s", len(g.Name), g.Name, len(g.Value), g.Value)
	}
	sum := sha256.Sum256(text)
	return idEncoding.EncodeToString(sum[:16])
}

// ValidLevel reports whether level is one of Levels.
func ValidLevel(level string) bool {
	for _, l := range Levels {
		if l == level {
			return true
		}
	}
	return false
}

// Decode reads an alert from its JSON form.
func Decode(data []byte) (Alert, error) {
	var a Alert
	if err := json.Unmarshal(data, &a); err != nil {
		return Alert{}, fmt.Errorf("decode alert: %w", err)
	}
	if a.ID == "" || a.RuleID == "" || !ValidLevel(a.Level) {
		return Alert{}, fmt.Errorf("decode alert %q: expected id, rule_id and a level of %s", a.ID, strings.Join(Levels[:], ", "))
	}
	return a, nil
}
