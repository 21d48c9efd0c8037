package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMainExitCodes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		err  error
		code int
		text string
	}{
		{"success", nil, ExitOK, ""},
		{"failure", errors.New("no disk"), ExitFailure, "goshawk: no disk\n"},
		{"usage", Usage(errors.New("no such flag")), ExitUsage, "goshawk: no such flag\n"},
		{"usage further down", fmt.Errorf("start: %w", Usage(errors.New("bad key"))), ExitUsage, "goshawk: start: bad key\n"},
		{"canceled without a signal", context.Canceled, ExitFailure, "goshawk: context canceled\n"},
		{"usage of nothing", Usage(nil), ExitOK, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			code := Main("goshawk", &out, func(context.Context) error { return tc.err })
			if code != tc.code || out.String() != tc.text {
				t.Errorf("got code %d and %q, want %d and %q", code, out.String(), tc.code, tc.text)
			}
		})
	}
}

// childVar makes the test binary a process that runs Main, for signals.
const childVar = "GOSHAWK_TEST_CHILD"

func TestMainChild(t *testing.T) {
	kind := os.Getenv(childVar)
	if kind == "" {
		t.Skip("only as a child of TestMainSignals")
	}
	code := Main("child", os.Stderr, func(ctx context.Context) error {
		fmt.Println("ready")
		<-ctx.Done()
		fmt.Println("stopping")
		if kind == "stubborn" {
			select {}
		}
		return ctx.Err()
	})
	os.Exit(code)
}

func TestMainSignals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, kind string
		signals    []os.Signal
		want       string
	}{
		{"one SIGTERM stops in order", "obedient", []os.Signal{syscall.SIGTERM}, "exit status 0"},
		{"one SIGINT stops in order", "obedient", []os.Signal{os.Interrupt}, "exit status 0"},
		{"the second signal ends it at once", "stubborn", []os.Signal{os.Interrupt, os.Interrupt}, "signal: interrupt"},
		{"the second signal may be another", "stubborn", []os.Signal{os.Interrupt, syscall.SIGTERM}, "signal: terminated"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestMainChild$")
			cmd.Env = append(os.Environ(), childVar+"="+tc.kind)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for i, signal := range tc.signals {
				awaitLine(t, out, []string{"ready\n", "stopping\n"}[i])
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
			}
			_, _ = io.Copy(io.Discard, out)
			_ = cmd.Wait()
			if got := cmd.ProcessState.String(); got != tc.want {
				t.Errorf("the process ended with %q, want %q", got, tc.want)
			}
		})
	}
}

func awaitLine(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("the process says %q, %v; want %q", got, err, want)
	}
}
