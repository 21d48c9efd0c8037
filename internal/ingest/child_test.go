package ingest

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/unit"
)

// childEnv makes the test binary an ingest process: the address of NATS, the
// state folder and the glob, separated by newlines.
const childEnv = "INGEST_TEST_CHILD"

func childArgs() []string {
	if value := os.Getenv(childEnv); value != "" {
		return strings.Split(value, "\n")
	}
	return nil
}

// runChild runs until it is killed.
func runChild() {
	args := childArgs()
	if err := child(context.Background(), args[0], args[1], args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func child(ctx context.Context, url, state, glob string) error {
	log := zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
	o := bus.Defaults()
	o.URL = url
	b, err := bus.Connect(ctx, o, log, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	options := quietOptions()
	options.StateDir = state
	options.Files = []FileOptions{{Paths: []string{glob}, Source: "app", Poll: unit.Duration(20e6)}}
	s, err := New(options, b, log, nil)
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
