package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"

	"millrace/internal/platform/vault"
)

// setting is one value that can be set: its key in the file, from which the environment variable follows, and how its
// text becomes a member of Config.
type setting struct {
	key     string
	preset  string
	explain string
	secret  bool
	set     func(c *Config, text string) error
}

// Setting describes one setting for the reference page and the help text.
type Setting struct {
	Key, Env, Default, Explanation string
	Secret                         bool
}

// Settings lists what can be set, in the order of the reference page.
func Settings() []Setting {
	var out []Setting
	for _, s := range all() {
		out = append(out, Setting{Key: s.key, Env: envName(s.key), Default: s.preset, Explanation: s.explain, Secret: s.secret})
	}
	return out
}

func all() []setting {
	return []setting{
		{key: "data", preset: "data", explain: "Directory of the embedded database, the vault key and working files.", set: text(func(c *Config) *string { return &c.Data })},
		{key: "listen", preset: "127.0.0.1:8080", explain: "Address to serve on.", set: text(func(c *Config) *string { return &c.Listen })},
		{key: "database", secret: true, explain: "PostgreSQL URL; empty means SQLite in the data directory.", set: secret(func(c *Config) *vault.Secret { return &c.Database })},
		{key: "databaseConns", preset: "20", explain: "Most connections to PostgreSQL.", set: number(func(c *Config) *int { return &c.DatabaseConns })},
		{key: "fullSync", preset: "false", explain: "Flush every commit of SQLite to the disk before answering.", set: yes(func(c *Config) *bool { return &c.FullSync })},
		{key: "demo", preset: "false", explain: "Load the demo organisation into an empty database.", set: yes(func(c *Config) *bool { return &c.Demo })},
		{key: "publicUrl", explain: "Where people and tools reach this installation, for links and webhook addresses.", set: text(func(c *Config) *string { return &c.PublicURL })},
		{key: "logLevel", preset: "info", explain: "debug, info, warn or error.", set: func(c *Config, s string) error {
			var l slog.Level
			if err := l.UnmarshalText([]byte(s)); err != nil {
				return errors.New("must be debug, info, warn or error")
			}
			c.LogLevel = l
			return nil
		}},
		{key: "logFormat", preset: "text", explain: "text or json.", set: oneOf(func(c *Config) *string { return &c.LogFormat }, "text", "json")},
		{key: "trustedProxies", explain: "Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed.", set: prefixes(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies })},
		{key: "allowPrivateOutbound", explain: "Private addresses or CIDR ranges that connectors may reach, such as 10.20.0.0/16.", set: prefixes(func(c *Config) *[]netip.Prefix { return &c.AllowPrivateOutbound })},
		{key: "git.paths", explain: "Folders of this machine below which git connections may read repositories by path, separated by commas; empty refuses all paths.", set: folders(func(c *Config) *[]string { return &c.GitPaths })},
		{key: "rawPageDays", preset: "90", explain: "Days that superseded answers of tools are kept. The newest version of each is kept for good, because replays need it. 0 keeps all.", set: func(c *Config, s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < 0 || n > 36500 {
				return errors.New("must be a number of days from 0 to 36500")
			}
			c.RawPageDays = n
			return nil
		}},
		{key: "shutdownGrace", preset: "10s", explain: "How long requests and jobs may go on when the process is asked to stop.", set: duration(func(c *Config) *time.Duration { return &c.ShutdownGrace })},
		{key: "vaultKey", secret: true, explain: "Keys of the vault in base64, the newest first, instead of the key file.", set: func(c *Config, s string) error {
			c.VaultKeys = nil
			for _, part := range list(s) {
				c.VaultKeys = append(c.VaultKeys, vault.Secret(part))
			}
			return nil
		}},
		{key: "session.ttl", preset: "168h", explain: "How long a sign-in lasts at most.", set: duration(func(c *Config) *time.Duration { return &c.Session.TTL })},
		{key: "session.idle", preset: "12h", explain: "How long a sign-in lasts unused.", set: duration(func(c *Config) *time.Duration { return &c.Session.Idle })},
		{key: "telemetry.otlpEndpoint", explain: "URL traces are sent to over OTLP/HTTP; empty means none.", set: text(func(c *Config) *string { return &c.Telemetry.OTLPEndpoint })},
		{key: "telemetry.otlpHeaders", secret: true, explain: "Headers sent along with traces, name=value.", set: func(c *Config, s string) error {
			c.Telemetry.OTLPHeaders = nil
			for _, part := range list(s) {
				if name, _, ok := strings.Cut(part, "="); !ok || strings.TrimSpace(name) == "" {
					return errors.New("each must be name=value")
				}
				c.Telemetry.OTLPHeaders = append(c.Telemetry.OTLPHeaders, vault.Secret(part))
			}
			return nil
		}},
		{key: "telemetry.sampleRatio", preset: "1", explain: "Share of requests that are traced, 0 to 1.", set: func(c *Config, s string) error {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || v < 0 || v > 1 {
				return errors.New("must be a number from 0 to 1")
			}
			c.Telemetry.SampleRatio = v
			return nil
		}},
		{key: "mail.host", explain: "SMTP server; empty means that no mail is sent.", set: text(func(c *Config) *string { return &c.Mail.Host })},
		{key: "mail.port", preset: "587", explain: "Port of the SMTP server.", set: number(func(c *Config) *int { return &c.Mail.Port })},
		{key: "mail.username", explain: "User at the SMTP server; empty means no sign-in.", set: text(func(c *Config) *string { return &c.Mail.Username })},
		{key: "mail.password", secret: true, explain: "Password at the SMTP server.", set: secret(func(c *Config) *vault.Secret { return &c.Mail.Password })},
		{key: "mail.from", explain: "Sender's address.", set: text(func(c *Config) *string { return &c.Mail.From })},
		{key: "mail.tls", preset: "starttls", explain: "starttls, opportunistic, tls or none.", set: oneOf(func(c *Config) *string { return &c.Mail.TLS }, "starttls", "opportunistic", "tls", "none")},
	}
}

// envName turns "telemetry.otlpEndpoint" into "MILLRACE_TELEMETRY_OTLP_ENDPOINT".
func envName(key string) string {
	var b strings.Builder
	b.WriteString(prefix)
	for _, r := range key {
		switch {
		case r == '.':
			b.WriteByte('_')
		case unicode.IsUpper(r):
			b.WriteByte('_')
			b.WriteRune(r)
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func text(at func(*Config) *string) func(*Config, string) error {
	return func(c *Config, s string) error { *at(c) = strings.TrimSpace(s); return nil }
}

func secret(at func(*Config) *vault.Secret) func(*Config, string) error {
	return func(c *Config, s string) error { *at(c) = vault.Secret(s); return nil }
}

func number(at func(*Config) *int) func(*Config, string) error {
	return func(c *Config, s string) error {
		v, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || v <= 0 {
			return errors.New("must be a whole number above 0")
		}
		*at(c) = v
		return nil
	}
}

func yes(at func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, s string) error {
		v, err := strconv.ParseBool(strings.TrimSpace(s))
		if err != nil {
			return errors.New("must be true or false")
		}
		*at(c) = v
		return nil
	}
}

func duration(at func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, s string) error {
		v, err := time.ParseDuration(strings.TrimSpace(s))
		if err != nil || v <= 0 {
			return errors.New("must be a time span such as 30s, 15m or 12h")
		}
		*at(c) = v
		return nil
	}
}

func oneOf(at func(*Config) *string, options ...string) func(*Config, string) error {
	return func(c *Config, s string) error {
		for _, o := range options {
			if strings.EqualFold(strings.TrimSpace(s), o) {
				*at(c) = o
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", strings.Join(options, ", "))
	}
}

func folders(at func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, s string) error {
		var out []string
		for _, part := range list(s) {
			if !filepath.IsAbs(part) {
				return fmt.Errorf("%q is no absolute path", part)
			}
			out = append(out, filepath.Clean(part))
		}
		*at(c) = out
		return nil
	}
}

func prefixes(at func(*Config) *[]netip.Prefix) func(*Config, string) error {
	return func(c *Config, s string) error {
		var out []netip.Prefix
		for _, part := range list(s) {
			p, err := netip.ParsePrefix(part)
			if err != nil {
				a, err := netip.ParseAddr(part)
				if err != nil {
					return fmt.Errorf("%q is neither an address nor a range such as 10.20.0.0/16", part)
				}
				p = netip.PrefixFrom(a, a.BitLen())
			}
			out = append(out, p.Masked())
		}
		*at(c) = out
		return nil
	}
}
