package enrich

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// maxGeoFile is how large a MaxMind file may be; the largest that is sold has
// less.
const maxGeoFile = 2 << 30

// geoFile is a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/) in memory.
// It is read whole, and not mapped, because a file that is written over while it
// is mapped ends the process.
type geoFile struct {
	path  string
	db    *maxminddb.Reader
	bytes int64
}

// geoRecord is what the City, Country and ASN databases say, as far as it is
// used.
type geoRecord struct {
	Country struct {
		Code string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	City struct {
		Names struct {
			English string `maxminddb:"en"`
		} `maxminddb:"names"`
	} `maxminddb:"city"`
	ASNumber uint32 `maxminddb:"autonomous_system_number"`
	ASName   string `maxminddb:"autonomous_system_organization"`
}

func loadGeo(path string) (*geoFile, error) {
	data, err := readFile(path, maxGeoFile)
	if err != nil {
		return nil, err
	}
	db, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, fmt.Errorf("%s: not a MaxMind DB file: %w", path, err)
	}
	if err := db.Verify(); err != nil {
		return nil, fmt.Errorf("%s: the MaxMind DB file is damaged: %w", path, err)
	}
	return &geoFile{path: path, db: db, bytes: int64(len(data))}, nil
}

// fill sets what the file knows of addr and no file before it did.
func (g *geoFile) fill(addr netip.Addr, f *facts) {
	result := g.db.Lookup(addr)
	if result.Err() != nil || !result.Found() {
		return
	}
	var r geoRecord
	if result.Decode(&r) != nil {
		return
	}
	if f.country == "" {
		f.country = r.Country.Code
	}
	if f.city == "" {
		f.city = r.City.Names.English
	}
	if f.asNumber == 0 {
		f.asNumber, f.asName = int64(r.ASNumber), r.ASName
	}
}
