// Command ingest runs the ingest service: it takes lines in by HTTP, syslog and
// from files. Any number of them may run.
package main

import (
	"os"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
)

func main() { os.Exit(wire.Main(wire.Ingest())) }
