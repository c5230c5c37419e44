package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/watch"
	"millrace/internal/notify"
	"millrace/internal/platform/authz"
)

func TestPeopleChooseHowTheyAreTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.cid.ID, Reason: watch.Owner}}
		w.parties["two"] = w.parties["one"]
		topic := func(kind string, inbox bool, mail notify.MailMode) notify.Choice {
			c := notify.Choice{Channels: notify.Channels{Inbox: inbox, Mail: mail}}
			c.Topic = thingChanged
			if kind == "asked" {
				c.Topic = thingAsked
			}
			return c
		}
		w.choose(w.ada, notify.NewChoices{Zone: "Europe/Berlin", QuietFrom: "22:00", QuietTo: "07:00", DigestAt: "07:30", Topics: []notify.Choice{topic("changed", false, notify.Digest), topic("asked", true, notify.AtOnce)}})
		w.choose(w.cid, notify.NewChoices{Topics: []notify.Choice{topic("changed", true, notify.Off), topic("asked", false, notify.Off)}})
		w.tell(w.bob, thingChanged, "one")
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "")
		w.wants(w.inbox(w.cid, notify.InboxFilter{}), "One 1 owner")
		w.pass(5 * time.Hour)
		w.tell(w.bob, thingChanged, "two")
		w.Clock.Advance(time.Second)
		w.tell(w.bob, thingChanged, "one")
		w.pass(8 * time.Hour) // 22:00 UTC, 23:00 in Berlin
		w.tell(w.bob, thingAsked, "one", "question", "Late?")
		w.pass(time.Hour)
		w.wants(w.mails(), "")
		w.Clock.Set(time.Date(2025, 3, 4, 5, 59, 59, 0, time.UTC))
		w.pass(0)
		w.wants(w.mails(), "")
		w.pass(time.Second)
		w.wants(w.mails(), "Ada: Question about One")
		w.pass(30 * time.Minute)
		digest := w.server.Mails()
		w.wants(w.mails(), "Ada: Daily digest: 3 updates on 2 records")
		text := digest[0].Text()
		if strings.Count(text, "Bob changed One") != 2 || !strings.Contains(text, "- Mon 3 Mar 2025 10:00 CET, Bob changed One") || !strings.Contains(text, "https://millrace.test/things/two") || !strings.Contains(text, "once a day") {
			t.Error(text)
		}
		w.pass(24 * time.Hour)
		w.wants(w.mails(), "")
		w.wants(w.inbox(w.cid, notify.InboxFilter{}), "One 2 owner; Two 1 owner")
	})
}

func TestAnAdministratorShapesTheMails(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		save := func(in notify.TemplateChange) {
			t.Helper()
			now, err := w.Template(w.Ctx, thingChanged)
			must(t, err)
			_, err = w.SaveTemplate(w.Ctx, thingChanged, now.Version, in)
			must(t, err)
		}
		text := notify.Text{Subject: "[[Record]] is another", Body: "Dear [[Person]], [[Sentence]] [[Reason]]."}
		w.tell(w.bob, thingChanged, "one")
		save(notify.TemplateChange{Text: text, Active: true})
		w.pass(time.Minute)
		if m := w.server.Mails()[0]; !strings.HasPrefix(m.Text(), "Dear Ada, Bob changed One because you hold it.\n\n-- \n") {
			t.Error(m.Text())
		}
		w.wants(w.mails(), "Ada: One is another") // what waited is written by the new template

		save(notify.TemplateChange{Text: text, Active: true, Recipients: notify.Recipients{Reasons: []watch.Reason{watch.Approver}, Emails: []string{"audit@example.org", w.cid.Email}}})
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.wants(w.mails(), "Cid: One is another; audit@example.org: One is another")
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "One 2 holder")

		_, _, err := w.stakeholders.Add(w.Ctx, "thing", "one", stakeholder.Part{Person: w.cid.ID, Flags: stakeholder.Flags{Informed: true}}, false)
		must(t, err)
		save(notify.TemplateChange{Text: text, Active: true, Recipients: notify.Recipients{RACI: []string{notify.Consulted}}})
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.wants(w.mails(), "Ada: One is another")
		save(notify.TemplateChange{Text: text, Active: true, Recipients: notify.Recipients{RACI: []string{notify.Informed, notify.Consulted}}})
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.wants(w.mails(), "Ada: One is another; Cid: One is another")

		w.tell(w.bob, thingChanged, "one")
		save(notify.TemplateChange{Text: text, Active: false})
		w.pass(time.Minute)
		w.wants(w.mails(), "")
		w.wants(fmt.Sprint(strings.Count(w.states(), "dropped")), "2")
	})
}

func TestWithoutAMailServerThereIsTheInbox(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.happen(w.bob, thingChanged, "one")
		must(t, w.withoutMail().Tell(w.Ctx, w.lastEvent()))
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "One 1 holder")
		w.wants(w.states(), "")
	})
}

func TestCommentsAreNews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.watch.Add(w.Ctx, "thing", "one", watch.NewWatcher{Email: "out@example.org"}); err != nil {
			t.Fatal(err)
		}
		bob := authz.With(t.Context(), w.principal(w.bob, comment.PermWrite))
		write := func(body string, external bool) comment.Comment {
			t.Helper()
			c, err := w.comments.Add(bob, "thing", "one", comment.NewComment{Body: body, External: external})
			must(t, err)
			w.pass(0)
			return c
		}
		write("Please look, @["+w.ada.Name+"](person:"+string(w.ada.ID)+")", false)
		secret := write("a secret", false)
		must(t, w.comments.Delete(bob, "thing", "one", secret.Version, secret.ID))
		w.pass(time.Minute)
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "One 2 watching")
		m := w.server.Mails()[0]
		if !strings.Contains(m.Text(), "Bob commented on One:\n\nPlease look, @Ada") || strings.Contains(m.Text(), "a secret") || !strings.Contains(m.Text(), "(deleted)") {
			t.Error(m.Text())
		}
		w.wants(w.mails(), "Ada: Bob commented on One (2 updates)")
		open := write("for everybody", true)
		w.pass(time.Minute)
		w.wants(w.mails(), "Ada: Bob commented on One; out@example.org: Bob commented on One")
		_, err := w.comments.Edit(bob, "thing", "one", open.Version, open.ID, "for everybody and @"+w.cid.Email)
		must(t, err)
		w.pass(0)
		w.pass(time.Minute)
		w.wants(w.mails(), "Cid: Bob mentioned you on One")
	})
}
