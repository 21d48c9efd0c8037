// Package run holds what every process of the product does the same way: signals
// and exit codes (Main), a group of tasks that live and end together (Group),
// logging (NewLogger), readiness (Health) and the HTTP server for operators
// (Ops).
//
// It knows no service: those are handed to it as functions. Signals work as
// operators expect: the first SIGINT or SIGTERM asks for an orderly stop, the
// second one ends the process at once.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// The exit codes of every process.
const (
	ExitOK      = 0
	ExitFailure = 1
	// ExitUsage says that the command line or the configuration is wrong:
	// trying again changes nothing.
	ExitUsage = 2
)

// codedError is an error that Main answers with a code of its own.
type codedError struct {
	cause error
	code  int
}

// Error returns the cause's text.
func (e *codedError) Error() string { return e.cause.Error() }

// Unwrap returns the cause.
func (e *codedError) Unwrap() error { return e.cause }

// Usage marks err as a mistake in the command line or the configuration, so that
// Main exits with ExitUsage. Nil stays nil.
func Usage(err error) error { return WithCode(ExitUsage, err) }

// WithCode marks err as one after which Main exits with code, unless it is marked
// already. Nil stays nil.
func WithCode(code int, err error) error {
	if marked := (*codedError)(nil); err == nil || errors.As(err, &marked) {
		return err
	}
	return &codedError{err, code}
}

// Main calls task with a context that the first SIGINT or SIGTERM cancels; from
// then on a second one ends the process the way the operating system does it. It
// prints task's error once, as "name: error", and returns the exit code, which
// the caller's main passes to os.Exit. An error that only says that the context
// was canceled is no failure once a signal came.
func Main(name string, stderr io.Writer, task func(ctx context.Context) error) int {
	signaled, disarm := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer disarm()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Disarmed first, canceled then: whoever sees the stop may count on the
	// second signal.
	context.AfterFunc(signaled, func() {
		disarm()
		cancel()
	})
	err := task(ctx)
	if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return ExitOK
	}
	// There is nobody left to tell when stderr is broken.
	_, _ = fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return ExitCode(err)
}

// ExitCode returns the exit code for err: ExitOK for nil, the code of what Usage
// or WithCode marked, ExitFailure for the rest.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if marked := (*codedError)(nil); errors.As(err, &marked) {
		return marked.code
	}
	return ExitFailure
}
