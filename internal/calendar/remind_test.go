package calendar_test

import (
	"context"
	"testing"
	"time"

	"millrace/internal/aspect/watch"
	"millrace/internal/calendar"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/interval"
	"millrace/internal/platform/problem"
)

func TestWindowsAreAnnouncedOnceBeforeTheyBegin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		env := calendar.Scope{Environments: []string{"sit1"}}
		add := func(kind calendar.Kind, name string, from int, rule string) {
			n := calendar.NewWindow{Name: name, From: at(from), To: at(from + 2), Scope: env}
			if rule != "" {
				n.Recurrence = &interval.Recurrence{Rule: rule}
			}
			w.add(t, kind, n)
		}
		add(calendar.Freeze, "Soon already", 20, "")
		add(calendar.Freeze, "Once", 60, "")
		add(calendar.Maintenance, "Weekly", 61, "FREQ=WEEKLY")
		add(calendar.Maintenance, "Nightly", 62, "FREQ=DAILY")
		add(calendar.Holiday, "Holiday", 60, "")
		remind := func(after time.Duration, want int) {
			t.Helper()
			w.Clock.Advance(after)
			if told, err := w.calendar.Remind(w.Ctx); err != nil || told != want {
				t.Fatalf("%d told, %v; want %d", told, err, want)
			}
		}
		remind(0, 0)
		remind(35*time.Hour, 0)
		remind(4*time.Hour, 3) // the first night of all is news
		remind(5*time.Minute, 0)
		remind(30*time.Hour, 0) // the second is not
		remind(6*24*time.Hour, 1)
		var sentence string
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			return tx.NewSelect().Table("event").Column("sentence").Where("kind = ?", calendar.FreezeApproaching).Scan(ctx, &sentence)
		}))
		if want := "The freeze Once is about to begin: 5 Mar 2025, 21:00 UTC to 5 Mar 2025, 23:00 UTC"; sentence != want {
			t.Fatal(sentence)
		}
	})
}

// parties remembers what it was asked.
type parties struct {
	named  []string
	places []string
	closed int
}

func (p *parties) Parties(_ context.Context, _ db.Tx, named []calendar.Target, places []interval.Place, closed []interval.Span) ([]watch.Recipient, error) {
	*p = parties{closed: len(closed)}
	for _, t := range named {
		p.named = append(p.named, t.Label)
	}
	for _, place := range places {
		p.places = append(p.places, string(place.Environment))
	}
	return []watch.Recipient{{Person: "ada"}}, nil
}

func TestAWindowConcernsWhomItClosesAndWhomItLetOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := &parties{}
		w.calendar.SetParties(asked)
		d := w.add(t, calendar.Freeze, calendar.NewWindow{Name: "Freeze", From: at(10), To: at(20), Scope: calendar.Scope{Environments: []string{"uat"}}})
		_, err := w.calendar.ChangeWindow(w.Ctx, calendar.Freeze, d.ID, 1, calendar.WindowChange{Scope: httpapi.Some(calendar.Scope{Units: []string{string(w.a.ID)}})}, false)
		must(t, err)
		_, err = w.calendar.DeleteWindow(w.Ctx, calendar.Freeze, d.ID, 2, false)
		must(t, err)
		var rows []events.Row
		must(t, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
			if err := tx.NewSelect().Model(&rows).Where("e.subject_id = ?", d.ID).OrderExpr("e.id").Scan(ctx); err != nil {
				return err
			}
			for i, want := range []int{1, 3, 2} {
				list, err := w.calendar.Audience(ctx, tx, rows[i].Event())
				if err != nil || len(list) != 1 || len(asked.places) != want || asked.closed != 1 {
					t.Errorf("%s: %+v %v", rows[i].Kind, asked, err)
				}
			}
			// The unit of a person below a unit that is closed is what they see the freeze by.
			for _, c := range []struct {
				unit, want string
			}{{string(w.Root.ID), string(w.Root.ID)}, {string(w.a.ID), string(w.a.ID)}, {string(w.b.ID), ""}} {
				path := map[string]string{string(w.Root.ID): w.Root.Path, string(w.a.ID): w.a.Path, string(w.b.ID): w.b.Path}[c.unit]
				p := &authz.Principal{Kind: authz.PersonPrincipal, Person: "ada", Grants: []authz.Grant{{Path: path, Permissions: map[authz.Permission]struct{}{calendar.PermView: {}}}}}
				got, err := w.calendar.Through(authz.With(ctx, p), tx, rows[2].Event())
				if string(got) != c.want || (c.want == "") != (problem.KindOf(err) == problem.NotFound) {
					t.Errorf("%s: %s %v", c.unit, got, err)
				}
			}
			return nil
		}))
	})
}
