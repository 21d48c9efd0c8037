package store

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A disk does the few writing operations of the archive, each of which can be
// the last before a crash.
type disk struct {
	root string
	// fail, in tests, is asked before each step and breaks it.
	fail func(step, path string) error
}

func (d *disk) step(step, path string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(step, path)
}

func (d *disk) path(rel string) string { return filepath.Join(d.root, rel) }

// errExists is returned by commit when the file is there already.
var errExists = errors.New("exists already")

// commit makes data appear at rel at once and durably: temporary name, fsync,
// rename, fsync of the folder. It replaces an existing file only when asked to.
func (d *disk) commit(rel string, data []byte, replace bool) error {
	return d.commitWith(rel, replace, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// commitWith is commit for data that write produces.
func (d *disk) commitWith(rel string, replace bool, write func(io.Writer) error) error {
	target := d.path(rel)
	dir := filepath.Dir(target)
	if err := d.makeDir(dir); err != nil {
		return err
	}
	if !replace {
		if _, err := os.Lstat(target); err == nil {
			return fmt.Errorf("write %s: %w", rel, errExists)
		}
	}
	temp := fmt.Sprintf("%s.%d%s", target, os.Getpid(), tempSuffix)
	if err := d.writeFile(temp, write); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(temp)))
	}
	if err := d.rename(temp, target); err != nil {
		return errors.Join(err, ignoreMissing(os.Remove(temp)))
	}
	return d.syncDir(dir)
}

func (d *disk) writeFile(path string, write func(io.Writer) error) error {
	if err := d.step("create", path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640) //nolint:gosec // other tools of the group read the lake
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = d.step("sync", path)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d *disk) rename(from, to string) error {
	if err := d.step("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d *disk) remove(path string) error {
	if err := d.step("remove", path); err != nil {
		return err
	}
	return ignoreMissing(os.Remove(path))
}

// makeDir creates dir and its parents durably: a new folder is an entry of its
// parent, which must reach the disk as well.
func (d *disk) makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := d.makeDir(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncDir(parent)
}

func (d *disk) syncDir(dir string) error {
	if err := d.step("syncdir", dir); err != nil {
		return err
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
