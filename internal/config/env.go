package config

// Variable is an environment variable that sets one key.
type Variable struct {
	Name string
	// Key is the path of the key that it sets.
	Key string
	// Doc says what for.
	Doc string
}

// Variables lists the environment variables that are read: what differs from
// machine to machine, and secrets. A variable that is set wins over the file, one
// that is set to nothing is as good as not set.
func Variables() []Variable {
	return []Variable{
		{"GOSHAWK_DATA_DIR", "data_dir", "folder for everything that is kept on disk"},
		{"GOSHAWK_HTTP_TOKEN", "ingest.http.tokens", "one more bearer token that senders may use"},
		{"GOSHAWK_LOG_FORMAT", "log.format", "auto, json or console"},
		{"GOSHAWK_LOG_LEVEL", "log.level", "trace, debug, info, warn or error"},
		{"GOSHAWK_NATS_CREDENTIALS", "bus.credentials", "path of a NATS credentials file"},
		{"GOSHAWK_NATS_PASSWORD", "bus.password", "password of the NATS user"},
		{"GOSHAWK_NATS_TOKEN", "bus.token", "NATS token"},
		{"GOSHAWK_NATS_URL", "bus.url", "address of NATS"},
		{"GOSHAWK_NATS_USER", "bus.user", "NATS user"},
		{"GOSHAWK_OPS_LISTEN", "ops.listen", "address for metrics and health"},
		{"GOSHAWK_SERVER_PASSWORD", "server.password", "password that clients of the embedded server must present"},
		{"GOSHAWK_SERVER_TOKEN", "server.token", "token that clients of the embedded server must present"},
	}
}

// environment returns the settings of the variables that are set.
func environment(look func(string) (string, bool)) []Setting {
	if look == nil {
		return nil
	}
	var out []Setting
	for _, v := range Variables() {
		if value, ok := look(v.Name); ok && value != "" {
			out = append(out, Setting{Origin: v.Name, Key: v.Key, Value: value})
		}
	}
	return out
}
