package notify_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/aspect/comment"
	"millrace/internal/aspect/stakeholder"
	"millrace/internal/aspect/subject"
	"millrace/internal/aspect/watch"
	"millrace/internal/notify"
	"millrace/internal/people"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
	"millrace/internal/platform/jobs"
	"millrace/internal/platform/live"
	"millrace/internal/platform/mail"
	"millrace/internal/platform/mail/mailtest"
	"millrace/internal/platform/ref"
	"millrace/internal/platform/signedlink"
	"millrace/internal/platform/vault"
)

const (
	permView   authz.Permission = "thing.view"
	permManage authz.Permission = "thing.manage"

	thingChanged events.Kind = "thing.changed"
	thingAsked   events.Kind = "thing.asked"
	thingDeleted events.Kind = "thing.deleted"
	reportMade   events.Kind = "report.made"
)

var thingEvents = []events.Definition{
	{Kind: thingChanged, Subject: "thing", Action: events.Modified, Sentence: "{actor} changed {subject}"},
	{Kind: thingAsked, Subject: "thing", Action: events.Other, Sentence: "{actor} asks about {subject}"},
	{Kind: thingDeleted, Subject: "thing", Action: events.Deleted, Sentence: "{actor} deleted {subject}"},
	{Kind: reportMade, Subject: "report", Action: events.Other, Sentence: "The report is ready"},
}

// world is an organisation with three persons, records, a mail server and workers that work when told to.
type world struct {
	*peopletest.World
	*notify.Service
	api          *httpapitest.Server
	watch        *watch.Service
	stakeholders *stakeholder.Service
	comments     *comment.Service
	jobs         *jobs.Client
	server       *mailtest.Server
	a, b         people.Unit
	ada, bob     people.Person
	cid          people.Person

	mu       sync.Mutex
	subjects *subject.Registry
	parties  map[string][]watch.Recipient
	things   map[string]subject.Record
	notices  []live.Notice
}

// principals gives persons what people says they hold.
type principals struct{ people *people.Service }

func (p *principals) PrincipalOf(ctx context.Context, tx db.Tx, person ref.Person) (*authz.Principal, error) {
	grants, err := p.people.GrantsOfPerson(ctx, tx, person)
	if err != nil || len(grants) == 0 {
		return nil, err
	}
	return &authz.Principal{Kind: authz.PersonPrincipal, Person: person, Grants: grants}, nil
}

var migrations = append(slices.Clone(peopletest.Migrations), jobs.Migrations, watch.Migrations, stakeholder.Migrations, comment.Migrations, signedlink.Migrations, notify.Migrations)

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{server: mailtest.Start(t), parties: map[string][]watch.Recipient{}}
	keys, err := vault.LoadKeys(t.TempDir())
	must(t, err)
	reg := jobs.NewRegistry()
	holds := &principals{}
	w.World = peopletest.New(t, d, func(deps *people.Deps) {
		log := slog.New(slog.DiscardHandler)
		w.jobs, err = jobs.NewClient(d, reg, deps.Clock, log, jobs.ClientOptions{})
		must(t, err)
		deps.Permissions = append(slices.Clone(people.Permissions), authz.Declaration{Permission: permView, Title: "See things", View: true, Roles: []string{"viewer"}})
		deps.Events = events.NewLog(deps.Clock, w.jobs, people.Events, watch.Events, stakeholder.Events, comment.Events, notify.Events, thingEvents)
		w.subjects = subject.NewRegistry()
		w.stakeholders = stakeholder.New(stakeholder.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: log})
		w.watch = watch.New(watch.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Subjects: w.subjects, Links: signedlink.New(vault.New(keys, deps.Clock), deps.Clock), PublicURL: "https://millrace.test"})
		w.comments = comment.New(comment.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: log, Subjects: w.subjects, Watch: w.watch})
		w.Service = notify.New(notify.Deps{DB: d, Events: deps.Events, Clock: deps.Clock, Logger: log, Jobs: w.jobs, Mail: w.server.Sender(), PublicURL: "https://millrace.test",
			Subjects: w.subjects, Watch: w.watch, Stakeholders: w.stakeholders, Principals: holds, Publish: func(n live.Notice) {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.notices = append(w.notices, n)
			}})
		deps.Reassigners = []people.Reassigner{w.Service}
		deps.Rehomers = []people.Rehomer{w.Service}
	})
	holds.people = w.World.Service
	w.Register(
		notify.Topic{Event: thingChanged, Title: "A thing was changed", Group: "Things", Audience: w.audience},
		notify.Topic{Event: thingAsked, Title: "Somebody asks", Group: "Things", Audience: w.audience, Placeholders: []notify.Placeholder{{Name: "Question", Title: "What is asked", Sample: "Why?", Key: "question"}},
			Template: notify.Text{Subject: "Question about [[Record]]", Body: "[[Person]], [[Actor]] asks: [[Question]]\n[[Link]]"}},
		notify.Topic{Event: thingDeleted, Title: "A thing was deleted", Audience: w.audience, Followers: notify.InsideFollowers},
		notify.Topic{Event: reportMade, Title: "A report is ready", Audience: w.audience, Followers: notify.NoFollowers, Standard: notify.Channels{Mail: notify.AtOnce}},
	)
	w.Register(notify.CommentTopics(w.comments)...)
	w.RegisterWorkers(reg)
	for _, s := range w.Subscriptions() {
		w.Log.Subscribe(s)
	}
	w.a, w.b = w.AddUnit("A", ""), w.AddUnit("B", "")
	w.ada, w.bob, w.cid = w.AddPerson("Ada", w.a.ID), w.AddPerson("Bob", w.a.ID), w.AddPerson("Cid", w.a.ID)
	for _, p := range []people.Person{w.ada, w.bob, w.cid} {
		w.grant(p, w.a)
	}
	w.things = map[string]subject.Record{"one": {ID: "one", Unit: w.a.ID, Label: "One"}, "two": {ID: "two", Unit: w.a.ID, Label: "Two"}, "far": {ID: "far", Unit: w.b.ID, Label: "Far"}}
	of := subject.Subject{Kind: "thing", PathPrefix: "/things", View: permView, Manage: permManage,
		Resolve: func(_ context.Context, _ db.Tx, id string) (subject.Record, error) {
			if r, ok := w.things[id]; ok {
				return r, nil
			}
			return subject.Record{}, authz.ErrNotFound
		}}
	w.stakeholders.Register(of)
	w.api = httpapitest.New(t, d, w.Clock, func(api *httpapi.API) {
		w.watch.Mount(api, of)
		w.Mount(api)
	})
	return w
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, migrations, func(t *testing.T, d *db.DB) { fn(t, newWorld(t, d)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) wants(got any, want string) {
	w.T.Helper()
	if text := fmt.Sprint(got); text != want {
		w.T.Fatalf("got  %s\nwant %s", text, want)
	}
}

func (w *world) write(fn func(ctx context.Context, tx db.Tx) error) {
	w.T.Helper()
	must(w.T, w.DB.Write(w.Ctx, fn))
}

func (w *world) grant(p people.Person, u people.Unit) {
	w.T.Helper()
	w.write(func(ctx context.Context, tx db.Tx) error {
		_, err := w.GrantRole(ctx, tx, "person", string(p.ID), "viewer", u.ID, nil)
		return err
	})
}

func (w *world) withdraw(p people.Person, u people.Unit) {
	w.T.Helper()
	w.write(func(ctx context.Context, tx db.Tx) error {
		return w.WithdrawRole(ctx, tx, "person", string(p.ID), "viewer", u.ID)
	})
}

// principal is the person with what they hold and more on unit A.
func (w *world) principal(p people.Person, permissions ...authz.Permission) *authz.Principal {
	out := peopletest.Principal(w.a, append(permissions, permView)...)
	out.Person, out.Name = p.ID, p.Name
	return out
}

func (w *world) as(p people.Person) context.Context { return authz.With(w.T.Context(), w.principal(p)) }

// happen appends an event that somebody caused, without working what follows.
func (w *world) happen(who people.Person, kind events.Kind, id string, data ...string) {
	w.T.Helper()
	e := events.Event{Kind: kind, SubjectID: id, SubjectLabel: w.things[id].Label, Unit: w.things[id].Unit, Data: map[string]any{}}
	for i := 0; i+1 < len(data); i += 2 {
		e.Data[data[i]] = data[i+1]
	}
	e.Data[notify.Internal] = slices.Contains(data, "confidential")
	if kind == thingChanged {
		e.Changes = map[string]events.Change{"name": {"old", "new"}}
	}
	must(w.T, w.DB.Write(w.as(who), func(ctx context.Context, tx db.Tx) error { return w.Log.Append(ctx, tx, e) }))
}

// pass moves the clock on and works what is due; jobs that say "later" are no failures.
func (w *world) pass(d time.Duration) {
	w.T.Helper()
	w.Clock.Advance(d)
	_, _, err := w.jobs.WorkDue(w.Ctx)
	must(w.T, err)
}

// tell is happen with the work that follows at once.
func (w *world) tell(who people.Person, kind events.Kind, id string, data ...string) {
	w.T.Helper()
	w.happen(who, kind, id, data...)
	w.pass(0)
}

// mails writes down what came since: "Ada: One: A thing was changed".
func (w *world) mails() string {
	w.T.Helper()
	names := map[string]string{w.ada.Email: "Ada", w.bob.Email: "Bob", w.cid.Email: "Cid"}
	var out []string
	for _, m := range w.server.Take() {
		to := names[m.To[0]]
		if to == "" {
			to = m.To[0]
		}
		out = append(out, to+": "+m.Header("Subject"))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// inbox writes a person's inbox down: "One 2 holder".
func (w *world) inbox(p people.Person, f notify.InboxFilter) string {
	w.T.Helper()
	f.Limit = 50
	page, err := w.Inbox(w.as(p), f)
	must(w.T, err)
	var out []string
	for _, t := range page.Items {
		out = append(out, fmt.Sprintf("%s %d %s", t.Label, t.Unread, t.Reason))
	}
	return strings.Join(out, "; ")
}

// states writes down the states of all mails, the oldest first.
func (w *world) states() string {
	w.T.Helper()
	var out []string
	for _, d := range w.deliveries() {
		out = append(out, string(d.State))
	}
	return strings.Join(out, " ")
}

func (w *world) deliveries() []notify.Delivery {
	w.T.Helper()
	page, err := w.Deliveries(w.Ctx, notify.DeliveryFilter{Limit: 100})
	must(w.T, err)
	slices.Reverse(page.Items)
	return page.Items
}

func (w *world) choose(p people.Person, in notify.NewChoices) {
	w.T.Helper()
	now, err := w.MyChoices(w.as(p))
	must(w.T, err)
	_, err = w.SaveMyChoices(w.as(p), now.Version, in)
	must(w.T, err)
}

func (w *world) audience(_ context.Context, _ db.Tx, e events.Event) ([]watch.Recipient, error) {
	return w.parties[e.SubjectID], nil
}

// lastEvent is the id of what happened last.
func (w *world) lastEvent() (id ref.Event) {
	w.T.Helper()
	must(w.T, w.DB.Read(w.Ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Table("event").Column("id").OrderExpr("at DESC, id DESC").Limit(1).Scan(ctx, &id)
	}))
	return id
}

// withoutMail is the slice of an installation that has no mail server.
func (w *world) withoutMail() *notify.Service {
	w.T.Helper()
	none, err := mail.New(mail.Options{})
	must(w.T, err)
	s := notify.New(notify.Deps{DB: w.DB, Events: w.Log, Clock: w.Clock, Jobs: w.jobs, Mail: none, Subjects: w.subjects, Watch: w.watch, Principals: &principals{w.World.Service}})
	s.Register(notify.Topic{Event: thingChanged, Title: "A thing was changed", Audience: w.audience})
	return s
}
