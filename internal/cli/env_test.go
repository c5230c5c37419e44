package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEnvCheckExitCodes(t *testing.T) {
	for verdict, want := range map[string]int{"go": 0, "booked": 10, "freeze": 11, "outage": 12, "not_bookable": 12, "banana": ExitFailed} {
		c, seen, out := serve(t, answer(200, fmt.Sprintf(`{"verdict":%q,"reason":"Because.","opensAt":"2126-05-04T12:00:00Z"}`, verdict)))
		err := (&EnvCheckCmd{Deployment{Environment: "SIT2", Application: "payments", Booking: "BK-7"}}).Run(c)
		if got := ExitCode(err); got != want {
			t.Errorf("%s: exit %d (%v), want %d", verdict, got, err, want)
		}
		q := (*seen)[0]
		if q.method != http.MethodPost || !strings.HasSuffix(q.path, "/deployment-checks") || q.body["environment"] != "SIT2" || q.body["application"] != "payments" || q.body["booking"] != "BK-7" {
			t.Errorf("request %+v", q)
		}
		if verdict == "go" && !strings.Contains(out.String(), "Because.") {
			t.Errorf("output %q", out)
		}
		if verdict == "freeze" && !strings.Contains(err.Error(), "2126-05-04 12:00 UTC") {
			t.Errorf("the next opening is missing: %v", err)
		}
	}
	c, _, _ := serve(t, answer(404, `{"code":"environment_not_found","detail":"No."}`))
	if got := ExitCode((&EnvCheckCmd{Deployment{Environment: "X"}}).Run(c)); got != ExitNotFound {
		t.Errorf("unknown environment: exit %d", got)
	}
}

func TestEnvWaitAsksUntilItMayGo(t *testing.T) {
	closed := answer(200, `{"verdict":"booked","reason":"Booked."}`)
	c, seen, out := serve(t, closed, closed, answer(200, `{"verdict":"go","reason":"Free."}`))
	w := &EnvWaitCmd{Deployment: Deployment{Environment: "SIT2"}, Timeout: time.Minute, Every: time.Millisecond}
	if err := w.Run(c); err != nil || len(*seen) != 3 || !strings.Contains(out.String(), "Free.") {
		t.Fatalf("%v after %d questions: %q", err, len(*seen), out)
	}
}

func TestEnvWaitGivesUp(t *testing.T) {
	c, seen, _ := serve(t, answer(200, `{"verdict":"freeze","reason":"Year end."}`))
	w := &EnvWaitCmd{Deployment: Deployment{Environment: "SIT2"}, Timeout: 5 * time.Millisecond, Every: time.Hour}
	if err := w.Run(c); ExitCode(err) != ExitFreeze || len(*seen) != 2 {
		t.Fatalf("%v after %d questions", err, len(*seen))
	}
	c, _, _ = serve(t, answer(200, `{"verdict":"freeze","reason":"Year end."}`))
	ctx, stop := context.WithCancel(context.Background())
	stop()
	c.Ctx = ctx
	if err := w.Run(c); err == nil {
		t.Fatal("an interrupt ends the wait")
	}
}

func TestEnvWaitSleepsUntilTheOpening(t *testing.T) {
	w := &EnvWaitCmd{Every: time.Minute}
	soon := time.Now().Add(20 * time.Second)
	if d := w.next(&soon, time.Hour); d > 20*time.Second || d < 15*time.Second {
		t.Errorf("waits %s for an opening in 20 s", d)
	}
	if d := w.next(nil, 5*time.Second); d != 5*time.Second {
		t.Errorf("waits %s with 5 s left", d)
	}
}
