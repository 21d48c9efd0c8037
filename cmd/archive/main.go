// Command archive runs the archive service: it keeps events and alerts and answers
// searches. Any number of them share the work on one folder.
package main

import (
	"os"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
)

func main() { os.Exit(wire.Main(wire.Archive())) }
