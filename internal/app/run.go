package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"millrace/internal/platform/telemetry"
)

// component is something long-lived.
type component struct {
	name  string
	start func(context.Context) error
	stop  func(context.Context) error
}

// components lists everything long-lived, in the order of starting; stopping goes the other way.
func (a *App) components() []component {
	return []component{
		{"live", a.hub.Start, a.hub.Stop},
		{"metrics", a.ValueStream.Start, a.ValueStream.Stop},
		{"jobs", a.jobs.Start, a.jobs.Stop},
	}
}

// Start starts everything long-lived. When one fails, those before it are stopped again.
func (a *App) Start(ctx context.Context) error {
	var err error
	c := a.options.Config.Telemetry
	a.tracing, err = telemetry.StartTracing(ctx, telemetry.TracingOptions{
		Endpoint: c.OTLPEndpoint, Headers: headers(c.OTLPHeaders), SampleRatio: c.SampleRatio, Version: a.options.Version,
	})
	if err != nil {
		return err
	}
	if err := a.schedule(); err != nil {
		return err
	}
	if err := a.Delivery.RecoverBatches(ctx, a.options.Config.SQLite()); err != nil {
		return err
	}
	parts := a.components()
	for i, p := range parts {
		if err := p.start(ctx); err != nil {
			for j := i - 1; j >= 0; j-- {
				err = errors.Join(err, parts[j].stop(ctx))
			}
			return err
		}
	}
	a.ready.set(true)
	return nil
}

// Stop ends everything long-lived and closes the database.
func (a *App) Stop(ctx context.Context) error {
	a.ready.set(false)
	var err error
	parts := a.components()
	for i := len(parts) - 1; i >= 0; i-- {
		if e := parts[i].stop(ctx); e != nil {
			a.options.Logger.WarnContext(ctx, "did not stop in time", slog.String("part", parts[i].name), slog.Any("error", e))
			err = errors.Join(err, e)
		}
	}
	if a.tracing != nil {
		err = errors.Join(err, a.tracing.Stop(ctx))
	}
	a.out.Close()
	return errors.Join(err, a.db.Close())
}

// Serve answers on l until ctx ends, then lets requests finish for the configured grace.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: a.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog:    slog.NewLogLogger(a.options.Logger.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	a.ready.set(false)
	_ = a.hub.Stop(ctx) // open streams would hold the shutdown up
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.options.Config.ShutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close()
	}
	return nil
}
