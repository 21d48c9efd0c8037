package store

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Folders and suffixes of the archive.
const (
	eventsDir     = "events"
	alertsDir     = "alerts"
	quarantineDir = "quarantine"
	segmentSuffix = ".parquet"
	tempSuffix    = ".tmp"
)

// hour is a partition: hours since 1970 UTC, of ingest time.
type hour int64

func hourOf(nanos int64) hour {
	h := nanos / int64(time.Hour)
	if nanos%int64(time.Hour) < 0 {
		h--
	}
	return hour(h)
}

func (h hour) start() time.Time { return time.Unix(int64(h)*3600, 0).UTC() }

// dir is the partition's folder below the events folder, in the form that
// DuckDB, Spark and Hive read as columns date and hour.
func (h hour) dir() string { return h.start().Format("date=2006-01-02/hour=15") }

// latest is the latest event time, in microseconds, that the partition can hold.
func (h hour) latest() int64 { return h.start().Add(time.Hour + futureSlack).UnixMicro() }

func parseHour(date, hourName string) (hour, bool) {
	t, err := time.Parse("date=2006-01-02/hour=15", date+"/"+hourName)
	if err != nil {
		return 0, false
	}
	return hourOf(t.UnixNano()), true
}

// segmentName identifies a segment within its partition:
// "<shard>-<epoch>-<first>-<last>.parquet". The epoch is the second in which the
// stream was created, base 36: without it a stream that is made anew, and counts
// from 1 again, would look like a repeat of the old one.
type segmentName struct {
	shard       int
	epoch       int64
	first, last uint64
}

func (n segmentName) String() string {
	return fmt.Sprintf("%d-%s-%d-%d%s", n.shard, strconv.FormatInt(n.epoch, 36), n.first, n.last, segmentSuffix)
}

// parseSegmentName reads what String wrote.
func parseSegmentName(s string) (segmentName, bool) {
	base, ok := strings.CutSuffix(s, segmentSuffix)
	if !ok {
		return segmentName{}, false
	}
	parts := strings.Split(base, "-")
	if len(parts) != 4 {
		return segmentName{}, false
	}
	shard, err1 := strconv.ParseUint(parts[0], 10, 16)
	epoch, err2 := strconv.ParseInt(parts[1], 36, 64)
	first, err3 := strconv.ParseUint(parts[2], 10, 64)
	last, err4 := strconv.ParseUint(parts[3], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || last < first || epoch < 0 {
		return segmentName{}, false
	}
	n := segmentName{shard: int(shard), epoch: epoch, first: first, last: last}
	return n, n.String() == s
}

// segmentPath is the segment's path below the archive's folder.
func segmentPath(h hour, n segmentName) string { return filepath.Join(eventsDir, h.dir(), n.String()) }
