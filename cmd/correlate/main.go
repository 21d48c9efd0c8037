// Command correlate runs the correlate service: it matches events against the
// rules and publishes alerts. Any number of them share the work.
package main

import (
	"os"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
)

func main() { os.Exit(wire.Main(wire.Correlate())) }
