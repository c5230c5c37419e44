package notify

import (
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/aspect/watch"
	"millrace/internal/platform/events"
	"millrace/internal/platform/ref"
)

// Notification says that one recipient was told of one event.
type Notification struct {
	bun.BaseModel `bun:"table:notification,alias:n" json:"-"`

	ID           string       `bun:"id,pk" json:"id"`
	Event        ref.Event    `bun:"event_id" json:"eventId"`
	EventKind    events.Kind  `bun:"event_kind" json:"eventKind"`
	SubjectKind  string       `bun:"subject_kind" json:"-"`
	SubjectID    string       `bun:"subject_id" json:"-"`
	RecipientKey string       `bun:"recipient_key" json:"-"`
	Person       *ref.Person  `bun:"person_id" json:"-"`
	Reason       watch.Reason `bun:"reason" json:"reason"`
	Sentence     string       `bun:"sentence" json:"sentence"`
	ActorName    string       `bun:"actor_name" json:"actorName"`
	At           time.Time    `bun:"at" json:"at"`
	InInbox      bool         `bun:"in_inbox" json:"-"`
	Delivery     *string      `bun:"delivery_id" json:"-"`
}

// Thread is what a person's inbox shows of one record.
type Thread struct {
	bun.BaseModel `bun:"table:inbox_thread,alias:t" json:"-"`

	ID          string       `bun:"id,pk" json:"id"`
	Person      ref.Person   `bun:"person_id" json:"-"`
	SubjectKind string       `bun:"subject_kind" json:"subjectKind"`
	SubjectID   string       `bun:"subject_id" json:"subjectId"`
	Unit        ref.Unit     `bun:"unit_id" json:"unitId,omitempty"`
	Label       string       `bun:"label" json:"label" doc:"The name of the record."`
	LabelKey    string       `bun:"label_key" json:"-"`
	Reason      watch.Reason `bun:"reason" json:"reason"`
	Sentence    string       `bun:"sentence" json:"sentence" doc:"What happened last."`
	ActorName   string       `bun:"actor_name" json:"actorName"`
	Unread      int64        `bun:"unread" json:"unread" doc:"How many notifications were not read."`
	LastAt      time.Time    `bun:"last_at" json:"lastAt"`
	Archived    bool         `bun:"archived" json:"archived"`
	NoticeID    string       `bun:"notice_id" json:"-"`
	ChangedAt   time.Time    `bun:"changed_at" json:"-"`
}

// Delivery is one mail, from its first update to the answer of the server.
type Delivery struct {
	bun.BaseModel `bun:"table:mail_delivery,alias:d" json:"-"`

	ID           string      `bun:"id,pk" json:"id"`
	RecipientKey string      `bun:"recipient_key" json:"-"`
	Person       *ref.Person `bun:"person_id" json:"personId,omitempty"`
	Recipient    string      `bun:"recipient" json:"recipient" doc:"The name of the person, or the outside address."`
	Address      string      `bun:"address" json:"address" doc:"Where it goes."`
	Mode         MailMode    `bun:"mode" json:"mode" enum:"at_once,digest"`
	SubjectKind  string      `bun:"subject_kind" json:"subjectKind,omitempty"`
	SubjectID    string      `bun:"subject_id" json:"subjectId,omitempty"`
	Label        string      `bun:"label" json:"label" doc:"The name of the record."`
	Title        string      `bun:"title" json:"title,omitempty" doc:"The subject of the mail, once it was written."`
	State        State       `bun:"state" json:"state" enum:"collecting,queued,sent,failed,dropped"`
	FirstAt      time.Time   `bun:"first_at" json:"firstAt"`
	LastAt       time.Time   `bun:"last_at" json:"lastAt"`
	DueAt        time.Time   `bun:"due_at" json:"dueAt" doc:"When it leaves, or is tried again."`
	Attempts     int64       `bun:"attempts" json:"attempts"`
	Resends      int64       `bun:"resends" json:"resends"`
	Problem      string      `bun:"problem" json:"problem,omitempty" doc:"Why it was not sent, or not yet."`
	LeaseUntil   *time.Time  `bun:"lease_until" json:"-"`
	SentAt       *time.Time  `bun:"sent_at" json:"sentAt,omitempty"`
	CreatedAt    time.Time   `bun:"created_at" json:"createdAt"`
}

// State is where a mail stands.
type State string

// The states: collecting updates; queued until the server takes it; sent; failed for good; dropped because nobody was
// left who should read it.
const (
	Collecting State = "collecting"
	Queued     State = "queued"
	Sent       State = "sent"
	Failed     State = "failed"
	Dropped    State = "dropped"
)

func (d Delivery) utc() Delivery {
	d.FirstAt, d.LastAt, d.DueAt, d.CreatedAt = d.FirstAt.UTC(), d.LastAt.UTC(), d.DueAt.UTC(), d.CreatedAt.UTC()
	if d.SentAt != nil {
		t := d.SentAt.UTC()
		d.SentAt = &t
	}
	return d
}
