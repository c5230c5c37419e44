package environmentkpi

import (
	"context"
	"embed"
	"log/slog"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of report subscriptions.
var Migrations = migrate.Dir("environmentkpi", files)

// Principals tells what a person may see. app gives the grants that people keeps.
type Principals interface {
	// PrincipalOf returns the person as they would act if they were signed in now; nil when they are inactive or not known.
	PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person) (*authz.Principal, error)
}

// Deps is what the slice needs from the rest of the house.
type Deps struct {
	DB         *db.DB
	Events     *events.Log
	Clock      clock.Clock
	Logger     *slog.Logger
	Jobs       jobs.Enqueuer
	Mail       mail.Sender
	Principals Principals
	// PublicURL is where the product is reached, for the link in mails.
	PublicURL string
}

// Service answers reports and sends them to those who subscribed to them.
type Service struct {
	db         *db.DB
	events     *events.Log
	clock      clock.Clock
	logger     *slog.Logger
	jobs       jobs.Enqueuer
	mail       mail.Sender
	principals Principals
	publicURL  string
}

// New returns the service.
func New(d Deps) *Service {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, jobs: d.Jobs, mail: d.Mail, principals: d.Principals, publicURL: d.PublicURL}
}
