package store

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Keys of a segment's own metadata in the Parquet footer. Other readers ignore
// them; the values are text, as Parquet asks.
const (
	metaVersion = "goshawk.version"
	metaTimes   = "goshawk.event_time"
	metaSeqs    = "goshawk.sequences"
	metaBatches = "goshawk.batches"
)

// formatVersion is what this version writes. Readers refuse newer ones: a
// segment they half understand would be half searched.
const formatVersion = 1

// meta is what a segment's footer says about the whole file.
type meta struct {
	rows             int
	minTime, maxTime int64 // of event_time, in microseconds
	// seqs are the stream sequences inside, exactly.
	seqs seqRuns
	// batches are the batches inside and their lines, or nil when there are so
	// many that reading the event_id column is cheaper.
	batches []batchLines
}

// batchLines names lines of a batch by the hash of the batch's id.
type batchLines struct {
	hash        uint64
	first, last uint32
}

// each calls set with every key and value.
func (m *meta) each(set func(key, value string)) {
	set(metaVersion, strconv.Itoa(formatVersion))
	set(metaTimes, fmt.Sprintf("%d %d", m.minTime, m.maxTime))
	set(metaSeqs, base64.StdEncoding.EncodeToString(m.seqs.encode()))
	if len(m.batches) > m.rows/batchListShare {
		set(metaBatches, "")
		return
	}
	set(metaBatches, base64.StdEncoding.EncodeToString(encodeBatches(m.batches)))
}

// batchListShare is how many rows a batch must hold on average for the list of
// batches to be worth its bytes in the footer.
const batchListShare = 8

// decodeMeta reads what each wrote. The list of batches is large and wanted at
// start only, so it is decoded on request.
func decodeMeta(lookup func(key string) (string, bool), withBatches bool) (meta, error) {
	var m meta
	version, _ := lookup(metaVersion)
	v, err := strconv.Atoi(version)
	if err != nil {
		return m, fmt.Errorf("footer: %s is %q; expected a number, so this is not a segment of the archive", metaVersion, version)
	}
	if v > formatVersion {
		return m, fmt.Errorf("footer: segment format %d is newer than this program, which reads up to %d", v, formatVersion)
	}
	times, _ := lookup(metaTimes)
	first, last, _ := strings.Cut(times, " ")
	var errFirst, errLast error
	m.minTime, errFirst = strconv.ParseInt(first, 10, 64)
	m.maxTime, errLast = strconv.ParseInt(last, 10, 64)
	if err := errors.Join(errFirst, errLast); err != nil {
		return m, fmt.Errorf("footer: %s: %w", metaTimes, err)
	}
	seqs, err := lookupBytes(lookup, metaSeqs)
	if err != nil {
		return m, err
	}
	if m.seqs, err = decodeSeqRuns(seqs); err != nil {
		return m, fmt.Errorf("footer: %s: %w", metaSeqs, err)
	}
	if !withBatches {
		return m, nil
	}
	batches, err := lookupBytes(lookup, metaBatches)
	if err != nil {
		return m, err
	}
	if m.batches, err = decodeBatches(batches); err != nil {
		return m, fmt.Errorf("footer: %s: %w", metaBatches, err)
	}
	return m, nil
}

func lookupBytes(lookup func(string) (string, bool), key string) ([]byte, error) {
	text, _ := lookup(key)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("footer: %s: %w", key, err)
	}
	return data, nil
}

func encodeBatches(batches []batchLines) []byte {
	out := make([]byte, 0, len(batches)*12)
	for _, b := range batches {
		out = binary.LittleEndian.AppendUint64(out, b.hash)
		out = binary.AppendUvarint(out, uint64(b.first))
		out = binary.AppendUvarint(out, uint64(b.last-b.first))
	}
	return out
}

var errTruncated = errors.New("ends too early or holds a number out of range")

func decodeBatches(data []byte) ([]batchLines, error) {
	out := make([]batchLines, 0, len(data)/12)
	for len(data) > 0 {
		if len(data) < 8 {
			return nil, errTruncated
		}
		b := batchLines{hash: binary.LittleEndian.Uint64(data)}
		first, n := binary.Uvarint(data[8:])
		if n <= 0 || first > 1<<32-1 {
			return nil, errTruncated
		}
		data = data[8+n:]
		span, n := binary.Uvarint(data)
		if n <= 0 || span > 1<<32-1-first {
			return nil, errTruncated
		}
		data = data[n:]
		b.first, b.last = uint32(first), uint32(first+span)
		out = append(out, b)
	}
	return out, nil
}
