package config_test

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/config"
)

func load(t *testing.T, file string, flags map[string]string, environ ...string) (config.Config, error) {
	t.Helper()
	dir := t.TempDir()
	if file != "" {
		if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := map[string]string{"data": dir}
	for k, v := range flags {
		all[k] = v
	}
	return config.Load(config.Source{Flags: all, Environ: append([]string{"PATH=/bin"}, environ...)})
}

func TestDefaults(t *testing.T) {
	c, err := config.Load(config.Source{Environ: []string{}, Flags: map[string]string{"data": t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || !c.SQLite() || c.Demo || c.LogLevel != slog.LevelInfo || c.LogFormat != "text" ||
		c.Session.TTL != 7*24*time.Hour || c.Session.Idle != 12*time.Hour || c.Mail.Port != 587 || c.Telemetry.OTLPEndpoint != "" || len(c.Warnings) != 0 {
		t.Fatalf("%+v", c)
	}
}

func TestEachLayerWinsOverTheOneBefore(t *testing.T) {
	const file = `{"listen": ":1", "logFormat": "json", "publicUrl": "https://a.example/", "demo": true,
		"mail": {"host": "smtp.example", "from": "m@a.example", "port": 25}, "allowPrivateOutbound": ["10.1.2.3/8", "fd00::1"]}`
	c, err := load(t, file, map[string]string{"listen": ":3", "mail.host": "flag.example"},
		"MILLRACE_LISTEN=:2", "MILLRACE_LOG_FORMAT=TEXT", "MILLRACE_MAIL_PORT=26", "MILLRACE_DEMO=false",
		"MILLRACE_TELEMETRY_OTLP_ENDPOINT=http://otel:4318", "MILLRACE_SESSION_IDLE=30m", "MILLRACE_VAULT_KEY=a, b")
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":3" || c.LogFormat != "text" || c.Mail.Port != 26 || c.Mail.Host != "flag.example" || c.Mail.From != "m@a.example" ||
		c.Demo || c.PublicURL != "https://a.example" || c.Telemetry.OTLPEndpoint != "http://otel:4318" || c.Session.Idle != 30*time.Minute {
		t.Fatalf("%+v", c)
	}
	want := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::1/128")}
	if !slices.Equal(c.AllowPrivateOutbound, want) {
		t.Fatal(c.AllowPrivateOutbound)
	}
	if len(c.VaultKeys) != 2 || c.VaultKeys[1].Reveal() != "b" {
		t.Fatal(len(c.VaultKeys))
	}
}

func TestEverythingWrongIsNamedAtOnceWithItsPlace(t *testing.T) {
	_, err := load(t, `{"logLevel": "loud", "mail": {"port": -1}}`, nil, "MILLRACE_DEMO=perhaps", "MILLRACE_TRUSTED_PROXIES=10.0.0.0/8,nobody")
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"logLevel", config.FileName, `"loud"`, "mail.port", "MILLRACE_DEMO", "true or false", "MILLRACE_TRUSTED_PROXIES", `"nobody"`} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s is missing in: %v", part, err)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name, file string
		flags      map[string]string
		env        []string
		want       string
	}{
		{"unknown key", `{"listn": ":1"}`, nil, nil, `"listn"`},
		{"not JSON", "{\n\"listen\": :1}", nil, nil, "near line 2"},
		{"two values", "{} {}", nil, nil, "more than one"},
		{"nested where a text belongs", `{"listen": {"a": 1}}`, nil, nil, `"listen.a"`},
		{"listen", "", map[string]string{"listen": "8080"}, nil, "host:port"},
		{"database", "", nil, []string{"MILLRACE_DATABASE=mysql://u:hunter2@h/d"}, "postgres://"},
		{"public url", "", nil, []string{"MILLRACE_PUBLIC_URL=millrace.example"}, "publicUrl"},
		{"otlp", "", nil, []string{"MILLRACE_TELEMETRY_OTLP_ENDPOINT=otel:4318"}, "otlpEndpoint"},
		{"mail without sender", "", nil, []string{"MILLRACE_MAIL_HOST=h"}, "mail.from"},
		{"password in the clear", "", nil, []string{"MILLRACE_MAIL_HOST=h", "MILLRACE_MAIL_FROM=a@b.c", "MILLRACE_MAIL_USERNAME=u", "MILLRACE_MAIL_PASSWORD=hunter2", "MILLRACE_MAIL_TLS=none"}, "in the clear"},
		{"idle longer than ttl", "", nil, []string{"MILLRACE_SESSION_TTL=1h"}, "longer"},
		{"unknown flag", "", map[string]string{"nope": "1"}, nil, `"nope"`},
		{"headers", "", nil, []string{"MILLRACE_TELEMETRY_OTLP_HEADERS=hunter2"}, "name=value"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := load(t, c.file, c.flags, c.env...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Fatalf("a secret shows: %v", err)
			}
		})
	}
}

func TestNamedFileMustExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.json")
	for _, src := range []config.Source{{File: path, Environ: []string{}}, {Environ: []string{"MILLRACE_CONFIG=" + path}}} {
		if _, err := config.Load(src); err == nil || !strings.Contains(err.Error(), "other.json") {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(`{"listen":":9"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, src := range []config.Source{{File: path, Environ: []string{}}, {Environ: []string{"MILLRACE_CONFIG=" + path}}} {
		if c, err := config.Load(src); err != nil || c.Listen != ":9" {
			t.Fatal(c.Listen, err)
		}
	}
}

func TestMistypedVariableIsTold(t *testing.T) {
	c, err := load(t, "", nil, "MILLRACE_LISTEM=:1", "MILLRACE_TEST_POSTGRES=x")
	if err != nil || len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "MILLRACE_LISTEM") {
		t.Fatal(c.Warnings, err)
	}
}

func TestSettingsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range config.Settings() {
		if s.Explanation == "" || seen[s.Env] || !strings.HasPrefix(s.Env, "MILLRACE_") {
			t.Errorf("%+v", s)
		}
		seen[s.Env] = true
	}
	if !seen["MILLRACE_TELEMETRY_OTLP_ENDPOINT"] || !seen["MILLRACE_PUBLIC_URL"] {
		t.Fatal(seen)
	}
}

func TestFoldersOfGitAndDaysOfPages(t *testing.T) {
	load := func(env ...string) (config.Config, error) {
		return config.Load(config.Source{Environ: env, Flags: map[string]string{"data": t.TempDir()}})
	}
	c, err := load()
	if err != nil || len(c.GitPaths) != 0 || c.RawPageDays != 90 {
		t.Errorf("by default: %v %d %v", c.GitPaths, c.RawPageDays, err)
	}
	c, err = load("MILLRACE_GIT_PATHS=/srv/git/, /home/build", "MILLRACE_RAW_PAGE_DAYS=0")
	if err != nil || !slices.Equal(c.GitPaths, []string{"/srv/git", "/home/build"}) || c.RawPageDays != 0 {
		t.Errorf("given: %v %d %v", c.GitPaths, c.RawPageDays, err)
	}
	for _, bad := range []string{"MILLRACE_GIT_PATHS=repos", "MILLRACE_RAW_PAGE_DAYS=-1", "MILLRACE_RAW_PAGE_DAYS=many"} {
		if _, err := load(bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
