// Package config reads the settings of the product once, at the start, into one struct. Layers, each over the one
// before: defaults, the file millrace.json of the data directory (or the one named by --config), environment variables
// MILLRACE_*, flags. There is no package variable; app hands each part of the product its part of the struct.
package config

import (
	"log/slog"
	"net/netip"
	"time"

	"millrace/internal/platform/vault"
)

// FileName is the settings file looked for in the data directory.
const FileName = "millrace.json"

// Config are all settings.
type Config struct {
	// Data is the directory of everything the product keeps outside the database.
	Data string
	// Listen is the address to serve on, "127.0.0.1:8080".
	Listen string
	// Database is a PostgreSQL URL, or empty for SQLite in the data directory. It may hold a password.
	Database vault.Secret
	// DatabaseConns bounds PostgreSQL's pool.
	DatabaseConns int
	// FullSync makes SQLite flush every commit to the disk.
	FullSync bool
	// Demo loads the demo organisation into an empty database.
	Demo bool
	// PublicURL is where people and tools reach this installation, without a trailing slash; may be empty.
	PublicURL string
	// LogLevel and LogFormat ("text" or "json") say how to log.
	LogLevel  slog.Level
	LogFormat string
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// AllowPrivateOutbound are address ranges that connectors may reach although they are private.
	AllowPrivateOutbound []netip.Prefix
	// GitPaths are the folders below which git connections may read repositories of this machine; without any they read none.
	GitPaths []string
	// RawPageDays is how long superseded answers of tools are kept; 0 keeps them for good.
	RawPageDays int
	// ShutdownGrace is how long requests and jobs may go on when the process is asked to stop.
	ShutdownGrace time.Duration
	// VaultKeys, base64 with the newest first, take the place of the key file when there are any.
	VaultKeys []vault.Secret
	Session   Session
	Telemetry Telemetry
	Mail      Mail
	// Warnings are sentences about settings that were not understood and do no harm; app logs them.
	Warnings []string
}

// Session says how long sign-ins last.
type Session struct {
	// TTL ends a session so long after sign-in, Idle when it was not used for so long.
	TTL, Idle time.Duration
}

// Telemetry says what is told to the outside about the product itself.
type Telemetry struct {
	// OTLPEndpoint is the URL traces are sent to over OTLP/HTTP; empty means that none are made.
	OTLPEndpoint string
	// OTLPHeaders are sent along, "name=value" each.
	OTLPHeaders []vault.Secret
	// SampleRatio is the share of requests that are traced, 0 to 1.
	SampleRatio float64
}

// Mail is the SMTP server invitations and notices leave by; without a host there is none.
type Mail struct {
	Host     string
	Port     int
	Username string
	Password vault.Secret
	// From is the sender's address.
	From string
	// TLS is "starttls" (required), "opportunistic", "tls" or "none".
	TLS string
}

// SQLite reports whether the embedded database is used.
func (c Config) SQLite() bool { return c.Database == "" }
