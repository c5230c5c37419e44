// Package live tells open screens that something happened, by server-sent events. A notice names the record and no more;
// the screen asks for it again through the API, which decides anew what may be seen.
//
// Notices of this process arrive through [Hub.Publish] right after their commit. Those of other nodes, and those a
// client missed while it was away, are read from a [Source] over a window of time that overlaps the one before, and are
// told apart by id: a transaction that commits late becomes visible behind later ones, and a cursor would lose it.
package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/clock"
	"millrace/internal/platform/ref"
)

// Notice says that something happened to a record.
type Notice struct {
	// ID is the event's UUIDv7; its time part is what resuming goes by.
	ID          string    `json:"id"`
	At          time.Time `json:"at"`
	Kind        string    `json:"kind"`
	SubjectKind string    `json:"subjectKind"`
	SubjectID   string    `json:"subjectId"`
	UnitID      string    `json:"unitId,omitempty"`
	// UnitPath is what visibility is decided by; clients do not get it.
	UnitPath string `json:"-"`
	// Person, when not empty, makes the notice one for that person alone, whatever the unit; clients do not get it.
	Person ref.Person `json:"-"`
}

// Source reads what was recorded at t or later, by whichever node, oldest first. more says that there was more than the
// source returns at once; a page should hold some hundreds.
type Source interface {
	Since(ctx context.Context, t time.Time) (notices []Notice, more bool, err error)
}

// Visible decides whether a principal may learn of a notice. It is not asked about notices for one person.
type Visible func(p *authz.Principal, n Notice) bool

// Options say how the hub works; the zero value is right for most.
type Options struct {
	// Poll is how often the source is read while somebody listens; 0 means 2 seconds.
	Poll time.Duration
	// Window is how long after the fact a notice of another node is still found; 0 means 30 seconds.
	Window time.Duration
	// Heartbeat keeps proxies from closing silent streams; 0 means 15 seconds.
	Heartbeat time.Duration
	// MaxAge ends a stream so that the client comes back with fresh rights; 0 means 10 minutes.
	MaxAge time.Duration
	// Reach is how far back a client may resume; one that was away longer is told to ask for everything again. 0 means 10
	// minutes.
	Reach time.Duration
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&o.Poll, 2*time.Second)
	set(&o.Window, 30*time.Second)
	set(&o.Heartbeat, 15*time.Second)
	set(&o.MaxAge, 10*time.Minute)
	set(&o.Reach, 10*time.Minute)
	return o
}

// slots is how many notices a client may lag behind before it is dropped; it comes back and resumes.
const slots = 16

// Hub passes notices on to the clients of this process. It is safe for concurrent use.
type Hub struct {
	source  Source
	visible Visible
	clock   clock.Clock
	log     *slog.Logger
	opts    Options
	cancel  context.CancelFunc
	loop    sync.WaitGroup
	wake    chan struct{}

	mu      sync.Mutex
	closed  bool
	clients map[*client]struct{}
	seen    map[string]time.Time // id → when it was passed on
}

type client struct {
	principal *authz.Principal
	notices   chan Notice
	gone      chan struct{} // closed when the hub drops the client
}

// New returns a hub. source may be nil where there is one node and resuming is not wanted.
func New(source Source, visible Visible, clk clock.Clock, log *slog.Logger, opts Options) *Hub {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hub{source: source, visible: visible, clock: clk, log: log, opts: opts.withDefaults(), wake: make(chan struct{}, 1),
		clients: map[*client]struct{}{}, seen: map[string]time.Time{}}
}

// Start begins to read the source and returns at once.
func (h *Hub) Start(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cancel != nil || h.closed {
		return errors.New("live: the hub was started already")
	}
	ctx, h.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if h.source != nil {
		h.loop.Go(func() { h.follow(ctx) })
	}
	return nil
}

// Stop ends every stream, so that the server can shut down, and takes no more clients.
func (h *Hub) Stop(context.Context) error {
	h.mu.Lock()
	h.closed = true
	cancel := h.cancel
	for c := range h.clients {
		h.drop(c)
	}
	h.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	h.loop.Wait()
	return nil
}

// Publish passes a notice on to the clients that may see it. It never blocks: a client that lags too far is dropped.
func (h *Hub) Publish(n Notice) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, twice := h.seen[n.ID]; twice {
		return
	}
	now := h.clock.Now()
	h.seen[n.ID] = now
	if len(h.seen) > 20_000 {
		h.forget(now)
	}
	for c := range h.clients {
		if !h.mayLearn(c.principal, n) {
			continue
		}
		select {
		case c.notices <- n:
		default:
			h.drop(c)
		}
	}
}

func (h *Hub) mayLearn(p *authz.Principal, n Notice) bool {
	if n.Person != "" {
		return p.Person == n.Person
	}
	return h.visible(p, n)
}

// Clients returns how many streams are open.
func (h *Hub) Clients() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.clients)
}

func (h *Hub) forget(now time.Time) {
	for id, at := range h.seen {
		if now.Sub(at) > 2*h.opts.Window {
			delete(h.seen, id)
		}
	}
}

func (h *Hub) drop(c *client) {
	if _, there := h.clients[c]; there {
		delete(h.clients, c)
		close(c.gone)
	}
}

func (h *Hub) join(p *authz.Principal) (*client, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, false
	}
	c := &client{principal: p, notices: make(chan Notice, slots), gone: make(chan struct{})}
	h.clients[c] = struct{}{}
	select {
	case h.wake <- struct{}{}: // the loop rests while nobody listens
	default:
	}
	return c, true
}

func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(c)
}

// follow reads the source again and again while somebody listens.
func (h *Hub) follow(ctx context.Context) {
	timer := time.NewTimer(h.opts.Poll)
	defer timer.Stop()
	for {
		var tick <-chan time.Time
		if h.Clients() > 0 {
			timer.Reset(h.opts.Poll)
			tick = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			continue
		case <-tick:
		}
		h.poll(ctx)
	}
}

func (h *Hub) poll(ctx context.Context) {
	now := h.clock.Now()
	for from, more := now.Add(-h.opts.Window), true; more; {
		var notices []Notice
		var err error
		if notices, more, err = h.source.Since(ctx, from); err != nil {
			if ctx.Err() == nil {
				h.log.WarnContext(ctx, "reading what happened on other nodes failed", "error", err)
			}
			return
		}
		for _, n := range notices {
			h.Publish(n)
		}
		if len(notices) == 0 || !notices[len(notices)-1].At.After(from) {
			break // a page of one instant leads no further
		}
		from = notices[len(notices)-1].At
	}
	h.mu.Lock()
	h.forget(now)
	h.mu.Unlock()
}

// timeOf reads the instant in a UUIDv7.
func timeOf(id string) (time.Time, bool) {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}, false
	}
	ms := int64(u[0])<<40 | int64(u[1])<<32 | int64(u[2])<<24 | int64(u[3])<<16 | int64(u[4])<<8 | int64(u[5])
	return time.UnixMilli(ms).UTC(), true
}
