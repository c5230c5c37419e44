package notify

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"millrace/internal/platform/events"
	"millrace/internal/platform/problem"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// folded does with the rule what the slice does: an update joins the mail that collects if it comes before that is due.
func folded(q Quiet, updates []time.Duration) (batches []string) {
	var first, last time.Duration
	n := 0
	due := func() time.Duration { return q.Due(monday.Add(first), monday.Add(last)).Sub(monday) }
	leave := func() {
		if n > 0 {
			batches = append(batches, fmt.Sprintf("%d at %s", n, due()))
		}
		n = 0
	}
	for _, u := range updates {
		if n > 0 && u >= due() {
			leave()
		}
		if n == 0 {
			first = u
		}
		last, n = u, n+1
	}
	leave()
	return batches
}

// watched is the oracle: it looks at every second whether the mail has been quiet long enough or collected too long.
func watched(q Quiet, updates []time.Duration) (batches []string) {
	n, since, quietSince := 0, time.Duration(0), time.Duration(0)
	for now := time.Duration(0); len(updates) > 0 || n > 0; now += time.Second {
		if n > 0 && (now-quietSince >= q.Pause || now-since >= q.Cap) {
			batches = append(batches, fmt.Sprintf("%d at %s", n, now))
			n = 0
		}
		for len(updates) > 0 && updates[0] == now {
			if n == 0 {
				since = now
			}
			quietSince, n, updates = now, n+1, updates[1:]
		}
	}
	return batches
}

func TestUpdatesFoldAsIfSomebodyWatchedEverySecond(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	largest := 0
	for range 500 {
		q := Quiet{Pause: time.Duration(1+r.IntN(90)) * time.Second, Cap: time.Duration(1+r.IntN(600)) * time.Second}
		var updates []time.Duration
		at := time.Duration(0)
		for range 1 + r.IntN(60) {
			at += time.Duration(r.IntN(2+r.IntN(100))) * time.Second
			updates = append(updates, at)
		}
		got, want := folded(q, updates), watched(q, updates)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%+v %v\ngot  %v\nwant %v", q, updates, got, want)
		}
		largest = max(largest, len(got))
	}
	if largest < 10 {
		t.Fatal("hardly anything left; the test proves nothing")
	}
	q := Quiet{Pause: time.Minute, Cap: 10 * time.Minute}
	if got := fmt.Sprint(folded(q, []time.Duration{0, 59 * time.Second, 118 * time.Second, 178 * time.Second})); got != "[3 at 2m58s 1 at 3m58s]" {
		t.Fatal(got)
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	night := Hours{From: 22 * 60, To: 7 * 60, Zone: berlin}
	at := func(text string) time.Time {
		out, err := time.ParseInLocation("2006-01-02 15:04:05", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for in, want := range map[string]string{
		"2026-03-02 12:00:01": "2026-03-02 12:00:01", "2026-03-02 21:59:59": "2026-03-02 21:59:59", "2026-03-02 22:00:00": "2026-03-03 07:00:00",
		"2026-03-03 06:59:59": "2026-03-03 07:00:00", "2026-03-03 07:00:00": "2026-03-03 07:00:00",
		"2026-03-28 23:00:00": "2026-03-29 07:00:00", // the night is an hour short
		"2026-10-24 23:00:00": "2026-10-25 07:00:00", // and an hour long
	} {
		if got := night.Push(at(in)); !got.Equal(at(want)) {
			t.Errorf("%s: %s, want %s", in, got.In(berlin), want)
		}
	}
	r := rand.New(rand.NewPCG(3, 5))
	zones := []*time.Location{berlin, time.UTC, zone(t, "America/New_York"), zone(t, "Australia/Lord_Howe"), zone(t, "Asia/Kathmandu")}
	for range 300 {
		h := Hours{From: r.IntN(1440), To: r.IntN(1440), Zone: zones[r.IntN(len(zones))]}
		in := monday.Add(time.Duration(r.IntN(400*24*3600)) * time.Second)
		got := h.Push(in)
		if got.Before(in) || h.From != h.To && h.inside(got) || !h.Push(got).Equal(got) {
			t.Fatalf("%+v %s: %s", h, in, got)
		}
		for m := in; h.From != h.To && m.Before(got); m = m.Add(time.Minute) {
			if !h.inside(m) {
				t.Fatalf("%+v %s: %s, but %s was free", h, in, got, m)
			}
		}
	}
	none := Hours{From: 60, To: 60, Zone: time.UTC}
	if !none.Push(monday).Equal(monday) {
		t.Error("no quiet hours are quiet")
	}
}

func TestDigestComesOnceADay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "UTC", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"} {
		z := zone(t, name)
		for _, minute := range []int{0, 8 * 60, 2*60 + 30, 23*60 + 59} {
			at, days := monday, map[string]bool{}
			for range 400 {
				next := NextDigest(at, minute, z)
				day := next.In(z).Format("2006-01-02")
				if !next.After(at) || days[day] || next.Sub(at) > 26*time.Hour && len(days) > 0 {
					t.Fatalf("%s %d: after %s comes %s", name, minute, at, next)
				}
				if got := next.In(z); got.Hour()*60+got.Minute() != minute && minute != 150 && minute != 0 {
					t.Fatalf("%s: %s", name, got)
				}
				days[day], at = true, next
			}
		}
	}
}

func TestRetriesSlowDown(t *testing.T) {
	t.Parallel()
	total := time.Duration(0)
	for i := range int64(100) {
		pause := RetryPause(i + 1)
		if pause < time.Minute || pause > time.Hour || i > 0 && pause < RetryPause(i) {
			t.Fatal(i, pause)
		}
		total += pause
	}
	if RetryPause(1) != time.Minute || RetryPause(2) != 2*time.Minute || RetryPause(99) != time.Hour || total < giveUp {
		t.Fatal(total)
	}
}

func TestTemplatesAreChecked(t *testing.T) {
	t.Parallel()
	known := append(builtIn, Placeholder{Name: "Booking_From"})
	for text, code := range map[string]string{
		"Hello [[Person]], [[Booking_From]]": "", "no placeholder": "", "a [single] bracket": "", "": "required", " \n": "required", "[[Nothing]]": "placeholder_unknown",
		"[[person]]": "placeholder_unknown", "[[Person]": "placeholder_open", "[[ Person ]]": "placeholder_unknown", "[[Person": "placeholder_open", "Person]]": "placeholder_open",
		"[[]]": "placeholder_unknown", "[[a[[Person]]b]]": "placeholder_open", strings.Repeat("x", maxBody+1): "too_long",
	} {
		err := checkText(Text{Subject: "s", Body: text}, known)
		got := ""
		if p := problem.Of(err); p != nil {
			got = p.Fields[0].Code
		}
		if got != code {
			t.Errorf("%.30q: %q, want %q", text, got, code)
		}
	}
	if err := checkText(Text{Subject: "two\nlines", Body: "b"}, known); problem.CodeOf(err) != "template_invalid" {
		t.Error(err)
	}
}

func TestValuesAreNotReadForPlaceholders(t *testing.T) {
	t.Parallel()
	values := map[string]string{"Record": "[[Person]]\r\nBcc: eve@example.org", "Person": "secret", "Changes": ""}
	if got := fillSubject("About [[Record]]", values); got != "About [[Person]] Bcc: eve@example.org" {
		t.Errorf("%q", got)
	}
	if got := fillBody("a\n\n[[Changes]]\n\nb\n", values); got != "a\n\nb" {
		t.Errorf("%q", got)
	}
	if got := fillSubject(strings.Repeat("ä", 400), nil); len([]rune(got)) != maxSubject {
		t.Error(len(got))
	}
}

func TestNothingBecomesMarkup(t *testing.T) {
	t.Parallel()
	got := asHTML("<script>alert(1)</script>\nsee https://millrace.example/a?b=1&c=2. \"https://x.y/<b>\" javascript:alert(1)")
	for _, bad := range []string{"<script", "<b>", `href="javascript`} {
		if strings.Contains(got, bad) {
			t.Errorf("%s holds %s", got, bad)
		}
	}
	for _, good := range []string{`<a href="https://millrace.example/a?b=1&amp;c=2">`, "&lt;script&gt;", "<br>"} {
		if !strings.Contains(got, good) {
			t.Errorf("%s lacks %s", got, good)
		}
	}
	many := map[string]events.Change{"b": {nil, "x\ny"}, "a": {"old", ""}}
	if got := changeLines(map[string]events.Change{"from": {"2026-03-01T08:00:00Z", nil}}); got != "from: 1 Mar 2026, 08:00 UTC → (empty)" {
		t.Errorf("%q", got)
	}
	if got := changeLines(many); got != "a: old → (empty)\nb: (empty) → x y" {
		t.Errorf("%q", got)
	}
	for i := range 40 {
		many[fmt.Sprint("field", i)] = events.Change{i, i + 1}
	}
	if got := changeLines(many); strings.Count(got, "\n") != maxChangeLines || !strings.HasSuffix(got, "and 12 more") {
		t.Errorf("%q", got)
	}
}

func TestLongAddressesAreShownAsTheirLabel(t *testing.T) {
	t.Parallel()
	long := "https://millrace.example/decision?token=" + strings.Repeat("x", 200)
	got := asHTML("Hello\nApprove <it>: " + long + "\nsee " + long + "\nShort: https://x.y")
	for _, good := range []string{`Hello<br>` + "\n" + `<a href="` + long + `">Approve &lt;it&gt;</a><br>`, `see <a href="` + long + `">` + long + `</a>`, `Short: <a href="https://x.y">https://x.y</a>`} {
		if !strings.Contains(got, good) {
			t.Errorf("%s lacks %s", got, good)
		}
	}
}
