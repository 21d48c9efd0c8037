package listen

import (
	"fmt"

	"github.com/bmatcuk/doublestar/v4"
)

// CheckGlob reports why pattern can't be a path or glob of files to read.
func CheckGlob(pattern string) error {
	if pattern == "" {
		return fmt.Errorf("is empty; expected a file or a glob such as /var/log/app/*.log")
	}
	if !doublestar.ValidatePathPattern(pattern) {
		return fmt.Errorf("%q is not a glob; check its brackets and braces", pattern)
	}
	return nil
}
