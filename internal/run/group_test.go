package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal notes what happened in which order.
type journal struct {
	mu      sync.Mutex // protects entries
	entries []string
}

func (j *journal) note(entry string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry)
}

// obedient returns a task that runs until it is stopped, then takes a while.
func (j *journal) obedient(name string, while time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		<-ctx.Done()
		<-time.After(while)
		j.note(name)
		return err
	}
}

func TestGroupStopsInReverse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		var g Group
		for _, name := range []string{"server", "archive", "correlate", "ingest"} {
			g.Add(name, j.obedient(name, time.Second, nil))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, cancel)
		if err := g.Run(ctx); err != nil {
			t.Errorf("Run returns %v, want nil", err)
		}
		if want := []string{"ingest", "correlate", "archive", "server"}; !slices.Equal(j.entries, want) {
			t.Errorf("stopped in the order %v, want %v", j.entries, want)
		}
	})
}

func TestGroupFirstExitStopsTheRest(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for _, tc := range []struct {
		name    string
		first   error
		other   error
		want    string
		wantErr error
	}{
		{"with an error", broken, nil, "archive: disk on fire", broken},
		{"without an error", nil, nil, "archive: ended without being asked to and without an error", errEarly},
		{"and the others fail too", broken, errors.New("cannot drain"), "archive: disk on fire\ningest: cannot drain", broken},
		{"and the others were only canceled", broken, context.Canceled, "archive: disk on fire", broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var j journal
				var g Group
				g.Add("archive", func(context.Context) error { return tc.first })
				g.Add("ingest", j.obedient("ingest", 0, tc.other))
				err := g.Run(t.Context())
				if err == nil || err.Error() != tc.want || !errors.Is(err, tc.wantErr) {
					t.Errorf("Run returns %v, want %q", err, tc.want)
				}
				if !slices.Equal(j.entries, []string{"ingest"}) {
					t.Errorf("the other task was not stopped: %v", j.entries)
				}
			})
		})
	}
}

func TestGroupGivesUpAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var j journal
		g := Group{StopTimeout: 10 * time.Second}
		g.Add("server", j.obedient("server", 0, nil))
		g.Add("stubborn", j.obedient("stubborn", time.Hour, nil))
		g.Add("ingest", j.obedient("ingest", time.Second, nil))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := g.Run(ctx)
		if err == nil || !strings.Contains(err.Error(), "stubborn: did not stop within 10s") {
			t.Errorf("Run returns %v, want an error that names the task", err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("Run took %v, want 10s", took)
		}
		// Let the one that was left behind end.
		<-time.After(time.Hour)
	})
}

func TestGroupEmpty(t *testing.T) {
	t.Parallel()
	if err := new(Group).Run(t.Context()); err != nil {
		t.Errorf("Run of an empty group returns %v", err)
	}
}

// TestGroupNeverForgets runs groups of tasks that end, fail and stop at random
// times: Run always returns in time, and names each task that failed.
func TestGroupNeverForgets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		type plan struct {
			ends  time.Duration // 0: when asked
			takes time.Duration
			fails bool
		}
		plans := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) plan {
			return plan{
				ends:  time.Duration(rapid.IntRange(0, 5).Draw(r, "ends")) * time.Second,
				takes: time.Duration(rapid.IntRange(0, 5).Draw(r, "takes")) * time.Second,
				fails: rapid.Bool().Draw(r, "fails"),
			}
		}), 1, 6).Draw(r, "plans")
		synctest.Test(t, func(t *testing.T) {
			g := Group{StopTimeout: time.Hour}
			ended := make([]bool, len(plans))
			for i, p := range plans {
				g.Add(string(rune('a'+i)), func(ctx context.Context) error {
					var own <-chan time.Time
					if p.ends > 0 {
						own = time.After(p.ends)
					}
					select {
					case <-ctx.Done():
						<-time.After(p.takes)
					case <-own:
					}
					ended[i] = true
					if p.fails {
						return errors.New("failed")
					}
					return nil
				})
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := g.Run(ctx)
			for i, p := range plans {
				if !ended[i] {
					t.Errorf("task %d was left behind", i)
				}
				named := err != nil && strings.Contains("\n"+err.Error(), "\n"+string(rune('a'+i))+": ")
				if p.fails && !named {
					t.Errorf("task %d failed and is not named in %v", i, err)
				}
			}
		})
	})
}
