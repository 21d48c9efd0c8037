// Command normalize runs the normalize service: lines in, events out. Any number of
// them share the work.
package main

import (
	"os"

	"github.com/goshawk-siem/goshawk/cmd/internal/wire"
)

func main() { os.Exit(wire.Main(wire.Normalize())) }
