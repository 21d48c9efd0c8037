package query

import (
	"strings"

	"github.com/goshawk-siem/goshawk/internal/event"
)

// suggest returns the column whose name is nearest to a misspelt one, or "" when
// none is near. Names of other schemas count as misspelt.
func suggest(name string) string {
	name = strings.ToLower(name)
	best, least := "", len(name)/3+2
	for c := range event.NumColumns {
		d := distance(name, c.String())
		if named(c, name) {
			d = 0
		}
		if d < least {
			best, least = c.String(), d
		}
	}
	return best
}

// named reports whether ECS or Sigma call column c by that name.
func named(c event.Column, name string) bool {
	info := c.Info()
	if strings.EqualFold(info.ECS, name) {
		return true
	}
	for _, s := range info.Sigma {
		for _, n := range s.Names {
			if strings.EqualFold(n, name) {
				return true
			}
		}
	}
	return false
}

// distance is the number of letters to insert, remove or replace to turn a into
// b, as V. Levenshtein defined it in 1965.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
