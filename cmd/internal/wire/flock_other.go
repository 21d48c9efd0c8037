//go:build !unix

package wire

import "os"

// flock locks nothing where the system has no such lock.
func flock(*os.File) error { return nil }
