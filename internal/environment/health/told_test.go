package health_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"millrace/internal/environment/health"
	"millrace/internal/platform/db"
)

// TestWhoWasToldOfAnOutage reads what the deliveries say: inbox, mail and digest, to persons and to an outside address.
func TestWhoWasToldOfAnOutage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.AddEnvironment("SIT2")
		o := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "Nothing answers"}))
		other := into[health.View](t, w.Do(t, "POST", "/outages", body{"environment": "SIT2", "title": "Another"}))
		ada := w.AddPerson("Ada", "")
		now := w.Clock.Now()
		mail := func(id, mode, state string, sent *time.Time) {
			w.write(t, func(ctx context.Context, tx db.Tx) error {
				_, err := tx.ExecContext(ctx, `INSERT INTO mail_delivery (id, recipient_key, recipient, address, mode, subject_id, label, state, first_at, last_at, due_at, sent_at, created_at)
					VALUES (?, ?, 'ops@partner.example', 'ops@partner.example', ?, ?, 'x', ?, ?, ?, ?, ?, ?)`, id, id, mode, id, state, now, now, now.Add(time.Minute), sent, now)
				return err
			})
		}
		tell := func(n int, outage health.View, kind string, person any, inbox bool, delivery any) {
			w.write(t, func(ctx context.Context, tx db.Tx) error {
				id := fmt.Sprintf("n%02d", n)
				_, err := tx.ExecContext(ctx, `INSERT INTO notification (id, event_id, event_kind, subject_kind, subject_id, recipient_key, person_id, reason, sentence, actor_name, at, in_inbox, delivery_id)
					VALUES (?, ?, ?, 'outage', ?, ?, ?, 'owner', 'It began', 'a monitor', ?, ?, ?)`, id, id, kind, outage.ID, id, person, now.Add(time.Duration(n)*time.Second), inbox, delivery)
				return err
			})
		}
		sent := now.Add(2 * time.Minute)
		mail("m1", "at_once", "sent", &sent)
		mail("m2", "digest", "collecting", nil)
		mail("m3", "at_once", "failed", nil)
		tell(1, o, "health.outage_opened", ada.ID, true, "m1")
		tell(2, o, "health.outage_ended", ada.ID, false, "m2")
		tell(3, o, "health.outage_opened", nil, false, "m3")
		tell(4, o, "health.outage_opened", ada.ID, false, nil) // chose not to be told
		tell(5, o, "comment.comment_added", ada.ID, true, nil) // about something else
		tell(6, other, "health.outage_opened", ada.ID, true, nil)
		var got []string
		for next, pages := "", 0; pages == 0 || next != ""; pages++ {
			page := into[struct {
				Items []health.Told
				Next  string
			}](t, w.Do(t, "GET", "/outages/"+string(o.ID)+"/told?limit=2&cursor="+next, nil))
			for _, told := range page.Items {
				got = append(got, fmt.Sprintf("%s %s %s %s", told.Name, told.Channel, told.State, told.At.Sub(now)))
				if told.What != "It began" || told.Event == "" {
					t.Errorf("%+v", told)
				}
			}
			next = page.Next
		}
		want := []string{"ops@partner.example mail failed 1m0s", "Ada digest collecting 1m0s", "Ada inbox delivered 1s", "Ada mail sent 2m0s"}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q", got)
		}
		if none := into[struct{ Items []health.Told }](t, w.Do(t, "GET", "/outages/"+string(other.ID)+"/told", nil)); len(none.Items) != 1 {
			t.Errorf("%+v", none)
		}
	})
}
