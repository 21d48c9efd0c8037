package main

import (
	"fmt"
	"io"
	"runtime/debug"
)

// versionCmd is `goshawk version`.
type versionCmd struct{}

// Run prints what the Go toolchain recorded in the binary: no build flags are
// needed for it to be right.
func (versionCmd) Run(a *app) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Errorf("version: the binary has no build information")
	}
	return printVersion(a.Stdout, info)
}

func printVersion(w io.Writer, info *debug.BuildInfo) error {
	settings := make(map[string]string, len(info.Settings))
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	line := fmt.Sprintf("goshawk %s %s %s/%s", info.Main.Version, info.GoVersion, settings["GOOS"], settings["GOARCH"])
	if revision := settings["vcs.revision"]; revision != "" {
		line += fmt.Sprintf(" commit %.12s of %s", revision, settings["vcs.time"])
		if settings["vcs.modified"] == "true" {
			line += ", changed since"
		}
	}
	_, err := fmt.Fprintln(w, line)
	return err
}
