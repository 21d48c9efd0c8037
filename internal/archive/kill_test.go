package archive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/goshawk-siem/goshawk/internal/bus"
	"github.com/goshawk-siem/goshawk/internal/bustest"
)

// childMain is an archive in a process of its own. It runs until it is killed.
func childMain(url, folder string) int {
	o := bustest.Options()
	o.URL = url
	log := zerolog.New(os.Stderr).Level(zerolog.WarnLevel)
	b, err := bus.Connect(context.Background(), o, log, nil)
	if err == nil {
		var s *Service
		if s, err = New(testOptions(folder), b, log, prometheus.NewRegistry()); err == nil {
			err = s.Run(context.Background())
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func startChild(t *testing.T, url, folder string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childURL+"="+url, childFolder+"="+folder)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKilledArchiveStoresEachEventOnce kills an archive again and again, at any
// moment of appending and compacting, while events come in.
func TestKilledArchiveStoresEachEventOnce(t *testing.T) {
	t.Parallel()
	server := bustest.Server(t, t.TempDir())
	b := bustest.Connect(t, server, bustest.Options())
	folder := t.TempDir()
	const kills, batches, lines = 5, 40, 20
	for round := range kills {
		child := startChild(t, server.URL(), folder)
		for n := range batches {
			publish(t, b, eventsMessage(b, round*batches+n, lines))
		}
		// Leases of a killed process run out after four seconds; wait until this
		// one is at work, then a random moment.
		bustest.Eventually(t, "the archive to work", func() bool { return len(ids(t, folder)) > round*batches*lines/2 })
		pause := time.NewTimer(time.Duration(rand.IntN(60)) * time.Millisecond)
		<-pause.C
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
	}
	startArchive(t, b, testOptions(folder))
	awaitIDs(t, folder, kills*batches*lines)
}
