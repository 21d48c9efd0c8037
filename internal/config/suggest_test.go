package config

import "testing"

func TestNearest(t *testing.T) {
	t.Parallel()
	keys := []string{"url", "user", "shards", "replicas", "publish_timeout", "tls"}
	for _, tc := range []struct{ name, in, want string }{
		{"letters swapped", "shrads", "shards"},
		{"letter missing", "replcas", "replicas"},
		{"letter added", "userr", "user"},
		{"letter replaced", "urk", "url"},
		{"several edits in a long key", "publish_timout_", "publish_timeout"},
		{"other spelling", "publish-timeout", "publish_timeout"},
		{"nothing near", "destination", ""},
		{"short and unlike", "abc", ""},
		{"empty", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := nearest(tc.in, keys); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
