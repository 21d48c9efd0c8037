package enrich

import (
	"fmt"
	"io"
	"os"
)

// readFile returns what path holds, which must be a file of at most limit bytes.
func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // nothing was written to it
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("look at %s: %w", path, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", path)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s: has %d bytes, at most %d are read", path, info.Size(), limit)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s: grew beyond %d bytes while it was read", path, limit)
	}
	return data, nil
}
