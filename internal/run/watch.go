package run

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/rs/zerolog"
)

// settleFiles is how long watched files must be left alone before they are read:
// an editor or a checkout writes many times.
const settleFiles = 300 * time.Millisecond

// Watch calls changed when a file at or below paths, files and folders, changes
// and is left alone again, until ctx ends. Without paths it only waits. What can't
// be watched is logged; a SIGHUP then does what changed would.
func Watch(ctx context.Context, paths []string, log zerolog.Logger, changed func()) error {
	if len(paths) == 0 {
		<-ctx.Done()
		return nil
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch folders: %w", err)
	}
	defer func() {
		if err := watcher.Close(); err != nil {
			log.Debug().Err(err).Msg("close file watcher")
		}
	}()
	watchFolders(watcher, paths, log)
	timer := time.NewTimer(settleFiles)
	timer.Stop()
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			timer.Reset(settleFiles)
		case err := <-watcher.Errors:
			log.Warn().Err(err).Msg("watching folders failed; send SIGHUP to reload")
		case <-timer.C:
			watchFolders(watcher, paths, log)
			changed()
		}
	}
}

// watchFolders adds every folder below paths; adding one again does nothing. A
// single file is watched through its folder, because editors replace files.
func watchFolders(watcher *fsnotify.Watcher, paths []string, log zerolog.Logger) {
	for _, root := range paths {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			if err := watcher.Add(filepath.Dir(root)); err != nil {
				log.Warn().Err(err).Str("file", root).Msg("file can't be watched; send SIGHUP to reload")
			}
			continue
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return watcher.Add(path)
		})
		if err != nil {
			log.Warn().Err(err).Str("folder", root).Msg("folder can't be watched; send SIGHUP to reload")
		}
	}
}
