package ingest

import (
	"github.com/fsnotify/fsnotify"
	"github.com/rs/zerolog"
)

// watcher tells of changes in folders where the system can. Everything works
// without it, at the pace of polling.
type watcher struct {
	notify *fsnotify.Watcher
	failed map[string]bool
	log    zerolog.Logger
}

func newWatcher(log zerolog.Logger) watcher {
	w := watcher{failed: map[string]bool{}, log: log}
	notify, err := fsnotify.NewBufferedWatcher(maxTouches)
	if err != nil {
		log.Warn().Err(err).Msg("the system does not tell of file changes; polling only")
		return w
	}
	w.notify = notify
	return w
}

// follow watches these folders from now on. Folders that have gone end their
// watch themselves, and are watched again once they are back.
func (w *watcher) follow(folders []string) {
	if w.notify == nil {
		return
	}
	watched := map[string]bool{}
	for _, path := range w.notify.WatchList() {
		watched[path] = true
	}
	for _, path := range folders {
		if watched[path] {
			continue
		}
		err := w.notify.Add(path)
		if err != nil && !w.failed[path] {
			w.failed[path] = true
			w.log.Info().Err(err).Str("path", path).Msg("folder is polled only")
		}
	}
}

// events returns nil, which blocks for ever, where there are none.
func (w *watcher) events() chan fsnotify.Event {
	if w.notify == nil {
		return nil
	}
	return w.notify.Events
}

func (w *watcher) errors() chan error {
	if w.notify == nil {
		return nil
	}
	return w.notify.Errors
}

func (w *watcher) close() {
	if w.notify != nil {
		_ = w.notify.Close() // it only ends the watches
	}
}
