package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/db/migrate"
	"millrace/internal/platform/events"
	"millrace/internal/platform/jobs"
)

var kinds = []events.Definition{{
	Kind: "thing.renamed", Subject: "thing", Action: events.Modified,
	Sentence: "{actor} renamed {subject} because {reason}", Sensitive: []string{"secret"},
}}

type queue struct{ got []string }

func (q *queue) Enqueue(_ context.Context, _ db.Tx, a jobs.Args, _ jobs.Options) error {
	q.got = append(q.got, a.Kind())
	return nil
}

type work struct{}

func (work) Kind() string { return "thing.follow" }

func TestAppendIsOneRecordThreeReaders(t *testing.T) {
	dbtest.Each(t, []migrate.Set{events.Migrations}, func(t *testing.T, d *db.DB) {
		now := time.Date(2025, 1, 2, 3, 4, 5, 678901000, time.UTC)
		q := &queue{}
		log := events.NewLog(clock.NewFake(now), q, kinds)
		var live []events.Event
		log.OnCommit(func(e events.Event) { live = append(live, e) })
		log.Subscribe(events.Subscription{Kind: "thing.renamed", Job: func(events.Event) (jobs.Args, jobs.Options, bool) {
			return work{}, jobs.Options{}, true
		}})
		ctx := authz.With(t.Context(), &authz.Principal{Kind: authz.PersonPrincipal, Person: "p1", Name: "Ada"})
		ctx = events.WithOrigin(ctx, events.Origin{RequestID: "r1", Address: "10.0.0.1"})
		add := func(fail error) error {
			return d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
				err := log.Append(ctx, tx, events.Event{
					Kind: "thing.renamed", SubjectID: "t1", SubjectLabel: "Thing", Unit: "u1",
					Changes: map[string]events.Change{"name": {"a", "b"}, "secret": {nil, "hush"}},
					Data:    map[string]any{"reason": "it moved"},
				})
				return errors.Join(err, fail)
			})
		}
		if add(errors.New("no")) == nil || len(live) != 0 {
			t.Fatal("a rolled back event rang")
		}
		if err := add(nil); err != nil {
			t.Fatal(err)
		}
		if len(live) != 1 || len(q.got) != 2 {
			t.Fatalf("live %d, jobs %d", len(live), len(q.got))
		}
		var got []events.Event
		if err := d.Read(ctx, func(ctx context.Context, tx db.Tx) (err error) {
			got, err = events.Since(ctx, tx, now.Add(-time.Second), 10)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 {
			t.Fatalf("%d rows", len(got))
		}
		e := got[0]
		if e.Sentence != "Ada renamed Thing because it moved" || e.ActorID != "p1" || e.Unit != "u1" || e.RequestID != "r1" ||
			!e.At.Equal(now) || e.Action != events.Modified || e.Changes["name"][1] != "b" {
			t.Fatalf("row came back as %+v", e)
		}
		if c := e.Changes["secret"]; c[0] != nil || c[1] != "(hidden)" {
			t.Fatalf("the secret shows: %v", c)
		}
		if err := d.Write(ctx, func(ctx context.Context, tx db.Tx) error {
			return log.Append(ctx, tx, events.Event{Kind: "thing.unknown"})
		}); err == nil {
			t.Fatal("an undeclared kind was accepted")
		}
	})
}

func TestDiff(t *testing.T) {
	type thing struct {
		Name string   `json:"name"`
		Tags []string `json:"tags,omitempty"`
		V    int      `json:"version"`
	}
	got := events.Diff(thing{"a", []string{"x"}, 1}, &thing{"b", []string{"x"}, 2})
	if len(got) != 1 || got["name"] != (events.Change{"a", "b"}) {
		t.Fatalf("%v", got)
	}
	var none *thing
	if got := events.Diff(none, thing{Name: "a"}); got["name"] != (events.Change{nil, "a"}) {
		t.Fatalf("%v", got)
	}
}
