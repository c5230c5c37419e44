package comment

import (
	"embed"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
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
var Migrations = migrate.Dir("comment", files)

// PermWrite allows to comment on what one may view.
const PermWrite authz.Permission = "comment.write_comment"

// Permissions declares what the aspect guards itself; the owner of a record names the rest.
var Permissions = []authz.Declaration{
	{Permission: PermWrite, Title: "Comment on records", Roles: []string{"release_manager", "environment_manager", "deployment_manager", "contributor"}},
}

// Deps is what the aspect needs.
type Deps struct {
	DB     *db.DB
	Events *events.Log
	Clock  clock.Clock
	Logger *slog.Logger
	// Subjects are the kinds of records, shared by the aspects.
	Subjects *subject.Registry
	Watch    *watch.Service
}

// Service holds the use cases of the aspect.
type Service struct {
	db       *db.DB
	events   *events.Log
	clock    clock.Clock
	subjects *subject.Registry
	watch    *watch.Service
}

// New returns the service. Mount every kind of record before it serves.
func New(d Deps) *Service {
	return &Service{db: d.DB, events: d.Events, clock: d.Clock, subjects: d.Subjects, watch: d.Watch}
}

// Comment is one contribution to the conversation about a record.
type Comment struct {
	bun.BaseModel `bun:"table:comment,alias:c" json:"-"`

	ID          string       `bun:"id,pk" json:"id"`
	SubjectKind string       `bun:"subject_kind" json:"-"`
	SubjectID   string       `bun:"subject_id" json:"-"`
	Unit        ref.Unit     `bun:"unit_id" json:"-"`
	Thread      string       `bun:"thread_id" json:"threadId" doc:"The comment that began the thread; its own id there."`
	ReplyTo     *string      `bun:"reply_to" json:"replyTo,omitempty"`
	AuthorID    string       `bun:"author_id" json:"authorId"`
	AuthorName  string       `bun:"author_name" json:"authorName"`
	Body        string       `bun:"body" json:"body" doc:"Markdown as it was written; empty when deleted."`
	External    bool         `bun:"external" json:"external" doc:"Whether followers outside the organisation are told; false is internal."`
	Mentions    []ref.Person `bun:"mentions,type:jsonb" json:"mentions" nullable:"false"`
	Version     int64        `bun:"version" json:"version" doc:"Send it as If-Match."`
	CreatedAt   time.Time    `bun:"created_at" json:"createdAt"`
	EditedAt    *time.Time   `bun:"edited_at" json:"editedAt,omitempty"`
	DeletedAt   *time.Time   `bun:"deleted_at" json:"deletedAt,omitempty"`
	DeletedBy   string       `bun:"deleted_by" json:"deletedBy,omitempty" doc:"The name of who deleted it."`
}

// Revision is what a comment said before it was changed or deleted.
type Revision struct {
	bun.BaseModel `bun:"table:comment_revision,alias:r" json:"-"`

	Comment    string    `bun:"comment_id,pk" json:"-"`
	Version    int64     `bun:"version,pk" json:"version"`
	Body       string    `bun:"body" json:"body"`
	ReplacedAt time.Time `bun:"replaced_at" json:"replacedAt"`
	ReplacedBy string    `bun:"replaced_by" json:"replacedBy"`
}
