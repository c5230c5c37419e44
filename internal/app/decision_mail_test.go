package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"millrace/internal/app/apptest"
	"millrace/internal/people"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/config"
	"millrace/internal/platform/db/dbtest"
	"millrace/internal/platform/mail/mailtest"
)

// publicURL is where the people of a mailed world reach it.
const publicURL = "https://millrace.test"

// mailed is a world that sends mail to a server and whose clock is moved by hand.
type mailed struct {
	*apptest.World
	server *mailtest.Server
	clock  *clock.Fake
}

// eachMailed runs fn once per engine with a world of its own.
func eachMailed(t *testing.T, fn func(t *testing.T, w *mailed)) {
	t.Helper()
	for name, url := range map[string]func(*testing.T) string{
		"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return dbtest.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			m := &mailed{server: mailtest.Start(t), clock: clock.NewFake(time.Now())}
			m.World = apptest.With(t, url(t), apptest.Setup{Clock: m.clock, Config: func(c *config.Config) {
				c.PublicURL, c.Mail.Host, c.Mail.Port, c.Mail.From, c.Mail.TLS = publicURL, "127.0.0.1", m.server.Port, "millrace@example.test", "none"
			}})
			fn(t, m)
		})
	}
}

// next moves the clock past the quiet minute until the server took a mail to a person whose text holds a word.
func (m *mailed) next(t *testing.T, to people.Person, word string) mailtest.Mail {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for _, got := range m.server.Mails() {
			if got.To[0] == to.Email && strings.Contains(got.Text(), word) {
				return got
			}
		}
		m.clock.Advance(5 * time.Second)
	}
	for _, got := range m.server.Mails() {
		t.Log(got.To, got.Header("Subject"), got.Text())
	}
	t.Fatalf("no mail to %s holds %q", to.Email, word)
	return mailtest.Mail{}
}

// collects waits until a mail to a person about a record collects updates; the clock stands.
func (m *mailed) collects(t *testing.T, to people.Person, label string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for _, d := range m.Must(t, 200, m.Admin, "GET", "/mail-deliveries", nil).Items() {
			if d := d.(map[string]any); d["personId"] == string(to.ID) && d["state"] == "collecting" && strings.Contains(fmt.Sprint(d["label"]), label) {
				return
			}
		}
	}
	t.Fatalf("no mail to %s about %s", to.Name, label)
}

// links are the addresses of a mail that approve and reject, below the API, with their token.
func links(t *testing.T, m mailtest.Mail) (path, approve, reject string) {
	t.Helper()
	tokens := map[string]string{}
	for _, found := range regexp.MustCompile(`(Approve|Reject): `+publicURL+`(/bookings/[^/\s]+/decision)(\?\S+)`).FindAllStringSubmatch(m.Text(), -1) {
		u, err := url.Parse(found[2] + found[3])
		if err != nil || u.Query().Get("act") != strings.ToLower(found[1]) {
			t.Fatal(found, err)
		}
		path, tokens[found[1]] = found[2], u.Query().Get("token")
		if !strings.Contains(m.HTML(), ">"+found[1]+"</a>") {
			t.Errorf("%s is no link in %s", found[1], m.HTML())
		}
	}
	return path, tokens["Approve"], tokens["Reject"]
}

// TestApproversDecideFromTheirMail goes the whole way: a booking is asked for, its approvers get a mail each, and one of
// them follows the link.
func TestApproversDecideFromTheirMail(t *testing.T) {
	eachMailed(t, func(t *testing.T, w *mailed) {
		app := w.Must(t, 201, w.Admin, "POST", "/applications", map[string]any{"key": "shop", "name": "Shop", "unitId": w.Root}).ID()
		w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "application": "shop"})
		var deciders []people.Person
		for _, name := range []string{"Bob", "Cid"} {
			p := w.Person(t, w.Root, name)
			w.Grant(t, p, "contributor", w.Root)
			w.Must(t, 200, w.Admin, "POST", "/applications/"+app+"/stakeholders", map[string]any{"personId": p.ID, "consulted": true, "roles": []string{"Booking approver"}})
			deciders = append(deciders, p)
		}
		dora := w.Person(t, w.Root, "Dora")
		w.Grant(t, dora, "contributor", w.Root)
		asker := w.Token(t, dora)
		ask := func(title string, day int) string {
			from := w.clock.Now().AddDate(0, 0, day).Truncate(time.Hour)
			a := w.Must(t, 201, asker, "POST", "/bookings", map[string]any{"environment": "SIT1", "from": from, "to": from.Add(time.Hour), "intent": "touch", "title": title})
			return a.ID()
		}
		status := func(id string) string {
			return fmt.Sprint(w.Must(t, 200, asker, "GET", "/bookings/"+id, nil).Map()["status"])
		}

		first := ask("First try", 40)
		bobs := w.next(t, deciders[0], "First try")
		path, approve, reject := links(t, bobs)
		if path != "/bookings/"+first+"/decision" || approve == "" || approve != reject {
			t.Fatalf("%q %q %q in\n%s", path, approve, reject, bobs.Text())
		}
		_, cids, _ := links(t, w.next(t, deciders[1], "First try"))
		if cids == "" || cids == approve {
			t.Fatal("two people share a link")
		}
		page, err := http.Get(w.URL + path + "?token=" + url.QueryEscape(approve))
		if err != nil || page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			t.Fatal(page, err)
		}
		_ = page.Body.Close()
		for token, name := range map[string]string{approve: "Bob", cids: "Cid"} {
			shown := w.Must(t, 200, "", "GET", path+"?token="+url.QueryEscape(token), nil).Map()
			if shown["decides"] != true || shown["used"] != false || shown["person"].(map[string]any)["name"] != name {
				t.Fatalf("%v", shown)
			}
		}
		if got := status(first); got != "requested" {
			t.Fatalf("opening the link made it %s", got)
		}
		second := ask("Second try", 50)
		w.Must(t, 404, "", "POST", "/bookings/"+second+"/decision", map[string]any{"token": approve, "approve": true})
		w.Must(t, 200, "", "POST", path, map[string]any{"token": approve, "approve": true})
		if got := status(first); got != "approved" {
			t.Fatal(got)
		}
		w.Must(t, 409, "", "POST", path, map[string]any{"token": reject, "approve": false, "reason": "No"})
		w.Must(t, 409, "", "POST", path, map[string]any{"token": cids, "approve": true})
		told := w.next(t, dora, "approved")
		if _, mine, _ := links(t, told); mine != "" || !strings.Contains(told.Text(), "Bob approved") {
			t.Fatal(told.Text())
		}

		// A mail that leaves after the decision holds no links any more, and links end.
		_, rejects, _ := links(t, w.next(t, deciders[0], "Second try"))
		third := ask("Third try", 60)
		w.collects(t, deciders[0], "Third try")
		w.Must(t, 200, w.Admin, "POST", "/bookings/"+third+"/cancel", map[string]any{})
		if late := w.next(t, deciders[0], "Third try"); strings.Contains(late.Text(), "decision?token") {
			t.Fatal(late.Text())
		}
		w.clock.Advance(14 * 24 * time.Hour)
		w.Must(t, 409, "", "POST", "/bookings/"+second+"/decision", map[string]any{"token": rejects, "approve": true})
	})
}

// TestWithoutNamedApproversTheNearestHoldersAreAsked requests an environment whose application names nobody.
func TestWithoutNamedApproversTheNearestHoldersAreAsked(t *testing.T) {
	eachMailed(t, func(t *testing.T, w *mailed) {
		w.Must(t, 201, w.Admin, "POST", "/environments", map[string]any{"key": "SIT1", "unitId": w.Root})
		keeper, dora := w.Person(t, w.Root, "Keeper"), w.Person(t, w.Root, "Dora")
		w.Grant(t, keeper, "environment_manager", w.Root)
		w.Grant(t, dora, "contributor", w.Root)
		from := w.clock.Now().AddDate(0, 0, 40).Truncate(time.Hour)
		w.Must(t, 201, w.Token(t, dora), "POST", "/bookings", map[string]any{"environment": "SIT1", "from": from, "to": from.Add(time.Hour), "intent": "touch", "title": "Only try"})
		path, approve, _ := links(t, w.next(t, keeper, "Only try"))
		w.Must(t, 200, "", "POST", path, map[string]any{"token": approve, "approve": true})
	})
}
