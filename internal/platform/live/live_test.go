package live_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/live"
	"millrace/internal/platform/ref"
)

// history is a Source in memory.
type history struct {
	mu    sync.Mutex
	all   []live.Notice
	asked []time.Time
	more  bool
	page  int
}

func (s *history) add(n live.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, n)
}

func (s *history) Since(_ context.Context, t time.Time) (out []live.Notice, more bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, t)
	for _, n := range s.all {
		if !n.At.Before(t) {
			out = append(out, n)
		}
	}
	if s.page > 0 && len(out) > s.page {
		return out[:s.page], true, nil
	}
	return out, s.more, nil
}

type world struct {
	t      *testing.T
	clock  *clock.Fake
	source *history
	hub    *live.Hub
	url    string
}

func newWorld(t *testing.T, opts live.Options) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewFake(time.Now()), source: &history{}}
	if opts.Poll == 0 {
		opts.Poll = time.Hour
	}
	visible := func(p *authz.Principal, n live.Notice) bool {
		return strings.HasPrefix(n.UnitPath, "/root/"+p.Name+"/")
	}
	w.hub = live.New(w.source, visible, w.clock, nil, opts)
	if err := w.hub.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if name := r.URL.Query().Get("as"); name != "" {
			r = r.WithContext(authz.With(r.Context(), &authz.Principal{Name: name, Person: ref.Person(name)}))
		}
		w.hub.ServeHTTP(rw, r)
	}))
	t.Cleanup(func() { _ = w.hub.Stop(context.Background()); srv.Close() })
	w.url = srv.URL
	return w
}

func (w *world) notice(unit string) live.Notice {
	id := uuid.Must(uuid.NewV7())
	return live.Notice{ID: id.String(), At: w.clock.Now(), Kind: "catalog.application_created", SubjectKind: "application", SubjectID: id.String(),
		UnitID: unit, UnitPath: "/root/" + unit + "/"}
}

// listener reads one stream.
type listener struct {
	t     *testing.T
	lines chan string
	resp  *http.Response
}

func (w *world) listen(as, last string) *listener {
	w.t.Helper()
	before := w.hub.Clients()
	ctx, cancel := context.WithCancel(w.t.Context())
	w.t.Cleanup(cancel)
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"?as="+as, nil)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || w.hub.Clients() != before+1 {
		w.t.Fatalf("%s, %d clients", resp.Status, w.hub.Clients())
	}
	l := &listener{t: w.t, lines: make(chan string, 1000), resp: resp}
	go func() {
		defer close(l.lines)
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			l.lines <- s.Text()
		}
	}()
	return l
}

// line returns the next line that begins with prefix; ok is false when the stream ended.
func (l *listener) line(prefix string) (string, bool) {
	l.t.Helper()
	for {
		select {
		case s, open := <-l.lines:
			if !open {
				return "", false
			}
			if rest, found := strings.CutPrefix(s, prefix); found {
				return rest, true
			}
		case <-time.After(20 * time.Second):
			l.t.Fatalf("no line %q came", prefix)
		}
	}
}

func (l *listener) next() live.Notice {
	l.t.Helper()
	raw, ok := l.line("data: ")
	var n live.Notice
	if !ok || json.Unmarshal([]byte(raw), &n) != nil {
		l.t.Fatalf("no notice: %q", raw)
	}
	if strings.Contains(raw, "/root/") {
		l.t.Fatalf("the path of the unit got out: %s", raw)
	}
	return n
}

func TestNoticesReachThoseWhoMaySee(t *testing.T) {
	w := newWorld(t, live.Options{})
	a, b := w.listen("a", ""), w.listen("b", "")
	forB, forA := w.notice("b"), w.notice("a")
	w.hub.Publish(forB)
	w.hub.Publish(forA)
	if got := a.next(); got.ID != forA.ID || got.SubjectID != forA.SubjectID || got.UnitID != "a" {
		t.Fatalf("%+v", got)
	}
	if got := b.next(); got.ID != forB.ID {
		t.Fatalf("%+v", got)
	}
}

func TestNobodyListensUnsigned(t *testing.T) {
	w := newWorld(t, live.Options{})
	resp, err := http.Get(w.url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 401 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatal(resp.Status)
	}
}

func TestOtherNodesAreHeardOnceEvenLate(t *testing.T) {
	w := newWorld(t, live.Options{Window: 30 * time.Second})
	l := w.listen("a", "")
	first, late := w.notice("a"), w.notice("a")
	own := w.notice("a")
	w.source.add(first)
	w.source.add(own)
	w.hub.Publish(own)
	w.hub.Poll(t.Context())
	w.clock.Advance(10 * time.Second)
	w.source.add(late) // committed ten seconds after its time, behind the others
	w.hub.Poll(t.Context())
	w.hub.Poll(t.Context())
	end := w.notice("a")
	w.hub.Publish(end)
	var got []string
	for range 4 {
		got = append(got, l.next().ID)
	}
	if want := []string{own.ID, first.ID, late.ID, end.ID}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v\nwant %v", got, want)
	}
}

func TestABusyWindowIsReadPageByPage(t *testing.T) {
	w := newWorld(t, live.Options{})
	w.source.page = 3
	var want []string
	for range 10 {
		w.clock.Advance(time.Millisecond)
		n := w.notice("a")
		w.source.add(n)
		want = append(want, n.ID)
	}
	l := w.listen("a", "")
	w.hub.Poll(t.Context())
	for _, id := range want {
		if got := l.next(); got.ID != id {
			t.Fatalf("got %s, want %s", got.ID, id)
		}
	}
}

func TestTheSourceIsReadOnlyWhileSomebodyListens(t *testing.T) {
	w := newWorld(t, live.Options{Poll: time.Millisecond})
	asked := func() int { w.source.mu.Lock(); defer w.source.mu.Unlock(); return len(w.source.asked) }
	if err := w.hub.Start(t.Context()); err == nil {
		t.Fatal("started twice")
	}
	if asked() != 0 {
		t.Fatal("read without a listener")
	}
	n := w.notice("a")
	w.source.add(n)
	if got := w.listen("a", "").next(); got.ID != n.ID {
		t.Fatalf("%+v", got)
	}
	if asked() == 0 {
		t.Fatal("not read")
	}
}

func TestResume(t *testing.T) {
	w := newWorld(t, live.Options{Window: 5 * time.Second, Reach: time.Minute})
	seen, hiddenOne, missed := w.notice("a"), w.notice("b"), w.notice("a")
	for _, n := range []live.Notice{seen, hiddenOne, missed} {
		w.source.add(n)
	}
	l := w.listen("a", seen.ID)
	if got := l.next(); got.ID != missed.ID {
		t.Fatalf("%+v", got)
	}
	after := w.notice("a")
	w.source.add(after)
	w.hub.Poll(t.Context()) // finds seen and missed too
	if got := l.next(); got.ID != after.ID {
		t.Fatalf("told twice: %+v", got)
	}
	w.clock.Advance(2 * time.Minute)
	for name, last := range map[string]string{"too long ago": seen.ID, "rubbish": "17"} {
		if got, _ := w.listen("a", last).line("event: "); got != "resync" {
			t.Fatalf("%s: %q", name, got)
		}
	}
	w.source.more = true
	if got, _ := w.listen("a", w.notice("a").ID).line("event: "); got != "resync" {
		t.Fatalf("too much: %q", got)
	}
}

func TestSlowClientIsDroppedAndOthersAreNotHeldUp(t *testing.T) {
	// The writer of the slow client blocks as a full network buffer does.
	w := newWorld(t, live.Options{})
	quick := w.listen("a", "")
	block, stuck := make(chan struct{}), make(chan struct{})
	slow := &blockingWriter{header: http.Header{}, block: block, stuck: stuck}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		w.hub.ServeHTTP(slow, r.WithContext(authz.With(t.Context(), &authz.Principal{Name: "a"})))
	}()
	<-stuck
	for i := range 40 {
		n := w.notice("a")
		w.hub.Publish(n)
		if got := quick.next(); got.ID != n.ID {
			t.Fatalf("notice %d: %+v", i, got)
		}
	}
	if w.hub.Clients() != 1 {
		t.Fatalf("%d clients are left", w.hub.Clients())
	}
	close(block)
	<-done
}

type blockingWriter struct {
	header       http.Header
	block, stuck chan struct{}
	once         sync.Once
}

func (b *blockingWriter) Header() http.Header { return b.header }
func (b *blockingWriter) WriteHeader(int)     {}
func (b *blockingWriter) Flush()              {}
func (b *blockingWriter) Write(p []byte) (int, error) {
	b.once.Do(func() { close(b.stuck) })
	<-b.block
	return len(p), nil
}

func TestHeartbeatAgeAndStop(t *testing.T) {
	w := newWorld(t, live.Options{Heartbeat: time.Millisecond})
	if _, ok := w.listen("a", "").line(": "); !ok {
		t.Fatal("no heartbeat")
	}
	old := newWorld(t, live.Options{MaxAge: time.Millisecond})
	l := &listener{t: t}
	resp, err := http.Get(old.url + "?as=a")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	l.lines = make(chan string, 100)
	for s := bufio.NewScanner(resp.Body); s.Scan(); { // ends only because the stream does
		l.lines <- s.Text()
	}
	listening := w.listen("a", "")
	if err := w.hub.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := listening.line("never: "); ok || w.hub.Clients() != 0 {
		t.Fatal("the stream goes on after Stop")
	}
	resp2, err := http.Get(w.url + "?as=a")
	if err != nil {
		t.Fatal(err)
	}
	defer resp2.Body.Close()
	if resp2.StatusCode != 503 {
		t.Fatal(resp2.Status)
	}
}

func TestANoticeForOnePersonReachesNobodyElse(t *testing.T) {
	w := newWorld(t, live.Options{})
	private := w.notice("a") // in a unit that ada and a see
	private.Person = "b"
	w.source.add(private)
	a, b := w.listen("a", ""), w.listen("b", "")
	w.hub.Publish(private)
	open := w.notice("a")
	w.hub.Publish(open)
	if got := b.next(); got.ID != private.ID {
		t.Fatalf("%+v", got)
	}
	if got := a.next(); got.ID != open.ID {
		t.Fatalf("somebody else learned of it: %+v", got)
	}
	w.source.add(open)
	if got := w.listen("a", w.notice("c").ID).next(); got.ID != open.ID { // resuming
		t.Fatalf("somebody else learned of it: %+v", got)
	}
}

func TestMergedSourcesPassNothingOver(t *testing.T) {
	w := newWorld(t, live.Options{})
	one, two := &history{page: 2}, &history{page: 3}
	want := map[string]bool{}
	for i := range 20 {
		w.clock.Advance(time.Millisecond)
		n := w.notice("a")
		want[n.ID] = true
		[]*history{one, two}[i*i%3%2].add(n)
	}
	source := live.Merge(one, two)
	from, more := time.Time{}, true
	for pages := 0; more; pages++ {
		var list []live.Notice
		var err error
		if list, more, err = source.Since(t.Context(), from); err != nil || pages > 40 {
			t.Fatal(pages, err)
		}
		for i, n := range list {
			delete(want, n.ID)
			if i > 0 && n.At.Before(list[i-1].At) {
				t.Fatal("out of order")
			}
			from = n.At
		}
	}
	if len(want) > 0 {
		t.Fatalf("%d notices were passed over", len(want))
	}
}
