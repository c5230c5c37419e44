package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"millrace/internal/aspect/watch"
	"millrace/internal/notify"
	"millrace/internal/people/peopletest"
	"millrace/internal/platform/authz"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/httpapi/httpapitest"
)

// call sends a request as somebody and demands its outcome.
func (w *world) call(p *authz.Principal, method, path string, body any, status int, code string, headers ...string) httpapitest.Answer {
	w.T.Helper()
	a := w.api.As(p).Do(w.T, method, path, body, headers...)
	if a.Status != status || status >= 400 && a.Code() != code {
		w.T.Fatalf("%s %s: %d %s, want %d %s: %.400s", method, path, a.Status, a.Code(), status, code, a.Body)
	}
	return a
}

func (w *world) threads(p *authz.Principal, query string) (list []notify.ThreadView, next string) {
	w.T.Helper()
	var page httpapi.Page[notify.ThreadView]
	w.call(p, "GET", "/inbox"+query, nil, 200, "").Into(w.T, &page)
	return page.Items, page.Next
}

func (w *world) unread(p *authz.Principal) int {
	w.T.Helper()
	var v struct{ Unread int }
	w.call(p, "GET", "/inbox/unread-count", nil, 200, "").Into(w.T, &v)
	return v.Unread
}

func TestTheInboxThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada, bob := w.principal(w.ada), w.principal(w.bob)
		for _, id := range []string{"one", "two"} {
			w.parties[id] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		}
		w.tell(w.bob, thingChanged, "one")
		w.Clock.Advance(time.Second)
		w.tell(w.bob, thingAsked, "one", "question", "Why?")
		w.Clock.Advance(time.Second)
		w.tell(w.bob, thingChanged, "two")
		w.wants(w.unread(ada), "2")
		w.wants(w.unread(bob), "0")
		list, _ := w.threads(ada, "")
		first, second := list[0], list[1]
		if first.Label != "Two" || second.Unread != 2 || second.Sentence != "Bob asks about One" || second.Because != "because you hold it" || second.Path != "/things/one" || fmt.Sprint(second.Actions) != "[read archive]" {
			t.Fatalf("%+v", list)
		}
		page, next := w.threads(ada, "?limit=1")
		w.wants(page[0].ID, first.ID)
		page, next = w.threads(ada, "?limit=1&cursor="+next)
		w.wants(page[0].ID+next, second.ID)
		var told httpapi.Page[notify.NotificationView]
		w.call(ada, "GET", "/inbox/"+second.ID+"/notifications?limit=1", nil, 200, "").Into(t, &told)
		w.wants(told.Items[0].Sentence, "Bob asks about One")
		w.call(ada, "GET", "/inbox/"+second.ID+"/notifications?limit=1&cursor="+told.Next, nil, 200, "").Into(t, &told)
		w.wants(told.Items[0].Sentence+told.Items[0].Because, "Bob changed Onebecause you hold it")
		for query, want := range map[string]string{"?state=unread": "Two One", "?state=read": "", "?q=tw": "Two", "?q=%25": "", "?reason=holder": "Two One", "?reason=owner": "", "?kind=thing": "Two One", "?kind=other": "", "?state=archived": ""} {
			list, _ := w.threads(ada, query)
			var labels []string
			for _, t := range list {
				labels = append(labels, t.Label)
			}
			if got := strings.Join(labels, " "); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		var one notify.ThreadView
		mark := func(id, act string) notify.ThreadView {
			t.Helper()
			w.call(ada, "POST", "/inbox/"+id+"/"+act, nil, 200, "").Into(t, &one)
			return one
		}
		if v := mark(second.ID, "read"); v.Unread != 0 || fmt.Sprint(v.Actions) != "[unread archive]" {
			t.Fatalf("%+v", v)
		}
		w.wants(w.unread(ada), "1")
		w.wants(mark(second.ID, "unread").Unread, "1")
		if v := mark(second.ID, "archive"); !v.Archived || fmt.Sprint(v.Actions) != "[restore]" {
			t.Fatalf("%+v", v)
		}
		list, _ = w.threads(ada, "")
		w.wants(len(list), "1")
		list, _ = w.threads(ada, "?state=archived")
		w.wants(list[0].Label, "One")
		w.Clock.Advance(time.Second)
		w.tell(w.bob, thingChanged, "one") // something new brings it back
		w.wants(w.inbox(w.ada, notify.InboxFilter{State: "unread"}), "One 1 holder; Two 1 holder")
		mark(second.ID, "archive")
		w.wants(mark(second.ID, "restore").Archived, "false")
		w.call(ada, "POST", "/inbox/read-all", nil, 200, "")
		w.wants(w.unread(ada), "0")

		w.call(bob, "GET", "/inbox/"+first.ID, nil, 404, "not_found")
		w.call(bob, "GET", "/inbox/"+first.ID+"/notifications", nil, 404, "not_found")
		for _, act := range []string{"read", "unread", "archive", "restore"} {
			w.call(bob, "POST", "/inbox/"+first.ID+"/"+act, nil, 404, "not_found")
			w.call(nil, "POST", "/inbox/"+first.ID+"/"+act, nil, 401, "sign_in_required")
		}
		// Whoever may not see a record any longer does not see what was told of it either.
		moved := peopletest.Principal(w.b, permView)
		moved.Person = w.ada.ID
		list, _ = w.threads(moved, "")
		w.wants(len(list), "0")
		w.wants(w.unread(moved), "0")
		w.call(moved, "GET", "/inbox/"+first.ID, nil, 404, "not_found")
		robot := authz.System("robot")
		list, _ = w.threads(robot, "")
		w.wants(len(list), "0")
		w.call(robot, "POST", "/inbox/read-all", nil, 422, "not_a_person")
	})
}

func TestOpenScreensLearnOfAChangedInbox(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.cid.ID, Reason: watch.Owner}}
		w.tell(w.bob, thingChanged, "one")
		if len(w.notices) != 2 {
			t.Fatalf("%+v", w.notices)
		}
		for _, n := range w.notices {
			if n.Person != w.ada.ID && n.Person != w.cid.ID || n.SubjectKind != "inbox" || n.Kind != "notify.inbox_changed" {
				t.Fatalf("%+v", n)
			}
		}
		if _, err := w.MarkAllRead(w.as(w.ada)); err != nil {
			t.Fatal(err)
		}
		last := w.notices[2]
		w.wants(last.Person, string(w.ada.ID))
		seen, more, err := w.Since(w.Ctx, w.Clock.Now().Add(-time.Second))
		must(t, err)
		ids := map[string]bool{}
		for _, n := range seen {
			ids[n.ID] = true
		}
		if more || !ids[last.ID] || len(ids) != 2 {
			t.Fatalf("%+v", seen)
		}
		seen, _, err = w.Since(w.Ctx, w.Clock.Now().Add(time.Second))
		must(t, err)
		w.wants(len(seen), "0")
	})
}

func TestChoicesThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ada := w.principal(w.ada)
		const at = "/notification-choices"
		a := w.call(ada, "GET", at, nil, 200, "")
		var v notify.ChoicesView
		a.Into(t, &v)
		if a.Header.Get("ETag") != `"1"` || len(v.Topics) != 6 || v.Topics[0].Title != "A thing was changed" || v.Topics[0].Standard != (notify.Channels{Inbox: true, Mail: notify.AtOnce}) || v.DigestAt != "08:00" || !v.Mail {
			t.Fatalf("%s", a.Body)
		}
		w.call(ada, "PUT", at, map[string]any{}, 428, "if_match_required")
		for _, body := range []string{`{"quietFrom":"22:00"}`, `{"quietFrom":"25:00","quietTo":"07:00"}`, `{"digestAt":"8:00"}`, `{"timeZone":"Mars/Olympus"}`, `{"timeZone":"Local"}`,
			`{"topics":[{"topic":"no.thing","inbox":true,"mail":"off"}]}`} {
			w.call(ada, "PUT", at, body, 422, "choices_invalid", "If-Match", `"1"`)
		}
		w.call(ada, "PUT", at, `{"topics":[{"topic":"thing.changed","inbox":true,"mail":"pigeon"}]}`, 422, "validation_failed", "If-Match", `"1"`)
		a = w.call(ada, "PUT", at, map[string]any{"quietFrom": "22:00", "quietTo": "07:00", "timeZone": "Europe/Berlin", "topics": []any{map[string]any{"topic": "thing.changed", "inbox": false, "mail": "off"}}}, 200, "", "If-Match", `"1"`)
		a.Into(t, &v)
		if a.Header.Get("ETag") != `"2"` || v.Topics[0].Mail != notify.Off || v.Topics[1].Mail != notify.AtOnce || v.QuietFrom != "22:00" {
			t.Fatalf("%s", a.Body)
		}
		w.call(ada, "PUT", at, map[string]any{}, 409, "stale", "If-Match", `"1"`)
		w.call(w.principal(w.bob), "GET", at, nil, 200, "").Into(t, &v)
		if v.Topics[0].Mail != notify.AtOnce {
			t.Fatal("somebody else's choices")
		}
		w.call(nil, "GET", at, nil, 401, "sign_in_required")
		w.call(authz.System("robot"), "GET", at, nil, 422, "not_a_person")
		w.wants(w.History(string(w.ada.ID))[1:], "[notify.choices_changed]")
	})
}

func TestTemplatesThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := peopletest.Principal(w.Root, notify.PermManageTemplate)
		const at = "/mail-templates/thing.asked"
		var page httpapi.Page[notify.TemplateView]
		w.call(admin, "GET", "/mail-templates", nil, 200, "").Into(t, &page)
		if len(page.Items) != 6 || page.Items[1].Subject != "Question about [[Record]]" || page.Items[1].Changed || len(page.Items[1].Placeholders) != len(page.Items[0].Placeholders)+1 {
			t.Fatalf("%+v", page)
		}
		body := map[string]any{"subject": "[[Record]]?", "body": "[[Question]] [[Sentence]]", "active": true, "recipients": map[string]any{"raci": []string{"informed"}, "persons": []any{w.bob.ID}}}
		w.call(admin, "PUT", at, body, 428, "if_match_required")
		var v notify.TemplateView
		w.call(admin, "PUT", at, body, 200, "", "If-Match", `"1"`).Into(t, &v)
		if !v.Changed || v.Version != 2 || v.Standard.Subject != "Question about [[Record]]" {
			t.Fatalf("%+v", v)
		}
		w.call(admin, "PUT", at, body, 409, "stale", "If-Match", `"1"`)
		for bad, code := range map[string]string{`{"subject":"s","body":"[[Nope]]","active":true}`: "template_invalid", `{"subject":"","body":"b","active":true}`: "template_invalid",
			`{"subject":"s","body":"b","active":true,"recipients":{"raci":["boss"]}}`: "recipients_invalid", `{"subject":"s","body":"b","active":true,"recipients":{"persons":["x"],"teams":["y"],"emails":["z"],"reasons":["w"]}}`: "recipients_invalid"} {
			w.call(admin, "PUT", at, bad, 422, code, "If-Match", `"2"`)
		}
		var p notify.Preview
		w.call(admin, "POST", at+"/preview", map[string]any{"subject": "[[Record]]: [[Question]]", "body": "<b>[[Question]]</b> [[Link]]"}, 200, "").Into(t, &p)
		if p.Subject != "Release rehearsal: Why?" || !strings.Contains(p.HTML, "&lt;b&gt;Why?") || !strings.Contains(p.Text, "<b>Why?</b> https://") {
			t.Fatalf("%+v", p)
		}
		w.call(admin, "POST", at+"/preview", map[string]any{"subject": "[[Nope]]", "body": "x"}, 422, "template_invalid")
		w.call(admin, "DELETE", at, nil, 200, "", "If-Match", `"2"`).Into(t, &v)
		if v.Changed || v.Version != 3 || v.Subject != v.Standard.Subject {
			t.Fatalf("%+v", v)
		}
		w.call(admin, "GET", "/mail-templates/no.thing", nil, 404, "not_found")
		w.wants(w.History("thing.asked"), "[notify.template_changed notify.template_reset]")
		partly := peopletest.Principal(w.a, notify.PermManageTemplate)
		for _, c := range [][2]string{{"GET", "/mail-templates"}, {"GET", at}, {"PUT", at}, {"DELETE", at}, {"POST", at + "/preview"}} {
			var content any
			if c[0] == "PUT" {
				content = body
			} else if c[0] == "POST" {
				content = map[string]any{"subject": "s", "body": "b"}
			}
			w.call(nil, c[0], c[1], content, 401, "sign_in_required", "If-Match", `"3"`)
			w.call(w.principal(w.ada), c[0], c[1], content, 403, "permission_missing", "If-Match", `"3"`)
			w.call(partly, c[0], c[1], content, 403, "permission_missing", "If-Match", `"3"`)
		}
	})
}

func TestDeliveriesThroughHTTP(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := peopletest.Principal(w.Root, notify.PermViewDelivery, notify.PermResend)
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}, {Person: w.cid.ID, Reason: watch.Owner}}
		w.server.Refuse("550 no")
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.server.Refuse("")
		w.Clock.Advance(time.Second)
		w.tell(w.bob, thingChanged, "one")
		var page httpapi.Page[notify.DeliveryView]
		count := func(query string) int {
			t.Helper()
			page = httpapi.Page[notify.DeliveryView]{}
			w.call(admin, "GET", "/mail-deliveries"+query, nil, 200, "").Into(t, &page)
			return len(page.Items)
		}
		for query, n := range map[string]int{"": 4, "?state=failed": 2, "?state=collecting": 2, "?q=ada": 2, "?q=A%20thing": 2, "?subjectKind=thing&subjectId=one": 4, "?subjectId=two": 0,
			"?from=2025-03-03T09:01:00Z": 2, "?to=2025-03-03T09:01:00Z": 2, "?limit=3": 3} {
			if got := count(query); got != n {
				t.Errorf("%s: %d, want %d", query, got, n)
			}
		}
		count("?limit=3")
		if next := count("?limit=3&cursor=" + page.Next); next != 1 || page.Next != "" {
			t.Error(next)
		}
		count("?state=failed&q=ada")
		failed := page.Items[0]
		if fmt.Sprint(failed.Actions) != "[resend]" || failed.Problem == "" || failed.Recipient != "Ada" {
			t.Fatalf("%+v", failed)
		}
		var detail notify.DeliveryDetailView
		at := "/mail-deliveries/" + failed.ID
		w.call(admin, "GET", at, nil, 200, "").Into(t, &detail)
		if len(detail.Notifications) != 1 || detail.Notifications[0].Sentence != "Bob changed One" {
			t.Fatalf("%+v", detail)
		}
		w.call(admin, "POST", at+"/resend", nil, 200, "")
		w.call(admin, "POST", at+"/resend", nil, 409, "delivery_pending")
		w.pass(0)
		w.wants(w.mails(), "Ada: One: A thing was changed")
		w.call(admin, "GET", "/mail-deliveries?from=yesterday", nil, 422, "time_invalid")
		w.call(admin, "GET", "/mail-deliveries/none", nil, 404, "not_found")
		w.call(admin, "POST", "/mail-deliveries/none/resend", nil, 404, "not_found")
		viewer := peopletest.Principal(w.Root, notify.PermViewDelivery)
		w.call(viewer, "POST", at+"/resend", nil, 403, "permission_missing")
		w.call(peopletest.Principal(w.a, notify.PermViewDelivery), "GET", "/mail-deliveries", nil, 403, "permission_missing")
		w.call(w.principal(w.ada), "GET", at, nil, 403, "permission_missing")
		w.call(nil, "GET", "/mail-deliveries", nil, 401, "sign_in_required")
	})
}

func TestWhatIsOverIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.parties["one"] = []watch.Recipient{{Person: w.ada.ID, Reason: watch.Holder}}
		w.tell(w.bob, thingChanged, "one")
		w.pass(time.Minute)
		w.pass(89 * 24 * time.Hour)
		must(t, w.Purge(w.Ctx))
		w.wants(w.states(), "sent")
		w.pass(2 * 24 * time.Hour)
		must(t, w.Purge(w.Ctx))
		w.wants(w.states(), "")
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "One 1 holder")
		w.pass(300 * 24 * time.Hour)
		must(t, w.Purge(w.Ctx))
		w.wants(w.inbox(w.ada, notify.InboxFilter{}), "")
		w.tell(w.bob, thingChanged, "one")
		p, err := w.Person(w.Ctx, w.ada.ID)
		must(t, err)
		if _, err := w.DeletePerson(w.Ctx, w.ada.ID, p.Version, false); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Minute)
		w.wants(w.states(), "")
	})
}
