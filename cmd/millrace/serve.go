package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"millrace/internal/app"
	"millrace/internal/platform/config"
	"millrace/internal/platform/telemetry"
)

// storage names the database; every command that works on it takes the same flags.
type storage struct {
	Data     string `help:"Directory of everything Millrace keeps; MILLRACE_DATA." placeholder:"DIR"`
	Database string `help:"postgres://… instead of the embedded database; MILLRACE_DATABASE." placeholder:"URL"`
	Config   string `help:"Settings file; DIR/millrace.json when left out." placeholder:"FILE"`
}

func (s storage) flags() map[string]string {
	out := map[string]string{}
	if s.Data != "" {
		out["data"] = s.Data
	}
	if s.Database != "" {
		out["database"] = s.Database
	}
	return out
}

// open wires the product on the database without starting it.
func (s storage) open(ctx context.Context, more map[string]string) (*app.App, config.Config, *slog.Logger, error) {
	flags := s.flags()
	for k, v := range more {
		flags[k] = v
	}
	cfg, err := config.Load(config.Source{File: s.Config, Flags: flags})
	if err != nil {
		return nil, cfg, nil, err
	}
	log := telemetry.NewLogger(os.Stderr, cfg.LogLevel, cfg.LogFormat, app.LogAttrs)
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, cfg, nil, fmt.Errorf("data directory: %w", err)
	}
	a, err := app.New(ctx, app.Options{Config: cfg, Logger: log, Version: version})
	return a, cfg, log, err
}

type serveCmd struct {
	storage
	Listen string `help:"Address to serve on; MILLRACE_LISTEN." placeholder:"HOST:PORT"`
	Demo   bool   `help:"Load a demo organisation into an empty database."`
}

// Run serves until the process is asked to stop.
func (c *serveCmd) Run(h *host) error {
	began := time.Now()
	more := map[string]string{}
	if c.Listen != "" {
		more["listen"] = c.Listen
	}
	if c.Demo {
		more["demo"] = strconv.FormatBool(true)
	}
	a, cfg, log, err := c.open(h.ctx, more)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		_ = a.Close()
		return fmt.Errorf("cannot listen on %s: %w", cfg.Listen, err)
	}
	address := "http://" + listener.Addr().String()
	if cfg.PublicURL == "" {
		a.Identity.SetPublicURL(address)
	}
	if err := a.Start(h.ctx); err != nil {
		_ = listener.Close()
		return err
	}
	if err := welcome(h.ctx, a, cfg, address); err != nil {
		_ = listener.Close()
		stop(a, cfg, log)
		return err
	}
	log.InfoContext(h.ctx, "serving", slog.String("address", address), slog.String("version", version), slog.Duration("after", time.Since(began)))
	err = a.Serve(h.ctx, listener)
	stop(a, cfg, log)
	return err
}

func stop(a *app.App, cfg config.Config, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), cfg.ShutdownGrace+5*time.Second)
	defer cancel()
	if err := a.Stop(ctx); err != nil {
		log.Warn("stopped with errors", slog.Any("error", err))
		return
	}
	log.Info("stopped")
}

// welcome tells the person at the terminal how to sign in and, last, that the server is ready and where.
func welcome(ctx context.Context, a *app.App, cfg config.Config, address string) error {
	if cfg.Demo {
		d, err := a.LoadDemo(ctx)
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		if d.Loaded || d.Known {
			fmt.Printf("Demo organisation: sign in as %s with the password %s\n", d.Email, d.Password)
		}
	}
	link, err := a.Identity.SetupLink(ctx)
	if err != nil {
		return err
	}
	if link != "" {
		fmt.Printf("Create the first administrator (the link works once): %s\n", link)
	}
	fmt.Printf("Millrace is ready at %s\n", address)
	return nil
}

type migrateCmd struct{ storage }

// Run migrates and stops.
func (c *migrateCmd) Run(h *host) error {
	a, _, _, err := c.open(h.ctx, nil)
	if err != nil {
		return err
	}
	fmt.Println("The database is up to date.")
	return a.Close()
}
