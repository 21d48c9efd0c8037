package format

import (
	"hash/maphash"
	"sync/atomic"
)

// paths remembers the dotted names of members inside of objects. A product's
// documents have the same ones again and again, and joining them anew for every
// line costs more than reading their values. It may be used by any number of
// goroutines at a time; nil remembers nothing.
type paths [pathSlots]atomic.Pointer[string]

const (
	// pathSlots is how many names are remembered. Each has two places, and takes
	// the second where another name has the first.
	pathSlots = 512
	// maxPath is the longest name that is remembered, so that no hostile line
	// can make it hold much.
	maxPath = 96
)

var pathSeed = maphash.MakeSeed()

// join returns prefix and name with a dot between them.
func (p *paths) join(prefix, name string) string {
	if p == nil || len(prefix)+1+len(name) > maxPath {
		return prefix + "." + name
	}
	h := (maphash.String(pathSeed, name) ^ maphash.String(pathSeed, prefix)*3) % pathSlots
	slot := &p[h]
	if known := slot.Load(); known != nil {
		if isPath(*known, prefix, name) {
			return *known
		}
		slot = &p[h^1]
		if known = slot.Load(); known != nil && isPath(*known, prefix, name) {
			return *known
		}
	}
	joined := prefix + "." + name
	slot.Store(&joined)
	return joined
}

func isPath(path, prefix, name string) bool {
	return len(path) == len(prefix)+1+len(name) && path[len(prefix)] == '.' &&
		path[:len(prefix)] == prefix && path[len(prefix)+1:] == name
}
