package attachment

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the tables of the aspect.
var Migrations = migrate.Dir("attachment", files)

// Permissions is empty: the owner of a record names the permissions that guard its attachments.
var Permissions = []authz.Declaration{}

// Limits bound what is kept; a zero takes the standard.
type Limits struct {
	// File bounds one file in bytes: 25 MiB.
	File int64
	// Record bounds the files of one record in bytes: 250 MiB.
	Record int64
	// Count bounds the attachments of one record: 200.
	Count int64
}

func (l Limits) withDefaults() Limits {
	set := func(v *int64, standard int64) {
		if *v <= 0 {
			*v = standard
		}
	}
	set(&l.File, 25<<20)
	set(&l.Record, 250<<20)
	set(&l.Count, 200)
	return l
}

// Deps is what the aspect needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Subjects are the kinds of records, shared by the aspects.
	Subjects *subject.Registry
	Limits   Limits
}

// Service holds the use cases of the aspect.
type Service struct {
	db       *db.DB
	events   *events.Log
	clock    clock.Clock
	logger   *slog.Logger
	subjects *subject.Registry
	limits   Limits
}

// New returns the service. Mount every kind of record before it serves.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, logger: d.Logger, subjects: d.Subjects, limits: d.Limits.withDefaults()}
}

// Kind tells a file from an address.
type Kind string

// The kinds.
const (
	File Kind = "file"
	URL  Kind = "url"
)

// Attachment is a file or an address on a record.
type Attachment struct {
	bun.BaseModel `bun:"table:attachment,alias:a" json:"-"`

	ID          string    `bun:"id,pk" json:"id"`
	SubjectKind string    `bun:"subject_kind" json:"-"`
	SubjectID   string    `bun:"subject_id" json:"-"`
	Unit        ref.Unit  `bun:"unit_id" json:"-"`
	Kind        Kind      `bun:"kind" json:"kind" enum:"file,url"`
	Name        string    `bun:"name" json:"name"`
	URL         string    `bun:"url" json:"url,omitempty" doc:"Of an address."`
	ContentType string    `bun:"content_type" json:"contentType,omitempty" doc:"Of a file: as found in its content."`
	Size        int64     `bun:"size" json:"size" doc:"Of a file, in bytes."`
	SHA256      string    `bun:"sha256" json:"sha256,omitempty" doc:"Of a file, in hexadecimal."`
	ChunkSize   int64     `bun:"chunk_size" json:"-"`
	Ready       bool      `bun:"ready" json:"-"`
	AuthorID    string    `bun:"author_id" json:"authorId"`
	AuthorName  string    `bun:"author_name" json:"authorName"`
	CreatedAt   time.Time `bun:"created_at" json:"createdAt"`
}
