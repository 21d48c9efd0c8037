//go:build unix

package wire

import (
	"os"

	"golang.org/x/sys/unix"
)

func flock(file *os.File) error { return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
