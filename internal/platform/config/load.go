package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/v2"
)

const prefix = "MILLRACE_"

// notSettings are variables with the prefix that others read: tests and make targets.
var notSettings = []string{"MILLRACE_TEST_", "MILLRACE_REQUIRE_", "MILLRACE_POSTGRES_BIN", "MILLRACE_BIN", "MILLRACE_CHROMIUM", "MILLRACE_URL", "MILLRACE_TOKEN", "MILLRACE_CONFIG", "MILLRACE_E2E_"}

// Source says where to read from.
type Source struct {
	// File is the settings file the operator named; it must exist. Empty means millrace.json of the data directory if it is
	// there.
	File string
	// Flags holds the values of flags that were given, by the setting's key: "listen", "mail.host".
	Flags map[string]string
	// Environ is what os.Environ returns; nil means just that.
	Environ []string
}

// layer is one source of values, flat: key → text.
type layer struct {
	values map[string]string
	// where tells an operator the place of a value.
	where func(key string) string
}

// Load reads and checks the settings. The error lists everything that is wrong, a line each, and never holds the value
// of a secret.
func Load(src Source) (Config, error) {
	if src.Environ == nil {
		src.Environ = os.Environ()
	}
	settings := all()
	var c Config
	var faults []string

	environ, unknown := fromEnv(settings, src.Environ)
	for _, name := range unknown {
		c.Warnings = append(c.Warnings, fmt.Sprintf("The environment variable %s is no setting of Millrace and was ignored.", name))
	}
	flags := layer{src.Flags, func(key string) string { return "flag --" + key }}
	for key := range src.Flags {
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }) {
			faults = append(faults, fmt.Sprintf("%q is no setting", key))
		}
	}
	presets := map[string]string{}
	for _, s := range settings {
		if s.preset != "" {
			presets[s.key] = s.preset
		}
	}
	layers := []layer{{presets, func(string) string { return "default" }}}

	path := src.File
	if path == "" {
		path = environ.values["config"]
	}
	named := path != ""
	if !named {
		dir := presets["data"]
		for _, l := range []layer{environ, flags} {
			if v := l.values["data"]; v != "" {
				dir = v
			}
		}
		path = filepath.Join(dir, FileName)
	}
	file, err := fromFile(settings, path, named)
	if err != nil {
		faults = append(faults, err.Error())
	} else {
		layers = append(layers, file)
	}
	layers = append(layers, environ, flags)

	for _, s := range settings {
		for _, l := range slices.Backward(layers) {
			value, ok := l.values[s.key]
			if !ok || (value == "" && s.preset != "") {
				continue // an empty value leaves the default standing
			}
			if err := s.set(&c, value); err != nil {
				shown := fmt.Sprintf(" is %q and", value)
				if s.secret {
					shown = ""
				}
				faults = append(faults, fmt.Sprintf("%s (%s)%s %s", s.key, l.where(s.key), shown, err))
			}
			break
		}
	}
	if len(faults) == 0 {
		faults = check(&c)
	}
	if len(faults) > 0 {
		return Config{}, errors.New("settings: " + strings.Join(faults, "\nsettings: "))
	}
	return c, nil
}

func fromEnv(settings []setting, environ []string) (layer, []string) {
	keys := map[string]string{prefix + "CONFIG": "config"}
	for _, s := range settings {
		keys[envName(s.key)] = s.key
	}
	var unknown []string
	k := koanf.New("\x00") // keys hold dots; they stay flat
	_ = k.Load(env.Provider("\x00", env.Opt{
		Prefix:      prefix,
		EnvironFunc: func() []string { return environ },
		TransformFunc: func(name, value string) (string, any) {
			key, known := keys[name]
			if !known && !slices.ContainsFunc(notSettings, func(p string) bool { return strings.HasPrefix(name, p) }) {
				unknown = append(unknown, name)
			}
			return key, value
		},
	}), nil)
	values := map[string]string{}
	for key, v := range k.All() {
		values[key] = fmt.Sprint(v)
	}
	slices.Sort(unknown)
	return layer{values, envName}, unknown
}

func fromFile(settings []setting, path string, named bool) (layer, error) {
	l := layer{map[string]string{}, func(string) string { return path }}
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && !named {
		return l, nil
	}
	if err != nil {
		return l, fmt.Errorf("the file %s cannot be read: %w", path, errors.Unwrap(err))
	}
	var tree map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return l, fmt.Errorf("the file %s is not JSON: %w%s", path, err, position(raw, err))
	}
	if dec.More() {
		return l, fmt.Errorf("the file %s holds more than one JSON value", path)
	}
	k := koanf.New(".")
	if err := k.Load(confmap.Provider(tree, ""), nil); err != nil {
		return l, fmt.Errorf("the file %s: %w", path, err)
	}
	for key, v := range k.All() {
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }) {
			return l, fmt.Errorf("the file %s sets %q, which is no setting", path, key)
		}
		switch v := v.(type) {
		case []any:
			var parts []string
			for _, item := range v {
				parts = append(parts, fmt.Sprint(item))
			}
			l.values[key] = strings.Join(parts, ",")
		case nil:
		case string, bool, json.Number:
			l.values[key] = fmt.Sprint(v)
		default:
			return l, fmt.Errorf("the file %s: %q is neither text, number, true or false, nor a list", path, key)
		}
	}
	return l, nil
}

func position(raw []byte, err error) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return ""
	}
	return fmt.Sprintf(" (near line %d)", 1+bytes.Count(raw[:min(int64(len(raw)), syntax.Offset)], []byte("\n")))
}

// check looks at values in the light of each other and puts some into their usual form.
func check(c *Config) []string {
	var faults []string
	bad := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad(`listen is %q and must be host:port, such as 127.0.0.1:8080 or :8080`, c.Listen)
	}
	if db := c.Database.Reveal(); db != "" && !strings.HasPrefix(db, "postgres://") && !strings.HasPrefix(db, "postgresql://") && strings.Contains(db, "://") && !strings.HasPrefix(db, "sqlite://") {
		bad("database must be a postgres:// URL, or empty for the embedded database")
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			bad(`publicUrl is %q and must be an address such as https://millrace.example.org`, c.PublicURL)
		}
	}
	if e := c.Telemetry.OTLPEndpoint; e != "" {
		if u, err := url.Parse(e); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			bad(`telemetry.otlpEndpoint is %q and must be a URL such as http://collector:4318`, e)
		}
	}
	if c.Mail.Host != "" {
		if _, err := mail.ParseAddress(c.Mail.From); err != nil {
			bad("mail.from must be the sender's address when mail.host is set")
		}
		if c.Mail.Username != "" && c.Mail.TLS == "none" {
			bad("mail.tls is none: the password of mail.username would travel in the clear")
		}
		if c.Mail.Port > 65535 {
			bad("mail.port is %d and must be below 65536", c.Mail.Port)
		}
	}
	if c.Session.Idle > c.Session.TTL {
		bad("session.idle (%s) is longer than session.ttl (%s)", c.Session.Idle, c.Session.TTL)
	}
	return faults
}
