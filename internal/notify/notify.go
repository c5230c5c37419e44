package notify

import (
	"embed"
	"log/slog"
	"time"

	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/live"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the slice.
var Migrations = migrate.Dir("notify", files)

// Deps is what the slice needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	Jobs   jobs.Enqueuer
	Mail   mail.Sender
	// PublicURL is where browsers find Millrace, without a trailing slash; without it mails hold no links.
	PublicURL    string
	Subjects     *subject.Registry
	Watch        *watch.Service
	Stakeholders *stakeholder.Service
	Principals   Principals
	// Publish passes a notice on to open screens of this process; nil where there are none.
	Publish func(live.Notice)
	// Quiet is the batching rule; the zero value is one minute and ten.
	Quiet Quiet
}

// Service holds the use cases of the slice.
type Service struct {
	db           *db.DB
	events       *events.Log
	clock        clock.Clock
	logger       *slog.Logger
	jobs         jobs.Enqueuer
	mail         mail.Sender
	publicURL    string
	subjects     *subject.Registry
	watch        *watch.Service
	stakeholders *stakeholder.Service
	principals   Principals
	publish      func(live.Notice)
	quiet        Quiet
	topics       map[events.Kind]Topic
	order        []events.Kind
}

// New returns the service. [Service.Register] every topic before its subscriptions are read.
func New(d Deps) *Service {
	if d.Publish == nil {
		d.Publish = func(live.Notice) {}
	}
	if d.Quiet == (Quiet{}) {
		d.Quiet = Quiet{Pause: time.Minute, Cap: 10 * time.Minute}
	}
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, jobs: d.Jobs, mail: d.Mail, publicURL: d.PublicURL, subjects: d.Subjects,
		watch: d.Watch, stakeholders: d.Stakeholders, principals: d.Principals, publish: d.Publish, quiet: d.Quiet, topics: map[events.Kind]Topic{}}
}

// MailMode says how a person gets the mails of a topic.
type MailMode string

// The modes.
const (
	AtOnce MailMode = "at_once"
	Digest MailMode = "digest"
	Off    MailMode = "off"
)

// Channels are the ways in which somebody is told of a topic.
type Channels struct {
	Inbox bool     `bun:"inbox" json:"inbox"`
	Mail  MailMode `bun:"mail" json:"mail" enum:"at_once,digest,off"`
}

// recipientKey is what makes two recipients the same one.
func recipientKey(person ref.Person, emailKey string) string {
	if person != "" {
		return string(person)
	}
	return emailKey
}
