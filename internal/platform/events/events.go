// Package events is the only way to say that something happened. The appended row is the audit record; the jobs
// enqueued with it are the outbox for subscribers; the hook after commit feeds live screens.
package events

import (
	"context"
	"embed"
	"fmt"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/ref"
)

//go:embed migrations/*.sql
var files embed.FS

// Migrations creates the table event.
var Migrations = migrate.Dir("events", files)

// Kind names what happened: "catalog.application_created".
type Kind string

// Action classes kinds for the history filters.
type Action string

// The actions.
const (
	Added    Action = "added"
	Modified Action = "modified"
	Deleted  Action = "deleted"
	Other    Action = "other"
)

// AnySubject is the subject of kinds that can happen to any record, as those of the aspects do. Who appends such an event
// names the kind of record in SubjectKind, so that it stands in that record's history.
const AnySubject = "*"

// Definition declares a kind of event. A slice lists its kinds once, in events.go.
type Definition struct {
	Kind Kind
	// Subject is the kind of record it is about: "application", or [AnySubject].
	Subject string
	Action  Action
	// Sentence tells it to a person: "{actor} created the application {subject}". Besides {actor} and {subject}, any
	// member of Data may be named in braces.
	Sentence string
	// Sensitive lists fields of Changes whose values are replaced by "(hidden)".
	Sensitive []string
}

// Change is the old and the new value of one field; nil means absent.
type Change [2]any

// Event is one thing that happened. Callers of [Log.Append] fill Kind, SubjectID, SubjectLabel, Unit, Changes and Data;
// the rest is filled from the registry, the clock and the context.
type Event struct {
	ID           ref.Event         `json:"id"`
	At           time.Time         `json:"at"`
	ActorKind    string            `json:"actorKind"`
	ActorID      string            `json:"actorId"`
	ActorName    string            `json:"actorName"`
	OnBehalfOf   string            `json:"onBehalfOf,omitempty"`
	Kind         Kind              `json:"kind"`
	Action       Action            `json:"action"`
	SubjectKind  string            `json:"subjectKind"`
	SubjectID    string            `json:"subjectId"`
	SubjectLabel string            `json:"subjectLabel"`
	Unit         ref.Unit          `json:"unitId,omitempty"`
	Sentence     string            `json:"sentence"`
	Changes      map[string]Change `json:"changes,omitempty"`
	Data         map[string]any    `json:"data,omitempty"`
	RequestID    string            `json:"requestId,omitempty"`
	Address      string            `json:"address,omitempty"`
}

// Subscription turns an event into a job, in the transaction of the event.
type Subscription struct {
	Kind Kind
	// Job returns the work to do and how; ok false means none for this event.
	Job func(Event) (args jobs.Args, opts jobs.Options, ok bool)
}

// Log appends events. It is safe for concurrent use once [Log.Subscribe] and [Log.OnCommit] are no longer called.
type Log struct {
	kinds    map[Kind]Definition
	clock    clock.Clock
	queue    jobs.Enqueuer
	subs     map[Kind][]Subscription
	onCommit []func(Event)
}

// NewLog returns a log that knows the given kinds. It panics on a kind declared twice or incompletely: that is a
// mistake of the programmer which the first test shows. queue may be nil where nothing subscribes.
func NewLog(c clock.Clock, queue jobs.Enqueuer, definitions ...[]Definition) *Log {
	l := &Log{kinds: map[Kind]Definition{}, clock: c, queue: queue, subs: map[Kind][]Subscription{}}
	for _, list := range definitions {
		for _, d := range list {
			if _, twice := l.kinds[d.Kind]; twice || d.Kind == "" || d.Subject == "" || d.Sentence == "" || d.Action == "" {
				panic(fmt.Sprintf("event kind %q is declared twice or incompletely", d.Kind))
			}
			l.kinds[d.Kind] = d
		}
	}
	return l
}

// Definitions returns what the log knows about a kind.
func (l *Log) Definition(k Kind) (Definition, bool) { d, ok := l.kinds[k]; return d, ok }

// Subscribe adds a durable subscriber.
func (l *Log) Subscribe(s Subscription) {
	if _, ok := l.kinds[s.Kind]; !ok {
		panic(fmt.Sprintf("subscription to the unknown event kind %q", s.Kind))
	}
	l.subs[s.Kind] = append(l.subs[s.Kind], s)
}

// OnCommit adds a hook that sees every event once its transaction is kept. It must not block.
func (l *Log) OnCommit(fn func(Event)) { l.onCommit = append(l.onCommit, fn) }

// Append records e in the caller's transaction and enqueues the work of its subscribers there.
func (l *Log) Append(ctx context.Context, tx db.Tx, e Event) error {
	var b db.Batch
	if err := l.AppendIn(ctx, tx, &b, e); err != nil {
		return err
	}
	if err := tx.Run(ctx, &b); err != nil {
		return fmt.Errorf("append %s: %w", e.Kind, err)
	}
	return nil
}

// AppendIn is [Log.Append] as a part of a batch, which the caller runs in the same transaction.
func (l *Log) AppendIn(ctx context.Context, tx db.Tx, b *db.Batch, e Event) error {
	def, ok := l.kinds[e.Kind]
	if !ok {
		return fmt.Errorf("event kind %q is not declared", e.Kind)
	}
	e.ID, e.At = ref.New[ref.Event](), l.clock.Now()
	e.Action = def.Action
	if def.Subject != AnySubject {
		e.SubjectKind = def.Subject
	} else if e.SubjectKind == "" {
		return fmt.Errorf("an event of kind %q must name the kind of its subject", e.Kind)
	}
	e.ActorKind, e.ActorID, e.ActorName = "system", "anonymous", "Anonymous"
	if p := authz.From(ctx); p != nil {
		e.ActorKind, e.ActorID, e.ActorName = string(p.Kind), p.ID(), p.Name
	}
	if o := originFrom(ctx); o != nil {
		e.RequestID, e.Address = o.RequestID, o.Address
	}
	e.Changes = hideSensitive(e.Changes, def.Sensitive)
	e.Sentence = render(def.Sentence, e)
	if err := insert(b, e); err != nil {
		return fmt.Errorf("append %s: %w", e.Kind, err)
	}
	for _, s := range l.subs[e.Kind] {
		args, opts, ok := s.Job(e)
		if !ok {
			continue
		}
		if err := l.queue.Enqueue(ctx, tx, args, opts); err != nil {
			return fmt.Errorf("enqueue %s for %s: %w", args.Kind(), e.Kind, err)
		}
	}
	if len(l.onCommit) > 0 {
		tx.AfterCommit(func() {
			for _, fn := range l.onCommit {
				fn(e)
			}
		})
	}
	return nil
}

// Origin tells where a request came from; transport puts it into the context.
type Origin struct {
	RequestID string
	Address   string
}

type originKey struct{}

// WithOrigin returns a context that carries the request's origin into appended events.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, &o)
}

// OriginOf returns where the request of ctx came from; the zero value when it is not a request.
func OriginOf(ctx context.Context) Origin {
	if o := originFrom(ctx); o != nil {
		return *o
	}
	return Origin{}
}

func originFrom(ctx context.Context) *Origin {
	o, _ := ctx.Value(originKey{}).(*Origin)
	return o
}
