package notify_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/aspect/watch"
	"millrace/internal/notify"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
)

func TestUpdatesOfARecordFoldIntoOneMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Watching}, {Person: w.ada.ID, Reason: watch.Holder}, {Person: w.bob.ID, Reason: watch.Requester}}
		w.parties["two"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Affected}}
		w.tell(w.bob, thingChanged, "one")
		w.pass(59 * time.Second)
		w.tell(w.bob, thingAsked, "one", "question", "Is [[Person]] there?")
		w.tell(w.cid, thingChanged, "two")
		w.pass(59 * time.Second)
		w.wants(w.mails(), "")
		w.pass(time.Second)
		got := w.server.Mails()
		if len(got) != 2 {
			t.Fatal(w.mails(), w.states())
		}
		m := got[0]
		if m.Header("Subject") != "Question about One (2 updates)" {
			m = got[1]
		}
		w.wants(m.Header("Subject"), "Question about One (2 updates)")
		for _, want := range []string{"Bob changed One\n", "name: old → new", "Ada, Bob asks: Is [[Person]] there?\nhttps://millrace.test/things/one", "because you hold it", "/notification-choices", "Mon 3 Mar 2025 09:00 UTC"} {
			if !strings.Contains(m.Text(), want) {
				t.Errorf("%q is missing in\n%s", want, m.Text())
			}
		}
		if !strings.Contains(m.HTML(), `<a href="https://millrace.test/things/one">`) || m.Header("Message-ID") == "" || m.Header("References") != "<thing.one@example.org>" {
			t.Error(m.Data)
		}
		w.wants(w.mails(), "Ada: Question about One (2 updates); Ada: Two: A thing was changed")
		w.wants(w.states(), "sent sent")
		w.tell(w.bob, thingChanged, "one") // the next update is another mail
		w.pass(time.Minute)
		w.wants(w.mails(), "Ada: One: A thing was changed")
		// A record that never rests is told of after ten minutes.
		for range 23 {
			w.tell(w.bob, thingChanged, "one")
			w.pass(30 * time.Second)
		}
		w.wants(w.mails(), "Ada: One: A thing was changed (20 updates)")
		w.pass(time.Minute)
		w.wants(w.mails(), "Ada: One: A thing was changed (3 updates)")
		for range 30 {
			w.tell(w.bob, thingChanged, "one")
		}
		w.pass(time.Minute)
		last := w.server.Mails()[0]
		if !strings.HasPrefix(last.Text(), "5 earlier updates are left out.") {
			t.Error(last.Text())
		}
	})
}

func TestMailsWaitForTheServer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.server.Down(true)
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.wants(w.states(), "queued")
		d := w.deliveries()[0]
		if d.Attempts != 1 || !strings.Contains(d.Problem, "cannot be reached") || d.DueAt.Sub(w.Clock.Now()) != time.Minute {
			t.Fatalf("%+v", d)
		}
		w.tell(w.bob, thingChanged, "one") // what comes meanwhile collects anew
		w.wants(w.states(), "queued collecting")
		for range 10 {
			w.pass(40 * time.Minute)
		}
		w.wants(w.states(), "queued queued")
		w.server.Down(false)
		w.server.LoseAnswer()
		w.pass(time.Hour)
		w.pass(time.Hour)
		w.pass(time.Hour)
		w.wants(w.states(), "sent sent")
		ids := map[string]int{}
		for _, m := range w.server.Take() {
			ids[m.Header("Message-ID")]++
		}
		// The one whose answer got lost was handed over twice, under one name.
		if len(ids) != 2 || ids["<"+d.ID+"@example.org>"]+ids["<"+w.deliveries()[1].ID+"@example.org>"] != 3 {
			t.Fatal(ids)
		}
		w.pass(24 * time.Hour)
		w.wants(w.mails(), "")
	})
}

func TestMailsThatCannotBeSentAreSeenAndSentAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.server.Refuse("550 5.1.1 no such user")
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.wants(w.states(), "failed")
		d := w.deliveries()[0]
		if !strings.Contains(d.Problem, "did not take the message") || d.Title != "One: A thing was changed" || d.Address != w.ada.Email {
			t.Fatalf("%+v", d)
		}
		w.server.Refuse("")
		w.pass(24 * time.Hour)
		w.wants(w.mails(), "") // what is refused for good is not tried by itself
		again, err := w.Resend(w.Ctx, d.ID)
		must(t, err)
		w.wants(again.State, "queued")
		if _, err := w.Resend(w.Ctx, d.ID); problem.CodeOf(err) != "delivery_pending" {
			t.Fatal(err)
		}
		w.pass(0)
		w.wants(w.server.Mails()[0].Header("Message-ID"), "<"+d.ID+".1@example.org>")
		w.wants(w.mails(), "Ada: One: A thing was changed")
		w.wants(w.states(), "sent")
		w.wants(w.History(d.ID), "[notify.delivery_resent]")

		w.server.Down(true)
		w.tell(w.bob, thingChanged, "one")
		for range 90 {
			w.pass(time.Hour)
		}
		w.wants(w.states(), "sent failed")
		if d := w.deliveries()[1]; !strings.Contains(d.Problem, "three days") || d.Attempts < 50 {
			t.Fatalf("%+v", d)
		}
	})
}

func TestAMailWhoseJobWasLostIsFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.tell(w.bob, thingChanged, "one")
		w.write(func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM job`)
			return err
		})
		w.pass(20 * time.Minute)
		w.wants(w.states(), "collecting")
		must(t, w.Sweep(w.Ctx))
		must(t, w.Sweep(w.Ctx))
		w.pass(0)
		w.wants(w.mails(), "Ada: One: A thing was changed")
	})
}

func TestNobodyIsToldTwice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.cid.ID, Reason: watch.Owner}}
		w.happen(w.bob, thingChanged, "one")
		event := w.lastEvent()
		at := func(fn func() error) {
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if err := fn(); err != nil && !strings.Contains(err.Error(), "not due") {
						t.Error(err)
					}
				})
			}
			all.Wait()
		}
		at(func() error { return w.Tell(w.Ctx, event) })
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "One 1 holder")
		w.wants(w.states(), "collecting collecting")
		w.Clock.Advance(time.Minute)
		for _, d := range w.deliveries() {
			at(func() error { return w.Send(w.Ctx, d.ID) })
		}
		w.wants(w.mails(), "Ada: One: A thing was changed; Cid: One: A thing was changed")
		w.pass(time.Hour)
		w.wants(w.mails(), "")
	})
}

func TestEverythingIsDecidedAgainBeforeAMailLeaves(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: "out@example.org"}); err != nil {
			t.Fatal(err)
		}
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.cid.ID, Reason: watch.Owner}}
		w.parties["far"] = w.parties["one"]
		w.tell(w.bob, thingChanged, "far")
		w.wants(w.states(), "") // nobody here sees that unit
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "")
		w.tell(w.bob, thingChanged, "one")
		w.wants(w.states(), "collecting collecting collecting")
		w.withdraw(w.ada, w.a)
		p, err := w.Person(w.Ctx, w.cid.ID)
		must(t, err)
		_, err = w.DeactivatePerson(w.Ctx, w.cid.ID, p.Version)
		must(t, err)
		l, err := w.watch.List(w.Ctx, "thing", "one")
		must(t, err)
		must(t, w.watch.Remove(w.Ctx, "thing", "one", l.Items[0].ID))
		w.pass(time.Minute)
		w.wants(w.mails(), "")
		w.wants(w.states(), "dropped dropped dropped")
		for _, d := range w.deliveries() {
			if d.Problem == "" {
				t.Errorf("%+v", d)
			}
		}
		w.tell(w.bob, thingChanged, "one")
		w.wants(w.states(), "dropped dropped dropped")
	})
}

func TestDeletionsAreToldToThoseWhoSawTheRecord(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: "out@example.org"}); err != nil {
			t.Fatal(err)
		}
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.happen(w.bob, thingChanged, "one")
		w.happen(w.bob, thingDeleted, "one")
		w.pass(0)
		delete(w.things, "one")
		w.pass(time.Minute)
		mails := w.server.Take()
		for _, m := range mails {
			if m.To[0] == "out@example.org" {
				continue
			}
			if strings.Contains(m.Text(), "changed") || !strings.Contains(m.Text(), "Bob deleted One") || strings.Contains(m.Text(), "https://millrace.test/things") {
				t.Error(m.Text())
			}
		}
		if len(mails) != 2 {
			t.Fatal(len(mails))
		}
		w.tell(w.bob, reportMade, "r1")
		w.parties["r1"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Stakeholder}, {Email: "boss@example.org", Reason: watch.Chosen}}
		w.tell(w.bob, reportMade, "r1")
		w.pass(time.Minute)
		if got := w.mails(); !strings.Contains(got, "Ada: ") || !strings.Contains(got, "boss@example.org: ") {
			t.Fatal(got, w.deliveries())
		}
	})
}

func TestOutsideAddressesCanStopTheirMails(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, email := range []string{"out@example.org", w.cid.Email} {
			if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: email}); err != nil {
				t.Fatal(err)
			}
		}
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		for _, m := range w.server.Mails() {
			outside := m.To[0] == "out@example.org"
			link := m.Header("List-Unsubscribe")
			if outside != strings.HasPrefix(link, "<https://millrace.test/api/v1/unsubscribe?token=") || outside != strings.Contains(m.Text(), strings.Trim(link+"none", "<>none")) && outside ||
				outside == strings.Contains(m.Text(), "notification-choices") {
				t.Error(m.Data)
			}
		}
		w.wants(w.mails(), "Cid: One: A thing was changed; out@example.org: One: A thing was changed")
		w.tell(w.bob, thingChanged, "one", "note", "confidential")
		w.pass(time.Minute)
		w.wants(w.mails(), "Cid: One: A thing was changed")
	})
}
