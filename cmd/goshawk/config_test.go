package main

import (
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestConfigScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: filepath.Join("testdata", "config"), UpdateScripts: *update, RequireExplicitExec: true})
}

func TestPrintVersion(t *testing.T) {
	t.Parallel()
	settings := []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"},
		{Key: "GOARCH", Value: "arm64"},
		{Key: "vcs.revision", Value: "0123456789abcdef"},
		{Key: "vcs.time", Value: "2026-11-22T18:00:00Z"},
	}
	for _, tc := range []struct {
		name     string
		settings []debug.BuildSetting
		want     string
	}{
		{"released", settings[:2], "goshawk v1.2.3 go1.26.8 linux/arm64\n"},
		{"from a clone", settings, "goshawk v1.2.3 go1.26.8 linux/arm64 commit 0123456789ab of 2026-11-22T18:00:00Z\n"},
		{
			"from a changed clone", append(settings[:4:4], debug.BuildSetting{Key: "vcs.modified", Value: "true"}),
			"goshawk v1.2.3 go1.26.8 linux/arm64 commit 0123456789ab of 2026-11-22T18:00:00Z, changed since\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"}, Settings: tc.settings}
			if err := printVersion(&out, info); err != nil || out.String() != tc.want {
				t.Errorf("got %q, %v; want %q", out.String(), err, tc.want)
			}
		})
	}
}
